//! Cores that the kernel, gcore and Delve write of a Go program, compared with gdb and readelf.
//!
//! Each test says why it is skipped when a tool is missing; `TINYDBG_REQUIRE_GO=1` makes a missing
//! Go toolchain a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::super::*;
use crate::arch::amd64;
use crate::memory::MemoryExt;
use crate::model::Verified;

const PROGRAM: &str = r#"package main

import (
	"fmt"
	"os"
	"time"
)

type node struct{ next *node }

func main() {
	for i := 0; i < 4; i++ {
		go func() { time.Sleep(time.Hour) }()
	}
	fmt.Println("ready")
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		time.Sleep(time.Hour)
	}
	var root node
	fmt.Println(root.next.next)
}
"#;

/// A built Go program in a directory of its own.
struct Program {
    directory: tempfile::TempDir,
}

impl Program {
    fn build(flags: &[&str]) -> Option<Self> {
        Self::build_source(PROGRAM, flags)
    }

    /// `None`, with the reason printed, when there is no Go toolchain here.
    fn build_source(source: &str, flags: &[&str]) -> Option<Self> {
        let required = std::env::var_os("TINYDBG_REQUIRE_GO").is_some();
        if Command::new("go").arg("version").output().is_err() {
            assert!(!required, "TINYDBG_REQUIRE_GO is set, but `go` is not here");
            println!("skipped: `go` is not here");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("main.go"), source).unwrap();
        fs::write(directory.path().join("go.mod"), "module lab\n\ngo 1.21\n").unwrap();
        let built = Command::new("go")
            .args(["build", "-o", "prog"])
            .args(flags)
            .current_dir(directory.path())
            .env("CGO_ENABLED", "0")
            .output()
            .unwrap();
        assert!(
            built.status.success(),
            "{}",
            String::from_utf8_lossy(&built.stderr)
        );
        Some(Self { directory })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Lets it crash and returns its core; `None` where the kernel puts cores elsewhere.
    fn crash(&self, limit: &str) -> Option<PathBuf> {
        let script = format!("ulimit -c {limit} && exec ./prog one 'two three'");
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.directory.path())
            .env_clear()
            .env("GOTRACEBACK", "crash")
            .env("FOO", "bar baz")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let core = fs::read_dir(self.directory.path())
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("core"))
            });
        if core.is_none() {
            println!("skipped: core_pattern sends cores elsewhere");
        }
        core
    }

    fn start(&self) -> Running {
        let child = Command::new(self.path("prog"))
            .arg("wait")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(300));
        Running(child)
    }

    fn open(&self, core: &Path) -> Opened {
        open_core(
            Some(&self.path("prog")),
            core,
            None,
            OpenContext::quiet(&Limits::default(), &CancelToken::new()),
        )
        .unwrap()
    }
}

/// A child that does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// Whether vector registers are compared: gdb has none for Delve's dumps, which leave xcr0 zero.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vectors {
    Compared,
    Unknown,
}

/// What gdb says of each thread: rip, rsp, rbp, r14, eflags, fs_base, and mxcsr, xmm1.
fn gdb_threads(exe: &Path, core: &Path, vectors: Vectors) -> Option<Vec<String>> {
    let (format, values) = match vectors {
        Vectors::Compared => (" %x %lx %lx", ", $mxcsr, $xmm1.v2_int64[0], $xmm1.v2_int64[1]"),
        Vectors::Unknown => ("", ""),
    };
    let print = format!(
        "thread apply all -q -ascending printf \"THREAD %lx %lx %lx %lx %x %lx{format}\\n\", $rip, $rsp, $rbp, \
         $r14, $eflags, $fs_base{values}"
    );
    let text = run(Command::new("gdb")
        .args(["-batch", "-nx", "-ex", &print])
        .args([exe, core]))?;
    let lines: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("THREAD "))
        .map(str::to_owned)
        .collect();
    assert!(!lines.is_empty(), "{text}");
    Some(lines)
}

fn our_threads(opened: &Opened, vectors: Vectors) -> Vec<String> {
    let line = |thread: &ThreadRecord| {
        let registers = &thread.registers;
        let [rip, rsp, rbp, r14] =
            [amd64::RIP, amd64::RSP, amd64::RBP, amd64::R14].map(|reg| registers.get(reg).unwrap());
        let flags = registers.flags.unwrap();
        let general = format!(
            "{rip:x} {rsp:x} {rbp:x} {r14:x} {flags:x} {:x}",
            registers.fs_base.unwrap()
        );
        let xmm1 = registers.xmm.as_ref().unwrap()[1];
        let mxcsr = registers.mxcsr.unwrap();
        match vectors {
            Vectors::Compared => format!("{general} {mxcsr:x} {:x} {:x}", xmm1 as u64, (xmm1 >> 64) as u64),
            Vectors::Unknown => general,
        }
    };
    opened.threads.iter().map(line).collect()
}

fn assert_registers_as_in_gdb(opened: &Opened, exe: &Path, core: &Path, vectors: Vectors) {
    let Some(mut theirs) = gdb_threads(exe, core, vectors) else {
        println!("not compared: gdb is not here");
        return;
    };
    let mut ours = our_threads(opened, vectors);
    // gdb numbers threads by tid in some cores and by note in others.
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn kernel_cores_agree_with_gdb_and_readelf() {
    for flags in [&[][..], &["-buildmode=pie"]] {
        let Some(program) = Program::build(flags) else {
            return;
        };
        let Some(core) = program.crash("unlimited") else {
            return;
        };
        let opened = program.open(&core);
        assert_eq!(opened.warnings, []);
        assert_eq!(opened.writer().expect("a core"), CoreWriter::Kernel);
        assert_registers_as_in_gdb(&opened, &program.path("prog"), &core, Vectors::Compared);

        let signal = opened.siginfo.as_ref().unwrap();
        assert_eq!((signal.name.as_str(), signal.code), ("SIGABRT", Some(-6)));
        assert_eq!(opened.process.args, ["./prog", "one", "two three"]);
        assert!(opened.process.env.contains(&"FOO=bar baz".to_owned()));

        let headers = run(Command::new("readelf").args(["-lnW"]).arg(&core)).unwrap();
        let loads = headers
            .lines()
            .filter(|line| line.trim_start().starts_with("LOAD "))
            .count();
        assert_eq!(opened.regions.len(), loads);
        assert_eq!(opened.threads.len(), headers.matches("NT_PRSTATUS").count());

        let main = &opened.images[0];
        assert!(main.is_main);
        assert_eq!(main.verified, Verified::Yes);
        let notes = run(Command::new("readelf").args(["-nW"]).arg(program.path("prog"))).unwrap();
        if let Some(id) = notes.split("Build ID: ").nth(1) {
            let id = id.split_whitespace().next().unwrap();
            assert_eq!(main.build_id.as_ref().unwrap().to_string(), id);
            // The same out of the one page that the core keeps.
            let header = main.range.start;
            let in_core =
                crate::target::placement::build_id_in_memory(&*opened.memory, header, &Limits::default());
            assert_eq!(in_core.unwrap().to_string(), id);
        }
        assert!(main.elf.as_ref().unwrap().go_build_id().unwrap().contains('/'));
        let file = fs::read(program.path("prog")).unwrap();
        let elf = main.elf.as_ref().unwrap();
        for segment in elf.segments().iter().filter(|segment| !segment.writable) {
            let at = segment.vaddr.to_runtime(main.bias);
            let len = usize::try_from(segment.file_size).unwrap();
            let start = usize::try_from(segment.file_offset).unwrap();
            assert_eq!(
                opened.memory.read_bytes(at, len).unwrap(),
                &file[start..start + len]
            );
        }
    }
}

#[test]
fn the_executable_is_found_by_the_names_in_the_core() {
    let Some(program) = Program::build(&[]) else {
        return;
    };
    let Some(core) = program.crash("unlimited") else {
        return;
    };
    let opened = open_core(
        None,
        &core,
        None,
        OpenContext::quiet(&Limits::default(), &CancelToken::new()),
    )
    .unwrap();
    assert_eq!(opened.warnings, []);
    assert_eq!(opened.images[0].verified, Verified::Yes);
}

#[test]
fn another_build_is_refused_even_when_only_a_constant_changed() {
    let Some(program) = Program::build(&[]) else {
        return;
    };
    let Some(core) = program.crash("unlimited") else {
        return;
    };
    let other = Program::build_source(&PROGRAM.replace("i < 4", "i < 5"), &[]).unwrap();
    fs::copy(program.path("prog"), other.path("prog.right")).unwrap();
    let opened = other.open(&core);
    let right = program.path("prog");
    assert_eq!(
        opened.images[0].verified,
        Verified::Yes,
        "the core names the right one"
    );
    assert_eq!(opened.images[0].from, right.display().to_string());
    assert_eq!(opened.warnings[0].kind, WarningKind::Mismatch);
    let message = &opened.warnings[0].message;
    assert!(message.contains("is used instead"), "{message}");
    // Where the core names nothing that fits, the wrong one is not believed.
    let gone = program.path("gone");
    fs::rename(&right, &gone).unwrap();
    let opened = other.open(&core);
    assert_eq!(opened.images[0].verified, Verified::No);
    assert!(opened.images[0].elf.is_none());
    assert_eq!(opened.warnings[0].kind, WarningKind::Mismatch);
    fs::rename(&gone, &right).unwrap();
    // The right bytes under another name raise no alarm.
    let limits = Limits::default();
    let renamed = other.path("prog.right");
    let opened = open_core(
        Some(&renamed),
        &core,
        None,
        OpenContext::quiet(&limits, &CancelToken::new()),
    )
    .unwrap();
    assert_eq!(opened.warnings, []);
}

#[test]
fn a_stripped_copy_of_the_program_is_accepted() {
    let Some(program) = Program::build(&[]) else {
        return;
    };
    let Some(core) = program.crash("unlimited") else {
        return;
    };
    let stripped = program.path("stripped");
    if run(Command::new("strip")
        .arg("-o")
        .arg(&stripped)
        .arg(program.path("prog")))
    .is_none()
    {
        println!("skipped: strip is not here");
        return;
    }
    let opened = open_core(
        Some(&stripped),
        &core,
        None,
        OpenContext::quiet(&Limits::default(), &CancelToken::new()),
    )
    .unwrap();
    assert_eq!(opened.warnings, []);
    assert_eq!(opened.images[0].verified, Verified::Yes);
    let other = Path::new("/bin/true");
    let opened = open_core(
        Some(other),
        &core,
        None,
        OpenContext::quiet(&Limits::default(), &CancelToken::new()),
    )
    .unwrap();
    assert_eq!(opened.warnings[0].kind, WarningKind::Mismatch);
}

#[test]
fn a_core_cut_by_the_limit_keeps_threads_and_says_what_is_missing() {
    let Some(program) = Program::build(&[]) else {
        return;
    };
    let Some(core) = program.crash("200") else { return };
    let opened = program.open(&core);
    assert_eq!(
        opened.warnings[0].kind,
        WarningKind::Truncated,
        "{:?}",
        opened.warnings
    );
    assert!(opened.process.core_bytes.expect("a core").0 < opened.process.core_bytes.expect("a core").1);
    assert!(opened.threads.len() >= 2);
    assert_eq!(opened.images[0].verified, Verified::Yes);
}

/// Of a small C program: gcore writes a Go program's reserved memory in full, more than a gigabyte.
#[test]
fn gcore_dumps_agree_with_gdb() {
    let directory = tempfile::tempdir().unwrap();
    let Ok(child) = Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn() else {
        println!("skipped: `sleep` is not here");
        return;
    };
    let running = Running(child);
    std::thread::sleep(Duration::from_millis(100));
    let pid = running.0.id();
    let core = directory.path().join(format!("g.{pid}"));
    let mut gcore = Command::new("gcore");
    gcore
        .args(["-o", "g", &pid.to_string()])
        .current_dir(directory.path());
    if run(&mut gcore).is_none() || !core.exists() {
        println!("skipped: gcore is not here or may not attach");
        return;
    }
    let opened = open_core(
        None,
        &core,
        None,
        OpenContext::quiet(&Limits::default(), &CancelToken::new()),
    )
    .unwrap();
    assert_eq!(opened.warnings, []);
    assert_eq!(opened.writer().expect("a core"), CoreWriter::Gcore);
    assert_eq!(opened.siginfo, None);
    assert_eq!(opened.process.pid, Some(pid));
    assert_eq!(opened.process.args, ["sleep", "1000"]);
    let main = &opened.images[0];
    assert_eq!(main.verified, Verified::Yes);
    assert!(
        opened
            .images
            .iter()
            .any(|image| image.path.contains("libc.so") && image.elf.is_some())
    );
    assert_registers_as_in_gdb(&opened, Path::new(&main.from), &core, Vectors::Compared);
    // Read-only data of which gcore writes nothing at all.
    let file = fs::read(&main.from).unwrap();
    let elf = main.elf.as_ref().unwrap();
    for segment in elf.segments().iter().filter(|segment| !segment.writable) {
        let at = segment.vaddr.to_runtime(main.bias);
        let len = usize::try_from(segment.file_size).unwrap();
        let start = usize::try_from(segment.file_offset).unwrap();
        assert_eq!(
            opened.memory.read_bytes(at, len).unwrap(),
            &file[start..start + len]
        );
    }
}

#[test]
fn delve_dumps_agree_with_gdb() {
    let Some(program) = Program::build(&[]) else {
        return;
    };
    let home = std::env::var("HOME").unwrap_or_default();
    let dlv = [format!("{home}/go/bin/dlv"), "dlv".to_owned()]
        .into_iter()
        .find(|path| Command::new(path).arg("version").output().is_ok());
    let Some(dlv) = dlv else {
        println!("skipped: dlv is not here");
        return;
    };
    let running = program.start();
    let core = program.path("d.core");
    fs::write(program.path("init"), format!("dump {}\nquit\n", core.display())).unwrap();
    let said = run(Command::new(dlv)
        .args(["attach", &running.0.id().to_string(), "--check-go-version=false"])
        .args(["--allow-non-terminal-interactive=true", "--init"])
        .arg(program.path("init")));
    if !core.exists() {
        println!("skipped: Delve wrote no dump: {said:?}");
        return;
    }
    let opened = program.open(&core);
    assert_eq!(opened.warnings, []);
    assert_eq!(opened.writer().expect("a core"), CoreWriter::Delve);
    assert_eq!(opened.process.pid, Some(running.0.id()));
    assert_eq!(opened.process.args.last().map(String::as_str), Some("wait"));
    assert_eq!(opened.images[0].verified, Verified::Yes);
    assert_registers_as_in_gdb(&opened, &program.path("prog"), &core, Vectors::Unknown);
}

/// Flips and cuts over the headers and notes of a real core; the seed of a failure is printed.
#[test]
fn mutated_cores_never_panic() {
    let Some(program) = Program::build(&[]) else {
        return;
    };
    let Some(core) = program.crash("unlimited") else {
        return;
    };
    let mut head = fs::read(core).unwrap();
    head.truncate(160 << 10);
    let exe = SharedBytes::new(fs::read(program.path("prog")).unwrap());
    for seed in 1..=600_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as usize
        };
        let mut bytes = head.clone();
        for _ in 0..=next() % 8 {
            let area = if next() % 4 == 0 { bytes.len() } else { 48 << 10 };
            let at = next() % area;
            bytes[at] = [next() as u8, 0, 0xff, 0x80][next() % 4];
        }
        if next() % 3 == 0 {
            bytes.truncate(next() % head.len());
        }
        let exe = (next() % 2 == 0).then(|| exe.clone());
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if let Ok(opened) = open_core_bytes(
                exe,
                SharedBytes::new(bytes),
                &Limits::default(),
                &CancelToken::new(),
            ) {
                for region in &opened.regions {
                    let _ = opened.memory.read_some(region.start, &mut [0; 64]);
                }
            }
        }));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
