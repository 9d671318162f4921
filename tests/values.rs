//! Values of a crashed program's variables against the program's own words about them.
//!
//! The program prints each variable as it sees it and then dies under GOTRACEBACK=crash; the runtime
//! prints its stack with pc, sp and fp of every frame. From these two texts, the executable and the
//! core the same variables are read here. A value may be said to be optimised away; it may never
//! differ. Skips, with a reason, what Go toolchains are not at hand.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's helpers fail by panicking and say on stdout what they skipped"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tinydbg_tui::arch::{Reg, RegisterFile};
use tinydbg_tui::base::{Addr, AddrRange, CancelToken, Limits, Pattern};
use tinydbg_tui::elf::{CoreFile, ElfFile};
use tinydbg_tui::eval::{EvalError, FrameContext, ValueContext, expand, globals, scope};
use tinydbg_tui::memory::{Origin, Spliced, SplicedBuilder};
use tinydbg_tui::model::{Scope, Value, ValueRef, ValueState};
use tinydbg_tui::os::map_file;
use tinydbg_tui::symbols::DebugInfo;

const RSP: Reg = Reg(7);

#[derive(serde::Deserialize, Debug)]
struct Truth {
    function: String,
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    value: String,
    len: Option<u64>,
    cap: Option<u64>,
    addr: String,
}

/// A frame as the runtime printed it.
#[derive(Debug, Clone)]
struct Printed {
    function: String,
    line: u32,
    fp: u64,
    sp: u64,
    pc: u64,
}

struct Crash {
    truth: Vec<Truth>,
    /// Of the goroutine that crashed.
    frames: Vec<Printed>,
    /// Of the others, one after the other.
    others: Vec<Vec<Printed>>,
    bias: u64,
    memory: Spliced,
    info: DebugInfo,
    limits: Limits,
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

fn crash(version: &str, program: &str, flags: &[&str]) -> Option<Crash> {
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
    Some(Crash {
        truth: stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        frames: stacks.next().unwrap(),
        others: stacks.collect(),
        bias,
        memory: splice(&elf, &core, bias),
        info: DebugInfo::open(&elf, &limits).unwrap(),
        limits,
        _dir: dir,
    })
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

/// The variables of the frame at `index` of a stack in the runtime's text.
fn variables(crash: &Crash, frames: &[Printed], index: usize) -> Result<Scope, EvalError> {
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
        limits: &crash.limits,
        interrupted,
    };
    scope(&context, &CancelToken::new())
}

/// `got` against `want`, in which `?` stands for any text up to where both go on alike.
fn matches(got: &str, want: &str) -> bool {
    let mut parts = want.split('?');
    let Some(mut rest) = parts.next().and_then(|first| got.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        if at + 1 == parts.len() && !part.is_empty() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    parts.last().is_some_and(|last| last.is_empty()) || rest.is_empty()
}

#[derive(Default, Debug)]
struct Tally {
    equal: usize,
    unknown: Vec<String>,
    wrong: Vec<String>,
}

fn compare(tally: &mut Tally, truth: &Truth, value: Option<&Value>) {
    let name = format!("{}: {}", truth.function, truth.name);
    let Some(value) = value else {
        // Go describes no locals of which nothing is left (1.21 to 1.27).
        tally.unknown.push(format!("{name}: not described"));
        return;
    };
    let got = value.summary.plain();
    if matches!(value.state, ValueState::OptimizedOut | ValueState::Unreadable) {
        tally.unknown.push(format!("{name}: {got}"));
        return;
    }
    if value.state == ValueState::Partial && !got.contains("more") {
        tally.unknown.push(format!("{name}: {got}"));
        return;
    }
    let text = matches(&got, &truth.value) || cut_text(&got, &truth.value);
    let len = truth.len.is_none() || value.len == truth.len;
    let cap = truth.cap.is_none() || value.cap == truth.cap;
    let addr = truth.addr.is_empty() || value.addr.map(|addr| addr.to_string()).as_ref() == Some(&truth.addr);
    // Go's own name of a type is short; the debug information has the import path.
    let short = value.type_name.rsplit('/').next().unwrap_or_default();
    let shape = truth.type_name.contains('[') || short.contains("go.shape");
    if text && len && cap && addr && (shape || short == truth.type_name) {
        tally.equal += 1;
    } else {
        tally.wrong.push(format!(
            "{name}: want {} {} {:?} {:?} {}, got {} {got} {:?} {:?} {:?}",
            truth.type_name,
            truth.value,
            truth.len,
            truth.cap,
            truth.addr,
            value.type_name,
            value.len,
            value.cap,
            value.addr
        ));
    }
}

/// A line that was cut says how much it leaves out; what it shows has to be the start of the truth.
fn cut_text(got: &str, want: &str) -> bool {
    let Some((shown, left)) = got.split_once("…+") else {
        return false;
    };
    let shown = shown.trim_end_matches([' ', ',']).trim_end_matches('"');
    left.contains("more") && !shown.is_empty() && matches(&want[..shown.len().min(want.len())], shown)
}

fn check(version: &str, flags: &[&str], most_unknown: usize) {
    let Some(crash) = crash(version, "values_basic", flags) else {
        return;
    };
    let mut tally = Tally::default();
    let mut scopes: BTreeMap<&str, Scope> = BTreeMap::new();
    for (index, frame) in crash.frames.iter().enumerate() {
        if frame.function.starts_with("main.") {
            scopes
                .entry(&frame.function)
                .or_insert_with(|| variables(&crash, &crash.frames, index).unwrap());
        }
    }
    assert!(scopes.len() >= 9, "{:?}", crash.frames);
    assert!(crash.truth.len() > 30, "the program said too little");
    for truth in &crash.truth {
        let scope = scopes.get(truth.function.as_str());
        let scope = scope.unwrap_or_else(|| panic!("no frame of {}: {:?}", truth.function, scopes.keys()));
        let all = scope.args.iter().chain(&scope.locals);
        let value = all
            .filter(|value| !value.shadowed)
            .find(|value| value.name == truth.name);
        compare(&mut tally, truth, value);
    }
    println!(
        "{version} {flags:?}: {} equal, {} unknown",
        tally.equal,
        tally.unknown.len()
    );
    for line in &tally.unknown {
        println!("  unknown {line}");
    }
    assert!(
        tally.wrong.is_empty(),
        "{version} {flags:?}:\n{}",
        tally.wrong.join("\n")
    );
    assert!(
        tally.unknown.len() <= most_unknown,
        "{version} {flags:?}: too much is unknown"
    );
    shadows_and_pages(&crash, &scopes);
    every_frame_has_its_own_variables(&crash);
}

/// Function and inlined calls at every pc that the runtime printed are those that it printed.
fn every_frame_has_its_own_variables(crash: &Crash) {
    let mut count = 0;
    for frames in crash.others.iter().chain([&crash.frames]) {
        for (index, frame) in frames.iter().enumerate() {
            match variables(crash, frames, index) {
                Ok(_) => count += 1,
                Err(error) => panic!("{frame:x?}: {error}"),
            }
        }
    }
    assert!(count > 30, "only {count} frames");
}

fn shadows_and_pages(crash: &Crash, scopes: &BTreeMap<&str, Scope>) {
    let hidden = scopes["main.scopes"]
        .args
        .iter()
        .filter(|value| value.name == "x" && value.shadowed);
    assert_eq!(hidden.count(), 1, "the parameter x is shown as shadowed");
    let context = ValueContext {
        info: &crash.info,
        image: 0,
        bias: crash.bias,
        memory: &crash.memory,
        limits: &crash.limits,
    };
    let cancel = CancelToken::new();
    let sink = globals(&context, &Pattern::literal("main.sink"), 0, 10, &cancel).unwrap();
    assert_eq!(sink.values.len(), 1);
    assert_eq!(sink.values[0].summary.plain(), "*9");
    let long = scopes["main.scalars"]
        .locals
        .iter()
        .find(|value| value.name == "long")
        .unwrap();
    if let Some(reference @ ValueRef::Text { .. }) = &long.reference {
        let page = expand(&context, reference, 0, u64::MAX, &cancel).unwrap();
        assert_eq!(page.more, 0);
        assert_eq!(
            page.values[0].summary.plain(),
            format!("\"{}\"", "héllo\\x00".repeat(100))
        );
        // A page never ends within a character: the 9th byte is the first of two.
        let page = expand(&context, reference, 0, 9, &cancel).unwrap();
        assert_eq!(page.values[0].name, "[0:8]");
        assert_eq!(page.values[0].summary.plain(), "\"héllo\\x00h\"");
        assert_eq!(page.more, 692);
    }
}

const UNOPTIMISED: &[&str] = &["-gcflags=all=-N -l"];

#[test]
fn values_of_go_1_21_equal_the_programs_own() {
    check("go1.21.13", &[], 12);
    check("go1.21.13", UNOPTIMISED, 0);
}

#[test]
fn values_of_go_1_24_equal_the_programs_own() {
    check("go1.24.11", &[], 12);
    check("go1.24.11", UNOPTIMISED, 0);
}

#[test]
fn values_of_go_1_27_equal_the_programs_own() {
    check("go1.27.3", &[], 12);
    check("go1.27.3", UNOPTIMISED, 0);
}

#[test]
fn values_of_this_machines_go_equal_the_programs_own() {
    check("local", &[], 12);
    check("local", UNOPTIMISED, 0);
    check("local", &["-buildmode=pie"], 12);
    check("local", &["-ldflags=-compressdwarf=false"], 12);
}
