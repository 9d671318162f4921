//! The keys that are valid now, in one line that drops the least important ones first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{fill, put_line, width};
use crate::ui::theme::{Scope, Theme};

/// One key and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint<'a> {
    pub keys: &'a str,
    pub label: &'a str,
    /// Higher stays longer.
    pub importance: u8,
    /// Drawn as impossible when false.
    pub enabled: bool,
}

/// A line of hints on one frame.
#[derive(Clone, Copy, Debug)]
pub struct Hints<'a>(pub &'a [Hint<'a>]);

/// Columns between two hints.
const GAP: usize = 2;

/// Indexes of the hints that fit into `columns`, in their order.
#[must_use]
pub fn fit_hints(hints: &[Hint<'_>], columns: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..hints.len()).collect();
    order.sort_by_key(|at| hints.get(*at).map(|hint| u8::MAX - hint.importance));
    let mut left = columns.saturating_add(GAP);
    let mut kept: Vec<usize> = order
        .into_iter()
        .filter(|at| {
            let need = hints
                .get(*at)
                .map_or(usize::MAX, |hint| width(hint.keys) + 1 + width(hint.label) + GAP);
            let fits = need <= left;
            if fits {
                left -= need;
            }
            fits
        })
        .collect();
    kept.sort_unstable();
    kept
}

impl Hints<'_> {
    /// The hints that fit, as a line.
    #[must_use]
    pub fn line(&self, columns: usize, theme: &Theme) -> Line<'static> {
        let mut spans = Vec::new();
        for hint in fit_hints(self.0, columns)
            .into_iter()
            .filter_map(|at| self.0.get(at))
        {
            if !spans.is_empty() {
                spans.push(Span::raw(" ".repeat(GAP)));
            }
            let (key, label) = if hint.enabled {
                (Scope::FooterKey, Scope::FooterHint)
            } else {
                (Scope::FooterDisabled, Scope::FooterDisabled)
            };
            spans.push(Span::styled(hint.keys.to_owned(), theme.style(key)));
            spans.push(Span::styled(format!(" {}", hint.label), theme.style(label)));
        }
        Line::from(spans)
    }

    /// Draws them over a whole row.
    pub fn draw(&self, area: Rect, theme: &Theme, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        fill(
            buf,
            area,
            theme.style(Scope::Background).patch(theme.style(Scope::Footer)),
        );
        let line = self.line(usize::from(area.width.saturating_sub(2)), theme);
        put_line(
            buf,
            (area.x.saturating_add(1), area.y),
            area.width.saturating_sub(1),
            &line,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(keys: &'static str, label: &'static str, importance: u8) -> Hint<'static> {
        Hint {
            keys,
            label,
            importance,
            enabled: true,
        }
    }

    #[test]
    fn the_least_important_hints_go_first_and_the_order_stays() {
        let hints = [
            hint("Enter", "open", 9),
            hint("s", "sort", 1),
            hint("?", "help", 10),
        ];
        let fit = |columns| Hints(&hints).line(columns, &Theme::default()).to_string();
        assert_eq!(fit(40), "Enter open  s sort  ? help");
        assert_eq!(fit(25), "Enter open  ? help");
        assert_eq!(fit(10), "? help");
        assert_eq!(fit(3), "");
    }
}
