//! A running process: stopping it, looking at it, letting it go.
//!
//! All tracing is done by a small process of its own, the *tracer*, so that the target is released
//! in good order whatever becomes of the debugger. What it takes from the kernel is a [`World`];
//! everything else is read from `/proc` by [`LiveProcess`], most of it while the target still runs.

mod dumping;
mod facts;
mod images;
mod link;
mod process;
mod session;
mod space;
pub mod world;

pub use dumping::DumpTask;
pub use process::LiveProcess;
pub use session::{AttachSpec, LiveTarget};
pub use world::{StoppedThread, World};
