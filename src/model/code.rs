//! Machine code, deferred calls, and what names of functions and lines mean.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FrameId, Location, Runs};
use crate::base::Addr;

/// How instructions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AsmSyntax {
    #[default]
    Intel,
    /// AT&T's, as the GNU tools write it.
    Gnu,
    /// Go's assembler.
    Go,
}

/// Whose code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CodePlace {
    /// The function that a frame is in.
    Frame(FrameId),
    /// The function around an address.
    At(Addr),
    /// Exactly these addresses: start, end.
    Range(Addr, Addr),
    /// What a location specification of the `list` and `disassemble` commands names, seen from a
    /// frame.
    Spec(Arc<str>, Option<FrameId>),
}

/// What an instruction does to the flow of control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    Next,
    Call,
    /// Unconditional.
    Jump,
    /// Conditional.
    Branch,
    Return,
    /// Traps, system calls, undefined instructions.
    Trap,
    /// No instruction: the bytes could not be decoded.
    Bad,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instruction {
    pub addr: Addr,
    pub bytes: Vec<u8>,
    /// As the syntax asked for writes it; targets by name.
    pub text: Runs,
    pub flow: Flow,
    /// Where it calls or jumps to, when the instruction itself says so.
    pub target: Option<Addr>,
    /// As recorded in the binary.
    pub file: Option<Arc<str>>,
    pub line: Option<u32>,
}

/// The code of a function, or of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disassembly {
    pub function: Option<Arc<str>>,
    pub start: Addr,
    pub end: Addr,
    /// Where the frame stands that was asked for.
    pub pc: Option<Addr>,
    pub instructions: Vec<Instruction>,
    /// Why there are none, or not all.
    pub note: Option<String>,
}

/// A deferred call that has not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deferred {
    /// What will be called; its pc is that of the first instruction.
    pub call: Location,
    /// The function that deferred it, and where.
    pub by: Location,
    /// The row of the stack that waits to run it, where that is known.
    pub frame: Option<usize>,
}
