//! A client of debuginfod: debug files, executables and sources by build-id, from servers.
//!
//! Speaks the protocol and shares the cache of the client that elfutils, gdb and Delve use, so that
//! nothing is downloaded twice on one machine:
//!
//! ```text
//!   Wanted ──> Cache ──> here ────────────────────────────> path
//!                │ no                                         ▲
//!                ├──> said to be missing, not long ago        │ rename
//!                ▼                                            │
//!              each server in turn ──> temporary file ──> verified
//! ```
//!
//! Servers are not trusted: what comes is bounded in size and time, is followed to no other host, and
//! is in use only when the file itself carries the build-id that was asked for. Must not know what
//! the files are needed for. Whether anything may be downloaded at all is for the caller to ask.

mod agent;
mod cache;
mod client;
mod date;
mod error;
mod limits;
mod settings;
#[cfg(test)]
mod tests;
mod verify;
mod wanted;

pub use cache::Cache;
pub use client::{Client, Fetched};
pub use error::FetchError;
pub use settings::Settings;
pub use wanted::{Artefact, Wanted};
