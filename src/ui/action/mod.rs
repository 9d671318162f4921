//! Everything the user can mean, in one table.
//!
//! A row of [`ACTIONS`] is a name, a line of help, default keys, the panes in which it means
//! something, what it needs, and the function that does it. The keymap, the footer, `?` help, the
//! palette, `:` completion and the README's table of keys are all made from these rows.

mod docs;
mod kinds;
mod run;
mod table;

pub use docs::key_table;
pub use kinds::{Action, Group, Needs, Panes, find, perform};
pub use run::quit;
pub use table::ACTIONS;
