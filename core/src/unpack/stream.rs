//! Compressed streams, inflated as they are read and with bounded windows.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::Form;

/// Largest window of xz in KiB: that of its highest preset and what the decoder needs beside it.
const XZ_KIB: u32 = 80 * 1024;

/// Largest window of Zstandard: more is asked for with `--ultra` and `--long` only.
const ZSTD_WINDOW: u64 = 64 * 1024 * 1024;

/// The plain bytes of a compressed stream; streams that follow each other are one.
pub(super) fn decoder<'r>(form: Form, stream: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match form {
        Form::Gzip => Box::new(flate2::read::MultiGzDecoder::new(stream)),
        Form::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(stream)),
        Form::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(BufReader::new(stream), true, XZ_KIB)),
        Form::Zstd => Box::new(Zstd::new(BufReader::new(stream))?),
        Form::Zip | Form::Tar | Form::Python => Box::new(stream),
    })
}

/// The plain bytes of a member of a zip; nothing for a method that is not read.
pub(super) fn of_zip<'r>(method: u16, data: &'r [u8]) -> Option<io::Result<Box<dyn Read + 'r>>> {
    Some(match method {
        0 => Ok(Box::new(data)),
        8 => Ok(Box::new(flate2::read::DeflateDecoder::new(data))),
        12 => decoder(Form::Bzip2, data),
        93 => decoder(Form::Zstd, data),
        95 => decoder(Form::Xz, data),
        _ => return None,
    })
}

/// Frames of Zstandard, one after the other.
struct Zstd<R: BufRead> {
    /// Nothing between two frames that could not be opened.
    frame: Option<StreamingDecoder<R, FrameDecoder>>,
}

impl<R: BufRead> Zstd<R> {
    fn new(stream: R) -> io::Result<Self> {
        Ok(Self { frame: Some(Self::next(stream)?) })
    }

    fn next(stream: R) -> io::Result<StreamingDecoder<R, FrameDecoder>> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        StreamingDecoder::new_with_decoder(stream, decoder).map_err(io::Error::other)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(frame) = &mut self.frame else { return Ok(0) };
            let count = frame.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut stream) = self.frame.take().map(StreamingDecoder::into_inner) else { return Ok(0) };
            if stream.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.frame = Some(Self::next(stream)?);
        }
    }
}
