//! `os.File`: name and descriptor.

use super::part::Part;
use super::table::Reader;
use super::words::{head, quoted_field, said};
use crate::model::{Role, Runs};

pub(super) const READERS: &[(&str, Reader)] = &[("os.File", file)];

/// What a closed file has for a descriptor.
const CLOSED: i64 = -1;

fn file(part: &Part<'_>) -> Option<Runs> {
    let Some(file) = part.field("file")?.pointee()? else {
        return Some(said(part, "nil", Role::Keyword));
    };
    let descriptor = file.field("pfd")?.field("Sysfd")?.int()?;
    let mut runs = head(part);
    runs.extend(quoted_field(&file, "name")?);
    if descriptor == CLOSED {
        runs.push(" closed", Role::Keyword);
    } else {
        runs.push(format!(" fd {descriptor}"), Role::Number);
    }
    Some(runs)
}
