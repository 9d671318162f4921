//! The goroutine pane: a virtual list over an index vector, flat or grouped.
//!
//! Owns order, filter and groups of the list and how its rows look. Selecting a goroutine is the
//! cascade's matter ([`crate::ui::app`]), not this pane's.

mod filter;
mod groups;
mod state;
mod view;

pub use filter::{FIELDS, Filter};
pub use groups::{GroupRow, GroupRows};
pub use state::{Goroutines, SORTS, location_name, next_location};
pub use view::{labels, view};
