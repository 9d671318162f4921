//! The process behind the session: images, memory map, arguments, build facts.

use serde::{Deserialize, Serialize};

use crate::base::Addr;

/// Whether a file is the one that was mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verified {
    Yes,
    No,
    Unknown,
}

/// The best source of names in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DebugInfoKind {
    Dwarf,
    Pclntab,
    Symtab,
    None,
}

/// One ELF object in the address space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageInfo {
    /// As the core names it.
    pub path: String,
    /// Lowest mapped address.
    pub base: Addr,
    /// What is added to link-time addresses.
    pub load_bias: Addr,
    pub build_id: Option<String>,
    pub verified: Verified,
    pub debug_info: DebugInfoKind,
    /// Where its bytes were taken from, or why they are missing.
    pub from: String,
    /// The separate file that names and types come from; `None` where the image has its own, or
    /// where there is none.
    pub debug_file: Option<String>,
    /// By what that file was proved to belong to the image: "same build-id".
    pub debug_proof: Option<String>,
    /// Debug files that were found and are not used, each with the reason.
    pub debug_refused: Vec<String>,
}

/// One mapping of the address space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryRegion {
    pub start: Addr,
    pub end: Addr,
    /// `r-x`.
    pub permissions: String,
    /// Bytes of it that the core holds.
    pub in_core: u64,
    /// The file behind it, if any, and the offset in it.
    pub file: Option<String>,
    pub file_offset: Option<u64>,
    /// Where its bytes come from: "core", "file (verified)", "file (unverified)", "nowhere".
    pub bytes_from: String,
}

/// Facts about the process and how its program was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProcessInfo {
    pub pid: Option<u32>,
    pub ppid: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    /// Name as the kernel knows it.
    pub comm: Option<String>,
    pub args: Vec<String>,
    /// `NAME=value`, in the order of the process.
    pub env: Vec<String>,
    pub go_version: Option<String>,
    /// Import path of the main package.
    pub main_path: Option<String>,
    /// `path version` of the main module and its dependencies.
    pub modules: Vec<String>,
    /// `-trimpath=true`, `vcs.revision=...`.
    pub build_settings: Vec<(String, String)>,
    /// Who wrote the core: "kernel", "gcore", "delve", "tinydbg-tui".
    pub core_writer: Option<String>,
    /// When and how a core of a running process was taken, where its writer said so.
    pub captured: Option<String>,
    /// Bytes of the core file present and promised by its headers.
    pub core_bytes: Option<(u64, u64)>,
}
