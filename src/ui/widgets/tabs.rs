//! Tabs in one line: `Locals · Args · Globals`.

use ratatui::text::{Line, Span};

use super::width;
use crate::ui::theme::{Scope, Theme};

/// Tabs on one frame.
#[derive(Clone, Copy, Debug)]
pub struct Tabs<'a> {
    pub titles: &'a [&'a str],
    pub active: usize,
}

/// Columns between two titles.
const GAP: usize = 3;

impl Tabs<'_> {
    /// The tabs that fit into `columns`, as a line: all, or as many around the active one as fit.
    #[must_use]
    pub fn line(&self, columns: usize, theme: &Theme) -> Line<'static> {
        let mut spans = Vec::new();
        for index in self.shown(columns) {
            if !spans.is_empty() {
                let separator = format!(" {} ", theme.glyphs.separator);
                spans.push(Span::styled(separator, theme.style(Scope::Border)));
            }
            let scope = if index == self.active {
                Scope::TabActive
            } else {
                Scope::Tab
            };
            let title = self.titles.get(index).copied().unwrap_or_default();
            spans.push(Span::styled(title.to_owned(), theme.style(scope)));
        }
        Line::from(spans)
    }

    /// The tab at column `x` of [`Self::line`].
    #[must_use]
    pub fn at(&self, x: usize, columns: usize) -> Option<usize> {
        let mut start = 0;
        for index in self.shown(columns) {
            let end = start + self.title_width(index);
            if (start..end).contains(&x) {
                return Some(index);
            }
            start = end + GAP;
        }
        None
    }

    fn title_width(&self, index: usize) -> usize {
        self.titles.get(index).map_or(0, |title| width(title))
    }

    /// Indexes of the tabs that fit, the active one always among them.
    fn shown(&self, columns: usize) -> std::ops::Range<usize> {
        let active = self.active.min(self.titles.len().saturating_sub(1));
        let (mut start, mut end) = (active, self.titles.len().min(active + 1));
        let mut used = self.title_width(active);
        loop {
            let after = (end < self.titles.len()).then(|| used + GAP + self.title_width(end));
            let before = start.checked_sub(1).map(|at| used + GAP + self.title_width(at));
            match (after, before) {
                (_, Some(wide)) if wide <= columns => (start, used) = (start - 1, wide),
                (Some(wide), _) if wide <= columns => (end, used) = (end + 1, wide),
                _ => return start..end,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABS: Tabs<'static> = Tabs {
        titles: &["Locals", "Args", "Globals", "Registers"],
        active: 2,
    };

    #[test]
    fn the_active_tab_is_always_shown() {
        let theme = Theme::default();
        assert_eq!(
            TABS.line(80, &theme).to_string(),
            "Locals · Args · Globals · Registers"
        );
        assert_eq!(TABS.line(25, &theme).to_string(), "Locals · Args · Globals");
        assert_eq!(TABS.line(3, &theme).to_string(), "Globals");
        assert_eq!(
            Tabs {
                titles: &[],
                active: 3
            }
            .line(9, &theme)
            .to_string(),
            ""
        );
    }

    #[test]
    fn a_click_finds_its_tab() {
        assert_eq!(
            [0, 5, 6, 9, 16, 99].map(|x| TABS.at(x, 80)),
            [Some(0), Some(0), None, Some(1), Some(2), None]
        );
    }
}
