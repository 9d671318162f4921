//! One folder per pane: what it knows (`state`), how it is drawn (`view`), and what only it needs.

pub mod code;
pub mod details;
pub mod goroutines;
pub mod memory;
pub mod source;
pub mod stack;
pub mod variables;
