//! Streams that are watched while they are read: how long they are, what their digest is, and that headers stay small.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use sha2::{Digest as _, Sha256};

use super::compression::Compression;

/// How much is read at once.
pub(super) const CHUNK_BYTES: usize = 128 * 1024;

/// A stream with its length and its digest so far, and maybe how small it can be made.
pub(super) struct Measured<R> {
    inner: R,
    pub bytes: u64,
    digest: Sha256,
    compression: Option<Compression>,
}

impl<R: Read> Measured<R> {
    pub fn new(inner: R) -> Self {
        Measured { inner, bytes: 0, digest: Sha256::new(), compression: None }
    }

    pub fn compressed(inner: R) -> Self {
        Measured { compression: Some(Compression::start()), ..Measured::new(inner) }
    }

    /// The digest of what was read, in hexadecimal digits.
    pub fn digest(&self) -> String {
        hexadecimal(&self.digest.clone().finalize())
    }

    /// The length of what was read, made smaller by gzip where that was asked for.
    pub fn compressed_bytes(self) -> u64 {
        self.compression.map_or(self.bytes, Compression::finish)
    }
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        self.digest.update(&buffer[..count]);
        if let Some(compression) = &mut self.compression {
            compression.write(&buffer[..count]);
        }
        Ok(count)
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the `tar` crate may read between two entries: their headers, with long names and attributes.
const HEADERS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How much may still be read. The `tar` crate keeps headers in memory, whatever size they say they have.
pub(super) struct Allowance(Cell<u64>);

impl Allowance {
    pub fn for_headers() -> Self {
        Allowance(Cell::new(HEADERS_BYTES_MAX))
    }

    pub fn renew(&self) {
        self.0.set(HEADERS_BYTES_MAX);
    }

    pub fn lift(&self) {
        self.0.set(u64::MAX);
    }
}

/// A stream that fails where it would give more than is allowed.
pub(super) struct Allowed<'a, R> {
    pub inner: R,
    pub allowance: &'a Allowance,
}

impl<R: Read> Read for Allowed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.allowance.0.get().checked_sub(count as u64) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the headers of an entry are larger than 4 MiB"));
        };
        self.allowance.0.set(left);
        Ok(count)
    }
}

/// What zstd decompresses: frames one after the other, some of them for others than the decoder.
pub(super) struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    pub fn new(source: R) -> Self {
        Zstd { source, decoder: FrameDecoder::new(), is_in_frame: false }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_in_frame && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.is_in_frame && !self.decoder.is_finished() {
                let strategy = BlockDecodingStrategy::UptoBytes(CHUNK_BYTES);
                self.decoder.decode_blocks(&mut self.source, strategy).map_err(io::Error::other)?;
                continue;
            }
            self.is_in_frame = false;
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => self.is_in_frame = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}
