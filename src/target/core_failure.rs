//! What to tell a person whose core or executable cannot be opened, and what they can do.

use std::io::ErrorKind;
use std::path::Path;

use crate::base::SharedBytes;
use crate::elf::{ElfError, ElfFile, ElfKind};
use crate::model::{Failure, FailureKind};
use crate::os::FileError;

/// Packed forms that are not undone here: first bytes, name, command.
const PACKED: [(&[u8], &str, &str); 4] = [
    (b"PK\x03\x04", "zip", "unzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "7z x"),
    (b"LZIP", "lzip", "lzip -dk"),
    (&[0x02, 0x21, 0x4c, 0x18], "legacy lz4", "lz4 -d"),
];

/// What a file was wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Core,
    Executable,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Core => "core dump",
            Self::Executable => "executable",
        }
    }
}

/// A file that could not be opened at all.
pub(super) fn unreadable(role: Role, error: &FileError) -> Failure {
    let kind = match error.io_kind() {
        Some(ErrorKind::PermissionDenied) => FailureKind::Permission,
        _ => FailureKind::File,
    };
    let failure = Failure::new(kind, format!("cannot open the {}", role.name())).because(error);
    match (role, error, error.io_kind()) {
        (_, _, Some(ErrorKind::PermissionDenied)) => {
            failure.hint("run as the user who owns the file, or copy it with sudo and change its owner")
        }
        (Role::Core, _, Some(ErrorKind::NotFound)) => failure
            .hint("check the path; /proc/sys/kernel/core_pattern says where the kernel puts core dumps")
            .hint("`tinydbg-tui cores` lists what systemd stored; a process id or a program from there opens it"),
        (Role::Executable, _, Some(ErrorKind::NotFound)) => {
            failure.hint("check the path, or leave the executable out: it is then found by the names inside the core")
        }
        (Role::Core, FileError::Empty { .. }, _) => {
            failure.hint("an empty core is left behind by `ulimit -c` or a full disk; the crash has to be caught again")
        }
        (_, FileError::NotRegular { .. }, _) => failure.hint("name the file itself"),
        _ => failure,
    }
}

/// A core file whose bytes are no core for us.
pub(super) fn no_core(path: &str, bytes: &[u8], error: &ElfError) -> Failure {
    if let ElfError::Cancelled = error {
        return cancelled();
    }
    let failure = Failure::new(
        kind_of(error),
        format!("{path} is not a core dump that can be read"),
    );
    match error {
        ElfError::Magic(_) => match packing(bytes) {
            Some((form, command)) => {
                Failure::new(FailureKind::Format, format!("{path} is compressed ({form})"))
                    .hint(format!("unpack it first: {command} {path}"))
            }
            None => failure
                .because(error)
                .hint("give the file that the kernel, gcore, Delve or coredumpctl wrote"),
        },
        ElfError::Kind { found: 2 | 3, .. } => failure
            .because(error)
            .hint("the executable comes first and the core second; are they swapped?"),
        ElfError::Truncated { .. } | ElfError::Empty => failure
            .because(error)
            .hint("the file ends within its first header: nothing of the core was written"),
        ElfError::Class { .. } | ElfError::Machine(_) => failure
            .because(error)
            .hint("open it on a machine and with a debugger for that processor, such as gdb-multiarch"),
        _ => failure.because(error),
    }
}

/// An executable that a person named and that cannot be one.
pub(super) fn no_executable(path: &str, bytes: &[u8], error: &ElfError) -> Failure {
    let failure = Failure::new(
        kind_of(error),
        format!("{path} is not an executable that can be read"),
    );
    match (error, packing(bytes)) {
        (ElfError::Magic(_), Some((form, command))) => {
            Failure::new(FailureKind::Format, format!("{path} is compressed ({form})"))
                .hint(format!("unpack it first: {command} {path}"))
        }
        (ElfError::Magic(_), None) if bytes.starts_with(b"#!") => failure
            .because(error)
            .hint("this is a script; give the program that it starts"),
        _ => failure.because(error),
    }
    .hint("the executable may be left out: it is then found by the names inside the core")
}

/// Parses what was given as the executable; a core or an object file is refused.
pub(super) fn parse_executable(
    path: &str,
    bytes: &SharedBytes,
    limits: &crate::base::Limits,
) -> Result<ElfFile, Failure> {
    let file = ElfFile::parse(bytes.clone(), limits).map_err(|error| no_executable(path, bytes, &error))?;
    match file.kind() {
        ElfKind::Executable | ElfKind::Dynamic => Ok(file),
        ElfKind::Core => Err(Failure::new(
            FailureKind::Usage,
            format!("{path} is a core dump, not an executable"),
        )
        .hint("the executable comes first and the core second; are they swapped?")),
        ElfKind::Other(found) => {
            let error = ElfError::Kind {
                wanted: "an executable",
                found,
            };
            Err(no_executable(path, bytes, &error))
        }
    }
}

pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "opening was cancelled")
}

/// A path as it is shown.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn kind_of(error: &ElfError) -> FailureKind {
    match error {
        ElfError::Class { .. } | ElfError::Machine(_) => FailureKind::Unsupported,
        _ => FailureKind::Format,
    }
}

fn packing(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    PACKED
        .iter()
        .find(|(magic, _, _)| bytes.starts_with(magic))
        .map(|(_, form, command)| (*form, *command))
}
