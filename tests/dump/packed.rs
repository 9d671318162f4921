//! Compressed cores: the same core as the plain one, opened without unpacking it by hand.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;

use tinydbg_tui::base::CancelToken;
use tinydbg_tui::elf::{CoreFile, CoreProblem, CoreWriter};
use tinydbg_tui::model::{DumpOptions, FailureKind};

use crate::program::{Program, parse, program};

fn compressed(program: &Program, name: &str) -> DumpOptions {
    DumpOptions {
        compress: true,
        ..program.options(name)
    }
}

/// What the debugger says of a core, without what names the file.
fn said(target: &Program, core: &Path, commands: &[&str]) -> String {
    let mut command = Command::new(program());
    command.arg("core").arg(&target.exe).arg(core);
    for text in commands {
        command.args(["-x", text]);
    }
    let output = command
        .env("XDG_CACHE_HOME", target.dir.path().join("mapped-cache"))
        .output()
        .expect("the program starts");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn contents(core: &CoreFile) -> Vec<(u64, u64, &[u8])> {
    let segments = core.segments().iter();
    segments
        .map(|segment| (segment.range.start.0, segment.range.end.0, core.contents(segment)))
        .collect()
}

#[test]
fn it_holds_what_the_plain_one_holds() {
    let Some(target) = Program::start(16) else { return };
    let held = target.hold();
    let plain = held
        .dump(&target.options("plain.core"))
        .expect("it can be dumped");
    let packed = held
        .dump(&compressed(&target, "packed.core.zst"))
        .expect("it can be dumped");
    held.release();
    assert_eq!(packed.memory_bytes, plain.memory_bytes);
    assert_eq!(packed.hole_bytes, plain.hole_bytes);
    assert_eq!(packed.unreadable, plain.unreadable);
    // The heap of this program is random.
    assert!(packed.disk_bytes < plain.disk_bytes, "{packed:?}");
    let (a, b) = (parse(&plain.path), parse(&packed.path));
    assert_eq!(b.problems(), Vec::<CoreProblem>::new());
    assert_eq!(b.writer(), CoreWriter::TinyDbg);
    assert_eq!(b.size().0, b.size().1);
    assert!(contents(&a) == contents(&b));
    let provenance = |core: &CoreFile| {
        let found = core.notes().provenance.as_deref().expect("our note").clone();
        (found.unreadable, found.method, found.files.len())
    };
    assert_eq!(provenance(&a), provenance(&b));

    let commands = ["goroutines", "threads", "goroutine 1", "bt", "regs", "info"];
    let without_name = |core: &Path| {
        let lines = said(&target, core, &commands);
        let kept = lines
            .lines()
            .filter(|line| !line.contains(" by tinydbg-tui ") && !line.contains(".core"))
            // A second place for notes is a page more.
            .filter(|line| !line.contains("core size"));
        kept.map(|line| format!("{line}\n")).collect::<String>()
    };
    let (plain_said, packed_said) = (without_name(&plain.path), without_name(&packed.path));
    assert_eq!(plain_said.matches("main.waiter").count(), 10, "{plain_said}");
    assert_eq!(plain_said, packed_said);
    assert!(said(&target, &packed.path, &["info"]).contains("packed.core.zst"));
}

#[test]
fn without_a_name_it_ends_in_zst() {
    let Some(target) = Program::start(1) else { return };
    let output = Command::new(program())
        .args(["dump", &target.pid().to_string(), "--compress"])
        .current_dir(target.dir.path())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    let left = target.left_behind();
    assert!(left.len() == 1 && left[0].ends_with(".core.zst"), "{left:?}");
    let core = target.dir.path().join(&left[0]);
    let provenance = parse(&core).notes().provenance.clone().expect("our note");
    assert!(provenance.pause_ns.is_some_and(|pause| pause > 0));
    assert!(said(&target, &core, &["info"]).contains("the process stood still for"));
}

#[test]
fn a_cut_one_opens_as_far_as_it_goes() {
    let Some(target) = Program::start(16) else { return };
    let held = target.hold();
    let summary = held
        .dump(&compressed(&target, "a.core.zst"))
        .expect("it can be dumped");
    held.release();
    let bytes = fs::read(&summary.path).expect("readable");
    let cut = target.dir.path().join("cut.core.zst");
    fs::write(&cut, &bytes[..bytes.len() * 9 / 10]).expect("writable");
    let text = said(&target, &cut, &["threads"]);
    assert!(text.contains("is cut or damaged (zstd"), "{text}");
    assert!(text.contains("the core ends early"), "{text}");
    assert!(text.contains("Thread"), "{text}");
    fs::write(&cut, &bytes[..10]).expect("writable");
    let text = said(&target, &cut, &["threads"]);
    assert!(text.contains("cannot be unpacked"), "{text}");
}

#[test]
fn a_cancel_in_the_middle_leaves_nothing() {
    let Some(target) = Program::start(64) else { return };
    let held = target.hold();
    let cancel = CancelToken::new();
    let seen = Cell::new(0);
    let failure = held
        .dump_watched(&compressed(&target, "a.core.zst"), &cancel, &|report| {
            if report.phase == "copying memory" {
                seen.set(seen.get() + 1);
                cancel.cancel();
            }
        })
        .expect_err("it was cancelled");
    assert_eq!(failure.kind, FailureKind::Cancelled);
    assert!(seen.get() > 0);
    assert_eq!(target.left_behind(), Vec::<String>::new());
}

#[test]
fn an_unfinished_one_is_no_zstd_file() {
    let Some(target) = Program::start(64) else { return };
    let held = target.hold();
    let part = target.dir.path().join("a.core.zst.part");
    let seen = Cell::new(0);
    held.dump_watched(&compressed(&target, "a.core.zst"), &CancelToken::new(), &|_| {
        let bytes = fs::read(&part).unwrap_or_default();
        if bytes.len() > 4 {
            seen.set(seen.get() + 1);
            assert_eq!(bytes[..4], [0; 4]);
        }
    })
    .expect("it can be dumped");
    assert!(seen.get() > 0);
}
