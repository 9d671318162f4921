//! One request in, one answer out: [`Session`] asks the target.
//!
//! One short function per request; decides nothing about threads, queues or panics.

use crate::base::{CancelToken, Epoch, Limits, ProgressSink};
use crate::model::{Failure, FailureKind, OpenSpec};
use crate::target::{OpenContext, Target};

use super::protocol::{Answer, Request};

/// What answers requests on the engine thread. Tests put a fake in its place.
pub trait Serve: 'static {
    /// The stop to which answers belong now.
    fn epoch(&self) -> Epoch;

    /// # Errors
    /// What the user sees instead of an answer.
    fn serve(
        &mut self,
        request: &Request,
        cancel: &CancelToken,
        progress: ProgressSink<'_>,
    ) -> Result<Answer, Failure>;
}

/// The target of a session, once one is open.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    target: Option<Target>,
}

impl Session {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, target: None }
    }

    fn target(&self) -> Result<&Target, Failure> {
        self.target
            .as_ref()
            .ok_or_else(|| Failure::new(FailureKind::Usage, "nothing is open"))
    }

    /// Opens a target; the one before stays when this fails.
    fn open(
        &mut self,
        spec: &OpenSpec,
        cancel: &CancelToken,
        progress: ProgressSink<'_>,
    ) -> Result<Answer, Failure> {
        let context = OpenContext {
            limits: &self.limits,
            cancel,
            progress,
        };
        let target = Target::open(spec, context)?;
        let facts = target.session();
        self.target = Some(target);
        Ok(Answer::Opened(Box::new(facts)))
    }

    /// Answers that take one call.
    fn ask(&self, request: &Request, context: OpenContext<'_>) -> Result<Answer, Failure> {
        let target = self.target()?;
        let cancel = context.cancel;
        Ok(match request {
            Request::Report => Answer::Report(Box::new(target.report(cancel)?)),
            Request::Goroutines => Answer::Goroutines(target.goroutines(context)?),
            Request::Groups { key } => Answer::Groups {
                key: key.clone(),
                groups: target.groups(key, context)?.into(),
            },
            Request::Threads => Answer::Threads(target.threads()?),
            Request::Stack { subject, from, count } => {
                Answer::Stack(target.stack(*subject, *from, *count, cancel)?)
            }
            Request::Stacks { goroutines, count } => {
                Answer::Stacks(target.stacks(goroutines, *count, cancel)?)
            }
            Request::Scope { frame } => Answer::Scope {
                frame: *frame,
                scope: target.scope(*frame, cancel)?,
            },
            Request::Globals { filter, from, count } => {
                Answer::Globals(target.globals(filter, *from, *count, cancel)?)
            }
            Request::Expand {
                reference,
                from,
                count,
            } => Answer::Expanded {
                reference: reference.clone(),
                children: target.expand(reference, *from, *count, cancel)?,
            },
            Request::Registers { frame } => Answer::Registers {
                frame: *frame,
                registers: target.registers(*frame, cancel)?,
            },
            Request::Source { file } => Answer::Source(target.source(file)?),
            Request::Sources { filter } => Answer::Sources(target.sources(filter)?),
            Request::Images => Answer::Images(target.images().into()),
            Request::MemoryMap => Answer::MemoryMap(target.memory_map().into()),
            Request::Process => Answer::Process(Box::new(target.process())),
            Request::Open(_) | Request::Shutdown => {
                return Err(Failure::new(
                    FailureKind::Internal,
                    "not a question to the target",
                ));
            }
        })
    }
}

impl Serve for Session {
    fn epoch(&self) -> Epoch {
        self.target.as_ref().map_or(Epoch(0), Target::epoch)
    }

    fn serve(
        &mut self,
        request: &Request,
        cancel: &CancelToken,
        progress: ProgressSink<'_>,
    ) -> Result<Answer, Failure> {
        match request {
            Request::Open(spec) => self.open(spec, cancel, progress),
            _ => self.ask(
                request,
                OpenContext {
                    limits: &self.limits,
                    cancel,
                    progress,
                },
            ),
        }
    }
}
