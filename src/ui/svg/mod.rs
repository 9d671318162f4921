//! A screen as a picture: what would stand in the terminal's cells, as SVG.
//!
//! Deterministic, so that pictures can be compared and regenerated. Lines of frames and blocks are
//! drawn as shapes, not as letters: they meet in every font. Knows cells only, nothing of panes.

mod picture;
mod terminal;

pub use picture::svg;
pub use terminal::Terminal;
