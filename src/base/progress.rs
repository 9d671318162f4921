//! How far a long job has come, as a plain value.

use serde::{Deserialize, Serialize};

/// What `done` and `total` count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Bytes,
    Items,
}

/// One report of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done, in a few words: "reading goroutines".
    pub phase: String,
    pub done: u64,
    /// `None` while the end is not known.
    pub total: Option<u64>,
    pub unit: Unit,
}

/// Where a job sends its reports. The receiver decides how many of them to show.
pub type ProgressSink<'a> = &'a (dyn Fn(Progress) + Sync);

impl Progress {
    /// Share done, 0 to 1, when the end is known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a gauge needs no more than 52 bits")]
    pub fn fraction(&self) -> Option<f64> {
        match self.total {
            Some(0) => Some(1.0),
            Some(total) => Some((self.done as f64 / total as f64).clamp(0.0, 1.0)),
            None => None,
        }
    }
}
