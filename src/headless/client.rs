//! [`Client`]: one question, one answer, over the engine's channel. Stops on interrupt.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use super::gauge::Gauge;
use crate::base::{Addr, CancelToken, GoId, JobId, Pattern};
use crate::engine::{Answer, Command, EngineHandle, Event, Request};
use crate::model::{
    AsmSyntax, Check, Children, CodePlace, CoreQuery, CrashReport, Deferred, Disassembly, DumpOptions,
    DumpSummary, Failure, FailureKind, FrameId, GoroutineGroups, GoroutineList, GroupKey, ImageInfo,
    Location, MemoryPage, MemoryRegion, OpenSpec, Pointed, ProcessInfo, ProcessRow, Registers, Release,
    Scope, SessionInfo, SharedStack, SourceText, Stack, StoredCores, Subject, TargetKind, Thread, TypeLayout,
    Value, ValueForm, ValueRef,
};

/// How often a wait looks whether it was interrupted.
const INTERRUPT_PACE: Duration = Duration::from_millis(50);

/// Stacks asked for in one request: many, since each request is two switches of threads; not all,
/// since one request is what an interrupt waits for.
const STACKS_AT_ONCE: usize = 4096;

/// Times that servers are asked: for code first, and then for what the code shows to be missing.
const DOWNLOAD_ROUNDS: usize = 3;

/// How long an interrupted job may take to stop before it is left behind.
const CANCEL_WAIT: Duration = Duration::from_secs(1);

/// The requester's side of the conversation.
#[derive(Debug)]
pub struct Client {
    engine: EngineHandle,
    jobs: u64,
    interrupt: CancelToken,
    gauge: Gauge,
}

impl Client {
    /// `interrupt` is set from outside when the user wants out; `gauge` shows long jobs.
    #[must_use]
    pub fn new(engine: EngineHandle, interrupt: CancelToken, show_progress: bool) -> Self {
        Self {
            engine,
            jobs: 0,
            interrupt,
            gauge: Gauge::new(show_progress),
        }
    }

    /// The last that is done with a core, see [`EngineHandle::leave`].
    pub(super) fn leave(self) {
        self.engine.leave();
    }

    fn ask(&mut self, request: Request) -> Result<Answer, Failure> {
        if self.interrupt.is_cancelled() {
            return Err(cancelled());
        }
        self.jobs += 1;
        let job = JobId(self.jobs);
        let cancel = CancelToken::new();
        let command = Command {
            job,
            request,
            cancel: cancel.clone(),
        };
        if !self.engine.send(command) {
            return Err(ended());
        }
        self.gauge.begin();
        let answer = self.wait(job, &cancel);
        self.gauge.end();
        answer
    }

    fn wait(&mut self, job: JobId, cancel: &CancelToken) -> Result<Answer, Failure> {
        let mut give_up = None;
        loop {
            if self.interrupt.is_cancelled() {
                cancel.cancel();
                let give_up = give_up.get_or_insert_with(|| Instant::now() + CANCEL_WAIT);
                if Instant::now() >= *give_up {
                    return Err(cancelled());
                }
            }
            match self.engine.events().recv_timeout(INTERRUPT_PACE) {
                Ok(Event {
                    answer: Answer::Crashed(failure),
                    ..
                }) => return Err(failure),
                Ok(event) if event.job == job => match event.answer {
                    Answer::Progress(progress) => self.gauge.show(&progress),
                    Answer::DumpProgress(progress) => self.gauge.show_dump(&progress),
                    Answer::Begun | Answer::SomeProcesses(_) => {}
                    Answer::Failed(failure) => return Err(failure),
                    Answer::Dropped => return Err(cancelled()),
                    answer => return Ok(answer),
                },
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
    }

    /// # Errors
    /// Here and below: what the engine answered instead.
    pub fn open(&mut self, spec: OpenSpec) -> Result<SessionInfo, Failure> {
        match self.ask(Request::Open(spec))? {
            Answer::Opened(info) => Ok(*info),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks servers for what is missing, where any are set; waits until it has come. `info` is what
    /// opening `spec` gave, the result what is known now.
    ///
    /// Not for a process: it would stand still for as long as that takes.
    pub(super) fn complete(&mut self, spec: OpenSpec, info: SessionInfo) -> Result<SessionInfo, Failure> {
        let mut info = info;
        for _ in 0..DOWNLOAD_ROUNDS {
            if info.offer.is_none() || info.kind == TargetKind::Live {
                return Ok(info);
            }
            let arrival = match self.ask(Request::Consent(true))? {
                Answer::SymbolsArrived(arrival) => *arrival,
                other => return Err(unexpected(&other)),
            };
            if !arrival.reopen {
                return match self.ask(Request::Session)? {
                    Answer::Session(info) => Ok(*info),
                    other => Err(unexpected(&other)),
                };
            }
            info = self.open(spec.clone())?;
        }
        Ok(info)
    }

    /// The processes of this machine, by rising number.
    pub(super) fn processes(&mut self) -> Result<Arc<[ProcessRow]>, Failure> {
        match self.ask(Request::Processes)? {
            Answer::Processes(rows) => Ok(rows),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn cores(&mut self, query: CoreQuery) -> Result<Arc<StoredCores>, Failure> {
        match self.ask(Request::Cores(query))? {
            Answer::Cores(cores) => Ok(cores),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn doctor(&mut self, pid: Option<u32>) -> Result<Arc<[Check]>, Failure> {
        match self.ask(Request::Doctor { pid })? {
            Answer::Checks(checks) => Ok(checks),
            other => Err(unexpected(&other)),
        }
    }

    /// Lets the process run on, or stops it; how it stands then.
    pub(super) fn drive(&mut self, request: Request) -> Result<SessionInfo, Failure> {
        match self.ask(request)? {
            Answer::Stopped(info) | Answer::Running(info) => Ok(*info),
            other => Err(unexpected(&other)),
        }
    }

    /// Writes a core of the process and waits until it is whole.
    pub(super) fn dump(&mut self, options: DumpOptions) -> Result<DumpSummary, Failure> {
        match self.ask(Request::Dump(options))? {
            Answer::Dumped(summary) => Ok(*summary),
            other => Err(unexpected(&other)),
        }
    }

    /// Ends the engine; what a live process had to bear.
    pub(super) fn close(self) -> Option<Release> {
        self.engine.close()
    }

    pub(super) fn report(&mut self) -> Result<CrashReport, Failure> {
        match self.ask(Request::Report)? {
            Answer::Report(report) => Ok(*report),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn goroutines(&mut self) -> Result<Arc<GoroutineList>, Failure> {
        match self.ask(Request::Goroutines)? {
            Answer::Goroutines(list) => Ok(list),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn groups(&mut self, key: GroupKey) -> Result<Arc<GoroutineGroups>, Failure> {
        match self.ask(Request::Groups { key })? {
            Answer::Groups { groups, .. } => Ok(groups),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn threads(&mut self) -> Result<Arc<[Thread]>, Failure> {
        match self.ask(Request::Threads)? {
            Answer::Threads(threads) => Ok(threads),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn stack(&mut self, subject: Subject, from: usize, count: usize) -> Result<Stack, Failure> {
        match self.ask(Request::Stack { subject, from, count })? {
            Answer::Stack(stack) => Ok(stack),
            other => Err(unexpected(&other)),
        }
    }

    /// The innermost `count` frames of many stacks, in the order of `goroutines`.
    pub(super) fn stacks(&mut self, goroutines: &[GoId], count: usize) -> Result<Vec<SharedStack>, Failure> {
        let mut stacks = Vec::with_capacity(goroutines.len());
        for some in goroutines.chunks(STACKS_AT_ONCE) {
            let goroutines = some.to_vec();
            match self.ask(Request::Stacks { goroutines, count })? {
                Answer::Stacks(more) => stacks.extend(more),
                other => return Err(unexpected(&other)),
            }
        }
        Ok(stacks)
    }

    pub(super) fn scope(&mut self, frame: FrameId) -> Result<Scope, Failure> {
        match self.ask(Request::Scope { frame })? {
            Answer::Scope { scope, .. } => Ok(scope),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn globals(&mut self, filter: Pattern, count: u64) -> Result<Children, Failure> {
        let request = Request::Globals {
            filter,
            from: 0,
            count,
        };
        match self.ask(request)? {
            Answer::Globals(page) => Ok(page),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn expand(&mut self, reference: ValueRef, count: u64) -> Result<Children, Failure> {
        let request = Request::Expand {
            reference,
            from: 0,
            count,
        };
        match self.ask(request)? {
            Answer::Expanded { children, .. } => Ok(children),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn evaluate(&mut self, expression: &str, frame: Option<FrameId>) -> Result<Value, Failure> {
        let request = Request::Evaluate {
            expression: expression.into(),
            frame,
        };
        match self.ask(request)? {
            Answer::Evaluated(value) => Ok(*value),
            other => Err(unexpected(&other)),
        }
    }

    /// A value with all that it holds, and what was left out of it.
    pub(super) fn whole(
        &mut self,
        value: Value,
        form: ValueForm,
    ) -> Result<(Arc<str>, Option<String>), Failure> {
        let value = Box::new(value);
        match self.ask(Request::Whole { value, form })? {
            Answer::Whole { text, left_out, .. } => Ok((text, left_out)),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn registers(&mut self, frame: FrameId) -> Result<Registers, Failure> {
        match self.ask(Request::Registers { frame })? {
            Answer::Registers { registers, .. } => Ok(registers),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn source(&mut self, file: Arc<str>) -> Result<SourceText, Failure> {
        match self.ask(Request::Source { file })? {
            Answer::Source(text) => Ok(text),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn sources(&mut self, filter: Pattern) -> Result<Arc<[Arc<str>]>, Failure> {
        match self.ask(Request::Sources { filter })? {
            Answer::Sources(files) => Ok(files),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn types(&mut self, filter: Pattern) -> Result<Arc<[Arc<str>]>, Failure> {
        match self.ask(Request::Types { filter })? {
            Answer::Types(names) => Ok(names),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn functions(&mut self, filter: Pattern) -> Result<Arc<[Arc<str>]>, Failure> {
        match self.ask(Request::Functions { filter })? {
            Answer::Functions(names) => Ok(names),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn packages(&mut self, filter: Pattern) -> Result<Arc<[Arc<str>]>, Failure> {
        match self.ask(Request::Packages { filter })? {
            Answer::Packages(names) => Ok(names),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn type_layout(
        &mut self,
        expression: Arc<str>,
        frame: Option<FrameId>,
    ) -> Result<TypeLayout, Failure> {
        match self.ask(Request::TypeLayout { expression, frame })? {
            Answer::TypeLayout(layout) => Ok(*layout),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn memory(
        &mut self,
        addr: Addr,
        len: u64,
        overlay: Option<ValueRef>,
    ) -> Result<Arc<MemoryPage>, Failure> {
        match self.ask(Request::Memory { addr, len, overlay })? {
            Answer::Memory(page) => Ok(page),
            other => Err(unexpected(&other)),
        }
    }

    /// Where an expression points.
    pub(super) fn point(&mut self, expression: Arc<str>, frame: Option<FrameId>) -> Result<Pointed, Failure> {
        match self.ask(Request::Point { expression, frame })? {
            Answer::Pointed(pointed) => Ok(pointed),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn defers(&mut self, subject: Subject) -> Result<Arc<[Deferred]>, Failure> {
        match self.ask(Request::Defers { subject })? {
            Answer::Defers(calls) => Ok(calls),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn locate(
        &mut self,
        spec: Arc<str>,
        frame: Option<FrameId>,
    ) -> Result<Vec<Location>, Failure> {
        match self.ask(Request::Locate { spec, frame })? {
            Answer::Located(places) => Ok(places),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn disassemble(
        &mut self,
        place: CodePlace,
        syntax: AsmSyntax,
    ) -> Result<Arc<Disassembly>, Failure> {
        match self.ask(Request::Disassemble { place, syntax })? {
            Answer::Code { code, .. } => Ok(code),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn images(&mut self) -> Result<Arc<[ImageInfo]>, Failure> {
        match self.ask(Request::Images)? {
            Answer::Images(images) => Ok(images),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn memory_map(&mut self) -> Result<Arc<[MemoryRegion]>, Failure> {
        match self.ask(Request::MemoryMap)? {
            Answer::MemoryMap(regions) => Ok(regions),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn process(&mut self) -> Result<ProcessInfo, Failure> {
        match self.ask(Request::Process)? {
            Answer::Process(process) => Ok(*process),
            other => Err(unexpected(&other)),
        }
    }
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "interrupted")
}

fn ended() -> Failure {
    Failure::new(FailureKind::Internal, "the engine has ended")
}

/// The engine answered another question than the one asked.
fn unexpected(answer: &Answer) -> Failure {
    let text = format!("{answer:?}");
    let name: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    Failure::new(
        FailureKind::Internal,
        format!("the engine gave an answer that fits no question: {name}"),
    )
}
