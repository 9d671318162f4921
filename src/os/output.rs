//! A large file in the making that appears under its name only when it is whole.
//!
//! ```text
//!   create   NAME.part beside NAME: O_CREAT | O_EXCL | O_NOFOLLOW, mode 0600 whatever the umask
//!   finish   fsync, rename without replacing, fsync of the directory
//!   drop     NAME.part is removed, whatever happened
//! ```
//!
//! All steps go through one descriptor of the directory, so that a directory moved or replaced in
//! the middle cannot lead the rename elsewhere. Knows nothing of what the bytes mean.
#![expect(
    unsafe_code,
    reason = "system calls without a safe wrapper are the business of os"
)]

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Once;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::libc;
use nix::sys::signal::{SigHandler, Signal};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstatat};
use nix::sys::statvfs::fstatvfs;
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};

/// Why a file could not be made. The operating system's reason is part of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    #[error("{} names no file", .0.display())]
    NoName(PathBuf),
    #[error("cannot write into the directory {}: {}", .path.display(), .errno.desc())]
    Directory { path: PathBuf, errno: Errno },
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    #[error("{} is {kind}, not a regular file", .path.display())]
    NotRegular { path: PathBuf, kind: &'static str },
    #[error("{} exists already: another dump is writing there, or was interrupted", .0.display())]
    PartExists(PathBuf),
    #[error("cannot {what} {}: {}", .path.display(), .errno.desc())]
    Failed {
        what: &'static str,
        path: PathBuf,
        errno: Errno,
    },
}

impl OutputError {
    /// The number of the operating system's error, where there is one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::Directory { errno, .. } | Self::Failed { errno, .. } => Some(*errno as i32),
            _ => None,
        }
    }

    /// `error` as it happened to the file at `path` while something did `what` with it.
    #[must_use]
    pub fn of(what: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Failed {
            what,
            path: path.to_owned(),
            errno: errno_of(error),
        }
    }

    /// Whether there is no more room: on the device, in the quota, or by a limit on file sizes.
    #[must_use]
    pub fn is_no_room(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                errno: Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG,
                ..
            }
        )
    }
}

/// An unfinished file. Writing takes `&self`, so several threads may write at once.
#[derive(Debug)]
pub struct OutputFile {
    directory: OwnedFd,
    directory_path: PathBuf,
    name: OsString,
    part: OsString,
    file: File,
    replace: bool,
    finished: bool,
}

/// A finished file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFile {
    pub path: PathBuf,
    /// Its length, and what it takes on disk; holes take nothing.
    pub bytes: u64,
    pub disk_bytes: u64,
}

impl OutputFile {
    /// Makes `path` with `.part` added to its name. An existing regular file at `path` is an error
    /// unless it is to be replaced; a symbolic link, a pipe or a device always is.
    pub fn create(path: &Path, replace: bool) -> Result<Self, OutputError> {
        ignore_file_size_signal();
        let name = path
            .file_name()
            .filter(|_| !path.as_os_str().as_bytes().ends_with(b"/"))
            .ok_or_else(|| OutputError::NoName(path.to_owned()))?
            .to_owned();
        let directory_path = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory =
            open(&directory_path, flags, Mode::empty()).map_err(|errno| OutputError::Directory {
                path: directory_path.clone(),
                errno,
            })?;
        let mut part = name.clone();
        part.push(".part");
        let in_the_way = existing(&directory, &name);
        refuse_existing(in_the_way.as_ref(), path, replace)?;
        let part_path = directory_path.join(&part);
        let file = create_part(&directory, &part, &directory_path)?;
        let output = Self {
            directory,
            directory_path,
            name,
            part,
            file,
            replace,
            finished: false,
        };
        // The umask can only take rights away, but an ACL of the directory can give some.
        fchmod(&output.file, Mode::S_IRUSR | Mode::S_IWUSR).map_err(|errno| OutputError::Failed {
            what: "set the mode of",
            path: part_path,
            errno,
        })?;
        Ok(output)
    }

    /// Where the file will be.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory_path.join(&self.name)
    }

    /// Where it is being written.
    #[must_use]
    pub fn part_path(&self) -> PathBuf {
        self.directory_path.join(&self.part)
    }

    /// Bytes that this user may still write to the file system; `None` where it does not say.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        let facts = fstatvfs(&self.file).ok()?;
        // Network and user-space file systems that do not know say 0 of 0.
        (facts.blocks() > 0).then(|| facts.blocks_available().saturating_mul(facts.fragment_size()))
    }

    /// Writes all of `bytes` at `offset`.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), OutputError> {
        self.file
            .write_all_at(bytes, offset)
            .map_err(|error| self.failed("write", &error))
    }

    /// Reads back what was written; fewer bytes than asked for at the end of the file.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, OutputError> {
        self.file
            .read_at(buffer, offset)
            .map_err(|error| self.failed("read", &error))
    }

    /// Makes the file `len` bytes long; what was not written is a hole.
    pub fn set_len(&self, len: u64) -> Result<(), OutputError> {
        self.file
            .set_len(len)
            .map_err(|error| self.failed("write", &error))
    }

    /// The next stretch of bytes at or after `offset` that is no hole; `None` when only a hole is
    /// left. File systems without holes give everything.
    pub fn next_data(&self, offset: u64) -> Result<Option<(u64, u64)>, OutputError> {
        super::sparse::next_data(&self.file, offset).map_err(|error| self.failed("read", &error))
    }

    /// Asks the kernel to begin writing a range to the device, so that `finish` waits less.
    pub fn start_writeback(&self, offset: u64, len: u64) {
        let (Ok(offset), Ok(len)) = (i64::try_from(offset), i64::try_from(len)) else {
            return;
        };
        // SAFETY: takes numbers only; the descriptor is open. It is a hint, so errors mean nothing.
        unsafe {
            libc::sync_file_range(self.file.as_raw_fd(), offset, len, libc::SYNC_FILE_RANGE_WRITE);
        }
    }

    /// Brings the bytes to the device without giving the file its name.
    pub fn sync(&self) -> Result<(), OutputError> {
        self.file.sync_all().map_err(|error| self.failed("write", &error))
    }

    /// Gives the file its name once all its bytes are on the device.
    pub fn finish(mut self) -> Result<WrittenFile, OutputError> {
        self.sync()?;
        let path = self.path();
        let metadata = self
            .file
            .metadata()
            .map_err(|error| self.failed("look at", &error))?;
        let in_the_way = existing(&self.directory, &self.name);
        refuse_existing(in_the_way.as_ref(), &path, self.replace)?;
        self.rename().map_err(|errno| match errno {
            Errno::EEXIST => OutputError::Exists(path.clone()),
            errno => OutputError::Failed {
                what: "rename the finished file to",
                path: path.clone(),
                errno,
            },
        })?;
        self.finished = true;
        // Some file systems cannot sync a directory, and one may lack the right to read it.
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        if let Ok(directory) = openat(&self.directory, ".", flags, Mode::empty()) {
            let _ = nix::unistd::fsync(&directory);
        }
        Ok(WrittenFile {
            path,
            bytes: metadata.len(),
            disk_bytes: metadata.blocks().saturating_mul(512),
        })
    }

    fn rename(&self) -> Result<(), Errno> {
        if self.replace {
            return nix::fcntl::renameat(
                &self.directory,
                self.part.as_os_str(),
                &self.directory,
                self.name.as_os_str(),
            );
        }
        match rename_no_replace(&self.directory, &self.part, &self.name) {
            // File systems without the flag. A link never replaces anything either.
            Err(Errno::EINVAL | Errno::ENOSYS) => {
                let (from, to) = (self.part.as_os_str(), self.name.as_os_str());
                linkat(&self.directory, from, &self.directory, to, AtFlags::empty())?;
                unlinkat(&self.directory, from, UnlinkatFlags::NoRemoveDir)
            }
            outcome => outcome,
        }
    }

    fn failed(&self, what: &'static str, error: &io::Error) -> OutputError {
        OutputError::of(what, &self.path(), error)
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if !self.finished {
            let _ = unlinkat(&self.directory, self.part.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

fn create_part(directory: &OwnedFd, part: &OsStr, directory_path: &Path) -> Result<File, OutputError> {
    let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let path = directory_path.join(part);
    match openat(directory, part, flags, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(file) => Ok(File::from(file)),
        Err(Errno::EEXIST) => Err(OutputError::PartExists(path)),
        Err(errno @ (Errno::EACCES | Errno::EPERM | Errno::EROFS | Errno::ENOENT)) => {
            Err(OutputError::Directory {
                path: directory_path.to_owned(),
                errno,
            })
        }
        Err(errno) => Err(OutputError::Failed {
            what: "create",
            path,
            errno,
        }),
    }
}

fn existing(directory: &OwnedFd, name: &OsStr) -> Option<FileStat> {
    fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok()
}

fn refuse_existing(found: Option<&FileStat>, path: &Path, replace: bool) -> Result<(), OutputError> {
    let Some(found) = found else {
        return Ok(());
    };
    let kind = match SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG if replace => return Ok(()),
        SFlag::S_IFREG => return Err(OutputError::Exists(path.to_owned())),
        SFlag::S_IFLNK => "a symbolic link",
        SFlag::S_IFDIR => "a directory",
        SFlag::S_IFIFO => "a named pipe",
        SFlag::S_IFSOCK => "a socket",
        SFlag::S_IFCHR => "a character device",
        SFlag::S_IFBLK => "a block device",
        _ => "a special file",
    };
    Err(OutputError::NotRegular {
        path: path.to_owned(),
        kind,
    })
}

/// `renameat2` with RENAME_NOREPLACE; by number, since not every C library wraps it.
fn rename_no_replace(directory: &OwnedFd, from: &OsStr, to: &OsStr) -> Result<(), Errno> {
    let from = CString::new(from.as_bytes()).map_err(|_| Errno::EINVAL)?;
    let to = CString::new(to.as_bytes()).map_err(|_| Errno::EINVAL)?;
    let at = directory.as_raw_fd();
    // SAFETY: both strings end in NUL and outlive the call; the descriptors are open.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            at,
            from.as_ptr(),
            at,
            to.as_ptr(),
            libc::RENAME_NOREPLACE,
        )
    };
    Errno::result(outcome).map(drop)
}

fn errno_of(error: &io::Error) -> Errno {
    match (error.raw_os_error(), error.kind()) {
        (Some(number), _) => Errno::from_raw(number),
        // `write_all_at` says this when the kernel took no byte.
        (None, io::ErrorKind::WriteZero) => Errno::ENOSPC,
        (None, _) => Errno::EIO,
    }
}

/// A file beyond RLIMIT_FSIZE is to be an error (EFBIG) and not the death of the program.
fn ignore_file_size_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: ignoring a signal installs no code. Nothing else in the program handles it.
        let _ = unsafe { nix::sys::signal::signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
    });
}

#[cfg(test)]
mod tests;
