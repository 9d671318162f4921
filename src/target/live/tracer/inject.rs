//! One system call made by a stopped thread of the target, and the thread put back as it was.
//!
//! ```text
//!   save registers, mask      block all signals      rip = a syscall instruction, rax = number
//!   PTRACE_SYSCALL  -> entry stop            is it really ours?
//!   PTRACE_SYSCALL  -> exit stop (result)    or clone stop (the child is guarded at once)
//!   INTERRUPT, CONT -> trap                  restore registers, mask; the thread stands as before
//! ```
//!
//! Three things are less obvious than they look:
//! * Not PTRACE_SINGLESTEP: its SIGTRAP, blocked or ignored by the target, would make the kernel
//!   reset the target's handler. Stops at system calls are no signals.
//! * The way back ends in a trap, not in the exit stop: the call that the thread was interrupted in
//!   (`rax` is -ERESTARTSYS and the like, `orig_rax` its number) restarts only on the kernel's way
//!   through signal handling, where traps are. From the exit stop the program would see -512.
//! * All signals are blocked meanwhile: with one pending, `clone` would give up, and a new process
//!   inherits the mask (see `snapshot`). Only SIGSTOP gets through; it is sent again afterwards.

use nix::sys::signal::Signal;

use super::site::Site;
use super::windows::window;
use crate::base::Tid;
use crate::os::ptrace::{self, GeneralRegisters, Resume};
use crate::os::wait::{ChildSignals, Stop, WaitEvent};
use crate::target::live::problem::Problem;

/// A thread that stops more often than this on its way does something else than it should.
const MOST_STOPS: usize = 64;

/// A system call of x86-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SystemCall {
    pub(super) number: u64,
    pub(super) arguments: [u64; 5],
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Injected {
    /// What the call returned: a negative number is an error.
    pub(super) result: Result<i64, Problem>,
    /// A process that it made: stopped, traced, and ended by the kernel together with the tracer.
    pub(super) child: Option<Tid>,
    /// How the thread stands now; `None` when it has ended.
    pub(super) stop: Option<Stop>,
    /// Whether a SIGSTOP was taken from it that has to be sent again.
    pub(super) owes_stop: bool,
}

/// Makes `call` at `site`. Whatever happens, a thread that lives on is as it was.
pub(super) fn inject(site: Site, call: SystemCall, children: &ChildSignals) -> Injected {
    let saved = ptrace::general_registers(site.tid)
        .and_then(|registers| Ok((registers, ptrace::signal_mask(site.tid)?)))
        .map_err(|error| Problem::kernel("reading registers", &error));
    let (registers, mask) = match saved {
        Ok(saved) => saved,
        Err(problem) => return Injected::failed(problem),
    };
    let mut borrowed = Borrowed {
        tid: site.tid,
        registers,
        mask,
        children,
        child: None,
        owes_stop: false,
    };
    let result = borrowed.make(site, call);
    window("call-made");
    let stop = borrowed.give_back();
    window("restored");
    Injected {
        result: match &stop {
            Ok(_) => result,
            Err(problem) => Err(problem.clone()),
        },
        child: borrowed.child,
        stop: stop.ok(),
        owes_stop: borrowed.owes_stop,
    }
}

impl Injected {
    fn failed(problem: Problem) -> Self {
        Self {
            result: Err(problem),
            child: None,
            stop: None,
            owes_stop: false,
        }
    }
}

/// A thread whose registers are not its own.
struct Borrowed<'a> {
    tid: Tid,
    registers: GeneralRegisters,
    mask: u64,
    children: &'a ChildSignals,
    child: Option<Tid>,
    owes_stop: bool,
}

impl Borrowed<'_> {
    fn make(&mut self, site: Site, call: SystemCall) -> Result<i64, Problem> {
        let kernel = |error| Problem::kernel("preparing a system call", &error);
        ptrace::set_options(self.tid, ptrace::TRACE_SYSCALL_GOOD | ptrace::TRACE_CLONE).map_err(kernel)?;
        ptrace::set_signal_mask(self.tid, u64::MAX).map_err(kernel)?;
        let [rdi, rsi, rdx, r10, r8] = call.arguments;
        let prepared = GeneralRegisters {
            rip: site.instruction,
            rax: call.number,
            // Not in a system call: nothing is to be restarted on the way out.
            orig_rax: u64::MAX,
            rdi,
            rsi,
            rdx,
            r10,
            r8,
            ..self.registers
        };
        ptrace::set_general_registers(self.tid, &prepared).map_err(kernel)?;
        window("registers-changed");
        self.advance()?;
        let entered = ptrace::general_registers(self.tid).map_err(kernel)?;
        if entered.orig_rax != call.number {
            return Err(unexpected("another system call than the injected one"));
        }
        if self.advance()? == Stop::Clone {
            let child = ptrace::event_message(self.tid).map_err(kernel)?;
            self.guard(Tid(child));
            return Ok(i64::from(child));
        }
        let left = ptrace::general_registers(self.tid).map_err(kernel)?;
        Ok(left.rax.cast_signed())
    }

    /// Until the thread enters or leaves a system call, or has made a process.
    fn advance(&mut self) -> Result<Stop, Problem> {
        for _ in 0..MOST_STOPS {
            match self.go(Resume::ToSystemCall)? {
                stop @ (Stop::SystemCall | Stop::Clone) => return Ok(stop),
                Stop::Signal { signal } if signal == Signal::SIGSTOP as i32 => self.owes_stop = true,
                Stop::Signal { signal } => {
                    return Err(unexpected(&format!("signal {signal} in an injected system call")));
                }
                Stop::Trap | Stop::Group { .. } | Stop::Event { .. } => {}
            }
        }
        Err(unexpected("too many stops in an injected system call"))
    }

    fn go(&self, how: Resume) -> Result<Stop, Problem> {
        ptrace::resume(self.tid, how, 0).map_err(|error| Problem::kernel("resuming a thread", &error))?;
        // No deadline: with registers that are not its own, the thread cannot be left alone.
        match self.children.news_of(self.tid, None) {
            Ok(Some(WaitEvent::Stopped(stop))) => Ok(stop),
            Ok(_) => Err(Problem::Ended(None)),
            Err(error) => Err(Problem::kernel("waiting for a thread", &error)),
        }
    }

    /// From here on the kernel ends the child together with this process.
    fn guard(&mut self, child: Tid) {
        window("child-made");
        while let Ok(Some(event)) = self.children.news_of(child, None) {
            match event {
                WaitEvent::Stopped(_) => {
                    self.child = Some(child);
                    let _ = ptrace::set_options(child, ptrace::EXIT_KILL);
                    break;
                }
                WaitEvent::Ended(_) => break,
                WaitEvent::Continued => {}
            }
        }
        window("child-guarded");
    }

    /// Leads the thread to a trap and restores it there.
    fn give_back(&mut self) -> Result<Stop, Problem> {
        let kernel = |error| Problem::kernel("restoring a thread", &error);
        let mut stop = None;
        for _ in 0..MOST_STOPS {
            ptrace::interrupt(self.tid).map_err(kernel)?;
            match self.go(Resume::Freely)? {
                trap @ (Stop::Trap | Stop::Group { .. }) => {
                    stop = Some(trap);
                    break;
                }
                Stop::Signal { signal } => self.owes_stop |= signal == Signal::SIGSTOP as i32,
                Stop::SystemCall | Stop::Clone | Stop::Event { .. } => {}
            }
        }
        // Also without the trap: better a call that is not restarted than the wrong registers.
        ptrace::set_general_registers(self.tid, &self.registers).map_err(kernel)?;
        ptrace::set_signal_mask(self.tid, self.mask).map_err(kernel)?;
        ptrace::set_options(self.tid, 0).map_err(kernel)?;
        stop.ok_or_else(|| unexpected("too many stops after an injected system call"))
    }
}

fn unexpected(what: &str) -> Problem {
    Problem::Kernel {
        what: what.to_owned(),
        errno: 0,
    }
}
