//! `time.Time`, `time.Duration`, `time.Location`.
//!
//! ```text
//!   wall  1 bit: has a monotonic clock | 33 bits: seconds since 1885 | 30 bits: nanoseconds
//!   ext   the monotonic clock in ns since the program began; without one, seconds since year 1
//!   loc   nil: UTC
//! ```

mod rules;
mod zones;

use super::calendar::{WALL_TO_INTERNAL, duration, rfc3339};
use super::part::Part;
use super::table::Reader;
use super::words::{plain_field, said};
use crate::model::{Role, Runs};
use zones::Zone;

pub(super) const READERS: &[(&str, Reader)] = &[
    ("time.Time", |part| moment(part)),
    ("time.Duration", |part| {
        Some(Runs::of(duration(part.int()?), Role::Number))
    }),
    ("time.Location", |part| {
        Some(said(part, plain_field(part, "name")?, Role::Number))
    }),
];

const HAS_MONOTONIC: u64 = 1 << 63;
const NANOSECONDS: u64 = (1 << 30) - 1;

fn moment(part: &Part<'_>) -> Option<Runs> {
    let (text, note) = written(part)?;
    let mut runs = said(part, text, Role::Number);
    if let Some(note) = note {
        runs.push(format!(" ({note})"), Role::Dim);
    }
    Some(runs)
}

/// A `time.Time` as text, and what has to be said of its zone.
pub(super) fn written(part: &Part<'_>) -> Option<(String, Option<String>)> {
    let wall = part.field("wall")?.uint()?;
    let ext = part.field("ext")?.int()?;
    let nanoseconds = u32::try_from(wall & NANOSECONDS).ok()?;
    if nanoseconds >= 1_000_000_000 {
        return None;
    }
    let has_monotonic = wall & HAS_MONOTONIC != 0;
    let seconds = if has_monotonic {
        let since = (wall & !HAS_MONOTONIC) >> 30;
        WALL_TO_INTERNAL.checked_add(i64::try_from(since).ok()?)?
    } else {
        ext
    };
    let zone = zones::zone_at(&part.field("loc")?, seconds)?;
    let (offset, note) = match zone {
        Zone::Known(offset) => (offset, None),
        Zone::Unknown(name) => (0, Some(format!("UTC; {name} could not be read"))),
    };
    let mut text = rfc3339(seconds, nanoseconds, offset)?;
    if has_monotonic {
        text.push_str(&monotonic(ext));
    }
    Some((text, note))
}

/// ` m=+0.123456789`, as Go prints it: seconds since the program began.
fn monotonic(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { '-' } else { '+' };
    let all = nanoseconds.unsigned_abs();
    format!(" m={sign}{}.{:09}", all / 1_000_000_000, all % 1_000_000_000)
}

/// A moment without its type.
pub(super) fn bare(part: &Part<'_>) -> Option<Runs> {
    Some(Runs::of(written(part)?.0, Role::Number))
}
