//! [`Target`]: the parts of one inferior, and the list of everything that can be asked of it.

use std::sync::Arc;

use crate::base::{CancelToken, Epoch, Limits, ProgressSink};
use crate::model::{
    Children, CrashReport, Failure, FailureKind, FrameId, GoroutineGroups, GoroutineList, GroupKey,
    ImageInfo, MemoryRegion, OpenSpec, ProcessInfo, Registers, Scope, SessionInfo, SourceText, Stack,
    Subject, Thread, ValueRef,
};

/// What a long query needs besides its question.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a closure")]
pub struct OpenContext<'a> {
    pub limits: &'a Limits,
    pub cancel: &'a CancelToken,
    pub progress: ProgressSink<'a>,
}

/// One inferior at one epoch.
#[derive(Debug)]
pub struct Target {}

type Result<T> = std::result::Result<T, Failure>;

fn missing<T>() -> Result<T> {
    Err(Failure::new(FailureKind::Internal, "not built yet"))
}

impl Target {
    /// Opens what `spec` names. Costs milliseconds whatever the size: nothing of the debug
    /// information is read yet.
    pub fn open(spec: &OpenSpec, context: OpenContext<'_>) -> Result<Self> {
        let _ = (spec, context.limits);
        missing()
    }

    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch(1)
    }

    #[must_use]
    pub fn session(&self) -> SessionInfo {
        unreachable!()
    }

    pub fn report(&self, cancel: &CancelToken) -> Result<CrashReport> {
        let _ = cancel;
        missing()
    }

    /// All goroutines of this epoch; read once, then shared.
    pub fn goroutines(&self, context: OpenContext<'_>) -> Result<Arc<GoroutineList>> {
        let _ = context.limits;
        missing()
    }

    pub fn groups(&self, key: &GroupKey, context: OpenContext<'_>) -> Result<GoroutineGroups> {
        let _ = (key, context.limits);
        missing()
    }

    pub fn threads(&self) -> Result<Arc<[Thread]>> {
        missing()
    }

    /// Rows `from..from + count` of a stack; walked further only as far as needed.
    pub fn stack(&self, subject: Subject, from: usize, count: usize, cancel: &CancelToken) -> Result<Stack> {
        let _ = (subject, from, count, cancel);
        missing()
    }

    pub fn scope(&self, frame: FrameId, cancel: &CancelToken) -> Result<Scope> {
        let _ = (frame, cancel);
        missing()
    }

    pub fn globals(&self, filter: &str, from: u64, count: u64, cancel: &CancelToken) -> Result<Children> {
        let _ = (filter, from, count, cancel);
        missing()
    }

    pub fn expand(
        &self,
        reference: &ValueRef,
        from: u64,
        count: u64,
        cancel: &CancelToken,
    ) -> Result<Children> {
        let _ = (reference, from, count, cancel);
        missing()
    }

    pub fn registers(&self, frame: FrameId) -> Result<Registers> {
        let _ = frame;
        missing()
    }

    pub fn source(&self, file: &Arc<str>) -> Result<SourceText> {
        let _ = file;
        missing()
    }

    #[must_use]
    pub fn images(&self) -> Vec<ImageInfo> {
        Vec::new()
    }

    #[must_use]
    pub fn memory_map(&self) -> Vec<MemoryRegion> {
        Vec::new()
    }

    #[must_use]
    pub fn process(&self) -> ProcessInfo {
        ProcessInfo::default()
    }
}
