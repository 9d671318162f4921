//! ELF as bytes: executables, shared libraries and cores. No meaning, no Go, no process.
//!
//! [`ElfFile`] is a file that the linker wrote, [`CoreFile`] one that a crash left behind. Both are
//! taken apart with [`crate::base::Cursor`]; damage is left out and told, never believed.

mod build_id;
mod core_notes;
mod core_problem;
mod core_read;
mod core_write;
mod debug_links;
mod error;
mod file;
mod header;
mod note_reader;
mod note_writer;
mod notes;
mod provenance;
mod sections;
mod symbols;
#[cfg(test)]
pub(crate) mod synth;
mod xstate;

pub use build_id::BuildId;
pub use core_notes::{CoreNotes, ThreadNotes, ThreadRegisters};
pub use core_problem::CoreProblem;
pub use core_read::{CoreFile, CoreSegment, CoreWriter};
pub use core_write::{CorePlan, PlannedSegment};
pub use debug_links::{AltLink, DebugLink, crc32};
pub use error::{ElfError, kind_name};
pub use file::{ElfFile, ElfKind, Section, Segment};
pub use note_reader::{Note, NoteReader};
pub use note_writer::NoteWriter;
pub use notes::{DelveThread, FileMapping, FileNote, NamedRegister, PrPsInfo, PrStatus, SigInfo};
pub use provenance::{PROVENANCE_OWNER, PROVENANCE_TYPE, Provenance};
pub use symbols::Symbol;
pub use xstate::{VectorState, portable_xsave};
