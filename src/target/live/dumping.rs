//! [`DumpTask`]: one dump of a live process, from any thread.
//!
//! A snapshot where that is safe, so that the process runs on while it is copied; else the process
//! is held until its memory is copied. Either way it ends up as it was, whatever goes wrong: that
//! is what the guards here are for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::dump::{CopiedDump, DumpEnd, DumpFile, DumpSource};
use super::link::Tracer;
use super::snapshot::{Inexact, Snapshot};
use super::world::World;
use crate::base::CancelToken;
use crate::model::{DumpMethod, DumpOptions, DumpProgress, DumpSummary, Failure, FailureKind};
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
    /// Nanoseconds for which the target stood still for dumps alone; this one adds to it.
    pub(super) pauses: Arc<AtomicU64>,
}

/// What a copy needs besides the process.
#[derive(Clone, Copy)]
struct Reporting<'a> {
    cancel: &'a CancelToken,
    report: &'a dyn Fn(DumpProgress),
}

impl DumpTask {
    /// Writes the core.
    ///
    /// # Errors
    /// What went wrong; nothing is left of the file then, and the process is as it was before.
    pub fn run(self, cancel: &CancelToken, report: &dyn Fn(DumpProgress)) -> Result<DumpSummary, Failure> {
        let file = DumpFile::create(&self.process, &self.options)?;
        let reporting = Reporting { cancel, report };
        report(DumpProgress {
            phase: "stopping threads".to_owned(),
            held: true,
            ..DumpProgress::default()
        });
        let (copied, end) = match self.freeze()? {
            Ok(frozen) => self.copy_frozen(file, &frozen, reporting)?,
            Err(fallback) => self.copy_held(file, fallback, reporting)?,
        };
        if self.world.is_none() {
            self.pauses
                .fetch_add(end.pause_ns.unwrap_or_default(), Ordering::AcqRel);
        }
        copied.finish(end, cancel, report)
    }

    /// A snapshot, or why there is none although one was wanted (`None` when none was).
    fn freeze(&self) -> Result<Result<Frozen<'_>, Option<String>>, Failure> {
        if self.options.method == DumpMethod::Stop {
            return Ok(Err(None));
        }
        let outcome = self.lock().snapshot();
        match outcome {
            Ok(snapshot) => Ok(Ok(Frozen {
                tracer: &self.tracer,
                snapshot,
            })),
            Err(reason) if self.options.method == DumpMethod::Snapshot => Err(Failure::new(
                FailureKind::Unavailable,
                format!("no snapshot of process {} can be made", self.process.pid()),
            )
            .because(&reason)
            .hint("without -snapshot (--snapshot) the process is held while it is copied")),
            Err(reason) => Ok(Err(Some(reason.to_string()))),
        }
    }

    /// Copies from the frozen child while the process itself does as it likes.
    fn copy_frozen(
        &self,
        file: DumpFile,
        frozen: &Frozen<'_>,
        reporting: Reporting<'_>,
    ) -> Result<(CopiedDump, DumpEnd), Failure> {
        let snapshot = &frozen.snapshot;
        let memory = ProcessMemory::open(snapshot.pid).map_err(|error| {
            Failure::new(FailureKind::Unavailable, "the snapshot cannot be read").because(&error)
        })?;
        let source = DumpSource {
            target: &self.process,
            memory_of: &ProcDir::new(snapshot.pid),
            memory: &memory,
            world: &snapshot.world,
            method: DumpMethod::Snapshot,
        };
        let copied = file.copy(source, reporting.cancel, reporting.report)?;
        let end = DumpEnd {
            pause_ns: Some(snapshot.pause_ns),
            fallback: None,
            inexact: inexact_ranges(snapshot, Inexact::Shared),
            emptied: inexact_ranges(snapshot, Inexact::Emptied),
        };
        Ok((copied, end))
    }

    /// Holds the process, unless it is held already, until everything is copied.
    fn copy_held(
        &self,
        file: DumpFile,
        fallback: Option<String>,
        reporting: Reporting<'_>,
    ) -> Result<(CopiedDump, DumpEnd), Failure> {
        let _copying = Copying::begin(&self.copying);
        let began = std::time::Instant::now();
        let mut held = None;
        let world = match &self.world {
            Some(world) => world,
            None => {
                let world = self.lock().stop()?;
                &held
                    .insert(Held {
                        tracer: &self.tracer,
                        world,
                    })
                    .world
            }
        };
        let source = DumpSource {
            target: &self.process,
            memory_of: &self.process,
            memory: &self.memory,
            world,
            method: DumpMethod::Stop,
        };
        let copied = file.copy(source, reporting.cancel, reporting.report)?;
        let pause_ns = match held {
            Some(held) => held.release()?,
            None => u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX),
        };
        let end = DumpEnd {
            pause_ns: Some(pause_ns),
            fallback,
            ..DumpEnd::default()
        };
        Ok((copied, end))
    }

    fn lock(&self) -> MutexGuard<'_, Tracer> {
        lock(&self.tracer)
    }
}

/// Ranges that a snapshot does not freeze for this reason, in words.
fn inexact_ranges(snapshot: &Snapshot, wanted: Inexact) -> Vec<String> {
    let why = match wanted {
        Inexact::Shared => "shared memory goes on changing",
        Inexact::Emptied => "the kernel keeps it out of copies",
    };
    let ranges = snapshot.inexact.iter().filter(|range| range.why == wanted);
    ranges
        .map(|range| format!("{:#x}-{:#x}: {why}", range.start, range.end))
        .collect()
}

fn lock(tracer: &Mutex<Tracer>) -> MutexGuard<'_, Tracer> {
    tracer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A frozen child, ended and removed when this is dropped.
struct Frozen<'a> {
    tracer: &'a Mutex<Tracer>,
    snapshot: Snapshot,
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        // A zombie that cannot be removed is gone as soon as the process ends; nothing helps here.
        let _ = lock(self.tracer).end_snapshot();
    }
}

/// A process that was stopped for the dump alone, let go when this is dropped.
struct Held<'a> {
    tracer: &'a Mutex<Tracer>,
    world: World,
}

impl Held<'_> {
    /// Lets it go; for how long it stood still, in nanoseconds.
    fn release(self) -> Result<u64, Failure> {
        lock(self.tracer).release()
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // After a release this finds nothing to do.
        let _ = lock(self.tracer).release();
    }
}

/// Says that the process must not run on.
struct Copying<'a>(&'a AtomicBool);

impl<'a> Copying<'a> {
    fn begin(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Release);
        Self(flag)
    }
}

impl Drop for Copying<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
