//! A short list of choices, each with its letter.

use super::super::app::{AppState, Visit, mark_letter};
use super::super::effect::Effect;
use super::super::key::Key;
use super::super::motion::Motion;
use super::super::panes::goroutines::SORTS;
use super::super::widgets::ListState;
use crate::engine::commands::SortKey;
use crate::model::GroupKey;
use crossterm::event::KeyCode;

/// What a choice does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Sort(SortKey),
    Reverse,
    Group(Option<GroupKey>),
    Theme(String),
    /// A marked place.
    Visit(Visit),
    /// Leave, whatever is lost by it.
    Quit,
    Stay,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub letter: Option<char>,
    pub label: String,
    pub choice: Choice,
    /// The one in force.
    pub active: bool,
}

/// A menu and its cursor.
#[derive(Clone, Debug)]
pub struct Menu {
    pub title: &'static str,
    pub items: Vec<Item>,
    pub list: ListState,
}

impl Menu {
    fn new(title: &'static str, items: Vec<Item>) -> Self {
        let selected = items.iter().position(|item| item.active).unwrap_or(0);
        Self {
            title,
            items,
            list: ListState { selected, offset: 0 },
        }
    }

    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let len = self.items.len();
        let motion = match key.code {
            KeyCode::Up => Motion::Up,
            KeyCode::Down => Motion::Down,
            KeyCode::Home => Motion::First,
            KeyCode::End => Motion::Last,
            KeyCode::Enter => {
                self.choose(state, self.list.selected);
                return None;
            }
            KeyCode::Esc => {
                if self
                    .items
                    .iter()
                    .any(|item| matches!(item.choice, Choice::Theme(_)))
                {
                    state.emit(Effect::Theme(state.options.theme.clone()));
                }
                return None;
            }
            KeyCode::Char(letter) => {
                if let Some(at) = self.items.iter().position(|item| item.letter == Some(letter)) {
                    self.choose(state, at);
                    return None;
                }
                match letter {
                    'j' => Motion::Down,
                    'k' => Motion::Up,
                    'q' => return None,
                    _ => return Some(self),
                }
            }
            _ => return Some(self),
        };
        self.list = motion.apply(self.list, len, len);
        // A theme is judged by looking at it.
        if let Some(Choice::Theme(name)) = self.items.get(self.list.selected).map(|item| &item.choice) {
            state.emit(Effect::Theme(name.clone()));
        }
        Some(self)
    }

    /// Does what the item at `index` says.
    pub fn choose(&self, state: &mut AppState, index: usize) {
        let Some(item) = self.items.get(index) else { return };
        match &item.choice {
            Choice::Sort(key) => {
                state.goroutines.sort = *key;
                state.goroutines.rebuild();
            }
            Choice::Reverse => {
                state.goroutines.reversed = !state.goroutines.reversed;
                state.goroutines.rebuild();
            }
            Choice::Group(key) => state.group_by(key.clone()),
            Choice::Quit => state.emit(Effect::Quit),
            Choice::Visit(visit) => state.revisit(*visit),
            Choice::Stay => {}
            Choice::Theme(name) => {
                state.options.theme.clone_from(name);
                state.emit(Effect::Theme(name.clone()));
            }
        }
    }
}

/// The orders of the goroutine list.
#[must_use]
pub fn sort(state: &AppState) -> super::Overlay {
    let mut items: Vec<Item> = SORTS
        .iter()
        .map(|(letter, key, name)| Item {
            letter: Some(*letter),
            label: (*name).to_owned(),
            choice: Choice::Sort(*key),
            active: state.goroutines.sort == *key,
        })
        .collect();
    items.push(Item {
        letter: Some('!'),
        label: "reverse".to_owned(),
        choice: Choice::Reverse,
        active: false,
    });
    super::Overlay::Menu(Menu::new("Sort goroutines by", items))
}

/// What goroutines can be grouped by: fixed keys, then the labels that exist.
#[must_use]
pub fn group(state: &AppState) -> super::Overlay {
    const KEYS: [(char, &str, Option<GroupKey>); 8] = [
        ('f', "flat, no groups", None),
        ('s', "identical stack", Some(GroupKey::Stack)),
        ('t', "status", Some(GroupKey::Status)),
        ('w', "wait reason", Some(GroupKey::WaitReason)),
        ('u', "user location", Some(GroupKey::UserLoc)),
        ('c', "current location", Some(GroupKey::CurrentLoc)),
        ('g', "go statement", Some(GroupKey::GoLoc)),
        ('a', "start function", Some(GroupKey::StartLoc)),
    ];
    let now = &state.goroutines.grouping;
    let mut items: Vec<Item> = KEYS
        .into_iter()
        .map(|(letter, label, key)| Item {
            letter: Some(letter),
            label: label.to_owned(),
            active: *now == key,
            choice: Choice::Group(key),
        })
        .collect();
    for label in label_names(state) {
        let key = Some(GroupKey::Label(label.clone()));
        items.push(Item {
            letter: None,
            label: format!("label {label}"),
            active: *now == key,
            choice: Choice::Group(key),
        });
    }
    super::Overlay::Menu(Menu::new("Group goroutines by", items))
}

/// Names of labels in use, looked for in the first goroutines only.
fn label_names(state: &AppState) -> Vec<String> {
    const LOOKED_AT: usize = 10_000;
    const SHOWN: usize = 8;
    let list = state.goroutines.list.ready();
    let all = list
        .iter()
        .flat_map(|list| list.goroutines.iter().take(LOOKED_AT));
    let names: std::collections::BTreeSet<&String> =
        all.flat_map(|goroutine| goroutine.labels.keys()).collect();
    names.into_iter().take(SHOWN).cloned().collect()
}

/// Marked places.
#[must_use]
pub fn marks(state: &AppState) -> super::Overlay {
    let items = state.marks.iter().enumerate();
    let items = items.map(|(at, mark)| Item {
        letter: Some(mark_letter(at)),
        label: mark.label.clone(),
        choice: Choice::Visit(mark.visit),
        active: false,
    });
    super::Overlay::Menu(Menu::new("Go to mark", items.collect()))
}

/// Asked when something would be lost by leaving.
#[must_use]
pub fn quit() -> super::Overlay {
    let item = |letter, label: &str, choice| Item {
        letter: Some(letter),
        label: label.to_owned(),
        active: choice == Choice::Stay,
        choice,
    };
    let items = vec![
        item('s', "stay until it is written", Choice::Stay),
        item('d', "discard it and leave; the process runs on", Choice::Quit),
    ];
    super::Overlay::Menu(Menu::new("A dump is being written", items))
}

/// All themes.
#[must_use]
pub fn theme(state: &AppState) -> super::Overlay {
    let items = state
        .options
        .themes
        .iter()
        .map(|name| Item {
            letter: None,
            label: name.clone(),
            choice: Choice::Theme(name.clone()),
            active: *name == state.options.theme,
        })
        .collect();
    super::Overlay::Menu(Menu::new("Theme", items))
}
