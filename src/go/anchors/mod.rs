//! The runtime's global variables without symbols: read off the code that uses them.
//!
//! A few small runtime functions touch exactly the globals that are needed here. Their
//! instructions are decoded and the addresses they name are taken, if they lie in writable memory
//! and if what is there makes sense. The same for Go 1.19 to 1.27, PIE, cgo and race builds.

mod decode;
mod found;
mod rules;

pub use found::{Anchors, Surroundings};
