//! What a binary says about code, types and variables. All indexes are lazy and shared; no I/O.

mod image;

pub use image::Image;
