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

    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Command => ":",
            Self::Filter => "filter: ",
            Self::Search => "search: ",
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
            KeyCode::Up if self.kind == PromptKind::Command => self.recall(state, 1),
            KeyCode::Down if self.kind == PromptKind::Command => self.recall(state, -1),
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
            PromptKind::Command => {}
            PromptKind::Filter => state.set_filter(self.input.text()),
            PromptKind::Search => {
                state.set_filter(self.input.text());
                let height = state.rows_of(Pane::Source);
                state.source.find(false, true, height);
            }
        }
    }

    fn leave(self, state: &mut AppState) -> Option<Self> {
        if self.kind != PromptKind::Command && self.input.text() != self.before {
            state.set_filter(&self.before);
        }
        None
    }

    fn accept(self, state: &mut AppState) -> Option<Self> {
        let text = self.input.text().trim().to_owned();
        match self.kind {
            PromptKind::Command => {
                if !text.is_empty() {
                    state.typed.retain(|line| *line != text);
                    state.typed.push(text.clone());
                    command::run_line(state, &text);
                }
            }
            PromptKind::Filter => {}
            PromptKind::Search => {
                let height = state.rows_of(Pane::Source);
                if !text.is_empty() && !state.source.find(false, true, height) {
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
        let count = state.typed.len();
        let at = self
            .recalled
            .map_or(0, |at| at + 1)
            .saturating_add_signed(by)
            .min(count);
        self.recalled = at.checked_sub(1);
        let line = self.recalled.and_then(|at| state.typed.get(count - 1 - at));
        self.input.set_text(line.map_or("", String::as_str));
        self.suggest();
    }
}
