//! A list of actions to filter and run: the help of a pane, and the palette.

use crossterm::event::KeyCode;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::ui::action::{self, ACTIONS, Action};
use crate::ui::app::AppState;
use crate::ui::key::Key;
use crate::ui::motion::Motion;
use crate::ui::place::Pane;
use crate::ui::widgets::{InputLine, ListState};

/// One row.
#[derive(Clone, Copy, Debug)]
pub enum PickerRow {
    Heading(&'static str),
    Action(&'static Action),
}

/// The list, what is typed, and the cursor.
#[derive(Clone, Debug)]
pub struct Picker {
    /// The pane whose help this is; `None` for the palette.
    pub pane: Option<Pane>,
    pub input: InputLine,
    pub rows: Vec<PickerRow>,
    pub list: ListState,
}

impl Picker {
    #[must_use]
    pub fn help(pane: Pane) -> Self {
        Self::new(Some(pane))
    }

    #[must_use]
    pub fn palette() -> Self {
        Self::new(None)
    }

    fn new(pane: Option<Pane>) -> Self {
        let mut picker = Self {
            pane,
            input: InputLine::default(),
            rows: Vec::new(),
            list: ListState::default(),
        };
        picker.refresh();
        picker
    }

    /// Rows that fit on a screen of this height.
    #[must_use]
    pub fn rows_shown(height: u16) -> usize {
        usize::from(height.saturating_sub(8)).max(1)
    }

    fn refresh(&mut self) {
        let pane = self.pane;
        let here = ACTIONS
            .iter()
            .filter(move |action| pane.is_none_or(|pane| action.panes.has(pane)));
        self.rows = if self.input.is_empty() && pane.is_some() {
            with_headings(here)
        } else {
            ranked(here, self.input.text())
        };
        self.list = ListState::default();
        self.skip_heading(1);
    }

    fn skip_heading(&mut self, by: isize) {
        while let Some(PickerRow::Heading(_)) = self.rows.get(self.list.selected) {
            let next = self.list.selected.saturating_add_signed(by);
            if next == self.list.selected {
                self.list.selected += 1;
                return;
            }
            self.list.selected = next;
        }
    }

    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let control = key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL);
        let motion = match key.code {
            KeyCode::Esc => return None,
            KeyCode::Char('c') if control => return None,
            KeyCode::Enter => {
                self.run(state, self.list.selected);
                return None;
            }
            KeyCode::Up => Motion::Up,
            KeyCode::Down => Motion::Down,
            KeyCode::Char('p') if control => Motion::Up,
            KeyCode::Char('n') if control => Motion::Down,
            KeyCode::PageUp => Motion::PageUp,
            KeyCode::PageDown => Motion::PageDown,
            _ => {
                if self.input.key(key.into()) {
                    self.refresh();
                }
                return Some(self);
            }
        };
        self.list = motion.apply(self.list, self.rows.len(), Self::rows_shown(state.height));
        self.skip_heading(if matches!(motion, Motion::Up | Motion::PageUp) {
            -1
        } else {
            1
        });
        Some(self)
    }

    /// Does the action of a row.
    pub fn run(&self, state: &mut AppState, row: usize) {
        if let Some(PickerRow::Action(chosen)) = self.rows.get(row) {
            action::perform(state, chosen);
        }
    }

    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
        self.refresh();
    }
}

fn with_headings(actions: impl Iterator<Item = &'static Action>) -> Vec<PickerRow> {
    let mut rows = Vec::new();
    let mut group = None;
    for action in actions {
        if group != Some(action.group) {
            group = Some(action.group);
            rows.push(PickerRow::Heading(action.group.title()));
        }
        rows.push(PickerRow::Action(action));
    }
    rows
}

/// The actions that match, best first.
fn ranked(actions: impl Iterator<Item = &'static Action>, text: &str) -> Vec<PickerRow> {
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut scratch = Vec::new();
    let mut found: Vec<(u32, &'static Action)> = Vec::new();
    for action in actions {
        let keys = action.keys.join(" ");
        let texts = [(action.name, 2), (action.doc, 1), (keys.as_str(), 1)];
        let best = texts.into_iter().filter_map(|(text, weight)| {
            let score = pattern.score(Utf32Str::new(text, &mut scratch), &mut matcher)?;
            Some(score * weight)
        });
        if let Some(score) = best.max() {
            found.push((score, action));
        }
    }
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found
        .into_iter()
        .map(|(_, action)| PickerRow::Action(action))
        .collect()
}
