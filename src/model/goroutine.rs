//! Goroutines as rows, and groups of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Location;
use crate::base::{Addr, GoId, Tid};

/// What the scheduler says of a goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GoStatus {
    Runnable,
    Running,
    Syscall,
    Waiting,
    /// Its stack is being moved.
    Copystack,
    Preempted,
    /// Blocked for good, as the garbage collector proved.
    Leaked,
    /// A number that no known runtime uses.
    Unknown,
}

impl GoStatus {
    /// The word that people and scripts read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runnable => "runnable",
            Self::Running => "running",
            Self::Syscall => "syscall",
            Self::Waiting => "waiting",
            Self::Copystack => "copystack",
            Self::Preempted => "preempted",
            Self::Leaked => "leaked",
            Self::Unknown => "unknown",
        }
    }
}

/// What a waiting goroutine waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockedOn {
    /// "chan", "select", "mutex", "semaphore", "fd", "timer", "cond".
    pub kind: &'static str,
    /// Address of the object, when there is one.
    pub addr: Option<Addr>,
    /// In a few words: "chan 0xc000012345 (2 of 4 buffered)", "fd 7", "until +3.2s".
    pub detail: Arc<str>,
}

/// One goroutine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Goroutine {
    pub id: GoId,
    /// Address of its `runtime.g`.
    pub addr: Addr,
    pub status: GoStatus,
    pub wait_reason: Option<Arc<str>>,
    /// How long it has waited, about, in nanoseconds. The runtime notes no time when a goroutine
    /// begins to wait; a garbage collection that comes by notes the start of the one before it,
    /// which may lie before the wait. `None` says "not known", not "just now".
    pub wait_since_ns: Option<u64>,
    pub thread: Option<Tid>,
    /// The goroutine that the session opens on.
    pub current: bool,
    /// Started by the runtime for its own purposes.
    pub system: bool,
    pub current_loc: Arc<Location>,
    pub user_loc: Arc<Location>,
    pub go_loc: Arc<Location>,
    pub start_loc: Arc<Location>,
    pub parent: Option<GoId>,
    /// Goroutines inherit them, so most share theirs with others.
    pub labels: Arc<BTreeMap<String, String>>,
    pub blocked_on: Option<BlockedOn>,
    /// Locked to its thread by `LockOSThread` or cgo.
    pub locked: bool,
    /// Why parts of this row cannot be believed, if they cannot.
    pub damaged: Option<Arc<str>>,
}

impl Goroutine {
    /// What it does, in a word or two: what it waits for, else its status. What a traceback has in
    /// brackets.
    #[must_use]
    pub fn state(&self) -> &str {
        match (self.status, &self.wait_reason) {
            (GoStatus::Waiting | GoStatus::Leaked, Some(reason)) if !reason.is_empty() => reason,
            (status, _) => status.name(),
        }
    }
}

/// All goroutines of one stop, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GoroutineList {
    pub goroutines: Vec<Goroutine>,
    /// What made the list incomplete, one sentence each.
    pub problems: Vec<String>,
}

/// What makes two goroutines alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupKey {
    /// The whole stack, pc by pc.
    Stack,
    Status,
    WaitReason,
    UserLoc,
    CurrentLoc,
    GoLoc,
    StartLoc,
    /// The value of one label.
    Label(String),
}

/// Goroutines that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoroutineGroup {
    pub key: String,
    pub count: usize,
    pub goroutine_ids: Vec<GoId>,
    pub example: GoId,
}

/// The goroutines of one stop, grouped, largest group first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GoroutineGroups {
    pub total: usize,
    pub groups: Vec<GoroutineGroup>,
}
