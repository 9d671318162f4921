//! The details pane: registers, threads, memory map, images, process facts and the crash card.

mod rows;
mod state;
mod view;

pub use rows::{Cell, DetailRow, Table, table};
pub use state::Details;
pub use view::{labels, view};
