//! A box in the middle of the screen that hides what is below it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::panel::draw_frame;
use super::{ellipsis_line, fill, put_in_lower_frame, put_line};
use crate::ui::theme::{Scope, Theme};

/// A box on one frame.
#[derive(Clone, Debug, Default)]
pub struct Popup<'a> {
    pub title: &'a str,
    /// In the lower frame: the keys that close or confirm.
    pub bottom: Line<'a>,
    /// Columns and rows wanted inside the frame.
    pub size: (u16, u16),
}

impl Popup<'_> {
    /// Where the box, frame included, comes to stand on `screen`.
    #[must_use]
    pub fn place(&self, screen: Rect) -> Rect {
        let (columns, rows) = self.size;
        let width = columns.saturating_add(4).min(screen.width);
        let height = rows.saturating_add(2).min(screen.height);
        Rect {
            x: screen.x.saturating_add((screen.width - width) / 2),
            // A little above the middle, where the eye is.
            y: screen.y.saturating_add((screen.height - height) / 3),
            width,
            height,
        }
    }

    /// Clears the place, draws the frame, returns what is inside (one blank column on each side).
    pub fn draw(&self, screen: Rect, theme: &Theme, buf: &mut Buffer) -> Rect {
        let area = self.place(screen.intersection(buf.area));
        let ground = theme.style(Scope::Background).patch(theme.style(Scope::Popup));
        fill(buf, area, ground);
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        draw_frame(area, theme, theme.style(Scope::PopupBorder), buf);
        let room = usize::from(area.width.saturating_sub(4));
        let title = match self.title {
            "" => Line::default(),
            title => Line::from(Span::styled(format!(" {title} "), theme.style(Scope::PopupTitle))),
        };
        let at = area.x.saturating_add(2);
        put_line(
            buf,
            (at, area.y),
            area.width,
            &ellipsis_line(title, room, theme.glyphs.ellipsis),
        );
        let bottom = ellipsis_line(self.bottom.clone(), room, theme.glyphs.ellipsis);
        put_in_lower_frame(buf, area, &bottom);
        Rect {
            x: at,
            y: area.y.saturating_add(1),
            width: area.width.saturating_sub(4),
            height: area.height.saturating_sub(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_hides_what_is_below_and_never_leaves_the_screen() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 5));
        for y in 0..5 {
            buf.set_string(0, y, "xxxxxxxxxxxx", ratatui::style::Style::new());
        }
        let popup = Popup {
            title: "Quit?",
            size: (4, 1),
            ..Popup::default()
        };
        let inner = popup.draw(buf.area, &Theme::default(), &mut buf);
        assert_eq!(inner, Rect::new(4, 1, 4, 1));
        assert_eq!(buf[(4, 1)].symbol(), " ");
        assert_eq!(buf[(0, 1)].symbol(), "x");
        for (width, height) in [(0, 0), (1, 1), (3, 2), (u16::MAX, u16::MAX)] {
            Popup {
                size: (width, height),
                ..popup.clone()
            }
            .draw(buf.area, &Theme::default(), &mut buf);
            popup.draw(
                Rect::new(2, 2, width.min(5), height.min(5)),
                &Theme::default(),
                &mut buf,
            );
        }
    }
}
