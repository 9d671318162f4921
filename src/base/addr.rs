//! Addresses as types, so that a link-time address can never be used where a runtime one belongs.
//!
//! [`Addr`] lies in the target's address space. [`ImageAddr`] lies in an ELF file as linked. The
//! load bias of an image turns one into the other and nothing else does.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An address in the target's address space, in bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addr(pub u64);

/// An address as the linker wrote it into an ELF file, in bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageAddr(pub u64);

/// A half-open range of target addresses; `start <= end` always holds.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub struct AddrRange {
    pub start: Addr,
    pub end: Addr,
}

impl Addr {
    pub const NULL: Self = Self(0);

    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Understands `0x1f`, and numbers in any base as Go writes them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.replace('_', "");
        let (digits, radix) = match number.get(..2) {
            Some("0x" | "0X") => (number.get(2..)?, 16),
            Some("0o" | "0O") => (number.get(2..)?, 8),
            Some("0b" | "0B") => (number.get(2..)?, 2),
            _ => (number.as_str(), 10),
        };
        // The standard library would take a sign.
        if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(digits, radix).ok().map(Self)
    }

    /// The address `bytes` further on, or `None` past the end of the address space.
    #[must_use]
    pub fn checked_add(self, bytes: u64) -> Option<Self> {
        self.0.checked_add(bytes).map(Self)
    }

    /// The address `offset` bytes away, wrapping: for values read from the target, where a wild
    /// result simply turns out to be unreadable.
    #[must_use]
    pub const fn offset(self, offset: i64) -> Self {
        Self(self.0.wrapping_add_signed(offset))
    }

    /// The link-time address of this place in an image loaded with `bias`.
    #[must_use]
    pub const fn to_image(self, bias: u64) -> ImageAddr {
        ImageAddr(self.0.wrapping_sub(bias))
    }
}

impl ImageAddr {
    /// Where this place lies once the image is loaded with `bias`.
    #[must_use]
    pub const fn to_runtime(self, bias: u64) -> Addr {
        Addr(self.0.wrapping_add(bias))
    }
}

impl AddrRange {
    /// The range from `start` of `len` bytes, cut at the end of the address space.
    #[must_use]
    pub fn sized(start: Addr, len: u64) -> Self {
        Self {
            start,
            end: Addr(start.0.saturating_add(len)),
        }
    }

    /// The range between two addresses; empty when `end` lies before `start`.
    #[must_use]
    pub fn between(start: Addr, end: Addr) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    #[must_use]
    pub const fn len(self) -> u64 {
        self.end.0 - self.start.0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end.0 == self.start.0
    }

    #[must_use]
    pub fn contains(self, addr: Addr) -> bool {
        self.start <= addr && addr < self.end
    }

    /// What both ranges cover; empty when they do not touch.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self::between(self.start.max(other.start), self.end.min(other.end))
    }
}

impl Addr {
    /// What `Display` gives, for those who write millions.
    fn hex<'t>(&self, text: &'t mut [u8; 18]) -> &'t str {
        let digits = (64 - self.0.leading_zeros()).div_ceil(4).max(1);
        let mut rest = self.0;
        let len = text.len();
        for slot in text.iter_mut().rev().take(digits as usize) {
            *slot = b"0123456789abcdef"[(rest & 0xf) as usize];
            rest >>= 4;
        }
        let begin = len - digits as usize - 2;
        text[begin] = b'0';
        text[begin + 1] = b'x';
        std::str::from_utf8(&text[begin..]).unwrap_or_default()
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for ImageAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for ImageAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "image {:#x}", self.0)
    }
}

impl fmt::Display for AddrRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// Addresses travel as `"0x..."` strings: JSON numbers lose bits above 2^53.
impl Serialize for Addr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 18];
        serializer.serialize_str(self.hex(&mut text))
    }
}

impl<'de> Deserialize<'de> for Addr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        u64::from_str_radix(digits, 16)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_goes_there_and_back() {
        let linked = ImageAddr(0x40_1000);
        let loaded = linked.to_runtime(0x5500_0000_0000);
        assert_eq!(loaded.to_image(0x5500_0000_0000), linked);
    }

    #[test]
    fn a_range_at_the_end_of_memory_is_cut_not_wrapped() {
        let range = AddrRange::sized(Addr(u64::MAX - 1), 16);
        assert_eq!(range.len(), 1);
        assert!(!range.contains(Addr(0)));
    }

    #[test]
    fn addresses_are_json_strings() {
        assert_eq!(
            serde_json::to_string(&Addr(0xc000_0123)).unwrap(),
            "\"0xc0000123\""
        );
        assert_eq!(serde_json::from_str::<Addr>("\"0x10\"").unwrap(), Addr(16));
        for bits in 0..=64 {
            let addr = Addr(u64::MAX.checked_shr(bits).unwrap_or_default());
            assert_eq!(serde_json::to_string(&addr).unwrap(), format!("\"{addr}\""));
        }
    }
}
