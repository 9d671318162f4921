//! The list of stored core dumps: what is known of them, what is typed, the cursor.
//!
//! Knows the rows only; asking for them and opening one is the state's business.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::model::{Failure, StoredCore, StoredCores, StoredState};
use crate::ui::app::{AppState, Level};
use crate::ui::key::Key;
use crate::ui::motion::Motion;
use crate::ui::overlays::ProcessPicker;
use crate::ui::widgets::{InputLine, ListState};

/// The list, what is typed, and the cursor.
#[derive(Clone, Debug, Default)]
pub struct CorePicker {
    pub input: InputLine,
    pub list: ListState,
    pub failed: Option<Failure>,
    /// All of them; `None` until they are known.
    all: Option<Arc<StoredCores>>,
    /// Those that fit what is typed, the newest first.
    shown: Vec<usize>,
    /// Whether the cursor was moved: a click on the selected row opens it only then.
    moved: bool,
}

impl CorePicker {
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// All of them, whatever is typed; `None` until they are known.
    #[must_use]
    pub fn all(&self) -> Option<&StoredCores> {
        self.all.as_deref()
    }

    #[must_use]
    pub fn row(&self, index: usize) -> Option<&StoredCore> {
        self.all.as_ref()?.cores.get(*self.shown.get(index)?)
    }

    #[must_use]
    pub fn selected(&self) -> Option<&StoredCore> {
        self.row(self.list.selected)
    }

    pub fn accept(&mut self, cores: Arc<StoredCores>) {
        self.all = Some(cores);
        self.failed = None;
        self.arrange();
    }

    /// Filters. The cursor goes to the newest that fits.
    fn arrange(&mut self) {
        let all = self.all.as_ref().map_or(&[][..], |all| &all.cores);
        self.shown = matching(all, self.input.text());
        self.list = ListState::default();
        self.moved = false;
    }

    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
        self.arrange();
    }

    pub fn wheel(&mut self, rows: isize, height: u16) {
        self.moved = true;
        let shown = ProcessPicker::rows_shown(height);
        self.list = self.list.scrolled(rows, self.len(), shown);
    }

    /// `None` when the list is left. The keys are those of the list of processes.
    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let nothing_typed = self.input.is_empty();
        let motion = match key.code {
            KeyCode::Esc if !nothing_typed => {
                self.input.set_text("");
                self.arrange();
                return Some(self);
            }
            KeyCode::Esc => return self.leave(state),
            KeyCode::Char('c') if control => return self.leave(state),
            KeyCode::Char('q') if nothing_typed && !control => return self.leave(state),
            KeyCode::Char('r') if nothing_typed || control => {
                state.list_cores();
                return Some(self);
            }
            KeyCode::Char('/') if nothing_typed => return Some(self),
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
                    self.arrange();
                }
                return Some(self);
            }
        };
        self.moved = true;
        let shown = ProcessPicker::rows_shown(state.height);
        self.list = motion.apply(self.list, self.len(), shown);
        Some(self)
    }

    fn leave(self, state: &mut AppState) -> Option<Self> {
        state.emit(crate::ui::effect::Effect::Quit);
        Some(self)
    }

    /// Opens the selected core, or says why that cannot be.
    #[must_use]
    pub fn choose(self, state: &mut AppState) -> Option<Self> {
        let Some(core) = self.selected() else {
            return Some(self);
        };
        match (&core.file, obstacle(core.state)) {
            (Some(file), None) => {
                let file = file.clone();
                state.open_stored(file.into());
                None
            }
            (_, obstacle) => {
                let why = obstacle.unwrap_or("nothing says where it lies");
                state.say(Level::Warning, format!("this core cannot be opened: {why}"));
                Some(self)
            }
        }
    }

    /// A click on a line inside the box: the first selects, one on what is selected opens.
    pub fn click(mut self, state: &mut AppState, line: usize) -> Option<Self> {
        let height = ProcessPicker::rows_shown(state.height);
        let Some(row) = line
            .checked_sub(ProcessPicker::HEAD)
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

/// Why a core in this state cannot be opened.
#[must_use]
pub fn obstacle(state: StoredState) -> Option<&'static str> {
    match state {
        StoredState::Present | StoredState::Truncated => None,
        StoredState::Missing => Some("its file was removed"),
        StoredState::Inaccessible => Some("it belongs to another user; sudo can open it"),
        StoredState::Journal => Some("it lies in the journal: coredumpctl dump -o FILE writes it to a file"),
        StoredState::None => {
            Some("it was not kept: ProcessSizeMax= or Storage= of coredump.conf, or ulimit -c")
        }
    }
}

/// Indices of the cores in which all typed words occur.
fn matching(cores: &[StoredCore], text: &str) -> Vec<usize> {
    let words = Pattern::new(
        text,
        CaseMatching::Smart,
        Normalization::Smart,
        AtomKind::Substring,
    );
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut scratch = Vec::new();
    let fits = |core: &StoredCore, scratch: &mut Vec<char>, matcher: &mut Matcher| {
        let pid = core.pid.map(|pid| pid.to_string());
        let texts = [
            &pid,
            &core.name,
            &core.exe,
            &core.command,
            &core.user,
            &core.signal_name,
            &core.unit,
            &core.time,
            &core.file,
        ];
        let texts: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
        words
            .score(Utf32Str::new(&texts.join(" "), scratch), matcher)
            .is_some()
    };
    let all = cores.iter().enumerate();
    all.filter(|(_, core)| fits(core, &mut scratch, &mut matcher))
        .map(|(index, _)| index)
        .collect()
}
