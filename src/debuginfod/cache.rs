//! The cache directory, shared with the C client of elfutils (its layout as of 0.188 to 0.192).
//!
//! ```text
//!   ROOT/cache_miss_s              seconds for which a server's "not found" is believed
//!   ROOT/<build-id>/debuginfo      0400, with the server's date; empty: no server has it
//!   ROOT/<build-id>/executable
//!   ROOT/<build-id>/source...
//!   ROOT/<build-id>/debuginfo.XXX  being written
//! ```

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::wanted::Wanted;
use crate::os;

/// `cache_miss_s`, where the file does not say.
const MISS_SECONDS: u64 = 600;

/// The directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

/// What the cache says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cached {
    /// Worth a look; not yet verified.
    Here(PathBuf),
    /// All servers said so, this many seconds ago.
    Missing(u64),
    Unknown,
}

impl Cache {
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where the C client has it: DEBUGINFOD_CACHE_PATH, the old place if it exists, or the user's
    /// cache directory.
    pub(super) fn of_environment(set: &dyn Fn(&str) -> Option<OsString>) -> Option<Self> {
        if let Some(path) = set("DEBUGINFOD_CACHE_PATH") {
            return Some(Self::at(PathBuf::from(path)));
        }
        let home = set("HOME").map(PathBuf::from);
        let old = home.as_ref().map(|home| home.join(".debuginfod_client_cache"));
        if let Some(old) = old.filter(|old| old.is_dir()) {
            return Some(Self::at(old));
        }
        let caches = set("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(home?.join(".cache")))?;
        Some(Self::at(caches.join("debuginfod_client")))
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The paths where the file lies if it was downloaded before; whoever opens one has to verify it.
    #[must_use]
    pub fn places(&self, wanted: &Wanted) -> Vec<PathBuf> {
        let dir = self.root.join(wanted.build_id.to_string());
        wanted.cache_names().iter().map(|name| dir.join(name)).collect()
    }

    /// Looks at names and sizes only.
    pub(super) fn look(&self, wanted: &Wanted) -> Cached {
        for path in self.places(wanted) {
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            // Before 0.188 a missing file was one without any permission.
            let is_note = metadata.len() == 0 || metadata.permissions().mode() & 0o777 == 0;
            if !is_note {
                return Cached::Here(path);
            }
            let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
            let age = age.unwrap_or(Duration::ZERO).as_secs();
            if age < self.miss_seconds() {
                return Cached::Missing(age);
            }
        }
        Cached::Unknown
    }

    fn miss_seconds(&self) -> u64 {
        const LONGEST: u64 = 64;
        let text = os::read_small(&self.root.join("cache_miss_s"), LONGEST).ok();
        text.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok())
            .unwrap_or(MISS_SECONDS)
    }

    /// Notes that no server has it. That this fails matters to nobody.
    pub(super) fn note_missing(&self, wanted: &Wanted) {
        let Some(path) = self.places(wanted).into_iter().next() else {
            return;
        };
        if self.make_dir(wanted).is_ok() {
            // An older note has to begin anew.
            let _ = fs::remove_file(&path);
            let _ = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path);
        }
    }

    fn make_dir(&self, wanted: &Wanted) -> io::Result<()> {
        let dir = self.root.join(wanted.build_id.to_string());
        DirBuilder::new().recursive(true).mode(0o700).create(dir)
    }

    /// A file to write to, which takes its place in the cache when it is kept.
    pub(super) fn begin(&self, wanted: &Wanted) -> io::Result<Part> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.make_dir(wanted)?;
        let place = self.places(wanted).into_iter().next();
        let place = place.ok_or_else(|| io::Error::other("it has no name"))?;
        let mut name = place.as_os_str().to_owned();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".{:x}-{count:x}", std::process::id()));
        let path = PathBuf::from(name);
        // Left over by a process of the same number that is gone.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Part { file, path, place })
    }
}

/// A file that is being written; it is removed unless it is kept.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    path: PathBuf,
    place: PathBuf,
}

impl Part {
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Empties it again, for another try.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        use std::io::Seek as _;
        self.file.set_len(0)?;
        self.file.rewind()
    }

    /// Moves it to its place in the cache, in one step.
    pub(super) fn keep(self, modified: Option<SystemTime>) -> io::Result<PathBuf> {
        if let Some(modified) = modified {
            self.file.set_modified(modified)?;
        }
        self.file.set_permissions(fs::Permissions::from_mode(0o400))?;
        fs::rename(&self.path, &self.place)?;
        Ok(self.place.clone())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a rename there is nothing of that name.
        let _ = fs::remove_file(&self.path);
    }
}
