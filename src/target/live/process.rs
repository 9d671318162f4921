//! [`LiveProcess`]: a process as it can be read from outside, running or stopped.
//!
//! Everything that takes long is done here while the target runs: files are opened and compared
//! before anybody stops it. Stops nothing itself.

use std::sync::Arc;

use super::super::images::{FileLayer, Found};
use super::super::opened::{Opened, Provenance};
use super::world::World;
use super::{facts, images, space};
use crate::base::{AddrRange, CancelToken, Limits};
use crate::model::{Failure, FailureKind};
use crate::os::{self, Mapping, PageMap, ProcDir, ProcessMemory, Wanted};

/// A process whose files are known.
#[derive(Debug)]
pub struct LiveProcess {
    process: ProcDir,
    memory: Arc<ProcessMemory>,
    layers: Vec<FileLayer>,
    /// The code that was mapped when the images were found.
    code: Vec<Mapping>,
    /// What runs: another executable means that the process called execve.
    exe: Option<((u32, u32), u64)>,
}

impl LiveProcess {
    /// Reads everything that can be known of a running process.
    ///
    /// # Errors
    /// When there is no such process or its memory may not be read.
    pub fn open(pid: u32, limits: &Limits, cancel: &CancelToken) -> Result<(Self, Opened), Failure> {
        let process = ProcDir::new(pid);
        let memory = Arc::new(ProcessMemory::open(pid).map_err(|error| unreadable(pid, &error))?);
        let mappings = process.maps().map_err(|error| unreadable(pid, &error))?;
        let bare = space::bare(&memory, &mappings);
        let found = images::find(images::Search {
            process: &process,
            mappings: &mappings,
            memory: &bare,
            limits,
            cancel,
        })
        .map_err(|_| Failure::new(FailureKind::Cancelled, "cancelled"))?;
        let Found {
            images,
            layers,
            warnings,
            watches,
            ..
        } = found;
        let changed = changed_pages(pid, &layers);
        let opened = Opened {
            memory: Arc::new(space::with_files(&memory, &mappings, &layers, &changed)),
            images,
            threads: Vec::new(),
            process: facts::process(&process, limits),
            siginfo: None,
            regions: space::regions(&mappings),
            warnings,
            now: None,
            origin: Provenance::Live,
            watches,
        };
        let this = Self {
            exe: os::identity(&process.exe()).ok(),
            process,
            memory,
            layers,
            code: code(&mappings),
        };
        Ok((this, opened))
    }

    /// Whether the files that were found are still those that the process runs: not after execve,
    /// and not when a library was loaded since.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let exe = os::identity(&self.process.exe()).ok();
        exe == self.exe
            && self
                .process
                .maps()
                .is_ok_and(|mappings| code(&mappings) == self.code)
    }

    /// The process as it stands still: `before` with the memory, threads and mappings of `world`.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn at_stop(&self, before: &Opened, world: &World, limits: &Limits) -> Result<Opened, Failure> {
        let pid = self.process.pid();
        let mappings = self.process.maps().map_err(|error| unreadable(pid, &error))?;
        let changed = changed_pages(pid, &self.layers);
        let memory = space::with_files(&self.memory, &mappings, &self.layers, &changed);
        let stopped = world.threads.iter();
        let stopped = stopped.map(|thread| facts::thread(&self.process, thread));
        let stuck = world.stuck.iter();
        let stuck = stuck.map(|thread| facts::stuck_thread(&self.process, thread));
        Ok(Opened {
            memory: Arc::new(memory.stopped(limits.live_cache_bytes)),
            threads: stopped.chain(stuck).collect(),
            regions: space::regions(&mappings),
            images: before.images.clone(),
            process: before.process.clone(),
            siginfo: None,
            warnings: facts::stuck_warning(world).into_iter().collect(),
            now: self.now(),
            origin: before.origin,
            watches: before.watches.clone(),
        })
    }

    /// The clock as the process reads it.
    fn now(&self) -> Option<u64> {
        os::monotonic_ns()?.checked_add_signed(self.process.monotonic_offset_ns())
    }

    #[must_use]
    pub fn directory(&self) -> &ProcDir {
        &self.process
    }

    #[must_use]
    pub fn memory(&self) -> &Arc<ProcessMemory> {
        &self.memory
    }
}

fn code(mappings: &[Mapping]) -> Vec<Mapping> {
    let is_code = |mapping: &&Mapping| mapping.permissions.execute && mapping.path().is_some();
    mappings.iter().filter(is_code).cloned().collect()
}

fn unreadable(pid: u32, error: &std::io::Error) -> Failure {
    let kind = match error.kind() {
        std::io::ErrorKind::PermissionDenied => FailureKind::Permission,
        std::io::ErrorKind::NotFound => FailureKind::NotFound,
        _ => FailureKind::Unavailable,
    };
    Failure::new(kind, format!("cannot read process {pid}"))
        .because(error)
        .hint(format!("`tinydbg-tui doctor {pid}` says what stands in the way"))
}

/// Constant pages of files of which the process has a copy of its own: relocated ones, and code
/// that somebody patched. Where the kernel does not tell, all of them may be.
fn changed_pages(pid: u32, layers: &[FileLayer]) -> Vec<AddrRange> {
    let ranges = || {
        layers
            .iter()
            .flat_map(|layer| &layer.ranges)
            .map(|(range, _)| *range)
    };
    let Ok(pages) = PageMap::open(pid) else {
        return ranges().collect();
    };
    let mut changed = Vec::new();
    for range in ranges() {
        let mut rest = range;
        while !rest.is_empty() {
            match pages.find(rest, Wanted::Anonymous, (u64::MAX, RUNS_AT_ONCE)) {
                Ok(found) if found.reached > rest.start => {
                    changed.extend(found.runs);
                    rest = AddrRange::between(found.reached, range.end);
                }
                _ => {
                    changed.push(rest);
                    break;
                }
            }
        }
    }
    changed
}

/// Ranges that the kernel is asked for at a time.
const RUNS_AT_ONCE: usize = 256;
