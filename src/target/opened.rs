//! [`Opened`]: a process, dead or alive, with everything that can be known of it without knowing Go.

use std::sync::Arc;

use crate::arch::RegisterFile;
use crate::base::Tid;
use crate::elf::CoreWriter;
use crate::memory::Memory;
use crate::model::{MemoryRegion, ProcessInfo, SignalInfo, TargetKind, Warning};
use crate::os::FileWatch;
use crate::symbols::Image;

/// Address space, images, threads and facts of one process at one instant.
#[derive(Debug)]
pub struct Opened {
    pub memory: Arc<dyn Memory>,
    /// The main program first, when it is known at all.
    pub images: Vec<Image>,
    /// In the order of a core, whose first is the one that died if it was written by the kernel;
    /// of a live process by id. Empty while a live process runs.
    pub threads: Vec<ThreadRecord>,
    /// Without the fields that only Go's build information has.
    pub process: ProcessInfo,
    /// The signal that ended the process, as the kernel recorded it.
    pub siginfo: Option<SignalInfo>,
    pub regions: Vec<MemoryRegion>,
    pub warnings: Vec<Warning>,
    /// The clock of the process at that instant, in nanoseconds of CLOCK_MONOTONIC.
    pub now: Option<u64>,
    pub origin: Provenance,
    /// Files in use; each says whether it was cut since.
    pub watches: Vec<FileWatch>,
}

/// Where a process is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    Core(CoreWriter),
    Live,
}

/// One thread as it was recorded or stopped.
#[derive(Clone, Debug)]
pub struct ThreadRecord {
    pub tid: Tid,
    pub registers: RegisterFile,
    /// The signal recorded for this very thread.
    pub signal: Option<SignalInfo>,
    /// Name as the kernel knows it; cores tell only that of the thread group's leader.
    pub name: Option<String>,
}

impl Opened {
    /// Who wrote the core; `None` for a live process.
    #[must_use]
    pub fn writer(&self) -> Option<CoreWriter> {
        match self.origin {
            Provenance::Core(writer) => Some(writer),
            Provenance::Live => None,
        }
    }

    /// Whether the process was alive and not dying when it was looked at, as far as writer and
    /// signal tell.
    #[must_use]
    pub fn was_alive(&self) -> bool {
        let by_debugger = match self.origin {
            Provenance::Live => true,
            Provenance::Core(writer) => {
                matches!(
                    writer,
                    CoreWriter::Gcore | CoreWriter::Delve | CoreWriter::TinyDbg
                )
            }
        };
        by_debugger && self.siginfo.is_none()
    }

    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self.origin {
            Provenance::Core(_) => TargetKind::Core,
            Provenance::Live => TargetKind::Live,
        }
    }
}
