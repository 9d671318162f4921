//! Writing a core of a running process.
//!
//! ```text
//!   DumpFile::create   before anybody is stopped: is the place good, is there room?
//!       .copy          while the process stands still, or from its frozen child: notes and memory
//!       .finish        the process runs again: what is known only now, fsync, the name
//! ```
//!
//! Stops nothing and traces nothing: whoever calls holds the process, or a copy-on-write child of
//! it, still. Needs only the right to read its memory, so it works from any thread. Never reads a
//! page that the process never touched, since that would give it the page.

mod clock;
mod copy;
mod failure;
mod file;
mod name;
mod notes;
mod plan;
mod progress;
mod provenance;
mod sink;
mod unread;
mod walk;

pub(in crate::target) use clock::Utc;
pub use file::{CopiedDump, DumpEnd, DumpFile, DumpSource, write_dump};
pub use name::default_name;
