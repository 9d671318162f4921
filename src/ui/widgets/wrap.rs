//! Text broken into rows at blanks, and a scrolled view of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::put_line;
use super::text::clusters;

/// `line` in rows of at most `columns`: broken at blanks, inside words only when a word alone is
/// too wide.
#[must_use]
pub fn wrap_line(line: &Line<'_>, columns: usize) -> Vec<Line<'static>> {
    let mut rows = Rows::new(columns.max(1));
    for span in &line.spans {
        for (cluster, width) in clusters(&span.content) {
            rows.push(cluster, usize::from(width), line.style.patch(span.style));
        }
    }
    rows.finish()
}

/// Plain text in rows of at most `columns`; its line ends stay line ends.
#[must_use]
pub fn wrap_text(text: &str, columns: usize) -> Vec<String> {
    text.lines()
        .flat_map(|line| wrap_line(&Line::raw(line), columns))
        .map(|line| line.to_string())
        .collect()
}

struct Rows {
    columns: usize,
    done: Vec<Line<'static>>,
    /// Clusters of the row being filled.
    row: Vec<(String, usize, Style)>,
    /// Index in `row` after the last blank.
    word: usize,
    used: usize,
}

impl Rows {
    fn new(columns: usize) -> Self {
        Self {
            columns,
            done: Vec::new(),
            row: Vec::new(),
            word: 0,
            used: 0,
        }
    }

    fn push(&mut self, cluster: &str, width: usize, style: Style) {
        while self.used + width > self.columns && !self.row.is_empty() {
            if cluster == " " {
                // The blank at which a row ends is the row's end.
                self.break_at(self.row.len());
                return;
            }
            self.break_at(if self.word > 0 { self.word } else { self.row.len() });
        }
        self.row.push((cluster.to_owned(), width, style));
        self.used += width;
        if cluster == " " {
            self.word = self.row.len();
        }
    }

    fn break_at(&mut self, at: usize) {
        let rest = self.row.split_off(at);
        let mut full = std::mem::replace(&mut self.row, rest);
        while full.last().is_some_and(|(cluster, ..)| cluster == " ") {
            full.pop();
        }
        self.done.push(join(full));
        self.used = self.row.iter().map(|(_, width, _)| width).sum();
        self.word = 0;
    }

    fn finish(mut self) -> Vec<Line<'static>> {
        if !self.row.is_empty() || self.done.is_empty() {
            self.done.push(join(self.row));
        }
        self.done
    }
}

fn join(clusters: Vec<(String, usize, Style)>) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for (cluster, _, style) in clusters {
        match spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(&cluster),
            _ => spans.push(Span::styled(cluster, style)),
        }
    }
    Line::from(spans)
}

/// Wrapped, scrolled text on one frame. Wrap once per size with [`wrap_line`], then draw.
#[derive(Clone, Copy, Debug)]
pub struct Paragraph<'a> {
    pub rows: &'a [Line<'a>],
    /// First row to show.
    pub offset: usize,
}

impl Paragraph<'_> {
    /// Draws the rows from `offset` on; returns the rows that are seen.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) -> std::ops::Range<usize> {
        let area = area.intersection(buf.area);
        let height = usize::from(area.height);
        let start = self.offset.min(self.rows.len().saturating_sub(height));
        for (y, row) in (area.top()..area.bottom()).zip(self.rows.iter().skip(start)) {
            put_line(buf, (area.x, y), area.width, row);
        }
        start..self.rows.len().min(start.saturating_add(height))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ui::widgets::line_width;

    #[test]
    fn rows_break_at_blanks_and_long_words_anywhere() {
        assert_eq!(
            wrap_text("no locals: frame 3 has no debug information", 18),
            ["no locals: frame 3", "has no debug", "information"]
        );
        assert_eq!(
            wrap_text("github.com/some/long/path x", 10),
            ["github.com", "/some/long", "/path x"]
        );
        assert_eq!(wrap_text("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap_text("世界 世界", 5), ["世界", "世界"]);
    }

    #[test]
    fn styles_survive_wrapping() {
        let line = Line::from(vec![
            Span::raw("plain "),
            Span::styled("bold words", Style::new().bold()),
        ]);
        let rows = wrap_line(&line, 11);
        assert_eq!(rows[0].spans[1], Span::styled("bold", Style::new().bold()));
        assert_eq!(rows[1].spans[0], Span::styled("words", Style::new().bold()));
    }

    proptest! {
        #[test]
        fn rows_fit_and_lose_nothing_but_blanks(text in "[a-c 世]{0,60}", columns in 2_usize..12) {
            let rows = wrap_line(&Line::raw(text.clone()), columns);
            prop_assert!(rows.iter().all(|row| line_width(row) <= columns));
            let solid = |text: String| text.replace(' ', "");
            prop_assert_eq!(solid(rows.iter().map(ToString::to_string).collect()), solid(text));
        }
    }
}
