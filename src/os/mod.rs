//! The only place that talks to Linux: thin, typed, no policy; all `unsafe` code lives here.

mod files;
mod mmap;
pub mod pidfd;
mod private_pages;
mod procfs;
pub mod ptrace;
mod sigbus;
pub mod spawn;
mod vm;
pub mod wait;

pub use files::{FileError, identity, modified, open_regular, read_small};
pub use mmap::{FileWatch, MappedFile, map_file};
pub use private_pages::private_copies;
pub use procfs::{Mapping, Permissions, ProcDir, Stat, Status, parse_maps, parse_stat, parse_status};
pub use vm::{MAX_RANGES, ProcessMemory};
