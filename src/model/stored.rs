//! Core dumps that lie somewhere on this machine, to pick from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which cores are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoreQuery {
    /// Those of a plain directory; `None` for what systemd stored.
    pub directory: Option<PathBuf>,
    /// A journal, file or directory, instead of this machine's.
    pub journal: Option<PathBuf>,
    /// Only those with this process id, program, executable or file.
    pub wanted: Option<String>,
    /// Only so many, the newest.
    pub most: Option<usize>,
}

/// Whether a core can be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoredState {
    #[default]
    Present,
    /// It is there, but not whole.
    Truncated,
    /// It was there, and was removed since.
    Missing,
    /// It is there, and this user may not read it.
    Inaccessible,
    /// It lies in the journal itself, not in a file.
    Journal,
    /// The crash was recorded, its core was not kept.
    None,
}

/// One core dump. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoredCore {
    /// When the process died, in UTC (RFC 3339); of plain files when they were last written.
    pub time: Option<String>,
    pub pid: Option<u32>,
    pub uid: Option<u32>,
    /// Name of that user, where this machine knows one.
    pub user: Option<String>,
    pub gid: Option<u32>,
    pub signal: Option<i32>,
    /// `SIGSEGV`.
    pub signal_name: Option<String>,
    /// The name by which the kernel knew the process.
    pub name: Option<String>,
    pub exe: Option<String>,
    /// Its arguments, the program's name first, with blanks between.
    pub command: Option<String>,
    /// The systemd unit that it belonged to.
    pub unit: Option<String>,
    pub file: Option<String>,
    /// Size of the file as it lies there, compressed or not, in bytes.
    pub bytes: Option<u64>,
    pub state: StoredState,
}

/// Cores, the newest first, and what may be missing among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoredCores {
    pub cores: Vec<StoredCore>,
    /// How many there are when all are counted that fit.
    pub total: usize,
    /// What could not be looked at, and what helps; a sentence each.
    pub unseen: Vec<String>,
}
