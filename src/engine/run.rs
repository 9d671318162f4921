//! The loop of the engine thread: drain the inbox, drop what nobody waits for, serve, publish.
//!
//! Owns queueing, cancelling, panic containment and the pace of progress reports. Must not know
//! what a request asks for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::handle::Running;
use super::panics;
use super::protocol::{Answer, Command, Event, Request};
use super::serve::Serve;
use crate::base::{Epoch, JobId, Progress};
use crate::model::{Failure, FailureKind};

/// Time between two progress reports of one phase: 25 a second, smooth to the eye and cheap.
const PROGRESS_PACE: Duration = Duration::from_millis(40);

/// Faults in a row after which the session counts as broken.
const FAULTS_IN_A_ROW: u32 = 5;

/// Waiting commands, coalesced by slot.
pub(super) struct Inbox {
    receiver: Receiver<Command>,
    waiting: VecDeque<Command>,
    running: Arc<Running>,
}

impl Inbox {
    pub(super) fn new(receiver: Receiver<Command>, running: Arc<Running>) -> Self {
        Self {
            receiver,
            waiting: VecDeque::new(),
            running,
        }
    }

    /// The next command; `None` when every sender is gone. `dropped` hears of jobs that a newer
    /// one replaced.
    fn next(&mut self, mut dropped: impl FnMut(JobId)) -> Option<Command> {
        if self.waiting.is_empty() {
            let command = self.receiver.recv().ok()?;
            self.queue(command, &mut dropped);
        }
        while let Ok(command) = self.receiver.try_recv() {
            self.queue(command, &mut dropped);
        }
        self.waiting.pop_front()
    }

    /// Appends a command; one of the same slot that still waits leaves the queue.
    /// A shutdown goes first: nobody will read the answers to the others.
    fn queue(&mut self, command: Command, dropped: &mut impl FnMut(JobId)) {
        if command.request == Request::Shutdown {
            self.waiting.push_front(command);
            return;
        }
        if let Some(slot) = command.request.slot() {
            self.waiting.retain(|older| {
                let replaced = older.request.slot() == Some(slot);
                if replaced {
                    dropped(older.job);
                }
                !replaced
            });
        }
        self.waiting.push_back(command);
    }
}

/// Serves until told to stop, until nobody is left to ask, or until the session is broken.
pub(super) fn run<S: Serve>(make: impl FnOnce() -> S, inbox: Inbox, events: &Sender<Event>) {
    let mut last = JobId(0);
    let outcome = panics::contain(|| {
        let mut serve = make();
        let outcome = serve_all(&mut serve, inbox, events, &mut last);
        if let Some(answer) = serve.close() {
            let _ = events.send(Event {
                job: last,
                epoch: serve.epoch(),
                answer,
            });
        }
        outcome
    });
    let answer = match outcome {
        Ok(Ok(())) => Answer::Closed,
        Ok(Err(failure)) | Err(failure) => Answer::Crashed(failure),
    };
    let _ = events.send(Event {
        job: last,
        epoch: Epoch(0),
        answer,
    });
}

/// # Errors
/// The last fault, when there were too many of them in a row.
fn serve_all(
    serve: &mut impl Serve,
    mut inbox: Inbox,
    events: &Sender<Event>,
    last: &mut JobId,
) -> Result<(), Failure> {
    let mut faults = 0;
    loop {
        let epoch = serve.epoch();
        let publish = |job, answer| {
            let _ = events.send(Event { job, epoch, answer });
        };
        let Some(command) = inbox.next(|job| publish(job, Answer::Dropped)) else {
            return Ok(());
        };
        *last = command.job;
        if command.request == Request::Shutdown {
            return Ok(());
        }
        if command.cancel.is_cancelled() {
            publish(command.job, Answer::Dropped);
            continue;
        }
        inbox.running.set(Some(command.cancel.clone()));
        let pace = Pace::default();
        let outcome = panics::contain(|| {
            serve.serve(&command, &|progress| {
                if pace.lets_pass(&progress) {
                    publish(command.job, Answer::Progress(progress));
                }
            })
        });
        inbox.running.set(None);
        faults = if outcome.is_err() { faults + 1 } else { 0 };
        let answer = answer_of(outcome);
        if let (Answer::Failed(failure), FAULTS_IN_A_ROW..) = (&answer, faults) {
            return Err(failure.clone());
        }
        // Opening may have begun a new epoch: the answer belongs to the one it made.
        let epoch = serve.epoch();
        let _ = events.send(Event {
            job: command.job,
            epoch,
            answer,
        });
    }
}

/// Folds a contained panic and an ordinary failure into the answer that says so.
pub(super) fn answer_of(outcome: Result<Result<Answer, Failure>, Failure>) -> Answer {
    match outcome {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) if failure.kind == FailureKind::Cancelled => Answer::Dropped,
        Ok(Err(failure)) | Err(failure) => Answer::Failed(failure),
    }
}

/// Lets the first report of each phase pass, then one per [`PROGRESS_PACE`].
#[derive(Default)]
pub(super) struct Pace(Mutex<Option<(String, Instant)>>);

impl Pace {
    pub(super) fn lets_pass(&self, progress: &Progress) -> bool {
        let now = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = last
            .as_ref()
            .is_some_and(|(phase, at)| *phase == progress.phase && now.duration_since(*at) < PROGRESS_PACE);
        if !waits {
            *last = Some((progress.phase.clone(), now));
        }
        !waits
    }
}

#[cfg(test)]
mod tests;
