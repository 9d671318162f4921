//! Why the tracer could not do what it was asked to, as it knows it: bare facts. What they mean to
//! a person is said in `refusal`.

use serde::{Deserialize, Serialize};

use crate::base::Tid;
use crate::os::wait::Ending;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Problem {
    #[error("no process {pid}")]
    NoSuchProcess { pid: u32 },
    /// The number belongs to another process by now.
    #[error("process {pid} is another one than before: it started at tick {start_time}")]
    OtherProcess { pid: u32, start_time: u64 },
    #[error("the process has ended")]
    Ended(Option<Ending>),
    /// `execve` has put another program in the place of the one that was attached to.
    #[error("the process has replaced its program since it was attached to")]
    Replaced,
    /// The kernel does not let us trace.
    #[error("tracing thread {tid} is refused: {}", errno_name(*.errno))]
    Refused { tid: Tid, errno: i32 },
    /// It neither stops nor sleeps in the kernel.
    #[error("thread {tid} did not stop within {milliseconds} ms")]
    NotStopping { tid: Tid, milliseconds: u64 },
    #[error("{what}: {}", errno_name(*.errno))]
    Kernel { what: String, errno: i32 },
    /// The connection between debugger and tracer does not work.
    #[error("{what}")]
    Connection { what: String },
}

impl Problem {
    pub(super) fn kernel(what: &str, error: &std::io::Error) -> Self {
        Self::Kernel {
            what: what.to_owned(),
            errno: error.raw_os_error().unwrap_or_default(),
        }
    }
}

/// `EPERM: Operation not permitted`.
pub(super) fn errno_name(errno: i32) -> String {
    let known = nix::errno::Errno::from_raw(errno);
    format!("{known:?}: {}", known.desc())
}
