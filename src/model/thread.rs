//! Threads of the operating system and their registers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Location, SignalInfo};
use crate::base::{GoId, Tid};

/// One thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thread {
    pub tid: Tid,
    /// The thread that the session opens on.
    pub current: bool,
    /// The user goroutine it runs, also while it is on a system stack.
    pub goroutine: Option<GoId>,
    pub loc: Arc<Location>,
    /// Name as the kernel knows it, when it was kept.
    pub name: Option<String>,
    pub signal: Option<SignalInfo>,
}

/// Groups of registers, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegisterClass {
    General,
    Flags,
    Segment,
    Vector,
    FloatingPoint,
}

/// One register of one frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Register {
    pub name: String,
    /// As text: `0x...`, decoded flags, or vector lanes; `None` when it cannot be recovered.
    pub value: Option<String>,
    pub class: RegisterClass,
    /// What the value points at or why it is missing: "main.crash+0x12", "not saved by this call".
    pub note: Option<String>,
}

/// The registers of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Registers {
    pub registers: Vec<Register>,
}
