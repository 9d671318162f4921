//! The stack pane: frames of one goroutine or thread, fetched in pages, runtime frames folded.

mod state;
mod view;

pub use state::{PAGE, StackPane};
pub use view::{frame_label, labels, view};
