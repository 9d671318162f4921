//! Pages that could not be read, as few ranges as possible.

use crate::base::{Addr, AddrRange};

/// What was lost, in ascending order once asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread {
    ranges: Vec<(AddrRange, &'static str)>,
    more: u64,
}

/// Ranges that are remembered; what comes after them is counted.
const MOST_RANGES: usize = 65_536;

impl Unread {
    pub fn add(&mut self, range: AddrRange, why: &'static str) {
        let room = self.ranges.len() < MOST_RANGES;
        match self.ranges.last_mut() {
            Some((last, reason)) if last.end == range.start && *reason == why => last.end = range.end,
            _ if room => self.ranges.push((range, why)),
            _ => self.more += 1,
        }
    }

    /// `0x1000-0x3000: why`, sorted and joined, and how many more there were.
    pub fn into_lines(mut self) -> (Vec<String>, u64) {
        self.ranges.sort_unstable_by_key(|(range, _)| range.start);
        self.ranges.dedup_by(|next, kept| {
            let joined = kept.0.end == next.0.start && kept.1 == next.1;
            if joined {
                kept.0.end = next.0.end;
            }
            joined
        });
        let line = |(AddrRange { start, end }, why): &(AddrRange, &str)| format!("{start}-{end}: {why}");
        (self.ranges.iter().map(line).collect(), self.more)
    }

    pub fn page(addr: Addr) -> AddrRange {
        let start = addr.0 - addr.0 % crate::os::PAGE_SIZE;
        AddrRange::sized(Addr(start), crate::os::PAGE_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_line_in_whatever_order_they_come() {
        let mut unread = Unread::default();
        for page in [5, 1, 2, 4, 9] {
            unread.add(Unread::page(Addr(page * 4096 + 17)), "gone");
        }
        unread.add(Unread::page(Addr(3 * 4096)), "cut");
        let (lines, more) = unread.into_lines();
        assert_eq!(
            lines,
            [
                "0x1000-0x3000: gone",
                "0x3000-0x4000: cut",
                "0x4000-0x6000: gone",
                "0x9000-0xa000: gone"
            ]
        );
        assert_eq!(more, 0);
    }
}
