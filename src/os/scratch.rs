//! A file without a name, for bytes that are too many for memory: gone with its last user, whatever
//! becomes of the program.
//!
//! Zeros become holes. Knows nothing of what the bytes mean.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::process;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use nix::sys::statvfs::fstatvfs;
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::pagemap::PAGE_SIZE;
use crate::base::is_zero;

/// A nameless file that grows at its end.
#[derive(Debug)]
pub struct ScratchFile {
    file: File,
    directory: PathBuf,
    len: u64,
}

impl ScratchFile {
    /// In `directory`, which is made, for its owner alone, when it is not there.
    ///
    /// # Errors
    /// When the directory cannot be made or written to.
    pub fn create(directory: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        let common = OFlag::O_RDWR | OFlag::O_CLOEXEC;
        let file = match open(directory, common | OFlag::O_TMPFILE | OFlag::O_EXCL, mode) {
            // File systems that know no nameless files: overlays of some kernels, NFS.
            Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT | Errno::EINVAL) => {
                Self::create_and_unlink(directory)?
            }
            outcome => File::from(outcome?),
        };
        Ok(Self {
            file,
            directory: directory.to_owned(),
            len: 0,
        })
    }

    fn create_and_unlink(directory: &Path) -> io::Result<File> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = open(directory, flags, Mode::empty())?;
        let name = format!(".unpacked.{}.part", process::id());
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = openat(&directory, name.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        unlinkat(&directory, name.as_str(), UnlinkatFlags::NoRemoveDir)?;
        Ok(File::from(file))
    }

    /// Where it takes room.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Its length in bytes, holes included.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.len
    }

    /// Bytes that this user may still write there; `None` where the file system does not say.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        let facts = fstatvfs(&self.file).ok()?;
        (facts.blocks() > 0).then(|| facts.blocks_available().saturating_mul(facts.fragment_size()))
    }

    /// Writes `bytes` at the end, pages of zeros left out; returns how many bytes took room.
    ///
    /// # Errors
    /// As the operating system gives them.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let page = usize::try_from(PAGE_SIZE).unwrap_or(4096);
        let mut taken = 0;
        let mut at = self.len;
        let is_hole = |page: &[u8]| is_zero(page);
        for same in bytes
            .chunks(page)
            .collect::<Vec<_>>()
            .chunk_by(|a, b| is_hole(a) == is_hole(b))
        {
            let len: usize = same.iter().map(|page| page.len()).sum();
            if !same.first().is_some_and(|first| is_hole(first)) {
                let from = usize::try_from(at - self.len).unwrap_or(usize::MAX);
                let part = bytes.get(from..from.saturating_add(len)).unwrap_or_default();
                self.file.write_all_at(part, at)?;
                taken += len as u64;
            }
            at = at.saturating_add(len as u64);
        }
        self.len = at;
        Ok(taken)
    }

    /// The file as long as it should be.
    ///
    /// # Errors
    /// When the file system knows no files of this length.
    pub fn finish(self) -> io::Result<File> {
        self.file.set_len(self.len)?;
        Ok(self.file)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn zeros_take_no_room_and_nothing_has_a_name() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("a/b");
        let mut scratch = ScratchFile::create(&below).unwrap();
        let mut bytes = vec![0; 1 << 20];
        bytes[5000] = 1;
        bytes[900_000] = 2;
        assert_eq!(scratch.push(&bytes).unwrap(), 8192);
        assert_eq!(scratch.push(&[0; 1 << 20]).unwrap(), 0);
        assert_eq!(scratch.push(&[3; 10]).unwrap(), 10);
        assert_eq!(scratch.push(&vec![0; 4096]).unwrap(), 0);
        let file = scratch.finish().unwrap();
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata.len(), (2 << 20) + 10 + 4096);
        assert!(metadata.blocks() * 512 < 1 << 20, "{}", metadata.blocks());
        let mut read = vec![9; 1 << 20];
        file.read_exact_at(&mut read, 0).unwrap();
        assert!(read == bytes);
        let mut read = [9; 11];
        file.read_exact_at(&mut read, 2 << 20).unwrap();
        assert_eq!(read, [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0]);
        assert_eq!(std::fs::read_dir(&below).unwrap().count(), 0);
        assert_eq!(std::fs::metadata(&below).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn without_nameless_files_the_name_is_gone_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let file = ScratchFile::create_and_unlink(directory.path()).unwrap();
        assert_eq!(file.metadata().unwrap().nlink(), 0);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
