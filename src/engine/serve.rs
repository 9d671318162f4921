//! One request in, one answer out: [`Session`] asks the target.
//!
//! One short function per request; decides nothing about threads, queues or panics.

use crate::base::{CancelToken, Epoch, Limits, ProgressSink};
use crate::model::{Failure, FailureKind, OpenSpec};
use crate::target::{OpenContext, Target};

use super::live::Live;
use super::machine;
use super::outbox::Outbox;
use super::protocol::{Answer, Command, Request};

/// What answers requests on the engine thread. Tests put a fake in its place.
pub trait Serve: 'static {
    /// The stop to which answers belong now.
    fn epoch(&self) -> Epoch;

    /// # Errors
    /// What the user sees instead of an answer.
    fn serve(&mut self, command: &Command, progress: ProgressSink<'_>) -> Result<Answer, Failure>;

    /// Lets go of everything outside this process; what there is to say of it.
    fn close(&mut self) -> Option<Answer> {
        None
    }
}

/// The target of a session, once one is open.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    target: Option<Target>,
    live: Option<Live>,
    outbox: Outbox,
}

impl Session {
    #[must_use]
    pub fn new(limits: Limits, outbox: Outbox) -> Self {
        Self {
            limits,
            target: None,
            live: None,
            outbox,
        }
    }

    fn target(&self) -> Result<&Target, Failure> {
        self.target.as_ref().ok_or_else(nothing_open)
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
        let (live, target) = match spec {
            OpenSpec::Live { .. } => {
                let (live, target) = Live::attach(spec, context, &self.outbox)?;
                (Some(live), target)
            }
            OpenSpec::Core { .. } | OpenSpec::Demo => (None, Target::open(spec, context)?),
        };
        let facts = target.session();
        self.live = live;
        self.target = Some(target);
        Ok(Answer::Opened(Box::new(facts)))
    }

    /// What changes how a live process stands.
    fn drive(&mut self, command: &Command, context: OpenContext<'_>) -> Result<Answer, Failure> {
        let target = self.target.as_mut().ok_or_else(nothing_open)?;
        let live = self.live.as_mut().ok_or_else(not_live)?;
        match &command.request {
            Request::Pause => live.pause(target, context),
            Request::Continue => live.resume(target),
            Request::Dump(options) => live.dump(command, options, target.epoch()),
            _ => Err(Failure::new(FailureKind::Internal, "this drives nothing")),
        }
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
            Request::Open(_)
            | Request::Processes
            | Request::Doctor { .. }
            | Request::Shutdown
            | Request::Pause
            | Request::Continue
            | Request::Dump(_) => {
                return Err(Failure::new(
                    FailureKind::Internal,
                    "not a question to the target",
                ));
            }
        })
    }
}

fn nothing_open() -> Failure {
    Failure::new(FailureKind::Usage, "nothing is open")
}

fn not_live() -> Failure {
    Failure::new(
        FailureKind::Unsupported,
        "this needs a running process, and a core dump is open",
    )
}

impl Serve for Session {
    fn epoch(&self) -> Epoch {
        self.target.as_ref().map_or(Epoch(0), Target::epoch)
    }

    fn serve(&mut self, command: &Command, progress: ProgressSink<'_>) -> Result<Answer, Failure> {
        let cancel = &command.cancel;
        let limits = self.limits.clone();
        let context = OpenContext {
            limits: &limits,
            cancel,
            progress,
        };
        match &command.request {
            Request::Open(spec) => self.open(spec, cancel, progress),
            Request::Processes => machine::processes(command, &limits, self.epoch(), &self.outbox),
            Request::Doctor { pid } => Ok(machine::checks(*pid)),
            Request::Pause | Request::Continue | Request::Dump(_) => self.drive(command, context),
            request => {
                if let (Some(live), Some(target)) = (&mut self.live, &mut self.target) {
                    live.refuse_to_read(request, target)?;
                }
                self.ask(request, context)
            }
        }
    }

    fn close(&mut self) -> Option<Answer> {
        let release = self.live.take()?.release();
        Some(Answer::Released(release))
    }
}
