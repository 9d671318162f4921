//! A hand-made session for tests: the crash of the reference drawing, with 14 goroutines.

mod code;
mod cores;
mod downloads;
mod memory;
mod values;

pub use values::entries;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{AppState, Options, Start};
use super::effect::Effect;
use super::input::Input;
use super::key::parse_sequence;
use super::theme::Theme;
use super::update::update;
use super::view::view;
use crate::base::{Addr, Epoch, GoId, JobId, Tid};
use crate::engine::{Answer, Command, Event, Request};
use crate::model::{
    Children, CrashReport, CrashSite, DebugInfoKind, Failure, FailureKind, Frame, FrameTrust, GoStatus,
    Goroutine, GoroutineGroup, GoroutineGroups, GoroutineList, ImageInfo, LiveState, Location, MemoryRegion,
    OpenSpec, PanicEntry, ProcessInfo, ProcessRow, Register, RegisterClass, Registers, Role, Run, RunState,
    Runs, Scope, SessionInfo, SharedStack, SignalInfo, SourceOrigin, SourceText, Stack, StackEnd, Subject,
    TargetKind, Thread, Value, ValueKind, ValueRef, ValueState, VariableRole, Verified, Warning, WarningKind,
};

const FILE: &str = "/srv/src/shop.example/orders/main.go";

/// A place in the test program.
pub fn location(function: &str, line: u32) -> Arc<Location> {
    let runtime = function.starts_with("run") && function.contains("time.");
    let file = if runtime {
        "/usr/local/go/src/rt/proc.go"
    } else {
        FILE
    };
    Arc::new(Location {
        pc: Addr(0x47_0000 + u64::from(line)),
        function: Some(function.into()),
        file: Some(file.into()),
        line: Some(line),
    })
}

fn goroutine(id: u64, status: GoStatus, wait: Option<&str>, function: &str, line: u32) -> Goroutine {
    let here = location(function, line);
    Goroutine {
        id: GoId(id),
        addr: Addr(0xc000_0000 + id * 0x1c0),
        status,
        wait_reason: wait.map(Into::into),
        wait_since_ns: None,
        thread: None,
        current: false,
        system: false,
        current_loc: Arc::clone(&here),
        user_loc: Arc::clone(&here),
        go_loc: location("main.main", 41),
        start_loc: here,
        parent: Some(GoId(1)),
        labels: Arc::default(),
        blocked_on: None,
        locked: false,
        damaged: None,
    }
}

/// 14 goroutines: the guilty 35, main, eight workers, and four of the runtime.
pub fn goroutines() -> GoroutineList {
    let mut all = vec![goroutine(
        1,
        GoStatus::Waiting,
        Some("chan send"),
        "main.main",
        46,
    )];
    for (id, name) in [
        (2, "force gc (idle)"),
        (3, "GC sweep wait"),
        (4, "GC scavenge wait"),
        (5, "finalizer wait"),
    ] {
        let mut one = goroutine(id, GoStatus::Waiting, Some(name), &RUNTIME_PARK, 435);
        one.system = true;
        all.push(one);
    }
    for id in 18..26 {
        let mut worker = goroutine(id, GoStatus::Waiting, Some("chan receive"), "main.worker", 20);
        worker.wait_since_ns = Some(id * 1_000_000_000);
        if id % 2 == 0 {
            worker.labels = Arc::new([("tenant".into(), "acme".into())].into());
        }
        all.push(worker);
    }
    let mut guilty = goroutine(35, GoStatus::Running, None, "main.process", 27);
    guilty.thread = Some(Tid(4242));
    guilty.current = true;
    all.push(guilty);
    GoroutineList {
        goroutines: all,
        problems: Vec::new(),
    }
}

/// Names of the runtime are written in two parts: only `go/` may spell them.
static RUNTIME_PARK: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| runtime("gopark"));

fn runtime(name: &str) -> String {
    format!("run{}.{name}", "time")
}

/// One frame.
pub fn frame(index: usize, function: &str, file: &str, line: u32, is_runtime: bool) -> Frame {
    Frame {
        index,
        location: Location {
            pc: Addr(0x47_1000 + index as u64 * 0x20),
            function: Some(function.into()),
            file: Some(file.into()),
            line: Some(line),
        },
        inlined: false,
        cfa: Some(Addr(0xc000_1000 + index as u64 * 0x80)),
        sp: Some(Addr(0xc000_0f80 + index as u64 * 0x80)),
        trust: FrameTrust::Pcsp,
        image: Some("/srv/orders/orders".into()),
        entry: Some(Addr(0x47_1000)),
        runtime: is_runtime,
        interrupted: false,
    }
}

fn frames() -> Vec<Frame> {
    let names = [
        ("raise", true),
        ("dieFromSignal", true),
        ("sigpanic", true),
        ("main.process", false),
        ("main.(*Order).total", false),
        ("main.worker", false),
        ("goexit", true),
    ];
    let mut all: Vec<Frame> = names
        .iter()
        .enumerate()
        .map(|(index, (name, is_runtime))| {
            let function = if *is_runtime {
                runtime(name)
            } else {
                (*name).to_owned()
            };
            let line = [154, 985, 917, 27, 33, 20, 1700][index];
            let file = if *is_runtime {
                "/usr/local/go/src/rt/panic.go"
            } else {
                FILE
            };
            frame(index, &function, file, line, *is_runtime)
        })
        .collect();
    all[3].interrupted = true;
    all[4].inlined = true;
    all
}

/// The program's source, with tabs, wide characters and a long line.
pub fn source() -> SourceText {
    let text = "package main\n\nimport \"fmt\"\n\ntype Order struct {\n\tID    int\n\tItems []string\n\tPrice map[string]int\n\tNext  *Order\n}\n\n\
        // worker takes orders from jobs until it is closed. 注文を処理する\nfunc worker(id int, jobs <-chan *Order) {\n\tdefer func() {\n\t\tif err := recover(); err != nil {\n\t\t\tpanic(fmt.Errorf(\"worker %d: %v\", id, err))\n\t\t}\n\t}()\n\tfor o := range jobs {\n\t\tprocess(id, o)\n\t}\n}\n\n\
        func process(id int, o *Order) {\n\ttotal := o.total()\n\t// the last order of a day has no Next, which nobody thought of when this was written in a hurry\n\tfmt.Println(id, total, o.Next.ID)\n}\n\n\
        func (o *Order) total() int {\n\tsum := 0\n\tfor _, it := range o.Items {\n\t\tsum += o.Price[it]\n\t}\n\treturn sum\n}\n\n\
        func main() {\n\tjobs := make(chan *Order)\n\tfor i := range 8 {\n\t\tgo worker(i, jobs)\n\t}\n\tfor _, o := range load() {\n\t\tjobs <- o\n\t}\n}\n";
    SourceText {
        file: FILE.into(),
        origin: SourceOrigin::Disk(FILE.into()),
        lines: text.lines().map(str::to_owned).collect(),
        doubt: None,
    }
}

fn value(name: &str, type_name: &str, kind: ValueKind, runs: &[(&str, Role)]) -> Value {
    Value {
        name: name.into(),
        type_name: type_name.into(),
        kind,
        addr: Some(Addr(0xc000_2040)),
        summary: Runs(
            runs.iter()
                .map(|(text, role)| Run {
                    text: (*text).to_owned(),
                    role: *role,
                })
                .collect(),
        ),
        len: None,
        cap: None,
        children: Vec::new(),
        more: 0,
        unreadable: None,
        state: ValueState::Ok,
        role: VariableRole::Local,
        shadowed: false,
        key: None,
        decl_line: Some(25),
        reference: None,
        target: None,
    }
}

fn order() -> Value {
    let mut order = value(
        "o",
        "*main.Order",
        ValueKind::Pointer,
        &[
            ("*main.Order ", Role::TypeName),
            ("{ID: ", Role::Punctuation),
            ("1", Role::Number),
            (", Items: [", Role::Punctuation),
            ("\"tea\"", Role::Text),
            (", …+1], …}", Role::Punctuation),
        ],
    );
    order.reference = Some(ValueRef::Object {
        image: 0,
        type_id: 7,
        addr: Addr(0xc000_2040),
    });
    order
}

/// Locals of the crashing frame.
pub fn locals() -> Vec<Value> {
    let mut lost = value("sum", "int", ValueKind::Int, &[]);
    lost.state = ValueState::OptimizedOut;
    lost.addr = None;
    vec![
        order(),
        value("total", "int", ValueKind::Int, &[("12", Role::Number)]),
        lost,
    ]
}

/// Children of the order.
pub fn children(_: &ValueRef) -> Children {
    Children {
        from: 0,
        values: vec![
            value("ID", "int", ValueKind::Int, &[("1", Role::Number)]),
            value(
                "Items",
                "[]string",
                ValueKind::Slice,
                &[("[\"tea\", \"milk\"]", Role::Text)],
            ),
            Value {
                name: "Next".into(),
                ..order()
            },
        ],
        more: 2,
    }
}

/// Why it died.
pub fn report() -> CrashReport {
    let site = location("main.process", 27);
    CrashReport {
        kind: TargetKind::Core,
        exe: Some("/srv/orders/orders".into()),
        pid: Some(4242),
        signal: Some(SignalInfo {
            number: 11,
            name: "SIGSEGV".into(),
            code: Some(1),
            meaning: "address not mapped".into(),
            fault_addr: Some(Addr(0)),
            sender_pid: None,
        }),
        fault_addr: Some(Addr(0)),
        reason: "panic: worker 3: invalid memory address or nil pointer dereference".into(),
        last_words: Some("fatal error: \u{1b}[31mevil\u{1b}[0m".into()),
        panics: vec![
            PanicEntry {
                type_name: Some("errorString".into()),
                message: Some("invalid memory address or nil pointer dereference".into()),
                unreadable: None,
                recovered: true,
                repanicked: false,
            },
            PanicEntry {
                type_name: Some("*fmt.wrapError".into()),
                message: Some("worker 3: invalid memory address or nil pointer dereference".into()),
                unreadable: None,
                recovered: false,
                repanicked: false,
            },
        ],
        crash: Some(CrashSite {
            goroutine: Some(GoId(35)),
            thread: Some(Tid(4242)),
            frame: (*site).clone(),
            frame_index: 3,
        }),
        origin: None,
        last_panic: None,
        goroutine_count: 14,
        thread_count: 5,
        groups: groups().groups,
        warnings: Vec::new(),
        go_version: Some("go1.27.3".into()),
        build_id: Some("8d5c1f".into()),
    }
}

fn groups() -> GoroutineGroups {
    let group = |key: &str, ids: &[u64]| GoroutineGroup {
        key: key.into(),
        count: ids.len(),
        goroutine_ids: ids.iter().map(|id| GoId(*id)).collect(),
        example: GoId(ids[0]),
    };
    GoroutineGroups {
        total: 14,
        groups: vec![
            group("main.worker", &[18, 19, 20, 21, 22, 23, 24, 25]),
            group("the runtime", &[2, 3, 4, 5]),
            group("main.main", &[1]),
            group("main.process", &[35]),
        ],
    }
}

fn registers() -> Registers {
    let names = [
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "rip",
    ];
    let mut all: Vec<Register> = names
        .iter()
        .enumerate()
        .map(|(at, name)| Register {
            name: (*name).into(),
            value: (at != 3).then(|| format!("{:#018x}", 0xc000_0000_u64 + at as u64 * 0x40)),
            class: RegisterClass::General,
            note: match at {
                3 => Some("not saved by this call".into()),
                10 => Some("main.process+0x4c".into()),
                _ => None,
            },
        })
        .collect();
    all.push(Register {
        name: "rflags".into(),
        value: Some("0x246 [ZF PF IF]".into()),
        class: RegisterClass::Flags,
        note: None,
    });
    Registers { registers: all }
}

fn threads() -> Arc<[Thread]> {
    let mut all: Vec<Thread> = (4240..4245)
        .map(|tid| Thread {
            tid: Tid(tid),
            current: tid == 4242,
            goroutine: (tid == 4242).then_some(GoId(35)),
            loc: location(&runtime("futex"), 557),
            name: Some("orders".into()),
            signal: None,
        })
        .collect();
    all[2].signal = report().signal;
    all.into()
}

fn images() -> Arc<[ImageInfo]> {
    [ImageInfo {
        path: "/srv/orders/orders".into(),
        base: Addr(0x40_0000),
        load_bias: Addr(0),
        build_id: Some("8d5c1f".into()),
        verified: Verified::Yes,
        debug_info: DebugInfoKind::Dwarf,
        from: "/srv/orders/orders".into(),
        debug_file: None,
        debug_proof: None,
        debug_refused: Vec::new(),
    }]
    .into()
}

fn regions() -> Arc<[MemoryRegion]> {
    (0..40_u64)
        .map(|at| MemoryRegion {
            start: Addr(0x40_0000 + at * 0x1000),
            end: Addr(0x40_1000 + at * 0x1000),
            permissions: "r-x".into(),
            in_core: 0,
            file: Some("/srv/orders/orders".into()),
            file_offset: Some(at * 0x1000),
            bytes_from: "file (verified)".into(),
        })
        .collect()
}

/// Processes of a small machine: three Go services, of which one is another user's, and others.
pub fn processes() -> Vec<ProcessRow> {
    let row = |pid, name: &str, version: Option<&str>, mib: u64| ProcessRow {
        pid,
        name: name.into(),
        command: format!("/usr/bin/{name} --listen :8080"),
        exe: Some(format!("/usr/bin/{name}")),
        go_version: version.map(Into::into),
        user: Some("shop".into()),
        uid: 1000,
        threads: 9,
        resident_bytes: mib << 20,
        age_s: Some(u64::from(pid) * 40),
        ..ProcessRow::default()
    };
    let mut orders = row(4242, "orders", Some("go1.27.3"), 640);
    orders.container = Some("docker 0123456789ab".into());
    let mut billing = row(5151, "billing-with-a-long-name", Some("go1.26.8"), 12_000);
    billing.user = None;
    billing.uid = 0;
    billing.container = Some("billing.service".into());
    billing.refusal = Some("it belongs to user 0, and you are user 1000".into());
    billing.fix = Some("run it as root: sudo tinydbg-tui attach PID".into());
    let mut evil = row(77, "ev\u{1b}[31mil", None, 3);
    evil.command = "\u{1b}]0;x\u{7}evil 注文".into();
    evil.exe = None;
    let mut shell = row(900, "bash", None, 5);
    shell.refusal = Some("this program runs inside it (bash)".into());
    let cache = row(61, "cache", Some("go1.22.10"), 90);
    vec![
        cache,
        evil,
        shell,
        orders,
        billing,
        row(1300, "postgres", None, 900),
    ]
}

/// What a good engine would answer.
pub fn answer(request: &Request) -> Answer {
    match request {
        Request::Open(OpenSpec::Live { .. }) => Answer::Opened(Box::new(live_session(RunState::Held))),
        Request::Open(OpenSpec::Core { debuginfod: true, .. }) => downloads::opened(),
        Request::Open(_) => Answer::Opened(Box::new(session())),
        Request::Processes => Answer::Processes(processes().into()),
        Request::Cores(_) => Answer::Cores(Arc::new(cores::stored())),
        Request::Doctor { .. } => Answer::Checks(Arc::default()),
        Request::Report => Answer::Report(Box::new(report())),
        Request::Goroutines => Answer::Goroutines(Arc::new(goroutines())),
        Request::Groups { key } => Answer::Groups {
            key: key.clone(),
            groups: Arc::new(groups()),
        },
        Request::Threads => Answer::Threads(threads()),
        Request::Stack { subject, from, .. } => Answer::Stack(stack(*subject, *from)),
        Request::Stacks { goroutines, .. } => {
            let each = goroutines.iter();
            Answer::Stacks(
                each.map(|&id| SharedStack::alone(id, stack(Subject::Goroutine(id), 0)))
                    .collect(),
            )
        }
        Request::Scope { frame } => Answer::Scope {
            frame: *frame,
            scope: Scope {
                args: vec![
                    value("id", "int", ValueKind::Int, &[("3", Role::Number)]),
                    order(),
                ],
                locals: locals(),
                note: None,
            },
        },
        Request::Globals { .. } => Answer::Globals(Children {
            from: 0,
            values: vec![value(
                "main.cache",
                "map[string]int",
                ValueKind::Map,
                &[("map[…]", Role::Plain)],
            )],
            more: 0,
        }),
        Request::Expand { reference, .. } => Answer::Expanded {
            reference: reference.clone(),
            children: children(reference),
        },
        Request::Registers { frame } => Answer::Registers {
            frame: *frame,
            registers: registers(),
        },
        Request::Source { file } if **file == *FILE => Answer::Source(source()),
        Request::Source { file } => Answer::Failed(
            Failure::new(FailureKind::File, format!("source file not found: {file}"))
                .hint("start with --substitute-path FROM=TO"),
        ),
        Request::Sources { .. } => Answer::Sources(Arc::new(["/src/main.go".into()])),
        Request::Images => Answer::Images(images()),
        Request::MemoryMap => Answer::MemoryMap(regions()),
        Request::Process => Answer::Process(Box::new(ProcessInfo {
            pid: Some(4242),
            args: vec!["orders".into(), "-v".into()],
            env: vec!["HOME=/srv/orders".into(), "EVIL=\u{1b}]0;x\u{7}".into()],
            ..ProcessInfo::default()
        })),
        Request::Pause => Answer::Stopped(Box::new(live_session(RunState::Held))),
        Request::Continue => Answer::Running(Box::new(live_session(RunState::Running))),
        Request::Dump(_) => Answer::Begun,
        Request::Shutdown => Answer::Closed,
        request => values::answer(request)
            .or_else(|| memory::answer(request))
            .or_else(|| code::answer(request))
            .or_else(|| downloads::answer(request))
            .unwrap_or_else(|| {
                let text = "this engine has no answer to that";
                Answer::Failed(Failure::new(FailureKind::Unsupported, text))
            }),
    }
}

/// A report of the same program, alive.
fn alive(report: CrashReport) -> CrashReport {
    CrashReport {
        kind: TargetKind::Live,
        signal: None,
        fault_addr: None,
        reason: "alive: 1 goroutine running, 9 waiting, most for chan receive (4)".into(),
        last_words: None,
        panics: Vec::new(),
        crash: None,
        origin: None,
        last_panic: None,
        ..report
    }
}

/// The same program, alive.
pub fn live_session(state: RunState) -> SessionInfo {
    SessionInfo {
        kind: TargetKind::Live,
        core: None,
        live: Some(LiveState {
            state,
            stops: 1,
            stopping_ns: 1_300_000,
            held_ns: 0,
            end: (state == RunState::Ended).then(|| "killed by SIGKILL".into()),
        }),
        ..session()
    }
}

fn session() -> SessionInfo {
    SessionInfo {
        kind: TargetKind::Core,
        exe: Some("/srv/orders/orders".into()),
        exe_verified: Verified::Yes,
        core: Some("/var/core/orders.4242".into()),
        pid: Some(4242),
        go_version: Some("go1.27.3".into()),
        build_id: Some("8d5c1f".into()),
        machine: "x86-64".into(),
        has_debug_info: true,
        offer: None,
        live: None,
        warnings: vec![Warning::new(
            WarningKind::Guessed,
            "Go 1.27 is newer than the tables",
        )],
    }
}

fn stack(subject: Subject, from: usize) -> Stack {
    let all = frames();
    let (goroutine, thread) = match subject {
        Subject::Goroutine(id) => (Some(id), None),
        Subject::Thread(tid) => (None, Some(tid)),
    };
    let mut shown: Vec<Frame> = all.iter().skip(from).cloned().collect();
    if subject != Subject::Goroutine(GoId(35)) {
        shown.retain(|frame| frame.index >= 5);
        for (index, frame) in shown.iter_mut().enumerate() {
            frame.index = index;
        }
    }
    Stack {
        subject,
        goroutine,
        thread,
        depth: shown.len(),
        frames: shown,
        end: StackEnd::Complete,
    }
}

/// The interface with an engine that answers at once.
pub struct Stage {
    pub state: AppState,
    /// Effects that were not requests.
    pub effects: Vec<Effect>,
    pub time: u64,
    pub theme: Theme,
    /// Requests that were sent.
    pub requests: Vec<Request>,
    /// Whether requests are answered.
    pub answers: bool,
    /// The stop that answers belong to.
    pub epoch: u64,
    /// The job of the last request.
    pub last_job: JobId,
}

fn process(pid: u32) -> OpenSpec {
    OpenSpec::Live {
        pid,
        tracer: "/proc/self/exe".into(),
        stop: true,
        debug_dirs: Vec::new(),
        debuginfod: false,
        substitute_path: Vec::new(),
    }
}

impl Stage {
    /// The session open on a terminal of this size.
    pub fn new(width: u16, height: u16) -> Self {
        Self::started(width, height, Start::Open(OpenSpec::Demo))
    }

    /// The list of processes to attach to.
    pub fn picking(width: u16, height: u16) -> Self {
        Self::started(width, height, Start::Pick(process(0)))
    }

    /// A running process, attached to and stopped.
    pub fn live(width: u16, height: u16) -> Self {
        Self::started(width, height, Start::Open(process(4242)))
    }

    fn started(width: u16, height: u16, start: Start) -> Self {
        let mut stage = Self::unanswered(width, height);
        stage.answers = true;
        let effects = stage.state.start(start);
        stage.carry_out(effects);
        stage.settle();
        stage
    }

    /// The same with nothing opened yet.
    pub fn unanswered(width: u16, height: u16) -> Self {
        let options = Options {
            themes: ["dark", "light", "mono"].map(str::to_owned).to_vec(),
            theme: "dark".into(),
            ..Options::default()
        };
        let mut stage = Self {
            state: AppState::new(options),
            effects: Vec::new(),
            time: 1000,
            theme: Theme::default(),
            requests: Vec::new(),
            answers: false,
            epoch: 1,
            last_job: JobId(0),
        };
        stage.input(Input::Resize(width, height));
        stage
    }

    /// Lets time pass until nothing is due.
    pub fn settle(&mut self) {
        for _ in 0..4 {
            self.time += 200;
            self.input(Input::Tick);
        }
        self.time += 10_000;
        self.input(Input::Tick);
    }

    pub fn input(&mut self, input: Input) {
        let effects = update(&mut self.state, input, self.time);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(command) => self.engine(command),
                other => self.effects.push(other),
            }
        }
    }

    fn engine(&mut self, command: Command) {
        self.requests.push(command.request.clone());
        self.last_job = command.job;
        if !self.answers {
            return;
        }
        if command.request == Request::Pause {
            self.epoch += 1;
        }
        let answer = match (&self.state.live_state(), answer(&command.request)) {
            (Some(_), Answer::Report(report)) => Answer::Report(Box::new(alive(*report))),
            (_, answer) => answer,
        };
        self.hear(command.job, answer);
    }

    /// What the engine says of `job`.
    pub fn hear(&mut self, job: JobId, answer: Answer) {
        let event = Event {
            job,
            epoch: Epoch(self.epoch),
            answer,
        };
        self.input(Input::Engine(Box::new(event)));
    }

    /// Presses keys, apart by blanks; `'text'` types text.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for word in keys.split(' ').filter(|word| !word.is_empty()) {
            match word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                Some(text) => {
                    for letter in text.chars() {
                        let name = if letter == '_' {
                            "Space".to_owned()
                        } else {
                            letter.to_string()
                        };
                        self.press(&name);
                    }
                }
                None => self.press(word),
            }
        }
        self.settle();
        self
    }

    fn press(&mut self, name: &str) {
        for key in parse_sequence(name).unwrap() {
            self.time += 5;
            self.input(Input::Key(key));
        }
    }

    /// The screen as cells.
    pub fn buffer(&self) -> Buffer {
        let area = Rect::new(0, 0, self.state.width, self.state.height);
        let mut buffer = Buffer::empty(area);
        view(&self.state, area, &self.theme, &mut buffer);
        buffer
    }

    /// The screen as text, blanks at line ends cut.
    pub fn screen(&self) -> String {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width.max(1));
        let mut out = String::new();
        for row in buffer.content().chunks(width) {
            let mut skip = 0;
            let mut line = String::new();
            for cell in row {
                if skip == 0 {
                    line.push_str(cell.symbol());
                    skip = crate::ui::widgets::width(cell.symbol()).max(1);
                }
                skip -= 1;
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}
