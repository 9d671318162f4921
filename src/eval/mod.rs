//! From variables to values.
//!
//! Owns the way from a location expression to a line of text: `place` says where a value is, the
//! loader reads it by its type within limits, `format` writes it in Go's syntax, `summaries` say what
//! well-known types mean. Asks `symbols` what
//! is declared where, memory for bytes, and a frame for its registers; knows no stacks and no
//! threads. Every value has a state: what is not known is said, never guessed.

mod bytes;
mod channels;
mod described;
mod described_maps;
mod error;
pub mod expression;
mod format;
mod funcs;
mod generics;
mod interfaces;
mod load;
mod maps;
mod names;
mod place;
mod scalars;
mod scope;
mod sequences;
mod summaries;
#[cfg(test)]
mod tests;
mod visible;
mod whole;

pub use error::EvalError;
pub use load::ValueContext;
pub use scope::{FrameContext, expand, globals, scope};
pub use whole::{WholeText, whole};
