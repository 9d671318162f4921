//! Colours for source text, off the render path.
//!
//! A worker thread parses; the screen shows plain text until a [`HighlightBatch`] arrives. Spans
//! carry scope names, not colours, so a change of theme costs nothing.
//!
//! ```text
//!   update: Highlights::wanted(..) --HighlightRequest--> worker
//!           Highlights::accept(..) <--HighlightBatch---- (visible lines first, then exact ones)
//!   view:   Highlights::line(file, n) -> &[StyledRange], empty until ready
//! ```
//!
//! A line's look depends on all lines before it (comments and raw strings span lines). Asked for
//! lines deep inside a file that was never parsed, the worker starts at the nearest top-level
//! declaration above them, shows that at once, and corrects it when the true state has arrived.

mod cache;
mod language;
mod parse;
mod worker;

pub use cache::Highlights;
pub use language::Language;
pub use worker::{HighlightBatch, HighlightRequest, Highlighter, highlight_now};
