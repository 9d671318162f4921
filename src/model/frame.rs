//! Stack frames as rows.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{Addr, GoId, Tid};

/// A place in code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    pub pc: Addr,
    /// Full name, with package path and receiver.
    pub function: Option<Arc<str>>,
    /// As recorded in the binary.
    pub file: Option<Arc<str>>,
    pub line: Option<u32>,
}

/// Whose stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    Goroutine(GoId),
    Thread(Tid),
}

/// One frame of one stack; `index` 0 is the innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameId {
    pub subject: Subject,
    pub index: usize,
}

/// How a frame was found, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameTrust {
    /// The registers of a thread, or those the runtime saved when it parked the goroutine.
    Registers,
    /// Registers that a signal saved on the stack.
    SignalContext,
    /// Go's own table of stack depths: exact.
    Pcsp,
    /// Call frame information.
    Cfi,
    /// The runtime's rule for a switch between two stacks.
    StackSwitch,
    /// The chain of saved frame pointers.
    FramePointer,
    /// A word on the stack that looks like a return address: a guess.
    Scan,
}

/// One row of a stack. Inlined calls are rows of their own, with the pc and CFA of the function
/// they were inlined into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub index: usize,
    #[serde(flatten)]
    pub location: Location,
    pub inlined: bool,
    /// Canonical frame address: the stack pointer before the call.
    pub cfa: Option<Addr>,
    /// Stack pointer while this frame runs.
    pub sp: Option<Addr>,
    pub trust: FrameTrust,
    /// Path of the image that the pc lies in.
    pub image: Option<Arc<str>>,
    /// First instruction of the (outermost) function.
    pub entry: Option<Addr>,
    /// Part of the runtime's own machinery: folded unless everything is shown.
    pub runtime: bool,
    /// This row was interrupted (by a signal or a fault): its pc is exact, not a return address,
    /// and all its registers are known.
    pub interrupted: bool,
}

/// Why a stack ends where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackEnd {
    /// The outermost function was reached.
    Complete,
    /// More frames exist; this is only a page of them.
    Limit,
    /// Something could not be read or made no sense.
    Truncated(String),
}

/// A page of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stack {
    #[serde(skip)]
    pub subject: Subject,
    pub goroutine: Option<GoId>,
    pub thread: Option<Tid>,
    /// Rows `from..from + frames.len()`.
    pub frames: Vec<Frame>,
    /// Rows known so far, or in all when `end` is not [`StackEnd::Limit`].
    pub depth: usize,
    pub end: StackEnd,
}

/// The rows of a stack, apart from where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackShape {
    /// Rows from the innermost on, as they are on one of the stacks that have this shape.
    pub frames: Vec<Frame>,
    /// Rows known so far, or in all when `end` is not [`StackEnd::Limit`].
    pub depth: usize,
    pub end: StackEnd,
}

/// One of many stacks. Parked goroutines stand by the thousand at the same calls, so they share
/// the rows and differ in addresses only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedStack {
    pub goroutine: GoId,
    pub thread: Option<Tid>,
    pub shape: Arc<StackShape>,
    /// What to add to the addresses on the stack (`sp`, `cfa`) of the shape's rows, wrapping.
    pub shift: u64,
}

impl SharedStack {
    /// The stack of a goroutine that shares its rows with no other.
    #[must_use]
    pub fn alone(goroutine: GoId, stack: Stack) -> Self {
        Self {
            goroutine,
            thread: stack.thread,
            shape: Arc::new(StackShape {
                frames: stack.frames,
                depth: stack.depth,
                end: stack.end,
            }),
            shift: 0,
        }
    }

    /// An address on this stack, for one on the stack that the rows were taken from.
    #[must_use]
    pub fn shifted(&self, addr: Addr) -> Addr {
        Addr(addr.0.wrapping_add(self.shift))
    }
}

impl Serialize for StackEnd {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Complete => serializer.serialize_str("complete"),
            Self::Limit => serializer.serialize_str("limit"),
            Self::Truncated(why) => serializer.collect_str(&format_args!("truncated: {why}")),
        }
    }
}
