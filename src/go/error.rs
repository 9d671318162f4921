//! What can be missing or wrong about a Go runtime.

use crate::base::{Addr, OutOfBounds};
use crate::memory::MemError;

/// Why a fact of the Go runtime cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoError {
    #[error("no Go runtime found: no image has Go's function table and no memory has Go build information")]
    NotGo,
    #[error("function table magic {0:#x} is none that this program reads (Go 1.18 and later)")]
    PclntabMagic(u32),
    #[error("the function table is damaged: {what} is {value:#x}")]
    Pclntab { what: &'static str, value: u64 },
    #[error("the function table was not found")]
    NoPclntab,
    #[error("moduledata was not found: no word of writable memory points at the function table {0}")]
    NoModuledata(Addr),
    #[error("Go {structure} has no field {field} in this version")]
    NoField {
        structure: &'static str,
        field: &'static str,
    },
    #[error("where {0} lies is not known")]
    NoAnchor(&'static str),
    #[error("{what}: {source}")]
    Memory { what: &'static str, source: MemError },
    #[error("{what}: {source}")]
    Bytes { what: &'static str, source: OutOfBounds },
    #[error("the {what} at {addr} is damaged")]
    Damaged { what: &'static str, addr: Addr },
    #[error("the layout table is wrong: {0}")]
    LayoutTable(String),
    #[error(transparent)]
    Cancelled(#[from] crate::base::Cancelled),
}
