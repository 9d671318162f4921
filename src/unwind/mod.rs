//! Stacks from registers and memory: find a rule for a pc, then execute it; both pure.
//!
//! Owns the rules ([`UnwindRule`]), call frame information ([`CfiTable`]), the chain of frame
//! pointers, what a signal leaves on a stack ([`SignalContext`]), and the [`Walker`] that strings
//! frames together. Knows no language: what a runtime does to its stacks comes in through
//! [`StackHooks`].

mod cfi;
mod error;
mod frame_pointer;
mod hooks;
mod rule;
mod signal_context;
mod walk;

pub use cfi::CfiTable;
pub use error::UnwindError;
pub use frame_pointer::frame_pointer_rule;
pub use hooks::{Advice, NoHooks, Position, StackHooks, StackId};
pub use rule::{Caller, CallerTable, CfaRule, FoundRule, RuleSource, Saved, SavedFramePointer, UnwindRule};
pub use signal_context::{SignalContext, is_sigreturn};
pub use walk::{RawFrame, WalkContext, WalkEnd, Walker};
