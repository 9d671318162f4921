//! The terminal: knows the model and the protocol, nothing below.

pub mod theme;
pub mod widgets;
