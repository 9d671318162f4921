//! What the engine says, applied to the state. The one place that compares epochs.

use super::{AppState, Level, Purpose};
use crate::engine::{Answer, Event, Request};
use crate::model::{Failure, FailureKind, SessionInfo, Stack, StackEnd, Subject, Warning, WarningKind};
use crate::ui::loadable::Loadable;
use crate::ui::motion::reveal;
use crate::ui::place::Pane;

impl AppState {
    /// Applies one event. Answers of an older stop and to requests that were replaced vanish here.
    pub fn accept(&mut self, event: Event) {
        // Files on this machine are facts, whichever stop it was begun in.
        let outlives = matches!(
            event.answer,
            Answer::DumpProgress(_) | Answer::Dumped(_) | Answer::Ended(_)
        );
        if event.epoch < self.epoch && !outlives && !self.jobs.outlives_stops(event.job) {
            self.jobs.finish(event.job);
            return;
        }
        self.epoch = self.epoch.max(event.epoch);
        match event.answer {
            Answer::Progress(progress) => self.jobs.report(event.job, progress),
            Answer::DumpProgress(progress) => self.jobs.report_dump(event.job, progress),
            Answer::Begun => self.jobs.begun(event.job),
            Answer::Released(_) => {}
            Answer::SomeProcesses(rows) if self.jobs.knows(event.job) => self.some_processes(rows),
            Answer::SomeProcesses(_) => {}
            Answer::Ended(how) => self.process_ended(how),
            Answer::Crashed(failure) => self.engine_ended(failure),
            Answer::Closed => self.engine_ended(Failure::new(FailureKind::Internal, "the engine has ended")),
            answer => {
                if let Some(purpose) = self.jobs.finish(event.job) {
                    self.answered(purpose, answer);
                }
            }
        }
    }

    fn engine_ended(&mut self, failure: Failure) {
        self.messages.fail(&failure, self.now);
        self.jobs.clear();
        self.stack.loading = None;
        self.source.loading = None;
        if self.session.ready().is_none() {
            self.session = Loadable::Failed(failure.clone());
        }
        self.ended = Some(failure);
    }

    fn answered(&mut self, purpose: Purpose, answer: Answer) {
        let height = self.rows_of(Pane::Source);
        match (purpose, answer) {
            (purpose, Answer::Failed(failure)) => self.failed(purpose, failure),
            (purpose, Answer::Dropped) => self.dropped(purpose),
            (Purpose::OpenAgain, Answer::Opened(session)) => self.opened_again(session),
            (_, Answer::Opened(session)) => self.opened(session),
            (_, Answer::Session(session)) => self.session_arrived(session),
            (_, Answer::SymbolsArrived(arrival)) => self.symbols_arrived(*arrival),
            (_, Answer::Processes(rows)) => self.processes(&rows),
            (_, Answer::Cores(cores)) => self.cores(cores),
            (_, Answer::Stopped(session)) => self.stopped(session),
            (_, Answer::Running(session)) => self.running(session),
            (_, Answer::Dumped(summary)) => self.dumped(&summary),
            (Purpose::ReportAgain, Answer::Report(report)) => self.report_again(*report),
            (_, Answer::Report(report)) => {
                self.report = Loadable::Ready((*report).into());
                if self.select_crash() {
                    self.goroutines.rebuild();
                }
            }
            (_, Answer::Goroutines(list)) => {
                self.goroutines.accept(list);
                self.goroutines_arrived();
            }
            (_, Answer::Groups { key, groups }) => self.goroutines.accept_groups(&key, groups),
            (_, Answer::Threads(threads)) => self.details.threads = Loadable::Ready(threads),
            (Purpose::StackPage(..), Answer::Stack(stack)) => self.stack_page(stack),
            (Purpose::StackEnd(_), Answer::Stack(stack)) => self.stack_end(stack),
            (_, Answer::Scope { frame, scope }) => self.variables.accept(frame, scope),
            (_, Answer::Registers { frame, registers }) if self.frame_arrived(frame) => {
                self.details.registers = Loadable::Ready(registers);
            }
            (_, Answer::Source(text)) => self.source.accept(text, height),
            (Purpose::Globals { filter, .. }, Answer::Globals(page))
                if filter == self.variables.globals_filter =>
            {
                self.variables.accept_globals(page);
            }
            (Purpose::Expand(key), Answer::Expanded { children, .. }) => {
                let now = self.now;
                let tree = self.tree_mut(key.tree);
                let wanted = tree.map(|tree| tree.accept(key.node, children, now));
                self.ask_wanted(key.tree, wanted.unwrap_or_default());
            }
            (Purpose::Watch(frame), Answer::Watched { values, .. }) => self.watched(frame, values),
            (Purpose::Print { expression, whole }, Answer::Evaluated(value)) => {
                self.printed(&expression, *value, whole);
            }
            (Purpose::Locate(_), Answer::Located(places)) => self.located(&places),
            (Purpose::Overlay(at), Answer::Pointed(pointed)) => self.overlay_arrived(at, pointed),
            (Purpose::Point(expression), Answer::Pointed(pointed)) => self.pointed(&expression, pointed),
            (Purpose::Memory(asked), Answer::Memory(page)) => self.memory_arrived(&asked, page),
            (Purpose::Code(place), Answer::Code { code, .. }) => self.code.accept(&place, code, height),
            (Purpose::Page(id), answer) => self.fill_page(id, Ok(answer)),
            (Purpose::Copy, Answer::Whole { text, left_out, .. }) => self.copied_whole(&text, left_out),
            (_, Answer::Images(images)) => self.details.images = Loadable::Ready(images),
            (_, Answer::MemoryMap(regions)) => self.details.map = Loadable::Ready(regions),
            (_, Answer::Process(process)) => self.details.process = Loadable::Ready(process),
            _ => {}
        }
    }

    fn opened(&mut self, session: Box<SessionInfo>) {
        let spoils_all =
            |warning: &&Warning| matches!(warning.kind, WarningKind::Mismatch | WarningKind::Truncated);
        for warning in session.warnings.iter().filter(|warning| !spoils_all(warning)) {
            self.messages
                .say(Level::Warning, warning.message.clone(), self.now);
        }
        if let Some(warning) = session.warnings.iter().find(spoils_all) {
            self.messages
                .insist(Level::Error, warning.message.clone(), self.now);
        }
        self.session = Loadable::Ready(session);
        self.offer_downloads();
        self.note_held();
        self.report = Loadable::Loading { since: self.now };
        self.goroutines.list = Loadable::Loading { since: self.now };
        self.ask(Request::Report, Purpose::Report);
        self.ask(Request::Goroutines, Purpose::Goroutines);
    }

    fn goroutines_arrived(&mut self) {
        if !self.report.is_loading() {
            self.select_something();
        }
        let (len, height) = (self.goroutines.len(), self.rows_of(Pane::Goroutines));
        let row = self.goroutines.scroll.selected;
        self.goroutines.scroll = reveal(self.goroutines.scroll, row, len, height);
    }

    fn stack_page(&mut self, stack: Stack) {
        if self.stack.subject != Some(stack.subject) {
            return;
        }
        let first = self.stack.loading.is_some();
        self.stack.accept(stack);
        if first {
            let wanted = self
                .loads
                .frame_after
                .take()
                .filter(|frame| *frame < self.stack.depth);
            let frame = wanted.unwrap_or_else(|| self.opening_frame());
            self.select_frame(frame);
            let (len, height) = (self.stack.rows(), self.rows_of(Pane::Stack));
            self.stack.scroll = reveal(self.stack.scroll, self.stack.row_of(frame), len, height);
        } else if self.source.current_line.is_none() {
            self.show_source();
        }
    }

    /// Where the selected stack opens: the place of the crash, else the user's frame that the list of
    /// goroutines names, else the first that is not the runtime's.
    fn opening_frame(&self) -> usize {
        let named = match (self.stack.guilty, self.stack.subject) {
            (None, Some(Subject::Goroutine(id))) => self
                .goroutines
                .find(id)
                .and_then(|goroutine| self.stack.frame_at(goroutine.user_loc.pc)),
            _ => None,
        };
        named.unwrap_or_else(|| self.stack.opening_frame())
    }

    fn stack_end(&mut self, stack: Stack) {
        if self.stack.subject != Some(stack.subject) {
            return;
        }
        self.stack.accept(stack);
        let last = self.stack.depth.saturating_sub(1);
        self.select_frame(last);
    }

    /// A request was dropped by the engine though it was still wanted here: ask anew when needed.
    fn dropped(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Source(file) => self.source_cancelled(&file),
            Purpose::Download => self.download_cancelled(),
            Purpose::OpenAgain => {
                self.say(Level::Info, "the files that came are used when it is opened anew");
            }
            Purpose::Memory(asked) => self.memory.cache.dropped(&asked),
            Purpose::Code(_) => self.code.dropped(),
            Purpose::Dump => self.say(Level::Info, "the dump was cancelled; nothing of it is left"),
            Purpose::Groups(_) => self.goroutines.groups = Loadable::Empty,
            Purpose::Expand(_) | Purpose::Page(_) => {
                self.failed(purpose, Failure::new(FailureKind::Cancelled, "cancelled"));
            }
            Purpose::StackPage(..) if self.stack.loading.take().is_some() => {
                self.stack.failed = Some(Failure::new(FailureKind::Cancelled, "unwinding was cancelled"));
            }
            Purpose::Scope(frame) => {
                self.variables.fail(
                    frame,
                    Failure::new(FailureKind::Cancelled, "loading was cancelled"),
                );
            }
            _ => {}
        }
    }

    /// Puts a failure where the data would be.
    fn failed(&mut self, purpose: Purpose, failure: Failure) {
        let failed = failure.clone();
        match purpose {
            Purpose::Open => self.session = Loadable::Failed(failure),
            Purpose::Processes => self.processes_failed(failure),
            Purpose::Cores => self.cores_failed(failure),
            Purpose::Report => {
                self.report = Loadable::Failed(failure);
                self.select_something();
            }
            Purpose::Goroutines => self.goroutines.list = Loadable::Failed(failure),
            Purpose::Groups(_) => self.goroutines.groups = Loadable::Failed(failure),
            Purpose::Threads => self.details.threads = Loadable::Failed(failure),
            Purpose::StackPage(subject, from) => {
                if self.stack.subject == Some(subject) {
                    self.stack.loading = None;
                    if from == 0 {
                        self.stack.failed = Some(failure);
                    } else {
                        self.stack.end = Some(StackEnd::Truncated(failure.to_string()));
                    }
                }
            }
            Purpose::StackEnd(_) | Purpose::Copy | Purpose::OpenAgain => {}
            Purpose::ReportAgain | Purpose::Session | Purpose::Download => {}
            Purpose::Watch(_) => {
                let id = self.variables.new_tree_id();
                self.variables.watches.fail(id, &failure, self.now);
                return;
            }
            Purpose::Code(place) => {
                self.code.fail(&place, failure);
                return;
            }
            // The bytes themselves are there; not every name on the screen is an expression.
            Purpose::Overlay(_) => return,
            Purpose::Memory(asked) => {
                self.memory.cache.fail(&asked, failure);
                return;
            }
            Purpose::Print { expression, .. } | Purpose::Point(expression) | Purpose::Locate(expression) => {
                self.not_printed(&expression, &failure);
                return;
            }
            Purpose::Page(id) => {
                self.fill_page(id, Err(&failure));
                return;
            }
            Purpose::Scope(frame) => self.variables.fail(frame, failure),
            Purpose::Registers(frame) => {
                if self.frame_arrived(frame) {
                    self.details.registers = Loadable::Failed(failure);
                }
            }
            Purpose::Source(file) => {
                if self.source.file.as_ref() == Some(&file) {
                    self.source_failed(failure);
                }
                return;
            }
            Purpose::Globals { .. } => self.variables.globals = Loadable::Failed(failure),
            Purpose::Expand(key) => {
                if let Some(tree) = self.tree_mut(key.tree) {
                    tree.fail(key.node, failure);
                }
            }
            Purpose::Images => self.details.images = Loadable::Failed(failure),
            Purpose::MemoryMap => self.details.map = Loadable::Failed(failure),
            Purpose::Drive | Purpose::Dump => {}
            Purpose::Process => self.details.process = Loadable::Failed(failure),
        }
        self.messages.fail(&failed, self.now);
    }
}
