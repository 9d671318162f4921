//! The variables pane: locals, arguments and globals as trees that load as they are opened.

mod state;
mod tree;
mod view;
mod watches;

pub use state::{Branch, FrameVariables, NodeKey, Variables};
pub use tree::{Node, NodeId, Tree, TreeId, TreeRow, Wanted, can_open};
pub use view::{Look, caret_line, draw_tree, head_rows, labels, view};
pub use watches::Watches;
