//! Borrowing a single thread of a target that otherwise runs on.

use std::time::{Duration, Instant};

use super::inject::{self, Injected, SystemCall};
use super::site;
use super::threads::Threads;
use crate::base::Tid;
use crate::os::wait::{ChildSignals, Stop, WaitEvent};
use crate::os::{ProcDir, ProcessMemory, ptrace};
use crate::target::live::problem::Problem;

/// A thread that does not stop in this time sleeps in the kernel.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long to go on trying with one thread after the other.
const TRIES: Duration = Duration::from_secs(5);

/// Makes `call` on whichever thread can be had, and lets go of it.
pub(super) fn inject(
    threads: &mut Threads,
    memory: &ProcessMemory,
    call: SystemCall,
    children: &ChildSignals,
) -> Result<Injected, Problem> {
    let began = Instant::now();
    let mut last = Problem::Ended(None);
    while began.elapsed() < TRIES {
        let candidates = candidates(threads);
        if candidates.is_empty() {
            return Err(Problem::Ended(None));
        }
        for tid in candidates {
            match borrow(threads, tid, children) {
                Ok(()) => {}
                Err(Some(problem)) => {
                    last = problem;
                    continue;
                }
                Err(None) => continue,
            }
            let Some(site) = site::of_thread(threads.directory(), tid, memory) else {
                let _ = ptrace::detach(tid, 0);
                continue;
            };
            let injected = inject::inject(site, call, children);
            let _ = ptrace::detach(tid, 0);
            return Ok(injected);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(last)
}

/// Its threads, those first that wait in `futex`, then those in other system calls.
fn candidates(threads: &Threads) -> Vec<Tid> {
    let directory = threads.directory();
    let mut tids: Vec<(u8, Tid)> = directory
        .threads()
        .unwrap_or_default()
        .into_iter()
        .filter(|tid| !threads.traces(*tid))
        .map(|tid| (rank(directory, tid), tid))
        .collect();
    tids.sort_unstable();
    tids.into_iter().map(|(_, tid)| tid).collect()
}

/// By the text of `syscall`: a number first, or `running`.
fn rank(directory: &ProcDir, tid: Tid) -> u8 {
    match directory.read(&format!("task/{tid}/syscall")) {
        Ok(text) if text.starts_with(b"202 ") => 0,
        Ok(text) if text.first().is_some_and(u8::is_ascii_digit) => 1,
        _ => 2,
    }
}

/// Stops one thread where it can be used; an error says why not, if that is worth a word.
fn borrow(threads: &mut Threads, tid: Tid, children: &ChildSignals) -> Result<(), Option<Problem>> {
    if let Err(error) = ptrace::seize(tid) {
        let errno = error.raw_os_error().unwrap_or_default();
        return Err(Some(Problem::Refused { tid, errno }));
    }
    let _ = ptrace::interrupt(tid);
    match children.news_of(tid, Some(Instant::now() + PATIENCE)) {
        Ok(Some(WaitEvent::Stopped(Stop::Trap | Stop::Group { .. }))) => Ok(()),
        Ok(Some(WaitEvent::Stopped(stop))) => {
            let signal = match stop {
                Stop::Signal { signal } => signal,
                _ => 0,
            };
            let _ = ptrace::detach(tid, signal);
            Err(None)
        }
        // Only stopped threads can be let go: when it stops, it will be.
        Ok(None) => {
            threads.adopt_stuck(tid);
            Err(None)
        }
        Ok(Some(WaitEvent::Ended(_) | WaitEvent::Continued)) | Err(_) => Err(None),
    }
}
