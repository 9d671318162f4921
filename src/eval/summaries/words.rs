//! How summaries are put together from words, numbers and text.

use super::part::{Part, Text};
use crate::eval::format;
use crate::model::{Role, Runs};

/// Characters of one summary after which further parts are counted instead of shown.
pub(super) const LINE: usize = 400;

/// `pkg.Type `, to be followed by what is in it.
pub(super) fn head(part: &Part<'_>) -> Runs {
    let mut runs = Runs::of(format::short_type(&part.name), Role::TypeName);
    runs.push(" ", Role::Punctuation);
    runs
}

/// `pkg.Type word`.
pub(super) fn said(part: &Part<'_>, text: impl Into<String>, role: Role) -> Runs {
    let mut runs = head(part);
    runs.push(text, role);
    runs
}

/// `"text"…+N more`.
pub(super) fn quoted(text: &Text) -> Runs {
    let mut runs = Runs::of(format::quote(&text.bytes), Role::Text);
    if text.left_out > 0 {
        runs.push(format!("…+{} more", text.left_out), Role::Dim);
    }
    runs
}

/// The text of a field, quoted.
pub(super) fn quoted_field(part: &Part<'_>, name: &str) -> Option<Runs> {
    Some(quoted(&part.field(name)?.text()?))
}

/// The text of a field where it is plain enough to stand without quotes; only whole texts.
pub(super) fn plain_field(part: &Part<'_>, name: &str) -> Option<String> {
    plain(part.field(name)?.text()?)
}

/// A whole text without characters that would have to be escaped.
pub(super) fn plain(text: Text) -> Option<String> {
    if text.left_out > 0 {
        return None;
    }
    let quoted = format::quote(&text.bytes);
    let text = String::from_utf8(text.bytes).ok()?;
    let is_plain = quoted.get(1..quoted.len().saturating_sub(1)) == Some(&*text);
    is_plain.then_some(text)
}

/// Characters of a line.
pub(super) fn width(runs: &Runs) -> usize {
    runs.0.iter().map(|run| run.text.chars().count()).sum()
}

/// `one goroutine`, `3 goroutines`.
pub(super) fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}
