//! A running process: stopping it, looking at it, letting it go.
//!
//! All tracing is done by a small process of its own, the *tracer*, so that the target is released
//! in good order whatever becomes of the debugger: [`Tracer`] is this side of it, [`tracer`] the
//! other. What they exchange is plain data: [`world`], [`snapshot`], [`problem`]. Everything else is
//! read from `/proc` by [`LiveProcess`], most of it while the target still runs.

mod dumping;
mod facts;
mod images;
mod link;
pub mod problem;
mod process;
pub mod processes;
pub mod refusal;
mod session;
pub mod snapshot;
mod space;
pub mod tracer;
mod watch;
mod wire;
pub mod world;

pub use dumping::DumpTask;
pub use link::{TRACER_VERB, Tracer};
pub use process::LiveProcess;
pub use session::{AttachSpec, LiveTarget};
pub use snapshot::{NoSnapshot, Snapshot};
pub use tracer::snapshot_obstacle;
pub use world::{StoppedThread, World};
