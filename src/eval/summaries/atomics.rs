//! `sync/atomic`: the value inside. The runtime's own atomics are wrapped in the same way.

use super::part::Part;
use super::table::Reader;
use super::words::{head, said};
use crate::model::{Role, Runs};
use crate::symbols::Shape;

pub(super) const READERS: &[(&str, Reader)] = &[
    ("sync/atomic.Bool", flag),
    ("sync/atomic.Int32", signed),
    ("sync/atomic.Int64", signed),
    ("sync/atomic.Uint32", unsigned),
    ("sync/atomic.Uint64", unsigned),
    ("sync/atomic.Uintptr", unsigned),
    ("sync/atomic.Pointer", pointer),
    ("sync/atomic.Value", any),
];

fn flag(part: &Part<'_>) -> Option<Runs> {
    let is_set = part.uint()? != 0;
    Some(said(part, is_set.to_string(), Role::Keyword))
}

fn signed(part: &Part<'_>) -> Option<Runs> {
    Some(said(part, part.int()?.to_string(), Role::Number))
}

fn unsigned(part: &Part<'_>) -> Option<Runs> {
    Some(said(part, part.uint()?.to_string(), Role::Number))
}

fn pointer(part: &Part<'_>) -> Option<Runs> {
    let Some(target) = part.atomic_pointee()? else {
        return Some(said(part, "nil", Role::Keyword));
    };
    let mut runs = head(part);
    runs.push("*", Role::Punctuation);
    runs.extend(target.shown());
    Some(runs)
}

fn any(part: &Part<'_>) -> Option<Runs> {
    let value = part.field("v")?;
    if !matches!(value.ty.shape, Shape::Interface { .. }) {
        return None;
    }
    if value.word()? == 0 {
        return Some(said(part, "nil", Role::Keyword));
    }
    let mut runs = head(part);
    runs.extend(value.shown());
    Some(runs)
}
