//! Values that do not lie in one piece of memory: what is known of their bytes, and why not the rest.

use crate::base::Addr;
use crate::model::ValueState;

/// Why bytes of a value cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) state: ValueState,
    /// A few words, shown to people.
    pub(crate) why: String,
}

impl Missing {
    pub(crate) fn optimized_out() -> Self {
        Self {
            state: ValueState::OptimizedOut,
            why: "optimised away".into(),
        }
    }

    pub(crate) fn unreadable(why: impl Into<String>) -> Self {
        Self {
            state: ValueState::Unreadable,
            why: why.into(),
        }
    }
}

/// A value put together from registers, memory and constants; parts may be missing.
///
/// ```text
///   b string   |  ptr: optimised away  |  len: register rbx  |
///              0                       8                     16
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scattered {
    /// Zero where missing; [`Scattered::read`] never hands those out.
    bytes: Vec<u8>,
    /// Half-open ranges without bytes, in rising order.
    gaps: Vec<(usize, usize, Missing)>,
}

impl Scattered {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            gaps: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends known bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends `len` bytes that are missing; the caller has bounded `len`.
    pub(crate) fn push_missing(&mut self, len: usize, why: Missing) {
        let start = self.bytes.len();
        let end = start.saturating_add(len);
        self.bytes.resize(end, 0);
        if len > 0 {
            self.gaps.push((start, end, why));
        }
    }

    /// Why nothing at all is known, if that is so.
    pub(crate) fn wholly_missing(&self) -> Option<Missing> {
        let lost: usize = self.gaps.iter().map(|(start, end, _)| end - start).sum();
        let (_, _, why) = self.gaps.first()?;
        (lost == self.bytes.len()).then(|| why.clone())
    }

    /// Bytes `offset..offset + len`, if all of them are known.
    pub(crate) fn read(&self, offset: u64, len: usize) -> Result<&[u8], Missing> {
        let outside = || Missing::unreadable("the debug information gives it fewer bytes than its type has");
        let start = usize::try_from(offset).map_err(|_| outside())?;
        let end = start.checked_add(len).ok_or_else(outside)?;
        let touching = |(from, to, _): &&(usize, usize, Missing)| *from < end && start < *to;
        if let Some((_, _, why)) = self.gaps.iter().find(touching) {
            return Err(why.clone());
        }
        self.bytes.get(start..end).ok_or_else(outside)
    }
}

/// Where a value that is being loaded lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object<'o> {
    Memory(Addr),
    Scattered { data: &'o Scattered, offset: u64 },
}

impl Object<'_> {
    /// The part `offset` bytes further on.
    pub(crate) fn at(self, offset: u64) -> Self {
        match self {
            Self::Memory(addr) => Self::Memory(Addr(addr.0.wrapping_add(offset))),
            Self::Scattered { data, offset: start } => Self::Scattered {
                data,
                offset: start.saturating_add(offset),
            },
        }
    }

    pub(crate) const fn addr(self) -> Option<Addr> {
        match self {
            Self::Memory(addr) => Some(addr),
            Self::Scattered { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_touches_a_gap_fails_and_one_beside_it_does_not() {
        let mut value = Scattered::new();
        value.push_missing(8, Missing::optimized_out());
        value.push(&2_u64.to_le_bytes());
        assert_eq!(value.read(0, 8), Err(Missing::optimized_out()));
        assert_eq!(value.read(7, 2), Err(Missing::optimized_out()));
        assert_eq!(value.read(8, 8).unwrap(), 2_u64.to_le_bytes());
        assert!(value.read(12, 8).is_err());
        assert!(value.read(u64::MAX, 8).is_err());
        assert_eq!(value.wholly_missing(), None);
    }
}
