//! What can be wrong with a core that is still worth opening.

use std::fmt;

use crate::base::{Addr, Tid};

/// One fault of a core and what was done about it. Prints as a sentence without full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreProblem {
    /// The table of program headers lies, in part, outside the file.
    ProgramHeadersLost {
        got: u64,
        promised: u64,
    },
    /// The file header points elsewhere; the usual place was used.
    ProgramHeadersMoved {
        offset: u64,
    },
    ProgramHeaderSize(u64),
    /// Offset and size of a segment name a place that no file has.
    WildSegment {
        index: usize,
    },
    Overlap {
        count: usize,
        first: Addr,
    },
    /// No PT_NOTE, or none of its bytes.
    NoNotes,
    NoThreads,
    /// Bytes between notes that were no notes.
    NotesSkipped {
        bytes: u64,
    },
    /// The notes go on beyond the end of the file or the budget.
    NotesCut {
        present: u64,
        promised: u64,
    },
    BadNote {
        what: &'static str,
        offset: usize,
        why: String,
    },
    FilesLost {
        count: u64,
    },
    /// `tid` is the lowest of those recorded more than once.
    DuplicateThreads {
        threads: usize,
        tid: Tid,
        times: usize,
    },
    TooManyThreads {
        limit: usize,
    },
}

impl fmt::Display for CoreProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProgramHeadersLost { got, promised } => {
                write!(
                    f,
                    "only {got} of {promised} program headers could be read: the rest of memory is unknown"
                )
            }
            Self::ProgramHeadersMoved { offset } => write!(
                f,
                "the program header offset {offset:#x} is wrong; the table at 0x40 was used"
            ),
            Self::ProgramHeaderSize(size) => {
                write!(f, "program headers of {size} bytes; read as 56 bytes each")
            }
            Self::WildSegment { index } => {
                write!(
                    f,
                    "program header {index} names a place that no file has; its contents are missing"
                )
            }
            Self::Overlap { count, first } => write!(
                f,
                "{count} memory segments overlap earlier ones, first at {first}; the earlier segment was believed"
            ),
            Self::NoNotes => f.write_str("no notes: threads, registers and file names are missing"),
            Self::NoThreads => f.write_str("the core holds no thread: there are no registers"),
            Self::NotesSkipped { bytes } => {
                write!(
                    f,
                    "{bytes} bytes of damaged notes were passed over; a thread or the file list may be missing"
                )
            }
            Self::NotesCut { present, promised } => {
                write!(
                    f,
                    "only {present} of {promised} bytes of notes could be read; threads may be missing"
                )
            }
            Self::BadNote { what, offset, why } => {
                write!(
                    f,
                    "the {what} note at offset {offset:#x} of the notes cannot be read: {why}"
                )
            }
            Self::FilesLost { count } => write!(f, "{count} entries of the list of mapped files are damaged"),
            Self::DuplicateThreads { threads, tid, times } => write!(
                f,
                "{threads} threads are recorded more than once, such as {tid}, {times} times; the first record was believed"
            ),
            Self::TooManyThreads { limit } => write!(f, "more than {limit} threads; the rest is not shown"),
        }
    }
}
