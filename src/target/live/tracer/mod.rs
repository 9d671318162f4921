//! The tracer: a process of its own that does all tracing for a debugger.
//!
//! Why a process: whoever traces is the only one who can put a target back as it was, and a
//! debugger can be killed at any moment. The tracer does little, holds little, and ignores polite
//! requests to end; when the connection to the debugger closes, for whatever reason, it finishes
//! what it has begun, takes everything back, and ends.
//!
//! ```text
//!   debugger ==== socket ==== tracer ---- ptrace ---- threads of the target
//!   (dies: EOF) ------------> ends the snapshot, restores, detaches, exits
//! ```
//!
//! A target that runs is not traced at all: *stop* seizes all threads, *release* lets go of them.
//! Nothing here writes memory of the target. The registers of one thread are changed during a
//! snapshot, and the thread is not let go before they are restored.
//!
//! # Should the tracer itself be killed
//! By SIGKILL or a lack of memory only. The kernel lets go of all threads then, and they run on; a
//! snapshot ends with it. Only within the some hundred microseconds (and some 20 ms per GB of page
//! tables) of an injected system call would a thread run on with the wrong registers. So a thread
//! is chosen that waits in `futex`, at its own `syscall` instruction: to it, the result looks like
//! a spurious wake-up, which futex users have to expect.

mod inject;
mod one_thread;
mod preconditions;
mod serve;
mod site;
mod snapshot;
mod threads;
mod windows;

pub use preconditions::snapshot_obstacle;
pub use serve::serve;
