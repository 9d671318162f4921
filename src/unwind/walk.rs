//! [`Walker`]: strings frames together, one at a time, and can be put aside between two of them.
//!
//! It owns no policy of any language: rules come from a [`RuleSource`], switches of stacks from
//! [`StackHooks`]. It owns what keeps a walk honest: every caller lies above its callee, no switch
//! of stacks leads to the same place twice, and whatever goes wrong ends the walk with a reason.

use rustc_hash::FxHashSet;

use super::{
    Advice, Caller, FoundRule, Position, RuleSource, SignalContext, StackHooks, StackId, UnwindError,
};
use crate::arch::{RegisterFile, amd64};
use crate::base::{Addr, Limits};
use crate::memory::{Memory, MemoryExt};
use crate::model::FrameTrust;

/// What a walk needs to know of the world; borrowed anew for every step.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds trait objects")]
pub struct WalkContext<'a> {
    pub memory: &'a dyn Memory,
    pub rules: &'a dyn RuleSource,
    pub hooks: &'a dyn StackHooks,
    pub limits: &'a Limits,
}

/// One physical frame; inlined calls are not taken apart here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawFrame {
    /// What is known of the registers while this frame runs, pc and sp included.
    pub registers: RegisterFile,
    pub pc: Addr,
    pub sp: Addr,
    /// The stack pointer before the call of this function, when its rule is known.
    pub cfa: Option<Addr>,
    pub stack: StackId,
    pub trust: FrameTrust,
    /// The pc is the next instruction, not a return address.
    pub exact: bool,
    /// The signal that this frame handles, for frames called by the kernel.
    pub signal: Option<Box<SignalContext>>,
    /// Frames are missing between this one and the next, and why.
    pub gap: Option<UnwindError>,
}

/// How a walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkEnd {
    /// The outermost function was reached.
    Complete,
    /// The budget of frames is used up.
    Limit,
    Lost(UnwindError),
}

/// A walk under way.
#[derive(Clone, Debug, Default)]
pub struct Walker {
    next: Option<Position>,
    end: Option<WalkEnd>,
    frames: usize,
    /// Stacks met so far, in order.
    walked: Vec<StackId>,
    /// Where switches of stacks led to.
    switches: FxHashSet<(u64, u64)>,
    /// Ways round stacks that may turn out to be unreadable, innermost last.
    detours: Vec<Position>,
}

/// What comes after a frame.
enum Next {
    Caller(Position),
    /// On another stack, or through a signal.
    Switch(Position),
    Bottom,
    Lost(UnwindError),
}

/// A frame with what was found out about it.
struct Step {
    position: Position,
    cfa: Option<Addr>,
    signal: Option<Box<SignalContext>>,
    next: Next,
}

impl Walker {
    /// A walk that begins with the frame at `position`.
    #[must_use]
    pub fn new(position: Position) -> Self {
        Self {
            walked: vec![position.stack],
            next: Some(position),
            ..Self::default()
        }
    }

    /// How the walk ended; `None` while it goes on.
    #[must_use]
    pub fn end(&self) -> Option<&WalkEnd> {
        self.end.as_ref()
    }

    /// The next frame, or `None` at the end.
    pub fn step(&mut self, context: &WalkContext<'_>) -> Option<RawFrame> {
        let position = self.next.take()?;
        if self.frames >= context.limits.frames {
            self.end = Some(WalkEnd::Limit);
            return None;
        }
        self.frames += 1;
        let step = self.look(position, context);
        let stack = step.position.stack;
        let (pc, sp) = (pc_of(&step.position), sp_of(&step.position));
        let gap = self.advance(step.next, stack, sp, context);
        Some(RawFrame {
            pc,
            sp,
            cfa: step.cfa,
            stack,
            trust: step.position.trust.unwrap_or(FrameTrust::Registers),
            exact: step.position.exact,
            registers: step.position.registers,
            signal: step.signal,
            gap,
        })
    }

    /// Finds out what is special about a frame and what comes after it.
    fn look(&mut self, position: Position, context: &WalkContext<'_>) -> Step {
        match context.hooks.advise(&position, context.memory) {
            Advice::Ordinary => {
                let rule = context
                    .rules
                    .rule(&position.registers, position.exact, context.memory);
                follow(position, rule, context)
            }
            Advice::Rule(rule) => follow(position, Ok(rule), context),
            Advice::Bottom(rule) => Step {
                cfa: rule.and_then(|found| found.rule.cfa(&position.registers, context.memory).ok()),
                position,
                signal: None,
                next: Next::Bottom,
            },
            Advice::Injected { rule, registers } => {
                let mut step = follow(position, Ok(rule), context);
                if let Next::Caller(caller) = &mut step.next {
                    caller.exact = true;
                    restore(&mut caller.registers, &registers);
                }
                step
            }
            Advice::Moved { rule, to, otherwise } => {
                if self.detours.last().is_some_and(|detour| detour.stack == to.stack) {
                    self.detours.pop();
                }
                self.detours.extend(otherwise.map(|detour| *detour));
                self.note(to.stack);
                follow(*to, Ok(rule), context)
            }
            Advice::Continue { rule, at, otherwise } => {
                self.detours.extend(otherwise.map(|detour| *detour));
                Step {
                    cfa: rule.and_then(|found| found.rule.cfa(&position.registers, context.memory).ok()),
                    position,
                    signal: None,
                    next: Next::Switch(*at),
                }
            }
            Advice::Signal(rule) => signal(position, rule, context),
            Advice::WildCall => wild_call(position, context),
        }
    }

    /// Moves on to what comes next, or round it; says what was lost on the way.
    fn advance(
        &mut self,
        next: Next,
        stack: StackId,
        sp: Addr,
        context: &WalkContext<'_>,
    ) -> Option<UnwindError> {
        let lost = match self.admit(next, sp, context) {
            Ok(Some(position)) => {
                self.note(position.stack);
                self.next = Some(position);
                return None;
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let onward = self
            .detours
            .pop()
            .or_else(|| context.hooks.after_end(stack, &self.walked, context.memory))
            .filter(|position| self.is_new(position, context.limits));
        if let Some(position) = onward {
            self.note(position.stack);
            self.next = Some(position);
            return lost;
        }
        self.end = Some(lost.map_or(WalkEnd::Complete, WalkEnd::Lost));
        None
    }

    /// Checks that going on there is progress. `None` is the bottom of the stack.
    fn admit(
        &mut self,
        next: Next,
        sp: Addr,
        context: &WalkContext<'_>,
    ) -> Result<Option<Position>, UnwindError> {
        match next {
            Next::Bottom => Ok(None),
            Next::Lost(error) => Err(error),
            Next::Caller(position) => {
                let (pc, caller) = (pc_of(&position), sp_of(&position));
                if pc.is_null() {
                    return Ok(None);
                }
                if caller <= sp {
                    return Err(UnwindError::NotGrowing { sp, caller });
                }
                if !context.rules.is_code(pc) {
                    return Err(UnwindError::NoCode(pc));
                }
                Ok(Some(position))
            }
            Next::Switch(position) => {
                if self.is_new(&position, context.limits) {
                    Ok(Some(position))
                } else {
                    Err(UnwindError::Loop(sp_of(&position)))
                }
            }
        }
    }

    /// Whether no switch has led to this position before.
    fn is_new(&mut self, position: &Position, limits: &Limits) -> bool {
        self.switches.len() < limits.chain && self.switches.insert((pc_of(position).0, sp_of(position).0))
    }

    fn note(&mut self, stack: StackId) {
        if !self.walked.contains(&stack) {
            self.walked.push(stack);
        }
    }
}

fn pc_of(position: &Position) -> Addr {
    Addr(position.registers.get(amd64::RIP).unwrap_or_default())
}

fn sp_of(position: &Position) -> Addr {
    Addr(position.registers.get(amd64::RSP).unwrap_or_default())
}

/// Executes the rule of a frame.
fn follow(position: Position, rule: Result<FoundRule, UnwindError>, context: &WalkContext<'_>) -> Step {
    let (cfa, next) = match rule {
        Err(error) => (None, Next::Lost(error)),
        Ok(found) => {
            let cfa = found.rule.cfa(&position.registers, context.memory).ok();
            let next = match found.rule.exec(&position.registers, context.memory) {
                Ok(caller) => caller_position(&position, found.trust, caller, context),
                Err(error) => Next::Lost(error),
            };
            (cfa, next)
        }
    };
    Step {
        position,
        cfa,
        signal: None,
        next,
    }
}

fn caller_position(
    position: &Position,
    trust: FrameTrust,
    caller: Caller,
    context: &WalkContext<'_>,
) -> Next {
    let Some(registers) = caller.registers else {
        return Next::Bottom;
    };
    let sp = Addr(registers.get(amd64::RSP).unwrap_or_default());
    let mut next = Position {
        registers,
        stack: position.stack,
        trust: Some(trust),
        exact: caller.interrupted,
        memo: position.memo,
    };
    if caller.interrupted {
        next.stack = context.hooks.stack_at(sp, position.stack, context.memory);
        next.trust = Some(FrameTrust::SignalContext);
        return Next::Switch(next);
    }
    Next::Caller(next)
}

fn signal(position: Position, rule: FoundRule, context: &WalkContext<'_>) -> Step {
    let cfa = rule.rule.cfa(&position.registers, context.memory);
    let found = cfa.and_then(|cfa| Ok((cfa, SignalContext::read(cfa, context.memory)?)));
    match found {
        Ok((cfa, found)) => {
            let caller = Caller {
                cfa,
                registers: Some(found.registers_of(&position.registers)),
                interrupted: true,
            };
            let next = caller_position(&position, FrameTrust::SignalContext, caller, context);
            Step {
                position,
                cfa: Some(cfa),
                signal: Some(Box::new(found)),
                next,
            }
        }
        Err(error) => Step {
            position,
            cfa: None,
            signal: None,
            next: Next::Lost(error),
        },
    }
}

/// A call to an address without code has pushed its return address and nothing else.
fn wild_call(position: Position, context: &WalkContext<'_>) -> Step {
    let sp = sp_of(&position);
    let next = match context.memory.read_u64(sp) {
        Ok(pc) => {
            let mut caller = position.clone();
            caller.registers.set(amd64::RIP, pc);
            caller.registers.set(amd64::RSP, sp.offset(8).0);
            caller.exact = false;
            caller.trust = Some(FrameTrust::Scan);
            Next::Caller(caller)
        }
        Err(error) => Next::Lost(error.into()),
    };
    Step {
        position,
        cfa: Some(sp.offset(8)),
        signal: None,
        next,
    }
}

/// Adds what is known in `extra` to `registers`; pc and sp stay.
fn restore(registers: &mut RegisterFile, extra: &RegisterFile) {
    for (_, reg) in amd64::GENERAL {
        if let Some(value) = extra.get(reg)
            && reg != amd64::RIP
            && reg != amd64::RSP
        {
            registers.set(reg, value);
        }
    }
    registers.flags = extra.flags.or(registers.flags);
    if extra.xmm.is_some() {
        registers.xmm.clone_from(&extra.xmm);
    }
}

#[cfg(test)]
mod tests;
