//! [`Found`]: what one source knows of a core, before sources are put together.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::model::{StoredCore, StoredState};
use crate::target::dump::Utc;
use crate::target::signals::signal_name;

/// Facts of one core; each source knows some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Microseconds since 1970.
    pub micros: Option<u64>,
    pub pid: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub signal: Option<i32>,
    pub name: Option<String>,
    pub exe: Option<String>,
    pub command: Option<String>,
    pub unit: Option<String>,
    pub path: Option<PathBuf>,
    pub bytes: Option<u64>,
    pub state: StoredState,
}

impl Found {
    /// These facts, and those of `other` where there are none.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            micros: self.micros.or(other.micros),
            pid: self.pid.or(other.pid),
            uid: self.uid.or(other.uid),
            gid: self.gid.or(other.gid),
            signal: self.signal.or(other.signal),
            name: self.name.or(other.name),
            exe: self.exe.or(other.exe),
            command: self.command.or(other.command),
            unit: self.unit.or(other.unit),
            path: self.path.or(other.path),
            bytes: self.bytes.or(other.bytes),
            state: match self.state {
                StoredState::Present => other.state,
                state => state,
            },
        }
    }

    /// Whether nothing more is to be learned from the file itself.
    pub(super) fn names_the_crash(&self) -> bool {
        self.pid.is_some() && self.signal.is_some() && self.exe.is_some()
    }

    /// As coredumpctl has it: a number is a process, a path an executable or the core itself, a
    /// word the name of the program.
    pub(super) fn is(&self, wanted: &str) -> bool {
        let exe = self
            .exe
            .as_deref()
            .map(|exe| exe.strip_suffix(" (deleted)").unwrap_or(exe));
        let path = self.path.as_deref();
        if let Ok(pid) = wanted.parse::<u32>() {
            return self.pid == Some(pid);
        }
        if wanted.contains('/') {
            return exe == Some(wanted) || path.is_some_and(|path| path.as_os_str() == wanted);
        }
        self.name.as_deref() == Some(wanted)
            || exe.is_some_and(|exe| exe.rsplit('/').next() == Some(wanted))
            || path.is_some_and(|path| path.file_name().is_some_and(|name| name == wanted))
            || self.unit.as_deref() == Some(wanted)
    }

    pub(super) fn row(self, users: &HashMap<u32, String>) -> StoredCore {
        StoredCore {
            time: self
                .micros
                .map(|micros| Utc::from_seconds(micros / 1_000_000).standard()),
            pid: self.pid,
            uid: self.uid,
            user: self.uid.and_then(|uid| users.get(&uid).cloned()),
            gid: self.gid,
            signal: self.signal,
            signal_name: self.signal.map(signal_name),
            name: self.name,
            exe: self.exe,
            command: self.command,
            unit: self.unit,
            file: self.path.map(|path| path.to_string_lossy().into_owned()),
            bytes: self.bytes,
            state: self.state,
        }
    }
}
