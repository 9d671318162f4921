//! [`Live`]: the half of a session that drives a running process.
//!
//! Answers that have to be read from a process that does not stand still are refused here, so that
//! nothing is ever shown that was true at no single moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use super::outbox::Outbox;
use super::protocol::{Answer, Command, Request};
use crate::base::{CancelToken, Epoch, JobId};
use crate::model::{DumpOptions, Failure, FailureKind, OpenSpec, Release, RunState};
use crate::target::live::{AttachSpec, DumpTask, LiveTarget};
use crate::target::{OpenContext, Target};

/// A process that is attached to, and the dump that is being written of it.
#[derive(Debug)]
pub(super) struct Live {
    process: LiveTarget,
    dump: Option<RunningDump>,
    outbox: Outbox,
}

/// A dump on a thread of its own.
#[derive(Debug)]
struct RunningDump {
    cancel: CancelToken,
    done: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl RunningDump {
    fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// Stops it and waits until it has cleaned up.
    fn stop(self) {
        self.cancel.cancel();
        let _ = self.thread.join();
    }
}

impl Live {
    /// Attaches to the process of `spec` and stops it.
    pub(super) fn attach(
        spec: &OpenSpec,
        context: OpenContext<'_>,
        outbox: &Outbox,
    ) -> Result<(Self, Target), Failure> {
        let OpenSpec::Live {
            pid,
            tracer,
            stop,
            substitute_path,
            debug_dirs,
            debuginfod,
        } = spec
        else {
            return Err(Failure::new(FailureKind::Internal, "not a process"));
        };
        let spec = AttachSpec {
            pid: *pid,
            tracer: tracer.clone(),
            substitute_path: substitute_path.clone(),
            debug_dirs: debug_dirs.clone(),
            debuginfod: *debuginfod,
        };
        let (mut process, mut target) = LiveTarget::attach(spec, context)?;
        if *stop {
            process.pause(&mut target, context)?;
        }
        let (announce, epoch) = (outbox.clone(), target.epoch());
        process.watch(move |how| announce.publish(JobId(0), epoch, Answer::Ended(how)));
        let live = Self {
            process,
            dump: None,
            outbox: outbox.clone(),
        };
        Ok((live, target))
    }

    pub(super) fn pause(&mut self, target: &mut Target, context: OpenContext<'_>) -> Result<Answer, Failure> {
        self.refuse_while_copying()?;
        self.process.pause(target, context)?;
        Ok(Answer::Stopped(Box::new(target.session())))
    }

    pub(super) fn resume(&mut self, target: &mut Target) -> Result<Answer, Failure> {
        self.refuse_while_copying()?;
        self.process.resume(target)?;
        Ok(Answer::Running(Box::new(target.session())))
    }

    /// Begins a dump on a thread of its own; its events carry the job of `command`.
    pub(super) fn dump(
        &mut self,
        command: &Command,
        options: &DumpOptions,
        epoch: Epoch,
    ) -> Result<Answer, Failure> {
        if self.dump.as_ref().is_some_and(|dump| !dump.is_done()) {
            return Err(
                Failure::new(FailureKind::Usage, "a dump is being written already")
                    .hint("wait until it is done, or cancel it"),
            );
        }
        let task = self.process.dump_task(options)?;
        let done = Arc::new(AtomicBool::new(false));
        let job = Job {
            id: command.job,
            epoch,
            outbox: self.outbox.clone(),
            cancel: command.cancel.clone(),
            done: Arc::clone(&done),
        };
        let thread = thread::Builder::new()
            .name("dump".to_owned())
            .spawn(move || job.run(task))
            .map_err(|error| Failure::new(FailureKind::Internal, "no thread for the dump").because(&error))?;
        self.dump = Some(RunningDump {
            cancel: command.cancel.clone(),
            done,
            thread,
        });
        Ok(Answer::Begun)
    }

    /// Refuses what would be read from a process that does not stand still.
    pub(super) fn refuse_to_read(&mut self, request: &Request, target: &mut Target) -> Result<(), Failure> {
        if !reads_memory(request, target) {
            return Ok(());
        }
        let pid = self.process.pid();
        self.process.note_end(target);
        match self.process.state().state {
            RunState::Held => Ok(()),
            RunState::Running => Err(Failure::new(
                FailureKind::Unavailable,
                format!("process {pid} is running: what is shown is of the last stop"),
            )
            .hint("F6 stops it for a look")),
            RunState::Ended => {
                let end = self.process.state().end.clone().unwrap_or_default();
                Err(Failure::new(
                    FailureKind::Unavailable,
                    format!("process {pid} is gone ({end}): only what was read before is left"),
                ))
            }
        }
    }

    /// While memory is copied from the held process itself, it has to stay held.
    fn refuse_while_copying(&self) -> Result<(), Failure> {
        if self.process.is_being_copied() {
            return Err(Failure::new(
                FailureKind::Usage,
                "the process is held until its memory is copied",
            )
            .hint("wait until the dump is done, or cancel it with Ctrl-c"));
        }
        Ok(())
    }

    /// Ends a running dump and lets the process go.
    pub(super) fn release(mut self) -> Release {
        if let Some(dump) = self.dump.take() {
            dump.stop();
        }
        self.process.release()
    }
}

/// Whether an answer takes more than what is known of files or was read before.
fn reads_memory(request: &Request, target: &Target) -> bool {
    match request {
        Request::Open(_)
        | Request::Processes
        | Request::Cores(_)
        | Request::Doctor { .. }
        | Request::Source { .. }
        | Request::Sources { .. }
        | Request::Types { .. }
        | Request::Functions { .. }
        | Request::Images
        | Request::Session
        | Request::Consent(_)
        | Request::MemoryMap
        | Request::Process
        | Request::Pause
        | Request::Continue
        | Request::Dump(_)
        | Request::Shutdown => false,
        Request::Goroutines => !target.has_goroutines(),
        _ => true,
    }
}

/// What the dumping thread needs to speak for its job.
struct Job {
    id: JobId,
    epoch: Epoch,
    outbox: Outbox,
    cancel: CancelToken,
    done: Arc<AtomicBool>,
}

impl Job {
    fn run(self, task: DumpTask) {
        let say = |answer| self.outbox.publish(self.id, self.epoch, answer);
        let outcome = super::panics::contain(|| {
            task.run(&self.cancel, &|progress| say(Answer::DumpProgress(progress)))
        });
        self.done.store(true, Ordering::Release);
        say(super::run::answer_of(outcome.map(|summary| {
            summary.map(|summary| Answer::Dumped(Box::new(summary)))
        })));
    }
}
