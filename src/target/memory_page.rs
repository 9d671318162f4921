//! A window on memory: bytes with where they come from, words by what they point to, and the fields
//! of an object laid over them.

mod overlay;
mod words;

use super::goroutines::cancelled;
use super::inferior::Target;
use crate::base::{Addr, AddrRange, CancelToken};
use crate::memory::{Memory, Origin};
use crate::model::{BytesFrom, Failure, MemoryPage, MemoryPart, ValueRef};

pub(super) use words::StackRanges;

/// Bytes come from one place for at least this long, or end.
const PAGE: u64 = 4096;

impl Target {
    /// The bytes `addr..addr + len`, fewer when that is beyond the budget or the address space.
    /// `overlay` is an object whose fields are laid over them.
    pub fn memory_page(
        &self,
        addr: Addr,
        len: u64,
        overlay: Option<&ValueRef>,
        cancel: &CancelToken,
    ) -> Result<MemoryPage, Failure> {
        let range = AddrRange::sized(addr, len.min(self.limits.memory_bytes));
        let parts = parts(self.core.memory.as_ref(), range, cancel)?;
        let words = self.words_of(&parts, cancel)?;
        let overlay = match overlay {
            Some(reference) => self.overlay(reference, range, cancel)?,
            None => Vec::new(),
        };
        Ok(MemoryPage {
            addr,
            parts,
            words,
            overlay,
        })
    }
}

/// The bytes of `range` without gaps, neighbours of one kind joined.
fn parts(memory: &dyn Memory, range: AddrRange, cancel: &CancelToken) -> Result<Vec<MemoryPart>, Failure> {
    let mut parts: Vec<MemoryPart> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        cancel.check().map_err(cancelled)?;
        let to_boundary = PAGE - at.0 % PAGE;
        let mut len = to_boundary.min(range.end.0 - at.0);
        let origin = memory.origin(at);
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        let got = if origin.is_readable() {
            memory.read_some(at, &mut bytes)
        } else {
            0
        };
        bytes.truncate(got);
        let mut from = bytes_from(origin);
        if got > 0 {
            len = got as u64;
        } else {
            if origin.is_readable() {
                from = BytesFrom::Absent;
            }
            // What is there next may begin within this page.
            let next = at.checked_add(1).and_then(|next| memory.next_readable(next));
            len = next.map_or(len, |next| len.min(next.0.saturating_sub(at.0).max(1)));
        }
        match parts.last_mut().filter(|last| last.from == from) {
            Some(last) => {
                last.len += len;
                last.bytes.extend(bytes);
            }
            None => parts.push(MemoryPart {
                addr: at,
                len,
                from,
                bytes,
            }),
        }
        let Some(next) = at.checked_add(len) else { break };
        at = next;
    }
    Ok(parts)
}

const fn bytes_from(origin: Origin) -> BytesFrom {
    match origin {
        Origin::Target => BytesFrom::Process,
        Origin::VerifiedFile => BytesFrom::File,
        Origin::UnverifiedFile => BytesFrom::UncheckedFile,
        Origin::Absent => BytesFrom::Absent,
        Origin::Unmapped => BytesFrom::Unmapped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SharedBytes;
    use crate::memory::SplicedBuilder;

    fn range(start: u64, end: u64) -> AddrRange {
        AddrRange::between(Addr(start), Addr(end))
    }

    #[test]
    fn parts_follow_each_other_without_gaps_and_say_where_they_come_from() {
        let mut builder = SplicedBuilder::new();
        builder.absent(range(0x1000, 0x4000));
        let file = builder.store(SharedBytes::new(vec![1; 0x100]));
        builder.bytes(range(0x1000, 0x1100), file, 0, Origin::UnverifiedFile);
        let core = builder.store(SharedBytes::new(vec![2; 0x2000]));
        builder.bytes(range(0x2000, 0x4000), core, 0, Origin::Target);
        let memory = builder.build();
        let cancel = CancelToken::new();
        let found = parts(&memory, range(0x0ff8, 0x3008), &cancel).unwrap();
        let mut at = 0x0ff8;
        for part in &found {
            assert_eq!(part.addr.0, at);
            assert!(part.bytes.is_empty() || part.bytes.len() as u64 == part.len);
            at += part.len;
        }
        assert_eq!(at, 0x3008);
        let kinds: Vec<BytesFrom> = found.iter().map(|part| part.from).collect();
        assert_eq!(kinds.first(), Some(&BytesFrom::Unmapped));
        assert!(kinds.contains(&BytesFrom::UncheckedFile) && kinds.contains(&BytesFrom::Absent));
        assert_eq!(
            found.last().map(|part| (part.from, part.len)),
            Some((BytesFrom::Process, 0x1008))
        );
    }

    #[test]
    fn the_end_of_the_address_space_ends_the_window() {
        let memory = SplicedBuilder::new().build();
        let found = parts(
            &memory,
            AddrRange::sized(Addr(u64::MAX - 4), 64),
            &CancelToken::new(),
        )
        .unwrap();
        assert!(found.iter().all(|part| part.from == BytesFrom::Unmapped));
    }
}
