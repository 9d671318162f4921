//! The one little-endian byte reader: every file format and every note is taken apart with it.
//!
//! A [`Cursor`] never panics and never reads past its slice; it reports where it ran out.

use std::fmt;

/// A read that went past the end of the bytes at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// Offset of the read, in bytes from the start of the cursor's slice.
    pub offset: usize,
    /// Bytes asked for.
    pub wanted: usize,
    /// Bytes the slice holds in all.
    pub len: usize,
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes at offset {:#x} lie outside the {} bytes that exist",
            self.wanted, self.offset, self.len
        )
    }
}

impl std::error::Error for OutOfBounds {}

/// A position in a byte slice.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// A cursor over `bytes` that starts at `offset`, which may lie outside: reads then fail.
    #[inline]
    #[must_use]
    pub const fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.offset)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], OutOfBounds> {
        let error = OutOfBounds {
            offset: self.offset,
            wanted: len,
            len: self.bytes.len(),
        };
        let end = self.offset.checked_add(len).ok_or(error)?;
        let taken = self.bytes.get(self.offset..end).ok_or(error)?;
        self.offset = end;
        Ok(taken)
    }

    pub fn skip(&mut self, len: usize) -> Result<(), OutOfBounds> {
        self.take(len).map(|_| ())
    }

    /// Moves on to the next multiple of `alignment` (a power of two) from the slice's start.
    pub fn align(&mut self, alignment: usize) -> Result<(), OutOfBounds> {
        let rest = self.offset % alignment.max(1);
        if rest == 0 {
            Ok(())
        } else {
            self.skip(alignment - rest)
        }
    }

    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], OutOfBounds> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let Some(array) = rest.first_chunk::<N>() else {
            return Err(OutOfBounds {
                offset: self.offset,
                wanted: N,
                len: self.bytes.len(),
            });
        };
        self.offset += N;
        Ok(*array)
    }

    #[inline]
    pub fn u8(&mut self) -> Result<u8, OutOfBounds> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline]
    pub fn u16(&mut self) -> Result<u16, OutOfBounds> {
        self.array().map(u16::from_le_bytes)
    }

    #[inline]
    pub fn u32(&mut self) -> Result<u32, OutOfBounds> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    pub fn i32(&mut self) -> Result<i32, OutOfBounds> {
        self.array().map(i32::from_le_bytes)
    }

    #[inline]
    pub fn u64(&mut self) -> Result<u64, OutOfBounds> {
        self.array().map(u64::from_le_bytes)
    }

    /// An unsigned LEB128 number; more than ten bytes, or a value above 64 bits, is an error.
    pub fn uvarint(&mut self) -> Result<u64, OutOfBounds> {
        let start = *self;
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(OutOfBounds {
            offset: start.offset,
            wanted: 10,
            len: self.bytes.len(),
        })
    }

    /// The bytes up to the next NUL, which is passed over; at the end of the slice, what is left.
    pub fn c_string(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == 0);
        let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.offset += text.len() + usize::from(end.is_some());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_past_the_end_says_where_and_does_not_move() {
        let mut cursor = Cursor::new(&[1, 2, 3]);
        assert_eq!(cursor.u16(), Ok(0x0201));
        let error = cursor.u32().unwrap_err();
        assert_eq!((error.offset, error.wanted, error.len), (2, 4, 3));
        assert_eq!(cursor.u8(), Ok(3));
    }

    #[test]
    fn a_varint_longer_than_64_bits_is_an_error() {
        assert_eq!(Cursor::new(&[0x80, 0x01]).uvarint(), Ok(128));
        assert!(Cursor::new(&[0xff; 11]).uvarint().is_err());
        assert!(Cursor::new(&[0x80]).uvarint().is_err());
    }

    #[test]
    fn c_strings_end_at_nul_or_at_the_end() {
        let mut cursor = Cursor::new(b"ab\0cd");
        assert_eq!(cursor.c_string(), b"ab");
        assert_eq!(cursor.c_string(), b"cd");
        assert_eq!(cursor.c_string(), b"");
    }
}
