//! Opening the files that a core names: as recorded, under a sysroot, or beside the core.
//!
//! Says what was tried. Whether a file is the right one is not decided here.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::base::{Limits, SharedBytes};
use crate::debuginfod::{Cache, Wanted};
use crate::elf::{BuildId, ElfFile};
use crate::os::{self, FileWatch, MappedFile};

/// Where to look.
#[derive(Clone, Debug, Default)]
pub(super) struct FileFinder {
    /// Stands in front of recorded paths when given.
    pub sysroot: Option<PathBuf>,
    /// Directory of the core, where people put the executable as well.
    pub beside: Option<PathBuf>,
    /// False for cores that did not come from this machine's disk: nothing is opened then.
    pub use_disk: bool,
    /// What was downloaded before.
    pub cache: Option<Cache>,
}

/// An opened file.
#[derive(Clone, Debug)]
pub(super) struct FoundFile {
    /// Where it was found.
    pub path: String,
    pub bytes: SharedBytes,
    pub watch: Option<FileWatch>,
    pub modified: Option<SystemTime>,
}

/// Appended by the kernel to the name of a file that no longer has it.
const DELETED: &[u8] = b" (deleted)";

/// A recorded path without the kernel's remark, and whether the remark was there.
pub(super) fn without_remark(recorded: &[u8]) -> (&[u8], bool) {
    recorded
        .strip_suffix(DELETED)
        .map_or((recorded, false), |path| (path, true))
}

impl FileFinder {
    /// Every readable file that may be the one recorded, best first; lazily, since the first one
    /// is usually right. An empty result comes with the reason of the first failure.
    pub fn candidates(&self, recorded: &[u8], is_main: bool) -> Candidates {
        let mut paths = Vec::new();
        if self.use_disk {
            let (path, _) = without_remark(recorded);
            let path = Path::new(OsStr::from_bytes(path));
            if let Some(sysroot) = &self.sysroot {
                paths.push(sysroot.join(path.strip_prefix("/").unwrap_or(path)));
            }
            paths.push(path.to_owned());
            let name = path.file_name().filter(|_| is_main);
            paths.extend(name.and_then(|name| Some(self.beside.as_ref()?.join(name))));
        }
        paths.dedup();
        Candidates {
            paths: paths.into_iter(),
            failure: None,
        }
    }
}

impl FileFinder {
    /// The file with this build-id, as it was downloaded before. Whoever uses it compares it with
    /// the core, as any other.
    pub fn downloaded(&self, id: &BuildId, limits: &Limits) -> Option<(FoundFile, ElfFile)> {
        let paths = self.cache.as_ref()?.places(&Wanted::executable(id.clone()));
        paths.into_iter().find_map(|path| {
            let file = os::map_file(&path).ok()?;
            let elf = ElfFile::parse(file.bytes.clone(), limits).ok()?;
            let is_it = elf.gnu_build_id().as_ref() == Some(id) && !elf.is_debug_only();
            is_it.then(|| (found(&path, file), elf))
        })
    }
}

fn found(path: &Path, file: MappedFile) -> FoundFile {
    FoundFile {
        path: path.display().to_string(),
        bytes: file.bytes,
        watch: Some(file.watch),
        modified: file.modified,
    }
}

/// Files still to be tried.
#[derive(Debug)]
pub(super) struct Candidates {
    paths: std::vec::IntoIter<PathBuf>,
    /// Why the first of those tried could not be opened.
    pub failure: Option<String>,
}

impl Iterator for Candidates {
    type Item = FoundFile;

    fn next(&mut self) -> Option<FoundFile> {
        for path in self.paths.by_ref() {
            match os::map_file(&path) {
                Ok(file) => {
                    return Some(found(&path, file));
                }
                Err(error) => {
                    self.failure.get_or_insert_with(|| error.to_string());
                }
            }
        }
        None
    }
}
