//! A frozen copy of a target, and why there is none, as plain data.

use serde::{Deserialize, Serialize};

use super::problem::{Problem, errno_name};
use super::world::World;
use crate::base::{AddrRange, Tid};

/// A process that shares all memory pages with the target as they were at one instant, and never
/// runs. Its memory is read like that of any other process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The copy.
    pub pid: u32,
    /// The threads of the target at that instant; the copy itself has a single one.
    pub world: World,
    /// For how long the target stood still, in nanoseconds: from the first interrupt until the last
    /// thread went on. Counts to the end of the copying when the target was held before.
    pub pause_ns: u64,
    /// Ranges that are not as they were at that instant.
    pub inexact: Vec<InexactRange>,
}

/// Memory that a snapshot does not freeze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InexactRange {
    pub start: u64,
    pub end: u64,
    pub why: Inexact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inexact {
    /// Shared and writable: the copy shows what is there now.
    Shared,
    /// The kernel empties it in copies (`MAP_DROPPABLE`: state of the random number generator).
    Emptied,
}

/// Why no snapshot was made; the target is as it was. Each has a way out: to stop and copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NoSnapshot {
    #[error("a seccomp filter watches the system calls of thread {tid}")]
    Seccomp { tid: Tid },
    #[error("its cgroup may have {max} processes and threads, and has {current}")]
    ProcessLimit { current: u64, max: u64 },
    #[error(
        "{wanted_mib} MiB of memory may be needed while the copy exists, and {available_mib} MiB {place}"
    )]
    Memory {
        wanted_mib: u64,
        available_mib: u64,
        place: MemoryPlace,
    },
    #[error("the machine does not overcommit memory (vm.overcommit_memory is 2)")]
    StrictOvercommit,
    #[error("thread {tid} waits for a child of vfork, or sleeps in the kernel where nothing wakes it")]
    Uninterruptible { tid: Tid },
    #[error("the process is stopped by a job control signal")]
    Stopped,
    #[error("no thread stands where a system call can be made for it")]
    NoThread,
    #[error("its code has no system call instruction to use")]
    NoSyscallInstruction,
    #[error("memory from 0x{:x} to 0x{:x} is kept from copies (MADV_{advice})", .range.0, .range.1)]
    KeptFromCopies { range: (u64, u64), advice: String },
    #[error("its code is not that of a 64-bit x86 process")]
    Machine,
    #[error("the kernel makes no copy: {}", errno_name(*.errno))]
    Clone { errno: i32 },
    #[error("a snapshot of it exists already")]
    Exists,
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// Whose memory is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemoryPlace {
    Machine,
    Cgroup,
}

impl std::fmt::Display for MemoryPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Machine => "are free on the machine",
            Self::Cgroup => "are left in its cgroup",
        })
    }
}

impl InexactRange {
    pub(super) fn new(range: AddrRange, why: Inexact) -> Self {
        Self {
            start: range.start.0,
            end: range.end.0,
            why,
        }
    }
}
