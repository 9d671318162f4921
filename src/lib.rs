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
//! | 2 | [`debuginfod`] | files by build-id, from servers | base, os, elf |
//! | 3 | [`symbols`] | code, types, variables of a binary | base, model, elf, arch |
//! | 3 | [`unwind`] | stacks from registers and memory | base, model, elf, memory, arch |
//! | 4 | [`go`] | the Go runtime | all above but os |
//! | 5 | [`eval`] | values | base, model, memory, symbols, go, arch |
//! | 6 | [`target`] | one inferior, composed | all above |
//! | 7 | [`engine`] | the thread and the protocol | base, model, target |
//! | 8 | [`ui`], [`headless`] | showing | base, model, engine |
//! | 9 | `cli`, `config`, `main` | starting | ui, headless, engine, model, base |
//!
//! # How it works
//!
//! ```text
//!   argv -> cli::Invocation -> engine::EngineHandle
//!                                 |  Command {job, request, cancel}       (ui or headless -> engine)
//!   keys -> Action -> update -> Effects ---+
//!                                 |  engine thread: coalesce by slot -> target query -> model value
//!   state <- update(Event) <------+  Event {job, epoch, answer}           (engine -> ui or headless)
//!   state + theme -> view -> Buffer -> terminal                           (pure)
//! ```
//!
//! **Go's own tables first.** Goroutines and stacks never need debug information: the function table
//! (pclntab) unwinds Go code exactly at every pc, and the runtime's globals are found by decoding a
//! few small functions. That is in stripped binaries as well, and costs milliseconds whatever the
//! size. DWARF is opened when variables are asked for; call frame information serves C code.
//!
//! **Layouts are data.** Where a Go release keeps its fields is a row of `assets/go-layouts.toml`;
//! code asks whether a field exists, never which release it is.
//!
//! **Partial truth with its reason.** A stack has frames and an end, a value has a state, an image
//! says whether it is the right file. Errors travel to the place where the data would have been.
//!
//! **Nothing from outside is believed.** Sizes and counts are bounded by [`base::Limits`], text
//! becomes visible through [`base::visible`], long work checks its [`base::CancelToken`].
//!
//! # Where to begin reading
//!
//! [`engine::Request`] says what can be asked, [`model`] what the answers are, [`target::Target`]
//! how they are put together. Then [`go::GoRuntime`] for the runtime, [`unwind::Walker`] for stacks,
//! [`eval`] for values; [`ui`] for the screen.
//!
//! # Words
//!
//! *Target*: the process or core looked at. *Thread*: of the operating system. *Image*: an ELF
//! object in memory (a *module* is Go's). *Load bias*: runtime address less link-time address.
//! *CFA*: the stack pointer before a function was called. *Frame*: a row of a stack; inlined calls
//! are rows of their own. *Place*: where a value lives. *Epoch*: a stop; facts belong to one.

pub mod arch;
pub mod base;
pub mod cli;
pub mod config;
pub mod debuginfod;
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
