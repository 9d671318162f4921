//! Replies as text: `goroutines` and `stack` read like Delve's, the rest like tools of this field.
//!
//! One file per family of commands. All text from the target goes through [`Page::show`].

mod checks;
mod code;
mod cores;
mod failure;
mod goroutines;
mod help;
mod live;
mod memory;
mod place;
mod process;
mod replies;
mod report;
mod source;
mod stack;
mod types;
mod variables;

pub(super) use checks::write_checks;
pub(super) use cores::write_cores;
pub(super) use failure::write_warning;
pub use failure::{write_complaint, write_failure};
pub use live::write_release;
pub(super) use process::size;
pub use replies::write_reply;
