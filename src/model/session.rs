//! What is being looked at, and what is wrong with it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DownloadOffer, LiveState, PathRule, Verified};

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenSpec {
    /// A core dump; without `exe` the executable is found by the names inside the core.
    Core {
        exe: Option<PathBuf>,
        core: PathBuf,
        sysroot: Option<PathBuf>,
        debug_dirs: Vec<PathBuf>,
        substitute_path: Vec<PathRule>,
        /// Whether servers may be asked for files, once somebody agrees to that.
        debuginfod: bool,
    },
    /// A running process: it is stopped once its files have been read.
    Live {
        pid: u32,
        /// The program that is started as tracer: this very one.
        tracer: PathBuf,
        /// Whether it is stopped at once, to be looked at.
        stop: bool,
        debug_dirs: Vec<PathBuf>,
        substitute_path: Vec<PathRule>,
        /// Whether servers may be asked for files, once somebody agrees to that.
        debuginfod: bool,
    },
    /// The sample crash that travels inside this program.
    Demo,
}

impl OpenSpec {
    /// The same for another core file; what is no core stays what it is.
    #[must_use]
    pub fn of_core(mut self, chosen: PathBuf) -> Self {
        if let Self::Core { core, .. } = &mut self {
            *core = chosen;
        }
        self
    }

    /// The same for another process; what is no process stays what it is.
    #[must_use]
    pub fn of_process(mut self, chosen: u32) -> Self {
        if let Self::Live { pid, .. } = &mut self {
            *pid = chosen;
        }
        self
    }
}

/// Live or dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    Core,
    Live,
}

/// Sorts warnings for scripts and for the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// The executable given is not the one that made this core. Unless the right one was found and
    /// used instead ([`SessionInfo::exe_verified`]), nothing of it is known.
    Mismatch,
    /// The executable could not be compared with the core.
    Unverified,
    /// The core ends early.
    Truncated,
    /// A part of the core or of the runtime's state is damaged.
    Damaged,
    /// A file that the core refers to is not here.
    MissingFile,
    /// No debug information: no variables.
    NoDebugInfo,
    /// Newer or stranger than the tables know; facts were checked, but may be wrong.
    Guessed,
    /// A setting was not understood.
    Config,
}

/// Something the user must know before believing what is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub kind: WarningKind,
    /// A sentence without full stop: what, why, and what it means.
    pub message: String,
}

/// Facts of the session; of a live one they change with each stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionInfo {
    pub kind: TargetKind,
    pub exe: Option<String>,
    /// Whether the executable in use is the one that made the core.
    pub exe_verified: Verified,
    pub core: Option<String>,
    pub pid: Option<u32>,
    pub go_version: Option<String>,
    pub build_id: Option<String>,
    pub machine: String,
    pub has_debug_info: bool,
    /// What servers could be asked for, with somebody's consent; `None` where none is to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<DownloadOffer>,
    /// `None` for a core.
    pub live: Option<LiveState>,
    pub warnings: Vec<Warning>,
}

impl SessionInfo {
    /// The warning that the executable is the wrong one, when no right one could take its place.
    #[must_use]
    pub fn wrong_executable(&self) -> Option<&Warning> {
        let mut warnings = self.warnings.iter();
        let mismatch = warnings.find(|warning| warning.kind == WarningKind::Mismatch);
        mismatch.filter(|_| self.exe_verified != Verified::Yes)
    }
}

impl Warning {
    #[must_use]
    pub fn new(kind: WarningKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}
