//! Cores of running and dying programs: by the kernel, by gcore, by Delve.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::go::scratch_root;
use super::skipped;

/// Longest life of a program under test, and longest run of a tool that dumps it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that left a core.
#[derive(Debug)]
pub struct Crashed {
    pub exe: PathBuf,
    pub core: PathBuf,
    /// What the program and the Go runtime printed: under GOTRACEBACK=crash the stack of every
    /// goroutine, which is the truth that ours are held against.
    pub stderr: String,
    pub stdout: String,
    /// Holds `core`; deleted when this is dropped.
    pub dir: TempDir,
}

/// Who writes the core of a living program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    Gcore,
    Delve,
}

/// A program about to be run.
#[derive(Clone, Debug)]
pub struct Run {
    exe: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

/// Runs `exe` until it dies and leaves a core. `None`, with a line on stderr, where this machine
/// puts no core into the working directory.
pub fn crash(exe: &Path, args: &[&str]) -> Option<Crashed> {
    Run::of(exe, args).until_death()
}

impl Run {
    /// Runs with GOTRACEBACK=crash and nothing else in its environment.
    pub fn of(exe: &Path, args: &[&str]) -> Self {
        Self {
            exe: exe.to_owned(),
            args: args.iter().map(ToString::to_string).collect(),
            env: vec![("GOTRACEBACK".to_owned(), "crash".to_owned())],
        }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Waits for it to die by itself.
    pub fn until_death(self) -> Option<Crashed> {
        let dir = scratch();
        let mut child = self.spawn(&dir);
        wait(&mut child, &self);
        self.collect(dir)
    }

    /// Waits for it to print a line that starts with `ready`, then sends it `signal` (`ABRT`).
    pub fn killed_by(self, signal: &str) -> Option<Crashed> {
        let dir = scratch();
        let mut child = self.spawn(&dir);
        await_ready(&mut child, &dir);
        let sent = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal} failed");
        wait(&mut child, &self);
        self.collect(dir)
    }

    /// Waits for it to print `ready`, has `writer` dump it, then ends it. `None`, with a line on
    /// stderr, where the tool is not installed.
    pub fn once_ready(self, writer: Writer) -> Option<Crashed> {
        let dir = scratch();
        if !writer.is_here() {
            skipped(&format!("{writer:?} is not installed"));
            return None;
        }
        let mut child = self.spawn(&dir);
        await_ready(&mut child, &dir);
        let complaints = writer.dump(child.id(), dir.path());
        // Ours, and still there: nobody else has waited for it.
        child.kill().expect("the program under test can be ended");
        wait(&mut child, &self);
        let crashed = self.collect(dir);
        assert!(crashed.is_some(), "{writer:?} wrote no core: {complaints}");
        crashed
    }

    /// Starts it in `dir` with unlimited cores; its output goes to files, which never block it.
    fn spawn(&self, dir: &TempDir) -> Child {
        let output =
            |name: &str| File::create(dir.path().join(name)).expect("the scratch directory is writable");
        Command::new("sh")
            .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
            .arg(&self.exe)
            .args(&self.args)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(output("stdout"))
            .stderr(output("stderr"))
            .spawn()
            .expect("the program under test starts")
    }

    fn collect(self, dir: TempDir) -> Option<Crashed> {
        let core = fs::read_dir(dir.path())
            .expect("the scratch directory is readable")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("core"))
            });
        let Some(core) = core else {
            let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
            skipped(&format!(
                "no core in the working directory; core_pattern is {:?}",
                pattern.trim()
            ));
            return None;
        };
        Some(Crashed {
            exe: self.exe,
            core,
            stderr: text(&dir.path().join("stderr")),
            stdout: text(&dir.path().join("stdout")),
            dir,
        })
    }
}

impl Writer {
    fn is_here(self) -> bool {
        let (program, argument) = match self {
            Self::Gcore => ("gcore".into(), "-h"),
            Self::Delve => (delve(), "version"),
        };
        let mut command = Command::new(program);
        command.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    }

    /// Dumps the process into `dir`; returns what the tool said.
    fn dump(self, pid: u32, dir: &Path) -> String {
        let pid = pid.to_string();
        let mut command = match self {
            Self::Gcore => {
                let mut command = Command::new("gcore");
                command.arg("-o").arg(dir.join("core")).arg(pid);
                command
            }
            Self::Delve => {
                let script = dir.join("commands");
                let dump = format!("dump {}\nexit -c\n", dir.join("core").display());
                fs::write(&script, dump).expect("the scratch directory is writable");
                let mut command = Command::new(delve());
                command.args([
                    "attach",
                    "--check-go-version=false",
                    "--allow-non-terminal-interactive",
                    "--init",
                ]);
                command.arg(script).arg(pid);
                command
            }
        };
        let output = command.stdin(Stdio::null()).output().expect("the tool starts");
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }
}

/// `dlv` of the path, else where `go install` puts it.
fn delve() -> PathBuf {
    let installed = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin/dlv"));
    installed
        .filter(|path| path.exists())
        .unwrap_or_else(|| "dlv".into())
}

fn scratch() -> TempDir {
    let root = scratch_root().join("runs");
    fs::create_dir_all(&root).expect("the target directory is writable");
    TempDir::new_in(root).expect("the target directory is writable")
}

fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    file.expect("the program's output is readable");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wait(child: &mut Child, run: &Run) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the program under test is ours") {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("the program under test can be ended");
            assert!(start.elapsed() < PATIENCE, "{run:?} still ran after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn await_ready(child: &mut Child, dir: &TempDir) {
    let start = Instant::now();
    while !text(&dir.path().join("stdout"))
        .lines()
        .any(|line| line.starts_with("ready"))
    {
        let ended = child.try_wait().expect("the program under test is ours");
        assert!(
            ended.is_none(),
            "ended before it was ready: {}",
            text(&dir.path().join("stderr"))
        );
        assert!(start.elapsed() < PATIENCE, "not ready after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}
