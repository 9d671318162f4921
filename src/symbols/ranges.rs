//! Link-time address ranges that point at something, for units and functions.
//!
//! Unlike [`crate::base::RangeMap`] it is filled at once and sorted once, since a large C++ program
//! has a range per function.

use crate::base::ImageAddr;

/// How many neighbours are looked at when ranges overlap, which only damaged or folded code does.
const OVERLAPS: usize = 16;

/// Half-open ranges sorted by start.
#[derive(Clone, Debug)]
pub(super) struct RangeIndex<V> {
    ranges: Vec<(u64, u64, V)>,
}

impl<V: Copy> RangeIndex<V> {
    pub(super) fn new(mut ranges: Vec<(u64, u64, V)>) -> Self {
        ranges.retain(|(start, end, _)| start < end);
        ranges.sort_by_key(|(start, end, _)| (*start, *end));
        Self { ranges }
    }

    /// What covers `addr`; of overlapping ranges the one that starts last.
    pub(super) fn find(&self, addr: ImageAddr) -> Option<V> {
        let after = self.ranges.partition_point(|(start, _, _)| *start <= addr.0);
        self.ranges
            .get(..after)?
            .iter()
            .rev()
            .take(OVERLAPS)
            .find(|(_, end, _)| addr.0 < *end)
            .map(|(_, _, value)| *value)
    }

    /// Whether anything covers a part of `start..end`.
    pub(super) fn touches(&self, start: ImageAddr, end: ImageAddr) -> bool {
        let before = self.ranges.partition_point(|(from, _, _)| *from < end.0);
        let near = self.ranges.get(..before).unwrap_or_default().iter().rev();
        near.take(OVERLAPS).any(|(_, to, _)| start.0 < *to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_exclusive_and_holes_are_nobodys() {
        let index = RangeIndex::new(vec![(20, 30, 'b'), (10, 20, 'a'), (40, 40, 'x')]);
        let found: Vec<_> = [9, 10, 19, 20, 29, 30, 40]
            .map(|addr| index.find(ImageAddr(addr)))
            .to_vec();
        assert_eq!(
            found,
            [None, Some('a'), Some('a'), Some('b'), Some('b'), None, None]
        );
        let touches = |start, end| index.touches(ImageAddr(start), ImageAddr(end));
        assert!(touches(29, 100) && touches(0, 11) && touches(12, 13));
        assert!(!touches(30, 100) && !touches(0, 10));
    }
}
