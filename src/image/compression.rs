//! How many bytes gzip makes of a stream. It works beside the reader, since it takes longer than all else.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use flate2::write::GzEncoder;

/// The level that Docker and buildah push layers with, the default of Go's `compress/gzip`.
const LEVEL: u32 = 6;

/// Chunks that may wait to be compressed.
const WAITING_MAX: usize = 64;

pub(super) struct Compression {
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
        Compression { chunks, worker }
    }

    pub fn write(&mut self, chunk: &[u8]) {
        self.chunks.send(chunk.to_vec()).expect("the worker takes chunks until there are no more");
    }

    /// The number of bytes that gzip has made.
    pub fn finish(self) -> u64 {
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
