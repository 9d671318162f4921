//! [`LiveTarget`]: attaching to a process, stopping it, letting it run, dumping it.
//!
//! Holds no facts of a stop: those are the [`Target`]'s. A process that runs is not traced at all,
//! so that nothing of ours can touch it until it is stopped again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::super::inferior::{OpenContext, Target};
use super::super::signals::signal_name;
use super::dumping::DumpTask;
use super::link::Tracer;
use super::process::LiveProcess;
use super::world::World;
use crate::base::{Progress, Unit};
use crate::model::{DumpOptions, Failure, FailureKind, LiveState, PathRule, Release, RunState};
use crate::os::wait::Ending;

/// What to attach to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachSpec {
    pub pid: u32,
    /// The program that is started as tracer: this very one.
    pub tracer: PathBuf,
    pub substitute_path: Vec<PathRule>,
    pub debug_dirs: Vec<PathBuf>,
    /// Whether servers may be asked for files.
    pub debuginfod: bool,
}

/// A process that is attached to.
#[derive(Debug)]
pub struct LiveTarget {
    spec: AttachSpec,
    process: LiveProcess,
    pub(super) tracer: Arc<Mutex<Tracer>>,
    /// The threads of the current stop; `None` while it runs.
    world: Option<World>,
    since: Instant,
    state: LiveState,
    longest_ns: u64,
    copying: Arc<AtomicBool>,
    /// Nanoseconds for which it stood still for dumps alone.
    dump_pauses: Arc<AtomicU64>,
}

impl LiveTarget {
    /// Reads files and tables while the process runs; stops nothing.
    ///
    /// # Errors
    /// When there is no such process, or it may not be traced: with the exact cause.
    pub fn attach(spec: AttachSpec, context: OpenContext<'_>) -> Result<(Self, Target), Failure> {
        let pid = spec.pid;
        (context.progress)(Progress {
            phase: format!("reading the files of process {pid}"),
            done: 0,
            total: None,
            unit: Unit::Items,
        });
        let tracer = Tracer::start(&spec.tracer, pid)?;
        let (process, opened) = LiveProcess::open(pid, context.limits, context.cancel)?;
        let mut target = Target::of_live(opened, &spec, context.limits);
        let live = Self {
            spec,
            process,
            tracer: Arc::new(Mutex::new(tracer)),
            world: None,
            since: Instant::now(),
            state: LiveState {
                state: RunState::Running,
                stops: 0,
                stopping_ns: 0,
                held_ns: 0,
                end: None,
            },
            longest_ns: 0,
            copying: Arc::default(),
            dump_pauses: Arc::default(),
        };
        target.set_live(live.state.clone());
        Ok((live, target))
    }

    /// Stops every thread. `target` moves on to the next epoch; when it fails, it stays as it was.
    ///
    /// # Errors
    /// When the process is gone, is traced by somebody else by now, or does not stop.
    pub fn pause(&mut self, target: &mut Target, context: OpenContext<'_>) -> Result<(), Failure> {
        if self.state.state == RunState::Held {
            return Ok(());
        }
        self.refuse_ended()?;
        if !self.process.is_current() {
            self.reopen(target, context)?;
        }
        let stopped = self.lock().stop();
        let world = match stopped {
            Ok(world) => world,
            Err(failure) => {
                self.note_end(target);
                return Err(failure);
            }
        };
        self.since = Instant::now();
        self.state.state = RunState::Held;
        self.state.stops += 1;
        self.state.stopping_ns = world.stopping_ns;
        let opened = self.process.at_stop(target.opened(), &world, context.limits)?;
        target.begin_epoch(opened, self.state.clone());
        self.world = Some(world);
        Ok(())
    }

    /// Lets every thread run on, untraced. What `target` has read stays.
    ///
    /// # Errors
    /// When the tracer does not answer.
    pub fn resume(&mut self, target: &mut Target) -> Result<(), Failure> {
        if self.state.state != RunState::Held {
            return self.refuse_ended();
        }
        let held_ns = self.lock().release()?;
        self.count_hold(held_ns);
        self.world = None;
        self.state.state = RunState::Running;
        target.set_live(self.state.clone());
        Ok(())
    }

    /// Lets the process go for good.
    pub fn release(mut self) -> Release {
        if self.state.state == RunState::Held {
            let held = self.lock().release();
            self.count_hold(held.unwrap_or_default());
        }
        let end = self.state.end.take().or_else(|| self.end());
        Release {
            pid: self.spec.pid,
            stops: self.state.stops,
            held_ns: self.state.held_ns,
            longest_ns: self.longest_ns,
            dump_pause_ns: self.dump_pauses.load(Ordering::Acquire),
            written: 0,
            end,
        }
    }

    /// What a thread needs to write a core of the process as it is when that thread begins.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn dump_task(&self, options: &DumpOptions) -> Result<DumpTask, Failure> {
        self.refuse_ended()?;
        Ok(DumpTask {
            tracer: Arc::clone(&self.tracer),
            process: self.process.directory().clone(),
            memory: Arc::clone(self.process.memory()),
            world: self.world.clone(),
            options: options.clone(),
            copying: Arc::clone(&self.copying),
            pauses: Arc::clone(&self.dump_pauses),
        })
    }

    /// Whether a dump reads the held process itself, which must not run on until that is done.
    #[must_use]
    pub fn is_being_copied(&self) -> bool {
        self.copying.load(Ordering::Acquire)
    }

    #[must_use]
    pub fn state(&self) -> &LiveState {
        &self.state
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.spec.pid
    }

    /// Looks whether the process has ended since; says so in `target`.
    pub fn note_end(&mut self, target: &mut Target) -> Option<String> {
        let end = self.end()?;
        self.state.state = RunState::Ended;
        self.state.end = Some(end.clone());
        self.world = None;
        target.set_live(self.state.clone());
        Some(end)
    }

    /// The process called execve, or loaded a library: its files are not those that were read.
    fn reopen(&mut self, target: &mut Target, context: OpenContext<'_>) -> Result<(), Failure> {
        // First, so that a second execve while files are read is not missed.
        self.lock().accept_program()?;
        let (process, opened) = LiveProcess::open(self.spec.pid, context.limits, context.cancel)?;
        let epoch = target.epoch();
        *target = Target::of_live(opened, &self.spec, context.limits).after(epoch);
        self.process = process;
        Ok(())
    }

    /// How the process ended, if it has.
    fn end(&self) -> Option<String> {
        let mut tracer = self.lock();
        tracer.has_ended().then(|| describe_end(tracer.ending()))
    }

    /// Calls `ended` from another thread when the process has ended although nobody asked, with
    /// how it ended.
    pub fn watch(&self, ended: impl FnOnce(String) + Send + 'static) {
        super::watch::watch(&self.tracer, |ending| ended(describe_end(ending)));
    }

    fn count_hold(&mut self, held_ns: u64) {
        self.state.held_ns += held_ns;
        self.longest_ns = self.longest_ns.max(held_ns);
    }

    fn refuse_ended(&self) -> Result<(), Failure> {
        match &self.state.end {
            Some(end) => Err(Failure::new(
                FailureKind::NotFound,
                format!("process {} is gone: {end}", self.spec.pid),
            )),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tracer> {
        self.tracer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `killed by SIGKILL`; the kernel tells only tracers and parents.
fn describe_end(ending: Option<Ending>) -> String {
    match ending {
        Some(Ending::Exit { code }) => format!("it exited with {code}"),
        Some(Ending::Signal { number, dumped_core }) => {
            let core = if dumped_core { ", and left a core" } else { "" };
            format!("killed by {}{core}", signal_name(number))
        }
        None => "it ended while it ran".to_owned(),
    }
}
