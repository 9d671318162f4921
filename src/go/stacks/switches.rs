//! The functions through which the runtime changes stacks: how to follow each of them back.

use super::GoStacks;
use super::view::SavedPlace;
use crate::arch::{Reg, RegisterFile, amd64};
use crate::base::Addr;
use crate::memory::{Memory, MemoryExt};
use crate::model::FrameTrust;
use crate::unwind::{Advice, FoundRule, Position, StackId};

impl GoStacks {
    /// `systemstack` on g0 has saved where it came from in the goroutine's `sched`; it returns
    /// there, so this frame continues on the goroutine's stack.
    pub(super) fn system_stack(
        &self,
        rule: FoundRule,
        position: &Position,
        memory: &dyn Memory,
    ) -> Option<Advice> {
        let Some(g) = self.goroutine_of_g0(position, memory) else {
            // Before the switch or after it: an ordinary frame on the goroutine's stack.
            return self
                .is_before_switch(position, memory)
                .then_some(Advice::Rule(rule));
        };
        let sched = self.g(g, memory).sched()?;
        let to = SavedPlace {
            pc: Addr(position.registers.get(amd64::RIP)?),
            ..sched
        };
        let mut to = to.position(g, FrameTrust::StackSwitch);
        to.exact = position.exact;
        Some(Advice::Moved {
            rule,
            to: Box::new(to),
            otherwise: None,
        })
    }

    /// `morestack` never returns: the function whose stack was to grow starts again.
    pub(super) fn more_stack(
        &self,
        rule: FoundRule,
        position: &Position,
        memory: &dyn Memory,
    ) -> Option<Advice> {
        let Some(g) = self.goroutine_of_g0(position, memory) else {
            return self
                .is_before_switch(position, memory)
                .then_some(Advice::Rule(rule));
        };
        let at = self.g(g, memory).sched()?.position(g, FrameTrust::StackSwitch);
        Some(Advice::Continue {
            rule: Some(rule),
            at: Box::new(at),
            otherwise: None,
        })
    }

    /// `asmcgocall` on g0 has saved g and how deep its stack was, since that may move meanwhile:
    ///
    /// ```text
    ///   Go 1.22 and later   sp+0   stack.hi - old sp      sp+8   g
    ///   before              sp+40  stack.hi - old sp      sp+48  g
    /// ```
    ///
    /// Called on g0 already, g is 0 and the other word is the old stack pointer itself.
    pub(super) fn cgo_call(
        &self,
        rule: FoundRule,
        position: &Position,
        memory: &dyn Memory,
    ) -> Option<Advice> {
        let sp = Addr(position.registers.get(amd64::RSP)?);
        if self.is_before_switch(position, memory) {
            return Some(Advice::Rule(rule));
        }
        let owner = self.goroutine_of_g0(position, memory);
        let words = |at: i64| {
            let depth = memory.read_u64(sp.offset(at)).ok()?;
            let g = memory.read_u64(sp.offset(at.wrapping_add(8))).ok()?;
            Some((depth, Addr(g)))
        };
        let slots = [words(0), words(40)];
        let switched = slots.iter().flatten().find_map(|&(depth, g)| {
            let bounds = self.g(g, memory).bounds()?;
            let plausible = owner.is_none_or(|owner| owner == g) && !g.is_null() && depth < bounds.len();
            plausible.then(|| (g, bounds.end.offset(0_i64.wrapping_sub_unsigned(depth))))
        });
        let (stack, old_sp, trust) = match switched {
            Some((g, old_sp)) => (StackId(g.0), old_sp, FrameTrust::StackSwitch),
            None => {
                let near = |old: u64| old > sp.0 && old.wrapping_sub(sp.0) <= 96;
                let &(old, _) = slots
                    .iter()
                    .flatten()
                    .find(|(old, g)| g.is_null() && near(*old))?;
                let trust = position.trust.unwrap_or(FrameTrust::Pcsp);
                (position.stack, Addr(old), trust)
            }
        };
        let mut to = Position {
            registers: at(position, Addr(position.registers.get(amd64::RIP)?), old_sp),
            stack,
            trust: Some(trust),
            exact: position.exact,
            memo: position.memo,
        };
        if switched.is_some() {
            to.registers.set(amd64::R14, stack.0);
        }
        Some(Advice::Moved {
            rule,
            to: Box::new(to),
            otherwise: None,
        })
    }

    /// `cgocallback` on the goroutine's stack was called on g0 by C code, which follows there. It
    /// has a frame of the same shape on both stacks:
    ///
    /// ```text
    ///   goroutine: cgocallbackg <- cgocallback <- (made up) systemstack_switch <- cgocall <- ...
    ///   g0:                        cgocallback <- crosscall2 <- C ... <- asmcgocall
    ///                              [sp]: the g0 stack pointer of the next older callback
    /// ```
    pub(super) fn cgo_callback(
        &self,
        rule: FoundRule,
        position: &Position,
        memory: &dyn Memory,
    ) -> Option<Advice> {
        if self.is_g0(position.stack, memory) || position.stack.0 == 0 {
            return Some(Advice::Rule(rule));
        }
        Some(
            self.continue_in_c(rule, position, memory)
                .unwrap_or(Advice::Rule(rule)),
        )
    }

    fn continue_in_c(&self, rule: FoundRule, position: &Position, memory: &dyn Memory) -> Option<Advice> {
        let g = Addr(position.stack.0);
        let g0 = self.m(self.g(g, memory).m()?, memory).g0()?;
        let sp = match position.memo {
            0 => self.g(g0, memory).sched_sp()?,
            older => Addr(older),
        };
        let pc = Addr(position.registers.get(amd64::RIP)?);
        let caller = rule.rule.exec(&at(position, pc, sp), memory).ok()?;
        let registers = caller.registers?;
        let from = self.code().find_func(Addr(registers.get(amd64::RIP)?))?;
        if from.name() != "crosscall2" {
            return None;
        }
        let next = Position {
            registers,
            stack: StackId(g0.0),
            trust: Some(FrameTrust::StackSwitch),
            exact: false,
            memo: memory.read_u64(sp).ok()?,
        };
        let on_goroutine = rule.rule.exec(&position.registers, memory).ok()?.registers;
        let otherwise = on_goroutine.and_then(|registers| {
            let caller = self.code().find_func(Addr(registers.get(amd64::RIP)?))?;
            (!caller.is_top_frame()).then(|| {
                Box::new(Position {
                    registers,
                    stack: position.stack,
                    trust: Some(rule.trust),
                    exact: false,
                    memo: next.memo,
                })
            })
        });
        Some(Advice::Continue {
            rule: Some(rule),
            at: Box::new(next),
            otherwise,
        })
    }

    /// A function that leaves its stack for C code, or rounds it down, and keeps the old stack
    /// pointer in a register that C preserves: signal forwarding, and calls of the vDSO, which
    /// run on g0.
    pub(super) fn aligned(
        &self,
        rule: FoundRule,
        old_sp: Reg,
        position: &Position,
        memory: &dyn Memory,
    ) -> Option<Advice> {
        /// Alignment, and what the functions put below it.
        const NEAR: u64 = 64;
        let sp = position.registers.get(amd64::RSP)?;
        let old = position.registers.get(old_sp);
        let kept = old.filter(|old| {
            let near = old.checked_sub(sp).is_some_and(|far| far > 0 && far <= NEAR);
            let running = self.goroutine_of_g0(position, memory);
            let bounds = running.and_then(|g| self.g(g, memory).bounds());
            near || bounds.is_some_and(|bounds| bounds.contains(Addr(*old)))
        });
        let Some(old) = kept else {
            return Some(Advice::Rule(rule));
        };
        let mut to = position.clone();
        to.registers.set(amd64::RSP, old);
        to.stack = self.owner_of(Addr(old), position.stack, memory);
        if to.stack != position.stack {
            to.trust = Some(FrameTrust::StackSwitch);
        }
        Some(Advice::Moved {
            rule,
            to: Box::new(to),
            otherwise: None,
        })
    }

    /// Code that is not Go's: C, the vDSO, or nowhere at all.
    pub(super) fn outside_go(&self, pc: Addr, position: &Position, memory: &dyn Memory) -> Advice {
        let calls_nowhere = || {
            let sp = Addr(position.registers.get(amd64::RSP)?);
            let back = memory.read_addr(sp).ok()?;
            self.code().contains(back).then_some(())
        };
        let no_code = pc.is_null() || memory.read_u8(pc).is_err();
        if position.exact && no_code && calls_nowhere().is_some() {
            return Advice::WildCall;
        }
        Advice::Ordinary
    }

    /// The goroutine that the thread runs, when the walk is on its g0.
    fn goroutine_of_g0(&self, position: &Position, memory: &dyn Memory) -> Option<Addr> {
        let current = Addr(position.stack.0);
        if current.is_null() {
            return None;
        }
        let m = self.g(current, memory).m()?;
        let g = self.m(m, memory).running()?;
        (self.m(m, memory).g0() == Some(current) && self.g(g, memory).m() == Some(m)).then_some(g)
    }

    fn is_g0(&self, stack: StackId, memory: &dyn Memory) -> bool {
        let current = Addr(stack.0);
        let m = self.g(current, memory).m();
        m.is_some_and(|m| self.m(m, memory).g0() == Some(current))
    }

    /// Whether a switching function still is, or is again, an ordinary frame of a goroutine. On
    /// g0 it never is: what lies above it there belongs to another time.
    fn is_before_switch(&self, position: &Position, memory: &dyn Memory) -> bool {
        let sp = Addr(position.registers.get(amd64::RSP).unwrap_or_default());
        let bounds = self.g(Addr(position.stack.0), memory).bounds();
        bounds.is_some_and(|bounds| bounds.contains(sp)) && !self.is_g0(position.stack, memory)
    }
}

/// The registers of `position` as they are at another pc and stack pointer, where only those
/// survive that survive a call.
fn at(position: &Position, pc: Addr, sp: Addr) -> RegisterFile {
    let mut registers = RegisterFile::new().with(amd64::RIP, pc.0).with(amd64::RSP, sp.0);
    registers.fs_base = position.registers.fs_base;
    registers.gs_base = position.registers.gs_base;
    registers
}

/// The registers that `asyncPreempt` saved of the function it interrupted.
///
/// ```text
///   cfa-16  rbp      cfa-24  flags
///   sp+0    rax rcx rdx rbx rsi rdi r8 .. r15      sp+112  xmm0 .. xmm15, to Go 1.25 only
/// ```
pub(super) fn preempted_registers(position: &Position, depth: u32, memory: &dyn Memory) -> RegisterFile {
    const ORDER: [Reg; 14] = [
        amd64::RAX,
        amd64::RCX,
        amd64::RDX,
        amd64::RBX,
        amd64::RSI,
        amd64::RDI,
        amd64::R8,
        amd64::R9,
        amd64::R10,
        amd64::R11,
        amd64::R12,
        amd64::R13,
        amd64::R14,
        amd64::R15,
    ];
    /// rbp, flags and the general registers: the least that the frame must hold when they are
    /// all saved. Before that, in the first instructions, nothing is.
    const SAVED: u32 = 16 + 14 * 8;
    /// The same with xmm0 to xmm15.
    const SAVED_WITH_VECTORS: u32 = SAVED + 16 * 16;
    let mut saved = RegisterFile::new();
    let Some(sp) = position.registers.get(amd64::RSP).map(Addr) else {
        return saved;
    };
    // Stopped at its very entry, it has not touched a register yet.
    if depth == 0 && position.exact {
        return position.registers.clone();
    }
    // Once it has called asyncPreempt2, all its saves are done.
    if depth < SAVED || position.exact {
        return saved;
    }
    for (slot, reg) in (0_i64..).step_by(8).zip(ORDER) {
        if let Ok(value) = memory.read_u64(sp.offset(slot)) {
            saved.set(reg, value);
        }
    }
    let cfa = sp.offset(i64::from(depth)).offset(8);
    saved.flags = memory.read_u64(cfa.offset(-24)).ok();
    let mut vectors = [0; 256];
    if depth >= SAVED_WITH_VECTORS && memory.read_exact(sp.offset(112), &mut vectors).is_ok() {
        let mut xmm = Box::new([0_u128; 16]);
        let (chunks, _) = vectors.as_chunks::<16>();
        for (slot, chunk) in xmm.iter_mut().zip(chunks) {
            *slot = u128::from_le_bytes(*chunk);
        }
        saved.xmm = Some(xmm);
    }
    saved
}
