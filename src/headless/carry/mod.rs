//! How each command is carried out: which questions it takes, and what of the answers it keeps.
//!
//! One file per family of commands, each an `impl` of [`super::Console`]. No text is made here.

mod code;
mod expressions;
mod goroutines;
mod look;
mod names;
mod process;
mod report;
mod source;
mod stack;
mod variables;

pub(super) use process::help;
