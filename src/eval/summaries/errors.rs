//! Errors: their message where it lies in fields, and what they wrap.
//!
//! `*fmt.wrapError "load: open x" <- *fs.PathError open "x" <- syscall.Errno ENOENT (2)`
//!
//! Methods are not run: what an `Error` method would put together is not shown.

mod errno;

use super::part::Part;
use super::table::{LINKS, Reader};
use super::words::{LINE, head, plain_field, quoted, quoted_field, width};
use crate::eval::format;
use crate::go::TEXT_ERRORS;
use crate::model::{Role, Runs};
use crate::symbols::{Field, Shape};

pub(super) const READERS: &[(&str, Reader)] = &[
    ("errors.errorString", chain),
    ("errors.joinError", chain),
    ("fmt.wrapError", chain),
    ("fmt.wrapErrors", chain),
    ("io/fs.PathError", chain),
    ("os.LinkError", chain),
    ("os.SyscallError", chain),
    ("net.OpError", chain),
    ("net.AddrError", chain),
    ("net.DNSError", chain),
    ("net/url.Error", chain),
    ("strconv.NumError", chain),
    (TEXT_ERRORS[0], chain),
    (TEXT_ERRORS[1], chain),
    ("encoding/json.SyntaxError", chain),
    ("syscall.Errno", chain),
];

/// Fields in which errors keep what they wrap.
const WRAPPED: [&str; 6] = ["err", "Err", "errs", "cause", "Cause", "error"];
/// Errors shown of those that one error joins.
const JOINED: u64 = 8;

/// An error of a type that is not in the table: its fields, then what it wraps. `None` for errors that
/// wrap nothing, which their fields say all of.
pub(super) fn chain_of_any(part: &Part<'_>) -> Option<Runs> {
    let is_pointer = matches!(part.ty.shape, Shape::Pointer { .. });
    let value = if is_pointer { part.target()? } else { part.clone() };
    wrapped(&value).filter(|wrapped| wrapped.word() != Some(0))?;
    let mut runs = Runs::of(if is_pointer { "*" } else { "" }, Role::Punctuation);
    runs.extend(chain(&value)?);
    Some(runs)
}

/// One error and all that it wraps.
fn chain(part: &Part<'_>) -> Option<Runs> {
    let mut runs = link(part)?;
    let mut next = wrapped(part);
    for _ in 0..LINKS {
        let Some(field) = next else {
            return Some(runs);
        };
        if matches!(field.ty.shape, Shape::Slice { .. }) {
            joined(&mut runs, &field)?;
            return Some(runs);
        }
        let Some(held) = field.dynamic()? else {
            return Some(runs);
        };
        runs.push(" <- ", Role::Punctuation);
        if width(&runs) > LINE {
            break;
        }
        let is_pointer = matches!(held.ty.shape, Shape::Pointer { .. });
        if is_pointer {
            runs.push("*", Role::Punctuation);
        }
        let held = if is_pointer { held.target()? } else { held };
        runs.extend(link(&held)?);
        next = wrapped(&held);
    }
    runs.push("…", Role::Dim);
    Some(runs)
}

/// The field of a struct that holds the error, or errors, that it wraps.
fn wrapped<'p>(part: &Part<'p>) -> Option<Part<'p>> {
    WRAPPED
        .iter()
        .filter_map(|name| part.field(name))
        .find(|field| match field.ty.shape {
            Shape::Interface { .. } => is_error(field),
            Shape::Slice { elem } => field
                .other(elem, field.object)
                .is_some_and(|elem| is_error(&elem)),
            _ => false,
        })
}

fn is_error(part: &Part<'_>) -> bool {
    matches!(part.ty.shape, Shape::Interface { .. }) && &*part.name == "error"
}

/// ` <- [*errors.errorString "a", *errors.errorString "b"]`.
fn joined(runs: &mut Runs, field: &Part<'_>) -> Option<()> {
    let span = field.slice()?;
    runs.push(" <- [", Role::Punctuation);
    let mut shown = 0;
    for index in 0..span.len.min(JOINED) {
        if width(runs) > LINE {
            break;
        }
        if index > 0 {
            runs.push(", ", Role::Punctuation);
        }
        runs.extend(field.element(span, index)?.shown());
        shown += 1;
    }
    if span.len > shown {
        runs.push(format!(", …+{} more", span.len - shown), Role::Dim);
    }
    runs.push("]", Role::Punctuation);
    Some(())
}

/// One error without what it wraps.
fn link(part: &Part<'_>) -> Option<Runs> {
    let mut runs = head(part);
    let said = match &*part.name {
        "errors.errorString" => quoted_field(part, "s")?,
        "fmt.wrapError" | "fmt.wrapErrors" | "encoding/json.SyntaxError" => quoted_field(part, "msg")?,
        "io/fs.PathError" => words(part, &["Op"], &["Path"])?,
        "os.LinkError" => words(part, &["Op"], &["Old", "New"])?,
        "os.SyscallError" => words(part, &["Syscall"], &[])?,
        "net/url.Error" => words(part, &["Op"], &["URL"])?,
        "net.OpError" => {
            let mut runs = words(part, &["Op", "Net"], &[])?;
            endpoints(&mut runs, part);
            runs
        }
        "net.AddrError" => words(part, &[], &["Err", "Addr"])?,
        "net.DNSError" => words(part, &[], &["Err", "Name"])?,
        "strconv.NumError" => words(part, &["Func"], &["Num"])?,
        name if TEXT_ERRORS.contains(&name) => quoted(&part.text()?),
        "syscall.Errno" => errno::named(part.uint()?),
        "errors.joinError" => return Some(bare(part)),
        _ => return other(part),
    };
    runs.extend(said);
    Some(runs)
}

fn bare(part: &Part<'_>) -> Runs {
    Runs::of(format::short_type(&part.name), Role::TypeName)
}

/// Fields that are words, then fields that are quoted.
fn words(part: &Part<'_>, plain: &[&str], rest: &[&str]) -> Option<Runs> {
    let mut runs = Runs::new();
    for name in plain {
        let text = plain_field(part, name).filter(|text| !text.is_empty());
        let text = match text {
            Some(text) => Runs::of(text, Role::Text),
            None => quoted_field(part, name)?,
        };
        separate(&mut runs);
        runs.extend(text);
    }
    for name in rest {
        separate(&mut runs);
        runs.extend(quoted_field(part, name)?);
    }
    Some(runs)
}

fn separate(runs: &mut Runs) {
    if !runs.is_empty() {
        runs.push(" ", Role::Plain);
    }
}

/// ` 127.0.0.1:4711 -> 10.0.0.1:80`, as far as the addresses are known.
fn endpoints(runs: &mut Runs, part: &Part<'_>) {
    let address = |name| part.field(name)?.held();
    for (name, sign) in [("Source", " from "), ("Addr", " to ")] {
        if let Some(address) = address(name) {
            runs.push(sign, Role::Dim);
            runs.extend(address.shown());
        }
    }
}

/// An error of another type: its own fields, which are all that is known of its message.
fn other(part: &Part<'_>) -> Option<Runs> {
    let Shape::Struct { fields } = &part.ty.shape else {
        return Some(format::dynamic(&part.value()));
    };
    let inner = wrapped_name(part, fields);
    let mut runs = bare(part);
    runs.push(" {", Role::Punctuation);
    let own = fields.iter().filter(|field| Some(&*field.name) != inner);
    for (shown, field) in own.enumerate() {
        if shown > 0 {
            runs.push(", ", Role::Punctuation);
        }
        if width(&runs) > LINE {
            runs.push("…", Role::Dim);
            break;
        }
        runs.push(field.name.to_string(), Role::Name);
        runs.push(": ", Role::Punctuation);
        runs.extend(part.other(field.ty, part.object.at(field.offset))?.shown());
    }
    runs.push("}", Role::Punctuation);
    Some(runs)
}

/// The name of the field that the chain goes on with.
fn wrapped_name<'f>(part: &Part<'_>, fields: &'f [Field]) -> Option<&'f str> {
    let inner = wrapped(part)?;
    let found = fields
        .iter()
        .find(|field| field.ty == inner.id && WRAPPED.contains(&&*field.name))?;
    Some(&found.name)
}
