//! Everything the screen depends on, and how happenings change it.
//!
//! [`AppState`] is the whole truth: view draws it, update changes it, nothing else remembers
//! anything. Split by concern: `state` is the data, `cascade` follows selections, `answers` takes
//! what the engine says, `picking` chooses one, `live` drives it,
//! `downloads` asks whether servers may be asked, `travel` moves cursors and focus, the rest are small collections.

mod answers;
mod cascade;
mod code;
mod downloads;
mod history;
mod jobs;
mod live;
mod marks;
mod memory;
mod messages;
mod picking;
mod state;
mod travel;
mod values;

pub use history::{History, Visit};
pub use jobs::{Job, Jobs, Purpose};
pub use live::LiveView;
pub use marks::{Mark, mark_letter};
pub use messages::{Level, Message, Messages};
pub use picking::Start;
pub use state::{AppState, Options};
pub use values::Picked;
