//! Facts with no domain: nothing here knows ELF, Go, processes or terminals.
//!
//! Owns the newtypes for addresses and ids, bounds-checked byte reading, the sorted range map,
//! cancellation, progress, passes over many items by several threads, patterns for names, the budgets of [`Limits`], and [`visible`], the one way by which text
//! from outside becomes printable.

mod addr;
mod bytes;
mod cancel;
mod escape;
mod ids;
mod limits;
mod parallel;
mod pattern;
mod progress;
mod range_map;
mod shared;
mod zeros;

pub use addr::{Addr, AddrRange, ImageAddr};
pub use bytes::{Cursor, OutOfBounds};
pub use cancel::{CancelToken, Cancelled};
pub use escape::{visible, visible_len_is_same};
pub use ids::{Epoch, GoId, JobId, Tid};
pub use limits::Limits;
pub use parallel::{in_order, map_chunks};
pub use pattern::{Pattern, PatternError};
pub use progress::{Progress, ProgressSink, Unit};
pub use range_map::RangeMap;
pub use shared::SharedBytes;
pub use zeros::is_zero;
