//! The command line: grammar, meaning as data, and what is started by it.
//!
//! `args` is the grammar, `invocation` turns arguments into plain data without looking at any
//! file, `run` does what they say. The only place that decides exit codes.

mod args;
mod docs;
mod interrupt;
mod invocation;
mod machine;
mod resolve;
mod run;
mod screen;

pub use docs::{commands_table, man_page};
pub use invocation::{CoreFiles, Invocation, Process, SessionArgs, Stop, Subject, parse};
pub use run::main;
