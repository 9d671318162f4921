//! Where a system call can be made for the target: a thread, and an instruction to borrow.
//!
//! No code is planted. A thread that waits in the kernel stands right behind a `syscall`
//! instruction, its own or that of the vDSO; any two bytes `0f 05` in executable memory do, as only
//! this one instruction is carried out.
//!
//! ```text
//!   best    waits in futex at its own instruction      a wrong result would be a spurious wake-up
//!   good    waits in another system call               restarts by itself
//!   last    runs                                       unless within a restartable sequence
//! ```

use super::threads::{Threads, Tracee};
use crate::base::{Addr, Tid};
use crate::os::ptrace::{self, GeneralRegisters};
use crate::os::wait::Stop;
use crate::os::{ProcDir, ProcessMemory};

const SYS_FUTEX: u64 = 202;
/// The code segment of 64-bit programs.
const USER64: u64 = 0x33;
/// `syscall`
const INSTRUCTION: [u8; 2] = [0x0f, 0x05];
/// The vDSO has two pages.
const LONGEST_VDSO: u64 = 64 << 10;

/// A stopped thread and the address of a `syscall` instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) tid: Tid,
    pub(super) instruction: u64,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSite {
    Machine,
    Thread,
    Instruction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Futex,
    SystemCall,
    Running,
}

/// The best place among the stopped threads of a held target.
pub(super) fn best(threads: &Threads, memory: &ProcessMemory) -> Result<Site, NoSite> {
    let mut found: Option<(Rank, Tid, Option<u64>)> = None;
    let mut foreign = false;
    for (tid, tracee) in threads.iter() {
        if !matches!(tracee, Tracee::Stopped(Stop::Trap | Stop::Group { .. })) {
            continue;
        }
        let Ok(registers) = ptrace::general_registers(tid) else {
            continue;
        };
        foreign |= registers.cs != USER64;
        let rank = rank(&registers);
        if found.is_some_and(|(best, _, _)| best <= rank)
            || !fit(threads.directory(), tid, &registers, memory)
        {
            continue;
        }
        found = Some((rank, tid, own_instruction(&registers, memory)));
        if rank == Rank::Futex {
            break;
        }
    }
    let Some((_, tid, instruction)) = found else {
        return Err(if foreign { NoSite::Machine } else { NoSite::Thread });
    };
    let instruction = instruction
        .or_else(|| vdso_instruction(threads.directory(), memory))
        .ok_or(NoSite::Instruction)?;
    Ok(Site { tid, instruction })
}

/// The place that one stopped thread offers.
pub(super) fn of_thread(directory: &ProcDir, tid: Tid, memory: &ProcessMemory) -> Option<Site> {
    let registers = ptrace::general_registers(tid).ok()?;
    let instruction = fit(directory, tid, &registers, memory)
        .then(|| own_instruction(&registers, memory).or_else(|| vdso_instruction(directory, memory)))??;
    Some(Site { tid, instruction })
}

fn rank(registers: &GeneralRegisters) -> Rank {
    if registers.orig_rax == SYS_FUTEX {
        Rank::Futex
    } else if in_system_call(registers) {
        Rank::SystemCall
    } else {
        Rank::Running
    }
}

/// The kernel keeps -1 where there is none.
fn in_system_call(registers: &GeneralRegisters) -> bool {
    !registers.orig_rax.cast_signed().is_negative()
}

/// Whether a thread can be borrowed without changing what it does.
fn fit(directory: &ProcDir, tid: Tid, registers: &GeneralRegisters, memory: &ProcessMemory) -> bool {
    registers.cs == USER64
        && has_its_own_mask(directory, tid)
        && (in_system_call(registers) || outside_of_sequences(tid, memory))
}

/// Calls like ppoll and sigsuspend block other signals while they wait. Setting a mask, as is done
/// for an injected call, would make the kernel forget to put the old one back.
fn has_its_own_mask(directory: &ProcDir, tid: Tid) -> bool {
    match (ptrace::signal_mask(tid), directory.thread_status(tid)) {
        (Ok(mask), Ok(status)) => mask == status.blocked_signals,
        _ => false,
    }
}

/// A restartable sequence that is left is not restarted when we return to its middle: the kernel
/// would have forgotten it. System calls are not allowed in one.
fn outside_of_sequences(tid: Tid, memory: &ProcessMemory) -> bool {
    match ptrace::restartable_sequences(tid) {
        Ok(None) => true,
        Ok(Some(area)) => {
            // struct rseq { u32 cpu_id_start, u32 cpu_id, u64 rseq_cs, ... }
            let mut current = [0_u8; 8];
            memory.read(Addr(area.saturating_add(8)), &mut current) == 8 && current == [0; 8]
        }
        Err(_) => false,
    }
}

/// The instruction that a thread in a system call came by.
fn own_instruction(registers: &GeneralRegisters, memory: &ProcessMemory) -> Option<u64> {
    let before = registers.rip.checked_sub(INSTRUCTION.len() as u64)?;
    let mut bytes = [0; 2];
    let there = in_system_call(registers)
        && memory.read(Addr(before), &mut bytes) == bytes.len()
        && bytes == INSTRUCTION;
    there.then_some(before)
}

fn vdso_instruction(directory: &ProcDir, memory: &ProcessMemory) -> Option<u64> {
    let maps = directory.maps().ok()?;
    let vdso = maps
        .iter()
        .find(|mapping| mapping.name == b"[vdso]" && mapping.permissions.execute)?
        .range;
    let mut bytes = vec![0; usize::try_from(vdso.len().min(LONGEST_VDSO)).ok()?];
    let got = memory.read(vdso.start, &mut bytes);
    bytes
        .get(..got)?
        .windows(INSTRUCTION.len())
        .position(|two| two == INSTRUCTION)
        .and_then(|at| vdso.start.0.checked_add(at as u64))
}
