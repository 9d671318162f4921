//! Why an expression has no value, and which part of it is at fault.

use std::ops::Range;

use crate::base::Cancelled;
use crate::symbols::SymbolError;

/// Bytes of an expression, from its start.
pub type Span = Range<usize>;

/// A fault in an expression or in what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ExpressionError {
    /// Lower case, no full stop.
    pub what: String,
    /// The part at fault.
    pub at: Span,
    pub kind: Fault,
    /// What to do instead, one sentence.
    pub hint: Option<String>,
}

/// What sort of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not an expression, or one that makes no sense.
    Wrong,
    /// A name, key or field that does not exist.
    Unknown,
    /// It exists, and cannot be had here.
    Unavailable,
    Cancelled,
}

impl ExpressionError {
    pub(super) fn new(kind: Fault, at: Span, what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            at,
            kind,
            hint: None,
        }
    }

    pub(super) fn wrong(at: Span, what: impl Into<String>) -> Self {
        Self::new(Fault::Wrong, at, what)
    }

    pub(super) fn unknown(at: Span, what: impl Into<String>) -> Self {
        Self::new(Fault::Unknown, at, what)
    }

    pub(super) fn unavailable(at: Span, what: impl Into<String>) -> Self {
        Self::new(Fault::Unavailable, at, what)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn cancelled(at: Span, cancelled: &Cancelled) -> Self {
        Self::new(Fault::Cancelled, at, cancelled.to_string())
    }

    /// Damaged debug information met on the way.
    pub(super) fn symbols(at: Span, error: &SymbolError) -> Self {
        Self::unavailable(at, error.to_string())
    }
}
