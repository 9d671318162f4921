//! What the tests share: Go toolchains, Go programs built from `tests/programs/`, and the cores
//! of those programs.
//!
//! ```ignore
//! for toolchain in common::go::toolchains() {
//!     let exe = common::go::Build::of("panics").with(toolchain).exe();
//!     let Some(crashed) = common::crash(&exe, &["nil"]) else { continue };
//!     // crashed.exe, crashed.core, crashed.stderr (what the Go runtime printed), crashed.stdout
//! }
//! ```
//!
//! Nothing is downloaded here; `.ci/run` does that. What is missing is said on stderr and skipped,
//! but for Go itself when `TINYDBG_REQUIRE_GO=1` is set: then it is a failure.

pub mod cores;
pub mod go;

use std::io::Write as _;

pub use cores::{Crashed, Run, Writer, crash};

/// Says why something was not tested.
pub fn skipped(why: &str) {
    say(&format!("skipped: {why}"));
}

/// A line on stderr past cargo's capture, so that it shows in every run.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

// Every test crate uses a part of this module. Naming all of it in each keeps `dead_code` useful.
const _: fn(&Crashed) = |crashed| {
    let _ = (
        &crashed.exe,
        &crashed.core,
        &crashed.stderr,
        &crashed.stdout,
        &crashed.dir,
    );
    let _ = (
        go::toolchains as fn() -> _,
        go::newest as fn() -> _,
        crash as fn(_, _) -> _,
    );
    let _ = (
        go::Build::flags as fn(_, _) -> _,
        go::Build::env as fn(_, _, _) -> _,
    );
    let _ = (
        go::Build::cgo as fn(_) -> _,
        go::Build::with as fn(_, _) -> _,
        go::Build::exe as fn(_) -> _,
    );
    let _ = (
        Run::of as fn(_, _) -> _,
        Run::env as fn(_, _, _) -> _,
        Run::until_death as fn(_) -> _,
    );
    let _ = (Run::once_ready as fn(_, _) -> _, Run::killed_by as fn(_, _) -> _);
    let _ = (
        go::Toolchain::minor as fn(&_) -> _,
        Writer::Gcore,
        Writer::Delve,
        go::build_id as fn(_) -> _,
    );
};
