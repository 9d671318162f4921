//! Why bytes are no usable ELF file.

use std::fmt;

use crate::base::{Cancelled, OutOfBounds};

/// What is wrong with an ELF file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    #[error("not an ELF file: starts with {0:02x?}")]
    Magic(Vec<u8>),
    #[error("the file is empty")]
    Empty,
    #[error("a {}-bit {}-endian ELF file{}; this program reads 64-bit little-endian files for x86-64",
        bits(*.class), order(*.data), MachineName(*.machine))]
    Class { class: u8, data: u8, machine: u16 },
    #[error("an ELF file{}; this program reads files for x86-64", MachineName(*.0))]
    Machine(u16),
    #[error("expected {wanted}, but this is {}", kind_name(*.found))]
    Kind { wanted: &'static str, found: u16 },
    #[error("{what}: {source}")]
    Truncated { what: &'static str, source: OutOfBounds },
    #[error("section {name}: {why}")]
    Section { name: String, why: String },
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for ElfError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What an `e_type` stands for, with its article.
#[must_use]
pub fn kind_name(kind: u16) -> String {
    match kind {
        0 => "an ELF file without type".to_owned(),
        1 => "a relocatable object file".to_owned(),
        2 => "an executable".to_owned(),
        3 => "a position-independent executable or shared library".to_owned(),
        4 => "a core dump".to_owned(),
        other => format!("an ELF file of type {other}"),
    }
}

struct MachineName(u16);

impl fmt::Display for MachineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Numbers from the gABI's registry of e_machine values.
        let name = match self.0 {
            0 => return Ok(()),
            3 => "x86 (32 bit)",
            8 => "mips",
            20 | 21 => "powerpc",
            22 => "s390x",
            40 => "arm (32 bit)",
            62 => "x86-64",
            183 => "aarch64 (arm64)",
            243 => "riscv",
            258 => "loongarch",
            other => return write!(f, " for machine {other}"),
        };
        write!(f, " for {name}")
    }
}

fn bits(class: u8) -> String {
    match class {
        1 => "32".to_owned(),
        2 => "64".to_owned(),
        other => format!("unknown(class {other})"),
    }
}

fn order(data: u8) -> String {
    match data {
        1 => "little".to_owned(),
        2 => "big".to_owned(),
        other => format!("unknown(data {other})"),
    }
}
