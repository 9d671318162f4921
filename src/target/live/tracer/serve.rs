//! The loop of the tracer: requests from the debugger, news from the kernel, and the end of either.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::threads::Threads;
use crate::os::ProcDir;
use crate::os::pidfd::PidFd;
use crate::os::spawn::{self, Urgency};
use crate::os::wait::ChildSignals;
use crate::target::live::problem::Problem;
use crate::target::live::wire::{self, Reply, Request};

/// Runs the tracer until the connection on standard input closes.
///
/// # Errors
/// When it could not even begin; nothing has been traced then.
pub fn serve() -> io::Result<()> {
    let connection = spawn::connection()?;
    spawn::live_on()?;
    spawn::survive_memory_shortage();
    let children = ChildSignals::new()?;
    let Some(Request::Begin { pid, start_time }) = wire::receive(&connection)? else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    match Inferior::begin(pid, start_time, children) {
        Ok(mut inferior) => {
            let begun = Reply::Begun {
                start_time: inferior.start_time,
            };
            // Errors of the connection end the loop as its closing does: what matters comes after.
            let _ = wire::send(&connection, &begun).and_then(|()| inferior.serve(&connection));
            inferior.leave();
            Ok(())
        }
        Err(problem) => wire::send(&connection, &Reply::Refused(problem)),
    }
}

/// The process that is traced, and what has been done to it.
#[derive(Debug)]
pub(super) struct Inferior {
    pub(super) process: PidFd,
    pub(super) threads: Threads,
    pub(super) children: ChildSignals,
    /// The frozen copy, if there is one.
    pub(super) copy: Option<super::snapshot::Copy>,
    /// A SIGSTOP was taken from a thread and has to be sent again.
    pub(super) owes_stop: bool,
    start_time: u64,
    /// The auxiliary vector as it was in the beginning. Each execve makes another one: it holds the
    /// random places of stack and vDSO.
    auxv: Vec<u8>,
    end_is_told: bool,
}

impl Inferior {
    fn begin(pid: u32, start_time: Option<u64>, children: ChildSignals) -> Result<Self, Problem> {
        let process = PidFd::open(pid).map_err(|error| match Errno::from_raw(errno(&error)) {
            Errno::ESRCH | Errno::EINVAL | Errno::ENOENT => Problem::NoSuchProcess { pid },
            _ => Problem::kernel("pidfd_open", &error),
        })?;
        let directory = ProcDir::new(pid);
        let stat = directory.stat().map_err(|_| Problem::NoSuchProcess { pid })?;
        if start_time.is_some_and(|expected| expected != stat.start_time) {
            return Err(Problem::OtherProcess {
                pid,
                start_time: stat.start_time,
            });
        }
        // Without permission to trace it is not readable; seizing will say why.
        let auxv = directory.auxv().unwrap_or_default();
        // What was read so far belongs to the process of the descriptor, for that one still lives.
        if process.has_ended() {
            return Err(Problem::Ended(None));
        }
        Ok(Self {
            process,
            threads: Threads::new(pid),
            children,
            copy: None,
            owes_stop: false,
            start_time: stat.start_time,
            auxv,
            end_is_told: false,
        })
    }

    fn serve(&mut self, connection: &UnixStream) -> io::Result<()> {
        loop {
            let (asked, news) = self.poll(connection)?;
            if news {
                self.take_news(connection)?;
            }
            if asked {
                let Some(request) = wire::receive(connection)? else {
                    return Ok(());
                };
                let reply = self.answer(request);
                wire::send(connection, &reply)?;
            }
        }
    }

    /// Waits for something to do: whether there is a request, and whether there is other news.
    fn poll(&self, connection: &UnixStream) -> io::Result<(bool, bool)> {
        let mut polled = vec![
            PollFd::new(connection.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.children.as_fd(), PollFlags::POLLIN),
        ];
        if !self.end_is_told {
            polled.push(PollFd::new(self.process.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut polled, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = polled.iter().map(|one| one.any().unwrap_or(true));
        let asked = ready.next().unwrap_or_default();
        Ok((asked, ready.any(|ready| ready)))
    }

    fn take_news(&mut self, connection: &UnixStream) -> io::Result<()> {
        self.children.drain();
        self.threads.on_news();
        if !self.end_is_told && self.process.has_ended() {
            self.end_is_told = true;
            wire::send(connection, &Reply::Ended(self.process.ending()))?;
        }
        Ok(())
    }

    fn answer(&mut self, request: Request) -> Reply {
        match request {
            Request::Begin { .. } => Reply::Refused(Problem::Connection {
                what: "begun twice".to_owned(),
            }),
            Request::Stop => {
                let _urgency = Urgency::raise();
                match self.stop() {
                    Ok(()) => Reply::Stopped(self.threads.world()),
                    Err(problem) => Reply::Refused(problem),
                }
            }
            Request::Release => {
                let _urgency = Urgency::raise();
                Reply::Released {
                    held_ns: self.threads.release(&self.children),
                }
            }
            Request::AcceptProgram => {
                self.auxv = self.threads.directory().auxv().unwrap_or_default();
                Reply::Accepted
            }
            Request::Snapshot => match self.snapshot() {
                Ok(snapshot) => Reply::Snapshot(snapshot),
                Err(reason) => Reply::NoSnapshot(reason),
            },
            Request::EndSnapshot => match self.end_snapshot() {
                Ok(()) => Reply::SnapshotEnded,
                Err(problem) => Reply::Refused(problem),
            },
        }
    }

    /// Stops all threads, and makes sure that they are those of the process and the program that
    /// was attached to.
    pub(super) fn stop(&mut self) -> Result<(), Problem> {
        if self.process.has_ended() {
            return Err(Problem::Ended(self.process.ending()));
        }
        let stopped = self
            .threads
            .stop(&self.children)
            .and_then(|()| self.same_program());
        if stopped.is_err() {
            self.threads.release(&self.children);
        }
        match stopped {
            Err(Problem::Ended(None)) => Err(Problem::Ended(self.process.ending())),
            other => other,
        }
    }

    fn same_program(&self) -> Result<(), Problem> {
        let auxv = self.threads.directory().auxv().unwrap_or_default();
        // An ended process has given its number away: nothing above was about it, perhaps.
        if self.process.has_ended() {
            return Err(Problem::Ended(None));
        }
        if auxv == self.auxv {
            Ok(())
        } else {
            Err(Problem::Replaced)
        }
    }

    /// Takes everything back.
    fn leave(&mut self) {
        let _ = self.end_snapshot();
        self.threads.release(&self.children);
        // A thread that is stuck in the kernel is let go by the kernel when this process ends.
    }
}

pub(super) fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or_default()
}
