//! The only place that talks to Linux: thin, typed, no policy; all `unsafe` code lives here.

mod clock;
mod cpu;
mod files;
mod mmap;
mod output;
mod pagemap;
pub mod pidfd;
mod procfs;
pub mod ptrace;
mod scratch;
mod sigbus;
mod sparse;
pub mod spawn;
mod tool;
mod vm;
pub mod wait;

pub use clock::monotonic_ns;
pub use cpu::xsave_layout;
pub use files::{FileError, identity, modified, open_regular, read_small};
pub use mmap::{FileWatch, MappedFile, map_file, map_open};
pub use output::{OutputError, OutputFile, WrittenFile};
#[cfg(test)]
pub(crate) use pagemap::private_copy;
pub use pagemap::{Found, PAGE_SIZE, PageMap, Wanted};
pub use procfs::{
    DetailedMapping, Mapping, Permissions, ProcDir, Stat, Status, VmFlags, parse_maps, parse_smaps,
    parse_stat, parse_status,
};
pub use scratch::ScratchFile;
pub use sparse::next_data;
pub use tool::{Cut, Said, ToolBounds, ask_tool};
pub use vm::{MAX_RANGES, ProcessMemory};
