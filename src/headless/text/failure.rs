//! Failures and warnings for a person: what, on what, why, then what to do.

use std::io;

use crate::headless::page::Page;
use crate::model::{Failure, Role, Warning, WarningKind};

/// Writes a failure; `command` is what was being carried out.
///
/// # Errors
/// Those of the output.
pub fn write_failure(page: &mut Page<'_>, command: Option<&str>, failure: &Failure) -> io::Result<()> {
    let on = match command {
        Some(command) => format!("{}: ", page.show(Role::Plain, command)),
        None => String::new(),
    };
    let label = page.show(Role::Error, "error");
    let message = page.show(Role::Plain, &failure.message);
    page.line(format_args!("{label}: {on}{message}"))?;
    for cause in &failure.causes {
        let cause = page.show(Role::Plain, cause);
        page.line(format_args!("  because: {cause}"))?;
    }
    for hint in &failure.hints {
        let hint = page.show(Role::Plain, hint);
        page.line(format_args!("  hint: {hint}"))?;
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
    let message = page.show(Role::Plain, &warning.message);
    page.line(format_args!("{label}: {message}"))
}

/// Writes what is wrong with the settings, one line a complaint.
///
/// # Errors
/// Those of the output.
pub fn write_complaint(page: &mut Page<'_>, complaint: &str) -> io::Result<()> {
    let complaint = page.show(Role::Plain, complaint);
    page.line(format_args!("warning: {complaint}"))
}
