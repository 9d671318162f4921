//! [`EngineHandle`]: starts the engine thread, carries commands in and events out, ends it.
//!
//! Knows threads and channels; must not know what any request means.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::journal::Journal;
use super::outbox::Outbox;
use super::panics;
use super::protocol::{Answer, Command, Event, Request};
use super::run::{Inbox, run};
use super::serve::{Serve, Session};
use crate::base::{CancelToken, JobId, Limits};
use crate::model::Release;

/// Recursion in the layers below is bounded, but debug builds have fat frames.
const STACK_BYTES: usize = 16 << 20;

/// How long dropping a handle waits for the engine to end before it lets the thread go.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(2);

/// What dropping the handle has to stop: the request that is being served, and any begun later.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<RunningState>);

#[derive(Debug, Default)]
struct RunningState {
    token: Option<CancelToken>,
    closing: bool,
}

impl Running {
    /// Notes the request that begins, or that none runs.
    pub(super) fn set(&self, token: Option<CancelToken>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some(token)) = (state.closing, &token) {
            token.cancel();
        }
        state.token = token;
    }

    fn close(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.closing = true;
        if let Some(token) = &state.token {
            token.cancel();
        }
    }
}

/// The near end of the engine thread. Dropping it ends the thread.
#[derive(Debug)]
pub struct EngineHandle {
    commands: Sender<Command>,
    events: Receiver<Event>,
    running: Arc<Running>,
    thread: Option<JoinHandle<()>>,
}

impl EngineHandle {
    /// Starts an engine with nothing open.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn spawn(limits: Limits) -> io::Result<Self> {
        Self::spawn_with(move |outbox| Session::new(limits, outbox))
    }

    /// Starts an engine that writes what it is asked to `log`.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn spawn_logged(limits: Limits, log: impl Write + Send + 'static) -> io::Result<Self> {
        Self::spawn_with(move |outbox| Journal::new(Session::new(limits, outbox), log))
    }

    /// Starts an engine that answers through what `make` returns; `make` runs on the new thread,
    /// so its result need not be [`Send`].
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn spawn_with<S, F>(make: F) -> io::Result<Self>
    where
        S: Serve,
        F: FnOnce(Outbox) -> S + Send + 'static,
    {
        panics::install_hook();
        let (commands, command_receiver) = crossbeam_channel::unbounded();
        let (event_sender, events) = crossbeam_channel::unbounded();
        let running = Arc::new(Running::default());
        let inbox = Inbox::new(command_receiver, Arc::clone(&running));
        let thread = thread::Builder::new()
            .name(panics::ENGINE_THREAD.to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || run(|| make(Outbox::new(event_sender.clone())), inbox, &event_sender))?;
        Ok(Self {
            commands,
            events,
            running,
            thread: Some(thread),
        })
    }

    /// Queues a command; never blocks. `false` once the engine has ended.
    pub fn send(&self, command: Command) -> bool {
        self.commands.send(command).is_ok()
    }

    /// Where answers arrive. Disconnected once the engine has ended.
    #[must_use]
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// Ends the engine and says what a live process had to bear.
    #[must_use]
    pub fn close(self) -> Option<Release> {
        self.send_shutdown();
        let deadline = Instant::now() + SHUTDOWN_WAIT;
        while let Ok(event) = self.events.recv_deadline(deadline) {
            if let Answer::Released(release) = event.answer {
                return Some(release);
            }
        }
        None
    }

    fn send_shutdown(&self) {
        self.send(Command {
            job: JobId(u64::MAX),
            request: Request::Shutdown,
            cancel: CancelToken::new(),
        });
        self.running.close();
    }

    /// Leaves the thread to end with the process, which takes no time; giving back a million
    /// goroutines one by one does. Only where the target holds nothing that must be released: a
    /// core does not, a live process does.
    pub fn leave(self) {
        std::mem::forget(self);
    }

    /// Waits until the thread has ended or `deadline` has passed; says whether it has ended.
    fn wait_for_end(&self, deadline: Instant) -> bool {
        loop {
            match self.events.recv_deadline(deadline) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

/// Stops what runs, ends the thread and waits for it; a job that does not listen is left behind
/// rather than waited for, so that quitting always works.
impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.send_shutdown();
        let Some(thread) = self.thread.take() else {
            return;
        };
        if self.wait_for_end(Instant::now() + SHUTDOWN_WAIT) {
            let _ = thread.join();
        }
    }
}
