//! The only place that talks to Linux: thin, typed, no policy; all `unsafe` code lives here.

mod files;
mod mmap;
mod sigbus;

pub use files::{FileError, modified, open_regular, read_small};
pub use mmap::{FileWatch, MappedFile, map_file};
