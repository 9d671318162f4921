//! Why a Go program died: the thread that took it down, its chain of panics, its last words.
//!
//! Reads what the runtime noted while dying; the signals that it met are found by unwinding and
//! handed in. Works on stripped binaries.

mod backlog;
mod chain;
mod facts;
mod reason;
mod value;

pub use facts::{CrashFacts, PanicSignal, Throwing};
pub use reason::reason;
