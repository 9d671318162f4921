//! Cores that systemd keeps: the list, and what the real `coredumpctl` starts as its debugger.
//!
//! Neither systemd as the first process nor its handler of cores is needed: the journal is written
//! by hand. Where coredumpctl and systemd-journal-remote are not installed, TINYDBG_SYSTEMD_ROOT may
//! name a directory into which their packages were unpacked (`dpkg -x`); else the test is skipped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::Crashed;
use common::go::{Build, newest};
use serde_json::Value;

const SECOND: u64 = 1_763_700_000;

/// A tool below the root of the system, or below the one that the environment names.
fn tool(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TINYDBG_SYSTEMD_ROOT").map_or_else(|| PathBuf::from("/"), PathBuf::from);
    let found = root.join(path);
    if !found.exists() {
        common::skipped(&format!("{} is not here", found.display()));
        return None;
    }
    Some(found)
}

/// An entry of the journal in the format for export.
fn entry(number: u64, pid: u32, exe: &Path, file: Option<&Path>) -> String {
    let micros = (SECOND + number) * 1_000_000;
    let exe = exe.display();
    let file = file.map_or_else(String::new, |file| {
        format!("COREDUMP_FILENAME={}\n", file.display())
    });
    format!(
        "__REALTIME_TIMESTAMP={micros}\n__MONOTONIC_TIMESTAMP={number}000000\n\
         _BOOT_ID=0123456789abcdef0123456789abcdef\nMESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1\n\
         MESSAGE=Process {pid} (panics) of user 0 dumped core.\nCOREDUMP_PID={pid}\nCOREDUMP_UID=0\n\
         COREDUMP_GID=0\nCOREDUMP_SIGNAL=6\nCOREDUMP_TIMESTAMP={micros}\nCOREDUMP_COMM=panics\n\
         COREDUMP_EXE={exe}\nCOREDUMP_CMDLINE={exe} nil\nCOREDUMP_UNIT=panics.service\n{file}\n"
    )
}

/// A machine with four crashes in its journal: one kept, one removed, one never kept, one not packed.
struct Machine {
    crashed: Crashed,
    journal: PathBuf,
}

impl Machine {
    fn new() -> Option<Self> {
        let remote = tool("lib/systemd/systemd-journal-remote")?;
        newest()?;
        let exe = Build::of("panics").flags(&["-ldflags=-s"]).exe();
        let crashed = common::crash(&exe, &["nil"])?;
        let home = crashed.dir.path();
        let packed = home.join("core.panics.0.0123456789abcdef0123456789abcdef.4711.1763700001000000.zst");
        let core = fs::File::open(&crashed.core).unwrap();
        zstd::stream::copy_encode(core, fs::File::create(&packed).unwrap(), 1).unwrap();
        let text = [
            entry(1, 4711, &exe, Some(&packed)),
            entry(2, 4712, &exe, Some(&home.join("removed.zst"))),
            entry(3, 4713, &exe, None),
            entry(4, 4714, &exe, Some(&crashed.core)),
        ];
        let export = home.join("entries");
        fs::write(&export, text.concat()).unwrap();
        let journal = home.join("x.journal");
        let made = Command::new(remote)
            .arg("-o")
            .args([&journal, &export])
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        Some(Self { crashed, journal })
    }

    /// `coredumpctl debug` with us as the debugger.
    fn coredumpctl(&self, args: &[&str], debugger: Option<&str>) -> Option<Output> {
        let mut command = Command::new(tool("usr/bin/coredumpctl")?);
        command.arg(format!("--file={}", self.journal.display()));
        command.args(args).stdin(Stdio::null());
        if let Some(debugger) = debugger {
            command.env("SYSTEMD_DEBUGGER", debugger);
        }
        Some(command.output().unwrap())
    }
}

const OURS: &str = env!("CARGO_BIN_EXE_tinydbg-tui");

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn coredumpctl_opens_its_cores_with_us() {
    let Some(machine) = Machine::new() else { return };
    for pid in ["4711", "4714"] {
        let debugger = format!("--debugger={OURS}");
        let args = ["debug", &debugger, "-A", "core -x bt --json", pid];
        let Some(output) = machine.coredumpctl(&args, None) else {
            return;
        };
        let line: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
        let frames = line["result"]["frames"].as_array().unwrap();
        let blamed = frames.iter().any(|frame| frame["function"] == "main.fail");
        assert!(
            blamed || frames.len() > 3,
            "{pid}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );

        let output = machine.coredumpctl(&["debug", pid], Some(OURS)).unwrap();
        let said = text(&output.stdout);
        assert!(
            said.contains("nil pointer dereference"),
            "{pid}: {said}{}",
            text(&output.stderr)
        );
    }
    assert!(machine.crashed.core.exists());
}

#[test]
fn the_list_has_what_coredumpctl_lists() {
    let Some(machine) = Machine::new() else { return };
    let output = Command::new(OURS)
        .args(["cores", "--json", "--journal"])
        .arg(&machine.journal)
        .output()
        .unwrap();
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ours: Vec<(u64, String)> = line["result"]["cores"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|core| core["unit"] == "panics.service")
        .map(|core| {
            let state = core["state"].as_str().unwrap().to_owned();
            (core["pid"].as_u64().unwrap(), state)
        })
        .collect();
    let Some(theirs) = machine.coredumpctl(&["--json=short", "list", "--reverse"], None) else {
        return;
    };
    let theirs: Vec<Value> = serde_json::from_slice(&theirs.stdout).unwrap();
    let theirs: Vec<(u64, String)> = theirs
        .iter()
        .map(|core| {
            let state = core["corefile"].as_str().unwrap().to_owned();
            (core["pid"].as_u64().unwrap(), state)
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 4);
}
