//! The source pane: one file, the frame's line marked, search and sideways scrolling.

mod state;
mod view;

pub use state::{SourcePane, matches};
pub use view::{labels, view};
