//! Expressions, seen from a frame or from no frame at all.

use std::sync::Arc;

use super::inferior::Target;
use super::variables::image_number;
use crate::base::{Addr, CancelToken};
use crate::eval::expression::{self, ExpressionContext, ExpressionError, Fault, Known};
use crate::eval::{self, ValueContext};
use crate::memory::MemoryExt;
use crate::model::{Failure, FailureKind, FrameId, Pointed, Subject, Value};

impl Target {
    /// The value of an expression, named like it.
    pub fn evaluate(
        &self,
        text: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Value, Failure> {
        self.with_expressions(frame, cancel, |context| {
            expression::evaluate(context, text, cancel).map_err(|error| failure(text, error))
        })?
    }

    /// The values of several expressions, each of which may fail by itself.
    pub fn watch(
        &self,
        texts: &[Arc<str>],
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        self.with_expressions(frame, cancel, |context| {
            let values = texts.iter().map(|text| {
                expression::evaluate(context, text, cancel).map_err(|error| failure(text, error))
            });
            values.collect()
        })
    }

    /// Where an expression points.
    pub fn point(
        &self,
        text: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Pointed, Failure> {
        self.with_expressions(frame, cancel, |context| {
            expression::point(context, text, cancel).map_err(|error| failure(text, error))
        })?
    }

    /// Runs `ask` with all that names can mean in a frame.
    pub(super) fn with_expressions<T>(
        &self,
        frame: Option<FrameId>,
        cancel: &CancelToken,
        ask: impl FnOnce(&ExpressionContext<'_>) -> T,
    ) -> Result<T, Failure> {
        let context = frame.map(|frame| self.frame(frame, cancel)).transpose()?;
        let index = match &context {
            Some(context) => self.image_at(context.lookup_pc)?.0,
            None => self.go_image()?,
        };
        let image = self
            .core
            .images
            .get(index)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("there is no image {index}")))?;
        let info = self.debug_infos.get(index, image, &self.limits)?;
        let values = ValueContext {
            info: &info,
            image: image_number(index),
            bias: image.bias,
            memory: self.core.memory.as_ref(),
            go: self.go.as_ref().map(|go| &go.runtime),
            limits: &self.limits,
        };
        let known = self.known(
            frame,
            context.as_ref().and_then(|context| context.frame.cfa),
            cancel,
        );
        let frame = context.as_ref().map(|context| eval::FrameContext {
            info: &info,
            image: values.image,
            bias: values.bias,
            lookup_pc: image.to_image(context.lookup_pc),
            inline_depth: context.inline_depth,
            function: context.frame.location.function.as_deref(),
            cfa: context.frame.cfa,
            registers: &context.registers,
            line: context.frame.location.line,
            memory: values.memory,
            go: values.go,
            limits: values.limits,
            interrupted: context.frame.interrupted,
        });
        Ok(ask(&ExpressionContext { values, frame, known }))
    }

    /// The facts behind `runtime.curg` and its like.
    fn known(&self, frame: Option<FrameId>, cfa: Option<Addr>, cancel: &CancelToken) -> Known {
        let mut known = Known::default();
        let goroutine = match frame.map(|frame| frame.subject) {
            Some(Subject::Goroutine(id)) => self.goroutine(id, cancel).ok(),
            Some(Subject::Thread(tid)) => {
                known.tid = Some(tid.0.into());
                let g = self.go_thread(tid).and_then(|thread| thread.curg);
                known.goid = g.map(|g| g.goid);
                known.g = g.map(|g| g.addr);
                None
            }
            None => None,
        };
        if let Some(row) = goroutine {
            known.goid = Some(row.id.0);
            known.g = Some(row.addr);
            known.tid = row.thread.map(|tid| tid.0.into());
        }
        // The high end is the second word of g since Go 1.0: stack.hi.
        let high = known.g.and_then(|g| g.checked_add(8));
        let high = high.and_then(|at| self.core.memory.read_u64(at).ok());
        if let (Some(high), Some(cfa)) = (high, cfa) {
            known.frame_offset = Some(cfa.0.wrapping_sub(high) as i64);
        }
        known
    }
}

pub(super) fn failure(text: &str, error: ExpressionError) -> Failure {
    let kind = match error.kind {
        Fault::Wrong => FailureKind::Usage,
        Fault::Unknown => FailureKind::NotFound,
        Fault::Unavailable => FailureKind::Unavailable,
        Fault::Cancelled => FailureKind::Cancelled,
    };
    // Where the place is not pointed at, "this" has to be named.
    let part = text.get(error.at.clone()).unwrap_or_default();
    let message = match error.what.strip_prefix("this ") {
        Some(rest) if !part.is_empty() => format!("{part} {rest}"),
        _ => error.what,
    };
    let mut failure = Failure::new(kind, message);
    failure.at = Some(error.at);
    failure.hints.extend(error.hint);
    failure
}
