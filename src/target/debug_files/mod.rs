//! The files that names and types of an image come from, when they are not in the image itself.
//!
//! An image has three sources, each found, proved and told apart:
//!
//! ```text
//!   code      the executable as it was mapped, or the bytes of the core       images.rs, main_image.rs
//!   symbols   the DWARF inside it, else a separate debug file                 here
//!   sources   a directory of this machine, else a server                      sources.rs
//! ```
//!
//! A debug file is looked for by build-id in the debug directories, by `.gnu_debuglink`, and under
//! the names that people give; then in the cache of what was downloaded. None is believed by its
//! name: [`check`] wants the same build-id, the same Go build id or the recorded check sum, and code
//! at the same addresses. What was found and refused is kept with the reason, for `images`.

mod check;
mod found;
mod places;
mod search;
mod supplement;

pub(super) use found::{DebugFiles, Symbols};
pub(super) use search::DebugSearch;
