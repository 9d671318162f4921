//! Data that a pane shows and that may not be there yet.

use crate::model::Failure;

/// What a pane knows of its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loadable<T> {
    /// Nobody asked for it.
    #[default]
    Empty,
    /// Asked for at this time, in milliseconds of the interface's clock.
    Loading {
        since: u64,
    },
    Ready(T),
    Failed(Failure),
}

impl<T> Loadable<T> {
    #[must_use]
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }

    pub fn ready_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    #[must_use]
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }

    /// Whether someone should ask for it: never asked, or asked in vain.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        matches!(self, Self::Empty | Self::Failed(_))
    }
}
