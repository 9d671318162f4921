//! tinydbg-tui: a full-screen terminal debugger for Go programs on Linux.
//!
//! # The house
//!
//! Layers point one way; `tests/layering.rs` holds the code to this table.
//!
//! | rank | module | owns | may use |
//! |---|---|---|---|
//! | 0 | [`base`] | facts with no domain | |
//! | 1 | [`model`] | plain data that crosses threads | base |
//! | 1 | [`os`] | Linux: files, maps, terminals, all `unsafe` | base |
//! | 1 | [`elf`] | ELF as bytes | base |
//! | 2 | [`memory`] | an address space as a trait | base, os |
//! | 2 | [`arch`] | one CPU each | base, model |
//! | 3 | [`symbols`] | code, types, variables of a binary | base, model, elf, arch |
//! | 3 | [`unwind`] | stacks from registers and memory | base, model, elf, memory, arch |
//! | 4 | [`go`] | the Go runtime | all above but os |
//! | 5 | [`eval`] | values | base, model, memory, symbols, go, arch |
//! | 6 | [`target`] | one inferior, composed | all above |
//! | 7 | [`engine`] | the thread and the protocol | base, model, target |
//! | 8 | [`ui`], [`headless`] | showing | base, model, engine |
//! | 9 | `cli`, `config`, `main` | starting | ui, headless, engine, model, base |

pub mod arch;
pub mod base;
pub mod cli;
pub mod config;
pub mod elf;
pub mod engine;
pub mod eval;
pub mod go;
pub mod headless;
pub mod memory;
pub mod model;
pub mod os;
pub mod symbols;
pub mod target;
pub mod ui;
pub mod unwind;
