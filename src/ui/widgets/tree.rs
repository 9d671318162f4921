//! A tree as a list of its visible rows, which the caller has flattened.
//!
//! ```text
//!   ▾ o  *main.Order          depth 0, open
//!   │ ▸ Items  []main.Item    depth 1, closed
//!   │   ID     int            depth 1, leaf
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::List;
use crate::ui::theme::{Scope, Theme};

/// Whether a row can be unfolded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    #[default]
    Leaf,
    Closed,
    Open,
    /// Its children are on their way; the number is the caller's tick.
    Loading(usize),
}

/// One visible row.
#[derive(Clone, Debug, Default)]
pub struct TreeRow<'a> {
    pub depth: usize,
    pub fold: Fold,
    pub content: Line<'a>,
}

/// A tree on one frame: a list whose rows carry guides and fold signs.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a>(pub List<'a>);

impl Tree<'_> {
    /// Columns that guides and sign take at `depth`.
    #[must_use]
    pub fn indent(depth: usize) -> usize {
        depth.min(MAX_DEPTH) * 2 + 2
    }

    /// Draws the visible rows; `row` makes one from its index and the columns of the whole row.
    pub fn draw<'r>(
        &self,
        area: Rect,
        theme: &Theme,
        buf: &mut Buffer,
        mut row: impl FnMut(usize, u16) -> TreeRow<'r>,
    ) -> Range<usize> {
        self.0.draw(area, theme, buf, |index, columns| {
            let row = row(index, columns);
            let mut spans = prefix(row.depth, row.fold, theme);
            spans.extend(row.content.spans);
            Line::from(spans).style(row.content.style)
        })
    }
}

/// Depth from which on rows are not indented further.
const MAX_DEPTH: usize = 24;

fn prefix<'a>(depth: usize, fold: Fold, theme: &Theme) -> Vec<Span<'a>> {
    let guide = format!("{} ", theme.glyphs.tree_guide).repeat(depth.min(MAX_DEPTH));
    let sign = match fold {
        Fold::Leaf => " ",
        Fold::Closed => theme.glyphs.folded,
        Fold::Open => theme.glyphs.unfolded,
        Fold::Loading(tick) => theme.glyphs.spin(tick),
    };
    vec![
        Span::styled(guide, theme.style(Scope::TreeGuide)),
        Span::styled(format!("{sign} "), theme.style(Scope::TreeFold)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::ListState;

    #[test]
    fn guides_and_signs_show_depth_and_state() {
        let rows = [
            (0, Fold::Open, "o"),
            (1, Fold::Closed, "Items"),
            (1, Fold::Leaf, "ID"),
            (90, Fold::Leaf, "deep"),
        ];
        let tree = Tree(List {
            len: 4,
            state: ListState::default(),
            focused: false,
            empty: "",
        });
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 3));
        tree.draw(buf.area, &Theme::default(), &mut buf, |index, _| {
            let (depth, fold, text) = rows[index];
            TreeRow {
                depth,
                fold,
                content: Line::raw(text),
            }
        });
        assert_eq!(buf, {
            let mut want = buf.clone();
            for (y, text) in [" ▾ o", " │ ▸ Items", " │   ID"].iter().enumerate() {
                for (x, sign) in text.chars().enumerate() {
                    want[(x as u16, y as u16)].set_char(sign);
                }
            }
            want
        });
        assert_eq!(Tree::indent(1), 4);
    }
}
