//! Opening files that a person, a core or a binary named: regular files only, never blocking.
//!
//! A path out of a core may lead to a FIFO or a device; opening one of those for reading can block
//! for ever. Files are therefore opened with `O_NONBLOCK` and looked at before they are read.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::libc;

/// Why a file cannot be used. The operating system's reason is part of the text, not a source of
/// its own.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot open {}: {}", .path.display(), reason(.error))]
    Open { path: PathBuf, error: io::Error },
    #[error("cannot read {}: {}", .path.display(), reason(.error))]
    Read { path: PathBuf, error: io::Error },
    #[error("{} is {kind}, not a regular file", .path.display())]
    NotRegular { path: PathBuf, kind: &'static str },
    #[error("{} is empty (0 bytes)", .path.display())]
    Empty { path: PathBuf },
    #[error("{} has {size} bytes; at most {limit} are read", .path.display())]
    TooLarge { path: PathBuf, size: u64, limit: u64 },
}

impl FileError {
    /// The operating system's reason, where it gave one.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Open { error, .. } | Self::Read { error, .. } => Some(error.kind()),
            Self::NotRegular { .. } | Self::Empty { .. } | Self::TooLarge { .. } => None,
        }
    }
}

/// Opens a regular file with at least one byte; returns it with its size in bytes.
pub fn open_regular(path: &Path) -> Result<(File, u64), FileError> {
    let open = |error| FileError::Open {
        path: path.to_owned(),
        error,
    };
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC)
        .open(path)
        .map_err(open)?;
    let metadata = file.metadata().map_err(open)?;
    if !metadata.is_file() {
        return Err(FileError::NotRegular {
            path: path.to_owned(),
            kind: kind_name(metadata.file_type()),
        });
    }
    if metadata.len() == 0 {
        return Err(FileError::Empty {
            path: path.to_owned(),
        });
    }
    Ok((file, metadata.len()))
}

/// Device (major, minor) and inode of what a path leads to.
///
/// # Errors
/// As the operating system gives them.
pub fn identity(path: &Path) -> io::Result<((u32, u32), u64)> {
    let metadata = std::fs::metadata(path)?;
    let (major, minor) = (libc::major(metadata.dev()), libc::minor(metadata.dev()));
    Ok(((major, minor), metadata.ino()))
}

/// Reads a whole regular file of at most `limit` bytes. An empty file is an error.
pub fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let (file, size) = open_regular(path)?;
    let too_large = |size| FileError::TooLarge {
        path: path.to_owned(),
        size,
        limit,
    };
    if size > limit {
        return Err(too_large(size));
    }
    let mut bytes = Vec::new();
    // The file may grow between the two calls, and files under /proc have no true size.
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::Read {
            path: path.to_owned(),
            error,
        })?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

/// When a file was last written, where that can be known.
#[must_use]
pub fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

fn kind_name(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() {
        "a character device"
    } else if kind.is_block_device() {
        "a block device"
    } else {
        "a special file"
    }
}

/// The text of an OS error without Rust's "(os error 2)", in lower case like all our messages.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn special_files_are_refused_by_kind_without_blocking() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("pipe");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let empty = directory.path().join("empty");
        std::fs::write(&empty, b"").unwrap();
        for (path, said) in [
            (fifo.as_path(), "is a named pipe, not a regular file"),
            (directory.path(), "is a directory, not a regular file"),
            (Path::new("/dev/zero"), "is a character device"),
            (empty.as_path(), "is empty (0 bytes)"),
            (
                Path::new("/nonexistent/x"),
                "cannot open /nonexistent/x: no such file or directory",
            ),
        ] {
            let error = open_regular(path).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_file_above_the_limit_is_refused_with_both_numbers() {
        let directory = tempfile::tempdir().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"odd\xff name");
        let path = directory.path().join(name);
        std::fs::write(&path, b"12345").unwrap();
        assert_eq!(read_small(&path, 5).unwrap(), b"12345");
        let error = read_small(&path, 4).unwrap_err().to_string();
        assert!(error.contains("has 5 bytes; at most 4"), "{error}");
    }
}
