//! Where a scrolled thing stands: which row is selected, which rows are seen, where the thumb is.
//!
//! All arithmetic of scrolling is here, so that updating (which remembers) and viewing (which only
//! looks) cannot disagree.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::ui::theme::{Scope, Theme};

/// Selection and first visible row of a list. Plain data: keep it, copy it, compare it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    pub selected: usize,
    pub offset: usize,
}

impl ListState {
    /// The state with the selection inside the list and inside the rows that are seen.
    ///
    /// Rows around the selection stay in sight where there is room, and no blank rows are shown
    /// below the end while rows are hidden above. Idempotent.
    #[must_use]
    pub fn settled(self, len: usize, height: usize) -> Self {
        let selected = self.selected.min(len.saturating_sub(1));
        if height == 0 {
            return Self { selected, ..self };
        }
        let margin = 2.min(height.saturating_sub(1) / 3);
        let highest = selected.saturating_sub(margin);
        let lowest = (selected + margin + 1).saturating_sub(height);
        let offset = self
            .offset
            .clamp(lowest, highest.max(lowest))
            .min(len.saturating_sub(height));
        Self { selected, offset }
    }

    /// The rows that are seen.
    #[must_use]
    pub fn window(self, len: usize, height: usize) -> Range<usize> {
        let offset = self.settled(len, height).offset;
        offset..len.min(offset.saturating_add(height))
    }

    /// Selects the row `by` rows away, stopping at both ends.
    #[must_use]
    pub fn moved(self, by: isize, len: usize, height: usize) -> Self {
        self.select(self.selected.saturating_add_signed(by), len, height)
    }

    /// Selects row `index`, or the last.
    #[must_use]
    pub fn select(self, index: usize, len: usize, height: usize) -> Self {
        Self {
            selected: index,
            ..self
        }
        .settled(len, height)
    }

    /// Moves the view, as a mouse wheel does; the selection follows only when it would get lost.
    #[must_use]
    pub fn scrolled(self, by: isize, len: usize, height: usize) -> Self {
        let offset = self
            .offset
            .saturating_add_signed(by)
            .min(len.saturating_sub(height));
        let margin = 2.min(height.saturating_sub(1) / 3);
        let top = if offset == 0 { 0 } else { offset + margin };
        let end = if offset + height >= len {
            len
        } else {
            (offset + height).saturating_sub(margin)
        };
        let selected = self.selected.clamp(top, end.saturating_sub(1).max(top));
        Self { selected, offset }.settled(len, height)
    }

    /// The same selection after the height changed: it keeps its distance from the top.
    #[must_use]
    pub fn resized(self, len: usize, height: usize) -> Self {
        let distance = self
            .selected
            .saturating_sub(self.offset)
            .min(height.saturating_sub(1));
        Self {
            offset: self.selected.saturating_sub(distance),
            ..self
        }
        .settled(len, height)
    }

    /// Puts the selected row in the middle.
    #[must_use]
    pub fn centred(self, len: usize, height: usize) -> Self {
        Self {
            offset: self.selected.saturating_sub(height / 2),
            ..self
        }
        .settled(len, height)
    }

    /// Index of the row that is drawn `line` rows below the top, for the mouse.
    #[must_use]
    pub fn row_at(self, line: usize, len: usize, height: usize) -> Option<usize> {
        let window = self.window(len, height);
        window
            .start
            .checked_add(line)
            .filter(|index| window.contains(index))
    }
}

/// Rows `start..end` of a rail of `height` rows that the thumb covers; `None` when all is seen.
#[must_use]
pub fn thumb(window: &Range<usize>, len: usize, height: u16) -> Option<Range<u16>> {
    let seen = window.len();
    if seen >= len || height == 0 {
        return None;
    }
    let rows = u64::from(height);
    let (len, seen, start) = (len as u64, seen as u64, window.start as u64);
    let size = (u128::from(rows) * u128::from(seen) / u128::from(len)).max(1);
    let free = u128::from(rows) - size;
    let hidden = u128::from(len - seen);
    let mut top = u128::from(start) * free / hidden;
    // Only the very ends touch the ends of the rail, so that "there is more" is never hidden.
    if free >= 2 {
        if start > 0 {
            top = top.max(1);
        }
        if u128::from(start) < hidden {
            top = top.min(free - 1);
        }
    }
    let cut = |value: u128| u16::try_from(value).unwrap_or(height);
    Some(cut(top)..cut(top + size))
}

/// Draws the thumb of a scrollbar into a column, over the frame that is its rail; nothing when all
/// rows are seen.
pub fn draw_scrollbar(buf: &mut Buffer, column: Rect, window: &Range<usize>, len: usize, theme: &Theme) {
    let Some(thumb) = thumb(window, len, column.height) else {
        return;
    };
    for row in thumb {
        let at = (column.x, column.y.saturating_add(row));
        put(
            buf,
            at,
            column.width.min(1),
            theme.glyphs.scroll_thumb,
            theme.style(Scope::Scrollbar),
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_thumb_touches_the_ends_only_at_the_ends() {
        assert_eq!(thumb(&(0..10), 100, 10), Some(0..1));
        assert_eq!(thumb(&(1..11), 100, 10), Some(1..2));
        assert_eq!(thumb(&(89..99), 100, 10), Some(8..9));
        assert_eq!(thumb(&(90..100), 100, 10), Some(9..10));
        assert_eq!(thumb(&(0..10), 10, 10), None);
    }

    #[test]
    fn resizing_keeps_the_distance_from_the_top() {
        let state = ListState {
            selected: 50,
            offset: 45,
        };
        assert_eq!(state.resized(100, 30).offset, 45);
        assert_eq!(state.resized(100, 3).offset, 48);
    }

    #[test]
    fn the_wheel_moves_the_view_and_drags_the_selection_only_at_the_edge() {
        let state = ListState {
            selected: 5,
            offset: 0,
        };
        assert_eq!(
            state.scrolled(3, 100, 10),
            ListState {
                selected: 5,
                offset: 3
            }
        );
        assert_eq!(
            state.scrolled(20, 100, 10),
            ListState {
                selected: 22,
                offset: 20
            }
        );
        assert_eq!(state.scrolled(20, 100, 10).scrolled(-20, 100, 10).offset, 0);
    }

    proptest! {
        #[test]
        fn the_selection_is_always_seen_and_nothing_is_wasted(
            selected in 0_usize..60, offset in 0_usize..60, len in 0_usize..50, height in 0_usize..20, by in -40_isize..40
        ) {
            let start = ListState { selected, offset };
            for state in [start.settled(len, height), start.moved(by, len, height), start.scrolled(by, len, height),
                          start.resized(len, height), start.centred(len, height)] {
                let window = state.window(len, height);
                prop_assert_eq!(window.len(), len.min(height));
                prop_assert!(len == 0 || height == 0 || window.contains(&state.selected), "{:?} {:?}", state, window);
                prop_assert_eq!(state.settled(len, height), state);
            }
        }

        #[test]
        fn the_thumb_stays_on_its_rail(start in 0_usize..1000, seen in 0_usize..100, more in 0_usize..1000, height in 0_u16..60) {
            if let Some(thumb) = thumb(&(start..start + seen), start + seen + more, height) {
                prop_assert!(thumb.start < thumb.end && thumb.end <= height);
            }
        }
    }
}
