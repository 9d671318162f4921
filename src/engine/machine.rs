//! Questions about this machine, which need nothing open: its processes, its core dumps, and what stands in
//! the way.

use std::sync::Arc;

use super::outbox::Outbox;
use super::protocol::{Answer, Command};
use crate::base::{CancelToken, Epoch, Limits};
use crate::model::{CoreQuery, Failure};
use crate::target::doctor::{self, Surroundings};
use crate::target::live::processes::{self, Machine};
use crate::target::stored::{self, Storage};

/// Lists the processes; some rows are published as soon as they are known.
///
/// # Errors
/// When procfs cannot be read, or when it was cancelled.
pub(super) fn processes(
    command: &Command,
    limits: &Limits,
    epoch: Epoch,
    outbox: &Outbox,
) -> Result<Answer, Failure> {
    let rows = processes::list(&Machine::here(), limits, &command.cancel, &mut |rows| {
        outbox.publish(command.job, epoch, Answer::SomeProcesses(rows));
    })?;
    Ok(Answer::Processes(rows.into()))
}

/// Lists the core dumps that fit.
///
/// # Errors
/// When a directory that was named cannot be listed, or when it was cancelled.
pub(super) fn cores(query: &CoreQuery, limits: &Limits, cancel: &CancelToken) -> Result<Answer, Failure> {
    let cores = stored::list(&Storage::here(), query, limits, cancel)?;
    Ok(Answer::Cores(Arc::new(cores)))
}

/// What would keep things from working here.
pub(super) fn checks(pid: Option<u32>) -> Answer {
    Answer::Checks(doctor::examine(&Surroundings::here(), pid).into())
}
