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
