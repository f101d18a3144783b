//! How many bytes gzip makes of a stream. It works beside the reader, since it takes longer than all else.

use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use flate2::write::GzEncoder;

use super::stream::CHUNK_BYTES;

/// The level that Docker and buildah push layers with, the default of Go's `compress/gzip`.
const LEVEL: u32 = 6;

/// Chunks that may wait to be compressed.
const WAITING_MAX: usize = 64;

pub(super) struct Compression {
    /// The start of the next chunk. What gzip makes of a stream depends on where its chunks end, so all are equally long.
    chunk: Vec<u8>,
    chunks: SyncSender<Vec<u8>>,
    worker: JoinHandle<u64>,
}

impl Compression {
    pub fn start() -> Self {
        let (chunks, waiting) = sync_channel::<Vec<u8>>(WAITING_MAX);
        let worker = thread::spawn(move || {
            let mut encoder = GzEncoder::new(Count(0), flate2::Compression::new(LEVEL));
            for chunk in waiting {
                encoder.write_all(&chunk).expect("counting bytes cannot fail");
            }
            encoder.finish().expect("counting bytes cannot fail").0
        });
        Compression { chunk: Vec::with_capacity(CHUNK_BYTES), chunks, worker }
    }

    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (next, rest) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.chunk.len()));
            self.chunk.extend_from_slice(next);
            bytes = rest;
            if self.chunk.len() == CHUNK_BYTES {
                self.send();
            }
        }
    }

    fn send(&mut self) {
        let chunk = mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.chunks.send(chunk).expect("the worker takes chunks until there are no more");
    }

    /// The number of bytes that gzip has made.
    pub fn finish(mut self) -> u64 {
        self.send();
        drop(self.chunks);
        self.worker.join().expect("the worker does not panic")
    }
}

/// Counts what is written.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
