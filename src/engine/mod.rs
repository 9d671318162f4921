//! The engine thread: owns the target, serves requests, publishes events.
//!
//! Whoever shows things talks to it through [`Request`] and [`Event`], plain data both, and holds
//! an [`EngineHandle`]. Here is no formatting, no terminal and no file format: a request is turned
//! into one question to [`crate::target::Target`] and its answer into one event.

mod ask;
pub mod commands;
mod downloads;
mod handle;
mod journal;
mod live;
mod machine;
mod outbox;
mod panics;
mod protocol;
mod run;
mod serve;

pub use handle::EngineHandle;
pub use outbox::Outbox;
pub use panics::ENGINE_THREAD;
pub use protocol::{Answer, Command, Event, Request, Slot};
pub use serve::{Serve, Session};

pub use crate::target::live::{TRACER_VERB, tracer::serve as serve_tracer};
