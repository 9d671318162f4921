//! Stacks of Go: the depth table as rules, and everything the runtime does to its stacks.
//!
//! A thread of a Go program runs on up to three stacks, and a crash walks through all of them:
//!
//! ```text
//!   gsignal   raise <- dieFromSignal <- sighandler <- sigtramp      (kernel: ucontext at its CFA)
//!                                                        |
//!   g0        mallocgc.func1 <- systemstack             <-+  or right on the goroutine's stack
//!                                 |
//!   g         main.f <- main.main <- runtime.main <- goexit
//! ```
//!
//! [`GoStacks`] owns the ways from one to the other. It owns no goroutine list and no names for
//! people; it reads g and m through the layout of the version at hand.

mod facts;
mod scan;
mod switches;
mod view;

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

use self::facts::{Facts, Role};
use super::{GoCode, Layout};
use crate::arch::{RegisterFile, amd64};
use crate::base::Addr;
use crate::memory::Memory;
use crate::model::FrameTrust;
use crate::unwind::{Advice, FoundRule, Position, StackHooks, StackId, UnwindRule};

pub use self::scan::{PcScanner, Scanned};

/// Facts kept for this many pcs; a program's stacks hold far fewer different ones.
const CACHED_PCS: usize = 1 << 20;

/// What the Go runtime does to its stacks.
#[derive(Debug)]
pub struct GoStacks {
    code: GoCode,
    layout: Layout,
    /// What each pc met so far means. Facts of code, so they hold for as long as it is loaded.
    facts: RwLock<FxHashMap<Addr, Facts>>,
}

impl GoStacks {
    #[must_use]
    pub fn new(code: GoCode, layout: Layout) -> Self {
        Self {
            code,
            layout,
            facts: RwLock::default(),
        }
    }

    #[must_use]
    pub const fn code(&self) -> &GoCode {
        &self.code
    }

    /// The first frame of a thread: its registers as they are. `g` is what its thread-local
    /// storage says it runs.
    #[must_use]
    pub fn thread_position(
        &self,
        registers: &RegisterFile,
        g: Option<Addr>,
        memory: &dyn Memory,
    ) -> Position {
        let sp = Addr(registers.get(amd64::RSP).unwrap_or_default());
        let claimed = StackId(g.unwrap_or_default().0);
        Position {
            registers: registers.clone(),
            stack: self.stack_at(sp, claimed, memory),
            trust: Some(FrameTrust::Registers),
            exact: true,
            memo: 0,
        }
    }

    /// The first frame of a goroutine that no thread runs: where the runtime parked it, or where
    /// it entered a system call. `None` when that makes no sense: wild, or long overwritten.
    #[must_use]
    pub fn saved_position(&self, g: Addr, memory: &dyn Memory) -> Option<Position> {
        let saved = self.g(g, memory).saved()?;
        self.code.find_func(saved.pc)?;
        Some(saved.position(g, FrameTrust::Registers))
    }

    /// What `pc` means to a walk; `None` outside Go code.
    fn facts(&self, pc: Addr, memory: &dyn Memory) -> Option<Facts> {
        let known = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = known.get(&pc) {
            return Some(*facts);
        }
        drop(known);
        let facts = Facts::of(&self.code.find_func(pc)?, pc, memory);
        let mut known = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CACHED_PCS {
            known.clear();
        }
        known.insert(pc, facts);
        Some(facts)
    }
}

impl StackHooks for GoStacks {
    fn advise(&self, position: &Position, memory: &dyn Memory) -> Advice {
        let pc = Addr(position.registers.get(amd64::RIP).unwrap_or_default());
        let Some(facts) = self.facts(pc, memory) else {
            return self.outside_go(pc, position, memory);
        };
        let Some(depth) = facts.depth else {
            return Advice::Ordinary;
        };
        let rule = FoundRule {
            rule: UnwindRule::StackDepth {
                depth,
                frame_pointer: facts.frame_pointer,
            },
            trust: FrameTrust::Pcsp,
        };
        let special = match facts.role {
            Role::Plain => return Advice::Rule(rule),
            Role::Bottom => return Advice::Bottom(Some(rule)),
            Role::SignalHandler => return Advice::Signal(rule),
            Role::Injected { saves_registers } => {
                let registers = if saves_registers {
                    switches::preempted_registers(position, depth, memory)
                } else {
                    RegisterFile::new()
                };
                return Advice::Injected {
                    rule,
                    registers: Box::new(registers),
                };
            }
            Role::SystemStack => self.system_stack(rule, position, memory),
            Role::MoreStack => self.more_stack(rule, position, memory),
            Role::CgoCall => self.cgo_call(rule, position, memory),
            Role::CgoCallback => self.cgo_callback(rule, position, memory),
            Role::AlignsStack(old_sp) => self.aligned(rule, old_sp, position, memory),
            Role::WritesSp => None,
        };
        special.unwrap_or(Advice::Bottom(Some(rule)))
    }

    fn stack_at(&self, sp: Addr, current: StackId, memory: &dyn Memory) -> StackId {
        self.owner_of(sp, current, memory)
    }

    fn after_end(&self, ended: StackId, walked: &[StackId], memory: &dyn Memory) -> Option<Position> {
        let any = std::iter::once(&ended).chain(walked).find(|stack| stack.0 != 0)?;
        let m = self.g(Addr(any.0), memory).m()?;
        let running = self.m(m, memory).running()?;
        if walked.contains(&StackId(running.0)) {
            return None;
        }
        let saved = self.g(running, memory).saved()?;
        self.code.find_func(saved.pc)?;
        Some(saved.position(running, FrameTrust::StackSwitch))
    }
}

#[cfg(test)]
mod tests;
