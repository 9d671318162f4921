//! The files of one directory that are cores: by name, by attributes, by what they begin with.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::found::Found;
use super::{file_name, peek};
use crate::base::{CancelToken, Limits};
use crate::model::StoredState;
use crate::os;

/// Files looked at in one directory.
const MOST_FILES: usize = 100_000;
/// Attributes that systemd-coredump gives to its files.
const ATTRIBUTES: &str = "user.coredump.";

/// All cores in a directory, not below it; `true` when there were too many files to look at all.
///
/// # Errors
/// When the directory cannot be listed.
pub(super) fn scan(
    directory: &Path,
    limits: &Limits,
    cancel: &CancelToken,
) -> io::Result<(Vec<Found>, bool)> {
    let mut cores = Vec::new();
    let mut entries = fs::read_dir(directory)?;
    for entry in entries.by_ref().take(MOST_FILES) {
        if cancel.is_cancelled() {
            break;
        }
        let Ok(entry) = entry else { continue };
        // No link is followed: a directory that anybody may write to could lead anywhere.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file {
            cores.extend(core(&entry.path(), limits, cancel));
        }
    }
    Ok((cores, entries.next().is_some()))
}

/// What is known of a file; `None` when it is no core.
pub(super) fn core(path: &Path, limits: &Limits, cancel: &CancelToken) -> Option<Found> {
    let metadata = fs::metadata(path).ok()?;
    let name = path.file_name()?.to_string_lossy();
    let by_name = file_name::parse(&name);
    let named = by_name.is_some();
    let mut found = attributes(path).or(by_name.unwrap_or_default());
    found.path = Some(path.to_owned());
    found.bytes = Some(metadata.len());
    if os::open_regular(path).is_err_and(|error| error.io_kind() == Some(ErrorKind::PermissionDenied)) {
        // Whether it is a core can only be told by its name.
        found.state = StoredState::Inaccessible;
        return named.then_some(found);
    }
    let is_packed = name.ends_with(".zst") || name.ends_with(".lz4") || name.ends_with(".xz");
    if !(found.names_the_crash() && is_packed) {
        match peek::peek(path, limits, cancel) {
            Some(peeked) => found = found.or(peeked),
            None if named => {}
            None => return None,
        }
    }
    let written = metadata.modified().ok();
    let written = written.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let written = written.and_then(|since| u64::try_from(since.as_micros()).ok());
    found.micros = found.micros.or(written);
    found.uid = found.uid.or_else(|| Some(metadata.uid()));
    Some(found)
}

/// What systemd-coredump wrote beside the contents (`coredump.c`, since 215).
fn attributes(path: &Path) -> Found {
    let text = |name: &str| {
        let value = xattr::get(path, format!("{ATTRIBUTES}{name}")).ok()??;
        Some(String::from_utf8_lossy(&value).into_owned())
    };
    let id = |name: &str| text(name)?.parse().ok();
    Found {
        micros: text("timestamp").and_then(|time| time.parse().ok()),
        pid: id("pid"),
        uid: id("uid"),
        gid: id("gid"),
        signal: text("signal").and_then(|signal| signal.parse().ok()),
        name: text("comm"),
        exe: text("exe"),
        ..Found::default()
    }
}
