//! Every frame of every stack equals what the Go runtime printed in the very run that left the
//! core: function, file, line, pc, sp, fp, inlined calls.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail as loudly as tests"
)]

mod common;
mod oracle;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use common::go::{Build, toolchains};
use common::{Crashed, Run};
use oracle::{CrashText, Owner, PrintedFrame, PrintedStack};
use tinydbg_tui::base::{Addr, CancelToken, Limits};
use tinydbg_tui::go::{G, GoRuntime, GoStacks, M, PcScanner, Status};
use tinydbg_tui::memory::{Memory, MemoryExt};
use tinydbg_tui::model::{Frame, FrameTrust, StackEnd};
use tinydbg_tui::target::{OpenContext, OpenStack, Opened, StackReader, ThreadRecord, open_core};
use tinydbg_tui::unwind::Position;

/// A core, opened as far as stacks need it.
struct Case {
    core: Opened,
    runtime: GoRuntime,
    go: Arc<GoStacks>,
    stacks: StackReader,
    limits: Limits,
}

/// One whole stack of ours.
struct Ours {
    frames: Vec<Frame>,
    end: StackEnd,
}

impl Case {
    fn open(exe: &Path, core: &Path) -> Self {
        let limits = Limits::default();
        let core = open_core(
            Some(exe),
            core,
            None,
            OpenContext::quiet(&limits, &CancelToken::new()),
        )
        .unwrap_or_else(|failure| panic!("{failure}"));
        let runtime = GoRuntime::discover(&core.images, core.memory.as_ref(), &limits)
            .unwrap_or_else(|error| panic!("{error}"));
        let go = Arc::new(GoStacks::new(runtime.code.clone(), runtime.layout.clone()));
        let stacks = StackReader::new(&core.images, Some(Arc::clone(&go)), &limits);
        Self {
            core,
            runtime,
            go,
            stacks,
            limits,
        }
    }

    fn memory(&self) -> &dyn Memory {
        self.core.memory.as_ref()
    }

    fn g_of(&self, thread: &ThreadRecord) -> Option<Addr> {
        let at = Addr(thread.registers.fs_base?).offset(self.runtime.anchors.tls_g?);
        self.memory().read_addr(at).ok().filter(|g| !g.is_null())
    }

    fn goroutines(&self) -> Option<Vec<G>> {
        let anchors = &self.runtime.anchors;
        let word = |addr: Addr| self.memory().read_u64(addr).unwrap();
        // Small programs lack one of the two functions that show where the list is.
        let (array, len) = match (anchors.allgptr, anchors.allglen, anchors.allgs) {
            (Some(array), Some(len), _) => (Addr(word(array)), word(len)),
            (_, _, Some(slice)) => (Addr(word(slice)), word(slice.offset(8))),
            _ => return None,
        };
        let list = (0..len)
            .map(|index| self.memory().read_addr(array.offset(index as i64 * 8)).unwrap())
            .map(|g| G::read(&self.runtime.layout, self.memory(), g).unwrap())
            .filter(|g| !g.status.is_absent())
            .collect();
        Some(list)
    }

    fn thread_start(&self, thread: &ThreadRecord) -> Position {
        self.go
            .thread_position(&thread.registers, self.g_of(thread), self.memory())
    }

    /// Where a goroutine's stack begins: in the registers of the thread that runs it, else where
    /// the runtime saved it.
    fn start(&self, g: &G) -> Option<Position> {
        let runs = |thread: &&ThreadRecord| {
            let on_thread = self.g_of(thread).and_then(|g| {
                let g = G::read(&self.runtime.layout, self.memory(), g).ok()?;
                M::read(&self.runtime.layout, self.memory(), g.m?).ok()
            });
            on_thread.is_some_and(|m| m.curg == Some(g.addr))
        };
        let running = matches!(g.status, Status::Running | Status::Syscall);
        self.core
            .threads
            .iter()
            .find(runs)
            .filter(|_| running)
            .map(|thread| self.thread_start(thread))
            .or_else(|| self.go.saved_position(g.addr, self.memory()))
    }

    fn walk(&self, start: Position) -> Ours {
        let mut stack: OpenStack = self.stacks.open(start);
        let page = self
            .stacks
            .page(&mut stack, self.memory(), (0, usize::MAX), &CancelToken::new())
            .unwrap();
        Ours {
            frames: page.frames,
            end: page.end,
        }
    }
}

/// Names as the runtime prints them: type arguments are left out, a panic is called `panic`.
fn printed_name(name: &str) -> String {
    if name == "runtime.gopanic" {
        return "panic".to_owned();
    }
    match (name.find('['), name.rfind(']')) {
        (Some(open), Some(close)) if open < close => format!("{}[...]{}", &name[..open], &name[close + 1..]),
        _ => name.to_owned(),
    }
}

fn row(frame: &Frame) -> PrintedFrame {
    let location = &frame.location;
    let function = location
        .function
        .as_deref()
        .map_or_else(String::new, printed_name);
    let file = location.file.as_deref().unwrap_or("?").to_owned();
    PrintedFrame {
        function,
        file,
        line: location.line.unwrap_or(0),
        physical: (!frame.inlined).then(|| oracle::Physical {
            fp: frame.cfa.unwrap_or_default().0,
            sp: frame.sp.unwrap_or_default().0,
            pc: location.pc.0,
        }),
    }
}

/// The Go view of rows that may go through C and back: the runtime leaves out what C does between
/// a callback and the call of C that it came from, and makes up one frame in its place.
fn go_view(rows: impl IntoIterator<Item = PrintedFrame>) -> Vec<PrintedFrame> {
    let mut view: Vec<PrintedFrame> = Vec::new();
    let mut in_c = false;
    for row in rows {
        let behind_callback = view
            .last()
            .is_some_and(|row| row.function == "runtime.cgocallback");
        in_c |= behind_callback && row.function != "runtime.cgocall";
        if !in_c {
            view.push(row);
        } else if matches!(
            row.function.as_str(),
            "runtime.asmcgocall" | "runtime.systemstack_switch"
        ) {
            in_c = false;
        }
    }
    view
}

/// Compares one traceback with one stack of ours; says what differs first.
fn compare(printed: &PrintedStack, ours: &Ours) -> Result<(), String> {
    let rows = go_view(ours.frames.iter().map(row));
    let Some(anchor) = printed.frames.iter().position(|frame| frame.physical.is_some()) else {
        return Err("the traceback has no physical frame".to_owned());
    };
    let first = printed.frames[anchor].physical.unwrap();
    let at = rows
        .iter()
        .position(|row| {
            row.physical
                .is_some_and(|ours| ours.pc == first.pc && ours.sp == first.sp)
        })
        .ok_or_else(|| format!("no frame of ours has pc {:#x} sp {:#x}", first.pc, first.sp))?;
    let start = at
        .checked_sub(anchor)
        .ok_or_else(|| "inlined calls are missing in front".to_owned())?;
    let mut wanted = printed.frames.clone();
    let shown = match printed.elided_after {
        Some(shown) => shown,
        None => {
            wanted = go_view(wanted);
            wanted.len()
        }
    };
    for (offset, want) in wanted[..shown].iter().enumerate() {
        let got = rows.get(start + offset);
        let below = (start + offset).checked_sub(1).and_then(|at| rows.get(at));
        if got != Some(want) && !is_switch(printed, want, got, below) {
            return Err(format!(
                "row {}:\n  runtime {want:?}\n  ours    {got:?}",
                start + offset
            ));
        }
    }
    let tail = &wanted[shown..];
    let ends = rows.len() >= tail.len() && rows[rows.len() - tail.len()..] == *tail;
    let complete = ours.end == StackEnd::Complete;
    match printed.owner {
        _ if !complete => Err(format!("our stack ends with {:?}", ours.end)),
        Owner::Goroutine(0) | Owner::Runtime => Ok(()),
        Owner::Goroutine(_) if !tail.is_empty() && !ends => Err("the outermost frames differ".to_owned()),
        Owner::Goroutine(_) if tail.is_empty() && rows.len() != start + shown => {
            // The runtime stops where the scheduler switched stacks; we go on behind the switch.
            let next = rows[start + shown].physical.map(|physical| Addr(physical.sp));
            let switched = |frame: &Frame| frame.sp == next && frame.trust == FrameTrust::StackSwitch;
            let more = rows.len() - start - shown;
            let behind_switch = next.is_some() && ours.frames.iter().any(switched);
            behind_switch
                .then_some(())
                .ok_or_else(|| format!("we have {more} more rows"))
        }
        Owner::Goroutine(_) => Ok(()),
    }
}

/// A traceback of a system stack ends at `systemstack` as it lies there. Ours goes on, so it shows
/// that frame where it continues: on the goroutine's stack.
fn is_switch(
    printed: &PrintedStack,
    want: &PrintedFrame,
    got: Option<&PrintedFrame>,
    below: Option<&PrintedFrame>,
) -> bool {
    let there = want.physical.map(|physical| (physical.sp, physical.pc));
    let ours = got.and_then(|got| got.physical).map(|physical| physical.pc);
    let end_of_callee = below.and_then(|below| below.physical).map(|physical| physical.fp);
    !matches!(printed.owner, Owner::Goroutine(1..))
        && want.function == "runtime.systemstack"
        && got.is_some_and(|got| (&got.function, got.line) == (&want.function, want.line))
        && there == end_of_callee.zip(ours)
}

/// Compares the traceback of a goroutine with its stack.
fn compare_goroutine(case: &Case, printed: &PrintedStack, g: &G) -> Result<(), String> {
    let start = case.start(g).ok_or_else(|| format!("no start: {g:?}"))?;
    let ours = case.walk(start);
    let switched = |frame: &PrintedFrame| frame.function == "runtime.systemstack_switch";
    if g.status != Status::Syscall && !printed.frames.first().is_some_and(switched) {
        return compare(printed, &ours);
    }
    // The runtime begins where the goroutine announced its system call, its call of C, or its
    // switch to g0; the thread is further in, and in that same frame a little further on.
    let saved = case
        .go
        .saved_position(g.addr, case.memory())
        .ok_or_else(|| format!("nothing saved: {g:?}"))?;
    compare(printed, &case.walk(saved))?;
    let mut callers = printed.clone();
    let first = callers.frames.iter().position(|frame| frame.physical.is_some());
    callers.frames.drain(..=first.unwrap_or(0));
    compare(&callers, &ours)
}

/// Holds every stack of `crashed` against its text; returns how many frames were compared, or what
/// differs.
fn check(crashed: &Crashed, what: &str) -> Result<usize, String> {
    let text = oracle::parse(&crashed.stderr);
    assert!(
        !text.stacks.is_empty(),
        "{what}: no traceback in\n{}",
        crashed.stderr
    );
    let case = Case::open(&crashed.exe, &crashed.core);
    let Some(goroutines) = case.goroutines() else {
        keep(crashed, what);
        panic!("{what}: no list of goroutines: {:?}", case.runtime.warnings);
    };
    let threads: Vec<Ours> = case
        .core
        .threads
        .iter()
        .map(|thread| case.walk(case.thread_start(thread)))
        .collect();
    let mut problems = String::new();
    let mut frames = 0;
    for printed in &text.stacks {
        if printed.unavailable {
            continue;
        }
        frames += printed.frames.len();
        let outcome = match printed.owner {
            Owner::Goroutine(0) | Owner::Runtime => threads
                .iter()
                .map(|ours| compare(printed, ours))
                .reduce(|best, next| if best.is_ok() { best } else { next.or(best) })
                .unwrap_or_else(|| Err("there are no threads".to_owned())),
            Owner::Goroutine(id) => goroutines
                .iter()
                .find(|g| g.goid == id)
                .ok_or_else(|| "the goroutine is not in the core".to_owned())
                .and_then(|g| compare_goroutine(&case, printed, g)),
        };
        if let Err(why) = outcome {
            let _ = writeln!(problems, "{:?} [{}]: {why}", printed.owner, printed.status);
        }
    }
    check_scanner(&case, &goroutines, &mut problems);
    check_signals(&case, &text, &mut problems);
    if problems.is_empty() {
        return Ok(frames);
    }
    keep(crashed, what);
    Err(problems)
}

/// The quick walk for groups finds the same pcs as the thorough one.
fn check_scanner(case: &Case, goroutines: &[G], problems: &mut String) {
    let mut scanner = PcScanner::new(&case.go, case.memory(), &case.limits);
    let mut pcs = Vec::new();
    for g in goroutines.iter().filter(|g| g.status.is_parked()) {
        let complete = scanner.scan(g.addr, &mut pcs);
        let Some(start) = case.start(g) else { continue };
        let ours = case.walk(start);
        let physical = || ours.frames.iter().filter(|frame| !frame.inlined);
        let mut slow: Vec<Addr> = physical().map(|frame| frame.location.pc).collect();
        // Behind a callback one goes on in Go, the other in C.
        let callback = |frame: &Frame| frame.location.function.as_deref() == Some("runtime.cgocallback");
        if let Some(at) = physical().position(callback) {
            slow.truncate(at + 1);
            pcs.truncate(at + 1);
        }
        if !complete || pcs != slow {
            let _ = writeln!(problems, "goroutine {}: scanned {pcs:?}, walked {slow:?}", g.goid);
        }
    }
}

/// Each fatal signal that was printed is found on some thread's stack.
fn check_signals(case: &Case, text: &CrashText, problems: &mut String) {
    let mut found = Vec::new();
    for thread in &case.core.threads {
        let mut stack = case.stacks.open(case.thread_start(thread));
        let signals = case
            .stacks
            .signals(&mut stack, case.memory(), usize::MAX, &CancelToken::new())
            .unwrap();
        found.extend(signals);
    }
    for printed in text
        .signals
        .iter()
        .filter(|signal| signal.name != "SIGSEGV" || signal.addr.is_none())
    {
        let here = found
            .iter()
            .any(|found| found.signal.name == printed.name && found.pc.0 == printed.pc);
        if !here {
            let _ = writeln!(problems, "{printed:?} is on no stack; there are {found:?}");
        }
    }
}

/// Puts a failing core where it can be looked at.
fn keep(crashed: &Crashed, what: &str) {
    let Some(place) = std::env::var_os("TINYDBG_KEEP_CORES") else {
        return;
    };
    let name: String = what
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '.')
        .collect();
    let place = Path::new(&place).join(name);
    std::fs::create_dir_all(&place).unwrap();
    std::fs::copy(&crashed.core, place.join("core")).unwrap();
    std::fs::copy(&crashed.exe, place.join("exe")).unwrap();
    std::fs::write(place.join("stderr"), &crashed.stderr).unwrap();
}

/// Ways to build that change what the binary says of itself.
const FLAVOURS: [(&str, &[&str]); 6] = [
    ("default", &[]),
    ("stripped", &["-ldflags=-s"]),
    ("pie", &["-buildmode=pie"]),
    ("pie stripped", &["-buildmode=pie", "-ldflags=-s"]),
    ("unoptimised", &["-gcflags=all=-N -l"]),
    ("trimpath", &["-trimpath"]),
];

/// The two ends: what most people build, and the least that a binary can say of itself.
const FEW: [(&str, &[&str]); 2] = [FLAVOURS[0], FLAVOURS[3]];

/// Crashes in which stacks may differ before it is a fault of ours. While a dying runtime prints,
/// its other threads are stopped as well as it can (`freezetheworld` tries five times): now and then
/// one of them goes on, and the text is older than the core. What we do wrong is wrong each time.
const CRASHES: usize = 3;

/// Builds `program` in all `flavours` with all toolchains, has each die by `run`, and checks all
/// stacks. The programs run side by side with those of the other tests.
fn check_all(
    program: &str,
    args: &[&str],
    flavours: &[(&str, &[&str])],
    run: impl Fn(Run) -> Option<Crashed>,
) {
    let needed = if program == "rangefunc" { 23 } else { 0 };
    for toolchain in toolchains()
        .iter()
        .filter(|toolchain| toolchain.minor() >= needed)
    {
        for (flavour, flags) in flavours {
            let build = Build::of(program).with(toolchain).flags(flags);
            let build = if program == "stacks_cgo" {
                build.cgo()
            } else {
                build
            };
            let exe = build.exe();
            let what = format!("{program} {args:?}, {flavour}, {}", toolchain.version);
            let mut differences = String::new();
            for crash in 1..=CRASHES {
                let Some(crashed) = run(Run::of(&exe, args)) else {
                    break;
                };
                match check(&crashed, &what) {
                    Ok(frames) => {
                        assert!(frames > 10, "{what}: only {frames} frames were printed");
                        differences.clear();
                        break;
                    }
                    Err(problems) => {
                        common::say(&format!("crash {crash} of {what} differs: {problems}"));
                        differences = problems;
                    }
                }
            }
            assert!(differences.is_empty(), "{what}:\n{differences}");
        }
    }
}

#[test]
fn panics_of_every_kind_have_exact_stacks() {
    check_all("panics", &["nil"], &FLAVOURS, Run::until_death);
    for kind in ["repanic", "second", "goexit", "inlined", "nilfunc", "index"] {
        check_all("panics", &[kind], &FEW, Run::until_death);
    }
}

#[test]
fn three_inlined_calls_have_exact_stacks() {
    check_all("inline", &[], &FLAVOURS, Run::until_death);
}

#[test]
fn fatal_errors_have_exact_stacks() {
    for kind in ["deadlock", "mapwrites", "overflow", "fault", "unlock"] {
        check_all("fatal", &[kind], &FEW, Run::until_death);
    }
}

#[test]
fn signals_from_outside_leave_every_thread_exact() {
    check_all("states", &["spin"], &FLAVOURS, |run| run.killed_by("ABRT"));
    check_all("states", &["spin"], &FEW, |run| run.killed_by("SEGV"));
}

#[test]
fn threads_interrupted_anywhere_in_the_runtime_are_exact() {
    for _ in 0..rounds() {
        check_all("stacks_busy", &[], &FEW, |run| run.killed_by("ABRT"));
    }
}

/// How often the tests whose outcome depends on chance are run; `TINYDBG_ROUNDS=50` digs deeper.
fn rounds() -> usize {
    let chosen = std::env::var("TINYDBG_ROUNDS").ok();
    chosen.and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

#[test]
fn generics_wrappers_closures_and_defers_have_exact_stacks() {
    check_all("stacks_mixed", &[], &FLAVOURS, Run::until_death);
}

#[test]
fn loops_over_functions_have_exact_stacks() {
    check_all("rangefunc", &[], &FEW, Run::until_death);
}

/// The first compiler that cgo would use.
fn has_c_compiler() -> bool {
    let found = std::process::Command::new("gcc").arg("--version").output();
    let works = found.is_ok_and(|output| output.status.success());
    if !works {
        common::skipped("no C compiler here, so no cgo programs can be built");
    }
    works
}

#[test]
fn go_called_from_c_called_from_go_is_exact() {
    if has_c_compiler() {
        check_all("stacks_cgo", &["go"], &FLAVOURS[..4], Run::until_death);
        check_all("stacks_cgo", &["c"], &FEW, Run::until_death);
        for how in ["asleep", "thread"] {
            check_all("stacks_cgo", &[how], &FEW, |run| run.killed_by("ABRT"));
        }
    }
}
