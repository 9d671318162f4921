//! Writing a core of a running process: what is wanted, how far it is, what came of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::Tid;

/// Which memory goes into the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DumpContent {
    /// What the kernel's own core would hold under the target's `coredump_filter`.
    #[default]
    Default,
    /// Everything readable, files and shared memory included.
    Full,
    /// Like `Default` without what the mapped files hold anyway.
    Thin,
}

/// How the memory is kept from changing while it is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DumpMethod {
    /// A snapshot where that is safe, else a stop; the summary says which and why.
    #[default]
    Auto,
    /// A frozen copy-on-write child of the target is read while the target runs on.
    Snapshot,
    /// The target is held until everything is copied.
    Stop,
}

/// What is to be written where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpOptions {
    /// `None`: a name made of program, pid and time in the working directory.
    pub path: Option<PathBuf>,
    pub content: DumpContent,
    pub method: DumpMethod,
    /// Compress with zstd on the way.
    pub compress: bool,
    /// Replace an existing regular file.
    pub overwrite: bool,
    /// The thread that readers of the core shall open on; `None` for the leader.
    pub first: Option<Tid>,
}

/// One report of a running dump.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DumpProgress {
    /// What is being done: "stopping threads", "copying memory", "syncing".
    pub phase: String,
    /// Threads whose registers were taken, and all of them.
    pub threads: (u64, u64),
    /// Bytes of memory dealt with, holes included, and all of them.
    pub bytes: (u64, u64),
    /// Of the bytes dealt with: not written because nothing was ever there or only zeros.
    pub holes: u64,
    /// Bytes dealt with per second, over the last moments.
    pub bytes_per_second: u64,
    pub eta_ms: Option<u64>,
    /// Whether the target stands still at this moment because of the dump.
    pub held: bool,
}

/// A finished dump.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DumpSummary {
    pub path: PathBuf,
    pub content: DumpContent,
    /// The method that was used, never `Auto`.
    pub method: DumpMethod,
    /// Why a snapshot was not used although it was wanted.
    pub fallback: Option<String>,
    pub threads: u64,
    /// Length of the file, and what it takes on disk.
    pub file_bytes: u64,
    pub disk_bytes: u64,
    /// Bytes of the target's memory that are in the file.
    pub memory_bytes: u64,
    /// Bytes left out because they were never touched or are zero.
    pub hole_bytes: u64,
    /// Ranges that a snapshot does not freeze, as `0x...-0x...: why`; they are as they were while
    /// they were copied.
    pub inexact: Vec<String>,
    /// Ranges that could not be read, as `0x...-0x...: why`; they read as zeros in the file.
    pub unreadable: Vec<String>,
    /// How long the target stood still for the dump, in nanoseconds.
    pub pause_ns: u64,
    pub took_ns: u64,
}
