//! How memory looks: numbers, characters, what lies there, and a line about the cursor.
//!
//! What is known of each byte shows without colour: `··` is mapped but nowhere to be had, `--` is
//! not mapped, a `?` after the address marks bytes of a file that could not be checked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::cache::Cell;
use super::grid::{Grid, Unit};
use super::state::Memory;
use crate::base::{Addr, visible};
use crate::model::{BytesFrom, TypedBytes};
use crate::ui::app::AppState;
use crate::ui::place::Pane;
use crate::ui::text::foreign;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::styled;
use crate::ui::widgets::{List, ellipsis_line, ellipsis_start, line_width, put, put_line};

/// What is looked at, for the frame.
#[must_use]
pub fn label(state: &AppState, theme: &Theme) -> Line<'static> {
    let name = state.memory.spot.as_ref().map_or("", |spot| spot.name.as_str());
    let name = ellipsis_start(&visible(name), 30, theme.glyphs.ellipsis);
    styled(name, theme.style(Scope::TitleNote))
}

/// Draws the window.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let memory = &state.memory;
    if memory.spot.is_none() {
        let keys = state.options.keymap.keys_of("go-to-address");
        let key = keys.first().map_or(":x EXPR", String::as_str);
        let empty = format!("nothing is looked at: {key} goes to an address, m on a value shows its bytes");
        let list = List {
            len: 0,
            state: crate::ui::widgets::ListState::default(),
            focused: false,
            empty: &empty,
        };
        list.draw(area, theme, buf, |_, _| Line::default());
        return;
    }
    let grid = state.memory_grid();
    let sheet = Sheet {
        memory,
        grid,
        theme,
        focused: state.focus == Pane::Details,
    };
    let mut row = memory.window(&grid).start;
    for y in (area.top()..area.bottom()).take(grid.rows) {
        sheet.draw_row(row, Rect { y, height: 1, ..area }, buf);
        let Some(next) = row.checked_add(grid.per_row) else {
            break;
        };
        row = next;
    }
    if usize::from(area.height) > grid.rows {
        let y = area.y.saturating_add(u16::try_from(grid.rows).unwrap_or(0));
        let line = ellipsis_line(sheet.status(), usize::from(area.width), theme.glyphs.ellipsis);
        put_line(buf, (area.x, y), area.width, &line);
    }
}

/// The row of the cursor as plain text, to copy.
#[must_use]
pub fn row_text(state: &AppState) -> Option<String> {
    let (memory, grid) = (&state.memory, state.memory_grid());
    memory.spot.as_ref()?;
    let start = grid.row_start(memory.cursor);
    let area = Rect::new(0, 0, 200, 1);
    let mut buf = Buffer::empty(area);
    let theme = Theme::default();
    let sheet = Sheet {
        memory,
        grid,
        theme: &theme,
        focused: false,
    };
    sheet.draw_row(start, area, &mut buf);
    let text: String = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    Some(text.trim_end().to_owned())
}

struct Sheet<'a> {
    memory: &'a Memory,
    grid: Grid,
    theme: &'a Theme,
    focused: bool,
}

impl Sheet<'_> {
    fn draw_row(&self, start: u64, area: Rect, buf: &mut Buffer) {
        let (grid, theme) = (&self.grid, self.theme);
        let at = |column: usize| area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
        let mut write = |column: usize, text: &str, style: Style| {
            let room = area.right().saturating_sub(at(column));
            put(buf, (at(column), area.y), room, text, style);
        };
        let has_cursor = grid.row_start(self.memory.cursor) == start;
        let scope = if has_cursor {
            Scope::LineNumberCurrent
        } else {
            Scope::LineNumber
        };
        write(
            0,
            &format!("{start:0width$x}", width = grid.digits),
            theme.style(scope),
        );
        if self.is_doubtful(start) {
            write(grid.digits, "?", theme.style(Scope::Warning));
        }
        for (byte, addr) in (start..=start.saturating_add(grid.per_row - 1)).enumerate() {
            let cell = self.memory.cache.cell(addr);
            let style = self.style_of(addr, cell);
            write(grid.hex_column(byte), &self.hex(cell), style);
            if grid.ascii {
                write(grid.ascii_column(byte), &self.character(cell), style);
            }
        }
        if grid.notes > 0 {
            let notes = ellipsis_line(self.notes(start), grid.notes, theme.glyphs.ellipsis);
            let room = area.right().saturating_sub(at(grid.notes_column()));
            put_line(buf, (at(grid.notes_column()), area.y), room, &notes);
        }
    }

    fn is_doubtful(&self, start: u64) -> bool {
        let end = start.saturating_add(self.grid.per_row - 1);
        (start..=end).any(|addr| {
            matches!(
                self.memory.cache.cell(addr),
                Cell::Known(_, BytesFrom::UncheckedFile)
            )
        })
    }

    fn hex(&self, cell: Cell) -> String {
        match cell {
            Cell::Known(byte, _) => format!("{byte:02x}"),
            Cell::Absent => self.theme.glyphs.separator.repeat(2),
            Cell::Unmapped => "--".to_owned(),
            Cell::Awaited => "  ".to_owned(),
        }
    }

    fn character(&self, cell: Cell) -> String {
        match cell {
            Cell::Known(byte @ 0x20..=0x7e, _) => char::from(byte).to_string(),
            Cell::Known(..) => ".".to_owned(),
            _ => " ".to_owned(),
        }
    }

    fn style_of(&self, addr: u64, cell: Cell) -> Style {
        let theme = self.theme;
        let scope = match (cell, self.memory.cache.typed(addr)) {
            (Cell::Absent | Cell::Unmapped | Cell::Awaited, _) => Scope::RoleMissing,
            (_, Some((leaf, _))) if leaf.is_multiple_of(2) => Scope::MemoryBand,
            (_, Some(_)) => Scope::MemoryBandOther,
            (Cell::Known(0, _), None) => Scope::MemoryZero,
            _ => Scope::Memory,
        };
        let style = theme.style(scope);
        if addr != self.memory.cursor {
            return style;
        }
        let cursor = if self.focused {
            Scope::MemoryCursor
        } else {
            Scope::SelectionUnfocused
        };
        style.patch(theme.style(cursor))
    }

    /// Fields that begin in a row, and what its words point to.
    fn notes(&self, start: u64) -> Line<'static> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        let end = start.saturating_add(self.grid.per_row - 1);
        let mut last = None;
        for addr in start..=end {
            let Some((leaf, typed)) = self.memory.cache.typed(addr) else {
                continue;
            };
            if last == Some(leaf) || typed.addr.0 < start && addr > start {
                continue;
            }
            last = Some(leaf);
            let goes_on = if typed.addr.0 < start {
                self.theme.glyphs.ellipsis
            } else {
                ""
            };
            let band = if leaf.is_multiple_of(2) {
                Scope::MemoryBand
            } else {
                Scope::MemoryBandOther
            };
            spans.push(foreign(
                &format!("{goes_on}{} ", typed.path),
                self.theme.style(band),
            ));
        }
        for word in (start..=end).step_by(8) {
            if let Some(note) = self.memory.cache.note(word) {
                spans.push(Span::styled(
                    format!("{} ", self.theme.glyphs.arrow_right),
                    self.theme.style(Scope::TextDim),
                ));
                let runs = note.points_to.0.iter();
                spans.extend(runs.map(|run| foreign(&run.text, self.theme.role(run.role))));
                spans.push(Span::raw(" "));
            }
        }
        Line::from(spans)
    }

    /// The cursor's address, what is there, and how far it can be trusted.
    fn status(&self) -> Line<'static> {
        let theme = self.theme;
        let cursor = self.memory.cursor;
        let mut spans = vec![Span::styled(
            format!("{} ", Addr(cursor)),
            theme.style(Scope::RoleAddress),
        )];
        let cache = &self.memory.cache;
        let trust = match cache.cell(cursor) {
            Cell::Known(_, BytesFrom::UncheckedFile) => Some(" of a file that could not be checked"),
            Cell::Known(_, BytesFrom::File) => Some(" of the file"),
            Cell::Known(..) => None,
            Cell::Absent => Some(" mapped, but its bytes are not here"),
            Cell::Unmapped => Some(" not mapped"),
            Cell::Awaited if cache.failure_at(cursor).is_none() => Some(" loading..."),
            Cell::Awaited => None,
        };
        if let Some((_, typed)) = cache.typed(cursor) {
            let name = self.memory.spot.as_ref().map_or("", |spot| spot.name.as_str());
            spans.extend(typed_spans(name, typed, theme));
        } else if let Some(note) = cache.note(self.memory.word_at_cursor()) {
            spans.push(Span::styled(
                format!("{} ", theme.glyphs.arrow_right),
                theme.style(Scope::TextDim),
            ));
            let runs = note.points_to.0.iter();
            spans.extend(runs.map(|run| foreign(&run.text, theme.role(run.role))));
        }
        if let Some(trust) = trust {
            spans.push(Span::styled(trust, theme.style(Scope::Warning)));
        }
        if let Some(failure) = cache.failure_at(cursor) {
            spans.push(foreign(&failure.to_string(), theme.style(Scope::Error)));
        }
        let line = Line::from(spans);
        if line_width(&line) > 0 {
            line
        } else {
            Line::default()
        }
    }
}

fn typed_spans(name: &str, typed: &TypedBytes, theme: &Theme) -> Vec<Span<'static>> {
    let path = full_path(name, &typed.path);
    let mut spans = vec![
        foreign(&format!("{path} "), theme.style(Scope::RoleName)),
        foreign(&format!("{} ", typed.type_name), theme.style(Scope::RoleType)),
    ];
    let runs = typed.value.0.iter();
    spans.extend(runs.map(|run| foreign(&run.text, theme.role(run.role))));
    spans
}

/// The expression of a leaf at `path` in the object that `name` led to: `bill.Line.SKU`.
fn full_path(name: &str, path: &str) -> String {
    let name = match name.starts_with(['*', '&']) {
        true if !path.is_empty() => format!("({name})"),
        _ => name.to_owned(),
    };
    match path {
        path if name.is_empty() || path.starts_with('[') => format!("{name}{path}"),
        "" => name,
        path => format!("{name}.{path}"),
    }
}

impl Grid {
    /// The address under a cell of the pane.
    #[must_use]
    pub fn addr_at(&self, window_start: u64, column: usize, line: usize) -> Option<u64> {
        if line >= self.rows {
            return None;
        }
        let byte = match (self.unit, self.byte_at(column)) {
            (_, Some(byte)) => byte as u64,
            (Unit::Words | Unit::Bytes, None) => 0,
        };
        window_start.checked_add((line as u64).checked_mul(self.per_row)?.checked_add(byte)?)
    }
}

#[cfg(test)]
mod tests {
    use super::full_path;

    #[test]
    fn a_leaf_is_named_as_an_expression_names_it() {
        assert_eq!(full_path("bill", "Line.SKU"), "bill.Line.SKU");
        assert_eq!(full_path("lines", "[2].Name"), "lines[2].Name");
        assert_eq!(full_path("*p", "Name"), "(*p).Name");
        assert_eq!(full_path("count", ""), "count");
        assert_eq!(full_path("", "Name"), "Name");
    }
}
