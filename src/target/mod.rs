//! One inferior, composed: memory, images, threads and the Go runtime. All read queries start here.
//!
//! The only module that puts the layers below together. Each query lives in a file of its own and
//! returns model data; [`Target`] itself only holds the parts.

mod demo;
mod groups;
mod query;
mod registers;
mod sources;

pub use query::{OpenContext, Target};
