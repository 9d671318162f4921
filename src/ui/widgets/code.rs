//! Source text with a gutter: line numbers, marks, the current line, matches, sideways scrolling.
//!
//! ```text
//!     26 │ }          gutter: mark, number
//!   ▶ 27 fmt.Println(id, total, o.Next.ID)
//! ```
//!
//! The only widget that takes raw text: highlighting speaks of bytes of the line as it is in the
//! file, tabs depend on columns, and a control character becomes visible text in its place.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{List, ListState, pad_start, put, width};
use crate::base::visible;
use crate::ui::theme::{Scope, Theme};

/// Bytes of a line that have a look of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyledRange {
    pub range: Range<usize>,
    pub scope: Scope,
}

/// A sign in the gutter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub sign: &'static str,
    pub scope: Scope,
}

/// One line of a file, as it is.
#[derive(Clone, Debug, Default)]
pub struct CodeLine<'a> {
    /// Raw: the widget makes it visible.
    pub text: &'a str,
    /// Rising and not overlapping.
    pub styles: &'a [StyledRange],
    /// Rising bytes ranges that a search found.
    pub matches: &'a [Range<usize>],
    /// What the gutter says instead of a blank.
    pub mark: Option<Mark>,
    /// The line at which the selected frame stands.
    pub current: bool,
    /// Text for the number's place; `None` numbers lines from 1.
    pub label: Option<&'a str>,
}

/// Cursor, first visible line and first visible column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeState {
    pub list: ListState,
    pub left: usize,
}

/// A file on one frame.
#[derive(Clone, Copy, Debug)]
pub struct CodeView<'a> {
    pub len: usize,
    pub state: CodeState,
    pub focused: bool,
    pub tab: usize,
    /// Said when there are no lines.
    pub empty: &'a str,
}

/// Columns that a raw line takes with tabs every `tab` columns; counts no further than `most`.
#[must_use]
pub fn columns_of(text: &str, tab: usize, most: usize) -> usize {
    let mut column = 0;
    for cluster in text.graphemes(true) {
        if column >= most {
            break;
        }
        column += cell_text(cluster, column, tab).1;
    }
    column
}

impl CodeView<'_> {
    /// Columns of the gutter: mark, number, blank.
    #[must_use]
    pub fn gutter(&self) -> u16 {
        let digits = self.len.max(1).ilog10() + 1;
        u16::try_from(digits.max(3)).unwrap_or(3) + 3
    }

    /// Draws the visible lines; `line` gives one by its index from 0. Returns those seen.
    pub fn draw<'r>(
        &self,
        area: Rect,
        theme: &Theme,
        buf: &mut Buffer,
        mut line: impl FnMut(usize) -> CodeLine<'r>,
    ) -> Range<usize> {
        let area = area.intersection(buf.area);
        let height = usize::from(area.height);
        if self.len == 0 {
            let none = List {
                len: 0,
                state: ListState::default(),
                focused: false,
                empty: self.empty,
            };
            return none.draw(area, theme, buf, |_, _| ratatui::text::Line::default());
        }
        let window = self.state.list.window(self.len, height);
        let cursor = self.state.list.settled(self.len, height).selected;
        for (y, index) in (area.top()..area.bottom()).zip(window.clone()) {
            let row = Rect { y, height: 1, ..area };
            let line = line(index);
            self.draw_line(row, theme, buf, (index, &line));
            if line.current {
                wash(buf, row, Scope::CurrentLine, theme);
            }
            if index == cursor && (self.focused || !line.current) {
                let scope = if self.focused {
                    Scope::Selection
                } else {
                    Scope::SelectionUnfocused
                };
                wash(buf, row, scope, theme);
            }
        }
        window
    }

    fn draw_line(&self, row: Rect, theme: &Theme, buf: &mut Buffer, (index, line): (usize, &CodeLine<'_>)) {
        let gutter = self.gutter().min(row.width);
        let number = match line.label {
            Some(label) => label.to_owned(),
            None => (index + 1).to_string(),
        };
        let current = Mark {
            sign: theme.glyphs.current,
            scope: Scope::CurrentLineMark,
        };
        if let Some(mark) = line.mark.or(line.current.then_some(current)) {
            put(buf, (row.x, row.y), gutter, mark.sign, theme.style(mark.scope));
        }
        let scope = if line.current {
            Scope::LineNumberCurrent
        } else {
            Scope::LineNumber
        };
        let number = pad_start(&number, usize::from(gutter.saturating_sub(3)));
        put(
            buf,
            (row.x.saturating_add(2), row.y),
            gutter.saturating_sub(2),
            &number,
            theme.style(scope),
        );
        let text = Rect {
            x: row.x.saturating_add(gutter),
            width: row.width.saturating_sub(gutter),
            ..row
        };
        self.draw_text(text, theme, buf, line);
    }

    /// Walks the clusters of a line and writes those between the left and the right edge.
    fn draw_text(&self, area: Rect, theme: &Theme, buf: &mut Buffer, line: &CodeLine<'_>) {
        let (left, right) = (
            self.state.left,
            self.state.left.saturating_add(usize::from(area.width)),
        );
        let mut styles = Looks::new(line, theme);
        let mut column = 0_usize;
        for (byte, cluster) in line.text.grapheme_indices(true) {
            let (text, wide) = cell_text(cluster, column, self.tab);
            let end = column.saturating_add(wide);
            if end > left && column < right {
                let style = styles.at(byte);
                let x = |column: usize| {
                    area.x
                        .saturating_add(u16::try_from(column - left).unwrap_or(u16::MAX))
                };
                if column >= left {
                    put(
                        buf,
                        (x(column), area.y),
                        area.right().saturating_sub(x(column)),
                        &text,
                        style,
                    );
                } else {
                    // The left edge cuts this cluster: blanks keep the columns in line.
                    put(buf, (area.x, area.y), area.width, &" ".repeat(end - left), style);
                }
            }
            column = end;
            if end > right {
                put_edge(buf, area, area.right().saturating_sub(1), theme);
                break;
            }
        }
        if left > 0 && column > 0 {
            put_edge(buf, area, area.x, theme);
        }
    }
}

/// Gives a whole row a look; text that has a ground of its own, like a match, keeps it.
fn wash(buf: &mut Buffer, row: Rect, scope: Scope, theme: &Theme) {
    let style = theme.style(scope);
    let row_grounds =
        [Scope::Background, Scope::CurrentLine].map(|scope| theme.style(scope).bg.unwrap_or_default());
    for position in row.positions() {
        let Some(cell) = buf.cell_mut(position) else {
            continue;
        };
        let ground = cell.bg;
        cell.set_style(style);
        if ground != Color::Reset && !row_grounds.contains(&ground) {
            cell.set_bg(ground);
        }
    }
}

/// Says that the text goes on beyond an edge.
fn put_edge(buf: &mut Buffer, area: Rect, x: u16, theme: &Theme) {
    if area.width > 0 {
        put(
            buf,
            (x, area.y),
            1,
            theme.glyphs.ellipsis,
            theme.style(Scope::TextDim),
        );
    }
}

/// What stands for a cluster at `column`, and how wide that is.
fn cell_text(cluster: &str, column: usize, tab: usize) -> (std::borrow::Cow<'_, str>, usize) {
    if cluster == "\t" {
        let tab = tab.max(1);
        let wide = tab - column % tab;
        return (" ".repeat(wide).into(), wide);
    }
    let text = visible(cluster);
    let wide = width(&text);
    (text, wide)
}

/// Looks up the style of rising byte positions.
struct Looks<'a> {
    base: Style,
    styles: std::iter::Peekable<std::slice::Iter<'a, StyledRange>>,
    matches: std::iter::Peekable<std::slice::Iter<'a, Range<usize>>>,
    theme: &'a Theme,
}

impl<'a> Looks<'a> {
    fn new(line: &CodeLine<'a>, theme: &'a Theme) -> Self {
        Self {
            base: theme.style(Scope::Syntax),
            styles: line.styles.iter().peekable(),
            matches: line.matches.iter().peekable(),
            theme,
        }
    }

    fn at(&mut self, byte: usize) -> Style {
        while self.styles.next_if(|span| span.range.end <= byte).is_some() {}
        while self.matches.next_if(|range| range.end <= byte).is_some() {}
        let mut style = self.base;
        if let Some(span) = self.styles.peek().filter(|span| span.range.contains(&byte)) {
            style = style.patch(self.theme.style(span.scope));
        }
        if self.matches.peek().is_some_and(|range| range.contains(&byte)) {
            style = style.patch(self.theme.style(Scope::Match));
        }
        style
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn view(len: usize, left: usize) -> CodeView<'static> {
        CodeView {
            len,
            state: CodeState {
                list: ListState::default(),
                left,
            },
            focused: false,
            tab: 4,
            empty: "",
        }
    }

    fn draw(text: &str, left: usize, width: u16) -> (String, Buffer) {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
        let styles = [StyledRange {
            range: 0..4,
            scope: Scope::SyntaxKeyword,
        }];
        view(1, left).draw(buf.area, &Theme::default(), &mut buf, |_| CodeLine {
            text,
            styles: &styles,
            matches: &[5..6, 7..8],
            current: true,
            ..CodeLine::default()
        });
        let shown = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        (shown, buf)
    }

    #[test]
    fn tabs_reach_the_next_stop_and_control_characters_are_shown() {
        assert_eq!(draw("a\tb\x1b[m", 0, 20).0, "▶   1 a   b\\x1b[m   ");
        assert_eq!(columns_of("\ta\tb", 4, 1000), 9);
    }

    #[test]
    fn both_edges_say_that_the_text_goes_on() {
        assert_eq!(draw("0123456789", 0, 12).0, "▶   1 01234…");
        assert_eq!(draw("0123456789", 3, 12).0, "▶   1 …4567…");
        assert_eq!(draw("0123456789", 4, 12).0, "▶   1 …56789");
        assert_eq!(draw("世界世界", 1, 12).0.replace("  ", " "), "▶  1 …界 世 …");
    }

    #[test]
    fn spans_and_matches_meet_at_their_bytes() {
        let theme = Theme::default();
        let (_, buf) = draw("func x()", 0, 20);
        assert_eq!(Some(buf[(6, 0)].fg), theme.style(Scope::SyntaxKeyword).fg);
        assert_eq!(Some(buf[(11, 0)].fg), theme.style(Scope::Match).fg);
        assert_eq!(Some(buf[(12, 0)].fg), theme.style(Scope::Syntax).fg);
        assert_eq!(Some(buf[(12, 0)].bg), theme.style(Scope::CurrentLine).bg);
    }

    #[test]
    fn the_gutter_grows_with_the_file() {
        assert_eq!(
            [1, 999, 1000, 123_456].map(|len| view(len, 0).gutter()),
            [6, 6, 7, 9]
        );
    }

    proptest! {
        #[test]
        fn any_text_at_any_place_is_harmless(text in any::<String>(), left in 0_usize..40, width in 0_u16..30) {
            let (_, buf) = draw(&text, left, width);
            prop_assert!(buf.content().iter().all(|cell| !cell.symbol().contains(char::is_control)));
        }
    }
}
