//! One thing that `doctor` looked at.

use serde::{Deserialize, Serialize};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    #[serde(rename = "ok")]
    Good,
    /// Works, with a limit worth knowing.
    #[serde(rename = "warning")]
    Note,
    /// Stands in the way.
    Bad,
}

/// What was looked at, what was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A few words: "core pattern", "yama".
    pub name: String,
    pub state: CheckState,
    /// What was found, one sentence without full stop.
    pub what: String,
    /// A command or a setting that helps; `None` when nothing is wrong or nothing can be done.
    pub fix: Option<String>,
}

impl Check {
    #[must_use]
    pub fn new(name: &str, state: CheckState, what: impl Into<String>, fix: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            state,
            what: what.into(),
            fix: fix.map(str::to_owned),
        }
    }

    /// Nothing stands in the way.
    #[must_use]
    pub fn good(name: &str, what: impl Into<String>) -> Self {
        Self::new(name, CheckState::Good, what, None)
    }
}
