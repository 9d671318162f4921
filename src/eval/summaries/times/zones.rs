//! How far a zone was from UTC at a moment: `time.Location` as `(*Location).lookup` reads it.

use super::super::calendar::UNIX_TO_INTERNAL;
use super::super::part::Part;
use super::super::words::plain_field;
use super::rules;

/// What is known of a zone at a moment.
pub(super) enum Zone {
    /// Seconds east of UTC.
    Known(i64),
    /// What cannot be told.
    Unknown(String),
}

/// Transitions passed on the way to the first zone of a location; the database has about 200 each.
const TRANSITIONS: u64 = 1 << 14;

/// The zone that `loc`, a `*time.Location`, has at `seconds` since the start of year 1.
pub(super) fn zone_at(loc: &Part<'_>, seconds: i64) -> Option<Zone> {
    let Some(location) = loc.pointee()? else {
        return Some(Zone::Known(0));
    };
    let name = plain_field(&location, "name").unwrap_or_default();
    let unix = seconds.checked_sub(UNIX_TO_INTERNAL);
    let offset = unix.and_then(|unix| offset_at(&location, &name, unix));
    Some(offset.map_or_else(|| Zone::Unknown(called(name)), Zone::Known))
}

/// The zone of the machine has no name before the program used it for the first time.
fn called(name: String) -> String {
    match name.as_str() {
        "" => "its zone".into(),
        _ => format!("zone {name}"),
    }
}

fn offset_at(location: &Part<'_>, name: &str, unix: i64) -> Option<i64> {
    let zones = location.field("zone")?.slice()?;
    if zones.len == 0 {
        return (name == "UTC").then_some(0);
    }
    if let Some(offset) = cached(location, unix) {
        return Some(offset);
    }
    let transitions = location.field("tx")?;
    let all = transitions.slice()?;
    let when = |index| transitions.element(all, index)?.field("when")?.int();
    if all.len == 0 || unix < when(0)? {
        return first_zone(location);
    }
    let last = last_not_after(all.len, unix, when)?;
    if last + 1 == all.len
        && let Some(text) = plain_field(location, "extend").filter(|text| !text.is_empty())
    {
        return rules::offset_at(&text, unix);
    }
    zone_offset(location, transitions.element(all, last)?.field("index")?.uint()?)
}

/// The greatest index whose transition is not after `unix`; the first one is known not to be.
fn last_not_after(len: u64, unix: i64, when: impl Fn(u64) -> Option<i64>) -> Option<u64> {
    let (mut low, mut high) = (0, len);
    while high.saturating_sub(low) > 1 {
        let middle = low + (high - low) / 2;
        if unix < when(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(low)
}

/// The zone of about the time when the location was loaded.
fn cached(location: &Part<'_>, unix: i64) -> Option<i64> {
    let zone = location.field("cacheZone")?.target()?;
    let start = location.field("cacheStart")?.int()?;
    let end = location.field("cacheEnd")?.int()?;
    if (start..end).contains(&unix) {
        return zone.field("offset")?.int();
    }
    None
}

fn zone_offset(location: &Part<'_>, index: u64) -> Option<i64> {
    let zones = location.field("zone")?;
    let span = zones.slice().filter(|span| index < span.len)?;
    zones.element(span, index)?.field("offset")?.int()
}

/// The zone before the first transition: the first one that no transition leads to, else the nearest
/// one before it without daylight saving, as tzcode has it.
fn first_zone(location: &Part<'_>) -> Option<i64> {
    let transitions = location.field("tx")?;
    let all = transitions.slice()?;
    let index = |at| transitions.element(all, at)?.field("index")?.uint();
    let mut is_used = false;
    for at in 0..all.len.min(TRANSITIONS) {
        is_used |= index(at)? == 0;
    }
    if !is_used {
        return zone_offset(location, 0);
    }
    let zones = location.field("zone")?;
    let span = zones.slice()?;
    let is_saving = |at| zones.element(span, at)?.field("isDST")?.uint();
    let first = if all.len > 0 { index(0)? } else { 0 };
    if first < span.len && is_saving(first)? != 0 {
        for before in (0..first).rev() {
            if is_saving(before)? == 0 {
                return zone_offset(location, before);
            }
        }
    }
    for at in 0..span.len.min(TRANSITIONS) {
        if is_saving(at)? == 0 {
            return zone_offset(location, at);
        }
    }
    zone_offset(location, 0)
}
