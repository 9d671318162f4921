//! What becomes of traced threads and of children, without ever blocking for good.
//!
//! `SIGCHLD` is read from a descriptor, so that it can be polled for together with others and no
//! handler is needed. Status words are decoded here and not by `nix`, which knows no real-time
//! signals and no stops of seized threads.
#![expect(unsafe_code, reason = "waitpid with the options of tracers")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::base::Tid;

/// What `waitpid` reports of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEvent {
    Ended(Ending),
    Stopped(Stop),
    Continued,
}

/// How a process or thread came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Ending {
    Exit { code: i32 },
    Signal { number: i32, dumped_core: bool },
}

/// Why a seized thread stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It was asked to, or it was born traced.
    Trap,
    /// Its whole process is stopped by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU.
    Group { signal: i32 },
    /// A signal is about to be delivered to it.
    Signal { signal: i32 },
    /// It enters or leaves a system call.
    SystemCall,
    /// It has made a thread or process with `clone`.
    Clone,
    /// Another `PTRACE_EVENT_*`.
    Event { number: i32 },
}

impl Ending {
    /// Decodes the status word of an ended process.
    #[must_use]
    pub fn of_status(status: i32) -> Option<Self> {
        match decode(status) {
            WaitEvent::Ended(ending) => Some(ending),
            WaitEvent::Stopped(_) | WaitEvent::Continued => None,
        }
    }
}

/// Decodes a status word of `waitpid`.
#[must_use]
pub fn decode(status: i32) -> WaitEvent {
    if libc::WIFEXITED(status) {
        return WaitEvent::Ended(Ending::Exit {
            code: libc::WEXITSTATUS(status),
        });
    }
    if libc::WIFSIGNALED(status) {
        return WaitEvent::Ended(Ending::Signal {
            number: libc::WTERMSIG(status),
            dumped_core: libc::WCOREDUMP(status),
        });
    }
    if libc::WIFCONTINUED(status) {
        return WaitEvent::Continued;
    }
    // Bit 7 marks system calls, under PTRACE_O_TRACESYSGOOD.
    const SYSTEM_CALL: i32 = libc::SIGTRAP | 0x80;
    let signal = libc::WSTOPSIG(status);
    WaitEvent::Stopped(match (status >> 16, signal) {
        (0, SYSTEM_CALL) => Stop::SystemCall,
        (0, signal) => Stop::Signal { signal },
        (libc::PTRACE_EVENT_STOP, libc::SIGTRAP) => Stop::Trap,
        (libc::PTRACE_EVENT_STOP, signal) => Stop::Group { signal },
        (libc::PTRACE_EVENT_CLONE, _) => Stop::Clone,
        (number, _) => Stop::Event { number },
    })
}

/// News of a traced thread or a child; `None` when there is none yet.
///
/// # Errors
/// `ECHILD` when there is nothing to wait for: the thread is not traced any more.
pub fn news(tid: Tid) -> io::Result<Option<WaitEvent>> {
    let tid = i32::try_from(tid.0).map_err(|_| io::Error::from_raw_os_error(libc::ECHILD))?;
    let mut status = 0;
    // SAFETY: the kernel writes one int.
    let result = unsafe { libc::waitpid(tid, &raw mut status, libc::__WALL | libc::WNOHANG) };
    match result {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        _ => Ok(Some(decode(status))),
    }
}

/// `SIGCHLD`, blocked for this thread and readable from a descriptor.
#[derive(Debug)]
pub struct ChildSignals(SignalFd);

impl ChildSignals {
    pub fn new() -> io::Result<Self> {
        let mut set = SigSet::empty();
        set.add(Signal::SIGCHLD);
        set.thread_block()?;
        Ok(Self(SignalFd::with_flags(
            &set,
            SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK,
        )?))
    }

    /// Forgets the signals that have come. Look for news *after* this, or some are missed.
    pub fn drain(&self) {
        while let Ok(Some(_)) = self.0.read_signal() {}
    }

    /// Waits for a signal until `deadline`, for ever when there is none; false when time is up.
    pub fn wait(&self, deadline: Option<Instant>) -> io::Result<bool> {
        let timeout = match deadline {
            None => PollTimeout::NONE,
            Some(deadline) => timeout_until(deadline),
        };
        let mut polled = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        match poll(&mut polled, timeout) {
            Ok(count) => Ok(count > 0),
            Err(Errno::EINTR) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// The next news of one thread; `None` when there is none until `deadline`.
    pub fn news_of(&self, tid: Tid, deadline: Option<Instant>) -> io::Result<Option<WaitEvent>> {
        loop {
            self.drain();
            if let Some(event) = news(tid)? {
                return Ok(Some(event));
            }
            if !self.wait(deadline)? {
                return Ok(None);
            }
        }
    }
}

impl AsFd for ChildSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Rounded up to whole milliseconds, so that a wait never ends early.
#[must_use]
pub fn timeout_until(deadline: Instant) -> PollTimeout {
    let left = deadline.saturating_duration_since(Instant::now());
    let left = left.saturating_add(Duration::from_micros(999)).as_millis();
    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_of_tracers_are_told_apart() {
        let stopped = |event: i32, signal: i32| decode(event << 16 | signal << 8 | 0x7f);
        let table = [
            (stopped(0, libc::SIGTRAP | 0x80), Stop::SystemCall),
            (stopped(0, libc::SIGTRAP), Stop::Signal { signal: 5 }),
            (stopped(0, 34), Stop::Signal { signal: 34 }),
            (stopped(libc::PTRACE_EVENT_STOP, libc::SIGTRAP), Stop::Trap),
            (
                stopped(libc::PTRACE_EVENT_STOP, libc::SIGTSTP),
                Stop::Group { signal: 20 },
            ),
            (stopped(libc::PTRACE_EVENT_CLONE, libc::SIGTRAP), Stop::Clone),
            (
                stopped(libc::PTRACE_EVENT_EXEC, libc::SIGTRAP),
                Stop::Event { number: 4 },
            ),
        ];
        for (event, stop) in table {
            assert_eq!(event, WaitEvent::Stopped(stop));
        }
        assert_eq!(decode(0x300), WaitEvent::Ended(Ending::Exit { code: 3 }));
        let killed = Ending::Signal {
            number: 9,
            dumped_core: false,
        };
        assert_eq!(Ending::of_status(9), Some(killed));
        assert_eq!(decode(0xffff), WaitEvent::Continued);
    }
}
