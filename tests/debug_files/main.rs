//! Stripped programs with their debug files elsewhere: everything that the whole program shows.
//!
//! The truth is the same core opened with the executable as the Go linker wrote it. `objcopy` and
//! `strip` make the rest; what is not installed is said and skipped.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail as loudly as tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod local;
mod servers;
mod setup;
