//! The memory tab: bytes or words of any address, with the names of what lies there.
//!
//! It shares its pane with the registers. `grid` is the arithmetic of rows and columns, `cache`
//! what was read, `state` where the cursor is and has been, `view` how it looks.

mod cache;
mod grid;
mod state;
mod view;

pub use cache::{Cache, Cell};
pub use grid::{Grid, Unit};
pub use state::{Memory, Spot};
pub use view::{label, row_text, view};
