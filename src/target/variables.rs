//! Variables of frames, package variables, and the children of values.

use std::sync::Arc;

use super::inferior::Target;
use crate::base::{Addr, CancelToken, Pattern};
use crate::eval::{self, EvalError, ValueContext, WholeText};
use crate::model::{Children, Failure, FailureKind, FrameId, Scope, Value, ValueForm, ValueRef};
use crate::symbols::{DebugInfo, Image};

impl Target {
    /// Arguments, results and locals of a frame.
    pub fn scope(&self, frame: FrameId, cancel: &CancelToken) -> Result<Scope, Failure> {
        let context = self.frame(frame, cancel)?;
        let (index, image) = self.image_at(context.lookup_pc)?;
        let info = self.debug_infos.get(index, image, &self.limits)?;
        let row = &context.frame;
        let scope = eval::scope(
            &eval::FrameContext {
                info: &info,
                image: image_number(index),
                bias: image.bias,
                lookup_pc: image.to_image(context.lookup_pc),
                inline_depth: context.inline_depth,
                function: row.location.function.as_deref(),
                cfa: row.cfa,
                registers: &context.registers,
                line: row.location.line,
                memory: self.core.memory.as_ref(),
                go: self.go.as_ref().map(|go| &go.runtime),
                limits: &self.limits,
                interrupted: row.interrupted,
            },
            cancel,
        );
        scope.map_err(|error| failure(&error, "the variables of this frame cannot be read"))
    }

    /// Package variables whose full name `filter` fits.
    pub fn globals(
        &self,
        filter: &Pattern,
        from: u64,
        count: u64,
        cancel: &CancelToken,
    ) -> Result<Children, Failure> {
        let index = self.go_image()?;
        self.with_values(index, |context| {
            eval::globals(context, filter, from, count, cancel)
        })
    }

    /// Children `from..from + count` of a value.
    pub fn expand(
        &self,
        reference: &ValueRef,
        from: u64,
        count: u64,
        cancel: &CancelToken,
    ) -> Result<Children, Failure> {
        let index = match image_of_reference(reference) {
            Some(image) => image as usize,
            None => self.go_image()?,
        };
        self.with_values(index, |context| {
            eval::expand(context, reference, from, count, cancel)
        })
    }

    /// A value with all that it holds, as text.
    pub fn whole(&self, value: &Value, form: ValueForm, cancel: &CancelToken) -> Result<WholeText, Failure> {
        let index = match image_of(value) {
            Some(image) => image as usize,
            None => self.go_image()?,
        };
        self.with_values(index, |context| eval::whole(context, value, form, cancel))
    }

    pub(super) fn with_values<T>(
        &self,
        index: usize,
        ask: impl FnOnce(&ValueContext<'_>) -> Result<T, EvalError>,
    ) -> Result<T, Failure> {
        let image = self
            .core
            .images
            .get(index)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("there is no image {index}")))?;
        let info: Arc<DebugInfo> = self.debug_infos.get(index, image, &self.limits)?;
        ask(&ValueContext {
            info: &info,
            image: image_number(index),
            bias: image.bias,
            memory: self.core.memory.as_ref(),
            go: self.go.as_ref().map(|go| &go.runtime),
            limits: &self.limits,
        })
        .map_err(|error| failure(&error, "this cannot be read"))
    }

    /// Index of the image that holds the Go runtime.
    pub(super) fn go_image(&self) -> Result<usize, Failure> {
        let path = &self.go()?.runtime.image;
        let found = self.core.images.iter().position(|image| image.path == *path);
        found.ok_or_else(|| Failure::new(FailureKind::NotFound, "the Go image is not mapped"))
    }

    pub(super) fn image_at(&self, pc: Addr) -> Result<(usize, &Image), Failure> {
        self.core
            .images
            .iter()
            .enumerate()
            .find(|(_, image)| image.range.contains(pc))
            .ok_or_else(|| {
                Failure::new(
                    FailureKind::Unavailable,
                    format!("no variables: no known file holds the code at {pc}"),
                )
            })
    }
}

/// The image whose types a reference speaks of; text has none.
const fn image_of_reference(reference: &ValueRef) -> Option<u32> {
    match reference {
        ValueRef::Object { image, .. }
        | ValueRef::Elements { image, .. }
        | ValueRef::Map { image, .. }
        | ValueRef::Chan { image, .. }
        | ValueRef::Closure { image, .. } => Some(*image),
        ValueRef::Text { .. } => None,
    }
}

/// The image of the first reference in a value: all of one value are of one image.
fn image_of(value: &Value) -> Option<u32> {
    let own = value.reference.as_ref().and_then(image_of_reference);
    own.or_else(|| value.key.iter().find_map(|key| image_of(key)))
        .or_else(|| value.children.iter().find_map(image_of))
}

pub(super) fn image_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn failure(error: &EvalError, what: &str) -> Failure {
    if matches!(error, EvalError::Cancelled(_)) {
        return Failure::new(FailureKind::Cancelled, "cancelled");
    }
    Failure::new(FailureKind::Unavailable, what).because(error)
}
