//! Profiler labels of goroutines: a slice of pairs since Go 1.24, a map before.

use std::collections::BTreeMap;

use crate::base::{Addr, Limits};
use crate::go::{Constant, GoRuntime};
use crate::memory::{Memory, MemoryExt};

/// Labels, by key.
pub(super) type Labels = BTreeMap<String, String>;

/// Reads the labels that `g.labels` points at. Damaged or too many: those that could be read.
pub(super) fn read(runtime: &GoRuntime, memory: &dyn Memory, pointer: Addr, limits: &Limits) -> Labels {
    let mut labels = Labels::new();
    let reader = Reader { memory, limits };
    let _ = if runtime.layout.constant(Constant::LabelsAreSlice).is_some() {
        reader.slice(pointer, &mut labels)
    } else {
        reader.map(pointer, &mut labels)
    };
    labels
}

struct Reader<'a> {
    memory: &'a dyn Memory,
    limits: &'a Limits,
}

/// Sizes of Go's own map up to 1.23, for keys and elements of 16 bytes.
///
/// ```text
///   bucket: 8 top hashes | 8 keys | 8 elements | overflow pointer
/// ```
mod bucket {
    pub(super) const SLOTS: u64 = 8;
    pub(super) const KEYS: u64 = 8;
    pub(super) const ELEMENTS: u64 = KEYS + SLOTS * 16;
    pub(super) const OVERFLOW: u64 = ELEMENTS + SLOTS * 16;
    pub(super) const SIZE: u64 = OVERFLOW + 8;
    /// Top hashes below this mark empty and moved slots.
    pub(super) const FIRST_USED: u8 = 5;
    /// The bucket's entries have moved to a larger table.
    pub(super) const MOVED: std::ops::RangeInclusive<u8> = 2..=4;
}

impl Reader<'_> {
    /// `*{ [](struct{ key, value string }) }`
    fn slice(&self, pointer: Addr, labels: &mut Labels) -> Option<()> {
        let array = self.memory.read_addr(pointer).ok()?;
        let len = self.memory.read_u64(pointer.checked_add(8)?).ok()?;
        for index in 0..len.min(self.limits.children as u64) {
            let pair = array.checked_add(index.checked_mul(32)?)?;
            self.pair(pair, pair.checked_add(16)?, labels)?;
        }
        Some(())
    }

    /// `*map[string]string`, where the map is a pointer to its header.
    fn map(&self, pointer: Addr, labels: &mut Labels) -> Option<()> {
        let header = self.memory.read_addr(pointer).ok()?;
        let size_log2 = self.memory.read_u8(header.checked_add(9)?).ok()?;
        let buckets = self.memory.read_addr(header.checked_add(16)?).ok()?;
        let old = self.memory.read_addr(header.checked_add(24)?).ok()?;
        let count = 1_u64.checked_shl(u32::from(size_log2))?;
        self.buckets(buckets, count, labels)?;
        if !old.is_null() {
            self.buckets(old, (count / 2).max(1), labels)?;
        }
        Some(())
    }

    fn buckets(&self, first: Addr, count: u64, labels: &mut Labels) -> Option<()> {
        for index in 0..count.min(self.limits.children as u64) {
            let mut bucket = first.checked_add(index.checked_mul(bucket::SIZE)?)?;
            for _ in 0..self.limits.children {
                if bucket.is_null() {
                    break;
                }
                self.bucket(bucket, labels)?;
                bucket = self
                    .memory
                    .read_addr(bucket.checked_add(bucket::OVERFLOW)?)
                    .ok()?;
            }
        }
        Some(())
    }

    fn bucket(&self, at: Addr, labels: &mut Labels) -> Option<()> {
        let mut hashes = [0; 8];
        self.memory.read_exact(at, &mut hashes).ok()?;
        if bucket::MOVED.contains(&hashes[0]) {
            return Some(());
        }
        for (slot, hash) in (0_u64..).zip(hashes) {
            if hash >= bucket::FIRST_USED {
                let key = at.checked_add(bucket::KEYS + slot * 16)?;
                let element = at.checked_add(bucket::ELEMENTS + slot * 16)?;
                self.pair(key, element, labels)?;
            }
        }
        Some(())
    }

    fn pair(&self, key: Addr, value: Addr, labels: &mut Labels) -> Option<()> {
        if labels.len() >= self.limits.children {
            return None;
        }
        labels.insert(self.text(key)?, self.text(value)?);
        Some(())
    }

    fn text(&self, header: Addr) -> Option<String> {
        let pointer = self.memory.read_addr(header).ok()?;
        let len = self.memory.read_u64(header.checked_add(8)?).ok()?;
        let len = usize::try_from(len).ok()?.min(self.limits.text_bytes);
        let bytes = self.memory.read_bytes(pointer, len).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}
