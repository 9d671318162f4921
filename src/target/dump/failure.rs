//! What to tell a person whose dump failed, and what they can do.

use std::path::Path;

use super::copy::CopyError;
use super::sink::SinkError;
use crate::model::{Failure, FailureKind};
use crate::os::OutputError;

/// The file cannot be made or written. `written` bytes of memory were in it already.
pub(super) fn output(error: &OutputError, written: u64) -> Failure {
    const DENIED: [i32; 2] = [1, 13];
    let kind = match error.errno() {
        Some(number) if DENIED.contains(&number) => FailureKind::Permission,
        _ => FailureKind::File,
    };
    let message = match written {
        0 => "the core cannot be written".to_owned(),
        bytes => {
            format!("the core could not be written after {bytes} bytes of memory; nothing is left of it")
        }
    };
    let failure = Failure::new(kind, message).because(error);
    match error {
        OutputError::Exists(_) => failure.hint("give another name, or ask for the file to be replaced"),
        OutputError::PartExists(path) => {
            failure.hint(format!("if no other dump is running, remove {}", path.display()))
        }
        OutputError::NotRegular { .. } => {
            failure.hint("give the name of a regular file; links are not followed")
        }
        OutputError::NoName(_) => failure.hint("give the name of a file, not of a directory"),
        OutputError::Directory { .. } => {
            failure.hint("give a path in a directory that exists and may be written to")
        }
        OutputError::Failed { .. } if error.errno() == Some(FILE_TOO_LARGE) => failure
            .hint("the file system or `ulimit -f` allows no file of this size; holes count as well")
            .hint("a thin dump leaves out what is in the mapped files"),
        OutputError::Failed { .. } if error.is_no_room() => no_room_hints(failure),
        OutputError::Failed { .. } => failure,
    }
}

/// `EFBIG`
const FILE_TOO_LARGE: i32 = 27;

/// What is in memory is more than what the disk has room for.
pub(super) fn no_room(path: &Path, needed: u64, free: u64) -> Failure {
    let directory = path.parent().unwrap_or(path).display().to_string();
    no_room_hints(Failure::new(
        FailureKind::File,
        format!("the core needs about {needed} bytes and only {free} are free in {directory}"),
    ))
}

fn no_room_hints(failure: Failure) -> Failure {
    failure
        .hint("give a path on another disk, or make room")
        .hint("a thin dump leaves out what is in the mapped files")
}

pub(super) fn copy(error: &CopyError, pid: u32, written: u64) -> Failure {
    match error {
        CopyError::Gone => gone(pid, written),
        CopyError::Pages(error) => Failure::new(
            FailureKind::Permission,
            format!("the page tables of process {pid} cannot be read"),
        )
        .because(error),
        CopyError::Sink(error) => sink(error, written),
    }
}

pub(super) fn sink(error: &SinkError, written: u64) -> Failure {
    match error {
        SinkError::Cancelled => cancelled(),
        SinkError::Output(error) => output(error, written),
    }
}

pub(super) fn cancelled() -> Failure {
    Failure::new(
        FailureKind::Cancelled,
        "the dump was cancelled; nothing is left of it",
    )
}

pub(super) fn gone(pid: u32, written: u64) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("process {pid} ended or became another program after {written} bytes were copied"),
    )
    .hint("nothing was kept: what was copied does not belong together")
}

/// A file of `/proc` that cannot be done without.
pub(super) fn unreadable(pid: u32, what: &str, error: &std::io::Error) -> Failure {
    let kind = match error.kind() {
        std::io::ErrorKind::PermissionDenied => FailureKind::Permission,
        std::io::ErrorKind::NotFound => FailureKind::NotFound,
        _ => FailureKind::Unavailable,
    };
    Failure::new(kind, format!("cannot read {what} of process {pid}"))
        .because(error)
        .hint(format!("`tinydbg-tui doctor {pid}` says what stands in the way"))
}
