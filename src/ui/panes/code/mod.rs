//! Instructions in the place of the source, below it, or mixed with it.
//!
//! `state` is what is shown and where the cursor is, `rows` makes rows of instructions and lines,
//! `arcs` draws where jumps lead, `view` puts it all on the screen.

mod arcs;
mod rows;
mod state;
mod view;

pub use arcs::{Arc, Gutter, Piece};
pub use rows::{Listing, Row};
pub use state::{Asked, CodeMode, CodePane, Jump};
pub use view::{labels, row_text, view};
