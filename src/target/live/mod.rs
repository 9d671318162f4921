//! A running process: stopping it, looking at it, letting it go.
//!
//! All tracing is done by a small process of its own, the *tracer*, so that the target is released
//! in good order whatever becomes of the debugger: see [`world`].

pub mod world;
