//! What is in the file, held against the process and against the kernel's own core.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use nix::sys::signal::Signal;
use tinydbg_tui::base::{Addr, Tid};
use tinydbg_tui::elf::{CoreFile, CoreProblem, CoreWriter, ThreadRegisters};
use tinydbg_tui::model::{DumpContent, DumpMethod, DumpOptions};

use crate::common::skipped;
use crate::program::{Held, Program, parse};

/// Bytes of the core at `addr`; `None` where it has none.
fn bytes_at(core: &CoreFile, addr: Addr, len: usize) -> Option<Vec<u8>> {
    let segment = core
        .segments()
        .iter()
        .find(|segment| segment.range.contains(addr))?;
    let start = usize::try_from(addr.0 - segment.range.start.0).ok()?;
    core.contents(segment).get(start..start + len).map(<[u8]>::to_vec)
}

/// Asserts that every byte of the core is what the process has there.
fn assert_same_memory(core: &CoreFile, held: &Held, lost: u64) {
    let mut unreadable = 0;
    for segment in core.segments() {
        let recorded = core.contents(segment);
        assert_eq!(recorded.len() as u64, segment.file_size);
        let mut page = [0; 4096];
        for (index, wanted) in recorded.chunks(4096).enumerate() {
            let addr = Addr(segment.range.start.0 + index as u64 * 4096);
            // Reading everything would touch what was never touched: zeros are only looked at
            // where there is something.
            if wanted.iter().all(|byte| *byte == 0) && index % 16 != 0 {
                continue;
            }
            if held.memory.read(addr, &mut page) < 4096 {
                unreadable += 4096;
                page.fill(0);
            }
            assert!(wanted == page, "{addr} differs");
        }
    }
    assert!(unreadable <= lost, "{unreadable}");
}

#[test]
fn registers_and_memory_are_those_of_the_process() {
    let Some(program) = Program::start(16) else { return };
    let held = program.hold();
    let last = held.world.threads.last().expect("it has threads").tid;
    let options = DumpOptions {
        first: Some(last),
        ..program.options("a.core")
    };
    let summary = held.dump(&options).expect("it can be dumped");
    let core = parse(&summary.path);
    assert_eq!(core.problems(), Vec::<CoreProblem>::new());
    assert_eq!(core.writer(), CoreWriter::TinyDbg);
    assert_eq!(core.size().0, core.size().1);
    let threads = &core.notes().threads;
    assert_eq!(threads.len(), held.world.threads.len());
    assert_eq!(threads.first().map(|thread| thread.tid()), Some(last));
    for thread in threads {
        let ThreadRegisters::Status(status) = &thread.registers else {
            unreachable!("{thread:?}");
        };
        let stopped = held
            .world
            .threads
            .iter()
            .find(|stopped| stopped.tid == status.tid);
        assert_eq!(
            stopped.map(|stopped| stopped.general.as_slice()),
            Some(status.regs.as_slice())
        );
        assert!(thread.vectors.is_some());
    }
    let process = core.notes().process.as_ref().expect("facts of the process");
    assert_eq!((process.pid, process.ppid), (program.pid(), std::process::id()));
    assert_same_memory(&core, &held, 2 * 4096);
    // The half of a mapping that lies behind the end of its file.
    assert_eq!(summary.unreadable.len(), 1, "{:?}", summary.unreadable);
    held.release();
    let mode = fs::metadata(&summary.path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn each_kind_of_memory_is_in_or_out_as_asked() {
    let Some(program) = Program::start(4) else { return };
    let [untouched, secret, shared, copied, behind, hidden] = program.places;
    let held = program.hold();
    let dumped = |name: &str, content| {
        let options = DumpOptions {
            content,
            ..program.options(name)
        };
        let summary = held.dump(&options).expect("it can be dumped");
        (parse(&summary.path), summary)
    };
    let (core, summary) = dumped("default.core", DumpContent::Default);
    assert_eq!(
        bytes_at(&core, Addr(untouched.0 + (128 << 20)), 2),
        Some(vec![7, 0])
    );
    assert_eq!(bytes_at(&core, secret, 6), None);
    assert_eq!(
        bytes_at(&core, Addr(shared.0 + (5 << 20)), 6),
        Some(b"shared".to_vec())
    );
    assert_eq!(bytes_at(&core, Addr(copied.0 + 5 * 4096), 2), Some(vec![99, 5]));
    assert_eq!(bytes_at(&core, Addr(copied.0 + 6 * 4096), 2), Some(vec![6, 6]));
    assert_eq!(bytes_at(&core, hidden, 8), Some(b"behind a".to_vec()));
    assert_eq!(bytes_at(&core, Addr(behind.0 + 2 * 4096), 1), Some(vec![0]));
    assert_eq!(summary.unreadable.len(), 1, "{:?}", summary.unreadable);
    let provenance = core.notes().provenance.as_deref().expect("our own note");
    assert_eq!(provenance.unreadable, summary.unreadable);
    assert!(
        provenance
            .files
            .iter()
            .any(|(name, text)| name == "maps" && !text.is_empty())
    );
    // The text's first page only, but for full dumps.
    let code = |core: &CoreFile| {
        let text = core.segments().iter().find(|segment| segment.executable);
        text.map(|text| (text.file_size, text.range.len()))
    };
    assert_eq!(code(&core).map(|code| code.0), Some(4096));

    let (full, _) = dumped("full.core", DumpContent::Full);
    assert_eq!(bytes_at(&full, secret, 6), Some(b"do not".to_vec()));
    assert!(code(&full).is_some_and(|(file, memory)| file == memory));
    assert_same_memory(&full, &held, 2 * 4096);

    let (thin, thin_summary) = dumped("thin.core", DumpContent::Thin);
    assert_eq!(bytes_at(&thin, Addr(copied.0 + 5 * 4096), 1), Some(vec![99]));
    assert!(thin_summary.disk_bytes <= summary.disk_bytes);
}

#[test]
fn the_process_gets_no_page_that_it_did_not_have() {
    let Some(program) = Program::start(4) else { return };
    let held = program.hold();
    let sizes = || ["VmRSS", "VmPTE", "RssAnon", "RssShmem"].map(|field| program.kib(field));
    let before = sizes();
    for (name, content) in [
        ("a", DumpContent::Default),
        ("b", DumpContent::Thin),
        ("c", DumpContent::Full),
    ] {
        let options = DumpOptions {
            content,
            ..program.options(name)
        };
        held.dump(&options).expect("it can be dumped");
    }
    assert_eq!(sizes(), before);
}

#[test]
fn it_takes_no_more_room_than_the_kernels_own_core() {
    let Some(mut program) = Program::start(32) else {
        return;
    };
    let held = program.hold();
    let summary = held.dump(&program.options("ours")).expect("it can be dumped");
    held.release();
    program.end(Signal::SIGABRT);
    let core = fs::read_dir(program.dir.path())
        .expect("readable")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("core"))
        });
    let Some(core) = core else {
        return skipped("this kernel puts no core into the working directory");
    };
    let kernels = fs::metadata(&core).expect("it is there").blocks() * 512;
    let ours = summary.disk_bytes;
    assert!(ours * 10 <= kernels * 11, "{ours} against {kernels} bytes");
    let segments = |core: &CoreFile| {
        let segments = core.segments().iter();
        segments
            .map(|segment| (segment.range.start, segment.file_size))
            .collect::<Vec<_>>()
    };
    // But for what the dying process mapped meanwhile, and the pages that nobody can read.
    let (kernels, ours) = (parse(&core), parse(&summary.path));
    let (kernels, ours) = (segments(&kernels), segments(&ours));
    let differing = ours.iter().filter(|segment| !kernels.contains(segment)).count();
    assert!(
        differing <= 8,
        "{differing} segments differ:\n{ours:x?}\n{kernels:x?}"
    );
}

#[test]
fn the_gauge_moves_and_ends_where_it_should() {
    let Some(program) = Program::start(200) else {
        return;
    };
    let held = program.hold();
    let reports = std::cell::RefCell::new(Vec::new());
    let summary = held
        .dump_watched(&program.options("a"), &Default::default(), &|report| {
            reports.borrow_mut().push((std::time::Instant::now(), report));
        })
        .expect("it can be dumped");
    let reports = reports.into_inner();
    let slowest = reports
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0).as_millis())
        .max();
    assert!(slowest < Some(400), "{slowest:?} ms between two reports");
    assert!(
        reports
            .windows(2)
            .all(|pair| pair[0].1.phase != pair[1].1.phase || pair[0].1.bytes.0 <= pair[1].1.bytes.0)
    );
    let copied = reports
        .iter()
        .rfind(|(_, report)| report.phase == "copying memory");
    let copied = &copied.expect("copying is reported").1;
    assert_eq!(copied.bytes.0, copied.bytes.1);
    assert_eq!(copied.holes, summary.hole_bytes);
    assert_eq!(copied.threads.0, held.world.threads.len() as u64);
    assert!(copied.held && summary.memory_bytes > 200 << 20);
    assert!(summary.hole_bytes > 250 << 20, "{summary:?}");
    assert_eq!(Some(held.world.threads[0].tid), Some(Tid(program.pid())));
}

#[test]
fn a_frozen_copy_gives_the_same_core_as_the_process_itself() {
    let Some(program) = Program::start(16) else { return };
    let held = program.hold();
    let ours = held.dump(&program.options("held")).expect("it can be dumped");
    held.release();
    let Some(summary) = program.dump_snapshot(&program.options("frozen")) else {
        return;
    };
    assert_eq!(summary.method, DumpMethod::Snapshot);
    let (held, frozen) = (parse(&ours.path), parse(&summary.path));
    assert_eq!(frozen.problems(), Vec::<CoreProblem>::new());
    let ranges = |core: &CoreFile| {
        let segments = core.segments().iter();
        segments
            .map(|segment| (segment.range.start, segment.file_size))
            .collect::<Vec<_>>()
    };
    assert_eq!(ranges(&held), ranges(&frozen));
    // The runtime's own background threads may have touched a page or two in between.
    let same = held.segments().iter().filter(|segment| {
        let there = frozen
            .segments()
            .iter()
            .find(|other| other.range == segment.range);
        there.is_some_and(|other| frozen.contents(other) == held.contents(segment))
    });
    assert!(same.count() + 6 >= held.segments().len());
    let [_, _, shared, ..] = program.places;
    assert_eq!(
        bytes_at(&frozen, Addr(shared.0 + (5 << 20)), 6),
        Some(b"shared".to_vec())
    );
}
