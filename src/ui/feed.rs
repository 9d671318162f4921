//! Threads that turn the world into [`Input`]s: keys, signals, a terminal that hangs up.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;

use super::ask::LateReply;
use super::input::Input;
use super::term::Taken;

/// What comes in beside inputs.
#[derive(Debug)]
pub enum Outside {
    Input(Input),
    /// End, with this exit code, and do not write to the terminal more than needed.
    End(i32),
    /// As Ctrl-z.
    Suspend,
}

/// How long the main loop has to end by itself.
const GRACE: Duration = Duration::from_secs(3);
/// Pause after a key that crossterm has not understood yet.
const HALF_READ: Duration = Duration::from_millis(10);
/// How long crossterm looks for keys that are there already; given no time it does not look.
const GLANCE: Duration = Duration::from_millis(1);

/// The threads. They end with the program.
#[derive(Debug)]
pub struct Feeds {
    paused: Arc<AtomicBool>,
    wake: File,
}

impl Feeds {
    /// Starts all threads. `late` takes an answer out of the keys that the terminal still owes.
    ///
    /// # Errors
    /// When the system gives no thread, pipe or descriptor.
    pub fn start(sender: &Sender<Outside>, taken: &Taken, late: LateReply) -> io::Result<Self> {
        let (woken, wake) = nix::unistd::pipe()?;
        let paused = Arc::new(AtomicBool::new(false));
        let keys = Keys {
            terminal: io::stdin().as_fd().try_clone_to_owned()?,
            woken: File::from(woken),
            paused: Arc::clone(&paused),
            sender: sender.clone(),
            late,
        };
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || keys.run())?;
        watch_hang_up(sender.clone(), taken.clone())?;
        watch_signals(sender.clone(), taken.clone())?;
        Ok(Self {
            paused,
            wake: File::from(wake),
        })
    }

    /// Leaves the terminal's input to someone else, or takes it back.
    pub fn pause(&mut self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
        // A full pipe wakes as well.
        let _ = self.wake.write(&[0]);
        if paused {
            // The thread leaves its poll at once; what it reads until then is what was typed before.
            thread::sleep(HALF_READ);
        }
    }
}

struct Keys {
    terminal: OwnedFd,
    woken: File,
    paused: Arc<AtomicBool>,
    sender: Sender<Outside>,
    late: LateReply,
}

impl Keys {
    fn run(mut self) {
        loop {
            let Ok((readable, gone)) = self.wait() else { return };
            if gone {
                let _ = self.sender.send(Outside::End(HANG_UP));
                return;
            }
            if readable && !self.read() {
                return;
            }
        }
    }

    /// Waits for keys or for a call. Says whether there are keys and whether the terminal is gone.
    fn wait(&mut self) -> io::Result<(bool, bool)> {
        let paused = self.paused.load(Ordering::SeqCst);
        let keys = if paused {
            PollFlags::empty()
        } else {
            PollFlags::POLLIN
        };
        let mut fds = [
            PollFd::new(self.terminal.as_fd(), keys),
            PollFd::new(self.woken.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) => {}
            Err(nix::errno::Errno::EINTR) => return Ok((false, false)),
            Err(error) => return Err(error.into()),
        }
        let [terminal, woken] = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        if woken.contains(PollFlags::POLLIN) {
            let _ = self.woken.read(&mut [0; 16]);
        }
        let gone = terminal.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL);
        Ok((terminal.contains(PollFlags::POLLIN), gone))
    }

    /// Sends what can be read now. `false` when nobody listens or the terminal fails.
    fn read(&mut self) -> bool {
        let mut any = false;
        while let Ok(true) = crossterm::event::poll(GLANCE) {
            any = true;
            let Ok(event) = crossterm::event::read() else {
                return false;
            };
            let Some(input) = Input::from_terminal(event) else {
                continue;
            };
            if let Input::Key(key) = input
                && self.late.takes(key)
            {
                continue;
            }
            if self.sender.send(Outside::Input(input)).is_err() {
                return false;
            }
        }
        if !any {
            // Bytes are there that make no key yet: never spin on them.
            thread::sleep(HALF_READ);
        }
        true
    }
}

/// Exit code after a hang-up: 128 + SIGHUP, as shells count.
const HANG_UP: i32 = 128 + SIGHUP;

/// Watches for the terminal's end on an own descriptor: the key thread may be inside crossterm.
fn watch_hang_up(sender: Sender<Outside>, taken: Taken) -> io::Result<()> {
    let terminal = io::stdin().as_fd().try_clone_to_owned()?;
    thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
        loop {
            // No events asked for: only POLLHUP, POLLERR and POLLNVAL, which always come.
            let mut fds = [PollFd::new(terminal.as_fd(), PollFlags::empty())];
            match poll(&mut fds, PollTimeout::NONE) {
                Err(nix::errno::Errno::EINTR) => {}
                Ok(0) => {}
                _ => break,
            }
        }
        end_soon(&sender, &taken, HANG_UP);
    })?;
    Ok(())
}

fn watch_signals(sender: Sender<Outside>, taken: Taken) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let told = match signal {
                SIGWINCH => {
                    let (width, height) = super::term::size();
                    sender.send(Outside::Input(Input::Resize(width, height)))
                }
                SIGTSTP => sender.send(Outside::Suspend),
                signal => {
                    end_soon(&sender, &taken, 128 + signal);
                    return;
                }
            };
            if told.is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// Tells the main loop to end; when it does not within the grace period, ends the program.
fn end_soon(sender: &Sender<Outside>, taken: &Taken, code: i32) {
    if sender.send(Outside::End(code)).is_err() {
        return;
    }
    thread::sleep(GRACE);
    taken.give_back();
    std::process::exit(code);
}
