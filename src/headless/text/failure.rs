//! Failures and warnings for a person: what, on what, why, then what to do.

use std::io;

use crate::headless::page::Page;
use crate::model::{Failure, Role, Warning, WarningKind};

/// Writes a failure; `command` is what was being carried out.
///
/// # Errors
/// Those of the output.
pub fn write_failure(page: &mut Page<'_>, command: Option<&str>, failure: &Failure) -> io::Result<()> {
    let message = match command {
        Some(command) => format!("{command}: {}", failure.message),
        None => failure.message.clone(),
    };
    page.paragraph("error: ", &message)?;
    for cause in &failure.causes {
        page.paragraph("  because: ", cause)?;
    }
    for hint in &failure.hints {
        page.paragraph("  hint: ", hint)?;
    }
    Ok(())
}

/// Writes a warning; those that make every later line doubtful shout.
///
/// # Errors
/// Those of the output.
pub fn write_warning(page: &mut Page<'_>, warning: &Warning) -> io::Result<()> {
    let word = match warning.kind {
        WarningKind::Mismatch | WarningKind::Truncated | WarningKind::Damaged => "WARNING",
        _ => "warning",
    };
    let label = page.show(Role::Error, word);
    page.paragraph(&format!("{label}: "), &warning.message)
}

/// Writes what is wrong with the settings, one line a complaint.
///
/// # Errors
/// Those of the output.
pub fn write_complaint(page: &mut Page<'_>, complaint: &str) -> io::Result<()> {
    page.paragraph("warning: ", complaint)
}
