//! Go's expressions, as far as they only read: text -> tree -> value.
//!
//! Owns the grammar and Go's rules of types, selectors, conversions and arithmetic. Values are
//! loaded by `eval`'s one loader, names come from the debug information and the frame. Nothing of
//! the target is ever called or changed. Every error points at its place in the text.

mod ast;
mod call;
mod compare;
mod context;
mod error;
mod index;
mod lex;
mod names;
mod number;
mod operand;
mod parse;
mod run;
mod select;
mod show;
mod typed;
mod types;

pub use context::{ExpressionContext, Known, evaluate, point, type_of};
pub use error::{ExpressionError, Fault, Span};
