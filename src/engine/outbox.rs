//! Where work that goes on beside the engine's thread says how it stands.

use crossbeam_channel::Sender;

use super::protocol::{Answer, Event};
use crate::base::{Epoch, JobId};

/// Publishes events from any thread. Nobody listening is no fault.
#[derive(Clone, Debug)]
pub struct Outbox(Sender<Event>);

impl Outbox {
    pub(super) fn new(events: Sender<Event>) -> Self {
        Self(events)
    }

    /// An outbox that nobody reads.
    #[must_use]
    pub fn closed() -> Self {
        Self(crossbeam_channel::bounded(0).0)
    }

    pub fn publish(&self, job: JobId, epoch: Epoch, answer: Answer) {
        let _ = self.0.send(Event { job, epoch, answer });
    }
}
