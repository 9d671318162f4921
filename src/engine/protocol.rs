//! The whole conversation between the engine and whoever shows things: enums of plain data.

use std::sync::Arc;

use crate::base::{Addr, CancelToken, Epoch, GoId, JobId, Pattern, Progress};
use crate::model::{
    Arrival, AsmSyntax, Check, Children, CodePlace, CoreQuery, CrashReport, Deferred, Disassembly,
    DumpOptions, DumpProgress, DumpSummary, Failure, FrameId, GoroutineGroups, GoroutineList, GroupKey,
    ImageInfo, Location, MemoryPage, MemoryRegion, OpenSpec, Pointed, ProcessInfo, ProcessRow, Registers,
    Release, Scope, SessionInfo, SharedStack, SourceText, Stack, StoredCores, Subject, Thread, TypeLayout,
    Value, ValueForm, ValueRef,
};

/// A request on its way to the engine.
#[derive(Clone, Debug)]
pub struct Command {
    /// Chosen by the requester; every answer carries it.
    pub job: JobId,
    pub request: Request,
    /// Made by the requester, who cancels by setting it.
    pub cancel: CancelToken,
}

/// What can be asked. A newer request of the same [`Request::slot`] replaces one that still waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Open(OpenSpec),
    /// The processes of this machine; needs nothing open.
    Processes,
    /// The core dumps of this machine; needs nothing open.
    Cores(CoreQuery),
    /// What would keep cores, attaching and symbols from working, also with process `pid`; needs
    /// nothing open.
    Doctor {
        pid: Option<u32>,
    },
    Report,
    Goroutines,
    Groups {
        key: GroupKey,
    },
    Threads,
    /// Rows `from..from + count` of a stack.
    Stack {
        subject: Subject,
        from: usize,
        count: usize,
    },
    /// The innermost `count` rows of each of these goroutines' stacks.
    Stacks {
        goroutines: Vec<GoId>,
        count: usize,
    },
    /// Whether servers may be asked for files that are missing here. With a yes they are: that goes
    /// on beside everything else and ends with [`Answer::SymbolsArrived`].
    Consent(bool),
    /// The facts of the session as they are now.
    Session,
    /// Arguments and locals of a frame.
    Scope {
        frame: FrameId,
    },
    /// Package variables whose full name `filter` fits.
    Globals {
        filter: Pattern,
        from: u64,
        count: u64,
    },
    /// Children `from..from + count` of a value.
    Expand {
        reference: ValueRef,
        from: u64,
        count: u64,
    },
    /// The value of an expression, with the names that a frame sees, or package variables only.
    Evaluate {
        expression: Arc<str>,
        frame: Option<FrameId>,
    },
    /// The values of all watched expressions, each of which may fail by itself.
    Watch {
        expressions: Arc<[Arc<str>]>,
        frame: Option<FrameId>,
    },
    /// Where an expression points: a pointer's target, a slice's first element, a variable's own
    /// address, a number as it is.
    Point {
        expression: Arc<str>,
        frame: Option<FrameId>,
    },
    /// A value with all that it holds, as text; `value` is as it was last shown.
    Whole {
        value: Box<Value>,
        form: ValueForm,
    },
    /// What the types of expressions and types are made of.
    TypeLayout {
        expression: Arc<str>,
        frame: Option<FrameId>,
    },
    /// Full names of types that `filter` fits.
    Types {
        filter: Pattern,
    },
    /// Full names of functions that `filter` fits.
    Functions {
        filter: Pattern,
    },
    /// Import paths of packages that `filter` fits.
    Packages {
        filter: Pattern,
    },
    /// Bytes `addr..addr + len`, with what an object of a type has there.
    Memory {
        addr: Addr,
        len: u64,
        overlay: Option<ValueRef>,
    },
    Disassemble {
        place: CodePlace,
        syntax: AsmSyntax,
    },
    /// What a location specification names, seen from a frame.
    Locate {
        spec: Arc<str>,
        frame: Option<FrameId>,
    },
    /// Deferred calls of a goroutine that have not run.
    Defers {
        subject: Subject,
    },
    Registers {
        frame: FrameId,
    },
    /// The source file recorded as `file`.
    Source {
        file: Arc<str>,
    },
    /// The recorded paths of all source files that `filter` fits.
    Sources {
        filter: Pattern,
    },
    Images,
    MemoryMap,
    Process,
    /// Stops a running process and begins a new epoch.
    Pause,
    /// Lets a held process run on.
    Continue,
    /// Writes a core of the process. Goes on beside everything else; the command's token stops it.
    Dump(DumpOptions),
    Shutdown,
}

/// What a newer request makes pointless in an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    Stack,
    Scope,
    Registers,
    Source,
    Groups,
    Processes,
    Cores,
    Watch,
    Memory,
    Code,
}

impl Request {
    /// The slot of requests of which only the newest matters.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Self::Stack { .. } => Some(Slot::Stack),
            Self::Scope { .. } => Some(Slot::Scope),
            Self::Registers { .. } => Some(Slot::Registers),
            Self::Source { .. } => Some(Slot::Source),
            Self::Groups { .. } => Some(Slot::Groups),
            Self::Processes => Some(Slot::Processes),
            Self::Cores(_) => Some(Slot::Cores),
            Self::Watch { .. } => Some(Slot::Watch),
            Self::Memory { .. } => Some(Slot::Memory),
            Self::Disassemble { .. } => Some(Slot::Code),
            _ => None,
        }
    }
}

/// What the engine says.
#[derive(Clone, Debug)]
pub struct Event {
    /// The request this belongs to.
    pub job: JobId,
    /// The stop in which it was true; answers of an older stop are dropped by the receiver.
    pub epoch: Epoch,
    pub answer: Answer,
}

/// The body of an event.
#[derive(Clone, Debug)]
pub enum Answer {
    Opened(Box<SessionInfo>),
    /// Some more of the processes; the job goes on.
    SomeProcesses(Vec<ProcessRow>),
    /// All of them.
    Processes(Arc<[ProcessRow]>),
    Cores(Arc<StoredCores>),
    Checks(Arc<[Check]>),
    Report(Box<CrashReport>),
    Goroutines(Arc<GoroutineList>),
    Groups {
        key: GroupKey,
        groups: Arc<GoroutineGroups>,
    },
    Threads(Arc<[Thread]>),
    Stack(Stack),
    /// In the order asked for.
    Stacks(Vec<SharedStack>),
    Scope {
        frame: FrameId,
        scope: Scope,
    },
    Globals(Children),
    Expanded {
        reference: ValueRef,
        children: Children,
    },
    /// Named like the expression.
    Evaluated(Box<Value>),
    /// In the order asked for.
    Watched {
        frame: Option<FrameId>,
        values: Vec<Result<Value, Failure>>,
    },
    Pointed(Pointed),
    /// A value as text.
    Whole {
        form: ValueForm,
        text: Arc<str>,
        /// What the text leaves out, and why.
        left_out: Option<String>,
    },
    TypeLayout(Box<TypeLayout>),
    /// Sorted, each once.
    Types(Arc<[Arc<str>]>),
    /// Sorted, each once.
    Functions(Arc<[Arc<str>]>),
    /// Sorted, each once.
    Packages(Arc<[Arc<str>]>),
    Memory(Arc<MemoryPage>),
    Code {
        place: CodePlace,
        code: Arc<Disassembly>,
    },
    Located(Vec<Location>),
    Defers(Arc<[Deferred]>),
    Registers {
        frame: FrameId,
        registers: Registers,
    },
    Source(SourceText),
    /// Sorted, each once.
    Sources(Arc<[Arc<str>]>),
    Images(Arc<[ImageInfo]>),
    MemoryMap(Arc<[MemoryRegion]>),
    Process(Box<ProcessInfo>),
    /// What came of asking servers. Stacks and variables asked for from now on use it.
    SymbolsArrived(Box<Arrival>),
    Session(Box<SessionInfo>),
    /// The process stands still: a new epoch.
    Stopped(Box<SessionInfo>),
    /// The process runs. Nothing new can be read of it; what was read is of the last stop.
    Running(Box<SessionInfo>),
    /// The process is gone, which nobody asked for, and how; belongs to no job.
    Ended(String),
    /// The job has begun and goes on beside others; more events of it follow.
    Begun,
    DumpProgress(DumpProgress),
    Dumped(Box<DumpSummary>),
    /// What the process had to bear; said once, just before [`Answer::Closed`].
    Released(Release),
    Progress(Progress),
    Failed(Failure),
    /// A newer request took this one's place, or it was cancelled.
    Dropped,
    /// The engine met a fault of its own and ended; the target is released.
    Crashed(Failure),
    /// The engine has ended as asked.
    Closed,
}
