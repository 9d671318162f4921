//! From a core file, and an executable if one is given, to everything below the Go runtime:
//! address space, images, threads, facts of the process, and warnings.
//!
//! Only what is no core at all is refused. Knows nothing of Go.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::address_space;
use super::core_failure::{self, Role};
use super::core_threads;
use super::file_finder::FileFinder;
use super::images::{self, GivenExecutable, Search};
use super::inferior::OpenContext;
use super::initial_stack::{self, AT_RANDOM};
use super::opened::{Opened, Provenance, ThreadRecord};
use super::regions;
use super::signals::describe_signal;
use super::unpack;
use crate::base::{Addr, CancelToken, Limits, SharedBytes};
use crate::debuginfod::Cache;
use crate::elf::{self, CoreFile, CoreWriter, ThreadRegisters};
use crate::memory::Memory;
use crate::model::{Failure, ProcessInfo, SignalInfo, Warning, WarningKind};
use crate::os;

/// A core as bytes, and where they came from.
struct Source {
    name: String,
    bytes: SharedBytes,
    modified: Option<SystemTime>,
    finder: FileFinder,
}

/// Opens a core file, compressed or not; without `exe` the executable is found by the names inside the core.
///
/// Fails when a file that was named cannot be opened or is not what it should be.
pub fn open_core(
    exe: Option<&Path>,
    core: &Path,
    sysroot: Option<&Path>,
    context: OpenContext<'_>,
) -> Result<Opened, Failure> {
    open_core_with(exe, core, (sysroot, None), context)
}

/// The same, with `cache`: executables and libraries that were downloaded before.
pub(super) fn open_core_with(
    exe: Option<&Path>,
    core: &Path,
    (sysroot, cache): (Option<&Path>, Option<&Cache>),
    context: OpenContext<'_>,
) -> Result<Opened, Failure> {
    let OpenContext { limits, cancel, .. } = context;
    let file = os::map_file(core).map_err(|error| core_failure::unreadable(Role::Core, &error))?;
    let (file, cut) = match unpack::unpack(core, &file, context)? {
        Some(unpacked) => (unpacked.file, unpacked.damage),
        None => (file, None),
    };
    let source = Source {
        name: core_failure::shown(core),
        bytes: file.bytes,
        modified: file.modified,
        finder: FileFinder {
            sysroot: sysroot.map(Path::to_owned),
            beside: core.parent().map(Path::to_owned),
            use_disk: true,
            cache: cache.cloned(),
        },
    };
    let parsed = parse(&source, limits, cancel)?;
    let given = exe.map(|path| open_executable(path, limits)).transpose()?;
    let mut opened = assemble(&parsed, &source, given, (limits, cancel))?;
    opened.warnings.splice(0..0, cut);
    opened.watches.push(file.watch);
    Ok(opened)
}

/// Opens a core whose bytes are at hand. No file of this machine is looked at.
pub fn open_core_bytes(
    exe: Option<SharedBytes>,
    core: SharedBytes,
    limits: &Limits,
    cancel: &CancelToken,
) -> Result<Opened, Failure> {
    let source = Source {
        name: "the core".to_owned(),
        bytes: core,
        modified: None,
        finder: FileFinder::default(),
    };
    let parsed = parse(&source, limits, cancel)?;
    let given = exe
        .map(|bytes| {
            let path = "the built-in executable".to_owned();
            let elf = Arc::new(core_failure::parse_executable(&path, &bytes, limits)?);
            Ok(GivenExecutable {
                path,
                elf,
                watch: None,
            })
        })
        .transpose()?;
    assemble(&parsed, &source, given, (limits, cancel))
}

fn parse(source: &Source, limits: &Limits, cancel: &CancelToken) -> Result<CoreFile, Failure> {
    CoreFile::parse(source.bytes.clone(), limits, cancel)
        .map_err(|error| core_failure::no_core(&source.name, &source.bytes, &error))
}

fn open_executable(path: &Path, limits: &Limits) -> Result<GivenExecutable, Failure> {
    let file = os::map_file(path).map_err(|error| core_failure::unreadable(Role::Executable, &error))?;
    let path = core_failure::shown(path);
    let elf = Arc::new(core_failure::parse_executable(&path, &file.bytes, limits)?);
    Ok(GivenExecutable {
        path,
        elf,
        watch: Some(file.watch),
    })
}

fn assemble(
    core: &CoreFile,
    source: &Source,
    given: Option<GivenExecutable>,
    (limits, cancel): (&Limits, &CancelToken),
) -> Result<Opened, Failure> {
    let stopped = |_| core_failure::cancelled();
    let core_only = address_space::core_only(core);
    cancel.check().map_err(stopped)?;
    let search = Search {
        core,
        memory: &core_only,
        finder: &source.finder,
        core_modified: source.modified,
        limits,
        cancel,
    };
    let found = images::find(search, given).map_err(stopped)?;
    let memory = address_space::splice(core, &found.layers);
    cancel.check().map_err(stopped)?;
    let threads = core_threads::threads(core);
    let mut warnings = damage(core);
    warnings.extend(found.warnings);
    Ok(Opened {
        process: process(core, &memory, limits),
        siginfo: death_signal(core, &threads),
        regions: regions::regions(core, &memory),
        memory: Arc::new(memory),
        images: found.images,
        threads,
        warnings,
        now: None,
        origin: Provenance::Core(core.writer()),
        watches: found.watches,
    })
}

/// What is wrong with the core file itself.
fn damage(core: &CoreFile) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (present, promised) = core.size();
    if present < promised {
        let incomplete = core.incomplete_segments().count();
        warnings.push(Warning::new(
            WarningKind::Truncated,
            format!(
                "the core ends early: {present} of {promised} bytes are there and {incomplete} of {} mappings \
                 are incomplete, probably by `ulimit -c` or a full disk; what is missing is shown as missing",
                core.segments().len()
            ),
        ));
    }
    warnings.extend(
        core.problems()
            .iter()
            .map(|problem| Warning::new(WarningKind::Damaged, problem.to_string())),
    );
    warnings.extend(core.notes().provenance.as_deref().and_then(unreadable));
    warnings
}

/// Memory that the writer of the dump could not read, which looks like zeros.
fn unreadable(provenance: &elf::Provenance) -> Option<Warning> {
    let first = provenance.unreadable.first()?;
    let more = (provenance.unreadable.len() as u64 - 1).saturating_add(provenance.unreadable_more);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(Warning::new(
        WarningKind::Damaged,
        format!("memory that could not be read when the core was taken is shown as zeros: {first}{more}"),
    ))
}

/// `2026-11-21T06:21:05Z by tinydbg-tui 0.1.0 from a snapshot; the process stood still for 17.9 ms`
fn captured(provenance: &elf::Provenance) -> String {
    let mut text = format!("{} by {}", provenance.time, provenance.tool);
    match provenance.method.as_str() {
        "snapshot" => text.push_str(" from a snapshot"),
        "stop" => text.push_str(" while it was stopped"),
        _ => {}
    }
    if let Some(pause) = provenance.pause_ns {
        let micros = pause / 1000;
        text.push_str(&format!(
            "; the process stood still for {}.{} ms",
            micros / 1000,
            micros % 1000 / 100
        ));
    }
    text
}

fn process(core: &CoreFile, memory: &dyn Memory, limits: &Limits) -> ProcessInfo {
    let notes = core.notes();
    let recorded = notes.process.as_ref();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // gcore writes no parent; Delve writes neither parent nor owner.
    let with_parent = recorded.filter(|_| matches!(core.writer(), CoreWriter::Kernel | CoreWriter::TinyDbg));
    let with_owner = recorded.filter(|_| core.writer() != CoreWriter::Delve);
    let on_stack = notes
        .aux(AT_RANDOM)
        .and_then(|at| initial_stack::read(memory, &notes.auxv_bytes, Addr(at), limits))
        .unwrap_or_default();
    let args = if on_stack.args.is_empty() {
        recorded_args(
            recorded
                .map(|process| process.args.as_slice())
                .unwrap_or_default(),
        )
    } else {
        on_stack.args
    };
    ProcessInfo {
        pid: pid(core),
        ppid: with_parent.map(|process| process.ppid),
        uid: with_owner.map(|process| process.uid),
        gid: with_owner.map(|process| process.gid),
        comm: recorded
            .map(|process| text(&process.comm))
            .filter(|comm| !comm.is_empty()),
        args,
        env: on_stack.env,
        core_writer: match core.writer() {
            CoreWriter::Kernel => Some("kernel".to_owned()),
            CoreWriter::Gcore => Some("gcore".to_owned()),
            CoreWriter::Delve => Some("delve".to_owned()),
            CoreWriter::TinyDbg => Some("tinydbg-tui".to_owned()),
            CoreWriter::Unknown => None,
        },
        captured: notes.provenance.as_deref().map(captured),
        core_bytes: Some(core.size()),
        ..ProcessInfo::default()
    }
}

/// The process id: as recorded, else the line of Delve's own header.
fn pid(core: &CoreFile) -> Option<u32> {
    let notes = core.notes();
    let recorded = notes.process.as_ref().map(|process| process.pid);
    let by_delve = || {
        let header = notes.delve_header.as_ref()?;
        header
            .lines()
            .find_map(|line| line.strip_prefix("Target Pid: "))?
            .trim()
            .parse()
            .ok()
    };
    recorded.filter(|pid| *pid != 0).or_else(by_delve)
}

/// The 80 bytes of NT_PRPSINFO. NULs (Delve) part arguments for certain, blanks (kernel) do not.
fn recorded_args(args: &[u8]) -> Vec<String> {
    args.split(|byte| *byte == 0)
        .filter(|arg| !arg.is_empty())
        .map(|arg| String::from_utf8_lossy(arg).into_owned())
        .collect()
}

/// The signal of the first thread that has one; else the number that every NT_PRSTATUS repeats.
fn death_signal(core: &CoreFile, threads: &[ThreadRecord]) -> Option<SignalInfo> {
    // A signal that our dumps record was only about to be delivered: nobody died.
    if core.writer() == CoreWriter::TinyDbg {
        return None;
    }
    let recorded = threads.iter().find_map(|thread| thread.signal.clone());
    let by_number = || {
        core.notes()
            .threads
            .iter()
            .find_map(|thread| match &thread.registers {
                ThreadRegisters::Status(status) if status.cursig != 0 => Some(i32::from(status.cursig)),
                _ => None,
            })
            .map(|number| describe_signal(number, None, None, None))
    };
    recorded.or_else(by_number)
}

#[cfg(test)]
mod tests;
