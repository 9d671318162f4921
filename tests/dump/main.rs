//! Cores that we write of a running Go program: what is in them, who can read them, what goes wrong.

#[path = "../common/mod.rs"]
mod common;

mod contents;
mod faults;
mod packed;
mod program;
mod readers;
