//! Facts of a live process and its threads, out of `/proc` and the registers of a stop.

use super::super::core_threads::general_registers;
use super::super::opened::ThreadRecord;
use super::super::signals::describe_signal;
use super::world::StoppedThread;
use crate::arch::RegisterFile;
use crate::base::Limits;
use crate::elf::{SigInfo, VectorState};
use crate::model::{ProcessInfo, SignalInfo};
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
