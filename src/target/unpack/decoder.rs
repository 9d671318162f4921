//! [`Decoder`]: the forms of compression, recognised and undone, as one kind of reader.
//!
//! zstd is what systemd stores by default, lz4 and xz what it stores where it was built without;
//! gzip and bzip2 are what people do by hand. Knows nothing of files and of cores.

use std::io::{self, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::XzReader;

/// Bytes asked of a decoder in one call, which loses what it made when it finds damage.
pub(super) const CALL: usize = 128 << 10;
/// Memory for the window of an xz file in KiB: more than the 1.5 GiB that the format allows is a lie.
const WINDOW_KIB: u32 = 1600 << 10;
/// Frames without contents that may come first.
const MOST_SKIPPED: usize = 64;

/// A form of compression that is undone here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Zstd,
    Gzip,
    Lz4,
    Xz,
    Bzip2,
}

impl Form {
    /// By the first bytes. zstd and lz4 share frames to be skipped, with which `pzstd` begins.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let first = after_skipped(bytes);
        match *first.get(..6)? {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Some(Self::Xz),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41] => Some(Self::Bzip2),
            _ => None,
        }
    }

    /// Of the form, and of the tool that makes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// What follows the leading frames that a decoder is to skip: `5? 2a 4d 18`, a length, as many bytes.
fn after_skipped(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    for _ in 0..MOST_SKIPPED {
        let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, frame @ ..] = rest else {
            break;
        };
        let len = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
        rest = frame.get(len..).unwrap_or_default();
    }
    rest
}

/// Reads what was packed, whatever the form.
pub(super) enum Decoder<'a> {
    Zstd(zstd::Decoder<'static, &'a [u8]>),
    Gzip(MultiGzDecoder<&'a [u8]>),
    Lz4(FrameDecoder<Fed<'a>>),
    Xz(Box<XzReader<&'a [u8]>>),
    Bzip2(MultiBzDecoder<&'a [u8]>),
}

/// Bytes, and whether more of them were wanted than there are.
pub(super) struct Fed<'a> {
    rest: &'a [u8],
    starved: bool,
}

impl Read for Fed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.rest.read(buffer)?;
        self.starved |= got < buffer.len();
        Ok(got)
    }
}

impl<'a> Decoder<'a> {
    pub(super) fn new(form: Form, packed: &'a [u8]) -> io::Result<Self> {
        Ok(match form {
            Form::Zstd => Self::Zstd(zstd::Decoder::with_buffer(packed)?),
            Form::Gzip => Self::Gzip(MultiGzDecoder::new(packed)),
            Form::Lz4 => Self::Lz4(FrameDecoder::new(Fed {
                rest: after_skipped(packed),
                starved: false,
            })),
            Form::Xz => Self::Xz(Box::new(XzReader::new_mem_limit(packed, true, WINDOW_KIB))),
            Form::Bzip2 => Self::Bzip2(MultiBzDecoder::new(packed)),
        })
    }

    /// Compressed bytes that were not yet taken.
    pub(super) fn left(&self) -> u64 {
        let left = match self {
            Self::Zstd(decoder) => decoder.get_ref().len(),
            Self::Gzip(decoder) => decoder.get_ref().len(),
            Self::Lz4(decoder) => decoder.get_ref().rest.len(),
            Self::Xz(decoder) => decoder.inner().len(),
            Self::Bzip2(decoder) => decoder.get_ref().len(),
        };
        left as u64
    }

    /// As many bytes as there are, up to the length of `buffer`, and the error that ended them.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> (usize, Option<io::Error>) {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let len = rest.len().min(CALL);
            let Some(rest) = rest.get_mut(..len) else { break };
            match self.read(rest) {
                Ok(0) => break,
                Ok(got) => done += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (done, Some(error)),
            }
        }
        (done, None)
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Zstd(decoder) => decoder.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Lz4(decoder) => read_frames(decoder, buffer),
            Self::Xz(decoder) => decoder.read(buffer),
            Self::Bzip2(decoder) => decoder.read(buffer),
        }
    }
}

/// lz4_flex stops at the end of each frame, and takes a file that is cut between blocks for one that
/// ended. It asks for no byte too many, so to be short of one means that the file is cut.
fn read_frames(decoder: &mut FrameDecoder<Fed<'_>>, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let before = decoder.get_ref().rest.len();
        let got = decoder.read(buffer)?;
        let source = decoder.get_ref();
        if got > 0 || buffer.is_empty() {
            return Ok(got);
        }
        if source.starved {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if source.rest.is_empty() || source.rest.len() == before {
            return Ok(0);
        }
    }
}
