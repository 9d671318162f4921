//! The input line in the footer: commands, filters, searches.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::ui::app::AppState;
use crate::ui::command;
use crate::ui::key::Key;
use crate::ui::place::Pane;
use crate::ui::widgets::InputLine;

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    Command,
    /// Narrows the list of the focused pane while typing.
    Filter,
    /// Finds text in the source while typing.
    Search,
    /// An expression to watch, in the place of the one with that number.
    Watch(Option<usize>),
    /// An address, or an expression that points somewhere.
    Address,
}

/// An input line.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub kind: PromptKind,
    pub input: InputLine,
    /// What was there before, for Esc.
    before: String,
    /// Words that could stand where the cursor is.
    pub candidates: Vec<command::Candidate>,
    /// The candidate chosen with Tab.
    pub chosen: Option<usize>,
    /// Position in the history, counted from its end.
    recalled: Option<usize>,
}

impl PromptKind {
    /// `/` in a pane: a filter for lists, a search for text.
    #[must_use]
    pub fn for_pane(pane: Pane) -> Self {
        match pane {
            Pane::Source | Pane::Stack => Self::Search,
            _ => Self::Filter,
        }
    }

    /// Whether Up and Down bring back what was entered before.
    #[must_use]
    pub fn has_history(self) -> bool {
        !matches!(self, Self::Filter | Self::Search)
    }

    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Command => ":",
            Self::Filter => "filter: ",
            Self::Search => "search: ",
            Self::Watch(_) => "watch: ",
            Self::Address => "memory at: ",
        }
    }
}

impl Prompt {
    #[must_use]
    pub fn new(kind: PromptKind, text: &str) -> Self {
        let mut prompt = Self {
            kind,
            input: InputLine::with_text(text),
            before: text.to_owned(),
            candidates: Vec::new(),
            chosen: None,
            recalled: None,
        };
        prompt.suggest();
        prompt
    }

    fn suggest(&mut self) {
        self.chosen = None;
        self.candidates = match self.kind {
            PromptKind::Command => command::candidates(self.input.text()),
            _ => Vec::new(),
        };
    }

    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return self.leave(state),
            KeyCode::Char('c') if control => return self.leave(state),
            KeyCode::Enter => return self.accept(state),
            KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => self.complete(-1),
            KeyCode::Tab => self.complete(1),
            KeyCode::Up if self.kind.has_history() => self.recall(state, 1),
            KeyCode::Down if self.kind.has_history() => self.recall(state, -1),
            KeyCode::Backspace if self.input.is_empty() => return self.leave(state),
            _ => {
                if self.input.key(key.into()) {
                    self.changed(state);
                }
            }
        }
        Some(self)
    }

    pub fn paste(&mut self, state: &mut AppState, text: &str) {
        self.input.insert(text);
        self.changed(state);
    }

    fn changed(&mut self, state: &mut AppState) {
        self.recalled = None;
        self.suggest();
        match self.kind {
            PromptKind::Command | PromptKind::Watch(_) | PromptKind::Address => {}
            PromptKind::Filter => state.set_filter(self.input.text()),
            PromptKind::Search => {
                state.set_filter(self.input.text());
                state.find_text(false, true);
            }
        }
    }

    fn leave(self, state: &mut AppState) -> Option<Self> {
        if matches!(self.kind, PromptKind::Filter | PromptKind::Search) && self.input.text() != self.before {
            state.set_filter(&self.before);
        }
        None
    }

    fn accept(self, state: &mut AppState) -> Option<Self> {
        let text = self.input.text().trim().to_owned();
        match self.kind {
            PromptKind::Command => {
                if !text.is_empty() {
                    remember(&mut state.typed, &text);
                    command::run_line(state, &text);
                }
            }
            PromptKind::Filter => {}
            PromptKind::Address => {
                if !text.is_empty() {
                    remember(&mut state.expressions, &text);
                    state.examine(&text);
                }
            }
            PromptKind::Watch(at) => {
                if !text.is_empty() {
                    remember(&mut state.expressions, &text);
                    state.watch(at, &text);
                }
            }
            PromptKind::Search => {
                if !text.is_empty() && !state.find_text(false, true) {
                    state.say(crate::ui::app::Level::Warning, format!("not found: {text}"));
                }
            }
        }
        None
    }

    /// Tab: puts the next candidate where the cursor is.
    fn complete(&mut self, by: isize) {
        if self.candidates.is_empty() {
            return;
        }
        let count = self.candidates.len();
        let next = match (self.chosen, by > 0) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.chosen = Some(next);
        if let Some(candidate) = self.candidates.get(next) {
            self.input.set_text(&candidate.line);
        }
    }

    /// Up and Down: lines entered before.
    fn recall(&mut self, state: &AppState, by: isize) {
        let typed = match self.kind {
            PromptKind::Command => &state.typed,
            _ => &state.expressions,
        };
        let count = typed.len();
        let at = self
            .recalled
            .map_or(0, |at| at + 1)
            .saturating_add_signed(by)
            .min(count);
        self.recalled = at.checked_sub(1);
        let line = self.recalled.and_then(|at| typed.get(count - 1 - at));
        self.input.set_text(line.map_or("", String::as_str));
        self.suggest();
    }
}

/// Lines that can be brought back.
const REMEMBERED: usize = 500;

fn remember(typed: &mut Vec<String>, text: &str) {
    typed.retain(|line| line != text);
    typed.push(text.to_owned());
    if typed.len() > REMEMBERED {
        typed.remove(0);
    }
}
