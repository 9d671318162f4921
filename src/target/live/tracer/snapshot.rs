//! Making and ending the frozen copy of the target.
//!
//! The copy is a child of the target, made by an injected `clone`: it shares all private pages until
//! one side writes. It never runs. How it is made decides about what can go wrong:
//!
//! * No exit signal: the target gets no SIGCHLD, and its own waits (without `__WALL`) do not see it.
//! * `CLONE_FILES`: the table of descriptors is shared, not copied; otherwise a connection that the
//!   target closes would stay open until the copy ends.
//! * All signals blocked, and a stack pointer that points nowhere: should the tracer be killed
//!   before the kernel knows that the copy has to die with it, its first instructions fault, and
//!   with the signal blocked no handler runs.
//! * Out of memory, the kernel is told to take the copy before anything else.

use std::time::Instant;

use nix::sys::signal::Signal;

use super::inject::{Injected, SystemCall, inject};
use super::one_thread;
use super::preconditions;
use super::serve::{Inferior, errno};
use super::site::{self, NoSite};
use super::threads::Tracee;
use super::windows::window;
use crate::base::Tid;
use crate::os::ProcessMemory;
use crate::os::pidfd::PidFd;
use crate::os::spawn::{self, Urgency};
use crate::os::wait::{Stop, WaitEvent};
use crate::target::live::problem::Problem;
use crate::target::live::snapshot::{NoSnapshot, Snapshot};

const SYS_CLONE: u64 = 56;
const SYS_WAIT4: u64 = 61;
const CLONE_FILES: u64 = 0x400;
const WNOHANG: u64 = 1;
/// Children without exit signal as well.
const WAIT_ALL: u64 = 0x4000_0000;
/// In the page at 0, which is never mapped.
const NO_STACK: u64 = 0x10;
const ECHILD: i64 = -10;

/// The frozen copy, or its zombie.
#[derive(Debug)]
pub(super) struct Copy {
    process: Option<PidFd>,
    pid: u32,
}

impl Inferior {
    /// Makes the copy. Afterwards the target stands still or runs as before.
    pub(super) fn snapshot(&mut self) -> Result<Snapshot, NoSnapshot> {
        if self.copy.is_some() {
            return Err(NoSnapshot::Exists);
        }
        let inexact = preconditions::check(self.threads.directory())?;
        let was_held = self.threads.held();
        let urgency = Urgency::raise();
        let began = Instant::now();
        self.stop()?;
        let world = self.threads.world();
        let copied = self.copy_now();
        let pause_ns = if was_held {
            u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
        } else {
            self.threads.release(&self.children)
        };
        drop(urgency);
        self.pay_stop();
        let pid = copied?;
        spawn::sacrifice_in_memory_shortage(pid);
        window("snapshot-made");
        Ok(Snapshot {
            pid,
            world,
            pause_ns,
            inexact,
        })
    }

    /// All threads stand still.
    fn copy_now(&mut self) -> Result<u32, NoSnapshot> {
        for (tid, tracee) in self.threads.iter() {
            match tracee {
                Tracee::Stopped(Stop::Group { .. }) => return Err(NoSnapshot::Stopped),
                Tracee::Stuck | Tracee::Running => return Err(NoSnapshot::Uninterruptible { tid }),
                Tracee::Stopped(_) => {}
            }
        }
        let memory = self.memory()?;
        let site = site::best(&self.threads, &memory).map_err(|none| match none {
            NoSite::Machine => NoSnapshot::Machine,
            NoSite::Thread => NoSnapshot::NoThread,
            NoSite::Instruction => NoSnapshot::NoSyscallInstruction,
        })?;
        let call = SystemCall {
            number: SYS_CLONE,
            arguments: [CLONE_FILES, NO_STACK, 0, 0, 0],
        };
        let injected = inject(site, call, &self.children);
        self.note(site.tid, &injected);
        if let Some(child) = injected.child {
            self.copy = Some(Copy {
                process: PidFd::open(child.0).ok(),
                pid: child.0,
            });
            // The target may have been killed meanwhile; its copy is as good as ever.
            return Ok(child.0);
        }
        let result = injected.result?;
        Err(NoSnapshot::Clone {
            errno: i32::try_from(result.saturating_neg()).unwrap_or_default(),
        })
    }

    /// Ends the copy and removes its zombie. Does nothing when there is none.
    pub(super) fn end_snapshot(&mut self) -> Result<(), Problem> {
        let Some(copy) = self.copy.as_mut() else {
            return Ok(());
        };
        let pid = copy.pid;
        if let Some(process) = copy.process.take() {
            let _ = process.signal(Signal::SIGKILL as i32);
            // The copy's tracer hears of its end first, then its parent, which is the target.
            while let Ok(Some(event)) = self.children.news_of(Tid(pid), None) {
                if matches!(event, WaitEvent::Ended(_)) {
                    break;
                }
            }
        }
        window("copy-ended");
        // Without its parent, the zombie is the business of init.
        if !self.process.has_ended() {
            self.reap(pid)?;
        }
        self.copy = None;
        Ok(())
    }

    /// Makes the target wait for its child, which it knows nothing of.
    fn reap(&mut self, pid: u32) -> Result<(), Problem> {
        let call = SystemCall {
            number: SYS_WAIT4,
            arguments: [u64::from(pid), 0, WNOHANG | WAIT_ALL, 0, 0],
        };
        let memory = self.memory()?;
        let _urgency = Urgency::raise();
        let result = if self.threads.held() {
            let site = site::best(&self.threads, &memory).map_err(|_| Problem::Kernel {
                what: "no thread can wait for the copy's end".to_owned(),
                errno: 0,
            })?;
            let injected = inject(site, call, &self.children);
            self.note(site.tid, &injected);
            injected.result?
        } else {
            let injected = one_thread::inject(&mut self.threads, &memory, call, &self.children)?;
            self.owes_stop |= injected.owes_stop;
            self.pay_stop();
            injected.result?
        };
        // The target may have waited for all children, this one included.
        if result == i64::from(pid) || result == ECHILD {
            return Ok(());
        }
        Err(Problem::Kernel {
            what: format!("waiting for the copy {pid} in the target gave {result}"),
            errno: i32::try_from(result.saturating_neg()).unwrap_or_default(),
        })
    }

    fn memory(&self) -> Result<ProcessMemory, Problem> {
        ProcessMemory::open(self.process.pid()).map_err(|error| Problem::Kernel {
            what: "opening the memory of the process".to_owned(),
            errno: errno(&error),
        })
    }

    fn note(&mut self, tid: Tid, injected: &Injected) {
        if let Some(stop) = injected.stop {
            self.threads.set_stop(tid, stop);
        }
        self.owes_stop |= injected.owes_stop;
    }

    /// Sends a SIGSTOP again that was taken from a thread, once nothing stands in its way.
    fn pay_stop(&mut self) {
        if std::mem::take(&mut self.owes_stop) {
            let _ = self.process.signal(Signal::SIGSTOP as i32);
        }
    }
}
