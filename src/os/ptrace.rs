//! `ptrace`, one function per request that is used, errors as the kernel gives them.
//!
//! Here is no request that writes memory, and none that stops a thread other than by
//! `PTRACE_INTERRUPT`: nothing of ours can be left behind in a process that is let go. Signals are
//! plain numbers, since the real-time ones have no names in `nix`.
//!
//! ptrace belongs to threads: all calls for a tracee must come from the thread that seized it.
#![expect(unsafe_code, reason = "the numbers and buffers of ptrace")]

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

use nix::libc;

use crate::base::Tid;

/// The registers of `struct user_regs_struct`, by name.
pub type GeneralRegisters = libc::user_regs_struct;

/// `PTRACE_O_*`.
pub const TRACE_SYSCALL_GOOD: i32 = libc::PTRACE_O_TRACESYSGOOD;
pub const TRACE_CLONE: i32 = libc::PTRACE_O_TRACECLONE;
/// Ends the tracee when its tracer ends. For processes that we made, never for the target.
pub const EXIT_KILL: i32 = libc::PTRACE_O_EXITKILL;

/// `sizeof(siginfo_t)`.
const SIGINFO_BYTES: usize = 128;

/// A set of registers that `PTRACE_GETREGSET` reads, named by its note type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum RegisterSet {
    /// NT_PRSTATUS: `struct user_regs_struct`.
    General = 1,
    /// NT_PRFPREG: `struct user_fpregs_struct`.
    Floating = 2,
    /// NT_X86_XSTATE: the XSAVE area.
    Extended = 0x202,
}

impl RegisterSet {
    /// No less than the kernel makes of it; the longest XSAVE area of today has 11 KiB (with AMX).
    fn room(self) -> usize {
        match self {
            Self::General | Self::Floating => 512,
            Self::Extended => 32 << 10,
        }
    }
}

/// How a stopped thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Until something happens.
    Freely,
    /// Until the next entry to or return from a system call at the latest.
    ToSystemCall,
}

/// # Safety
/// `address` and `data` have to be what `request` expects: pointers valid for its reads and writes,
/// or plain numbers.
unsafe fn call(request: libc::c_uint, tid: Tid, address: usize, data: usize) -> io::Result<()> {
    let tid = i32::try_from(tid.0).map_err(|_| io::Error::from_raw_os_error(libc::ESRCH))?;
    // SAFETY: the caller's promise; no PEEK request is used, so the result is a status.
    let result = unsafe { libc::ptrace(request, tid, address, data) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Starts tracing a thread without disturbing it.
pub fn seize(tid: Tid) -> io::Result<()> {
    // SAFETY: plain numbers.
    unsafe { call(libc::PTRACE_SEIZE, tid, 0, 0) }
}

/// Asks a seized thread to stop; it does with [`super::wait::Stop::Trap`], or with an earlier event.
pub fn interrupt(tid: Tid) -> io::Result<()> {
    // SAFETY: plain numbers.
    unsafe { call(libc::PTRACE_INTERRUPT, tid, 0, 0) }
}

/// Lets a stopped thread go for good, with `signal` delivered if it was stopped by one; 0 for none.
pub fn detach(tid: Tid, signal: i32) -> io::Result<()> {
    // SAFETY: plain numbers.
    unsafe { call(libc::PTRACE_DETACH, tid, 0, number(signal)) }
}

/// Lets a stopped thread go on, still traced.
pub fn resume(tid: Tid, how: Resume, signal: i32) -> io::Result<()> {
    let request = match how {
        Resume::Freely => libc::PTRACE_CONT,
        Resume::ToSystemCall => libc::PTRACE_SYSCALL,
    };
    // SAFETY: plain numbers.
    unsafe { call(request, tid, 0, number(signal)) }
}

/// Replaces the options of a stopped tracee.
pub fn set_options(tid: Tid, options: i32) -> io::Result<()> {
    // SAFETY: plain numbers.
    unsafe { call(libc::PTRACE_SETOPTIONS, tid, 0, number(options)) }
}

fn number(value: i32) -> usize {
    usize::try_from(value).unwrap_or_default()
}

/// The id of the process or thread that a `PTRACE_EVENT_CLONE` stop is about.
pub fn event_message(tid: Tid) -> io::Result<u32> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the kernel writes one unsigned long.
    unsafe { call(libc::PTRACE_GETEVENTMSG, tid, 0, (&raw mut message) as usize)? };
    u32::try_from(message).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
}

/// A register set as the kernel lays it out, as long as the kernel makes it.
pub fn register_set(tid: Tid, set: RegisterSet) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0_u8; set.room()];
    let mut space = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // SAFETY: the kernel writes at most `iov_len` bytes to the buffer, and to `iov_len` how many.
    unsafe {
        call(
            libc::PTRACE_GETREGSET,
            tid,
            set as usize,
            (&raw mut space) as usize,
        )?;
    };
    buffer.truncate(space.iov_len);
    buffer.shrink_to_fit();
    Ok(buffer)
}

pub fn general_registers(tid: Tid) -> io::Result<GeneralRegisters> {
    let mut registers = MaybeUninit::<GeneralRegisters>::zeroed();
    // SAFETY: the kernel writes one structure; it consists of integers, so zeros are valid.
    unsafe {
        call(libc::PTRACE_GETREGS, tid, 0, registers.as_mut_ptr() as usize)?;
        Ok(registers.assume_init())
    }
}

pub fn set_general_registers(tid: Tid, registers: &GeneralRegisters) -> io::Result<()> {
    // SAFETY: the kernel reads one structure.
    unsafe { call(libc::PTRACE_SETREGS, tid, 0, ptr::from_ref(registers) as usize) }
}

/// The `siginfo_t` of the signal that stopped a thread.
pub fn signal_info(tid: Tid) -> io::Result<Vec<u8>> {
    let mut info = vec![0_u8; SIGINFO_BYTES];
    // SAFETY: the kernel writes the 128 bytes of a siginfo_t.
    unsafe { call(libc::PTRACE_GETSIGINFO, tid, 0, info.as_mut_ptr() as usize)? };
    Ok(info)
}

/// The signals that a stopped thread blocks, bit 0 for signal 1: those that it asked for, even while
/// a system call like ppoll has put others in their place.
pub fn signal_mask(tid: Tid) -> io::Result<u64> {
    let mut mask = 0_u64;
    // SAFETY: the kernel writes the 8 bytes that are announced.
    unsafe {
        call(
            libc::PTRACE_GETSIGMASK,
            tid,
            size_of::<u64>(),
            (&raw mut mask) as usize,
        )?;
    };
    Ok(mask)
}

pub fn set_signal_mask(tid: Tid, mask: u64) -> io::Result<()> {
    // SAFETY: the kernel reads the 8 bytes that are announced.
    unsafe {
        call(
            libc::PTRACE_SETSIGMASK,
            tid,
            size_of::<u64>(),
            (&raw const mask) as usize,
        )
    }
}

/// Where a stopped thread has registered its area for restartable sequences; `None` if it has not,
/// an error on kernels before 5.13.
pub fn restartable_sequences(tid: Tid) -> io::Result<Option<u64>> {
    // `struct ptrace_rseq_configuration` is not in libc: an address, then four 32-bit numbers.
    const GET_RSEQ_CONFIGURATION: libc::c_uint = 0x420f;
    let mut configuration = [0_u64; 3];
    // SAFETY: the kernel writes at most the 24 bytes that are announced.
    unsafe {
        call(
            GET_RSEQ_CONFIGURATION,
            tid,
            size_of_val(&configuration),
            configuration.as_mut_ptr() as usize,
        )?;
    };
    let [address, ..] = configuration;
    Ok((address != 0).then_some(address))
}
