//! Whose stack is asked for, where it begins, and what is known in one of its frames.

use std::sync::Arc;

use super::goroutines::cancelled;
use super::inferior::Target;
use super::stack::{FrameContext, OpenStack};
use crate::base::{Addr, CancelToken, GoId, Pattern, Tid};
use crate::go::GoStacks;
use crate::memory::Memory;
use crate::model::{Failure, FailureKind, FrameId, Registers, Stack, Subject};
use crate::unwind::{NoHooks, Position, StackHooks};

impl Target {
    /// Rows `from..from + count` of a stack; walked further only as far as needed.
    pub fn stack(
        &self,
        subject: Subject,
        from: usize,
        count: usize,
        cancel: &CancelToken,
    ) -> Result<Stack, Failure> {
        let (goroutine, thread) = self.parties(subject, cancel)?;
        let page = self.with_stack(subject, cancel, |stack| {
            self.reader
                .page(stack, self.core.memory.as_ref(), (from, count), cancel)
        })?;
        Ok(Stack {
            subject,
            goroutine,
            thread,
            frames: page.frames,
            depth: page.depth,
            end: page.end,
        })
    }

    /// The registers that are known in a frame.
    pub fn registers(&self, frame: FrameId, cancel: &CancelToken) -> Result<Registers, Failure> {
        let context = self.frame(frame, cancel)?;
        Ok(self.describe_registers(&context.registers))
    }

    /// One row with what evaluating in it needs.
    pub(super) fn frame(&self, frame: FrameId, cancel: &CancelToken) -> Result<FrameContext, Failure> {
        let found = self.with_stack(frame.subject, cancel, |stack| {
            self.reader
                .frame(stack, self.core.memory.as_ref(), frame.index, cancel)
        })?;
        found.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("this stack has no frame {}", frame.index),
            )
        })
    }

    /// Runs `ask` on the stack of `subject`, which stays open for the next question.
    pub(super) fn with_stack<T>(
        &self,
        subject: Subject,
        cancel: &CancelToken,
        ask: impl FnOnce(&mut OpenStack) -> Result<T, crate::base::Cancelled>,
    ) -> Result<T, Failure> {
        let start = self.start(subject, cancel)?;
        let mut stacks = self.open_stacks.borrow_mut();
        let stack = stacks.get(subject, || Ok::<_, Failure>(self.reader.open(start)))?;
        ask(stack).map_err(cancelled)
    }

    /// The goroutine and the thread that a subject is about.
    fn parties(
        &self,
        subject: Subject,
        cancel: &CancelToken,
    ) -> Result<(Option<GoId>, Option<Tid>), Failure> {
        match subject {
            Subject::Goroutine(id) => {
                let row = self.goroutine(id, cancel)?;
                Ok((Some(id), row.thread))
            }
            Subject::Thread(tid) => {
                let curg = self.go_thread(tid).and_then(|thread| thread.curg);
                Ok((curg.map(|g| GoId(g.goid)), Some(tid)))
            }
        }
    }

    /// Where a stack begins.
    fn start(&self, subject: Subject, cancel: &CancelToken) -> Result<Position, Failure> {
        match subject {
            Subject::Thread(tid) => self.thread_start(tid),
            Subject::Goroutine(id) => self.goroutine_start(id, self.goroutine(id, cancel)?.addr),
        }
    }

    /// Where the stack of the goroutine whose g is at `addr` begins.
    pub(super) fn goroutine_start(&self, id: GoId, addr: Addr) -> Result<Position, Failure> {
        let running = self
            .go_threads
            .iter()
            .find(|thread| thread.curg.is_some_and(|g| g.addr == addr));
        if let Some(thread) = running {
            return self.thread_start(thread.state.tid);
        }
        saved_start(&self.go()?.stacks, id, addr, self.core.memory.as_ref())
    }

    fn thread_start(&self, tid: Tid) -> Result<Position, Failure> {
        let thread = self
            .core
            .threads
            .iter()
            .find(|thread| thread.tid == tid)
            .ok_or_else(|| {
                Failure::new(FailureKind::NotFound, format!("there is no thread {tid}"))
                    .hint("`threads` lists those that exist")
            })?;
        let g = self.go_thread(tid).and_then(|thread| thread.g);
        let memory = self.core.memory.as_ref();
        Ok(match &self.go {
            Some(go) => go.stacks.thread_position(&thread.registers, g, memory),
            None => plain_position(&thread.registers, memory),
        })
    }

    /// The recorded paths of all source files that `filter` fits, sorted.
    pub fn sources(&self, filter: &Pattern) -> Result<std::sync::Arc<[std::sync::Arc<str>]>, Failure> {
        let files = self.go()?.runtime.code.files();
        let wanted: std::collections::BTreeSet<&str> = files.filter(|file| filter.fits(file)).collect();
        Ok(wanted.into_iter().map(std::sync::Arc::from).collect())
    }

    /// The source file recorded as `file`.
    pub fn source(&self, file: &Arc<str>) -> Result<crate::model::SourceText, Failure> {
        if self.names.is_demo
            && let Some(source) = super::demo::source(file)
        {
            return Ok(source);
        }
        let candidates = crate::symbols::source_candidates(file, &self.roots);
        let version = self.go_version();
        let built = (self.names.built, version.as_deref());
        super::sources::load(file, &candidates, built, &self.limits)
            .or_else(|failure| self.cached_source(file).ok_or(failure))
    }
}

/// Where the stack of a goroutine begins that no thread runs; its g is at `addr`.
pub(super) fn saved_start(
    stacks: &GoStacks,
    id: GoId,
    addr: Addr,
    memory: &dyn Memory,
) -> Result<Position, Failure> {
    stacks.saved_position(addr, memory).ok_or_else(|| {
        Failure::new(
            FailureKind::Unavailable,
            format!("no thread runs goroutine {id}, and the registers saved for it make no sense"),
        )
    })
}

/// The first frame of a thread where no runtime is known.
fn plain_position(registers: &crate::arch::RegisterFile, memory: &dyn Memory) -> Position {
    let sp = registers.get(crate::arch::amd64::RSP).unwrap_or_default();
    let stack = NoHooks.stack_at(crate::base::Addr(sp), crate::unwind::StackId::default(), memory);
    Position {
        registers: registers.clone(),
        stack,
        trust: Some(crate::model::FrameTrust::Registers),
        exact: true,
        memo: 0,
    }
}
