//! ELF as bytes: executables, shared libraries and cores. No meaning, no Go, no process.

mod build_id;
mod error;
mod file;

pub use build_id::BuildId;
pub use error::ElfError;
pub use file::{ElfFile, ElfKind, Section, Segment, Symbol};
