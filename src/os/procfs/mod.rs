//! What `/proc/PID` says of a process: thin readers over pure parsers of its texts.

mod maps;
mod process;
mod smaps;
mod status;

pub use maps::{Mapping, Permissions, parse_maps};
pub use process::ProcDir;
pub use smaps::{DetailedMapping, VmFlags, parse_smaps};
pub use status::{Stat, Status, parse_stat, parse_status};
