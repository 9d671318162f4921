//! Everything that can happen to the interface, as plain values.

use crossterm::event::{KeyEventKind, MouseButton, MouseEventKind};

use super::highlight::HighlightBatch;
use super::key::Key;
use crate::engine::Event;

/// One happening.
#[derive(Clone, Debug)]
pub enum Input {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
    Resize(u16, u16),
    Engine(Box<Event>),
    /// Colours for source lines.
    Highlighted(HighlightBatch),
    /// Time has passed; something waits for it.
    Tick,
    /// A signal asks to end.
    Terminate,
    /// Something outside the state has to be said: an editor that failed, a panic elsewhere.
    Notice(String),
}

/// What the mouse did, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    pub column: u16,
    pub row: u16,
    pub action: MouseAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseAction {
    Click,
    WheelUp,
    WheelDown,
}

impl Input {
    /// What a terminal's event means; `None` for those that mean nothing here.
    #[must_use]
    pub fn from_terminal(event: crossterm::event::Event) -> Option<Self> {
        use crossterm::event::Event as Terminal;
        match event {
            Terminal::Key(key) if key.kind != KeyEventKind::Release => Some(Self::Key(key.into())),
            Terminal::Paste(text) => Some(Self::Paste(text)),
            Terminal::Resize(width, height) => Some(Self::Resize(width, height)),
            Terminal::Mouse(mouse) => {
                let action = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => MouseAction::Click,
                    MouseEventKind::ScrollUp => MouseAction::WheelUp,
                    MouseEventKind::ScrollDown => MouseAction::WheelDown,
                    _ => return None,
                };
                Some(Self::Mouse(Mouse {
                    column: mouse.column,
                    row: mouse.row,
                    action,
                }))
            }
            _ => None,
        }
    }
}
