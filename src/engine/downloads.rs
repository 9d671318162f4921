//! [`Downloads`]: files on their way from servers, each on a thread of its own.
//!
//! Nothing waits for them here. What arrives lies in a cache; the target looks there again before
//! the next request is served.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::outbox::Outbox;
use super::protocol::{Answer, Command};
use super::{panics, run};
use crate::base::{CancelToken, Epoch, ProgressSink};
use crate::model::{Arrival, Failure, FailureKind};
use crate::target::Target;

/// The downloads of a session.
#[derive(Debug)]
pub(super) struct Downloads {
    outbox: Outbox,
    /// Whether somebody agreed that servers are asked.
    consented: bool,
    running: Vec<CancelToken>,
    arrived: Arc<Mutex<Vec<Arrival>>>,
}

impl Downloads {
    pub(super) fn new(outbox: Outbox) -> Self {
        Self {
            outbox,
            consented: false,
            running: Vec::new(),
            arrived: Arc::default(),
        }
    }

    /// Remembers the answer; with a yes, begins to fetch what `target` misses.
    pub(super) fn consent(
        &mut self,
        yes: bool,
        command: &Command,
        target: &Target,
    ) -> Result<Answer, Failure> {
        self.consented = yes;
        let task = if yes { target.fetch_task() } else { None };
        let Some(task) = task else {
            return Ok(Answer::SymbolsArrived(Box::default()));
        };
        let arrived = Arc::clone(&self.arrived);
        self.begin(command, target.epoch(), move |cancel, progress| {
            let arrival = task.run(cancel, progress)?;
            let mut all = arrived.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(arrival.clone());
            Ok(Answer::SymbolsArrived(Box::new(arrival)))
        })
    }

    /// Goes on to look for a source on the servers, where that was agreed to; `local` says why it
    /// is not on this machine.
    pub(super) fn source(
        &mut self,
        file: &Arc<str>,
        local: Failure,
        command: &Command,
        target: &Target,
    ) -> Result<Answer, Failure> {
        let may_ask = self.consented && local.kind == FailureKind::NotFound;
        let task = if may_ask {
            target.source_task(file, &local)
        } else {
            None
        };
        let Some(task) = task else { return Err(local) };
        self.begin(command, target.epoch(), move |cancel, progress| {
            task.run(cancel, progress).map(Answer::Source)
        })
    }

    /// Lets `target` find what has come since.
    pub(super) fn absorb(&mut self, target: &mut Target) {
        let arrived = std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner));
        for arrival in &arrived {
            target.symbols_arrived(arrival);
        }
    }

    /// Does `work` on a thread; its events carry the job of `command`.
    fn begin(
        &mut self,
        command: &Command,
        epoch: Epoch,
        work: impl FnOnce(&CancelToken, ProgressSink<'_>) -> Result<Answer, Failure> + Send + 'static,
    ) -> Result<Answer, Failure> {
        let (outbox, job, cancel) = (self.outbox.clone(), command.job, command.cancel.clone());
        self.running.push(cancel.clone());
        let body = move || {
            let pace = run::Pace::default();
            let outcome = panics::contain(|| {
                work(&cancel, &|progress| {
                    if pace.lets_pass(&progress) {
                        outbox.publish(job, epoch, Answer::Progress(progress));
                    }
                })
            });
            outbox.publish(job, epoch, run::answer_of(outcome));
        };
        thread::Builder::new()
            .name("download".to_owned())
            .spawn(body)
            .map_err(|error| {
                Failure::new(FailureKind::Internal, "no thread for the download").because(&error)
            })?;
        Ok(Answer::Begun)
    }
}

/// Nobody waits for a download when the session ends.
impl Drop for Downloads {
    fn drop(&mut self) {
        for cancel in &self.running {
            cancel.cancel();
        }
    }
}
