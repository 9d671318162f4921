//! The variables pane: locals, arguments and globals as trees that load as they are opened.

mod state;
mod tree;
mod view;

pub use state::{Branch, FrameVariables, NodeKey, Variables};
pub use tree::{Node, NodeId, Tree, TreeRow, can_open};
pub use view::{labels, view};
