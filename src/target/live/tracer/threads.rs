//! The traced threads of the target: seizing all of them, stopping all of them, letting all go.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::windows::window;
use crate::base::Tid;
use crate::os::ProcDir;
use crate::os::ptrace::{self, RegisterSet};
use crate::os::wait::{self, ChildSignals, Stop, WaitEvent};
use crate::target::live::problem::Problem;
use crate::target::live::world::{StoppedThread, StuckThread, World};

/// A thread that sleeps in the kernel where nothing wakes it is waited for no longer than this.
const STUCK_AFTER: Duration = Duration::from_millis(100);
/// Any other thread stops at once, unless the machine has no processor for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a thread that does not stop is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A seized thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracee {
    /// Not stopped yet, or not asked to.
    Running,
    Stopped(Stop),
    /// Sleeps in the kernel and will stop when it comes out.
    Stuck,
}

/// The threads of one process, all seized or none.
#[derive(Debug)]
pub(super) struct Threads {
    directory: ProcDir,
    tracees: BTreeMap<Tid, Tracee>,
    /// The first interrupt of this stop.
    since: Option<Instant>,
}

impl Threads {
    pub(super) fn new(pid: u32) -> Self {
        Self {
            directory: ProcDir::new(pid),
            tracees: BTreeMap::new(),
            since: None,
        }
    }

    /// Whether the target stands still.
    pub(super) fn held(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn traces(&self, tid: Tid) -> bool {
        self.tracees.contains_key(&tid)
    }

    /// Takes over a thread that was seized and interrupted and does not stop.
    pub(super) fn adopt_stuck(&mut self, tid: Tid) {
        self.tracees.insert(tid, Tracee::Stuck);
    }

    pub(super) fn directory(&self) -> &ProcDir {
        &self.directory
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Tid, Tracee)> {
        self.tracees.iter().map(|(tid, tracee)| (*tid, *tracee))
    }

    /// Stops every thread. When that fails, none is traced afterwards.
    pub(super) fn stop(&mut self, children: &ChildSignals) -> Result<(), Problem> {
        if self.held() {
            return Ok(());
        }
        let stopped = self.try_stop(children);
        if stopped.is_err() {
            self.release(children);
        }
        stopped
    }

    fn try_stop(&mut self, children: &ChildSignals) -> Result<(), Problem> {
        // Seizing disturbs nothing, so most of the work is done before the clock starts.
        self.seize_new(false)?;
        window("seized");
        self.since = Some(Instant::now());
        for (tid, tracee) in &self.tracees {
            if *tracee == Tracee::Running {
                // A thread that has ended meanwhile is found out below.
                let _ = ptrace::interrupt(*tid);
            }
        }
        // A thread that is not stopped yet may make others. A list of /proc that is read while
        // threads end can lack one, hence two quiet looks.
        let mut quiet = 0;
        while quiet < 2 {
            self.wait_for_all(children)?;
            quiet = if self.seize_new(true)? == 0 { quiet + 1 } else { 0 };
        }
        window("stopped");
        if self.tracees.is_empty() {
            return Err(Problem::Ended(None));
        }
        Ok(())
    }

    /// Seizes the threads that are not traced yet, and returns how many that were.
    fn seize_new(&mut self, interrupt: bool) -> Result<usize, Problem> {
        let listed = self.directory.threads().map_err(|_| Problem::Ended(None))?;
        let mut found = 0;
        for tid in listed {
            if self.tracees.contains_key(&tid) {
                continue;
            }
            match ptrace::seize(tid) {
                Ok(()) => {}
                Err(error) if self.has_ended(tid, &error) => continue,
                Err(error) => {
                    return Err(Problem::Refused {
                        tid,
                        errno: error.raw_os_error().unwrap_or_default(),
                    });
                }
            }
            if interrupt {
                let _ = ptrace::interrupt(tid);
            }
            self.tracees.insert(tid, Tracee::Running);
            found += 1;
        }
        Ok(found)
    }

    /// A leader that has ended before its threads stays in the list, and may not be traced.
    fn has_ended(&self, tid: Tid, error: &io::Error) -> bool {
        error.raw_os_error() == Some(Errno::ESRCH as i32)
            || match self.directory.thread_stat(tid) {
                Ok(stat) => matches!(stat.state, 'Z' | 'X'),
                Err(_) => true,
            }
    }

    /// Asks for one thread after the other: to look at all of them whenever one has stopped would
    /// take a hundred million questions for ten thousand threads.
    fn wait_for_all(&mut self, children: &ChildSignals) -> Result<(), Problem> {
        let began = Instant::now();
        let asked: Vec<Tid> = self.tracees.keys().copied().collect();
        for tid in asked {
            while self.is_running(tid) {
                // Signals that came before this are answered by another look.
                children.drain();
                if !self.is_running(tid) {
                    break;
                }
                let waited = began.elapsed();
                if waited > STUCK_AFTER {
                    self.find_stuck();
                }
                if waited > PATIENCE {
                    let milliseconds = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                    return Err(Problem::NotStopping { tid, milliseconds });
                }
                children
                    .wait(Some(Instant::now() + LOOK))
                    .map_err(|error| Problem::kernel("waiting for threads", &error))?;
            }
        }
        Ok(())
    }

    /// Whether it is still to stop; asks the kernel.
    fn is_running(&mut self, tid: Tid) -> bool {
        if self.tracees.get(&tid) == Some(&Tracee::Running) {
            self.take_news_of(tid);
        }
        self.tracees.get(&tid) == Some(&Tracee::Running)
    }

    /// Takes note of threads that have stopped or ended.
    fn take_news(&mut self) {
        let tids: Vec<Tid> = self.tracees.keys().copied().collect();
        for tid in tids {
            self.take_news_of(tid);
        }
    }

    fn take_news_of(&mut self, tid: Tid) {
        let Some(tracee) = self.tracees.get_mut(&tid) else {
            return;
        };
        if matches!(tracee, Tracee::Stopped(_)) {
            return;
        }
        match wait::news(tid) {
            Ok(None | Some(WaitEvent::Continued)) => {}
            Ok(Some(WaitEvent::Stopped(stop))) => *tracee = Tracee::Stopped(stop),
            Ok(Some(WaitEvent::Ended(_))) | Err(_) => {
                self.tracees.remove(&tid);
            }
        }
    }

    /// To be called when children have news: notes what stuck threads do, lets go of them when they
    /// are late for a release, and forgets threads that were killed while they stood still.
    pub(super) fn on_news(&mut self) {
        self.take_news();
        if !self.held() {
            self.detach_stopped();
        }
        // `waitpid` has to ask for each, or their process never ends for its parent; for the leader
        // last of all, which the order of the map gives only in the second round.
        for _ in 0..2 {
            self.tracees
                .retain(|tid, tracee| !(matches!(tracee, Tracee::Stopped(_)) && has_died(*tid)));
        }
    }

    fn find_stuck(&mut self) {
        let directory = &self.directory;
        for (tid, tracee) in &mut self.tracees {
            let sleeps = || directory.thread_stat(*tid).is_ok_and(|stat| stat.state == 'D');
            if *tracee == Tracee::Running && sleeps() {
                *tracee = Tracee::Stuck;
            }
        }
    }

    /// The registers of all threads, which have to be stopped.
    pub(super) fn world(&mut self) -> World {
        let mut world = World::default();
        for (tid, tracee) in &self.tracees {
            match *tracee {
                Tracee::Stopped(stop) => world.threads.extend(stopped_thread(*tid, stop).ok()),
                Tracee::Stuck | Tracee::Running => world.stuck.push(StuckThread {
                    tid: *tid,
                    waits_in: self
                        .directory
                        .read(&format!("task/{tid}/wchan"))
                        .unwrap_or_default(),
                    syscall: self
                        .directory
                        .read(&format!("task/{tid}/syscall"))
                        .unwrap_or_default(),
                }),
            }
        }
        world.stopping_ns = self.held_ns();
        world
    }

    /// Replaces what is known of a stopped thread.
    pub(super) fn set_stop(&mut self, tid: Tid, stop: Stop) {
        self.tracees.insert(tid, Tracee::Stopped(stop));
    }

    /// Since the first interrupt; 0 when the target runs.
    pub(super) fn held_ns(&self) -> u64 {
        self.since.map_or(0, |since| {
            u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
        })
    }

    /// Lets all threads go, each with the signal that it was about to get. Stuck ones are let go
    /// by [`Self::on_news`] when they come out of the kernel. Returns how long the target was
    /// held, in nanoseconds.
    pub(super) fn release(&mut self, children: &ChildSignals) -> u64 {
        // After a failed stop some threads are seized and not interrupted, and only stopped ones
        // can be let go.
        if self.tracees.values().any(|tracee| *tracee == Tracee::Running) {
            for tid in self.tracees.keys() {
                let _ = ptrace::interrupt(*tid);
            }
            let _ = self.wait_for_all(children);
        }
        self.detach_stopped();
        let held = self.held_ns();
        self.since = None;
        held
    }

    fn detach_stopped(&mut self) {
        self.tracees.retain(|tid, tracee| {
            let Tracee::Stopped(stop) = *tracee else {
                return true;
            };
            let signal = match stop {
                Stop::Signal { signal } => signal,
                _ => 0,
            };
            if ptrace::detach(*tid, signal).is_err() {
                // Killed while it stood still.
                let _ = wait::news(*tid);
            }
            false
        });
    }
}

/// A stopped thread has no other news than its end.
fn has_died(tid: Tid) -> bool {
    matches!(wait::news(tid), Err(_) | Ok(Some(WaitEvent::Ended(_))))
}

fn stopped_thread(tid: Tid, stop: Stop) -> io::Result<StoppedThread> {
    let words = |bytes: Vec<u8>| -> Vec<u64> {
        let (words, _) = bytes.as_chunks::<8>();
        words.iter().map(|word| u64::from_le_bytes(*word)).collect()
    };
    Ok(StoppedThread {
        tid,
        general: words(ptrace::register_set(tid, RegisterSet::General)?),
        floating: ptrace::register_set(tid, RegisterSet::Floating).unwrap_or_default(),
        extended: ptrace::register_set(tid, RegisterSet::Extended).unwrap_or_default(),
        signal: match stop {
            Stop::Signal { .. } => ptrace::signal_info(tid).ok(),
            _ => None,
        },
        was_stopped: matches!(stop, Stop::Group { .. }),
    })
}
