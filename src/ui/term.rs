//! The terminal as a borrowed thing: taken over once, given back in every way this can end.
//!
//! ```text
//!   leaves by          who gives the terminal back
//!   return, `?`        Terminal's Drop
//!   panic of this      the panic hook, then Drop finds nothing left to do
//!   thread
//!   SIGTERM INT HUP    signal thread -> main loop -> Drop; after a grace period the thread itself
//!   QUIT
//!   tty hang-up        watcher thread -> main loop; after a grace period the watcher itself
//! ```
//!
//! crossterm's reader spins for ever on a terminal that is gone, so nothing here asks it to read
//! before `poll(2)` has said that there is something. Writing to a dead terminal fails; that is
//! never a reason to panic.

use std::io::{self, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;

use crate::engine::ENGINE_THREAD;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{TerminalOptions, Viewport};

/// Largest area drawn: a terminal that claims 4000x1000 cells would cost hundreds of megabytes.
const LARGEST: (u16, u16) = (1000, 400);

/// The terminal in full-screen mode.
#[derive(Debug)]
pub struct Terminal {
    screen: ratatui::Terminal<CrosstermBackend<Stdout>>,
    taken: Taken,
    mouse: bool,
}

/// Whether the terminal is ours now; shared with the panic hook and the watchers.
#[derive(Clone, Debug, Default)]
pub struct Taken(Arc<AtomicBool>);

impl Taken {
    /// Gives the terminal back, once. Errors are ignored: it may be gone.
    pub fn give_back(&self) {
        if !self.0.swap(false, Ordering::SeqCst) {
            return;
        }
        let mut out = io::stdout();
        let _ = queue!(
            out,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = out.flush();
        let _ = disable_raw_mode();
    }

    fn take(&self, mouse: bool) -> io::Result<()> {
        enable_raw_mode()?;
        self.0.store(true, Ordering::SeqCst);
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen, EnableBracketedPaste)?;
        if mouse {
            execute!(out, EnableMouseCapture)?;
        }
        Ok(())
    }
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it refuses; it has been given back then.
    pub fn take_over(mouse: bool) -> io::Result<Self> {
        // NO_COLOR is a theme here. Left alone, crossterm 0.29 answers it by writing a reset after
        // every attribute, which erases reversed and bold.
        crossterm::style::force_color_output(true);
        let taken = Taken::default();
        let result = taken.take(mouse).and_then(|()| new_screen());
        match result {
            Ok(screen) => Ok(Self { screen, taken, mouse }),
            Err(error) => {
                taken.give_back();
                Err(error)
            }
        }
    }

    #[must_use]
    pub fn taken(&self) -> Taken {
        self.taken.clone()
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// When the terminal takes no more.
    pub fn draw(&mut self, draw: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        self.screen.draw(draw).map(|_| ())
    }

    /// Follows a new size of the terminal, within reason.
    ///
    /// # Errors
    /// When the terminal takes no more.
    pub fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        self.screen.resize(capped(width, height))
    }

    /// Draws everything anew at the next frame.
    ///
    /// # Errors
    /// When the terminal takes no more.
    pub fn forget(&mut self) -> io::Result<()> {
        self.screen.clear()
    }

    /// Gives the terminal to `other` for as long as it runs, then takes it back.
    ///
    /// # Errors
    /// When the terminal cannot be taken back.
    pub fn lend<T>(&mut self, other: impl FnOnce() -> T) -> io::Result<T> {
        self.taken.give_back();
        let result = other();
        self.taken.take(self.mouse)?;
        self.forget()?;
        Ok(result)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.taken.give_back();
    }
}

fn new_screen() -> io::Result<ratatui::Terminal<CrosstermBackend<Stdout>>> {
    let (width, height) = size();
    ratatui::Terminal::with_options(
        CrosstermBackend::new(io::stdout()),
        TerminalOptions {
            viewport: Viewport::Fixed(capped(width, height)),
        },
    )
}

/// The terminal's size, or nothing when it has none to tell.
#[must_use]
pub fn size() -> (u16, u16) {
    crossterm::terminal::size().unwrap_or((0, 0))
}

/// The part of a terminal of this size that is drawn.
#[must_use]
pub fn capped(width: u16, height: u16) -> Rect {
    Rect::new(0, 0, width.min(LARGEST.0), height.min(LARGEST.1))
}

/// Makes a panic of the calling thread give the terminal back before its message is printed, and
/// one of any other thread go to `elsewhere` instead of over the screen. Call it after the engine
/// was started: the engine's hook has to lie below.
pub fn guard_panics(taken: Taken, elsewhere: impl Fn(String) + Send + Sync + 'static) {
    let ours: ThreadId = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == ours {
            taken.give_back();
            before(info);
        } else if taken.0.load(Ordering::SeqCst) && std::thread::current().name() != Some(ENGINE_THREAD) {
            let name = std::thread::current().name().unwrap_or("a").to_owned();
            elsewhere(format!("the {name} thread met a fault: {info}"));
        } else {
            // The engine's own hook is quiet and needs to see its panics.
            before(info);
        }
    }));
}
