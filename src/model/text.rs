//! Text with meaning instead of colour: what a run *is* travels, how it looks is the theme's matter.

use serde::{Serialize, Serializer};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Plain,
    Name,
    TypeName,
    Number,
    Text,
    Address,
    Keyword,
    Punctuation,
    Function,
    /// Less important.
    Dim,
    /// Missing, unreadable, optimised away.
    Missing,
    Error,
    /// A guess.
    Doubtful,
}

/// A piece of text of one role. Raw, as the target holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    pub role: Role,
}

/// A line of runs. Serialises as its plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs(pub Vec<Run>);

impl Runs {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn of(text: impl Into<String>, role: Role) -> Self {
        let mut runs = Self::new();
        runs.push(text, role);
        runs
    }

    /// Appends text, joined to the last run where the role is the same.
    pub fn push(&mut self, text: impl Into<String>, role: Role) {
        let text = text.into();
        match self.0.last_mut() {
            Some(last) if last.role == role => last.text.push_str(&text),
            _ => self.0.push(Run { text, role }),
        }
    }

    pub fn extend(&mut self, other: Self) {
        for run in other.0 {
            self.push(run.text, run.role);
        }
    }

    #[must_use]
    pub fn plain(&self) -> String {
        self.0.iter().map(|run| run.text.as_str()).collect()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|run| run.text.is_empty())
    }
}

impl Serialize for Runs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}
