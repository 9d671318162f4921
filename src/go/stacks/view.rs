//! The few words of g and m that unwinding needs, and which of a thread's stacks an address is on.

use super::GoStacks;
use crate::arch::{RegisterFile, amd64};
use crate::base::{Addr, AddrRange};
use crate::go::Field;
use crate::memory::{Memory, MemoryExt};
use crate::model::FrameTrust;
use crate::unwind::{Position, StackId};

/// A g or an m in memory.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    stacks: &'a GoStacks,
    addr: Addr,
    memory: &'a dyn Memory,
}

/// Where a goroutine left off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SavedPlace {
    pub(super) pc: Addr,
    pub(super) sp: Addr,
    pub(super) frame_pointer: Option<u64>,
}

impl GoStacks {
    pub(super) fn g<'a>(&'a self, addr: Addr, memory: &'a dyn Memory) -> Words<'a> {
        Words {
            stacks: self,
            addr,
            memory,
        }
    }

    /// The stack of the goroutine whose g is at `addr`.
    #[must_use]
    pub fn stack_of(&self, addr: Addr, memory: &dyn Memory) -> Option<AddrRange> {
        self.g(addr, memory).bounds()
    }

    pub(super) fn m<'a>(&'a self, addr: Addr, memory: &'a dyn Memory) -> Words<'a> {
        self.g(addr, memory)
    }

    /// Which stack of the current thread `sp` lies on.
    ///
    /// The bounds of g0 are only guesses of the runtime on threads that C made, so whatever is not
    /// on the goroutine's stack nor on the signal stack is taken for g0's.
    pub(super) fn owner_of(&self, sp: Addr, current: StackId, memory: &dyn Memory) -> StackId {
        if current.0 == 0 {
            return current;
        }
        let Some(m) = self.g(Addr(current.0), memory).m() else {
            return current;
        };
        let m = self.m(m, memory);
        let holds = |g: &Addr| self.g(*g, memory).bounds().is_some_and(|b| b.contains(sp));
        let owner = [m.running(), m.signal_g()].into_iter().flatten().find(holds);
        owner.or_else(|| m.g0()).map_or(current, |g| StackId(g.0))
    }
}

impl Words<'_> {
    fn word(&self, field: Field) -> Option<u64> {
        let offset = self.stacks.layout.offset(field)?;
        let at = self.addr.checked_add(u64::from(offset))?;
        self.memory.read_u64(at).ok()
    }

    fn pointer(&self, field: Field) -> Option<Addr> {
        self.word(field).map(Addr).filter(|addr| !addr.is_null())
    }

    /// The m that runs this g, or to which it is locked.
    pub(super) fn m(&self) -> Option<Addr> {
        self.pointer(Field::GM).or_else(|| self.pointer(Field::GLockedm))
    }

    /// `m.curg`: the goroutine that an m runs.
    pub(super) fn running(&self) -> Option<Addr> {
        self.pointer(Field::MCurg)
    }

    pub(super) fn g0(&self) -> Option<Addr> {
        self.pointer(Field::MG0)
    }

    fn signal_g(&self) -> Option<Addr> {
        self.pointer(Field::MGsignal)
    }

    pub(super) fn stack_hi(&self) -> Option<Addr> {
        self.pointer(Field::GStackHi)
    }

    pub(super) fn bounds(&self) -> Option<AddrRange> {
        let lo = self.pointer(Field::GStackLo)?;
        let hi = self.stack_hi()?;
        (lo < hi).then_some(AddrRange { start: lo, end: hi })
    }

    pub(super) fn sched_sp(&self) -> Option<Addr> {
        self.pointer(Field::GSchedSp)
    }

    /// What a switch away from this g saved in `sched`.
    pub(super) fn sched(&self) -> Option<SavedPlace> {
        self.on_stack(SavedPlace {
            pc: self.pointer(Field::GSchedPc)?,
            sp: self.sched_sp()?,
            frame_pointer: self.word(Field::GSchedBp),
        })
    }

    /// Where the runtime itself would start a traceback of a goroutine that it does not run.
    pub(super) fn saved(&self) -> Option<SavedPlace> {
        let Some(sp) = self.pointer(Field::GSyscallsp) else {
            return self.sched();
        };
        self.on_stack(SavedPlace {
            pc: self.pointer(Field::GSyscallpc)?,
            sp,
            frame_pointer: self.word(Field::GSyscallbp),
        })
    }

    fn on_stack(&self, place: SavedPlace) -> Option<SavedPlace> {
        let bounds = self.bounds()?;
        (bounds.start <= place.sp && place.sp <= bounds.end).then_some(place)
    }
}

impl SavedPlace {
    /// The position of goroutine `g` that left off here.
    pub(super) fn position(&self, g: Addr, trust: FrameTrust) -> Position {
        let mut registers = RegisterFile::new()
            .with(amd64::RIP, self.pc.0)
            .with(amd64::RSP, self.sp.0)
            .with(amd64::R14, g.0);
        if let Some(frame_pointer) = self.frame_pointer {
            registers.set(amd64::RBP, frame_pointer);
        }
        Position {
            registers,
            stack: StackId(g.0),
            trust: Some(trust),
            exact: false,
            memo: 0,
        }
    }
}
