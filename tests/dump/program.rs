//! The program of `tests/programs/dumped`, held still by our tracer.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tinydbg_tui::base::{Addr, CancelToken, Limits, SharedBytes};
use tinydbg_tui::elf::CoreFile;
use tinydbg_tui::model::{DumpMethod, DumpOptions, DumpProgress, DumpSummary, Failure};
use tinydbg_tui::os::{ProcDir, ProcessMemory};
use tinydbg_tui::target::dump::{DumpSource, write_dump};
use tinydbg_tui::target::live::{Tracer, World};

use crate::common::go::{Build, newest, scratch_root};
use crate::common::skipped;

/// A running program; killed when dropped.
pub struct Program {
    child: Child,
    pub exe: PathBuf,
    /// Where its memory of each kind lies: untouched, secret, shared, copied, behind, hidden.
    pub places: [Addr; 6],
    /// Its working directory, where dumps go.
    pub dir: TempDir,
}

/// A program that stands still.
pub struct Held {
    tracer: Tracer,
    pub world: World,
    pub process: ProcDir,
    pub memory: ProcessMemory,
}

impl Program {
    /// Starts it with a heap of so many MB; `None` where there is no Go.
    pub fn start(heap: u32) -> Option<Self> {
        if newest().is_none() {
            skipped("dumps need a Go program");
            return None;
        }
        let exe = Build::of("dumped").exe();
        let root = scratch_root().join("dumps");
        fs::create_dir_all(&root).expect("the target directory is writable");
        let dir = TempDir::new_in(root).expect("the target directory is writable");
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
            .arg(&exe)
            .arg(heap.to_string())
            .arg(dir.path().join("mapped"))
            .env_clear()
            .env("GOTRACEBACK", "crash")
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut ready = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        output.read_line(&mut ready).expect("it is ready");
        let mut words = ready.split_whitespace().skip(1);
        let places =
            std::array::from_fn(|_| Addr(words.next().and_then(|word| word.parse().ok()).expect(&ready)));
        Some(Self {
            child,
            exe,
            places,
            dir,
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn hold(&self) -> Held {
        let mut tracer = Tracer::start(program(), self.pid()).expect("it can be traced");
        let world = tracer.stop().expect("it can be stopped");
        Held {
            tracer,
            world,
            process: ProcDir::new(self.pid()),
            memory: ProcessMemory::open(self.pid()).expect("it can be read"),
        }
    }

    /// Dumps it from a frozen copy while it runs on; `None` where no copy can be made.
    pub fn dump_snapshot(&self, options: &DumpOptions) -> Option<DumpSummary> {
        let mut tracer = Tracer::start(program(), self.pid()).expect("it can be traced");
        let snapshot = match tracer.snapshot() {
            Ok(snapshot) => snapshot,
            Err(reason) => {
                skipped(&format!("no snapshot here: {reason}"));
                return None;
            }
        };
        let source = DumpSource {
            target: &ProcDir::new(self.pid()),
            memory_of: &ProcDir::new(snapshot.pid),
            memory: &ProcessMemory::open(snapshot.pid).expect("it can be read"),
            world: &snapshot.world,
            method: DumpMethod::Snapshot,
        };
        let summary = write_dump(source, options, &CancelToken::new(), &|_| {});
        tracer.end_snapshot().expect("it can be removed");
        Some(summary.expect("it can be dumped"))
    }

    pub fn options(&self, name: &str) -> DumpOptions {
        DumpOptions {
            path: Some(self.dir.path().join(name)),
            ..DumpOptions::default()
        }
    }

    /// Ends it by `signal` and waits for its end.
    pub fn end(&mut self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.pid().cast_signed());
        nix::sys::signal::kill(pid, signal).expect("it lives");
        self.child.wait().expect("it is ours");
    }

    /// Names in its directory that belong to dumps.
    pub fn left_behind(&self) -> Vec<String> {
        leftovers(self.dir.path())
    }

    /// A number of `/proc/PID/status`, in KiB.
    pub fn kib(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it lives");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| unreachable!("no {field}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Held {
    pub fn source(&self) -> DumpSource<'_> {
        DumpSource {
            target: &self.process,
            memory_of: &self.process,
            memory: &self.memory,
            world: &self.world,
            method: DumpMethod::Stop,
        }
    }

    pub fn dump(&self, options: &DumpOptions) -> Result<DumpSummary, Failure> {
        self.dump_watched(options, &CancelToken::new(), &|_| {})
    }

    pub fn dump_watched(
        &self,
        options: &DumpOptions,
        cancel: &CancelToken,
        report: &dyn Fn(DumpProgress),
    ) -> Result<DumpSummary, Failure> {
        write_dump(self.source(), options, cancel, report)
    }

    pub fn release(mut self) {
        self.tracer.release().expect("it can go on");
    }
}

pub fn leftovers(directory: &Path) -> Vec<String> {
    fs::read_dir(directory)
        .expect("the directory is readable")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with("mapped"))
        .collect()
}

/// A core, unpacked if it is compressed.
pub fn parse(core: &Path) -> CoreFile {
    let mut bytes = fs::read(core).expect("the core is readable");
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        bytes = zstd::decode_all(bytes.as_slice()).expect("the frame is whole");
    }
    CoreFile::parse(SharedBytes::new(bytes), &Limits::default(), &CancelToken::new()).expect("a core")
}

/// The program under test, which holds the tracer.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tinydbg-tui"))
}
