//! The list of processes to attach to: what is known of them, what is typed, the cursor.
//!
//! Knows the rows only; asking for them and attaching is the state's business.

use crossterm::event::{KeyCode, KeyModifiers};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::model::{Failure, ProcessRow};
use crate::ui::app::AppState;
use crate::ui::key::Key;
use crate::ui::motion::Motion;
use crate::ui::widgets::{InputLine, ListState};

/// By what the rows are in order, after Go programs and what can be attached to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProcessOrder {
    /// The largest first.
    #[default]
    Memory,
    /// The youngest first.
    Age,
    Pid,
}

impl ProcessOrder {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Age => "age",
            Self::Pid => "pid",
        }
    }

    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Memory => Self::Age,
            Self::Age => Self::Pid,
            Self::Pid => Self::Memory,
        }
    }

    fn key(self, row: &ProcessRow) -> u64 {
        match self {
            Self::Memory => u64::MAX - row.resident_bytes,
            Self::Age => row.age_s.unwrap_or(u64::MAX),
            Self::Pid => u64::from(row.pid),
        }
    }
}

/// The list, what is typed, and the cursor.
#[derive(Clone, Debug, Default)]
pub struct ProcessPicker {
    pub input: InputLine,
    pub order: ProcessOrder,
    pub list: ListState,
    /// Whether the list is whole.
    pub complete: bool,
    pub failed: Option<Failure>,
    all: Vec<ProcessRow>,
    /// Those that fit what is typed, in order; indices into `all`.
    shown: Vec<usize>,
    /// Whether the cursor was moved: then it stays on its process, else at the top.
    moved: bool,
}

impl ProcessPicker {
    /// Lines above the list: what is typed, and the headings.
    pub const HEAD: usize = 2;
    /// Lines below the list: what there is to say of the selected process.
    pub const FOOT: usize = 3;

    /// Rows that fit on a screen of this height: header, footer and frame take four lines.
    #[must_use]
    pub fn rows_shown(height: u16) -> usize {
        usize::from(height)
            .saturating_sub(4 + Self::HEAD + Self::FOOT + Self::gap(height))
            .max(1)
    }

    /// Blank lines between the two, where there is room.
    fn gap(height: u16) -> usize {
        usize::from(height >= 16)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Processes known, whatever is typed.
    #[must_use]
    pub fn total(&self) -> usize {
        self.all.len()
    }

    #[must_use]
    pub fn row(&self, index: usize) -> Option<&ProcessRow> {
        self.all.get(*self.shown.get(index)?)
    }

    #[must_use]
    pub fn selected(&self) -> Option<&ProcessRow> {
        self.row(self.list.selected)
    }

    /// Some more rows of a list that is not whole yet.
    pub fn add(&mut self, rows: Vec<ProcessRow>) {
        // While a whole list is read anew, the old one is better than half of the new one.
        if !self.complete {
            self.all.extend(rows);
            self.arrange();
        }
    }

    /// All rows.
    pub fn accept(&mut self, rows: &[ProcessRow]) {
        self.all = rows.to_vec();
        self.complete = true;
        self.failed = None;
        self.arrange();
    }

    /// The list is about to be read anew: the whole one before stays until then.
    fn begin_anew(&mut self) {
        if !self.complete {
            self.all.clear();
            self.arrange();
        }
    }

    /// Filters and sorts; the cursor stays on its process.
    fn arrange(&mut self) {
        let before = self.selected().filter(|_| self.moved).map(|row| row.pid);
        let matches = matching(&self.all, self.input.text());
        let order = self.order;
        let mut keyed: Vec<_> = matches
            .into_iter()
            .filter_map(|(index, score)| {
                let row = self.all.get(index)?;
                let (is_other, is_refused) = (row.go_version.is_none(), row.refusal.is_some());
                let key = (is_other, is_refused, u32::MAX - score, order.key(row), row.pid);
                Some((key, index))
            })
            .collect();
        keyed.sort_unstable();
        self.shown = keyed.into_iter().map(|(_, index)| index).collect();
        let found = before.and_then(|pid| {
            let mut rows = (0..self.len()).filter_map(|index| Some((index, self.row(index)?)));
            rows.find(|(_, row)| row.pid == pid).map(|(index, _)| index)
        });
        match found {
            Some(index) => self.list.selected = index,
            None => self.list = ListState::default(),
        }
    }

    /// Another text was typed: the best fit is selected.
    fn retype(&mut self) {
        self.moved = false;
        self.arrange();
    }

    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
        self.retype();
    }

    pub fn wheel(&mut self, rows: isize, height: u16) {
        self.moved = true;
        self.list = self.list.scrolled(rows, self.len(), Self::rows_shown(height));
    }

    /// `None` when the list is left. With nothing typed yet, `q` leaves, `r` reads the list anew
    /// and `/` begins the text, as everywhere; any other letter is part of it.
    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let nothing_typed = self.input.is_empty();
        let motion = match key.code {
            KeyCode::Esc if !nothing_typed => {
                self.input.set_text("");
                self.retype();
                return Some(self);
            }
            KeyCode::Esc => return self.leave(state),
            KeyCode::Char('c') if control => return self.leave(state),
            KeyCode::Char('q') if nothing_typed && !control => return self.leave(state),
            KeyCode::Char('r') if nothing_typed || control => {
                self.begin_anew();
                state.list_processes();
                return Some(self);
            }
            KeyCode::Char('/') if nothing_typed => return Some(self),
            KeyCode::Tab => {
                self.order = self.order.next();
                self.arrange();
                return Some(self);
            }
            KeyCode::Enter => return self.choose(state),
            KeyCode::Up => Motion::Up,
            KeyCode::Down => Motion::Down,
            KeyCode::Char('p') if control => Motion::Up,
            KeyCode::Char('n') if control => Motion::Down,
            KeyCode::PageUp => Motion::PageUp,
            KeyCode::PageDown => Motion::PageDown,
            KeyCode::Home if nothing_typed => Motion::First,
            KeyCode::End if nothing_typed => Motion::Last,
            _ => {
                if self.input.key(key.into()) {
                    self.retype();
                }
                return Some(self);
            }
        };
        self.moved = true;
        self.list = motion.apply(self.list, self.len(), Self::rows_shown(state.height));
        Some(self)
    }

    fn leave(self, state: &mut AppState) -> Option<Self> {
        state.emit(crate::ui::effect::Effect::Quit);
        Some(self)
    }

    /// Attaches to the selected process, or says why that cannot be.
    #[must_use]
    pub fn choose(self, state: &mut AppState) -> Option<Self> {
        let Some(row) = self.selected() else {
            return Some(self);
        };
        if let Some(reason) = &row.refusal {
            let text = format!("process {} cannot be attached to: {reason}", row.pid);
            state.say(crate::ui::app::Level::Warning, text);
            return Some(self);
        }
        state.attach_to(row.pid);
        None
    }

    /// A click on a line inside the box: the first selects, one on what is selected attaches.
    pub fn click(mut self, state: &mut AppState, line: usize) -> Option<Self> {
        let height = Self::rows_shown(state.height);
        let Some(row) = line
            .checked_sub(Self::HEAD)
            .filter(|line| *line < height)
            .and_then(|line| self.list.row_at(line, self.len(), height))
        else {
            return Some(self);
        };
        if self.moved && self.list.selected == row {
            return self.choose(state);
        }
        self.moved = true;
        self.list = self.list.select(row, self.len(), height);
        Some(self)
    }
}

/// Rows that fit `text`, and how well; every row fits no text. Letters may be left out of names
/// only: a long command line has any few letters somewhere.
fn matching(rows: &[ProcessRow], text: &str) -> Vec<(usize, u32)> {
    let (case, normal) = (CaseMatching::Smart, Normalization::Smart);
    let fuzzy = Pattern::parse(text, case, normal);
    let exact = Pattern::new(text, case, normal, AtomKind::Substring);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut scratch = Vec::new();
    let mut found = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let pid = row.pid.to_string();
        let texts = [
            (row.name.as_str(), &fuzzy, 3),
            (pid.as_str(), &exact, 3),
            (row.command.as_str(), &exact, 1),
            (row.container.as_deref().unwrap_or_default(), &exact, 1),
            (row.user.as_deref().unwrap_or_default(), &exact, 1),
        ];
        let best = texts.into_iter().filter_map(|(text, pattern, weight)| {
            let score = pattern.score(Utf32Str::new(text, &mut scratch), &mut matcher)?;
            Some(score.saturating_mul(weight))
        });
        found.extend(best.max().map(|score| (index, score)));
    }
    found
}
