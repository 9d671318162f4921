//! The terminal: knows the model and the protocol, nothing below.
//!
//! ```text
//!   keys, mouse, engine events --Input--> update(state) --Effects--> engine, clipboard, editor
//!                                            |
//!                          AppState --view(theme)--> Buffer --> terminal
//! ```
//!
//! `app` is the state, `update` and `action` change it, `view` with `panes` and `overlays` draws it;
//! all of these are pure. Only `run` and `term` touch the world.

pub mod action;
pub mod app;
mod ask;
mod bars;
pub mod checks;
mod command;
mod copy;
mod crash_card;
pub mod effect;
mod feed;
mod folds;
pub mod highlight;
pub mod input;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod loadable;
mod motion;
pub mod overlays;
pub mod panes;
pub mod place;
mod run;
pub mod svg;
mod term;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod widgets;

pub use app::Start;
pub use run::run;
