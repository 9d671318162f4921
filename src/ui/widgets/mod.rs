//! Pieces of a screen: state in, cells out.
//!
//! Every widget is a plain struct that draws itself into a `Buffer` by a `&Theme`, or a function
//! that makes text. None keeps anything between two frames, none knows a word of debugging. What
//! has to be remembered (offset, selection, typed text) is plain data of the caller.
//!
//! Text given to a widget has been made [`visible`](crate::base::visible) by the caller, except for
//! [`CodeView`], which needs the raw line to keep tabs and highlighting in place. All cells are
//! written by [`put`] and [`put_line`], which let no control character through.

mod code;
mod columns;
mod gauge;
mod glyphs;
mod hints;
mod input;
mod list;
mod numbers;
mod panel;
mod popup;
mod scroll;
mod tabs;
mod text;
mod tree;
mod wrap;

pub use code::{CodeLine, CodeState, CodeView, Mark, StyledRange, columns_of};
pub use columns::{Align, Column, fit_columns, row};
pub use gauge::Gauge;
pub use glyphs::Glyphs;
pub use hints::{Hint, Hints, fit_hints};
pub use input::InputLine;
pub use list::List;
pub use numbers::{bytes, duration, rate, thousands};
pub use panel::{Inner, Panel};
pub use popup::Popup;
pub use scroll::{ListState, draw_scrollbar, thumb};
pub use tabs::Tabs;
pub use text::{
    ellipsis_end, ellipsis_line, ellipsis_middle, ellipsis_start, fill, line_width, pad_end, pad_start, put,
    put_in_lower_frame, put_line, width,
};
pub use tree::{Fold, Tree, TreeRow};
pub use wrap::{Paragraph, wrap_line, wrap_text};
