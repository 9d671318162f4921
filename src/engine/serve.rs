//! One request in, one answer out: [`Session`] holds the target and whoever drives it.
//!
//! Decides nothing about threads, queues or panics.

use crate::base::{CancelToken, Epoch, Limits, ProgressSink};
use crate::model::{Failure, FailureKind, OpenSpec};
use crate::target::{OpenContext, Target};

use super::ask::ask;
use super::downloads::Downloads;
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
    downloads: Downloads,
}

impl Session {
    #[must_use]
    pub fn new(limits: Limits, outbox: Outbox) -> Self {
        Self {
            limits,
            target: None,
            live: None,
            downloads: Downloads::new(outbox.clone()),
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
        if let Some(target) = &mut self.target {
            self.downloads.absorb(target);
        }
        match &command.request {
            Request::Open(spec) => self.open(spec, cancel, progress),
            Request::Processes => machine::processes(command, &limits, self.epoch(), &self.outbox),
            Request::Cores(query) => machine::cores(query, &limits, cancel),
            Request::Doctor { pid } => Ok(machine::checks(*pid)),
            Request::Pause | Request::Continue | Request::Dump(_) => self.drive(command, context),
            Request::Session => Ok(Answer::Session(Box::new(self.target()?.session()))),
            Request::Consent(yes) => {
                let target = self.target.as_ref().ok_or_else(nothing_open)?;
                self.downloads.consent(*yes, command, target)
            }
            Request::Source { file } => {
                let target = self.target.as_ref().ok_or_else(nothing_open)?;
                let found = target.source(file).map(Answer::Source);
                found.or_else(|local| self.downloads.source(file, local, command, target))
            }
            request => {
                if let (Some(live), Some(target)) = (&mut self.live, &mut self.target) {
                    live.refuse_to_read(request, target)?;
                }
                ask(self.target()?, request, context)
            }
        }
    }

    fn close(&mut self) -> Option<Answer> {
        let release = self.live.take()?.release();
        Some(Answer::Released(release))
    }
}
