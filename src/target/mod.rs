//! One inferior, composed: memory, images, threads and the Go runtime. All read queries start here.
//!
//! The only module that puts the layers below together. Each query lives in a file of its own and
//! returns model data; [`Target`] itself only holds the parts.

mod address_space;
mod census;
mod code;
mod core_failure;
mod core_threads;
mod crash;
mod crash_sites;
mod debug_files;
mod debug_info;
mod defers;
mod demo;
pub mod doctor;
mod downloads;
pub mod dump;
mod expressions;
mod file_finder;
mod frames;
mod goroutines;
mod groups;
mod images;
mod inferior;
mod initial_stack;
mod library_images;
mod link_map;
pub mod live;
mod locspec;
mod main_image;
mod many_stacks;
mod memory_page;
mod names;
mod open_core;
mod open_stacks;
mod opened;
mod own_sources;
mod placement;
mod process;
mod regions;
mod registers;
mod signals;
mod source_roots;
mod sources;
mod stack;
pub mod stored;
mod type_layout;
mod unpack;
mod variables;

pub use downloads::{FetchTask, SourceTask};
pub use inferior::{OpenContext, Target};
pub use open_core::{open_core, open_core_bytes};
pub use opened::{Opened, Provenance, ThreadRecord};
pub use signals::{describe_signal, is_fault, signal_name};
pub use stack::{FrameContext, OpenStack, SignalFrame, StackPage, StackReader};
