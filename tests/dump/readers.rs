//! Our dumps in the readers of others: they have to take them without a word of complaint.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tinydbg_tui::model::DumpOptions;

use crate::common::skipped;
use crate::program::{Program, program};

/// Words by which these readers complain.
const COMPLAINTS: [&str; 9] = [
    "warning",
    "error",
    "unexpected",
    "invalid",
    "unable",
    "corrupt",
    "truncated",
    "unsupported",
    "not a core",
];

/// Runs a reader; `None`, with a line on stderr, when it is not installed. Fails on complaints.
fn read_by(reader: &Path, args: &[&str]) -> Option<String> {
    let output = match Command::new(reader).args(args).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            skipped(&format!("{} is not installed", reader.display()));
            return None;
        }
        Err(error) => unreachable!("{error}"),
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{}: {said}", reader.display());
    for line in said.lines() {
        let small = line.to_lowercase();
        let complains = COMPLAINTS.iter().any(|word| small.contains(word));
        // What is said of the Go program, of the reader's own installation, or of a kernel core of
        // the same process just as well.
        let other = [
            "auto-load",
            "debuginfod",
            ".gdbinit",
            "nameerror",
            "modulenotfound",
            "(deleted)",
        ];
        let about_other = other.iter().any(|word| small.contains(word));
        assert!(!complains || about_other, "{}: {line}", reader.display());
    }
    Some(said)
}

fn delve() -> PathBuf {
    let installed = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin/dlv"));
    installed
        .filter(|path| path.exists())
        .unwrap_or_else(|| "dlv".into())
}

#[test]
fn every_reader_takes_it() {
    let Some(target) = Program::start(8) else { return };
    let held = target.hold();
    let options = DumpOptions {
        first: held.world.threads.get(1).map(|thread| thread.tid),
        ..target.options("a.core")
    };
    let summary = held.dump(&options).expect("it can be dumped");
    let tids: Vec<u32> = held.world.threads.iter().map(|thread| thread.tid.0).collect();
    held.release();
    readers_take(&target, &summary.path, &tids, options.first.expect("given").0);
}

#[test]
fn every_reader_takes_a_compressed_one_once_it_is_unpacked() {
    let Some(target) = Program::start(8) else { return };
    let held = target.hold();
    let options = DumpOptions {
        compress: true,
        first: held.world.threads.get(1).map(|thread| thread.tid),
        ..target.options("a.core.zst")
    };
    let summary = held.dump(&options).expect("it can be dumped");
    let tids: Vec<u32> = held.world.threads.iter().map(|thread| thread.tid.0).collect();
    held.release();
    // What zstd says of it shows that the frame has its size and its checksum.
    let packed = summary.path.to_str().expect("plain");
    let Some(said) = read_by(Path::new("zstd"), &["-lv", packed]) else {
        return;
    };
    assert!(
        said.contains("XXH64") && said.contains("Decompressed Size"),
        "{said}"
    );
    let core = target.dir.path().join("a.core");
    let unpacked = core.to_str().expect("plain");
    read_by(Path::new("zstd"), &["-dq", "--sparse", packed, "-o", unpacked]);
    readers_take(&target, &core, &tids, options.first.expect("given").0);
}

/// Every reader that is installed opens `core`, which is of these threads.
fn readers_take(target: &Program, core: &Path, tids: &[u32], first: u32) {
    let threads = tids.len();
    let core = core.to_str().expect("plain");
    let exe = target.exe.to_str().expect("plain");
    let read = |reader: &str, args: &[&str]| read_by(Path::new(reader), args);

    if let Some(said) = read("readelf", &["-W", "-h", "-l", "-n", core]) {
        assert_eq!(said.matches("NT_PRSTATUS").count(), threads);
        assert!(said.contains("NT_FILE") && said.contains("NT_SIGINFO") && said.contains("TINYDBG"));
    }
    if let Some(said) = read("eu-readelf", &["-n", core]) {
        assert_eq!(said.matches(" PRSTATUS").count(), threads, "{said}");
        assert!(said.contains(&format!("pid: {}", target.pid())), "{said}");
    }
    if let Some(said) = read("eu-unstrip", &["-n", "--core", core]) {
        assert!(said.contains("/dumped") && said.contains("linux-vdso"), "{said}");
    }
    let gdb = [
        "-nx",
        "-batch",
        "-ex",
        "info threads",
        "-ex",
        "info registers ymm0",
        "-ex",
        "info auxv",
    ];
    if let Some(said) = read("gdb", &[gdb.as_slice(), &[exe, core]].concat()) {
        for tid in tids {
            assert!(said.contains(&format!("LWP {tid}")), "{said}");
        }
        assert!(said.contains(&format!("* 1    LWP {first}")), "{said}");
        assert!(said.contains("v8_int32") && said.contains("AT_ENTRY"), "{said}");
    }
    let lldb = [
        "--no-lldbinit",
        "-b",
        "-o",
        "thread list",
        "-o",
        "image list",
        "-c",
        core,
        exe,
    ];
    if let Some(said) = read("lldb", &lldb) {
        for tid in tids {
            assert!(said.contains(&format!("tid = {tid}")), "{said}");
        }
        assert!(said.contains("[vdso]") || said.contains("/dumped"), "{said}");
    }
    let script = target.dir.path().join("commands");
    std::fs::write(&script, "goroutines\nthreads\nexit\n").expect("writable");
    let dlv = [
        "core",
        exe,
        core,
        "--check-go-version=false",
        "--allow-non-terminal-interactive",
        "--init",
    ];
    if let Some(said) = read_by(
        &delve(),
        &[dlv.as_slice(), &[script.to_str().expect("plain")]].concat(),
    ) {
        assert_eq!(said.matches("main.waiter").count(), 10, "{said}");
        assert_eq!(said.matches("Thread ").count(), threads, "{said}");
    }
}

#[test]
fn our_own_reader_says_where_it_comes_from() {
    let Some(target) = Program::start(1) else { return };
    let held = target.hold();
    let summary = held.dump(&target.options("a.core")).expect("it can be dumped");
    held.release();
    let run = |command: &str| {
        let output = Command::new(program())
            .args(["core"])
            .arg(&target.exe)
            .arg(&summary.path)
            .args(["-x", command])
            .output()
            .expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    };
    let info = run("info");
    assert!(
        info.contains("tinydbg-tui") && info.contains("while it was stopped"),
        "{info}"
    );
    assert!(
        info.contains("cannot be read") || info.contains("could not be read"),
        "{info}"
    );
    let report = run("report");
    assert!(report.contains("not a crash"), "{report}");
    let goroutines = run("goroutines");
    assert_eq!(goroutines.matches("main.waiter").count(), 10, "{goroutines}");
}
