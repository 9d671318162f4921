//! What is taken from the kernel while a target stands still, as plain data.

use serde::{Deserialize, Serialize};

use crate::base::Tid;

/// A thread that stands still, with its registers as `PTRACE_GETREGSET` gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedThread {
    pub tid: Tid,
    /// NT_PRSTATUS: the 27 words of `struct user_regs_struct`.
    pub general: Vec<u64>,
    /// NT_FPREGSET: the 512 bytes of `struct user_fpregs_struct`; empty when the kernel gave none.
    pub floating: Vec<u8>,
    /// NT_X86_XSTATE: the XSAVE area as long as the kernel makes it; empty when it gave none.
    pub extended: Vec<u8>,
    /// `siginfo_t` of a signal that was just about to be delivered and will be when the thread is
    /// let go; 128 bytes.
    pub signal: Option<Vec<u8>>,
    /// Whether the thread was stopped by SIGSTOP or the like before anybody attached.
    pub was_stopped: bool,
}

/// A thread that sleeps in the kernel where nothing wakes it (state `D`: a dead file server, a child
/// of vfork that has not called exec). It runs no code of its own, and will stop before it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckThread {
    pub tid: Tid,
    /// `wchan`: the function of the kernel that it sleeps in; `0` where that is kept secret.
    pub waits_in: Vec<u8>,
    /// The text of `syscall`: number, six arguments, stack pointer, program counter; or empty.
    pub syscall: Vec<u8>,
}

/// All threads of a process at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// In ascending order of their ids.
    pub threads: Vec<StoppedThread>,
    /// Threads whose registers cannot be read, in the same order.
    pub stuck: Vec<StuckThread>,
    /// From the first interrupt until the last thread stood still and was read, in nanoseconds.
    pub stopping_ns: u64,
}
