//! [`Facts`]: everything a walk needs to know of one pc in Go code, small enough to keep.

use crate::arch::{Reg, amd64};
use crate::base::Addr;
use crate::go::Func;
use crate::memory::Memory;
use crate::unwind::SavedFramePointer;

/// What a pc means to a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// Bytes between the stack pointer and the return address; `None` for C code in Go's text.
    pub(super) depth: Option<u32>,
    pub(super) frame_pointer: SavedFramePointer,
    pub(super) role: Role,
}

/// What is special about a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    /// Outermost on its stack.
    Bottom,
    /// Called by the kernel.
    SignalHandler,
    /// Made to look like a call by a signal handler.
    Injected {
        saves_registers: bool,
    },
    /// Runs a function on g0.
    SystemStack,
    /// Grows the stack from g0, then starts the interrupted function again.
    MoreStack,
    /// Runs a C function on g0.
    CgoCall,
    /// Runs a Go function for C code.
    CgoCallback,
    /// Aligns the stack for C code, keeping the old stack pointer in this register.
    AlignsStack(Reg),
    /// Changes stacks in a way that nothing here describes.
    WritesSp,
}

impl Facts {
    pub(super) fn of(func: &Func<'_>, pc: Addr, memory: &dyn Memory) -> Self {
        let depth = func.frame_size(pc).and_then(|depth| u32::try_from(depth).ok());
        Self {
            depth,
            frame_pointer: frame_pointer(func, pc, depth.unwrap_or(0), memory),
            role: role(func),
        }
    }
}

/// Function ids shift from version to version, names do not.
fn role(func: &Func<'_>) -> Role {
    match func.name() {
        "runtime.sigtramp" | "runtime.cgoSigtramp" | "runtime.sigprofNonGoWrapper" => Role::SignalHandler,
        "runtime.sigpanic" | "runtime.debugCallV2" => Role::Injected {
            saves_registers: false,
        },
        "runtime.asyncPreempt" => Role::Injected {
            saves_registers: true,
        },
        "runtime.systemstack" => Role::SystemStack,
        "runtime.morestack" => Role::MoreStack,
        "runtime.asmcgocall" => Role::CgoCall,
        // Writes SP, but keeps itself a proper frame on both stacks while it does.
        "runtime.cgocallback" => Role::CgoCallback,
        "runtime.sigfwd" | "runtime.callCgoMmap" | "runtime.callCgoMunmap" | "runtime.callCgoSigaction" => {
            Role::AlignsStack(amd64::RBX)
        }
        "runtime.nanotime1" | "runtime.walltime" | "runtime.vgetrandom1" | "time.now" => {
            Role::AlignsStack(amd64::R12)
        }
        _ if func.is_top_frame() => Role::Bottom,
        _ if func.is_sp_write() => Role::WritesSp,
        _ => Role::Plain,
    }
}

/// What became of the caller's frame pointer at `pc`, read off the prologue:
///
/// ```text
///   Go 1.21 and later   push %rbp; mov %rsp,%rbp; sub $N,%rsp      depth 0 -> 8 -> 8+N
///   before              sub $N,%rsp; mov %rbp,N-8(%rsp); lea ...    depth 0 -> N
/// ```
fn frame_pointer(func: &Func<'_>, pc: Addr, depth: u32, memory: &dyn Memory) -> SavedFramePointer {
    /// A prologue's stack check takes at most some forty bytes before the frame is opened.
    const LONGEST_PROLOGUE: u64 = 96;
    if depth == 0 {
        return SavedFramePointer::Untouched;
    }
    let entry = func.entry();
    let opened = (1..LONGEST_PROLOGUE)
        .filter_map(|offset| entry.checked_add(offset))
        .take_while(|at| *at <= pc)
        .find_map(|at| match func.frame_size(at)? {
            0 => None,
            opened => Some((at, opened)),
        });
    let Some((at, opened)) = opened else {
        return SavedFramePointer::Lost;
    };
    let mut code = [0; 9];
    let got = memory.read_some(at.offset(-1), &mut code);
    match code.get(..got).unwrap_or_default() {
        [0x55, ..] if opened == 8 => SavedFramePointer::Pushed,
        [_, 0x48, 0x89, 0x6c, 0x24, low, ..] if i64::from(*low) == opened - 8 => after(at, 5, pc),
        [_, 0x48, 0x89, 0xac, 0x24, a, b, c, d]
            if i64::from(i32::from_le_bytes([*a, *b, *c, *d])) == opened - 8 =>
        {
            after(at, 8, pc)
        }
        _ => SavedFramePointer::Lost,
    }
}

/// Whether the store at `at`, `len` bytes long, has been executed at `pc`.
fn after(at: Addr, len: u64, pc: Addr) -> SavedFramePointer {
    if at.checked_add(len).is_some_and(|end| pc >= end) {
        SavedFramePointer::Pushed
    } else {
        SavedFramePointer::Untouched
    }
}
