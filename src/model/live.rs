//! A running process: how it stands with the debugger, and how it was let go.

use serde::{Deserialize, Serialize};

/// How a live process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It stands still and can be looked at.
    Held,
    /// It runs as if nobody were there. What is shown is as it was at the last stop.
    Running,
    /// It is gone. What was read of it stays.
    Ended,
}

/// Facts of a live session that change with each stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveState {
    pub state: RunState,
    /// Times it was stopped so far.
    pub stops: u64,
    /// How long the last stop took until every thread stood still, in nanoseconds.
    pub stopping_ns: u64,
    /// How long it was held so far, the current stop not included, in nanoseconds.
    pub held_ns: u64,
    /// How it ended: "killed by SIGKILL", "exited with 0".
    pub end: Option<String>,
}

/// What the process had to bear, told when it was let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Release {
    pub pid: u32,
    pub stops: u64,
    /// How long it was held in all, and at a stretch, in nanoseconds.
    pub held_ns: u64,
    pub longest_ns: u64,
    /// How long it stood still for dumps beside that, in nanoseconds.
    pub dump_pause_ns: u64,
    /// Bytes of its memory that were written: 0, since no code here can write to another process's
    /// memory. `tests/live/bytes.rs` holds the target's bytes against that promise.
    pub written: u64,
    /// How it ended, when it did.
    pub end: Option<String>,
}

/// One process of this machine, to pick from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProcessRow {
    pub pid: u32,
    /// As the kernel knows it; in full where the kernel keeps only 15 bytes.
    pub name: String,
    /// Its arguments, the program's name first, with blanks between.
    pub command: String,
    /// The executable as it was called when it was started; `None` when it may not be looked at.
    pub exe: Option<String>,
    /// `None` for programs that are not written in Go, and where `exe` may not be looked at.
    pub go_version: Option<String>,
    pub uid: u32,
    /// Name of that user, where this machine knows one.
    pub user: Option<String>,
    pub threads: u32,
    pub resident_bytes: u64,
    /// Since it was started, in seconds; `None` when it is not known.
    pub age_s: Option<u64>,
    /// The container or service it runs in, by its control group: "docker 0123456789ab",
    /// "nginx.service".
    pub container: Option<String>,
    /// Why it cannot be attached to; `None` when nothing speaks against it.
    pub refusal: Option<String>,
    /// What helps against the refusal.
    pub fix: Option<String>,
}
