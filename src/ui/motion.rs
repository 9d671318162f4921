//! Movements of a cursor in a list of any length.

use super::widgets::ListState;

/// A movement of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    First,
    Last,
}

impl Motion {
    /// The state after this movement in a list of `len` rows of which `height` are shown.
    #[must_use]
    pub fn apply(self, state: ListState, len: usize, height: usize) -> ListState {
        let page = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(isize::MAX);
        let half = isize::try_from((height / 2).max(1)).unwrap_or(isize::MAX);
        match self {
            Self::Up => state.moved(-1, len, height),
            Self::Down => state.moved(1, len, height),
            Self::PageUp => state.moved(-page, len, height),
            Self::PageDown => state.moved(page, len, height),
            Self::HalfUp => state.moved(-half, len, height),
            Self::HalfDown => state.moved(half, len, height),
            Self::First => state.select(0, len, height),
            Self::Last => state.select(usize::MAX, len, height),
        }
    }
}

/// The state with `row` selected, in the middle of the window when it was out of sight.
#[must_use]
pub fn reveal(state: ListState, row: usize, len: usize, height: usize) -> ListState {
    let seen = state.offset <= row && row < state.offset.saturating_add(height);
    let chosen = state.select(row, len, height);
    if seen { chosen } else { chosen.centred(len, height) }
}
