//! [`StackHooks`]: what a language runtime does to its stacks, told to the walker as values.

use super::FoundRule;
use crate::arch::RegisterFile;
use crate::base::Addr;
use crate::memory::Memory;
use crate::model::FrameTrust;

/// Names a stack, so that the walker knows when it has changed: for Go the address of the g that
/// owns it, 0 where no runtime owns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId(pub u64);

/// Where a walk stands: the registers of a frame that is not looked at yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub registers: RegisterFile,
    pub stack: StackId,
    pub trust: Option<FrameTrust>,
    /// The pc is the next instruction, not a return address.
    pub exact: bool,
    /// Something only the hooks understand, carried from frame to frame.
    pub memo: u64,
}

/// What is special about a frame.
#[derive(Clone, Debug)]
pub enum Advice {
    /// Nothing: the rule of its code holds.
    Ordinary,
    /// Nothing, and this is the rule.
    Rule(FoundRule),
    /// The outermost frame of its stack. The rule, if there is one, only yields its CFA.
    Bottom(Option<FoundRule>),
    /// The callee did not call: it was made to look like a call by a signal handler. The caller's
    /// pc is exact, and these of its registers are known besides.
    Injected {
        rule: FoundRule,
        registers: Box<RegisterFile>,
    },
    /// The function switched stacks: it goes on as if it stood at the given position, where the
    /// rule holds. When the walk gets lost on the new stack it continues at `otherwise`.
    Moved {
        rule: FoundRule,
        to: Box<Position>,
        otherwise: Option<Box<Position>>,
    },
    /// What follows this frame is at the given position, whatever its own stack says: it never
    /// returns, or was called from another stack. The rule, if there is one, only yields its CFA;
    /// when the walk gets lost it continues at `otherwise`.
    Continue {
        rule: Option<FoundRule>,
        at: Box<Position>,
        otherwise: Option<Box<Position>>,
    },
    /// A signal handler called by the kernel: the `ucontext` lies at the CFA of this rule.
    Signal(FoundRule),
    /// A jump to nowhere (pc 0): the return address is the word at the stack pointer.
    WildCall,
}

/// What a runtime knows about its stacks. [`NoHooks`] is for programs without one.
pub trait StackHooks: Sync {
    /// Looks at the frame at `position` before any rule is applied.
    fn advise(&self, position: &Position, memory: &dyn Memory) -> Advice;

    /// The stack that `sp` lies on, given the one the walk was on.
    fn stack_at(&self, sp: Addr, current: StackId, memory: &dyn Memory) -> StackId;

    /// Where to go on after the stack `ended` came to its end; `walked` are those seen so far.
    fn after_end(&self, ended: StackId, walked: &[StackId], memory: &dyn Memory) -> Option<Position>;
}

/// No runtime: threads of C programs.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl StackHooks for NoHooks {
    fn advise(&self, _: &Position, _: &dyn Memory) -> Advice {
        Advice::Ordinary
    }

    fn stack_at(&self, _: Addr, current: StackId, _: &dyn Memory) -> StackId {
        current
    }

    fn after_end(&self, _: StackId, _: &[StackId], _: &dyn Memory) -> Option<Position> {
        None
    }
}
