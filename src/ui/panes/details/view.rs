//! How the tables of the details pane look.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::rows::{DetailRow, Table, table};
use crate::base::visible;
use crate::model::Failure;
use crate::ui::app::AppState;
use crate::ui::loadable::Loadable;
use crate::ui::panes::memory;
use crate::ui::place::{Pane, Tab};
use crate::ui::text::foreign;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{Column, List, ellipsis_start, fit_columns, put_line, row, thousands, width};

/// Cells wider than this, but for the last, do not push the others away.
const WIDEST: u16 = 34;

/// Filter and count, for the frame.
#[must_use]
pub fn labels(state: &AppState, theme: &Theme) -> Labels {
    let pane = &state.details;
    let note = theme.style(Scope::TitleNote);
    if pane.tab == Tab::Memory {
        return Labels {
            right: memory::label(state, theme),
            ..Labels::default()
        };
    }
    if pane.filter_text.is_empty() {
        let count = match pane.tab {
            Tab::Threads => pane.threads.ready().map(|all| all.len()),
            Tab::Map => pane.map.ready().map(|all| all.len()),
            Tab::Images => pane.images.ready().map(|all| all.len()),
            _ => None,
        };
        let text = count.map(|count| thousands(count as u64)).unwrap_or_default();
        return Labels {
            right: styled(text, note),
            ..Labels::default()
        };
    }
    Labels {
        right: Line::from(vec![
            Span::styled("/", theme.style(Scope::Prompt)),
            foreign(&pane.filter_text, theme.style(Scope::Match)),
        ]),
        ..Labels::default()
    }
}

/// Draws the rows. Returns those seen and how many there are.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) -> (Range<usize>, usize) {
    if state.details.tab == Tab::Memory {
        memory::view(state, area, theme, buf);
        return (0..0, 0);
    }
    let table = table(state);
    let empty = empty_text(state);
    let heading = u16::try_from(state.head_rows(Pane::Details))
        .unwrap_or(0)
        .min(area.height);
    let body = Rect {
        y: area.y + heading,
        height: area.height - heading,
        ..area
    };
    let list = List {
        len: table.len(),
        state: state.details.scroll(),
        focused: state.focus == Pane::Details,
        empty: &empty,
    };
    let titles = titles(state.details.tab);
    let window = list.state.window(list.len, usize::from(body.height));
    let columns = columns(&table, window, titles);
    let widths = fit_columns(&columns, area.width.saturating_sub(List::MARGIN));
    if heading > 0 && !table.is_empty() {
        let cells = titles
            .iter()
            .map(|title| styled(*title, theme.style(Scope::TextDim)))
            .collect();
        let line = row(&columns, &widths, cells, theme.glyphs.ellipsis);
        put_line(
            buf,
            (area.x + List::MARGIN, area.y),
            area.width.saturating_sub(List::MARGIN),
            &line,
        );
    }
    let path_last = matches!(state.details.tab, Tab::Map | Tab::Images);
    let seen = list.draw(body, theme, buf, |index, _| match table.row(index) {
        Some(DetailRow::Heading(text)) => Line::from(foreign(&text, theme.style(Scope::Group))),
        Some(DetailRow::Cells(cells)) => {
            let last = cells.len().saturating_sub(1);
            let lines = cells.iter().enumerate().map(|(at, cell)| {
                let text = visible(&cell.text);
                let room = widths.get(at).copied().map_or(0, usize::from);
                // Paths lose their start, everything else its end.
                let text = if at == last && path_last {
                    ellipsis_start(&text, room, theme.glyphs.ellipsis)
                } else {
                    text.into_owned()
                };
                styled(text, theme.style(cell.scope))
            });
            row(&columns, &widths, lines.collect(), theme.glyphs.ellipsis)
        }
        None => Line::default(),
    });
    (seen, table.len())
}

fn titles(tab: Tab) -> &'static [&'static str] {
    match tab {
        Tab::Threads => &["thread", "runs", "signal", "at", "name"],
        Tab::Map => &["start", "size", "perm", "bytes from", "file"],
        Tab::Images => &["image", "base", "", "symbols", "from"],
        _ => &[],
    }
}

/// Columns as wide as the cells in sight.
fn columns(table: &Table<'_>, window: Range<usize>, titles: &[&str]) -> Vec<Column> {
    let mut wanted: Vec<u16> = titles.iter().map(|title| columns_of(title)).collect();
    for index in window {
        if let Some(DetailRow::Cells(cells)) = table.row(index) {
            wanted.resize(wanted.len().max(cells.len()), 0);
            for (slot, cell) in wanted.iter_mut().zip(&cells) {
                *slot = (*slot).max(columns_of(&visible(&cell.text)));
            }
        }
    }
    let last = wanted.len().saturating_sub(1);
    wanted
        .into_iter()
        .enumerate()
        .map(|(at, wide)| {
            let wide = if at == last { wide } else { wide.min(WIDEST) };
            Column {
                least: wide.min(4),
                wanted: wide,
                importance: u8::try_from(100_usize.saturating_sub(at * 10)).unwrap_or(0),
                grow: u16::from(at == last),
                ..Column::default()
            }
        })
        .collect()
}

fn columns_of(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

fn empty_text(state: &AppState) -> String {
    let pane = &state.details;
    if !pane.filter_text.is_empty() {
        return format!(
            "nothing matches {}: Esc clears the filter",
            visible(&pane.filter_text)
        );
    }
    match pane.tab {
        Tab::Threads => said(state, &pane.threads, "threads", "no threads are recorded"),
        Tab::Map => said(state, &pane.map, "the memory map", "no mappings are recorded"),
        Tab::Images => said(state, &pane.images, "images", "no images are known"),
        Tab::Process => said(
            state,
            &pane.process,
            "process facts",
            "nothing is known of the process",
        ),
        Tab::Crash => String::new(),
        _ if pane.frame.is_none() => String::new(),
        _ => said(
            state,
            &pane.registers,
            "registers",
            "no register of this frame can be recovered",
        ),
    }
}

fn said<T>(state: &AppState, data: &Loadable<T>, what: &str, none: &str) -> String {
    match data {
        Loadable::Failed(failure) => failed(failure),
        Loadable::Loading { since } => waiting_text(state, *since, &format!("reading {what}")),
        Loadable::Empty => String::new(),
        Loadable::Ready(_) => none.to_owned(),
    }
}

fn failed(failure: &Failure) -> String {
    failure_text(failure)
}
