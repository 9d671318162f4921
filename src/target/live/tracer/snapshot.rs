//! Making and ending the frozen copy of the target.

use super::serve::Inferior;
use crate::target::live::problem::Problem;
use crate::target::live::snapshot::{NoSnapshot, Snapshot};

impl Inferior {
    pub(super) fn snapshot(&mut self) -> Result<Snapshot, NoSnapshot> {
        Err(NoSnapshot::NoThread)
    }

    pub(super) fn end_snapshot(&mut self) -> Result<(), Problem> {
        Ok(())
    }
}
