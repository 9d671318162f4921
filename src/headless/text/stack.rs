//! Stacks and frames.

use std::io;

use super::place::{file_line, function};
use super::source;
use super::variables::write_variable;
use crate::headless::page::Page;
use crate::headless::reply::{FrameReply, StackReply};
use crate::model::{Frame, FrameTrust, Role, Scope, StackEnd, StackShape};

pub(super) fn write(page: &mut Page<'_>, stack: &StackReply) -> io::Result<()> {
    let rows = stack.frames.iter().map(|row| (&row.frame, row.scope.as_ref()));
    write_frames(page, rows, (stack.depth, &stack.end), "")
}

/// The rows of one or more stacks that have this shape.
pub(super) fn write_shape(page: &mut Page<'_>, shape: &StackShape, indent: &str) -> io::Result<()> {
    let rows = shape.frames.iter().map(|frame| (frame, None));
    write_frames(page, rows, (shape.depth, &shape.end), indent)
}

/// Two lines a frame, numbers aligned, then why it ends where it does. `depth` frames are known.
fn write_frames<'a>(
    page: &mut Page<'_>,
    rows: impl DoubleEndedIterator<Item = (&'a Frame, Option<&'a Scope>)> + Clone,
    (depth, end): (usize, &StackEnd),
    indent: &str,
) -> io::Result<()> {
    let last = rows.clone().next_back().map_or(0, |(frame, _)| frame.index);
    let digits = last.to_string().len().max(if indent.is_empty() { 2 } else { 1 });
    for (frame, scope) in rows {
        write_row(page, frame, indent, digits)?;
        if let Some(scope) = scope {
            write_scope(page, scope, &format!("{indent}{:digits$}      ", ""))?;
        }
    }
    match end {
        StackEnd::Complete => Ok(()),
        StackEnd::Limit => {
            let known = match depth.saturating_sub(last.saturating_add(1)) {
                0 => String::new(),
                known => format!(", {known} of them known already"),
            };
            page.line(format_args!(
                "{indent}(more frames follow{known}; `bt N` shows N)"
            ))
        }
        StackEnd::Truncated(why) => {
            let why = page.show(Role::Doubtful, why);
            page.line(format_args!("{indent}(truncated: {why})"))
        }
    }
}

fn write_row(page: &mut Page<'_>, frame: &Frame, indent: &str, digits: usize) -> io::Result<()> {
    let pc = page.show(Role::Address, &format!("{:#018x}", frame.location.pc.0));
    let text = format!(
        "{indent}{:>digits$}  {pc} in {}{}",
        frame.index,
        function(page, &frame.location),
        marks(page, frame)
    );
    page.line(text)?;
    let place = where_it_is(page, frame);
    page.line(format_args!("{indent}{:digits$}  at {place}", ""))
}

/// `file:line`, or the image for code without line numbers.
fn where_it_is(page: &Page<'_>, frame: &Frame) -> String {
    match (&frame.location.file, &frame.image) {
        (None, Some(image)) => format!("? ({})", page.show(Role::Plain, image)),
        _ => file_line(page, &frame.location),
    }
}

/// What must be known to read the row: inlined, or only a guess.
fn marks(page: &Page<'_>, frame: &Frame) -> String {
    let mut text = String::new();
    if frame.inlined {
        text.push_str(" (inlined)");
    }
    let guess = match frame.trust {
        FrameTrust::FramePointer => Some("found by frame pointer"),
        FrameTrust::Scan => Some("a guess: found by scanning the stack"),
        _ => None,
    };
    if let Some(guess) = guess {
        text.push_str(&page.show(Role::Doubtful, &format!(" ({guess})")));
    }
    text
}

fn write_scope(page: &mut Page<'_>, scope: &Scope, indent: &str) -> io::Result<()> {
    for value in scope.args.iter().chain(&scope.locals) {
        write_variable(page, value, indent)?;
    }
    if let Some(note) = &scope.note {
        let note = page.show(Role::Missing, note);
        page.line(format_args!("{indent}({note})"))?;
    }
    page.line("")
}

pub(super) fn write_frame(page: &mut Page<'_>, reply: &FrameReply) -> io::Result<()> {
    let frame = &reply.frame;
    let text = format!(
        "Frame {}: {} {} (PC: {}){}",
        frame.index,
        where_it_is(page, frame),
        function(page, &frame.location),
        page.addr(frame.location.pc),
        marks(page, frame)
    );
    page.line(text)?;
    match (&reply.source, &reply.source_missing) {
        (Some(listing), _) => source::write_lines(page, listing),
        (None, Some(why)) => {
            let why = page.show(Role::Missing, why);
            page.line(format_args!("(no source: {why})"))
        }
        (None, None) => Ok(()),
    }
}
