//! [`PcScanner`]: the return addresses of parked goroutines, fast enough for all of a program's.
//!
//! Grouping a hundred thousand goroutines by their stacks needs pcs and nothing else: no registers
//! but pc and sp, no inlined calls, and for each pc met before one look into a hash table.

use rustc_hash::FxHashMap;

use super::GoStacks;
use super::facts::Role;
use crate::base::{Addr, Cursor, Limits};
use crate::memory::{Memory, MemoryExt};

/// Walks many goroutine stacks; remembers what it learned about each pc.
#[expect(missing_debug_implementations, reason = "holds a trait object")]
pub struct PcScanner<'a> {
    stacks: &'a GoStacks,
    memory: &'a dyn Memory,
    most_frames: usize,
    steps: FxHashMap<Addr, Step>,
}

/// How to get from a pc to its caller.
#[derive(Clone, Copy)]
enum Step {
    /// Bytes from sp to the return address.
    Up(u32),
    Last,
}

/// One goroutine's stack under way.
struct Place<'m> {
    memory: &'m dyn Memory,
    /// The stack from the first sp on, where it lies together in memory.
    bytes: Option<&'m [u8]>,
    base: Addr,
}

impl<'a> PcScanner<'a> {
    #[must_use]
    pub fn new(stacks: &'a GoStacks, memory: &'a dyn Memory, limits: &Limits) -> Self {
        Self {
            stacks,
            memory,
            most_frames: limits.frames,
            steps: FxHashMap::default(),
        }
    }

    /// Puts the pcs of goroutine `g`, innermost first, into `pcs`, which is emptied before. They
    /// are the pcs from where the runtime saved the goroutine on; on a damaged stack they end
    /// early, which the answer `false` tells.
    pub fn scan(&mut self, g: Addr, pcs: &mut Vec<Addr>) -> bool {
        pcs.clear();
        let words = self.stacks.g(g, self.memory);
        let (Some(saved), Some(bounds)) = (words.saved(), words.bounds()) else {
            return false;
        };
        let len = bounds.end.0.saturating_sub(saved.sp.0);
        let place = Place {
            memory: self.memory,
            bytes: usize::try_from(len)
                .ok()
                .and_then(|len| self.memory.slice(saved.sp, len)),
            base: saved.sp,
        };
        let (mut pc, mut sp) = (saved.pc, saved.sp);
        while pcs.len() < self.most_frames && sp < bounds.end {
            let Some(step) = self.step(pc) else {
                return false;
            };
            pcs.push(pc);
            let Step::Up(depth) = step else {
                return true;
            };
            let slot = sp.offset(i64::from(depth));
            let Some(caller) = place.word(slot) else {
                return false;
            };
            if caller == 0 {
                return true;
            }
            pc = Addr(caller);
            sp = slot.offset(8);
        }
        false
    }

    fn step(&mut self, pc: Addr) -> Option<Step> {
        if let Some(step) = self.steps.get(&pc) {
            return Some(*step);
        }
        let facts = self.stacks.facts(pc, self.memory)?;
        let step = match (facts.role, facts.depth) {
            // The pure Go view of a callback goes straight on, see `switches`.
            (Role::Plain | Role::Injected { .. } | Role::CgoCallback, Some(depth)) => Step::Up(depth),
            _ => Step::Last,
        };
        self.steps.insert(pc, step);
        Some(step)
    }
}

impl Place<'_> {
    fn word(&self, at: Addr) -> Option<u64> {
        let Some(bytes) = self.bytes else {
            return self.memory.read_u64(at).ok();
        };
        let offset = usize::try_from(at.0.checked_sub(self.base.0)?).ok()?;
        Cursor::at(bytes, offset).u64().ok()
    }
}
