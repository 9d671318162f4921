//! A crash made by hand: what the engine would answer, as model data.

use std::sync::Arc;

use tinydbg_tui::base::{Addr, Epoch, GoId, Pattern, ProgressSink, Tid};
use tinydbg_tui::engine::{Answer, Command, Request, Serve};
use tinydbg_tui::model::{
    BlockedOn, Check, CheckState, Children, CrashReport, CrashSite, DebugInfoKind, Failure, FailureKind,
    Frame, FrameTrust, GoStatus, Goroutine, GoroutineGroup, GoroutineGroups, GoroutineList, ImageInfo,
    Location, MemoryRegion, PanicEntry, ProcessInfo, ProcessRow, Register, RegisterClass, Registers, Role,
    Runs, Scope, SessionInfo, SharedStack, SignalInfo, SourceOrigin, SourceText, Stack, StackEnd, Subject,
    TargetKind, Thread, Value, ValueKind, ValueRef, ValueState, VariableRole, Verified, Warning, WarningKind,
};

/// Goroutine 1 crashed in main.crash; 6 and 7 wait in main.worker; 2 is the runtime's.
#[derive(Clone, Debug, Default)]
pub struct Fake {
    /// The core is cut and the executable is another one.
    pub doubtful: bool,
    /// Opening fails.
    pub broken: bool,
}

pub const MAIN: &str = "/src/crash/main.go";

fn at(pc: u64, function: &str, file: &str, line: u32) -> Location {
    Location {
        pc: Addr(pc),
        function: Some(function.into()),
        file: Some(file.into()),
        line: Some(line),
    }
}

fn frame(index: usize, location: Location, runtime: bool) -> Frame {
    Frame {
        index,
        location,
        inlined: false,
        cfa: Some(Addr(0xc000_1000 + 0x40 * index as u64)),
        sp: Some(Addr(0xc000_1000)),
        trust: FrameTrust::Pcsp,
        image: Some("/srv/crash".into()),
        entry: None,
        runtime,
        interrupted: false,
    }
}

fn crash_frames() -> Vec<Frame> {
    let mut frames = vec![
        frame(
            0,
            at(
                0x48_14a1,
                "runtime.raise",
                "/go/src/runtime/sys_linux_amd64.s",
                154,
            ),
            true,
        ),
        frame(
            1,
            at(0x47_99af, "runtime.gopanic", "/go/src/runtime/panic.go", 879),
            true,
        ),
        frame(2, at(0x4b_3f65, "main.pick", MAIN, 11), false),
        frame(3, at(0x4b_3f65, "main.crash", MAIN, 6), false),
        frame(4, at(0x4b_415b, "main.main", MAIN, 3), false),
        frame(
            5,
            at(0x44_92b5, "runtime.main", "/go/src/runtime/proc.go", 290),
            true,
        ),
    ];
    frames[2].inlined = true;
    frames
}

fn worker_frames() -> Vec<Frame> {
    vec![
        frame(
            0,
            at(0x47_9e0e, "runtime.gopark", "/go/src/runtime/proc.go", 463),
            true,
        ),
        frame(1, at(0x4b_3e79, "main.worker", MAIN, 9), false),
        frame(
            2,
            at(0x47_fee1, "runtime.goexit", "/go/src/runtime/asm_amd64.s", 1771),
            true,
        ),
    ]
}

fn goroutine(id: u64, user: Location) -> Goroutine {
    Goroutine {
        id: GoId(id),
        addr: Addr(0xc000_0000 + id * 0x100),
        status: GoStatus::Waiting,
        wait_reason: Some("chan receive".into()),
        wait_since_ns: None,
        thread: None,
        current: false,
        system: false,
        current_loc: Arc::new(at(0x47_9e0e, "runtime.gopark", "/go/src/runtime/proc.go", 463)),
        user_loc: Arc::new(user),
        go_loc: Arc::new(at(0x4b_4000, "main.main", MAIN, 2)),
        start_loc: Arc::new(at(0x4b_3e60, "main.worker", MAIN, 8)),
        parent: Some(GoId(1)),
        labels: Arc::default(),
        blocked_on: None,
        locked: false,
        damaged: None,
    }
}

pub fn goroutines() -> GoroutineList {
    let mut crashed = goroutine(1, at(0x4b_3f65, "main.pick", MAIN, 11));
    crashed.status = GoStatus::Running;
    crashed.wait_reason = None;
    crashed.thread = Some(Tid(100));
    crashed.current = true;
    crashed.parent = None;
    let mut system = goroutine(2, at(0x47_9e0e, "runtime.gopark", "/go/src/runtime/proc.go", 463));
    system.system = true;
    system.wait_reason = Some("force gc (idle)".into());
    let mut labelled = goroutine(6, at(0x4b_3e79, "main.worker", MAIN, 9));
    labelled.labels = Arc::new([("kind".into(), "\x1b[31mred".into())].into());
    labelled.wait_since_ns = Some(308_000_000_000);
    labelled.blocked_on = Some(BlockedOn {
        kind: "chan",
        addr: Some(Addr(0xc000_0600)),
        detail: "chan 0xc0000600 (0 of 0 buffered)".into(),
    });
    let mut other = goroutine(7, at(0x4b_3e79, "main.worker", MAIN, 9));
    other.labels = Arc::new([("kind".into(), "blue".into())].into());
    GoroutineList {
        goroutines: vec![crashed, system, labelled, other],
        problems: Vec::new(),
    }
}

fn groups() -> GoroutineGroups {
    let group = |key: &str, ids: &[u64]| GoroutineGroup {
        key: key.into(),
        count: ids.len(),
        goroutine_ids: ids.iter().copied().map(GoId).collect(),
        example: GoId(ids[0]),
    };
    GoroutineGroups {
        total: 4,
        groups: vec![
            group("chan receive at main.worker", &[6, 7]),
            group("running at main.pick", &[1]),
            group("force gc (idle) at runtime.gopark", &[2]),
        ],
    }
}

fn signal() -> SignalInfo {
    SignalInfo {
        number: 11,
        name: "SIGSEGV".into(),
        code: Some(1),
        meaning: "address not mapped".into(),
        fault_addr: Some(Addr(0x10)),
        sender_pid: None,
    }
}

fn warnings(fake: &Fake) -> Vec<Warning> {
    if !fake.doubtful {
        return Vec::new();
    }
    vec![Warning::new(
        WarningKind::Mismatch,
        "the executable is not the one that crashed: build ids aa and bb",
    )]
}

/// Files of the frames, and one that is only in the binary.
fn sources(filter: &Pattern) -> Arc<[Arc<str>]> {
    let files = [MAIN, "/go/src/runtime/proc.go", "/src/crash/other.go"];
    let fitting = files.into_iter().filter(|file| filter.fits(file));
    fitting.map(Arc::from).collect()
}

fn report(fake: &Fake) -> CrashReport {
    CrashReport {
        kind: TargetKind::Core,
        exe: Some("/srv/crash".into()),
        pid: Some(99),
        signal: Some(signal()),
        fault_addr: Some(Addr(0x10)),
        reason: "panic: again: index out of range [7] with length 3".into(),
        last_words: None,
        panics: vec![
            PanicEntry {
                type_name: Some("runtime.boundsError".into()),
                message: Some("runtime error: index out of range [7] with length 3".into()),
                unreadable: None,
                recovered: true,
                repanicked: false,
            },
            PanicEntry {
                type_name: Some("string".into()),
                message: Some("again: index out of range [7] with length 3".into()),
                unreadable: None,
                recovered: false,
                repanicked: false,
            },
        ],
        crash: Some(CrashSite {
            goroutine: Some(GoId(1)),
            thread: Some(Tid(100)),
            frame: at(0x4b_3f65, "main.pick", MAIN, 11),
            frame_index: 2,
        }),
        origin: None,
        last_panic: None,
        goroutine_count: 4,
        thread_count: 2,
        groups: groups().groups,
        warnings: warnings(fake),
        go_version: Some("go1.26.8".into()),
        build_id: Some("abcd".into()),
    }
}

fn session(fake: &Fake) -> SessionInfo {
    SessionInfo {
        live: None,
        kind: TargetKind::Core,
        exe: Some("/srv/crash".into()),
        exe_verified: Verified::Yes,
        core: Some("/srv/crash.core".into()),
        pid: Some(99),
        go_version: Some("go1.26.8".into()),
        build_id: Some("abcd".into()),
        machine: "linux/amd64".into(),
        has_debug_info: true,
        offer: None,
        warnings: warnings(fake),
    }
}

fn value(name: &str, type_name: &str, text: &str, role: VariableRole) -> Value {
    Value {
        name: name.into(),
        type_name: type_name.into(),
        kind: ValueKind::Int,
        addr: Some(Addr(0xc000_1010)),
        summary: Runs::of(text, Role::Number),
        len: None,
        cap: None,
        children: Vec::new(),
        more: 0,
        unreadable: None,
        state: ValueState::Ok,
        role,
        shadowed: false,
        key: None,
        decl_line: Some(10),
        reference: None,
        target: None,
    }
}

fn scope(index: usize) -> Scope {
    if index != 2 {
        return Scope {
            note: Some("no debug information for this function".into()),
            ..Scope::default()
        };
    }
    let mut slice = value(
        "s",
        "[]int",
        "[]int len: 3, cap: 3, [1,2,...+1 more]",
        VariableRole::Local,
    );
    slice.kind = ValueKind::Slice;
    (slice.len, slice.cap, slice.more) = (Some(3), Some(3), 3);
    slice.reference = Some(elements());
    let mut gone = value("err", "error", "", VariableRole::Local);
    gone.state = ValueState::OptimizedOut;
    gone.kind = ValueKind::Interface;
    gone.unreadable = Some("optimised away at this pc".into());
    gone.summary = Runs::new();
    Scope {
        args: vec![value("n", "int", "7", VariableRole::Argument)],
        locals: vec![slice, gone],
        note: None,
    }
}

fn elements() -> ValueRef {
    ValueRef::Elements {
        image: 0,
        type_id: 5,
        addr: Addr(0xc000_2000),
        stride: 8,
        count: 3,
    }
}

fn stack(subject: Subject, from: usize, count: usize) -> Result<Stack, Failure> {
    let (frames, goroutine) = match subject {
        Subject::Goroutine(GoId(1)) | Subject::Thread(Tid(100)) => (crash_frames(), Some(GoId(1))),
        Subject::Goroutine(id) => (worker_frames(), Some(id)),
        Subject::Thread(_) => (worker_frames(), None),
    };
    let depth = frames.len();
    let page: Vec<Frame> = frames.into_iter().skip(from).take(count).collect();
    let end = if from + page.len() < depth {
        StackEnd::Limit
    } else {
        StackEnd::Complete
    };
    Ok(Stack {
        subject,
        goroutine,
        thread: None,
        frames: page,
        depth,
        end,
    })
}

fn threads() -> Arc<[Thread]> {
    let thread = |tid, goroutine| Thread {
        tid: Tid(tid),
        current: tid == 100,
        goroutine,
        loc: Arc::new(at(
            0x48_14a1,
            "runtime.raise",
            "/go/src/runtime/sys_linux_amd64.s",
            154,
        )),
        name: Some("crash".into()),
        signal: (tid == 100).then(signal),
    };
    Arc::new([thread(100, Some(GoId(1))), thread(101, None)])
}

fn source(file: &Arc<str>) -> Result<SourceText, Failure> {
    if &**file != MAIN {
        let failure = Failure::new(FailureKind::NotFound, format!("there is no source file {file}"));
        return Err(failure.hint("--substitute-path FROM=TO says where it is"));
    }
    let lines = (1..=14).map(|line| format!("\tline({line})")).collect::<Vec<_>>();
    Ok(SourceText {
        file: Arc::clone(file),
        origin: SourceOrigin::Disk("/elsewhere/main.go".into()),
        lines: lines.into(),
        doubt: Some("newer than the executable".into()),
    })
}

fn registers() -> Registers {
    let register = |name: &str, value: Option<&str>, class, note: Option<&str>| Register {
        name: name.into(),
        value: value.map(str::to_owned),
        class,
        note: note.map(str::to_owned),
    };
    Registers {
        registers: vec![
            register(
                "Rip",
                Some("0x4b3f65"),
                RegisterClass::General,
                Some("main.pick+0x5"),
            ),
            register(
                "Rax",
                None,
                RegisterClass::General,
                Some("not saved by this call"),
            ),
            register("Xmm0", Some("0x00"), RegisterClass::Vector, None),
        ],
    }
}

fn images() -> Arc<[ImageInfo]> {
    Arc::new([ImageInfo {
        path: "/srv/crash".into(),
        base: Addr(0x40_0000),
        load_bias: Addr(0),
        build_id: Some("abcd".into()),
        verified: Verified::Yes,
        debug_info: DebugInfoKind::Dwarf,
        from: "/srv/crash".into(),
        debug_file: None,
        debug_proof: None,
        debug_refused: Vec::new(),
    }])
}

fn regions() -> Arc<[MemoryRegion]> {
    Arc::new([MemoryRegion {
        start: Addr(0x40_0000),
        end: Addr(0x40_3000),
        permissions: "r-x".into(),
        in_core: 0x1000,
        file: Some("/srv/crash".into()),
        file_offset: Some(0x1000),
        bytes_from: "file (verified)".into(),
    }])
}

fn process() -> ProcessInfo {
    ProcessInfo {
        pid: Some(99),
        args: vec!["/srv/crash".into(), "-v".into()],
        env: vec!["HOME=/root".into(), "EVIL=\x1b]0;x\x07".into()],
        go_version: Some("go1.26.8".into()),
        build_settings: vec![("-trimpath".into(), "true".into())],
        core_bytes: Some((10, 20)),
        ..ProcessInfo::default()
    }
}

/// 10 is orders, 20 to 29 are workers, 30 was replaced by another gateway, 40 and 41 are no Go programs.
fn processes() -> Vec<ProcessRow> {
    let row = |pid, name: &str, go: bool, mib: u64| ProcessRow {
        pid,
        name: name.into(),
        command: format!("{name} -n {pid}"),
        exe: Some(format!("/srv/{name}")),
        go_version: go.then(|| "go1.26.8".into()),
        resident_bytes: mib << 20,
        ..ProcessRow::default()
    };
    let mut gateway = row(30, "gateway:main", true, 1);
    gateway.exe = Some("/srv/gateway (deleted)".into());
    let workers = (20..30).map(|pid| row(pid, "worker", true, 1));
    let others = [
        gateway,
        row(40, "tool", false, 9),
        row(41, "tool", false, 8),
        row(10, "orders", true, 700),
    ];
    workers.chain(others).collect()
}

fn checks(pid: Option<u32>) -> Vec<Check> {
    let check = |name: &str, state, what: &str, fix: Option<&str>| Check {
        name: name.into(),
        state,
        what: what.into(),
        fix: fix.map(Into::into),
    };
    let mut checks = vec![
        check("yama", CheckState::Good, "this kernel has none", None),
        check(
            "debuginfod",
            CheckState::Note,
            "no server is set",
            Some("set one"),
        ),
    ];
    if let Some(pid) = pid {
        let what = format!("process {pid} cannot be attached to");
        checks.push(check("attaching", CheckState::Bad, &what, None));
    }
    checks
}

impl Serve for Fake {
    fn epoch(&self) -> Epoch {
        Epoch(1)
    }

    fn serve(&mut self, command: &Command, _: ProgressSink<'_>) -> Result<Answer, Failure> {
        Ok(match &command.request {
            Request::Open(_) if self.broken => {
                let failure = Failure::new(FailureKind::Format, "not a core dump: /srv/crash.core");
                return Err(failure.hint("a core dump begins with 7f 45 4c 46"));
            }
            Request::Open(_) => Answer::Opened(Box::new(session(self))),
            Request::Processes => Answer::Processes(processes().into()),
            Request::Doctor { pid } => Answer::Checks(checks(*pid).into()),
            Request::Report => Answer::Report(Box::new(report(self))),
            Request::Goroutines => Answer::Goroutines(Arc::new(goroutines())),
            Request::Groups { key } => Answer::Groups {
                key: key.clone(),
                groups: Arc::new(groups()),
            },
            Request::Threads => Answer::Threads(threads()),
            Request::Stack { subject, from, count } => Answer::Stack(stack(*subject, *from, *count)?),
            Request::Stacks { goroutines, count } => {
                let each = goroutines.iter();
                let stacks = each.map(|&id| {
                    let stack = stack(Subject::Goroutine(id), 0, *count)?;
                    Ok(SharedStack::alone(id, stack))
                });
                Answer::Stacks(stacks.collect::<Result<_, _>>()?)
            }
            Request::Scope { frame } => Answer::Scope {
                frame: *frame,
                scope: scope(frame.index),
            },
            Request::Globals { filter, .. } => Answer::Globals(Children {
                from: 0,
                values: vec![value(
                    &format!("{}total", filter.as_str()),
                    "int",
                    "12",
                    VariableRole::Global,
                )],
                more: 3,
            }),
            Request::Expand { reference, .. } => Answer::Expanded {
                reference: reference.clone(),
                children: Children {
                    from: 0,
                    values: vec![
                        value("[0]", "int", "1", VariableRole::Child),
                        value("[1]", "int", "2", VariableRole::Child),
                    ],
                    more: 1,
                },
            },
            Request::Registers { frame } => Answer::Registers {
                frame: *frame,
                registers: registers(),
            },
            Request::Source { file } => Answer::Source(source(file)?),
            Request::Sources { filter } => Answer::Sources(sources(filter)),
            Request::Images => Answer::Images(images()),
            Request::MemoryMap => Answer::MemoryMap(regions()),
            Request::Process => Answer::Process(Box::new(process())),
            _ => {
                return Err(Failure::new(FailureKind::Internal, "not served"));
            }
        })
    }
}
