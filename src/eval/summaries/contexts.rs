//! Contexts, from the one at hand back to `context.Background`.
//!
//! `context.valueCtx main.key("user"): "bob" <- context.cancelCtx done <- context.backgroundCtx`

use super::part::Part;
use super::table::{LINKS, Reader};
use super::times;
use super::words::{LINE, head, width};
use crate::eval::format;
use crate::model::{Role, Runs};
use crate::symbols::Shape;

pub(super) const READERS: &[(&str, Reader)] = &[
    ("context.valueCtx", chain),
    ("context.cancelCtx", chain),
    ("context.timerCtx", chain),
    ("context.withoutCancelCtx", chain),
    ("context.afterFuncCtx", chain),
    ("context.stopCtx", chain),
    ("os/signal.signalCtx", chain),
    ("context.backgroundCtx", root),
    ("context.todoCtx", root),
];

fn root(part: &Part<'_>) -> Option<Runs> {
    Some(Runs::of(format::short_type(&part.name), Role::TypeName))
}

fn chain(part: &Part<'_>) -> Option<Runs> {
    let mut runs = link(part)?;
    let mut next = parent(part);
    for _ in 0..LINKS {
        let Some(held) = next else {
            return Some(runs);
        };
        runs.push(" <- ", Role::Punctuation);
        if width(&runs) > LINE {
            break;
        }
        let is_pointer = matches!(held.ty.shape, Shape::Pointer { .. });
        let held = if is_pointer { held.target()? } else { held };
        runs.push(if is_pointer { "*" } else { "" }, Role::Punctuation);
        runs.extend(link(&held)?);
        next = parent(&held);
    }
    runs.push("…", Role::Dim);
    Some(runs)
}

/// What the embedded context holds that a context extends, however deep it is embedded.
fn parent<'p>(part: &Part<'p>) -> Option<Part<'p>> {
    let inner = part.field("cancelCtx").or_else(|| part.field("timerCtx"));
    match inner {
        Some(inner) => parent(&inner),
        None => part.any_field(&["Context", "c"])?.dynamic()?,
    }
}

/// One context without those that it extends; of other types than the package's own the name.
fn link(part: &Part<'_>) -> Option<Runs> {
    let mut runs = head(part);
    match &*part.name {
        "context.valueCtx" => {
            runs.extend(part.field("key")?.shown());
            runs.push(": ", Role::Punctuation);
            runs.extend(part.field("val")?.shown());
        }
        "context.timerCtx" => {
            runs.push("deadline ", Role::Dim);
            runs.extend(times::bare(&part.field("deadline")?)?);
            runs.push(", ", Role::Punctuation);
            cancelled(&mut runs, &part.field("cancelCtx")?)?;
        }
        "context.cancelCtx" => cancelled(&mut runs, part)?,
        "context.afterFuncCtx" => cancelled(&mut runs, &part.field("cancelCtx")?)?,
        _ => return root(part),
    }
    Some(runs)
}

/// `active`, or why it is not: `err` is an error, or, since Go 1.26, an `atomic.Value` of one.
fn cancelled(runs: &mut Runs, part: &Part<'_>) -> Option<()> {
    let err = part.field("err")?;
    let err = err.field("v").unwrap_or(err);
    if err.word()? == 0 {
        runs.push("active", Role::Keyword);
        return Some(());
    }
    runs.push("done: ", Role::Keyword);
    runs.extend(err.shown());
    if let Some(cause) = part.field("cause")
        && cause.word()? != 0
        && !is_same(&cause, &err)?
    {
        runs.push(", cause: ", Role::Dim);
        runs.extend(cause.shown());
    }
    Some(())
}

/// Whether two interfaces hold the same object.
fn is_same(a: &Part<'_>, b: &Part<'_>) -> Option<bool> {
    let data = |part: &Part<'_>| part.loader.word(part.object.at(8)).ok();
    Some(data(a)? == data(b)?)
}
