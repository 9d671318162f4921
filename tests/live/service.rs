//! The service of `tests/programs/service` as a running process, and looks at it from outside.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tinydbg_tui::target::live::Tracer;

use crate::common::go::{Build, newest};
use crate::common::skipped;

/// What the service noticed. Counts are since its start, gaps since the last question.
#[derive(Clone, Debug, Deserialize)]
pub struct Noticed {
    pub served: i64,
    pub wrong: i64,
    pub born: i64,
    pub max_gap_ns: i64,
    pub pokes: i64,
    pub childs: i64,
    pub others: i64,
    pub trouble: Vec<String>,
}

/// A running service; killed when dropped.
pub struct Service {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Address and length of its random bytes.
    pub heap: (u64, usize),
}

impl Service {
    /// Starts it with `SERVICE_*` settings; `None` where there is no Go.
    pub fn start(settings: &[(&str, u32)]) -> Option<Self> {
        if newest().is_none() {
            skipped("live tests need Go");
            return None;
        }
        Some(Self::start_as(&Build::of("service").exe(), settings))
    }

    /// Starts this copy of it.
    pub fn start_as(exe: &Path, settings: &[(&str, u32)]) -> Self {
        let mut child = Command::new(exe)
            .env("GODEBUG", "asyncpreemptoff=1")
            .envs(
                settings
                    .iter()
                    .map(|(name, value)| (format!("SERVICE_{name}"), value.to_string())),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the service starts");
        let questions = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut ready = String::new();
        answers.read_line(&mut ready).expect("it is ready");
        let words: Vec<&str> = ready.split_whitespace().collect();
        let ["ready", _, start, length] = words[..] else {
            unreachable!("not ready: {ready:?}");
        };
        let heap = (
            u64::from_str_radix(start, 16).expect("an address"),
            length.parse().expect("a length"),
        );
        Self {
            child,
            questions,
            answers,
            heap,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn tracer(&self) -> Tracer {
        Tracer::start(program(), self.pid()).expect("it can be traced")
    }

    /// What it noticed so far; it has to be alive and running to answer.
    pub fn noticed(&mut self) -> Noticed {
        let questions = self.questions.as_mut().expect("open until the end");
        questions.write_all(b"\n").expect("it listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Asserts that it still works, unharmed and untraced, with no child of ours left.
    pub fn assert_unharmed(&mut self) {
        let before = self.noticed().served;
        let mut noticed = self.noticed();
        eventually("it serves", || {
            noticed = self.noticed();
            noticed.served > before
        });
        assert_eq!((noticed.wrong, noticed.trouble.len()), (0, 0), "{noticed:?}");
        assert_eq!(noticed.childs, 0, "a child of ours was noticed: {noticed:?}");
        assert_eq!(noticed.others, 0, "an unexpected signal: {noticed:?}");
        assert_eq!(field(self.pid(), "TracerPid"), "0");
        assert_eq!(children(self.pid()), Vec::<u32>::new());
    }

    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.pid().cast_signed());
        nix::sys::signal::kill(pid, signal).expect("it lives");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program under test, which holds the tracer.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tinydbg-tui"))
}

/// A field of `/proc/PID/status`, without surrounding blanks.
pub fn field(pid: u32, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// `R`, `S`, `T` and so on.
pub fn state(pid: u32) -> char {
    field(pid, "State").chars().next().unwrap_or(' ')
}

/// Children of all threads, zombies included.
pub fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|list| {
            let pids: Vec<u32> = list
                .split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect();
            pids
        })
        .collect()
}

/// Waits until `condition` holds.
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How often to repeat: `short`, or what TINYDBG_LIVE_ROUNDS says.
pub fn rounds(short: usize) -> usize {
    std::env::var("TINYDBG_LIVE_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(short)
}
