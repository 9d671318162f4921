//! Pages of memory that have been read, and which to ask for next.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::base::Addr;
use crate::model::{BytesFrom, Failure, MemoryPage, TypedBytes, ValueRef, WordNote};

/// One byte, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Known(u8, BytesFrom),
    /// Mapped, but the bytes are nowhere to be had.
    Absent,
    Unmapped,
    /// Not read yet.
    Awaited,
}

/// What was read in one stop with one object laid over it.
#[derive(Debug, Default)]
pub struct Cache {
    overlay: Option<ValueRef>,
    /// By first address; they never overlap.
    pages: BTreeMap<u64, Arc<MemoryPage>>,
    /// What is on its way.
    asked: Option<Range<u64>>,
    /// What cannot be had, and why.
    failed: Option<(Range<u64>, Failure)>,
}

/// Requests are cut at multiples of this.
const CHUNK: u64 = 4096;
/// Pages kept.
const KEPT: usize = 64;

impl Cache {
    pub fn forget(&mut self) {
        *self = Self {
            overlay: self.overlay.take(),
            ..Self::default()
        };
    }

    /// Turns to another object. Pages without it are of no use then.
    pub fn lay_over(&mut self, overlay: Option<&ValueRef>) {
        if self.overlay.as_ref() != overlay {
            self.overlay = overlay.cloned();
            self.forget();
        }
    }

    /// What to ask for so that `window` can be shown, else what may be wanted next. Notes that it
    /// was asked for.
    pub fn wants(&mut self, window: &Range<u64>) -> Option<(Addr, u64)> {
        let missing = self.missing(window);
        let wanted = match (missing, &self.asked) {
            (Some(missing), Some(asked)) if asked.start <= missing.start && missing.end <= asked.end => None,
            (Some(missing), _) => Some(missing),
            (None, Some(_)) => None,
            (None, None) => self.next_after(window),
        }?;
        let touches = |range: &Range<u64>| range.start < wanted.end && wanted.start < range.end;
        if self.failed.as_ref().is_some_and(|(range, _)| touches(range)) {
            return None;
        }
        self.asked = Some(wanted.clone());
        Some((Addr(wanted.start), wanted.end - wanted.start))
    }

    /// The chunks of a window that are not here, from the first such to the last before one that is.
    fn missing(&self, window: &Range<u64>) -> Option<Range<u64>> {
        let mut chunk = window.start & !(CHUNK - 1);
        let mut found: Option<Range<u64>> = None;
        loop {
            let end = chunk.saturating_add(CHUNK);
            match (self.page_at(chunk).is_some(), &mut found) {
                (true, Some(_)) => break,
                (true, None) => {}
                (false, Some(range)) => range.end = end,
                (false, None) => found = Some(chunk..end),
            }
            if end >= window.end || end == u64::MAX {
                break;
            }
            chunk = end;
        }
        found
    }

    /// The chunk after the window, else the one before it.
    fn next_after(&self, window: &Range<u64>) -> Option<Range<u64>> {
        let last = window.end.saturating_sub(1) & !(CHUNK - 1);
        let first = window.start & !(CHUNK - 1);
        let around = [last.checked_add(CHUNK), first.checked_sub(CHUNK)];
        let mut absent = around
            .into_iter()
            .flatten()
            .filter(|chunk| self.page_at(*chunk).is_none());
        let chunk = absent.next()?;
        Some(chunk..chunk.saturating_add(CHUNK))
    }

    pub fn accept(&mut self, asked: &Range<u64>, page: Arc<MemoryPage>) {
        if self.asked.as_ref() != Some(asked) {
            return;
        }
        self.asked = None;
        self.failed = None;
        if page.addr.0 != asked.start || self.page_at(asked.start).is_some() {
            return;
        }
        self.pages.insert(asked.start, page);
        if self.pages.len() > KEPT {
            let far = |at: &u64| at.abs_diff(asked.start);
            if let Some(farthest) = self.pages.keys().copied().max_by_key(far) {
                self.pages.remove(&farthest);
            }
        }
    }

    pub fn fail(&mut self, asked: &Range<u64>, failure: Failure) {
        if self.asked.as_ref() == Some(asked) {
            self.asked = None;
            self.failed = Some((asked.clone(), failure));
        }
    }

    /// The request came to nothing; it may be asked again.
    pub fn dropped(&mut self, asked: &Range<u64>) {
        if self.asked.as_ref() == Some(asked) {
            self.asked = None;
        }
    }

    /// Why a byte is not here.
    #[must_use]
    pub fn failure_at(&self, addr: u64) -> Option<&Failure> {
        let (range, failure) = self.failed.as_ref()?;
        range.contains(&addr).then_some(failure)
    }

    fn page_at(&self, addr: u64) -> Option<&MemoryPage> {
        let (start, page) = self.pages.range(..=addr).next_back()?;
        let len: u64 = page.parts.iter().map(|part| part.len).sum();
        // A page that ends early reaches to the end of what was asked for all the same.
        let len = len.max(CHUNK);
        (addr - start < len).then_some(page)
    }

    #[must_use]
    pub fn cell(&self, addr: u64) -> Cell {
        let Some(page) = self.page_at(addr) else {
            return Cell::Awaited;
        };
        let after = page.parts.partition_point(|part| part.addr.0 <= addr);
        let part = after.checked_sub(1).and_then(|at| page.parts.get(at));
        let Some(part) = part.filter(|part| addr - part.addr.0 < part.len) else {
            return Cell::Unmapped;
        };
        let byte = usize::try_from(addr - part.addr.0)
            .ok()
            .and_then(|at| part.bytes.get(at));
        match (part.from, byte) {
            (BytesFrom::Unmapped, _) => Cell::Unmapped,
            (BytesFrom::Absent, _) | (_, None) => Cell::Absent,
            (from, Some(byte)) => Cell::Known(*byte, from),
        }
    }

    /// The eight bytes at `addr` as a number; `None` unless all are known.
    #[must_use]
    pub fn word(&self, addr: u64) -> Option<u64> {
        let mut word = 0;
        for at in 0..8_u64 {
            let Cell::Known(byte, _) = self.cell(addr.checked_add(at)?) else {
                return None;
            };
            word |= u64::from(byte) << (8 * at);
        }
        Some(word)
    }

    /// What the word at `addr` points to.
    #[must_use]
    pub fn note(&self, addr: u64) -> Option<&WordNote> {
        let words = &self.page_at(addr)?.words;
        let at = words.binary_search_by_key(&addr, |note| note.addr.0).ok()?;
        words.get(at)
    }

    /// The field or element that covers a byte, and its number.
    #[must_use]
    pub fn typed(&self, addr: u64) -> Option<(usize, &TypedBytes)> {
        let leaves = &self.page_at(addr)?.overlay;
        let at = leaves
            .partition_point(|leaf| leaf.addr.0 <= addr)
            .checked_sub(1)?;
        let leaf = leaves.get(at)?;
        (addr - leaf.addr.0 < leaf.len.max(1)).then_some((at, leaf))
    }

    /// Where the object laid over the bytes ends, as far as it is here.
    #[must_use]
    pub fn overlay_end(&self) -> Option<u64> {
        let leaves = self.pages.values().flat_map(|page| &page.overlay);
        leaves.map(|leaf| leaf.addr.0.saturating_add(leaf.len)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MemoryPart;

    fn page(start: u64, len: u64) -> Arc<MemoryPage> {
        Arc::new(MemoryPage {
            addr: Addr(start),
            parts: vec![MemoryPart {
                addr: Addr(start),
                len,
                from: BytesFrom::Process,
                bytes: vec![7; usize::try_from(len).unwrap()],
            }],
            words: Vec::new(),
            overlay: Vec::new(),
        })
    }

    #[test]
    fn what_is_seen_is_asked_for_first_and_its_neighbours_after_it() {
        let mut cache = Cache::default();
        let window = 0x1f00..0x2100;
        assert_eq!(cache.wants(&window), Some((Addr(0x1000), 0x2000)));
        assert_eq!(cache.wants(&window), None);
        cache.accept(&(0x1000..0x3000), page(0x1000, 0x2000));
        assert_eq!(cache.cell(0x2fff), Cell::Known(7, BytesFrom::Process));
        assert_eq!(cache.cell(0x3000), Cell::Awaited);
        assert_eq!(cache.wants(&window), Some((Addr(0x3000), 0x1000)));
        cache.accept(&(0x3000..0x4000), page(0x3000, 0x1000));
        assert_eq!(cache.wants(&window), Some((Addr(0), 0x1000)));
        cache.accept(&(0..0x1000), page(0, 0x1000));
        assert_eq!(cache.wants(&window), None);
        assert_eq!(cache.word(0x1000), Some(0x0707_0707_0707_0707));
    }

    #[test]
    fn a_failure_is_not_asked_for_again_and_both_ends_of_the_address_space_hold() {
        let mut cache = Cache::default();
        let last = u64::MAX - 0x100..u64::MAX;
        let (addr, len) = cache.wants(&last).unwrap();
        let asked = addr.0..addr.0 + len;
        cache.fail(&asked, Failure::new(crate::model::FailureKind::Unavailable, "no"));
        assert_eq!(cache.wants(&last), None);
        assert!(cache.failure_at(u64::MAX - 9).is_some());
        assert_eq!(cache.word(u64::MAX - 3), None);
        assert!(cache.wants(&(0..0x100)).is_some());
    }
}
