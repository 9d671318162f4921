//! Sorted, non-overlapping address ranges with a value each.
//!
//! The splice rule of address spaces lives here: a later insertion overrides what lay below it.
//!
//! ```text
//!   insert [10,40) A        |------A------|
//!   insert [20,30) B        |-A-|-B-|-A---|
//! ```

use std::collections::BinaryHeap;

use super::{Addr, AddrRange};

/// A map from address ranges to values; lookup is a binary search.
#[derive(Clone, Debug)]
pub struct RangeMap<V> {
    entries: Vec<(AddrRange, V)>,
}

impl<V> Default for RangeMap<V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<V: Clone> RangeMap<V> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds the map from ranges in rising priority: where two overlap, the later one wins.
    ///
    /// Costs O(n log n) in any order and however they overlap, so 65,536 mappings are no burden.
    #[must_use]
    pub fn from_layers(layers: impl IntoIterator<Item = (AddrRange, V)>) -> Self {
        let layers: Vec<_> = layers
            .into_iter()
            .filter(|(range, _)| !range.is_empty())
            .collect();
        let apart = layers.iter().zip(layers.iter().skip(1));
        if apart.fold(true, |apart, (a, b)| apart && a.0.end <= b.0.start) {
            return Self { entries: layers };
        }
        Self {
            entries: sweep(&layers),
        }
    }

    /// Puts `value` at `range`, cutting or replacing what was there.
    pub fn insert(&mut self, range: AddrRange, value: V) {
        if range.is_empty() {
            return;
        }
        let first = self.entries.partition_point(|(old, _)| old.end <= range.start);
        let last = self.entries.partition_point(|(old, _)| old.start < range.end);
        let mut replacement = Vec::with_capacity(3);
        if let Some((old, kept)) = self.entries.get(first)
            && old.start < range.start
            && first < last
        {
            replacement.push((AddrRange::between(old.start, range.start), kept.clone()));
        }
        replacement.push((range, value));
        if let Some((old, kept)) = last.checked_sub(1).and_then(|at| self.entries.get(at))
            && range.end < old.end
            && first < last
        {
            replacement.push((AddrRange::between(range.end, old.end), kept.clone()));
        }
        self.entries.splice(first..last, replacement);
    }

    /// Joins neighbours that touch and have equal values.
    pub fn coalesce(&mut self)
    where
        V: PartialEq,
    {
        self.entries.dedup_by(|next, kept| {
            let joined = kept.0.end == next.0.start && kept.1 == next.1;
            if joined {
                kept.0.end = next.0.end;
            }
            joined
        });
    }

    /// The entry that covers `addr`.
    #[must_use]
    pub fn find(&self, addr: Addr) -> Option<&(AddrRange, V)> {
        let at = self.entries.partition_point(|(range, _)| range.end <= addr);
        self.entries.get(at).filter(|(range, _)| range.contains(addr))
    }

    /// The entries that share an address with `range`, in order.
    pub fn overlapping(&self, range: AddrRange) -> impl Iterator<Item = &(AddrRange, V)> {
        let first = self.entries.partition_point(|(old, _)| old.end <= range.start);
        let entries = self.entries.get(first..).unwrap_or_default();
        entries.iter().take_while(move |(old, _)| old.start < range.end)
    }

    /// The first entry that starts after `addr`.
    #[must_use]
    pub fn next_after(&self, addr: Addr) -> Option<&(AddrRange, V)> {
        let at = self.entries.partition_point(|(range, _)| range.start <= addr);
        self.entries.get(at)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(AddrRange, V)> {
        self.entries.iter()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Walks all starts and ends upwards; on each stretch between two, the highest open layer wins.
fn sweep<V: Clone>(layers: &[(AddrRange, V)]) -> Vec<(AddrRange, V)> {
    let mut by_start: Vec<(Addr, usize)> = layers
        .iter()
        .enumerate()
        .map(|(index, (range, _))| (range.start, index))
        .collect();
    by_start.sort_unstable();
    let mut edges: Vec<Addr> = layers
        .iter()
        .flat_map(|(range, _)| [range.start, range.end])
        .collect();
    edges.sort_unstable();
    edges.dedup();

    let mut waiting = by_start.into_iter().peekable();
    let mut open = BinaryHeap::new();
    let mut entries: Vec<(AddrRange, V)> = Vec::with_capacity(layers.len());
    let mut last = None;
    for (&start, &end) in edges.iter().zip(edges.iter().skip(1)) {
        while let Some((_, index)) = waiting.next_if(|(at, _)| *at <= start) {
            open.push(index);
        }
        while open
            .peek()
            .and_then(|&index| layers.get(index))
            .is_some_and(|top| top.0.end <= start)
        {
            open.pop();
        }
        let Some((index, (_, value))) = open.peek().and_then(|&index| Some((index, layers.get(index)?)))
        else {
            continue;
        };
        match entries.last_mut() {
            Some((range, _)) if last == Some(index) && range.end == start => range.end = end,
            _ => entries.push((AddrRange::between(start, end), value.clone())),
        }
        last = Some(index);
    }
    entries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(start: u64, end: u64) -> AddrRange {
        AddrRange::between(Addr(start), Addr(end))
    }

    #[test]
    fn a_later_range_splits_an_earlier_one() {
        let map = RangeMap::from_layers([(range(10, 40), 'a'), (range(20, 30), 'b')]);
        let got: Vec<_> = map.iter().copied().collect();
        assert_eq!(
            got,
            [(range(10, 20), 'a'), (range(20, 30), 'b'), (range(30, 40), 'a')]
        );
    }

    #[test]
    fn a_hundred_thousand_nested_ranges_take_no_quadratic_time() {
        let count = 100_000_u64;
        let began = std::time::Instant::now();
        let map = RangeMap::from_layers((0..count).map(|at| (range(at, 2 * count + 1 - at), at)));
        assert_eq!(map.len() as u64, 2 * count - 1);
        let falling = RangeMap::from_layers((0..count).rev().map(|at| (range(at, at + 1), at)));
        assert_eq!(falling.len() as u64, count);
        assert!(began.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn agrees_with_painting_one_address_at_a_time(
            layers in proptest::collection::vec((0_u64..64, 0_u64..64, any::<u8>()), 0..20)
        ) {
            let mut painted = [None; 64];
            let mut map = RangeMap::new();
            let swept = RangeMap::from_layers(
                layers.iter().map(|&(start, end, value)| (range(start, end), value)),
            );
            for (start, end, value) in layers {
                let range = range(start, end);
                for slot in painted.iter_mut().take(range.end.0 as usize).skip(range.start.0 as usize) {
                    *slot = Some(value);
                }
                map.insert(range, value);
            }
            for (at, want) in painted.iter().enumerate() {
                prop_assert_eq!(map.find(Addr(at as u64)).map(|(_, value)| *value), *want);
                prop_assert_eq!(swept.find(Addr(at as u64)).map(|(_, value)| *value), *want);
            }
            for map in [map, swept] {
                prop_assert!(map.iter().zip(map.iter().skip(1)).all(|(a, b)| a.0.end <= b.0.start));
            }
        }
    }
}
