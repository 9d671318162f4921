//! How source looks, and what is said when there is none.

use std::ops::Range;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::state::{SourcePane, matches};
use crate::base::{Progress, visible};
use crate::ui::app::{AppState, Purpose};
use crate::ui::place::Pane;
use crate::ui::text::foreign;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{CodeLine, CodeState, CodeView, bytes, ellipsis_end, ellipsis_start, put};

/// Columns between tab stops.
const TAB: usize = 4;

/// Path and line, search, and doubts, for the frame.
#[must_use]
pub fn labels(state: &AppState, room: usize, theme: &Theme) -> Labels {
    let pane = &state.source;
    let note = theme.style(Scope::TitleNote);
    let Some(file) = &pane.file else {
        return Labels::default();
    };
    let line = pane
        .current_line
        .map(|line| format!(":{line}"))
        .unwrap_or_default();
    let path = format!("{}{line}", visible(file));
    let right = if pane.search.is_empty() {
        Line::default()
    } else {
        Line::from(vec![
            Span::styled("/", theme.style(Scope::Prompt)),
            foreign(&pane.search, theme.style(Scope::Match)),
        ])
    };
    Labels {
        note: styled(
            ellipsis_start(&path, room.saturating_sub(4), theme.glyphs.ellipsis),
            note,
        ),
        right,
        bottom: Line::default(),
    }
}

/// Draws the lines. Returns those seen and how many there are.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) -> (Range<usize>, usize) {
    let pane = &state.source;
    let empty = empty_text(state);
    let banner = u16::from(pane.banner().is_some()).min(area.height);
    if let Some(text) = pane.banner().filter(|_| banner > 0) {
        let text = ellipsis_end(&visible(&text), usize::from(area.width), theme.glyphs.ellipsis);
        put(
            buf,
            (area.x, area.y),
            area.width,
            &text,
            theme.style(Scope::Warning),
        );
    }
    let area = Rect {
        y: area.y + banner,
        height: area.height - banner,
        ..area
    };
    let lines = pane.text().map_or(&[][..], |text| &text.lines);
    let code = CodeView {
        len: lines.len(),
        state: CodeState {
            list: pane.scroll,
            left: pane.left,
        },
        focused: state.focus == Pane::Source,
        tab: TAB,
        empty: &empty,
    };
    let current = pane.current_line.map(|line| (line as usize).saturating_sub(1));
    let found: Vec<Vec<Range<usize>>> = visible_matches(pane, lines, usize::from(area.height));
    let file = pane.file.as_deref().unwrap_or_default();
    let start = pane.scroll.window(lines.len(), usize::from(area.height)).start;
    let seen = code.draw(area, theme, buf, |index| CodeLine {
        text: lines.get(index).map_or("", String::as_str),
        styles: pane.highlights.line(file, index),
        matches: index
            .checked_sub(start)
            .and_then(|at| found.get(at))
            .map_or(&[], Vec::as_slice),
        current: current == Some(index),
        ..CodeLine::default()
    });
    (seen, lines.len())
}

fn visible_matches(pane: &SourcePane, lines: &[String], height: usize) -> Vec<Vec<Range<usize>>> {
    if pane.search.is_empty() {
        return Vec::new();
    }
    let smart = pane.search.chars().any(char::is_uppercase);
    let window = pane.scroll.window(lines.len(), height);
    let shown = lines.iter().skip(window.start).take(window.len());
    shown.map(|line| matches(line, &pane.search, smart)).collect()
}

/// Why there is no source, and what to do about it.
fn empty_text(state: &AppState) -> String {
    let pane = &state.source;
    if let Some(why) = &pane.no_file {
        return visible(why).into_owned();
    }
    let Some(file) = &pane.file else {
        return match state.stack.loading {
            Some(_) => String::new(),
            None if state.stack.subject.is_some() => "no source position is known for this frame".to_owned(),
            None => String::new(),
        };
    };
    if let Some(failure) = &pane.failed {
        let mut text = failure_text(failure);
        if failure.hints.is_empty() {
            text.push_str("\n\nstart with --substitute-path FROM=TO when the source lies elsewhere");
        }
        return text;
    }
    match pane.loading {
        Some(since) => match state.jobs.find(&Purpose::Source(Arc::clone(file))) {
            Some(job) if job.is_fetching => fetching_text(file, job.progress.as_ref()),
            _ => waiting_text(state, since, "loading source"),
        },
        None => format!("{} is empty", visible(file)),
    }
}

/// That a server was asked, and how much has come.
fn fetching_text(file: &str, progress: Option<&Progress>) -> String {
    let what = match progress {
        Some(progress) if !progress.phase.is_empty() => visible(&progress.phase).into_owned(),
        _ => "asking the servers for it".to_owned(),
    };
    let came = match progress.map(|progress| (progress.done, progress.total)) {
        Some((done, Some(total))) => format!(", {} of {}", bytes(done), bytes(total)),
        Some((done, None)) if done > 0 => format!(", {}", bytes(done)),
        _ => String::new(),
    };
    format!(
        "{} is not on this machine\n\n{what}{came}\n\nCtrl-c cancels",
        visible(file)
    )
}
