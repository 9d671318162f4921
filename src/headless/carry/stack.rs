//! `stack`, `frame`, `up`, `down`.

use crate::base::GoId;
use crate::headless::console::Console;
use crate::headless::page::count;
use crate::headless::reply::{FrameReply, FrameRow, Reply, StackReply};
use crate::model::{Failure, FailureKind, FrameId, Scope, Stack, Subject};

/// Frames shown when no depth is given, as Delve has it.
const DEFAULT_DEPTH: usize = 50;

impl Console {
    pub(crate) fn show_stack(
        &mut self,
        depth: Option<usize>,
        full: bool,
        goroutine: Option<GoId>,
    ) -> Result<Reply, Failure> {
        let subject = match goroutine {
            Some(id) => Subject::Goroutine(id),
            None => self.selected()?.subject,
        };
        let mut stack = self.stack_of(subject, depth.unwrap_or(DEFAULT_DEPTH))?;
        if full {
            for row in &mut stack.frames {
                let index = row.frame.index;
                row.scope = Some(self.scope_or_reason(FrameId { subject, index })?);
            }
        }
        Ok(Reply::Stack(stack))
    }

    /// The innermost `depth` frames of a stack.
    pub(crate) fn stack_of(&mut self, subject: Subject, depth: usize) -> Result<StackReply, Failure> {
        Ok(rows_of(self.client.stack(subject, 0, depth)?))
    }

    /// The variables of a frame; a frame whose variables cannot be had says why in the note.
    fn scope_or_reason(&mut self, frame: FrameId) -> Result<Scope, Failure> {
        match self.client.scope(frame) {
            Err(failure) if failure.kind != FailureKind::Cancelled => Ok(Scope {
                note: Some(failure.to_string()),
                ..Scope::default()
            }),
            other => other,
        }
    }

    pub(crate) fn select_frame(&mut self, index: usize) -> Result<Reply, Failure> {
        let subject = self.selected()?.subject;
        let stack = self.client.stack(subject, index, 1)?;
        let Some(frame) = stack.frames.into_iter().find(|frame| frame.index == index) else {
            let failure = Failure::new(
                FailureKind::NotFound,
                format!(
                    "there is no frame {index}: this stack has {}",
                    count(stack.depth, "frame")
                ),
            );
            return Err(failure.hint("`bt` shows them"));
        };
        self.select(FrameId { subject, index });
        let (source, source_missing) = match self.source_around(&frame.location) {
            Ok(listing) => (Some(listing), None),
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            Err(failure) => (None, Some(failure.to_string())),
        };
        Ok(Reply::Frame(Box::new(FrameReply {
            goroutine: stack.goroutine,
            thread: stack.thread,
            frame,
            source,
            source_missing,
        })))
    }

    pub(crate) fn move_frame(&mut self, count: usize, outwards: bool) -> Result<Reply, Failure> {
        let index = self.selected()?.index;
        let wanted = if outwards {
            index.checked_add(count)
        } else {
            index.checked_sub(count)
        };
        match wanted {
            Some(wanted) => self.select_frame(wanted),
            None => Err(Failure::new(
                FailureKind::NotFound,
                format!("cannot move {count} frames from frame {index}"),
            )),
        }
    }
}

pub(crate) fn rows_of(stack: Stack) -> StackReply {
    StackReply {
        goroutine: stack.goroutine,
        thread: stack.thread,
        frames: stack
            .frames
            .into_iter()
            .map(|frame| FrameRow { frame, scope: None })
            .collect(),
        depth: stack.depth,
        end: stack.end,
    }
}
