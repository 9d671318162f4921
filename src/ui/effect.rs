//! What update wants done: everything that reaches beyond the state.

use super::highlight::HighlightRequest;
use crate::base::CancelToken;
use crate::engine::Command;

/// One thing for the run loop to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// To the engine.
    Send(Command),
    /// Stop work that nobody waits for.
    Cancel(CancelToken),
    Quit,
    /// Hand the terminal back to the shell, as Ctrl-z does.
    Suspend,
    /// Draw everything anew, also what seems unchanged.
    Redraw,
    /// To the clipboard.
    Copy(String),
    /// Show a file in the user's editor; `line` counts from 1.
    OpenEditor {
        file: String,
        line: u32,
    },
    /// Load a theme by name.
    Theme(String),
    /// Colour a source file off the render path.
    Highlight(HighlightRequest),
}

#[cfg(test)]
impl Effect {
    /// The request that is sent, if this sends one.
    #[must_use]
    pub fn request(&self) -> Option<&crate::engine::Request> {
        match self {
            Self::Send(command) => Some(&command.request),
            _ => None,
        }
    }
}
