//! A program that printed what its variables are, its core, and the stacks that the runtime printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tinydbg_tui::arch::{Reg, RegisterFile};
use tinydbg_tui::base::{Addr, AddrRange, CancelToken, Limits};
use tinydbg_tui::elf::{CoreFile, ElfFile};
use tinydbg_tui::eval::{EvalError, FrameContext, ValueContext, scope};
use tinydbg_tui::go::GoRuntime;
use tinydbg_tui::memory::{Origin, Spliced, SplicedBuilder};
use tinydbg_tui::model::{Scope, Verified};
use tinydbg_tui::os::map_file;
use tinydbg_tui::symbols::{DebugInfo, Image};

const RSP: Reg = Reg(7);

#[derive(serde::Deserialize, Debug)]
pub struct Truth {
    /// Empty for package variables.
    #[serde(default)]
    pub function: String,
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub value: String,
    pub len: Option<u64>,
    pub cap: Option<u64>,
    #[serde(default)]
    pub addr: String,
    /// Of maps: text of every key and element, in any order.
    #[serde(default)]
    pub entries: Option<Vec<[String; 2]>>,
    /// Of functions: name and text of every captured variable.
    #[serde(default)]
    pub captured: Option<Vec<[String; 2]>>,
}

/// A frame as the runtime printed it.
#[derive(Debug, Clone)]
pub struct Printed {
    pub function: String,
    pub line: u32,
    pub fp: u64,
    pub sp: u64,
    pub pc: u64,
}

pub struct Crash {
    pub truth: Vec<Truth>,
    /// Of the goroutine that crashed.
    pub frames: Vec<Printed>,
    /// Of the others, one after the other.
    pub others: Vec<Vec<Printed>>,
    pub bias: u64,
    pub memory: Spliced,
    pub info: DebugInfo,
    pub go: GoRuntime,
    pub limits: Limits,
    _dir: tempfile::TempDir,
}

fn go(version: &str) -> Command {
    let mut command = Command::new("go");
    command
        .env("GOTOOLCHAIN", version)
        .env("GOPROXY", "off")
        .env("GOFLAGS", "-mod=mod");
    command.env("CGO_ENABLED", "0");
    command
}

fn build(version: &str, program: &str, flags: &[&str], dir: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/programs")
        .join(program);
    std::fs::copy(source.join("main.go"), dir.join("main.go")).unwrap();
    std::fs::write(dir.join("go.mod"), "module values\n\ngo 1.21\n").unwrap();
    let output = go(version)
        .current_dir(dir)
        .args(["build", "-o", "prog"])
        .args(flags)
        .arg(".")
        .output();
    match output {
        Ok(output) if output.status.success() => Some(dir.join("prog")),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(
                !text.contains("main.go:"),
                "the test's program does not compile: {text}"
            );
            println!("skipped {version}: {text}");
            None
        }
        Err(error) => {
            println!("skipped {version}: {error}");
            None
        }
    }
}

pub fn crash(version: &str, program: &str, flags: &[&str]) -> Option<Crash> {
    let dir = tempfile::tempdir().unwrap();
    let exe = build(version, program, flags, dir.path())?;
    let output = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec ./prog"])
        .current_dir(dir.path())
        .env("GOTRACEBACK", "crash")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let core = std::fs::read_dir(dir.path())
        .unwrap()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("core"))
        });
    let Some(core) = core else {
        println!("skipped {version}: this machine writes no core into the working directory");
        return None;
    };
    let limits = Limits::default();
    let elf = ElfFile::parse(map_file(&exe).unwrap().bytes, &limits).unwrap();
    let core = CoreFile::parse(map_file(&core).unwrap().bytes, &limits, &CancelToken::new()).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut stacks = parse_stacks(&stderr).into_iter();
    const AT_PHDR: u64 = 3;
    let loaded = core.notes().aux(AT_PHDR).unwrap();
    let bias = loaded - elf.program_headers_addr().unwrap().0;
    let memory = splice(&elf, &core, bias);
    let info = DebugInfo::open(&elf, &limits).unwrap();
    let image = Image {
        path: Arc::from("prog"),
        from: exe.display().to_string(),
        build_id: elf.gnu_build_id(),
        range: covered(&elf, bias),
        elf: Some(Arc::new(elf)),
        bias,
        verified: Verified::Unknown,
        is_main: true,
    };
    Some(Crash {
        truth: stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        frames: stacks.next().unwrap(),
        others: stacks.collect(),
        bias,
        go: GoRuntime::discover(&[image], &memory, &limits).unwrap(),
        memory,
        info,
        limits,
        _dir: dir,
    })
}

fn covered(elf: &ElfFile, bias: u64) -> AddrRange {
    let ends = elf.segments().iter().map(|segment| {
        let at = segment.vaddr.to_runtime(bias);
        AddrRange::sized(at, segment.mem_size)
    });
    ends.reduce(|a, b| AddrRange::between(a.start.min(b.start), a.end.max(b.end)))
        .unwrap()
}

fn splice(elf: &ElfFile, core: &CoreFile, bias: u64) -> Spliced {
    let mut builder = SplicedBuilder::new();
    let file = builder.store(elf.bytes().clone());
    for segment in elf.segments() {
        let range = AddrRange::sized(segment.vaddr.to_runtime(bias), segment.file_size);
        builder.bytes(range, file, segment.file_offset, Origin::VerifiedFile);
    }
    let store = builder.store(core.bytes().clone());
    for segment in core.segments() {
        let range = AddrRange::sized(segment.range.start, segment.present);
        builder.bytes(range, store, segment.file_offset, Origin::Target);
    }
    builder.build()
}

/// The stacks in the runtime's text, the one of the goroutine that crashed first.
fn parse_stacks(text: &str) -> Vec<Vec<Printed>> {
    let blocks = text.split("\n\n").filter(|block| block.starts_with("goroutine "));
    blocks.map(parse_stack).collect()
}

/// Frames of one goroutine: a line with the function, a line with place and registers. Inlined calls
/// come without registers, before the function that has them.
fn parse_stack(block: &str) -> Vec<Printed> {
    let lines: Vec<_> = block
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("created by "))
        .collect();
    let mut frames: Vec<Printed> = Vec::new();
    for pair in lines.chunks(2).rev() {
        let [head, place] = pair else { continue };
        if let (Some(function), true) = (function_name(head), place.starts_with('\t')) {
            let outer = frames.last().cloned();
            frames.push(parse_place(function, place, outer.as_ref()));
        }
    }
    frames.reverse();
    frames
}

/// `main.f` of `main.f({0x1, 0x2}, 0x3)`; receivers have brackets of their own: `main.(*T).f(...)`.
fn function_name(head: &str) -> Option<&str> {
    let bytes = head.as_bytes();
    let mut open = 0_i32;
    for at in (0..bytes.len()).rev() {
        match bytes[at] {
            b')' => open += 1,
            b'(' => {
                open -= 1;
                if open == 0 {
                    return head.get(..at);
                }
            }
            _ => {}
        }
    }
    None
}

fn parse_place(function: &str, place: &str, outer: Option<&Printed>) -> Printed {
    let field = |name: &str| {
        let text = place
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name))?;
        u64::from_str_radix(text, 16).ok()
    };
    let line = place
        .split_whitespace()
        .next()
        .and_then(|word| word.rsplit_once(':'));
    let own = field("pc=0x");
    Printed {
        function: function.to_owned(),
        line: line.and_then(|(_, line)| line.parse().ok()).unwrap(),
        fp: field("fp=0x").or(outer.map(|outer| outer.fp)).unwrap(),
        sp: field("sp=0x").or(outer.map(|outer| outer.sp)).unwrap(),
        pc: own.or(outer.map(|outer| outer.pc)).unwrap(),
    }
}

/// What the children of values are asked for with.
pub fn context(crash: &Crash) -> ValueContext<'_> {
    ValueContext {
        info: &crash.info,
        image: 0,
        bias: crash.bias,
        memory: &crash.memory,
        go: Some(&crash.go),
        limits: &crash.limits,
    }
}

/// The variables of the frame at `index` of a stack in the runtime's text.
pub fn variables(crash: &Crash, frames: &[Printed], index: usize) -> Result<Scope, EvalError> {
    let frame = &frames[index];
    // Rows of one physical frame share their fp; the last of them is the function with code.
    let same = |other: &&Printed| other.fp == frame.fp && other.sp == frame.sp;
    let inline_depth = frames[index + 1..].iter().take_while(same).count();
    let first = index - frames[..index].iter().rev().take_while(same).count();
    // A goroutine that has not run yet stands on the first instruction of its function.
    let fresh = index == 0 && frame.fp == frame.sp + 8;
    let faulted = first > 0 && frames[first - 1].function == "runtime.sigpanic";
    let interrupted = fresh || faulted;
    let registers = RegisterFile::new().with(RSP, frame.sp);
    let context = FrameContext {
        info: &crash.info,
        image: 0,
        bias: crash.bias,
        lookup_pc: Addr(if interrupted { frame.pc } else { frame.pc - 1 }).to_image(crash.bias),
        inline_depth,
        // The runtime prints this one function under the name that people know.
        function: (frame.function != "panic").then_some(&frame.function),
        cfa: Some(Addr(frame.fp)),
        registers: &registers,
        line: Some(frame.line),
        memory: &crash.memory,
        go: Some(&crash.go),
        limits: &crash.limits,
        interrupted,
    };
    scope(&context, &CancelToken::new())
}
