//! [`list`]: all stored cores that fit a query, from every source, the newest first.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::found::Found;
use super::{directory, journal};
use crate::base::{CancelToken, Limits};
use crate::model::{CoreQuery, Failure, FailureKind, StoredCores, StoredState};
use crate::os::{self, Cut, ToolBounds};
use crate::target::live::processes::parse_users;

/// Crashes asked of the journal.
const MOST_ENTRIES: usize = 5000;
const JOURNAL_TIME: Duration = Duration::from_secs(20);
const JOURNAL_BYTES: u64 = 64 << 20;

/// Where to look. Tests put places of their own here.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Where systemd-coredump puts its files.
    pub directory: PathBuf,
    /// The program that prints the journal, and arguments that come before ours.
    pub journalctl: PathBuf,
    pub journal_args: Vec<OsString>,
    /// Names of users.
    pub passwd: PathBuf,
}

impl Storage {
    /// That of this machine.
    #[must_use]
    pub fn here() -> Self {
        Self {
            directory: PathBuf::from("/var/lib/systemd/coredump"),
            journalctl: PathBuf::from("journalctl"),
            journal_args: Vec::new(),
            passwd: PathBuf::from("/etc/passwd"),
        }
    }

    /// The same with another journal: a file of one, or a directory of such files.
    fn with_journal(&self, journal: &Path) -> Self {
        let option = if journal.is_dir() {
            "--directory="
        } else {
            "--file="
        };
        let mut argument = OsString::from(option);
        argument.push(journal);
        Self {
            journal_args: vec![argument],
            ..self.clone()
        }
    }
}

/// # Errors
/// When a directory that was named cannot be listed, and when cancelled.
pub fn list(
    storage: &Storage,
    query: &CoreQuery,
    limits: &Limits,
    cancel: &CancelToken,
) -> Result<StoredCores, Failure> {
    let mut unseen = Vec::new();
    let of_query = query
        .journal
        .as_deref()
        .map(|journal| storage.with_journal(journal));
    let storage = of_query.as_ref().unwrap_or(storage);
    let mut found = match &query.directory {
        Some(plain) => {
            in_directory(plain, limits, cancel, &mut unseen).map_err(|error| no_list(plain, &error))?
        }
        None => stored(storage, limits, cancel, &mut unseen),
    };
    if cancel.is_cancelled() {
        return Err(Failure::new(FailureKind::Cancelled, "cancelled"));
    }
    if let Some(wanted) = &query.wanted {
        found.retain(|core| core.is(wanted));
    }
    let hidden = found
        .iter()
        .filter(|core| core.state == StoredState::Inaccessible);
    match hidden.count() {
        0 => {}
        1 => unseen.push("one core is another user's: sudo can open it".to_owned()),
        count => unseen.push(format!("{count} cores are other users': sudo can open them")),
    }
    found.sort_by_cached_key(|core| (Reverse(core.micros), core.pid, core.path.clone()));
    let total = found.len();
    found.truncate(query.most.unwrap_or(usize::MAX));
    let users = os::read_small(&storage.passwd, limits.source_bytes).unwrap_or_default();
    let users: HashMap<u32, String> = parse_users(&String::from_utf8_lossy(&users));
    Ok(StoredCores {
        cores: found.into_iter().map(|core| core.row(&users)).collect(),
        total,
        unseen,
    })
}

/// What systemd-coredump stored: the journal's entries with their files, and files without entry.
fn stored(storage: &Storage, limits: &Limits, cancel: &CancelToken, unseen: &mut Vec<String>) -> Vec<Found> {
    let files = match in_directory(&storage.directory, limits, cancel, unseen) {
        Ok(files) => files,
        Err(error) => {
            unseen.push(match error.kind() {
                ErrorKind::NotFound => format!(
                    "systemd-coredump stores nothing here: there is no {}",
                    storage.directory.display()
                ),
                _ => format!("{} cannot be listed: {error}", storage.directory.display()),
            });
            Vec::new()
        }
    };
    let mut by_path: HashMap<PathBuf, Found> = files
        .into_iter()
        .filter_map(|core| Some((core.path.clone()?, core)))
        .collect();
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for entry in entries(storage, cancel, unseen) {
        let Some(path) = entry.path.clone() else {
            all.push(entry);
            continue;
        };
        // An entry may have been written twice, by a journal that was copied.
        if !seen.insert(path.clone()) {
            continue;
        }
        all.push(match by_path.remove(&path) {
            Some(file) => entry.or(file),
            None => elsewhere(entry, &path, limits, cancel),
        });
    }
    all.extend(by_path.into_values());
    all
}

/// An entry whose file is not in the usual place.
fn elsewhere(entry: Found, path: &Path, limits: &Limits, cancel: &CancelToken) -> Found {
    match std::fs::metadata(path) {
        Ok(_) => match directory::core(path, limits, cancel) {
            Some(file) => entry.or(file),
            None => entry,
        },
        Err(error) => Found {
            state: match error.kind() {
                ErrorKind::PermissionDenied => StoredState::Inaccessible,
                _ => StoredState::Missing,
            },
            ..entry
        },
    }
}

fn entries(storage: &Storage, cancel: &CancelToken, unseen: &mut Vec<String>) -> Vec<Found> {
    let bounds = ToolBounds {
        time: JOURNAL_TIME,
        bytes: JOURNAL_BYTES,
    };
    let args = storage.journal_args.iter().cloned();
    let args = args.chain(journal::arguments(MOST_ENTRIES));
    let said = match os::ask_tool(&storage.journalctl, args, bounds, cancel) {
        Ok(said) => said,
        Err(error) => {
            unseen.push(match error.kind() {
                ErrorKind::NotFound => {
                    "there is no journalctl here: crashes whose core is gone are not listed".to_owned()
                }
                _ => format!("journalctl cannot be run: {error}"),
            });
            return Vec::new();
        }
    };
    match said.cut {
        Some(Cut::Time) => unseen.push(format!(
            "the journal was not read to its end: journalctl took more than {} s",
            JOURNAL_TIME.as_secs()
        )),
        Some(Cut::Bytes) => {
            unseen.push("the journal was not read to its end: it has too many crashes".to_owned());
        }
        Some(Cut::Cancelled) | None => {}
    }
    let complaint = String::from_utf8_lossy(&said.err);
    if let Some(line) = complaint.lines().map(str::trim).find(|line| !line.is_empty()) {
        // "Hint: You are currently not seeing messages from other users and the system."
        unseen.push(format!("journalctl: {line}"));
    }
    journal::parse(&said.out)
}

fn in_directory(
    directory: &Path,
    limits: &Limits,
    cancel: &CancelToken,
    unseen: &mut Vec<String>,
) -> io::Result<Vec<Found>> {
    let (found, more) = directory::scan(directory, limits, cancel)?;
    if more {
        unseen.push(format!(
            "{} has more files than are looked at",
            directory.display()
        ));
    }
    Ok(found)
}

fn no_list(directory: &Path, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::PermissionDenied => FailureKind::Permission,
        _ => FailureKind::File,
    };
    Failure::new(kind, format!("cannot list the cores in {}", directory.display())).because(error)
}

#[cfg(test)]
mod tests;
