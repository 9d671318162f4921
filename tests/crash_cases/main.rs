//! Real crashes, opened by the real program without a terminal, held against known facts.
//!
//! Each case is a program of `tests/programs/`, built with every Go toolchain at hand, run until
//! it leaves a core, and opened with `--json`. What must come out is written down here, or is what
//! the Go runtime itself printed while the program died.

#[path = "../common/mod.rs"]
mod common;

mod builds;
mod damaged;
mod deaths;
mod demo;
mod fields;
mod hosts;
mod mixed;

mod opened;
mod printed;
mod states;
