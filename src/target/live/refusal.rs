//! What it means to a person that a process cannot be attached to: the exact cause and the fix.

use super::problem::Problem;
use crate::model::{Failure, FailureKind};

/// What `problem` with process `pid` means.
#[must_use]
pub fn failure(pid: u32, problem: &Problem) -> Failure {
    let kind = match problem {
        Problem::NoSuchProcess { .. } | Problem::Ended(_) => FailureKind::NotFound,
        Problem::Refused { .. } => FailureKind::Permission,
        _ => FailureKind::Internal,
    };
    Failure::new(kind, format!("cannot trace process {pid}")).because(problem)
}
