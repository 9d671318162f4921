//! Raw memory for the memory pane and the `examinemem` command.

use serde::{Deserialize, Serialize};

use super::{Runs, ValueRef};
use crate::base::Addr;

/// Where bytes come from, or why there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BytesFrom {
    /// The core or the process itself.
    Process,
    /// A file that was proved to be the one mapped.
    File,
    /// A file of the right name that could not be checked: may be wrong.
    UncheckedFile,
    /// A mapping whose bytes are neither in the core nor in a file at hand.
    Absent,
    /// No mapping.
    Unmapped,
}

/// Bytes that lie together and come from the same place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPart {
    pub addr: Addr,
    pub len: u64,
    pub from: BytesFrom,
    /// `len` bytes, or none at all.
    pub bytes: Vec<u8>,
}

/// A word that is an address of something known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WordNote {
    /// Of the word, a multiple of 8.
    pub addr: Addr,
    /// What it holds.
    pub value: Addr,
    /// What lies there: `main.counter+8`, `main.work+0x1b`, `stack of goroutine 18`.
    pub points_to: Runs,
}

/// A field or element that covers some of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypedBytes {
    pub addr: Addr,
    pub len: u64,
    /// From the object that was asked for: `items[2].name`.
    pub path: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub value: Runs,
}

/// A window on memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPage {
    pub addr: Addr,
    /// Without gaps, in order; together as long as what was asked for, or up to the end of the
    /// address space.
    pub parts: Vec<MemoryPart>,
    /// In order of address; words that mean nothing are absent.
    pub words: Vec<WordNote>,
    /// The leaves of the object laid over the bytes, in order of address.
    pub overlay: Vec<TypedBytes>,
}

/// Where an expression points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointed {
    pub addr: Addr,
    /// What lies there, where the expression has a type that says it.
    pub reference: Option<ValueRef>,
}
