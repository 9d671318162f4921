//! Deferred calls of a goroutine that have not run, in the order in which they will.

use std::sync::Arc;

use super::inferior::{GoParts, Target};
use crate::base::{Addr, CancelToken};
use crate::go::{DeferRecord, Func};
use crate::memory::MemoryExt;
use crate::model::{Deferred, Failure, FailureKind, Frame, Location, Stack, StackEnd, Subject};

/// Rows of the stack asked for at once.
const PAGE: usize = 256;

impl Target {
    /// The deferred calls of the goroutine that `subject` is or runs, the next one first.
    pub fn defers(&self, subject: Subject, cancel: &CancelToken) -> Result<Arc<[Deferred]>, Failure> {
        let go = self.go()?;
        let (g, subject) = self.g_of(subject, cancel)?;
        let memory = self.core.memory.as_ref();
        let (records, _) = go.runtime.defer_records(memory, g, &self.limits);
        let mut records = records.into_iter().peekable();
        let mut calls = Vec::new();
        let mut from = 0;
        while from < self.limits.chain {
            let stack: Stack = self.stack(subject, from, PAGE, cancel)?;
            for frame in stack.frames.iter().filter(|frame| !frame.inlined) {
                self.defers_of_frame(go, frame, &mut records, &mut calls);
            }
            from += stack.frames.len();
            if stack.end != StackEnd::Limit || stack.frames.is_empty() {
                break;
            }
        }
        // Records whose frame was not found still wait.
        calls.extend(records.filter_map(|record| self.linked(go, &record, None)));
        Ok(calls.into())
    }

    /// The g of a goroutine, and whose stack its frames are on.
    fn g_of(&self, subject: Subject, cancel: &CancelToken) -> Result<(Addr, Subject), Failure> {
        match subject {
            Subject::Goroutine(id) => Ok((self.goroutine(id, cancel)?.addr, subject)),
            Subject::Thread(tid) => {
                let curg = self.go_thread(tid).and_then(|thread| thread.curg);
                let curg = curg.ok_or_else(|| {
                    let message = format!("thread {tid} runs no goroutine, so it has no deferred calls");
                    Failure::new(FailureKind::NotFound, message)
                })?;
                Ok((curg.addr, subject))
            }
        }
    }

    fn defers_of_frame(
        &self,
        go: &GoParts,
        frame: &Frame,
        records: &mut std::iter::Peekable<impl Iterator<Item = DeferRecord>>,
        calls: &mut Vec<Deferred>,
    ) {
        let memory = self.core.memory.as_ref();
        let func = frame.entry.and_then(|entry| go.runtime.code.find_func(entry));
        let (Some(func), Some(cfa)) = (func, frame.cfa) else {
            return;
        };
        for closure in go.runtime.open_coded_defers(memory, &func, cfa) {
            if let Some(call) = self.called(go, closure) {
                let by = self.deferring_line(&func, closure);
                calls.push(Deferred {
                    call,
                    by,
                    frame: Some(frame.index),
                });
            }
        }
        // The list is in the order of the stack.
        while let Some(record) = records.next_if(|record| record.sp < cfa) {
            calls.extend(self.linked(go, &record, Some(frame.index)));
        }
    }

    fn linked(&self, go: &GoParts, record: &DeferRecord, frame: Option<usize>) -> Option<Deferred> {
        // A return address: the call is the instruction before it.
        let by = match go.runtime.code.find_func(record.pc.offset(-1)) {
            Some(func) => self.innermost(&func, record.pc),
            None => self.location_of(record.pc),
        };
        Some(Deferred {
            call: self.called(go, record.closure)?,
            by,
            frame,
        })
    }

    /// File and line of a call that returns to `pc`.
    fn innermost(&self, func: &Func<'_>, pc: Addr) -> Location {
        let chain = func.inline_chain(pc.offset(-1), &self.limits);
        let call = chain.first();
        Location {
            pc,
            function: Some(call.map_or_else(|| func.name(), |call| call.name).into()),
            file: call.and_then(|call| call.file).map(Into::into),
            line: call.and_then(|call| call.line),
        }
    }

    /// What a closure calls: behind the wrapper that keeps the arguments of a `defer`.
    fn called(&self, go: &GoParts, closure: Addr) -> Option<Location> {
        let code = self.core.memory.read_addr(closure).ok()?;
        let func = go.runtime.code.find_func(code)?;
        let entry = func.wrapped_func().unwrap_or(func.entry());
        Some(self.location_of(entry))
    }

    /// Where an open-coded defer stands: the function of its closure begins on that line.
    fn deferring_line(&self, func: &Func<'_>, closure: Addr) -> Location {
        let code = self.core.memory.read_addr(closure).ok();
        let made = code.and_then(|code| self.go.as_ref()?.runtime.code.find_func(code));
        let own = made.filter(|made| {
            let rest = made.name().strip_prefix(func.name());
            rest.is_some_and(|rest| rest.starts_with('.'))
        });
        let (file, line) = match own {
            Some(own) => own.file_line(own.entry()),
            None => (func.file_line(func.entry()).0, None),
        };
        Location {
            pc: func.entry(),
            function: Some(func.name().into()),
            file: file.map(Into::into),
            line,
        }
    }
}
