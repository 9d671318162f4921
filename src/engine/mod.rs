//! The engine thread: owns the target, serves requests, publishes events.
//!
//! Whoever shows things talks to it through [`Request`] and [`Event`], plain data both.

mod protocol;

pub use protocol::{Answer, Command, Event, Request, Slot};
