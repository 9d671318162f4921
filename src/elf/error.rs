//! Why bytes are no usable ELF file.

use crate::base::OutOfBounds;

/// What is wrong with an ELF file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    #[error("not an ELF file: starts with {0:02x?}")]
    Magic(Vec<u8>),
    #[error("the file is empty")]
    Empty,
    #[error("only 64-bit little-endian ELF files can be read; this one has class {class}, data {data}")]
    Class { class: u8, data: u8 },
    #[error("made for machine {0}; this program reads x86-64 (62)")]
    Machine(u16),
    #[error("expected {wanted}, but the file type is {found}")]
    Kind { wanted: &'static str, found: u16 },
    #[error("{what}: {source}")]
    Truncated { what: &'static str, source: OutOfBounds },
    #[error("section {name}: {why}")]
    Section { name: String, why: String },
}
