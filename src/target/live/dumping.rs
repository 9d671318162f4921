//! [`DumpTask`]: one dump of a live process, from any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::link::Tracer;
use super::world::World;
use crate::base::CancelToken;
use crate::model::{DumpOptions, DumpProgress, DumpSummary, Failure};
use crate::os::{ProcDir, ProcessMemory};

/// Everything that a dump needs; holds no part of the session that it was begun in.
#[derive(Debug)]
pub struct DumpTask {
    pub(super) tracer: Arc<Mutex<Tracer>>,
    pub(super) process: ProcDir,
    pub(super) memory: Arc<ProcessMemory>,
    /// The threads of a process that is held already.
    pub(super) world: Option<World>,
    pub(super) options: DumpOptions,
    /// Set while memory is read from the target itself, which then has to stand still.
    pub(super) copying: Arc<AtomicBool>,
}

impl DumpTask {
    /// Writes the core.
    ///
    /// # Errors
    /// What went wrong; nothing is left of the file then, and the process is as it was before.
    pub fn run(
        self,
        cancel: &CancelToken,
        progress: &(dyn Fn(DumpProgress) + Sync),
    ) -> Result<DumpSummary, Failure> {
        unimplemented!()
    }
}
