//! An address space as a trait.
//!
//! Owns reading: from a core spliced over files, from a live process, from a test's literal. Knows
//! nothing of ELF, Go or types. Every read says how much was readable and never panics; whoever
//! reads decides what partial bytes are worth.

mod error;
mod live;
mod read;
mod spliced;

#[cfg(test)]
pub mod fake;

pub use error::MemError;
pub use live::LiveMemory;
pub use read::{Memory, MemoryExt, Origin};
pub use spliced::{Spliced, SplicedBuilder, StoreId};
