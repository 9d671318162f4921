//! Whole files as bytes: read-only mappings that survive the file being cut under them.
//!
//! Knows nothing of what the bytes mean. A file that shrinks while it is mapped reads as zeros from
//! there on, and its [`FileWatch`] says that it happened.
#![expect(unsafe_code, reason = "memory maps are the business of os")]

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::files::{FileError, open_regular};
use super::sigbus::{self, Slot};
use crate::base::SharedBytes;

/// A mapped file.
#[derive(Clone, Debug)]
pub struct MappedFile {
    /// The contents; the mapping lives as long as any clone of them.
    pub bytes: SharedBytes,
    /// Tells whether the file was cut while in use.
    pub watch: FileWatch,
    /// When the contents last changed, where the file system knows.
    pub modified: Option<SystemTime>,
}

/// Says whether a mapped file was seen to have changed.
#[derive(Clone)]
pub struct FileWatch {
    mapping: Arc<Mapping>,
    path: Arc<Path>,
}

impl FileWatch {
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether bytes of the file were gone when they were read; zeros were read in their place.
    #[must_use]
    pub fn was_cut(&self) -> bool {
        self.mapping.slot.changed()
    }
}

impl fmt::Debug for FileWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileWatch({}, cut: {})", self.path.display(), self.was_cut())
    }
}

/// Maps a regular file; anything else, and an empty file, is refused by name and kind.
pub fn map_file(path: &Path) -> Result<MappedFile, FileError> {
    let (file, _) = open_regular(path)?;
    map_open(&file, path)
}

/// Maps an open regular file that is not empty; `path` is what messages call it.
pub fn map_open(file: &File, path: &Path) -> Result<MappedFile, FileError> {
    // SAFETY: the mapping is private and read-only. Another process may change the file; the bytes
    // are only ever treated as untrusted data, and a cut file is handled by the SIGBUS watch.
    let map = unsafe { memmap2::Mmap::map(file) }.map_err(|error| FileError::Open {
        path: PathBuf::from(path),
        error,
    })?;
    let slot = sigbus::watch(map.as_ptr() as usize, map.len());
    let mapping = Arc::new(Mapping { map, slot });
    Ok(MappedFile {
        bytes: SharedBytes::new(Contents(Arc::clone(&mapping))),
        watch: FileWatch {
            mapping,
            path: path.into(),
        },
        modified: file.metadata().and_then(|metadata| metadata.modified()).ok(),
    })
}

struct Mapping {
    map: memmap2::Mmap,
    slot: &'static Slot,
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Runs before `map` is dropped: the range is unwatched before it is unmapped.
        self.slot.release();
    }
}

struct Contents(Arc<Mapping>);

impl AsRef<[u8]> for Contents {
    fn as_ref(&self) -> &[u8] {
        &self.0.map
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_cut_while_mapped_reads_as_zeros_and_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        fs::write(&path, vec![7_u8; 64 << 10]).unwrap();
        let file = map_file(&path).unwrap();
        assert_eq!(file.bytes.last(), Some(&7));
        assert!(!file.watch.was_cut());

        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(8192)
            .unwrap();

        assert_eq!(file.bytes.first(), Some(&7));
        assert_eq!(
            file.bytes
                .iter()
                .skip(8192)
                .map(|&byte| u32::from(byte))
                .sum::<u32>(),
            0
        );
        assert!(file.watch.was_cut());
    }

    #[test]
    fn slots_of_dropped_mappings_are_used_again_with_a_clean_flag() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        for _ in 0..1000 {
            fs::write(&path, vec![1_u8; 8192]).unwrap();
            let file = map_file(&path).unwrap();
            assert!(!file.watch.was_cut());
            fs::File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(4096)
                .unwrap();
            assert_eq!(file.bytes.get(5000), Some(&0));
            assert!(file.watch.was_cut());
        }
    }

    /// In a process of its own, since it ends by the signal.
    #[test]
    fn a_bus_error_elsewhere_still_ends_the_program() {
        use std::os::unix::process::ExitStatusExt;
        const MARK: &str = "TINYDBG_TEST_RAISE_SIGBUS";
        if std::env::var_os(MARK).is_some() {
            let own = std::env::current_exe().unwrap();
            let _file = map_file(&own).unwrap();
            let none = nix::libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            // SAFETY: the structure is valid for the call.
            unsafe { nix::libc::setrlimit(nix::libc::RLIMIT_CORE, &raw const none) };
            nix::sys::signal::raise(nix::sys::signal::Signal::SIGBUS).unwrap();
            return;
        }
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "os::mmap::tests::a_bus_error_elsewhere_still_ends_the_program",
            ])
            .env(MARK, "1")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(nix::libc::SIGBUS));
    }
}
