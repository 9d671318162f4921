//! Threads of a core with their registers, out of whichever notes recorded them.
//!
//! Knows register names and numbers of amd64; nothing of stacks or goroutines.

use crate::arch::{RegisterFile, amd64};
use crate::elf::{CoreFile, CoreWriter, DelveThread, NamedRegister, PrStatus, ThreadNotes, ThreadRegisters};
use crate::model::SignalInfo;

use super::opened::ThreadRecord;
use super::signals::describe_signal;

/// Indices into `struct user_regs_struct` of the words that are no general registers.
const CS: usize = 17;
const EFLAGS: usize = 18;
const SS: usize = 20;
const FS_BASE: usize = 21;
const GS_BASE: usize = 22;
const DS: usize = 23;
const ES: usize = 24;
const FS: usize = 25;
const GS: usize = 26;

/// All threads in the order of the core.
pub(super) fn threads(core: &CoreFile) -> Vec<ThreadRecord> {
    let notes = core.notes();
    let process = notes.process.as_ref();
    notes
        .threads
        .iter()
        .map(|thread| {
            let tid = thread.tid();
            // pr_fname is the leader's name, whose tid is the process's.
            let name = process
                .filter(|process| process.pid == tid.0 && !process.comm.is_empty())
                .map(|process| String::from_utf8_lossy(&process.comm).into_owned());
            ThreadRecord {
                tid,
                registers: registers(thread),
                signal: thread_signal(thread, core.writer()),
                name,
            }
        })
        .collect()
}

/// The signal of a thread, unless it is only the stop by which the writer held the process.
fn thread_signal(thread: &ThreadNotes, writer: CoreWriter) -> Option<SignalInfo> {
    const SIGTRAP: i32 = 5;
    const SIGSTOP: i32 = 19;
    let info = thread.signal.filter(|info| info.signo != 0)?;
    if writer == CoreWriter::Gcore && matches!(info.signo, SIGSTOP | SIGTRAP) {
        return None;
    }
    Some(describe_signal(
        info.signo,
        Some(info.code),
        Some(info.addr),
        Some(info.pid),
    ))
}

fn registers(thread: &ThreadNotes) -> RegisterFile {
    let mut file = match &thread.registers {
        ThreadRegisters::Status(status) => from_status(status),
        ThreadRegisters::Delve(recorded) => from_delve(recorded),
    };
    if let Some(vectors) = &thread.vectors {
        file.xmm = Some(vectors.xmm.clone());
        file.ymm_high.clone_from(&vectors.ymm_high);
        file.mxcsr = Some(vectors.mxcsr);
    }
    file
}

fn from_status(status: &PrStatus) -> RegisterFile {
    general_registers(&status.regs)
}

/// The words of `struct user_regs_struct` as a register file.
pub(super) fn general_registers(words: &[u64]) -> RegisterFile {
    let mut file = RegisterFile::new();
    for (reg, value) in amd64::USER_REGS.iter().zip(words) {
        if let Some(reg) = reg {
            file.set(*reg, *value);
        }
    }
    let word = |index: usize| words.get(index).copied();
    #[expect(clippy::cast_possible_truncation, reason = "segment selectors have 16 bits")]
    let selector = |index: usize| word(index).unwrap_or_default() as u16;
    file.flags = word(EFLAGS);
    file.fs_base = word(FS_BASE);
    file.gs_base = word(GS_BASE);
    file.segments = Some([CS, SS, DS, ES, FS, GS].map(selector));
    file
}

/// Delve names registers as it shows them (`Rax`, `Rflags`, `Fs_base`, `XMM0`).
fn from_delve(thread: &DelveThread) -> RegisterFile {
    let mut file = RegisterFile::new()
        .with(amd64::RIP, thread.pc)
        .with(amd64::RSP, thread.sp)
        .with(amd64::RBP, thread.bp);
    file.fs_base = Some(thread.tls);
    let mut xmm = Box::new([0; 16]);
    let mut xmm_known = 0;
    for NamedRegister { name, value } in &thread.registers {
        let name = name.to_ascii_lowercase();
        if let Some((_, reg)) = amd64::GENERAL.iter().find(|(known, _)| *known == name) {
            if let Some(value) = word(value) {
                file.set(*reg, value);
            }
            continue;
        }
        match name.as_str() {
            "rflags" | "eflags" => file.flags = word(value),
            "fs_base" => file.fs_base = word(value),
            "gs_base" => file.gs_base = word(value),
            "mxcsr" => file.mxcsr = word(value).and_then(|value| u32::try_from(value).ok()),
            _ => {
                let index = name
                    .strip_prefix("xmm")
                    .and_then(|index| index.parse::<usize>().ok());
                if let Some(lane) = index.and_then(|index| xmm.get_mut(index))
                    && let Some(bytes) = value.first_chunk::<16>()
                {
                    *lane = u128::from_le_bytes(*bytes);
                    xmm_known += 1;
                }
            }
        }
    }
    file.xmm = (xmm_known == xmm.len()).then_some(xmm);
    file
}

/// A register value of up to eight bytes.
fn word(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let mut word = [0; 8];
    word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Some(u64::from_le_bytes(word))
}
