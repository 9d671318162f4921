//! Facts of a live process and its threads, out of `/proc` and the registers of a stop.

use super::super::core_threads::general_registers;
use super::super::opened::ThreadRecord;
use super::super::signals::describe_signal;
use super::world::{StoppedThread, StuckThread, World};
use crate::arch::{RegisterFile, amd64};
use crate::base::Limits;
use crate::elf::{SigInfo, VectorState};
use crate::model::{ProcessInfo, SignalInfo, Warning, WarningKind};
use crate::os::ProcDir;

/// What `/proc` says; whatever cannot be read is left out.
pub(super) fn process(process: &ProcDir, limits: &Limits) -> ProcessInfo {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let texts = |strings: std::io::Result<Vec<Vec<u8>>>| -> Vec<String> {
        let strings = strings.unwrap_or_default();
        strings.iter().take(limits.arguments).map(text).collect()
    };
    let status = process.status().ok();
    ProcessInfo {
        pid: Some(process.pid()),
        ppid: status.as_ref().map(|status| status.ppid),
        uid: status.as_ref().map(|status| status.uids[0]),
        gid: status.as_ref().map(|status| status.gids[0]),
        comm: status.as_ref().map(|status| text(&status.name)),
        args: texts(process.command_line()),
        env: texts(process.environment()),
        ..ProcessInfo::default()
    }
}

/// A stopped thread with its registers and its name.
pub(super) fn thread(process: &ProcDir, stopped: &StoppedThread) -> ThreadRecord {
    let name = process.thread_name(stopped.tid).ok();
    ThreadRecord {
        tid: stopped.tid,
        registers: registers(stopped),
        signal: stopped.signal.as_deref().and_then(signal),
        name: name.map(|name| String::from_utf8_lossy(&name).into_owned()),
    }
}

/// A thread that sleeps in the kernel where nothing wakes it: only its place is known.
pub(super) fn stuck_thread(process: &ProcDir, stuck: &StuckThread) -> ThreadRecord {
    let name = process.thread_name(stuck.tid).ok();
    ThreadRecord {
        tid: stuck.tid,
        registers: place_of_syscall(&stuck.syscall).unwrap_or_default(),
        signal: None,
        name: name.map(|name| String::from_utf8_lossy(&name).into_owned()),
    }
}

/// What is said of such threads; `None` when there is none.
pub(super) fn stuck_warning(world: &World) -> Option<Warning> {
    let first = world.stuck.first()?;
    let others = match world.stuck.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let place = String::from_utf8_lossy(&first.waits_in).into_owned();
    Some(Warning::new(
        WarningKind::Guessed,
        format!(
            "thread {}{others} sleeps in the kernel ({place}) where nothing wakes it: only where it entered the kernel is known",
            first.tid
        ),
    ))
}

/// Stack pointer and program counter: the last two words of `/proc/PID/task/TID/syscall`.
fn place_of_syscall(text: &[u8]) -> Option<RegisterFile> {
    let mut words = std::str::from_utf8(text).ok()?.split_ascii_whitespace().rev();
    let mut hex = || u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok();
    let (pc, sp) = (hex()?, hex()?);
    Some(RegisterFile::new().with(amd64::RIP, pc).with(amd64::RSP, sp))
}

fn registers(stopped: &StoppedThread) -> RegisterFile {
    let mut file = general_registers(&stopped.general);
    let vectors = VectorState::parse_xsave(&stopped.extended, &[])
        .or_else(|_| VectorState::parse_fxsave(&stopped.floating));
    if let Ok(vectors) = vectors {
        file.xmm = Some(vectors.xmm);
        file.ymm_high = vectors.ymm_high;
        file.mxcsr = Some(vectors.mxcsr);
    }
    file
}

/// The signal that is about to reach the thread.
fn signal(info: &[u8]) -> Option<SignalInfo> {
    let info = SigInfo::parse(info).ok()?;
    Some(describe_signal(
        info.signo,
        Some(info.code),
        Some(info.addr),
        Some(info.pid),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Tid;

    #[test]
    fn a_stuck_thread_has_the_place_where_it_entered_the_kernel() {
        let file = place_of_syscall(b"61 0x1 0x0 0x0 0x0 0x0 0x0 0x7ffd10 0x48b897\n").expect("well formed");
        assert_eq!(
            (file.get(amd64::RIP), file.get(amd64::RSP)),
            (Some(0x48_b897), Some(0x7f_fd10))
        );
        assert_eq!(file.get(amd64::RAX), None);
        assert_eq!(place_of_syscall(b"running"), None);
        assert_eq!(place_of_syscall(b""), None);
    }

    #[test]
    fn stuck_threads_are_said_once() {
        let stuck = |tid| StuckThread {
            tid: Tid(tid),
            waits_in: b"do_wait".to_vec(),
            syscall: Vec::new(),
        };
        let mut world = World::default();
        assert_eq!(stuck_warning(&world), None);
        world.stuck = vec![stuck(7), stuck(9)];
        let said = stuck_warning(&world).expect("two").message;
        assert!(
            said.starts_with("thread 7 and 1 more sleeps in the kernel (do_wait)"),
            "{said}"
        );
    }
}
