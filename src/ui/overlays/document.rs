//! Long text: lines of runs, cut into rows once per width, however long it is.
//!
//! Knows nothing of what the text says. All text is made visible as it comes in.

use std::ops::Range;
use std::sync::Arc;

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::base::visible;
use crate::ui::text::holds;
use crate::ui::theme::{Scope, Theme};
use crate::ui::widgets::width;

const TAB: &str = "    ";

/// One line: its text, and what the parts of it are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocLine {
    text: String,
    /// Ends of the parts in `text`, rising.
    parts: Vec<(usize, Scope)>,
}

/// A part of a line that fits the width.
#[derive(Clone, Copy, Debug)]
struct Row {
    line: usize,
    from: usize,
    to: usize,
}

/// A text and its rows. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Document {
    lines: Arc<[DocLine]>,
    rows: Arc<[Row]>,
    /// What `rows` were made for; 0 for nothing yet.
    columns: usize,
}

impl DocLine {
    #[must_use]
    pub fn of(text: &str, scope: Scope) -> Self {
        let mut line = Self::default();
        line.push(text, scope);
        line
    }

    /// Appends text of the target or of this program.
    pub fn push(&mut self, text: &str, scope: Scope) {
        self.text.push_str(&visible(&text.replace('\t', TAB)));
        self.parts.push((self.text.len(), scope));
    }

    /// The same as a chain.
    #[must_use]
    pub fn with(mut self, text: &str, scope: Scope) -> Self {
        self.push(text, scope);
        self
    }

    /// Columns that it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        width(&self.text)
    }

    /// Blanks up to a column, one at least.
    #[must_use]
    pub fn tab(mut self, column: usize) -> Self {
        let blanks = column.saturating_sub(self.width()).max(1);
        self.push(&" ".repeat(blanks), Scope::Text);
        self
    }
}

impl Document {
    #[must_use]
    pub fn new(lines: Vec<DocLine>) -> Self {
        Self {
            lines: lines.into(),
            ..Self::default()
        }
    }

    /// A line for each line of `text`.
    #[must_use]
    pub fn of_text(text: &str, scope: Scope) -> Self {
        Self::new(text.split('\n').map(|line| DocLine::of(line, scope)).collect())
    }

    /// Cuts the lines to `columns`, unless that is so already.
    pub fn fit(&mut self, columns: usize) {
        let columns = columns.max(1);
        if self.columns == columns {
            return;
        }
        let mut rows = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.iter().enumerate() {
            let cut = |range: Range<usize>| Row {
                line: index,
                from: range.start,
                to: range.end,
            };
            rows.extend(cuts(&line.text, columns).into_iter().map(cut));
        }
        self.rows = rows.into();
        self.columns = columns;
    }

    /// Rows at the width it was fitted to.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A row, with what a search found in it marked.
    #[must_use]
    pub fn row(&self, index: usize, found: &str, theme: &Theme) -> Line<'static> {
        let Some(row) = self.rows.get(index) else {
            return Line::default();
        };
        let Some(line) = self.lines.get(row.line) else {
            return Line::default();
        };
        let marks = crate::ui::panes::source::matches(&line.text, found, false);
        let mut spans = Vec::new();
        let mut start = row.from;
        // Cut wherever a part or a mark ends.
        let ends = line.parts.iter().map(|(end, _)| *end);
        let mut edges: Vec<usize> = ends
            .chain(marks.iter().flat_map(|mark| [mark.start, mark.end]))
            .filter(|edge| (row.from..row.to).contains(edge))
            .chain([row.to])
            .collect();
        edges.sort_unstable();
        for edge in edges {
            let scope = line.parts.iter().find(|(end, _)| start < *end);
            let mut style = theme.style(scope.map_or(Scope::Text, |(_, scope)| *scope));
            if marks.iter().any(|mark| mark.contains(&start)) {
                style = style.patch(theme.style(Scope::Match));
            }
            let text = line.text.get(start..edge).unwrap_or_default();
            if !text.is_empty() {
                spans.push(Span::styled(text.to_owned(), style));
            }
            start = edge.max(start);
        }
        Line::from(spans)
    }

    /// The row after `from`, or with `back` before it, whose line holds `needle`; wraps.
    #[must_use]
    pub fn find(&self, needle: &str, from: usize, back: bool) -> Option<usize> {
        let needle = needle.to_lowercase();
        let total = self.rows.len();
        let step = |by: usize| {
            let by = if back { total.saturating_sub(by) } else { by };
            from.saturating_add(by).checked_rem(total)
        };
        (1..=total).filter_map(step).find(|index| {
            let Some(row) = self.rows.get(*index) else {
                return false;
            };
            let text = self.lines.get(row.line).map(|line| line.text.as_str());
            let begins = row.from == 0;
            !needle.is_empty() && begins && text.is_some_and(|text| holds(text, &needle))
        })
    }

    /// Its first `kept` lines, and others after them.
    #[must_use]
    pub fn followed_by(&self, kept: usize, lines: Vec<DocLine>) -> Self {
        let first = self.lines.iter().take(kept).cloned();
        Self::new(first.chain(lines).collect())
    }

    #[must_use]
    pub fn plain(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n")
    }
}

/// Where a line is cut so that each piece fits: after a blank when one is near the end.
fn cuts(text: &str, columns: usize) -> Vec<Range<usize>> {
    if text.len() <= columns {
        // No character is wider than its bytes are many.
        return std::iter::once(0..text.len()).collect();
    }
    let mut pieces = Vec::new();
    let (mut start, mut used, mut blank) = (0, 0, None);
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = width(cluster);
        if used + wide > columns && at > start {
            let end = match blank {
                Some((end, column)) if column * 2 > columns => end,
                _ => at,
            };
            pieces.push(start..end);
            start = end;
            used = width(text.get(start..at).unwrap_or_default());
            blank = None;
        }
        used += wide;
        if cluster == " " {
            blank = Some((at + 1, used));
        }
    }
    pieces.push(start..text.len());
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_cut_at_blanks_where_one_is_near() {
        let mut text = Document::of_text("one two three\n\nlonglonglonglong", Scope::Text);
        text.fit(8);
        let rows: Vec<String> = (0..text.len())
            .map(|row| text.row(row, "", &Theme::default()).to_string())
            .collect();
        assert_eq!(rows, ["one two ", "three", "", "longlong", "longlong"]);
        assert_eq!(text.find("THREE", 2, false), Some(0));
        assert_eq!(text.find("long", 0, true), Some(3));
        assert_eq!(text.find("absent", 0, false), None);
    }

    #[test]
    fn parts_keep_their_look_and_what_is_found_is_marked() {
        let theme = Theme::default();
        let mut text = Document::new(vec![
            DocLine::of("count ", Scope::RoleName).with("= 12\u{1b}", Scope::RoleNumber),
        ]);
        text.fit(80);
        let line = text.row(0, "t = 1", &theme);
        assert_eq!(line.to_string(), "count = 12\\x1b");
        let marked: String = line
            .spans
            .iter()
            .filter(|span| span.style.add_modifier == theme.style(Scope::Match).add_modifier)
            .map(|span| span.content.as_ref())
            .collect();
        assert!(marked.contains("t = 1"), "{line:?}");
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_nothing_is_lost(text in "\\PC{0,60}", columns in 2_usize..20) {
            let line = DocLine::of(&text, Scope::Text);
            let mut document = Document::new(vec![line]);
            document.fit(columns);
            let rows: Vec<String> = (0..document.len())
                .map(|row| document.row(row, "", &Theme::default()).to_string())
                .collect();
            // One cluster of many marks may be wider than the screen; it cannot be cut.
            let fits = |row: &String| width(row) <= columns || row.graphemes(true).count() == 1;
            prop_assert!(rows.iter().all(fits), "{rows:?}");
            prop_assert_eq!(rows.concat(), document.plain());
        }
    }
}
