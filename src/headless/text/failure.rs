//! Failures and warnings for a person: what, on what, why, then what to do.

use std::io;
use std::ops::Range;

use crate::engine::commands::{UserCommand, parse};
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
    if let (Some(command), Some(at)) = (command, &failure.at) {
        write_place(page, command, at)?;
    }
    for cause in &failure.causes {
        page.paragraph("  because: ", cause)?;
    }
    for hint in &failure.hints {
        page.paragraph("  hint: ", hint)?;
    }
    Ok(())
}

/// The expression again, with marks under the part at fault.
fn write_place(page: &mut Page<'_>, command: &str, at: &Range<usize>) -> io::Result<()> {
    let parsed = parse(command).ok();
    let Some(expression) = parsed.as_ref().and_then(UserCommand::expression) else {
        return Ok(());
    };
    let width = |text: &str| page.show(Role::Plain, text).chars().count();
    let before = width(expression.get(..at.start).unwrap_or_default());
    let part = width(expression.get(at.clone()).unwrap_or_default());
    let text = page.show(Role::Plain, expression);
    page.line(format_args!("    {text}"))?;
    page.line(format_args!(
        "    {}{}",
        " ".repeat(before),
        "^".repeat(part.max(1))
    ))
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
