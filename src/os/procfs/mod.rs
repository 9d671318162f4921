//! What `/proc/PID` says of a process: thin readers over pure parsers of its texts.

mod maps;
mod process;
mod status;

pub use maps::{Mapping, Permissions, parse_maps};
pub use process::ProcDir;
pub use status::{Stat, Status, parse_stat, parse_status};
