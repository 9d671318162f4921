//! The notes of a dump: threads with their registers, facts of the process, mapped files.
//!
//! In the kernel's order, the thread that readers shall open on first:
//!
//! ```text
//!   STATUS psinfo SIGINFO auxv file FP XSTATE | STATUS FP XSTATE | ... | our own
//! ```

use crate::base::{Tid, map_chunks};
use crate::elf::{FileMapping, NoteWriter, PrPsInfo, PrStatus, portable_xsave};
use crate::os::{ProcDir, Stat, Status, xsave_layout};
use crate::target::live::{StoppedThread, World};

/// Microseconds of one clock tick: `USER_HZ` is 100 on x86-64, whatever the kernel runs at.
const TICK_US: u64 = 10_000;
/// Bytes of `siginfo_t`.
const NO_SIGNAL: [u8; 128] = [0; 128];

/// What the notes say of the process as a whole.
#[derive(Debug)]
pub(super) struct Facts {
    pub stat: Stat,
    pub status: Status,
    pub auxv: Vec<u8>,
    /// As `/proc/PID/cmdline` has it: arguments that end in NUL.
    pub command_line: Vec<u8>,
    pub files: Vec<FileMapping>,
}

/// Processor time and signals of one thread; zero where it is unknown.
#[derive(Clone, Debug, Default)]
struct ThreadFacts {
    user_us: u64,
    system_us: u64,
    pending: u64,
    blocked: u64,
}

/// All notes but our own. `first` is the thread to open on; when there is no such thread it is the
/// leader.
pub(super) fn write(process: &ProcDir, world: &World, facts: &Facts, first: Option<Tid>) -> NoteWriter {
    let order = in_order(world, facts.stat.pid, first);
    // Two files of /proc for each thread: much, when there are ten thousand.
    let known = map_chunks(&order, 256, |threads| {
        let facts = threads.iter();
        facts.map(|thread| thread_facts(process, thread.tid)).collect()
    });
    let layout = xsave_layout();
    let mut notes = NoteWriter::new();
    for (index, (thread, known)) in order.iter().zip(&known).enumerate() {
        notes.status(&status(thread, known, &facts.stat));
        if index == 0 {
            notes.process(&process_info(facts, world));
            notes.signal(thread.signal.as_deref().unwrap_or(&NO_SIGNAL));
            notes.auxv(&facts.auxv);
            notes.files(&facts.files);
        }
        let floating = match thread.floating.is_empty() {
            true => &thread.extended,
            false => &thread.floating,
        };
        notes.floating(floating);
        if !thread.extended.is_empty() {
            notes.extended(&portable_xsave(&thread.extended, &layout));
        }
        // The kernel has no signal for other threads; gcore writes it here.
        if let Some(signal) = thread.signal.as_deref().filter(|_| index > 0) {
            notes.signal(signal);
        }
    }
    notes
}

fn in_order(world: &World, pid: u32, first: Option<Tid>) -> Vec<&StoppedThread> {
    let mut threads: Vec<&StoppedThread> = world.threads.iter().collect();
    let place = |wanted: Tid| threads.iter().position(|thread| thread.tid == wanted);
    let chosen = first.and_then(place).or_else(|| place(Tid(pid)));
    if let Some(part) = chosen.and_then(|at| threads.get_mut(..=at)) {
        part.rotate_right(1);
    }
    threads
}

fn thread_facts(process: &ProcDir, tid: Tid) -> ThreadFacts {
    let stat = process.thread_stat(tid).unwrap_or_default();
    let status = process.thread_status(tid).unwrap_or_default();
    ThreadFacts {
        user_us: stat.user_time.saturating_mul(TICK_US),
        system_us: stat.system_time.saturating_mul(TICK_US),
        pending: status.pending_signals,
        blocked: status.blocked_signals,
    }
}

/// No signal number: nothing killed the process, and readers would say that it did.
fn status(thread: &StoppedThread, known: &ThreadFacts, stat: &Stat) -> PrStatus {
    let mut general = thread.general.iter().copied();
    PrStatus {
        signo: 0,
        cursig: 0,
        pending: known.pending,
        blocked: known.blocked,
        tid: thread.tid,
        ppid: stat.ppid,
        pgrp: stat.pgrp,
        session: stat.session,
        user_us: known.user_us,
        system_us: known.system_us,
        regs: std::array::from_fn(|_| general.next().unwrap_or_default()),
    }
}

fn process_info(facts: &Facts, world: &World) -> PrPsInfo {
    let Facts { stat, status, .. } = facts;
    let was_stopped = world
        .threads
        .iter()
        .any(|thread| thread.tid == Tid(stat.pid) && thread.was_stopped);
    PrPsInfo {
        state: state(stat.state, was_stopped),
        nice: i8::try_from(stat.nice).unwrap_or_default(),
        flags: stat.flags,
        uid: status.uids.first().copied().unwrap_or_default(),
        gid: status.gids.first().copied().unwrap_or_default(),
        pid: stat.pid,
        ppid: stat.ppid,
        pgrp: stat.pgrp,
        session: stat.session,
        comm: stat.comm.clone(),
        args: facts
            .command_line
            .iter()
            .map(|byte| if *byte == 0 { b' ' } else { *byte })
            .collect(),
    }
}

/// The state that the process had by itself: `t` is our own doing, and what was before is not known.
fn state(found: char, was_stopped: bool) -> u8 {
    match (found, was_stopped) {
        (_, true) => b'T',
        ('t', false) => b'R',
        (letter, false) => u8::try_from(letter).unwrap_or(b'R'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::NoteReader;

    fn world(tids: &[u32]) -> World {
        let thread = |tid: &u32| StoppedThread {
            tid: Tid(*tid),
            general: (0..27).collect(),
            floating: vec![1; 512],
            extended: Vec::new(),
            signal: (*tid == 12).then(|| vec![23; 128]),
            was_stopped: false,
        };
        World {
            threads: tids.iter().map(thread).collect(),
            stopping_ns: 0,
            stuck: Vec::new(),
        }
    }

    fn kinds(first: Option<Tid>) -> Vec<(u32, u32)> {
        let facts = Facts {
            stat: Stat {
                pid: 11,
                ..Stat::default()
            },
            status: Status::default(),
            auxv: vec![0; 16],
            command_line: b"a\0b\0".to_vec(),
            files: Vec::new(),
        };
        let process = ProcDir::under(std::path::Path::new("/nonexistent"), 11);
        let notes = write(&process, &world(&[10, 11, 12]), &facts, first);
        NoteReader::new(notes.bytes(), 4)
            .map(|note| {
                let tid = PrStatus::parse(note.desc).map_or(0, |status| status.tid.0);
                (note.kind, if note.kind == 1 { tid } else { 0 })
            })
            .collect()
    }

    #[test]
    fn notes_come_in_the_kernels_order_with_the_chosen_thread_first() {
        let signal = (0x5349_4749, 0);
        let shared = [(3, 0), signal, (6, 0), (0x4649_4c45, 0), (2, 0)];
        let with = |lead: u32, others: &[(u32, u32)]| [&[(1, lead)], shared.as_slice(), others].concat();
        let last = [(1, 10), (2, 0), (1, 12), (2, 0), signal];
        assert_eq!(kinds(None), with(11, &last));
        assert_eq!(kinds(Some(Tid(99))), with(11, &last));
        assert_eq!(
            kinds(Some(Tid(12))),
            with(12, &[(1, 10), (2, 0), (1, 11), (2, 0)])
        );
    }

    #[test]
    fn a_stop_of_ours_is_not_the_state_of_the_process() {
        assert_eq!(state('t', false), b'R');
        assert_eq!(state('t', true), b'T');
        assert_eq!(state('S', false), b'S');
    }
}
