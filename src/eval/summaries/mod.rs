//! What well-known types of the standard library mean, in one line.
//!
//! Owns a table from the full name of a type to a reader that finds what it needs by the names of
//! fields, as the debug information of this very binary has them, and returns nothing where a field
//! is missing or its value makes no sense: then the plain text of the fields stands. Knows no
//! versions and runs no code of the target: a message that only a method could make is not shown.

mod atomics;
mod big;
mod buffers;
mod calendar;
mod contexts;
mod errors;
mod files;
mod locks;
mod net;
mod part;
mod reflection;
mod sync_maps;
mod table;
mod times;
mod urls;
mod words;

pub(super) use buffers::bytes;
pub(super) use part::Text;
