//! One inferior, composed: memory, images, threads and the Go runtime. All read queries start here.
//!
//! The only module that puts the layers below together. Each query lives in a file of its own and
//! returns model data; [`Target`] itself only holds the parts.

mod address_space;
mod core_failure;
mod core_threads;
mod file_finder;
mod images;
mod initial_stack;
mod open_core;
mod placement;
mod query;
mod regions;
mod signals;
mod stack;

pub use core_threads::CoreThread;
pub use open_core::{OpenedCore, open_core, open_core_bytes};
pub use query::{OpenContext, Target};
pub use signals::{describe_signal, is_fault, signal_name};
pub use stack::{FrameContext, OpenStack, SignalFrame, StackPage, StackReader};
