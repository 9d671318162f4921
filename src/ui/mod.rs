//! The terminal: knows the model and the protocol, nothing below.

pub mod highlight;
pub mod svg;
pub mod theme;
pub mod widgets;
