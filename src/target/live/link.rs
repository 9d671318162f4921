//! The debugger's end of the tracer: blocking calls, each with a bounded wait.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::problem::Problem;
use super::refusal;
use super::snapshot::{NoSnapshot, Snapshot};
use super::wire::{self, Reply, Request};
use super::world::World;
use crate::model::{Failure, FailureKind};
use crate::os::spawn;
use crate::os::wait::Ending;

/// The hidden verb that makes this program a tracer.
pub const TRACER_VERB: &str = "__tracer";

/// Until a fresh process has answered for the first time.
const BEGIN: Duration = Duration::from_secs(10);
/// The tracer gives up on threads after 10 s, and says so.
const STOP: Duration = Duration::from_secs(30);
/// Copying page tables takes some 25 ms per GB, and much longer on a machine without free memory.
const SNAPSHOT: Duration = Duration::from_secs(120);
/// Until the tracer has taken everything back and ended.
const LEAVE: Duration = Duration::from_secs(5);

/// A process that can be stopped, copied and let go. Dropping it lets the process go.
#[derive(Debug)]
pub struct Tracer {
    child: Child,
    connection: UnixStream,
    pid: u32,
    start_time: u64,
    /// The target has ended; how, where that is known.
    ended: Option<Option<Ending>>,
}

impl Tracer {
    /// Starts a tracer for process `pid`, which goes on undisturbed. `program` is an executable of
    /// this very version: `/proc/self/exe`.
    ///
    /// # Errors
    /// No such process; it is this one or one that this one runs in; or no tracer can be started.
    pub fn start(program: &Path, pid: u32) -> Result<Self, Failure> {
        Self::start_same(program, pid, None)
    }

    /// As [`Self::start`], for a process that was seen before and has to be the same one still: its
    /// start time in clock ticks (`os::Stat`) tells.
    ///
    /// # Errors
    /// As those of [`Self::start`]; and when the number belongs to another process by now.
    pub fn start_same(program: &Path, pid: u32, start_time: Option<u64>) -> Result<Self, Failure> {
        refusal::check_relation(pid)?;
        let (child, connection) = spawn::spawn_connected(program, [TRACER_VERB]).map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("cannot start the tracer {}", program.display()),
            )
            .because(&error)
        })?;
        let mut tracer = Self {
            child,
            connection,
            pid,
            start_time: 0,
            ended: None,
        };
        match tracer.call(Request::Begin { pid, start_time }, BEGIN) {
            Ok(Reply::Begun { start_time }) => {
                tracer.start_time = start_time;
                Ok(tracer)
            }
            Ok(other) => Err(tracer.failure(unexpected(&other))),
            Err(problem) => Err(tracer.failure(problem)),
        }
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// When the target started, in clock ticks since the machine did.
    #[must_use]
    pub fn start_time(&self) -> u64 {
        self.start_time
    }

    /// The process that does the tracing.
    #[must_use]
    pub fn tracer_pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops all threads of the target, or reads their registers again when they are stopped.
    ///
    /// # Errors
    /// Why it cannot be stopped, with the cause and what helps; it runs on then.
    pub fn stop(&mut self) -> Result<World, Failure> {
        match self.call(Request::Stop, STOP) {
            Ok(Reply::Stopped(world)) => Ok(world),
            Ok(other) => Err(self.failure(unexpected(&other))),
            Err(problem) => Err(self.failure(problem)),
        }
    }

    /// Lets the target go on, and returns for how long it stood still, in nanoseconds; 0 when it
    /// did not.
    ///
    /// # Errors
    /// When the tracer does not answer: the kernel lets the target go as soon as that has ended.
    pub fn release(&mut self) -> Result<u64, Failure> {
        match self.call(Request::Release, STOP) {
            Ok(Reply::Released { held_ns }) => Ok(held_ns),
            Ok(other) => Err(self.failure(unexpected(&other))),
            Err(problem) => Err(self.failure(problem)),
        }
    }

    /// Makes a frozen copy of the target, whether that stands still or runs; afterwards it does as
    /// before. There is at most one copy at a time.
    ///
    /// # Errors
    /// Why there is none. The target is as it was.
    pub fn snapshot(&mut self) -> Result<Snapshot, NoSnapshot> {
        match self.call(Request::Snapshot, SNAPSHOT)? {
            Reply::Snapshot(snapshot) => Ok(snapshot),
            Reply::NoSnapshot(reason) => Err(reason),
            other => Err(unexpected(&other).into()),
        }
    }

    /// Ends the copy and removes all traces of it. Does nothing when there is none.
    ///
    /// # Errors
    /// When a zombie is left behind, which is gone as soon as the target ends.
    pub fn end_snapshot(&mut self) -> Result<(), Failure> {
        match self.call(Request::EndSnapshot, STOP) {
            Ok(Reply::SnapshotEnded) => Ok(()),
            Ok(other) => Err(self.failure(unexpected(&other))),
            Err(problem) => Err(self.failure(problem)),
        }
    }

    /// To be called when the target was found to have called execve, and its files were read again:
    /// without it, [`Self::stop`] refuses to stop another program than it began with.
    ///
    /// # Errors
    /// When the tracer does not answer.
    pub fn accept_program(&mut self) -> Result<(), Failure> {
        match self.call(Request::AcceptProgram, STOP) {
            Ok(Reply::Accepted) => Ok(()),
            Ok(other) => Err(self.failure(unexpected(&other))),
            Err(problem) => Err(self.failure(problem)),
        }
    }

    /// Whether the target has ended; never waits.
    pub fn has_ended(&mut self) -> bool {
        while self.ended.is_none() && self.readable() {
            match wire::receive(&self.connection) {
                Ok(Some(Reply::Ended(ending))) => self.ended = Some(ending),
                // Nothing else comes unasked: the connection is of no use any more.
                _ => break,
            }
        }
        self.ended.is_some()
    }

    /// How the target ended; `None` while it has not, and when that cannot be known.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.ended.flatten()
    }

    /// What a problem with this target means to a person.
    #[must_use]
    pub fn failure(&self, problem: Problem) -> Failure {
        refusal::failure(self.pid, &problem)
    }

    fn readable(&self) -> bool {
        let mut polled = [PollFd::new(self.connection.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut polled, PollTimeout::ZERO), Ok(count) if count > 0)
    }

    fn call(&mut self, request: Request, patience: Duration) -> Result<Reply, Problem> {
        self.exchange(request, patience)
            .map_err(|error| connection_problem(&error))?
            .map_or_else(
                || {
                    Err(Problem::Connection {
                        what: "the tracer has ended unexpectedly".to_owned(),
                    })
                },
                |reply| match reply {
                    Reply::Refused(problem) => Err(problem),
                    reply => Ok(reply),
                },
            )
    }

    fn exchange(&mut self, request: Request, patience: Duration) -> io::Result<Option<Reply>> {
        self.connection.set_read_timeout(Some(patience))?;
        self.connection.set_write_timeout(Some(patience))?;
        wire::send(&self.connection, &request)?;
        loop {
            match wire::receive(&self.connection)? {
                Some(Reply::Ended(ending)) => self.ended = Some(ending),
                reply => return Ok(reply),
            }
        }
    }
}

/// For waiting until there may be news of the target: see [`Tracer::has_ended`].
impl AsFd for Tracer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // The tracer takes everything back when the connection closes, and closes its end last.
        let _ = self.connection.shutdown(Shutdown::Write);
        let _ = self.connection.set_read_timeout(Some(LEAVE));
        while let Ok(Some(_)) = wire::receive::<Reply>(&self.connection) {}
        if ended_by(&self.connection) {
            let _ = self.child.wait();
        }
    }
}

/// Whether the other end is closed, waiting as long as the connection's timeout.
fn ended_by(mut connection: &UnixStream) -> bool {
    !matches!(
        io::Read::read(&mut connection, &mut [0]),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock
    )
}

fn unexpected(reply: &Reply) -> Problem {
    let what = match reply {
        Reply::Stopped(_) => "Stopped".to_owned(),
        Reply::Snapshot(_) => "Snapshot".to_owned(),
        other => format!("{other:?}"),
    };
    Problem::Connection {
        what: format!("the tracer gave an answer to another question: {what}"),
    }
}

fn connection_problem(error: &io::Error) -> Problem {
    let what = match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "the tracer does not answer".to_owned(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            "the tracer has ended unexpectedly".to_owned()
        }
        _ => format!("the connection to the tracer: {error}"),
    };
    Problem::Connection { what }
}
