//! Programs in parts, and what is to be seen in their cores.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tinydbg_tui::base::{CancelToken, Limits, Pattern};
use tinydbg_tui::elf::ElfFile;
use tinydbg_tui::model::{FrameId, ImageInfo, OpenSpec, Subject, Value};
use tinydbg_tui::os::map_file;
use tinydbg_tui::target::{OpenContext, Target};

use super::common::go::{Build, Toolchain};
use super::common::{crash, skipped};

/// A program that was taken apart, and a core of it.
pub struct Parts {
    /// As the linker wrote it, in a directory of its own.
    pub whole: PathBuf,
    /// Without debug information; this is what ran.
    pub stripped: PathBuf,
    /// Only debug information.
    pub debug: PathBuf,
    pub core: PathBuf,
    /// Holds all but `whole`.
    pub dir: TempDir,
}

impl Parts {
    /// Takes the values program apart and lets it crash; `None` where a tool is missing.
    pub fn of(toolchain: &Toolchain) -> Option<Self> {
        if !has_tool("objcopy") {
            skipped("objcopy is not installed");
            return None;
        }
        let whole = Build::of("values_basic")
            .with(toolchain)
            .flags(&["-gcflags=all=-N -l"])
            .exe();
        let dir = tempfile::tempdir().unwrap();
        // The name of neither part leads to the other one.
        let (stripped, debug) = (
            dir.path().join("service"),
            dir.path().join("away/elsewhere.debug"),
        );
        fs::create_dir(dir.path().join("away")).unwrap();
        run(
            "objcopy",
            &["--only-keep-debug".as_ref(), whole.as_os_str(), debug.as_os_str()],
        );
        run("strip", &["-o".as_ref(), stripped.as_os_str(), whole.as_os_str()]);
        let crashed = crash(&stripped, &[])?;
        let core = dir.path().join("core");
        fs::copy(&crashed.core, &core).unwrap();
        Some(Self {
            whole,
            stripped,
            debug,
            core,
            dir,
        })
    }

    /// Puts the debug file where its build-id says, below a new directory. `None`: it has none.
    pub fn debug_dir(&self) -> Option<PathBuf> {
        let id = build_id(&self.whole)?;
        let dir = self.dir.path().join("debug");
        let place = dir.join(".build-id").join(&id[..2]);
        fs::create_dir_all(&place).unwrap();
        fs::copy(&self.debug, place.join(format!("{}.debug", &id[2..]))).unwrap();
        Some(dir)
    }

    pub fn open(&self, exe: &Path, debug_dirs: &[PathBuf]) -> Target {
        open(exe, &self.core, debug_dirs)
    }
}

pub fn open(exe: &Path, core: &Path, debug_dirs: &[PathBuf]) -> Target {
    let spec = OpenSpec::Core {
        exe: Some(exe.to_owned()),
        core: core.to_owned(),
        sysroot: None,
        debug_dirs: debug_dirs.to_vec(),
        substitute_path: Vec::new(),
        debuginfod: false,
    };
    let (limits, cancel) = (Limits::default(), CancelToken::new());
    Target::open(&spec, OpenContext::quiet(&limits, &cancel)).unwrap_or_else(|failure| panic!("{failure}"))
}

pub fn build_id(file: &Path) -> Option<String> {
    let elf = ElfFile::parse(map_file(file).unwrap().bytes, &Limits::default()).unwrap();
    elf.gnu_build_id().map(|id| id.to_string())
}

fn line(value: &Value) -> String {
    format!("  {} {} = {}", value.name, value.type_name, value.summary.plain())
}

/// Every variable of every frame of the crash, and every package variable of the program: name,
/// type and value, a line each.
pub fn all_seen(target: &Target) -> Vec<String> {
    let cancel = CancelToken::new();
    let frame = crash_frame(target);
    let stack = target
        .stack(frame.subject, 0, 50, &cancel)
        .unwrap_or_else(|failure| panic!("{failure}"));
    let mut seen = Vec::new();
    for row in &stack.frames {
        seen.push(format!("{:?}", row.location));
        let id = FrameId {
            index: row.index,
            ..frame
        };
        match target.scope(id, &cancel) {
            Ok(scope) => seen.extend(scope.args.iter().chain(&scope.locals).map(line)),
            Err(failure) => seen.push(format!("  {failure}")),
        }
    }
    let filter = Pattern::parse("^main\\.").unwrap();
    match target.globals(&filter, 0, 1000, &cancel) {
        Ok(page) => seen.extend(page.values.iter().map(line)),
        Err(failure) => seen.push(failure.to_string()),
    }
    seen
}

/// The innermost frame of the goroutine that crashed.
pub fn crash_frame(target: &Target) -> FrameId {
    let report = target
        .report(&CancelToken::new())
        .unwrap_or_else(|failure| panic!("{failure}"));
    let goroutine = report.crash.and_then(|crash| crash.goroutine);
    FrameId {
        subject: Subject::Goroutine(goroutine.unwrap_or_else(|| panic!("no goroutine crashed"))),
        index: 0,
    }
}

/// The program's own row of `images`.
pub fn main_image(target: &Target) -> ImageInfo {
    target.images().into_iter().next().unwrap()
}

pub fn has_tool(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok()
}

pub fn run(tool: &str, args: &[&OsStr]) {
    let output = Command::new(tool).args(args).output().unwrap();
    assert!(
        output.status.success(),
        "{tool}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
