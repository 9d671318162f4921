//! [`Console`]: one session of commands, with what they select.

use std::sync::Arc;

use super::client::Client;
use super::reply::Reply;
use crate::engine::Request;
use crate::engine::commands::UserCommand;
use crate::model::{
    CrashReport, Failure, FailureKind, Frame, FrameId, Release, RunState, SessionInfo, Subject,
};

/// Frames searched for the first one of the user's own code.
const USER_FRAME_SEARCH: usize = 64;

/// Carries out commands and remembers the selected goroutine or thread and frame.
#[derive(Debug)]
pub struct Console {
    pub(super) client: Client,
    pub(super) info: SessionInfo,
    /// Gather what only the text form of a reply shows.
    pub(super) for_text: bool,
    selected: Option<FrameId>,
    report: Option<Arc<CrashReport>>,
}

impl Console {
    #[must_use]
    pub fn new(client: Client, info: SessionInfo, for_text: bool) -> Self {
        Self {
            client,
            info,
            for_text,
            selected: None,
            report: None,
        }
    }

    /// Carries out one command.
    ///
    /// # Errors
    /// What the user sees instead of a reply; the selection is then as it was.
    pub fn carry_out(&mut self, command: &UserCommand) -> Result<Reply, Failure> {
        match command {
            UserCommand::Report => self.show_report(),
            UserCommand::Goroutines(query) => self.show_goroutines(query),
            UserCommand::Goroutine(None) => self.show_goroutine(),
            UserCommand::Goroutine(Some(id)) => self.select_goroutine(*id),
            UserCommand::Threads => self.show_threads(),
            UserCommand::Thread(tid) => self.select_thread(*tid),
            UserCommand::Stack {
                depth,
                full,
                goroutine,
            } => self.show_stack(*depth, *full, *goroutine),
            UserCommand::Frame(index) => self.select_frame(*index),
            UserCommand::Up(count) => self.move_frame(*count, true),
            UserCommand::Down(count) => self.move_frame(*count, false),
            UserCommand::Locals(name) => self.show_locals(name.as_deref()),
            UserCommand::Args(name) => self.show_args(name.as_deref()),
            UserCommand::Vars(text) => self.show_globals(text.as_ref()),
            UserCommand::Print { expression, all } => self.print(expression, *all),
            UserCommand::WhatIs(expression) => self.what_is(expression),
            UserCommand::Registers { all } => self.show_registers(*all),
            UserCommand::List { file, line } => self.show_source(file.as_deref(), *line),
            UserCommand::Sources(text) => self.show_files(text.as_ref()),
            UserCommand::Types(text) => self.show_types(text.as_ref()),
            UserCommand::Functions(text) => self.show_functions(text.as_ref()),
            UserCommand::Packages(text) => self.show_packages(text.as_ref()),
            UserCommand::ListSpec(spec) => self.show_source_at(spec),
            UserCommand::Disassemble { spec, range, syntax } => {
                self.show_code(spec.as_deref(), *range, *syntax)
            }
            UserCommand::TypeLayout(expression) => self.show_type(expression),
            UserCommand::Examine(query) => self.show_memory(query),
            UserCommand::Defers => self.show_defers(),
            UserCommand::Images => self.show_images(),
            UserCommand::MemoryMap => self.show_memory_map(),
            UserCommand::Environment => self.show_environment(),
            UserCommand::Info => self.show_info(),
            UserCommand::Continue => self.drive(Request::Continue),
            UserCommand::Halt => self.drive(Request::Pause),
            UserCommand::Dump(options) => Ok(Reply::Dumped(self.client.dump(options.clone())?)),
            UserCommand::Detach => self.detach(),
            UserCommand::Within { select, command } => self.within(select, command),
            UserCommand::Help(name) => super::carry::help(name.as_deref()),
            UserCommand::Quit => Ok(Reply::Quit),
        }
    }

    /// Ends the session; what a live process had to bear.
    pub fn close(self) -> Option<Release> {
        self.client.close()
    }

    /// Stops the process or lets it run on. What was selected belongs to the stop before.
    fn drive(&mut self, request: Request) -> Result<Reply, Failure> {
        self.info = self.client.drive(request)?;
        if self
            .info
            .live
            .as_ref()
            .is_some_and(|live| live.state == RunState::Held)
        {
            self.report = None;
            self.selected = None;
        }
        Ok(Reply::Live {
            live: self.info.live.clone(),
        })
    }

    /// Carries out `command` where `select` leads, and comes back.
    fn within(&mut self, select: &UserCommand, command: &UserCommand) -> Result<Reply, Failure> {
        let before = self.selected;
        let outcome = self.carry_out(select).and_then(|_| self.carry_out(command));
        self.selected = before;
        outcome
    }

    fn detach(&self) -> Result<Reply, Failure> {
        match self.info.live {
            Some(_) => Ok(Reply::Quit),
            None => Err(Failure::new(
                FailureKind::Unsupported,
                "there is no process to detach from: a core dump is open",
            )),
        }
    }

    /// The crash report; asked for once.
    pub(super) fn report(&mut self) -> Result<Arc<CrashReport>, Failure> {
        if let Some(report) = &self.report {
            return Ok(Arc::clone(report));
        }
        let report = Arc::new(self.client.report()?);
        self.report = Some(Arc::clone(&report));
        Ok(report)
    }

    /// The selected frame: the crash, until something else is selected.
    pub(super) fn selected(&mut self) -> Result<FrameId, Failure> {
        if let Some(selected) = self.selected {
            return Ok(selected);
        }
        let selected = self.opening_selection()?;
        self.selected = Some(selected);
        Ok(selected)
    }

    /// What is selected now, without finding out about the crash.
    pub(super) fn selected_so_far(&self) -> Option<FrameId> {
        self.selected
    }

    pub(super) fn select(&mut self, frame: FrameId) {
        self.selected = Some(frame);
    }

    fn opening_selection(&mut self) -> Result<FrameId, Failure> {
        let site = match self.report() {
            Ok(report) => report.crash.clone(),
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            // A report that cannot be made is no reason not to look at the stacks.
            Err(_) => None,
        };
        if let Some(site) = site {
            let goroutine = site.goroutine.map(Subject::Goroutine);
            if let Some(subject) = goroutine.or(site.thread.map(Subject::Thread)) {
                let index = site.frame_index;
                return Ok(FrameId { subject, index });
            }
        }
        if let Ok(list) = self.client.goroutines()
            && let Some(current) = list.goroutines.iter().find(|row| row.current)
        {
            let subject = Subject::Goroutine(current.id);
            let index = self.user_frame(subject)?.map_or(0, |frame| frame.index);
            return Ok(FrameId { subject, index });
        }
        let threads = self.client.threads()?;
        let current = threads.iter().find(|thread| thread.current).or(threads.first());
        let Some(thread) = current else {
            return Err(Failure::new(
                FailureKind::NotFound,
                "there is no thread to select",
            ));
        };
        let subject = match thread.goroutine {
            Some(id) => Subject::Goroutine(id),
            None => Subject::Thread(thread.tid),
        };
        Ok(FrameId { subject, index: 0 })
    }

    /// The frame to select in a goroutine: the first of the user's own code, else the innermost.
    pub(super) fn user_frame(&mut self, subject: Subject) -> Result<Option<Frame>, Failure> {
        let stack = self.client.stack(subject, 0, USER_FRAME_SEARCH)?;
        let user = stack.frames.iter().find(|frame| !frame.runtime);
        Ok(user.or(stack.frames.first()).cloned())
    }
}
