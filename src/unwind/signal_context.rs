//! What the kernel leaves on the stack when it delivers a signal: `ucontext` and `siginfo`.
//!
//! ```text
//!   ucontext + 0    uc_flags, uc_link, uc_stack
//!            + 40   r8 .. r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags
//!            + 184  cs gs fs ss (16 bits each)
//!            + 192  err, trapno, oldmask, cr2, fpstate pointer
//!            + 296  uc_sigmask (8 bytes on the kernel's side)
//!            + 304  siginfo: signo, errno, code, then address or sender
//! ```
//!
//! The offsets are the kernel's ABI for amd64 (`asm/sigcontext.h`, `struct rt_sigframe`).

use super::UnwindError;
use crate::arch::{Reg, RegisterFile, amd64};
use crate::base::{Addr, Cursor};
use crate::memory::{Memory, MemoryExt};

const REGISTERS_AT: usize = 40;
const SIGINFO_AT: usize = 304;
/// Bytes read: ucontext, signal mask and the leading part of siginfo that has a meaning here.
const SIZE: usize = SIGINFO_AT + 32;
const FPSTATE_AT: usize = 224;
/// XMM registers start here in the legacy FXSAVE area.
const FXSAVE_XMM_AT: u64 = 160;
const FXSAVE_MXCSR_AT: u64 = 24;

/// Order of the general registers in `struct sigcontext`.
const ORDER: [Reg; 17] = [
    amd64::R8,
    amd64::R9,
    amd64::R10,
    amd64::R11,
    amd64::R12,
    amd64::R13,
    amd64::R14,
    amd64::R15,
    amd64::RDI,
    amd64::RSI,
    amd64::RBP,
    amd64::RBX,
    amd64::RDX,
    amd64::RAX,
    amd64::RCX,
    amd64::RSP,
    amd64::RIP,
];

/// A signal as found on a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalContext {
    /// Registers of the interrupted code.
    pub registers: RegisterFile,
    /// `si_signo`.
    pub number: i32,
    /// `si_code`: above 0 the kernel raised it, otherwise somebody sent it.
    pub code: i32,
    /// The word behind `si_code`: the address of a fault, or sender pid (low half) and uid.
    pub detail: u64,
}

impl SignalContext {
    /// Reads the `ucontext` at `addr` and the `siginfo` behind it.
    pub fn read(addr: Addr, memory: &dyn Memory) -> Result<Self, UnwindError> {
        let bytes = memory.read_bytes(addr, SIZE)?;
        let mut registers = RegisterFile::new();
        let mut cursor = Cursor::at(&bytes, REGISTERS_AT);
        for reg in ORDER {
            registers.set(reg, cursor.u64().unwrap_or_default());
        }
        registers.flags = cursor.u64().ok();
        if let Ok(fpstate) = Cursor::at(&bytes, FPSTATE_AT).u64() {
            read_vectors(Addr(fpstate), memory, &mut registers);
        }
        let mut siginfo = Cursor::at(&bytes, SIGINFO_AT);
        let number = siginfo.i32().unwrap_or_default();
        let _errno = siginfo.i32();
        let code = siginfo.i32().unwrap_or_default();
        let _padding = siginfo.i32();
        Ok(Self {
            registers,
            number,
            code,
            detail: siginfo.u64().unwrap_or_default(),
        })
    }

    /// The interrupted registers, completed by those that a signal does not save.
    #[must_use]
    pub fn registers_of(&self, handler: &RegisterFile) -> RegisterFile {
        let mut registers = self.registers.clone();
        registers.fs_base = handler.fs_base;
        registers.gs_base = handler.gs_base;
        registers.segments = handler.segments;
        registers
    }
}

fn read_vectors(fpstate: Addr, memory: &dyn Memory, registers: &mut RegisterFile) {
    if fpstate.is_null() {
        return;
    }
    let mut bytes = [0; 256];
    if memory
        .read_exact(fpstate.offset(FXSAVE_XMM_AT as i64), &mut bytes)
        .is_err()
    {
        return;
    }
    let mut xmm = Box::new([0_u128; 16]);
    for (slot, chunk) in xmm.iter_mut().zip(bytes.chunks_exact(16)) {
        *slot = chunk
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u128::from(*byte));
    }
    registers.xmm = Some(xmm);
    registers.mxcsr = memory.read_u32(fpstate.offset(FXSAVE_MXCSR_AT as i64)).ok();
}

/// Whether the code at `pc` is the trampoline through which signal handlers return:
/// `mov $15, %rax (or %eax); syscall`. All C libraries and the Go runtime share it; gdb and
/// libunwind recognise it in the same way.
#[must_use]
pub fn is_sigreturn(pc: Addr, memory: &dyn Memory) -> bool {
    const LONG: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
    const SHORT: [u8; 7] = [0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05];
    let mut code = [0; 9];
    let got = memory.read_some(pc, &mut code);
    let code = code.get(..got).unwrap_or_default();
    code.starts_with(&LONG) || code.starts_with(&SHORT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fake::FakeMemory;

    #[test]
    fn registers_and_siginfo_lie_where_the_kernel_puts_them() {
        let mut bytes = vec![0_u8; SIZE];
        let mut put = |at: usize, value: u64| bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        put(40, 8);
        put(120, 0xb9);
        put(160, 0x7000);
        put(168, 0x40_1000);
        put(304, 11);
        put(312, 1);
        put(320, 0xdead);
        let memory = FakeMemory::new().with(0x5000, &bytes);
        let context = SignalContext::read(Addr(0x5000), &memory).unwrap();
        assert_eq!(context.registers.get(amd64::R8), Some(8));
        assert_eq!(context.registers.get(amd64::RBP), Some(0xb9));
        assert_eq!(context.registers.get(amd64::RSP), Some(0x7000));
        assert_eq!(context.registers.get(amd64::RIP), Some(0x40_1000));
        assert_eq!((context.number, context.code, context.detail), (11, 1, 0xdead));
    }

    #[test]
    fn the_sigreturn_trampoline_is_known_by_its_code() {
        let code = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
        let memory = FakeMemory::new().with(0x1000, &code);
        assert!(is_sigreturn(Addr(0x1000), &memory));
        assert!(!is_sigreturn(Addr(0x1001), &memory));
    }
}
