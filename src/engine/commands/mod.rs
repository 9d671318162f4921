//! The language of `-x`, `--script` and the `:` prompt: its table, its grammar, its meaning as data.
//!
//! [`parse`] turns one line into a [`UserCommand`]; [`COMMANDS`] is the table that parsing, help,
//! completion, the README and the man page share. Nothing here asks a target anything: who shows
//! things carries a command out.

mod grammar;
mod look;
mod nearest;
mod query;
mod table;
mod words;

pub use grammar::{parse, split_line};
pub use nearest::nearest;
pub use query::{
    ExamineQuery, GoroutineFilter, GoroutineTest, GoroutinesQuery, GroupBy, LocationKind, MemoryFormat,
    SortKey, UserCommand, location_of,
};
pub use table::{COMMANDS, CommandFamily, CommandSpec, find};
