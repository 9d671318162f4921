//! A framed pane with its title in the frame.
//!
//! ```text
//!   ┌ 1 Goroutines  100,004 ──── filter: chan ┐
//!   │                                         ┃   <- scrollbar lives in the right frame
//!   └──────────────────────── user · by wait ─┘
//! ```
//!
//! Panels may share their frames: drawn over one another, lines join (`┬ ├ ┼`) and titles stay.
//! Draw the focused one last, then its colour wins.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};

use super::{ellipsis_line, line_width, put_in_lower_frame, put_line};
use crate::ui::theme::{Scope, Theme};

/// Columns below which a note that does not fit is left out.
const LEAST_NOTE: u16 = 10;

/// A frame on one frame.
#[derive(Clone, Debug, Default)]
pub struct Panel<'a> {
    /// The key that brings the focus here.
    pub digit: Option<char>,
    pub title: &'a str,
    /// After the title: counts, tabs, path. Styled by the caller.
    pub note: Line<'a>,
    /// At the right end of the upper frame: filter, sort.
    pub right: Line<'a>,
    /// At the right end of the lower frame.
    pub bottom: Line<'a>,
    pub focused: bool,
}

/// What a panel leaves for its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inner {
    pub area: Rect,
    /// The column of the right frame beside `area`, for a scrollbar.
    pub scrollbar: Rect,
    /// Where the note was drawn, for the mouse on tabs.
    pub note: Rect,
}

impl Panel<'_> {
    /// Area inside the frame of a panel at `area`, and its scrollbar column. Pure; the note's place
    /// is known only after drawing.
    #[must_use]
    pub fn inner(area: Rect) -> Inner {
        let inside = Rect {
            x: area.x.saturating_add(1),
            y: area.y.saturating_add(1),
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(2),
        };
        let scrollbar = Rect {
            x: area.right().saturating_sub(1),
            width: area.width.min(1),
            ..inside
        };
        Inner {
            area: inside,
            scrollbar,
            note: Rect::ZERO,
        }
    }

    /// Draws frame and titles; what is inside is left as it was.
    pub fn draw(&self, area: Rect, theme: &Theme, buf: &mut Buffer) -> Inner {
        let area = area.intersection(buf.area);
        let mut inner = Self::inner(area);
        if area.width < 2 || area.height < 2 {
            return inner;
        }
        let scope = if self.focused {
            Scope::BorderFocused
        } else {
            Scope::Border
        };
        draw_frame(area, theme, theme.style(scope), buf);
        inner.note = self.draw_titles(area, theme, buf);
        let room = area.width.saturating_sub(4);
        let bottom = ellipsis_line(
            spaced(self.bottom.clone()),
            usize::from(room),
            theme.glyphs.ellipsis,
        );
        if columns(&bottom) > 2 {
            put_in_lower_frame(buf, area, &bottom);
        }
        inner
    }

    /// The upper frame, left to right: title, note, right part. The title is kept longest.
    fn draw_titles(&self, area: Rect, theme: &Theme, buf: &mut Buffer) -> Rect {
        let ellipsis = theme.glyphs.ellipsis;
        let mut room = area.width.saturating_sub(2);
        let mut x = area.x.saturating_add(1);
        let title = ellipsis_line(self.title_line(theme), usize::from(room), ellipsis);
        let used = put_line(buf, (x, area.y), room, &title);
        x = x.saturating_add(used);
        room = room.saturating_sub(used);
        let note = ellipsis_line(
            spaced(self.note.clone()),
            usize::from(room.saturating_sub(1)),
            ellipsis,
        );
        // A few letters of a note mislead: "1…" of "100,004".
        let noted =
            if columns(&note) > 2 && (columns(&note) >= LEAST_NOTE || note == spaced(self.note.clone())) {
                put_line(buf, (x, area.y), room, &note)
            } else {
                0
            };
        let place = Rect::new(x.saturating_add(1), area.y, noted.saturating_sub(2), 1);
        room = room.saturating_sub(noted);
        let right = spaced(self.right.clone());
        let wide = columns(&right);
        // All of it or nothing: half a filter misleads.
        if wide > 2 && wide < room {
            put_line(buf, (area.right().saturating_sub(wide + 2), area.y), wide, &right);
        }
        place
    }

    fn title_line(&self, theme: &Theme) -> Line<'static> {
        let style = theme.style(if self.focused {
            Scope::TitleFocused
        } else {
            Scope::Title
        });
        let text = match self.digit {
            Some(digit) if self.title.is_empty() => format!(" {digit} "),
            Some(digit) => format!(" {digit} {} ", self.title),
            None if self.title.is_empty() => return Line::default(),
            None => format!(" {} ", self.title),
        };
        Line::from(Span::styled(text, style))
    }
}

/// A line with a blank on each side; an empty one stays empty.
fn spaced(line: Line<'_>) -> Line<'_> {
    if line_width(&line) == 0 {
        return line;
    }
    let style = line.style;
    let mut spans = vec![Span::raw(" ")];
    spans.extend(line.spans);
    spans.push(Span::raw(" "));
    Line::from(spans).style(style)
}

fn columns(line: &Line<'_>) -> u16 {
    u16::try_from(line_width(line)).unwrap_or(u16::MAX)
}

/// Draws a frame that joins the frames already there.
pub(super) fn draw_frame(area: Rect, theme: &Theme, style: Style, buf: &mut Buffer) {
    let signs = theme.glyphs;
    let (left, right) = (area.left(), area.right().saturating_sub(1));
    let (top, bottom) = (area.top(), area.bottom().saturating_sub(1));
    for x in left.saturating_add(1)..right {
        join(buf, (x, top), signs.horizontal, style);
        join(buf, (x, bottom), signs.horizontal, style);
    }
    for y in top.saturating_add(1)..bottom {
        join(buf, (left, y), signs.vertical, style);
        join(buf, (right, y), signs.vertical, style);
    }
    for (corner, sign) in [
        ((left, top), signs.top_left),
        ((right, top), signs.top_right),
        ((left, bottom), signs.bottom_left),
        ((right, bottom), signs.bottom_right),
    ] {
        join(buf, corner, sign, style);
    }
}

/// Adds a line sign to a cell. Titles that stand there already stay as they are.
fn join(buf: &mut Buffer, at: (u16, u16), sign: &str, style: Style) {
    let Some(cell) = buf.cell_mut(at) else { return };
    if sign.is_ascii() {
        match cell.symbol() {
            " " => cell.set_symbol(sign),
            "|" | "-" | "+" if cell.symbol() != sign => cell.set_symbol("+"),
            _ => cell,
        };
    } else {
        cell.merge_symbol(sign, MergeStrategy::Exact);
    }
    if matches!(cell.symbol(), "|" | "-" | "+")
        || cell
            .symbol()
            .starts_with(|sign| ('\u{2500}'..='\u{257f}').contains(&sign))
    {
        cell.modifier = Modifier::empty();
        cell.set_style(style);
    }
}

#[cfg(test)]
mod tests;
