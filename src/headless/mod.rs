//! Text and JSON for scripts and tests: the same requests, the same events as the screen.
//!
//! A [`Console`] carries out [`crate::engine::commands::UserCommand`]s one after the other and
//! turns each into a [`Reply`]; `text` and `json` write replies; [`run`] does it for a whole script.
//! Nothing here knows how an answer is found, and nothing but this writes results.

mod carry;
mod client;
mod console;
mod cores;
mod gauge;
mod json;
mod machine;
mod once;
mod page;
mod reply;
mod rows_json;
mod script;
mod text;

pub use client::Client;
pub use console::Console;
pub use cores::{find_core, list_cores};
pub use machine::{doctor, find_process, list_processes};
pub use page::Page;
pub use reply::Reply;
pub use script::{Options, Outcome, Step, Streams, run};
pub use text::{write_complaint, write_failure, write_release, write_reply};
