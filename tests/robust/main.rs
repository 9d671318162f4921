//! Hostile and damaged input: no mutant of a core or an executable may make the program panic,
//! hang, take much memory, or keep silent about a cut.
//!
//! The campaign changes the sample crash (and, where Go is, a crash of an old release) in
//! reproducible ways, in memory, and asks for everything a user would look at. `crafted` holds
//! files made by hand. To run one mutant again, or many more:
//!
//! ```text
//! TINYDBG_ROBUST_SEED=12345 cargo test --test robust campaign
//! TINYDBG_ROBUST_COUNT=100000 cargo test --test robust campaign
//! ```
//!
//! A mutant that kills the whole process is named in `robust.last` in the build's `tmp` directory.

#[path = "../common/mod.rs"]
mod common;

mod campaign;
mod crafted;
mod elf;
mod exercise;
mod mutant;
