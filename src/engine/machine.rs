//! Questions about this machine, which need nothing open: its processes, and what stands in the way.

use super::outbox::Outbox;
use super::protocol::{Answer, Command};
use crate::base::{Epoch, Limits};
use crate::model::Failure;
use crate::target::doctor::{self, Surroundings};
use crate::target::live::processes::{self, Machine};

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

/// What would keep things from working here.
pub(super) fn checks(pid: Option<u32>) -> Answer {
    Answer::Checks(doctor::examine(&Surroundings::here(), pid).into())
}
