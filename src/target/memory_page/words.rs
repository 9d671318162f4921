//! What words in memory point to.

use crate::base::{Addr, AddrRange, CancelToken, GoId, RangeMap};
use crate::model::{BytesFrom, Failure, MemoryPart, Role, Runs, WordNote};
use crate::target::code::AddrNames;
use crate::target::goroutines::cancelled;
use crate::target::inferior::Target;

/// Addresses below are never mapped by programs: small numbers, not pointers.
const LOWEST: u64 = 0x1_0000;
/// Words looked at between two looks at the cancel token.
const STRIDE: usize = 4096;

/// The stacks of all goroutines, by address.
#[derive(Debug, Default)]
pub(in crate::target) struct StackRanges(RangeMap<GoId>);

impl Target {
    /// The words among the bytes that point to something known.
    pub(super) fn words_of(
        &self,
        parts: &[MemoryPart],
        cancel: &CancelToken,
    ) -> Result<Vec<WordNote>, Failure> {
        let mut notes = Vec::new();
        let readable = |part: &&MemoryPart| !matches!(part.from, BytesFrom::Absent | BytesFrom::Unmapped);
        for part in parts.iter().filter(readable) {
            let skipped = usize::try_from(part.addr.0.wrapping_neg() % 8).unwrap_or(0);
            let words = part.bytes.get(skipped..).unwrap_or_default().chunks_exact(8);
            for (at, word) in words.enumerate() {
                if at.is_multiple_of(STRIDE) {
                    cancel.check().map_err(cancelled)?;
                }
                let mut value = [0; 8];
                value.copy_from_slice(word);
                let value = Addr(u64::from_le_bytes(value));
                let offset = (skipped as u64).saturating_add((at as u64).saturating_mul(8));
                if let (Some(addr), Some(points_to)) =
                    (part.addr.checked_add(offset), self.describe(value, cancel))
                {
                    notes.push(WordNote {
                        addr,
                        value,
                        points_to,
                    });
                }
            }
        }
        Ok(notes)
    }

    /// What lies at an address, in a few words; `None` where nothing is known of it.
    pub(in crate::target) fn describe(&self, addr: Addr, cancel: &CancelToken) -> Option<Runs> {
        if addr.0 < LOWEST {
            return None;
        }
        if let Some(named) = AddrNames::of(self).find(addr) {
            let role = if named.is_function {
                Role::Function
            } else {
                Role::Name
            };
            let mut runs = Runs::of(named.name, role);
            let offset = addr.0.wrapping_sub(named.start.0);
            if offset > 0 {
                runs.push(format!("+{offset:#x}"), Role::Number);
            }
            if named.is_function {
                let place = self.location_of(addr);
                if let (Some(file), Some(line)) = (place.file, place.line) {
                    let file = file.rsplit('/').next().unwrap_or_default();
                    runs.push(format!(" {file}:{line}"), Role::Dim);
                }
            }
            return Some(runs);
        }
        if let Some(goroutine) = self.stack_ranges(cancel).and_then(|ranges| ranges.find(addr)) {
            return Some(Runs::of(format!("stack of goroutine {goroutine}"), Role::Dim));
        }
        let (path, start) = self.reader.image_at(addr)?;
        let file = path.rsplit('/').next().unwrap_or(path);
        let offset = addr.0.wrapping_sub(start.0);
        Some(Runs::of(format!("{file}+{offset:#x}"), Role::Dim))
    }

    /// Read once an epoch; `None` without goroutines.
    fn stack_ranges(&self, cancel: &CancelToken) -> Option<&StackRanges> {
        if let Some(known) = self.stack_ranges.get() {
            return Some(known);
        }
        let go = self.go.as_ref()?;
        let list = self.goroutine_list(cancel).ok()?;
        let memory = self.core.memory.as_ref();
        let ranges = list.goroutines.iter().filter_map(|goroutine| {
            let range: AddrRange = go.stacks.stack_of(goroutine.addr, memory)?;
            Some((range, goroutine.id))
        });
        let ranges = StackRanges(RangeMap::from_layers(ranges));
        Some(self.stack_ranges.get_or_init(|| ranges))
    }
}

impl StackRanges {
    fn find(&self, addr: Addr) -> Option<GoId> {
        self.0.find(addr).map(|(_, goroutine)| *goroutine)
    }
}
