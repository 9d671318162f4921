//! Whatever goes wrong is told, and nothing is left behind.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tinydbg_tui::base::CancelToken;
use tinydbg_tui::model::{DumpOptions, Failure, FailureKind};

use crate::common::skipped;
use crate::program::{Held, Program, leftovers};

fn dump_to(held: &Held, path: PathBuf) -> Failure {
    let options = DumpOptions {
        path: Some(path),
        ..DumpOptions::default()
    };
    held.dump(&options).expect_err("it cannot be written")
}

#[test]
fn what_is_in_the_way_stays_as_it_is() {
    let Some(program) = Program::start(1) else { return };
    let held = program.hold();
    let at = |name: &str| program.dir.path().join(name);
    fs::write(at("file"), b"precious").expect("writable");
    symlink(at("elsewhere"), at("link")).expect("writable");
    for (name, said) in [
        ("file", "exists already"),
        ("link", "is a symbolic link"),
        ("none/x", "No such file"),
        ("", "names no file"),
    ] {
        let failure = dump_to(&held, at(name));
        assert!(failure.to_string().contains(said), "{failure}");
        assert!(!failure.hints.is_empty());
    }
    assert!(
        dump_to(&held, "/dev/stdout".into())
            .to_string()
            .contains("not a regular file")
    );
    assert_eq!(fs::read(at("file")).expect("readable"), b"precious");
    let mut left = program.left_behind();
    left.sort();
    assert_eq!(left, ["file", "link"]);
    let options = DumpOptions {
        overwrite: true,
        ..program.options("file")
    };
    assert!(held.dump(&options).is_ok());
    assert!(fs::read(at("file")).expect("readable").starts_with(b"\x7fELF"));
}

#[test]
fn a_cancel_in_the_middle_leaves_nothing() {
    let Some(program) = Program::start(300) else {
        return;
    };
    let held = program.hold();
    let cancel = CancelToken::new();
    let failure = held
        .dump_watched(&program.options("a"), &cancel, &|report| {
            if report.phase == "copying memory" {
                assert!(program.left_behind().contains(&"a.part".to_owned()));
                cancel.cancel();
            }
        })
        .expect_err("it is cancelled");
    assert_eq!(failure.kind, FailureKind::Cancelled);
    assert_eq!(program.left_behind(), Vec::<String>::new());
    held.release();
}

#[test]
fn a_target_killed_in_the_middle_leaves_nothing() {
    let Some(program) = Program::start(300) else {
        return;
    };
    let held = program.hold();
    let pid = Pid::from_raw(program.pid().cast_signed());
    let killed = Cell::new(false);
    let failure = held
        .dump_watched(&program.options("a"), &CancelToken::new(), &|report| {
            if report.phase == "copying memory" && !killed.replace(true) {
                kill(pid, Signal::SIGKILL).expect("it lives");
            }
        })
        .expect_err("it is gone");
    assert_eq!(failure.kind, FailureKind::NotFound, "{failure}");
    assert!(
        failure.message.contains("ended or became another program"),
        "{failure}"
    );
    assert_eq!(program.left_behind(), Vec::<String>::new());
}

#[test]
fn a_directory_that_vanishes_in_the_middle_is_told() {
    let Some(program) = Program::start(8) else { return };
    let held = program.hold();
    let inner = program.dir.path().join("inner");
    fs::create_dir(&inner).expect("writable");
    let options = DumpOptions {
        path: Some(inner.join("a")),
        ..DumpOptions::default()
    };
    let failure = held
        .dump_watched(&options, &CancelToken::new(), &|report| {
            if report.phase == "copying memory" {
                let _ = fs::remove_dir_all(&inner);
            }
        })
        .expect_err("its place is gone");
    assert!(failure.to_string().contains("No such file"), "{failure}");
    assert_eq!(program.left_behind(), Vec::<String>::new());
}

#[test]
fn a_limit_on_file_sizes_is_an_error_and_no_death() {
    const MARK: &str = "TINYDBG_TEST_FILE_LIMIT";
    if std::env::var_os(MARK).is_some() {
        let Some(program) = Program::start(8) else { return };
        let failure = dump_to(&program.hold(), program.dir.path().join("a"));
        assert!(failure.to_string().contains("File too large"), "{failure}");
        assert!(failure.hints.iter().any(|hint| hint.contains("ulimit -f")));
        assert_eq!(program.left_behind(), Vec::<String>::new());
        return;
    }
    // In a process of its own, since the limit is the whole process's.
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 4096; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this very program"))
        .args([
            "--exact",
            "faults::a_limit_on_file_sizes_is_an_error_and_no_death",
        ])
        .env(MARK, "1")
        .output()
        .expect("sh starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A file system of a given size; unmounted when dropped.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().expect("writable");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(dir.path())
            .output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            skipped("mounting a small file system needs root");
            return None;
        }
        Some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_disk_that_is_too_small_is_known_before_anything_is_copied() {
    let Some(program) = Program::start(50) else { return };
    let Some(small) = Mounted::new("size=16m") else {
        return;
    };
    let failure = dump_to(&program.hold(), small.path().join("a"));
    assert!(failure.message.contains("are free in"), "{failure}");
    assert_eq!(leftovers(small.path()), Vec::<String>::new());
}

#[test]
fn a_disk_that_fills_in_the_middle_leaves_nothing() {
    let Some(program) = Program::start(100) else {
        return;
    };
    let Some(small) = Mounted::new("size=150m") else {
        return;
    };
    let options = DumpOptions {
        path: Some(small.path().join("a")),
        ..DumpOptions::default()
    };
    let held = program.hold();
    let filler = small.path().join("mapped-by-somebody-else");
    let failure = held
        .dump_watched(&options, &CancelToken::new(), &|report| {
            if report.phase == "copying memory" && !filler.exists() {
                let _ = fs::write(&filler, vec![1; 140 << 20]);
            }
        })
        .expect_err("there is no room");
    assert!(failure.to_string().contains("No space left"), "{failure}");
    assert!(failure.hints.iter().any(|hint| hint.contains("another disk")));
    assert_eq!(leftovers(small.path()), Vec::<String>::new());
}

#[test]
fn a_read_only_file_system_is_told() {
    let Some(program) = Program::start(1) else { return };
    let Some(fixed) = Mounted::new("ro,size=1m") else {
        return;
    };
    let failure = dump_to(&program.hold(), fixed.path().join("a"));
    assert!(failure.to_string().contains("Read-only file system"), "{failure}");
}

#[test]
fn nobody_else_may_read_whatever_the_umask_is() {
    let Some(program) = Program::start(1) else { return };
    let summary = program
        .hold()
        .dump(&program.options("a"))
        .expect("it can be dumped");
    let mode = fs::metadata(summary.path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
