//! An error as a person or a script sees it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Sorts failures for scripts; the words appear as `kind` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A file could not be opened or read.
    File,
    /// A file is not what it has to be, or is damaged beyond use.
    Format,
    /// The operating system refused.
    Permission,
    /// What was asked for does not exist in this target.
    NotFound,
    /// Known to be absent here: optimised away, not in the core, no debug information.
    Unavailable,
    /// The request itself makes no sense.
    Usage,
    /// The kind of target or machine cannot do this.
    Unsupported,
    /// Stopped on request.
    Cancelled,
    /// A fault of this program.
    Internal,
}

/// What failed and on what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// Lower case, no full stop; ids, paths and addresses last.
    pub message: String,
    /// The part of an expression that is at fault, in bytes from its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<std::ops::Range<usize>>,
    /// Underlying reasons, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What the user can do next, one sentence each.
    #[serde(default)]
    pub hints: Vec<String>,
}

impl Failure {
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            at: None,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds `error` and its whole chain of sources as causes.
    #[must_use]
    pub fn because(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
