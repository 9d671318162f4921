//! What is copied: rows, values, a goroutine, a whole stack, as plain text.
//!
//! Text goes to the clipboard through an escape sequence, so it is made visible like text for the
//! screen; only line ends stay.

use std::fmt::Write as _;

use super::app::AppState;
use super::panes::details;
use super::place::Pane;
use crate::base::{Addr, visible};
use crate::model::{CrashReport, Frame, Goroutine, Subject};

/// The row under the cursor of the focused pane.
#[must_use]
pub fn row(state: &AppState) -> Option<String> {
    match state.focus {
        Pane::Goroutines => goroutine(state),
        Pane::Stack => state.stack.selected_frame().map(frame_lines),
        Pane::Source if state.is_in_code() => super::panes::code::row_text(state),
        Pane::Source => {
            let text = state.source.text()?;
            text.lines
                .get(state.source.scroll.selected)
                .map(|line| line.replace('\r', ""))
        }
        Pane::Variables => value(state),
        Pane::Details if state.is_in_memory() => super::panes::memory::row_text(state),
        Pane::Details => {
            let table = details::table(state);
            match table.row(state.details.scroll().selected)? {
                details::DetailRow::Heading(text) => Some(text),
                details::DetailRow::Cells(cells) => {
                    let texts: Vec<String> = cells
                        .iter()
                        .map(|cell| visible(&cell.text).into_owned())
                        .collect();
                    Some(texts.join("  ").trim().to_owned())
                }
            }
        }
    }
}

fn value(state: &AppState) -> Option<String> {
    let branch = state.variables.branch()?;
    let node = branch.tree.node(state.variables.node()?)?;
    Some(visible(&node.value.summary.plain()).into_owned())
}

/// The selected goroutine in one line.
#[must_use]
pub fn goroutine(state: &AppState) -> Option<String> {
    let goroutine = state
        .goroutines
        .selected
        .and_then(|id| state.goroutines.find(id))?;
    let place = &goroutine.user_loc;
    let mut text = heading(goroutine);
    let _ = write!(text, " {}", visible(place.function.as_deref().unwrap_or("?")));
    if let (Some(file), Some(line)) = (&place.file, place.line) {
        let _ = write!(text, " {}:{line}", visible(file));
    }
    Some(text)
}

fn heading(goroutine: &Goroutine) -> String {
    format!("goroutine {} [{}]:", goroutine.id, visible(goroutine.state()))
}

/// The stack at hand in the form in which Go prints one.
#[must_use]
pub fn stack(state: &AppState) -> Option<String> {
    let mut text = match state.stack.subject? {
        Subject::Goroutine(id) => match state.goroutines.find(id) {
            Some(goroutine) => heading(goroutine),
            None => format!("goroutine {id}:"),
        },
        Subject::Thread(tid) => format!("thread {tid}:"),
    };
    text.push('\n');
    let mut next = 0;
    for frame in state.stack.loaded() {
        if frame.index > next {
            let _ = writeln!(text, "...{} frames elided...", frame.index - next);
        }
        next = frame.index + 1;
        text.push_str(&frame_lines(frame));
        text.push('\n');
    }
    if state.stack.depth > next {
        let _ = writeln!(text, "...{} frames elided...", state.stack.depth - next);
    }
    Some(text)
}

fn frame_lines(frame: &Frame) -> String {
    let place = &frame.location;
    let name = place.function.as_deref().unwrap_or("?");
    let mut text = format!("{}(...)\n\t", visible(name));
    match (&place.file, place.line) {
        (Some(file), Some(line)) => {
            let _ = write!(text, "{}:{line}", visible(file));
        }
        _ => text.push('?'),
    }
    let _ = write!(text, " pc={}", place.pc);
    text
}

/// The address of the value or frame under the cursor.
#[must_use]
pub fn address(state: &AppState) -> Option<String> {
    if state.focus == Pane::Variables {
        let node = state.variables.branch()?.tree.node(state.variables.node()?)?;
        return node.value.addr.map(|addr| addr.to_string());
    }
    if state.is_in_code() {
        return state.code.cursor_addr().map(|addr| addr.to_string());
    }
    if state.is_in_memory() {
        return Some(Addr(state.memory.cursor).to_string());
    }
    if state.focus == Pane::Goroutines {
        let goroutine = state
            .goroutines
            .selected
            .and_then(|id| state.goroutines.find(id))?;
        return Some(goroutine.addr.to_string());
    }
    state
        .stack
        .selected_frame()
        .map(|frame| frame.location.pc.to_string())
}

/// The crash in a form to paste into a report.
#[must_use]
pub fn report(state: &AppState) -> Option<String> {
    let report: &CrashReport = state.report.ready()?;
    let mut text = format!("{}\n", visible(&report.reason));
    for panic in &report.panics {
        let recovered = if panic.recovered { " [recovered]" } else { "" };
        let _ = writeln!(text, "panic: {}{recovered}", visible(&panic.text()));
    }
    if let Some(site) = &report.crash {
        let place = &site.frame;
        let file = place.file.as_deref().unwrap_or("?");
        let line = place.line.map_or_else(|| "?".to_owned(), |line| line.to_string());
        let name = place.function.as_deref().unwrap_or("?");
        let _ = writeln!(text, "at {} {}:{line}", visible(name), visible(file));
    }
    if let Some(version) = &report.go_version {
        let _ = writeln!(text, "{}", visible(version));
    }
    Some(text)
}
