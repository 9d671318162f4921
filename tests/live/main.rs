//! Running Go programs under the tracer: the target is asked afterwards what it noticed.
//!
//! `cargo test --test live` is short. Longer runs: `TINYDBG_LIVE_ROUNDS=1000 cargo test --test live`,
//! and the measurements with `-- --ignored --nocapture`.

#[path = "../common/mod.rs"]
mod common;

mod attach;
mod bytes;
mod killed;
mod measure;
#[path = "../pty/mod.rs"]
mod pty;
mod service;
mod sessions;
mod snapshot;
