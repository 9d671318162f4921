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

/// What a scan says of a stack beside its pcs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The stack pointer of the innermost frame.
    pub sp: Addr,
    /// The outermost frame was reached.
    pub whole: bool,
    /// There is nothing but calls on it, and nothing leads on to another stack: a goroutine whose
    /// scan found the same pcs has the same frames, only at other addresses.
    pub plain: bool,
}

/// How to get from a pc to its caller.
#[derive(Clone, Copy)]
struct Step {
    /// Bytes from sp to the return address; `None` for the outermost frame.
    up: Option<u32>,
    /// All that an unwinder would do here as well.
    plain: bool,
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
        self.scan_some(g, usize::MAX, pcs)
            .is_some_and(|found| found.whole)
    }

    /// The same for the innermost `most` frames. `None` when the stack is damaged there.
    pub fn scan_some(&mut self, g: Addr, most: usize, pcs: &mut Vec<Addr>) -> Option<Scanned> {
        pcs.clear();
        let words = self.stacks.g(g, self.memory);
        let (saved, bounds) = (words.saved()?, words.bounds()?);
        let len = bounds.end.0.saturating_sub(saved.sp.0);
        let place = Place {
            memory: self.memory,
            bytes: usize::try_from(len)
                .ok()
                .and_then(|len| self.memory.slice(saved.sp, len)),
            base: saved.sp,
        };
        let mut found = Scanned {
            sp: saved.sp,
            whole: false,
            plain: words.m().is_none(),
        };
        let (mut pc, mut sp) = (saved.pc, saved.sp);
        let most = most.min(self.most_frames);
        while pcs.len() < most {
            if sp >= bounds.end {
                return None;
            }
            let step = self.step(pc)?;
            pcs.push(pc);
            found.plain &= step.plain;
            let slot = step.up.map(|depth| sp.offset(i64::from(depth)));
            let Some(slot) = slot else {
                found.whole = true;
                break;
            };
            let caller = place.word(slot)?;
            if caller == 0 {
                found.whole = true;
                break;
            }
            pc = Addr(caller);
            sp = slot.offset(8);
        }
        Some(found)
    }

    fn step(&mut self, pc: Addr) -> Option<Step> {
        if let Some(step) = self.steps.get(&pc) {
            return Some(*step);
        }
        let facts = self.stacks.facts(pc, self.memory)?;
        let up = match facts.role {
            // The pure Go view of a callback goes straight on, see `switches`.
            Role::Plain | Role::Injected { .. } | Role::CgoCallback => facts.depth,
            _ => None,
        };
        let step = Step {
            up,
            plain: facts.depth.is_some() && matches!(facts.role, Role::Plain | Role::Bottom),
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
