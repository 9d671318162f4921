//! The types of the action table, and how an action is done or refused.

use super::ACTIONS;
use crate::model::RunState;
use crate::ui::app::{AppState, Level};
use crate::ui::place::Pane;

/// A set of panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes(u8);

/// What has to be so before an action can do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// A live process.
    Live,
    /// One that stands still.
    Held,
    /// One that runs.
    Running,
}

/// Headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Moving,
    Panes,
    Looking,
    Goroutines,
    Copying,
    Running,
    Program,
}

/// One thing that the user can mean.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// For configuration, palette and `:`.
    pub name: &'static str,
    /// One line, no full stop.
    pub doc: &'static str,
    pub keys: &'static [&'static str],
    pub panes: Panes,
    pub needs: Needs,
    pub group: Group,
    /// A word or two for the footer; most actions are not there.
    pub hint: Option<&'static str>,
    pub run: fn(&mut AppState),
}

impl Panes {
    pub const ALL: Self = Self(0b1_1111);
    pub const GOROUTINES: Self = Self(1);
    pub const STACK: Self = Self(2);
    pub const SOURCE: Self = Self(4);
    pub const VARIABLES: Self = Self(8);
    pub const DETAILS: Self = Self(16);

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub fn has(self, pane: Pane) -> bool {
        self.0 & (1 << Pane::ALL.iter().position(|known| *known == pane).unwrap_or(0)) != 0
    }

    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Group {
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Moving => "Moving",
            Self::Panes => "Panes",
            Self::Looking => "Looking",
            Self::Goroutines => "Goroutines and frames",
            Self::Copying => "Copying",
            Self::Running => "Running (live process)",
            Self::Program => "Program",
        }
    }
}

impl Action {
    /// Why it can do nothing now, if so.
    #[must_use]
    pub fn refusal(&self, state: &AppState) -> Option<&'static str> {
        match self.needs {
            Needs::Nothing => None,
            _ if !state.is_live() => Some("needs a live process"),
            Needs::Held if state.run_state() != Some(RunState::Held) => {
                Some("needs a process that stands still")
            }
            Needs::Running if state.run_state() != Some(RunState::Running) => {
                Some("needs a process that runs")
            }
            _ => None,
        }
    }
}

/// The action of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

/// Does an action, or says why not.
pub fn perform(state: &mut AppState, action: &Action) {
    match action.refusal(state) {
        Some(why) => {
            let text = format!("{} {why}", action.name);
            state.say(Level::Warning, text);
        }
        None => (action.run)(state),
    }
}
