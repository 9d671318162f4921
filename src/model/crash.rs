//! Why the program died, as far as it can be known.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{GoroutineGroup, Location, TargetKind, Warning};
use crate::base::{Addr, GoId, Tid};

/// A signal as the kernel or the runtime recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalInfo {
    pub number: i32,
    /// `SIGSEGV`.
    pub name: String,
    /// `si_code`, when it was kept.
    pub code: Option<i32>,
    /// What number and code mean: "address not mapped", "sent by kill".
    pub meaning: String,
    /// The address that faulted, for signals raised by a fault.
    pub fault_addr: Option<Addr>,
    /// Who sent it, for signals that were sent.
    pub sender_pid: Option<i32>,
}

/// `SIGSEGV: address not mapped, at 0x8`, `SIGABRT: sent by kill, from process 123`.
impl fmt::Display for SignalInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        if !self.meaning.is_empty() {
            write!(out, ": {}", self.meaning)?;
        }
        if let Some(addr) = self.fault_addr {
            write!(out, ", at {addr}")?;
        }
        match self.sender_pid {
            Some(pid) => write!(out, ", from process {pid}"),
            None => Ok(()),
        }
    }
}

/// One entry of a goroutine's panic chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanicEntry {
    /// Dynamic type of the value: `main.Failure`, `int`. `string` as well for every error: a dying
    /// runtime replaces errors and Stringers by their texts before it ends.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// What the program would print; for values it cannot print, type and address.
    pub message: Option<String>,
    /// Why type or message are not known, where they are not.
    pub unreadable: Option<String>,
    pub recovered: bool,
    pub repanicked: bool,
}

impl PanicEntry {
    /// The message, or in brackets why it is not known.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match (&self.message, &self.unreadable) {
            (Some(message), _) => Cow::Borrowed(message),
            (None, Some(why)) => Cow::Owned(format!("(unreadable: {why})")),
            (None, None) => Cow::Borrowed("(unreadable)"),
        }
    }
}

/// Where it died: the goroutine (none when a system thread died) and the user's frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrashSite {
    pub goroutine: Option<GoId>,
    pub thread: Option<Tid>,
    /// The first frame of the user's own code, else the innermost.
    pub frame: Location,
    /// Index of that frame in the stack.
    pub frame_index: usize,
}

/// The opening screen: everything known about the stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrashReport {
    pub kind: TargetKind,
    pub exe: Option<String>,
    pub pid: Option<u32>,
    /// The signal that truly started it (not the SIGABRT by which the runtime ends itself).
    pub signal: Option<SignalInfo>,
    pub fault_addr: Option<Addr>,
    /// One sentence.
    pub reason: String,
    /// What the runtime had printed last, `fatal error: ...` included.
    pub last_words: Option<String>,
    /// Oldest first, as the runtime prints them.
    pub panics: Vec<PanicEntry>,
    /// Where to look first: the user's frame in which it went wrong.
    pub crash: Option<CrashSite>,
    /// The very frame that raised the oldest panic or faulted; a C function, where C code did.
    pub origin: Option<CrashSite>,
    /// Where the newest panic was raised, when deferred calls panicked anew.
    pub last_panic: Option<CrashSite>,
    pub goroutine_count: usize,
    pub thread_count: usize,
    pub groups: Vec<GoroutineGroup>,
    pub warnings: Vec<Warning>,
    pub go_version: Option<String>,
    pub build_id: Option<String>,
}
