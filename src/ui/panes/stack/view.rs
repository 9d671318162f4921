//! How frames look: number, function, place, and how far each can be believed.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::state::StackPane;
use crate::base::visible;
use crate::model::{Frame, FrameTrust, StackEnd, Subject};
use crate::ui::app::AppState;
use crate::ui::folds::Row;
use crate::ui::place::Pane;
use crate::ui::text::{base_name, file_line, fitting_function, foreign, short_function};
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{Align, Column, List, fit_columns, row, thousands, width};

/// How much a row spells out.
#[derive(Clone, Copy)]
struct Form {
    /// Marks are words.
    words: bool,
    /// File names go without their ending: with it something would be cut.
    short: bool,
}

/// Panes from this width on spell marks out.
const WORDS_FROM: u16 = 60;

/// Whose stack, how deep, and why it ends, for the frame.
#[must_use]
pub fn labels(state: &AppState, theme: &Theme) -> Labels {
    let pane = &state.stack;
    let note = theme.style(Scope::TitleNote);
    let who = match pane.subject {
        Some(Subject::Goroutine(id)) => format!("g {id}"),
        Some(Subject::Thread(tid)) => format!("thread {tid}"),
        None => String::new(),
    };
    let depth = if pane.depth == 0 {
        String::new()
    } else {
        let more = if pane.is_open_ended() { "+" } else { "" };
        format!(
            "{} of {}{more}",
            thousands(pane.selected as u64),
            thousands(pane.depth as u64)
        )
    };
    Labels {
        note: styled(who, note),
        right: styled(depth, note),
        bottom: Line::default(),
    }
}

/// Draws the rows. Returns those seen and how many there are.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) -> (Range<usize>, usize) {
    let pane = &state.stack;
    let empty = empty_text(state);
    let list = List {
        len: if pane.loading.is_some() { 0 } else { pane.rows() },
        state: pane.scroll,
        focused: state.focus == Pane::Stack,
        empty: &empty,
    };
    let window = list.state.window(list.len, usize::from(area.height));
    let in_sight: Vec<&Frame> = window
        .filter_map(|at| match pane.row(at) {
            Row::Item(frame) => pane.frame(frame),
            Row::Fold { .. } => None,
        })
        .collect();
    let room = area.width.saturating_sub(List::MARGIN);
    let mut form = Form {
        words: area.width >= WORDS_FROM,
        short: false,
    };
    let mut columns = columns(pane, &in_sight, form);
    let mut widths = fit_columns(&columns, room);
    if columns
        .iter()
        .zip(&widths)
        .any(|(column, width)| *width < column.wanted)
    {
        form.short = true;
        columns = self::columns(pane, &in_sight, form);
        widths = fit_columns(&columns, room);
    }
    let seen = list.draw(area, theme, buf, |index, _| match pane.row(index) {
        Row::Fold { from, len } => fold_line(pane, from, len, theme),
        Row::Item(frame) if frame >= pane.depth => end_line(pane, theme),
        Row::Item(frame) => match pane.frame(frame) {
            Some(frame) => row(
                &columns,
                &widths,
                cells(pane, frame, (form, room_of_function(&widths)), theme),
                theme.glyphs.ellipsis,
            ),
            None => styled(format!("  {frame} ..."), theme.style(Scope::TextDim)),
        },
    });
    (seen, list.len)
}

/// Columns as wide as the frames in sight need, within reason.
fn columns(pane: &StackPane, in_sight: &[&Frame], form: Form) -> [Column; 5] {
    let (mut function, mut place, mut mark) = (0, 0, 0);
    for frame in in_sight {
        let name = frame.location.function.as_deref();
        function = function.max(name.map_or(12, |name| width(&short_function(name))));
        place = place.max(width(&position(frame, form.short)));
        mark = mark.max(width(mark_of(pane, frame, form.words).0));
    }
    let columns = |text: usize, most: u16| u16::try_from(text).unwrap_or(most).min(most);
    let digits = u16::try_from(pane.depth.saturating_sub(1).max(1).ilog10() + 1).unwrap_or(8);
    let column = |least: u16, wanted: u16, importance: u8, grow: u16| Column {
        least: least.min(wanted),
        wanted,
        importance,
        grow,
        align: Align::Left,
    };
    [
        column(1, 1, 100, 0),
        Column {
            align: Align::Right,
            ..column(digits, digits, 90, 0)
        },
        // The end of a name says most: the method, the file and line.
        Column {
            align: Align::Path,
            ..column(12, columns(function, 60), 80, 1)
        },
        column(12, columns(mark, 12), 75, 0),
        Column {
            align: Align::Path,
            ..column(24, columns(place, 40), 70, 0)
        },
    ]
}

fn room_of_function(widths: &[u16]) -> usize {
    widths.get(2).copied().map_or(0, usize::from)
}

/// `main.go:27`; in little room `main:27`; the image where no file is known.
fn position(frame: &Frame, short: bool) -> String {
    let image = || frame.image.as_deref().map(base_name);
    file_line(&frame.location, short)
        .or_else(|| Some(visible(image()?).into_owned()))
        .unwrap_or_default()
}

/// The last row of a stack that could not be followed to its end.
fn end_line(pane: &StackPane, theme: &Theme) -> Line<'static> {
    let why = match &pane.end {
        Some(StackEnd::Truncated(why)) => why.as_str(),
        _ => "",
    };
    let text = format!("{} the stack goes on, but: {why}", theme.glyphs.warning);
    Line::from(foreign(&text, theme.style(Scope::Warning)))
}

fn cells(pane: &StackPane, frame: &Frame, (form, room): (Form, usize), theme: &Theme) -> Vec<Line<'static>> {
    let guilty = pane.guilty == Some(frame.index);
    let style = theme.style(if guilty {
        Scope::Guilty
    } else if pane.again == Some(frame.index) {
        Scope::Warning
    } else if frame.runtime {
        Scope::RuntimeFrame
    } else if frame.inlined {
        Scope::Inlined
    } else {
        Scope::Text
    });
    let place = &frame.location;
    let function = match &place.function {
        Some(name) => Line::from(foreign(&fitting_function(name, room), style)),
        None => styled(place.pc.to_string(), theme.style(Scope::RoleAddress)),
    };
    let dim = theme.style(Scope::TextDim);
    let sign = if guilty { theme.glyphs.guilty } else { "" };
    vec![
        styled(sign, theme.style(Scope::Guilty)),
        styled(frame.index.to_string(), dim),
        function,
        marks(pane, frame, form.words, theme),
        styled(position(frame, form.short), dim),
    ]
}

/// What to know of a frame before believing it.
fn marks(pane: &StackPane, frame: &Frame, words: bool, theme: &Theme) -> Line<'static> {
    let (text, scope) = mark_of(pane, frame, words);
    styled(text, theme.style(scope))
}

fn mark_of(pane: &StackPane, frame: &Frame, words: bool) -> (&'static str, Scope) {
    let (word, letter, scope) = match (frame.trust, frame.interrupted, frame.inlined) {
        (FrameTrust::Scan, _, _) => ("a guess", "?", Scope::RoleDoubtful),
        (FrameTrust::FramePointer, _, _) => ("frame ptr", "~", Scope::RoleDoubtful),
        _ if pane.again == Some(frame.index) => ("new panic", "^", Scope::Warning),
        (_, true, _) => ("interrupted", "!", Scope::Warning),
        (_, _, true) => ("inlined", "i", Scope::Inlined),
        _ => ("", "", Scope::Text),
    };
    (if words { word } else { letter }, scope)
}

/// The one-line form of a run of runtime frames.
fn fold_line(pane: &StackPane, from: usize, len: usize, theme: &Theme) -> Line<'static> {
    let guilty = pane
        .guilty
        .is_some_and(|frame| (from..from.saturating_add(len)).contains(&frame));
    let scope = if guilty {
        Scope::Guilty
    } else {
        Scope::RuntimeFrame
    };
    let mut spans = vec![
        Span::styled(format!("{} ", theme.glyphs.folded), theme.style(Scope::TreeFold)),
        Span::styled(
            format!("{} runtime frames", thousands(len as u64)),
            theme.style(scope),
        ),
    ];
    if let Some(frame) = pane.frame(from) {
        spans.push(foreign(
            &format!("  {}", frame_label(frame)),
            theme.style(Scope::RuntimeFrame),
        ));
    }
    Line::from(spans)
}

/// A frame's function, short, or its pc.
#[must_use]
pub fn frame_label(frame: &Frame) -> String {
    match &frame.location.function {
        Some(name) => short_function(name).into_owned(),
        None => frame.location.pc.to_string(),
    }
}

fn empty_text(state: &AppState) -> String {
    let pane = &state.stack;
    if let Some(failure) = &pane.failed {
        return failure_text(failure);
    }
    if let Some(since) = pane.loading {
        return waiting_text(state, since, "unwinding");
    }
    match (&pane.subject, &pane.end) {
        (None, _) if state.goroutines.total() == 0 => String::new(),
        (None, _) => "no goroutine is selected: choose one in pane 1".to_owned(),
        (Some(_), Some(StackEnd::Truncated(why))) => format!("no frames: {}", visible(why)),
        (Some(_), _) => "this stack has no frames".to_owned(),
    }
}
