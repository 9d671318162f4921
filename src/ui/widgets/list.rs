//! A list of any length that costs only the rows that are seen.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{ListState, ellipsis_line, put, put_line, wrap_text};
use crate::ui::theme::{Scope, Theme};

/// One list on one frame. The first column holds the sign of the selected row.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    pub len: usize,
    pub state: ListState,
    pub focused: bool,
    /// Said when there are no rows: why, and what to do next. Wrapped.
    pub empty: &'a str,
}

impl List<'_> {
    /// Columns that the sign of the selection takes.
    pub const MARGIN: u16 = 1;

    /// Draws the visible rows; `row` makes one from its index and the columns it has.
    /// Returns the rows that are seen.
    pub fn draw<'r>(
        &self,
        area: Rect,
        theme: &Theme,
        buf: &mut Buffer,
        row: impl FnMut(usize, u16) -> Line<'r>,
    ) -> Range<usize> {
        let area = area.intersection(buf.area);
        let window = self.draw_unselected(area, theme, buf, row);
        let selected = self.state.settled(self.len, usize::from(area.height)).selected;
        if self.len > 0 && window.contains(&selected) {
            let y = area.y + u16::try_from(selected - window.start).unwrap_or(0);
            self.draw_selection(Rect { y, height: 1, ..area }, theme, buf);
        }
        window
    }

    /// The same without a sign of what is selected: a list that only follows another.
    pub fn draw_unselected<'r>(
        &self,
        area: Rect,
        theme: &Theme,
        buf: &mut Buffer,
        mut row: impl FnMut(usize, u16) -> Line<'r>,
    ) -> Range<usize> {
        let area = area.intersection(buf.area);
        let window = self.state.window(self.len, usize::from(area.height));
        if self.len == 0 {
            draw_empty(self.empty, area, theme, buf);
            return window;
        }
        let columns = area.width.saturating_sub(Self::MARGIN);
        for (y, index) in (area.top()..area.bottom()).zip(window.clone()) {
            let line = ellipsis_line(row(index, columns), usize::from(columns), theme.glyphs.ellipsis);
            put_line(buf, (area.x.saturating_add(Self::MARGIN), y), columns, &line);
        }
        window
    }

    fn draw_selection(&self, row: Rect, theme: &Theme, buf: &mut Buffer) {
        let scope = if self.focused {
            Scope::Selection
        } else {
            Scope::SelectionUnfocused
        };
        buf.set_style(row, theme.style(scope));
        if self.focused {
            // A sign that is half a block shows two colours; reversed they would trade places.
            let style = theme.style(Scope::SelectionMark).not_reversed();
            put(buf, (row.x, row.y), 1, theme.glyphs.selected, style);
        }
    }
}

/// Says why there is nothing to see.
pub(super) fn draw_empty(text: &str, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let area = Rect {
        x: area.x.saturating_add(1),
        width: area.width.saturating_sub(2),
        ..area
    };
    for (y, line) in (area.top()..area.bottom()).zip(wrap_text(text, usize::from(area.width))) {
        put(buf, (area.x, y), area.width, &line, theme.style(Scope::TextDim));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(buf: &Buffer) -> Vec<String> {
        let width = usize::from(buf.area.width);
        buf.content()
            .chunks(width)
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect()
    }

    #[test]
    fn only_visible_rows_are_made() {
        let list = List {
            len: 1_000_000,
            state: ListState {
                selected: 500_000,
                offset: 499_990,
            },
            focused: true,
            empty: "",
        };
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 5));
        let mut made = 0;
        let seen = list.draw(buf.area, &Theme::default(), &mut buf, |index, _| {
            made += 1;
            Line::raw(format!("row {index}"))
        });
        assert_eq!((made, seen.len()), (5, 5));
        assert!(
            screen(&buf).contains(&"▌row 500000 ".to_owned()),
            "{:?}",
            screen(&buf)
        );
    }

    #[test]
    fn an_empty_list_says_why_and_a_tiny_area_is_harmless() {
        let list = List {
            len: 0,
            state: ListState::default(),
            focused: false,
            empty: "nothing here, press x",
        };
        let mut buf = Buffer::empty(Rect::new(0, 0, 14, 2));
        list.draw(buf.area, &Theme::default(), &mut buf, |_, _| Line::default());
        assert_eq!(screen(&buf), [" nothing      ", " here, press  "]);
        for (width, height) in [(0, 0), (1, 1), (2, 1)] {
            list.draw(
                Rect::new(0, 0, width, height),
                &Theme::default(),
                &mut buf,
                |_, _| Line::default(),
            );
        }
        List { len: 9, ..list }.draw(Rect::new(13, 1, 9, 9), &Theme::default(), &mut buf, |_, _| {
            Line::raw("long")
        });
    }
}
