//! Core dumps that were stored on this machine: what systemd-coredump kept, or a plain directory.
//!
//! ```text
//!   /var/lib/systemd/coredump/core.NAME.UID.BOOT.PID.TIME.zst   its name, user.coredump.* attributes
//!   the journal, as journalctl tells it                          what was removed or never kept, too
//!   DIR/anything                                                 notes at the beginning of each core
//! ```
//!
//! Needs no privileges, and says what stays hidden without them. Opens nothing as a target.

mod directory;
mod file_name;
mod found;
mod journal;
mod list;
mod peek;

pub use list::{Storage, list};
