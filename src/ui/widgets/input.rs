//! One line of typed text, with the editing keys people know, over `tui-textarea`.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_textarea::{CursorMove, Input, Key, TextArea};

use super::text::clusters;
use super::{ellipsis_end, put, width};
use crate::ui::theme::{Scope, Theme};

/// Typed text and its cursor.
#[derive(Clone, Debug, Default)]
pub struct InputLine {
    area: TextArea<'static>,
}

/// Characters that a line may hold; a paste of a file ends here.
const MAX_CHARACTERS: usize = 4096;

impl InputLine {
    /// A line that holds `text`, cursor at its end.
    #[must_use]
    pub fn with_text(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    #[must_use]
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set_text(&mut self, text: &str) {
        *self = Self::with_text(text);
    }

    /// Inserts at the cursor, as a paste does: line ends become blanks, other control characters vanish.
    pub fn insert(&mut self, text: &str) {
        let room = MAX_CHARACTERS.saturating_sub(self.text().chars().count());
        let plain: String = text
            .chars()
            .map(|character| {
                if matches!(character, '\n' | '\t') {
                    ' '
                } else {
                    character
                }
            })
            .filter(|character| !character.is_control())
            .take(room)
            .collect();
        self.area.insert_str(plain);
    }

    /// Gives a key to the editor. True when the text changed.
    ///
    /// Enter, Esc and Tab are the caller's and change nothing here.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let input = Input::from(key);
        match input.key {
            Key::Enter | Key::Esc | Key::Tab => false,
            // The editor makes these a line end.
            Key::Char('m' | 'j') if input.ctrl => false,
            Key::Char('u') if input.ctrl => self.area.delete_line_by_head(),
            Key::Char(_) if !input.ctrl && !input.alt && self.text().chars().count() >= MAX_CHARACTERS => {
                false
            }
            Key::Char(character) if character.is_control() => false,
            _ => self.area.input(input),
        }
    }

    /// Characters before the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Moves the cursor to its end.
    pub fn to_end(&mut self) {
        self.area.move_cursor(CursorMove::End);
    }

    /// Draws `prompt` and the text around the cursor; `placeholder` while nothing is typed.
    pub fn draw(&self, area: Rect, prompt: &str, placeholder: &str, theme: &Theme, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let used = put(
            buf,
            (area.x, area.y),
            area.width,
            prompt,
            theme.style(Scope::Prompt),
        );
        let (x, room) = (area.x.saturating_add(used), area.width.saturating_sub(used));
        let (before, after) = split_at_character(self.text(), self.cursor());
        let (skipped, column) = scroll(before, usize::from(room));
        let shown = before.get(skipped..).unwrap_or_default();
        put(
            buf,
            (x, area.y),
            room,
            &format!("{shown}{after}"),
            theme.style(Scope::Input),
        );
        if self.is_empty() {
            let text = ellipsis_end(placeholder, usize::from(room), theme.glyphs.ellipsis);
            put(
                buf,
                (x, area.y),
                room,
                &text,
                theme.style(Scope::InputPlaceholder),
            );
        }
        let column = u16::try_from(column).unwrap_or(room);
        if column < room
            && let Some(cell) = buf.cell_mut((x.saturating_add(column), area.y))
        {
            cell.set_style(theme.style(Scope::InputCursor));
        }
    }
}

fn split_at_character(text: &str, at: usize) -> (&str, &str) {
    let byte = text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    text.split_at_checked(byte).unwrap_or((text, ""))
}

/// Bytes of `before` to hide so that the cursor after it stays in `room`, and the cursor's column.
fn scroll(before: &str, room: usize) -> (usize, usize) {
    let mut column = width(before);
    let mut skipped = 0;
    for (cluster, wide) in clusters(before) {
        if column < room.max(1) {
            break;
        }
        column = column.saturating_sub(usize::from(wide));
        skipped += cluster.len();
    }
    (skipped, column)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn draw(line: &InputLine, width: u16) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
        line.draw(buf.area, ":", "type a command", &Theme::default(), &mut buf);
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn the_cursor_stays_in_sight() {
        let line = InputLine::with_text("print request.Header");
        assert_eq!(draw(&line, 10), ":t.Header ");
        assert_eq!(draw(&line, 30).trim_end(), ":print request.Header");
        assert_eq!(draw(&InputLine::with_text("世界世界"), 6), ":世 界  ");
        assert_eq!(draw(&InputLine::default(), 8), ":type a…");
        let _ = (draw(&line, 0), draw(&line, 1), draw(&line, 2));
    }

    #[test]
    fn keys_edit_and_the_callers_keys_do_not() {
        let mut line = InputLine::with_text("bt 7");
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        assert!(line.key(key(KeyCode::Backspace, KeyModifiers::NONE)));
        assert!(line.key(key(KeyCode::Char('9'), KeyModifiers::NONE)));
        assert!(!line.key(key(KeyCode::Enter, KeyModifiers::NONE)));
        assert!(!line.key(key(KeyCode::Char('m'), KeyModifiers::CONTROL)));
        assert_eq!(line.text(), "bt 9");
        assert!(line.key(key(KeyCode::Char('u'), KeyModifiers::CONTROL)));
        assert!(line.is_empty());
    }

    #[test]
    fn a_paste_is_one_line_without_control_characters() {
        let mut line = InputLine::default();
        line.insert("a\nb\x1b[31m\tc");
        assert_eq!(line.text(), "a b[31m c");
        line.insert(&"x".repeat(10_000));
        assert_eq!(line.text().chars().count(), MAX_CHARACTERS);
    }
}
