//! A value with all that it holds: every page, every pointer followed once, as text.
//!
//! Bounded by [`crate::base::Limits::whole_nodes`] and [`crate::base::Limits::whole_bytes`]; what they cut off is said.

use std::fmt::Write;

use super::error::EvalError;
use super::format::short_type;
use super::load::ValueContext;
use super::scope::expand;
use crate::base::{Addr, CancelToken};
use crate::model::{Role, Runs, Value, ValueForm, ValueKind, ValueRef};

/// Nesting; a linked list is as deep as it is long.
const DEPTH: usize = 200;
/// Children asked for at once.
const PAGE: u64 = 1024;
/// Bytes of a string asked for at once.
const TEXT_PAGE: u64 = 1 << 20;
/// Columns that a value may have to stand in one line.
const LINE: usize = 96;

/// A value as text, and what of it was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeText {
    pub text: String,
    pub left_out: Option<String>,
}

/// All of `value`, which is loaded as far as it was last shown.
///
/// # Errors
/// When cancelled, or when the value belongs to another image.
pub fn whole(
    context: &ValueContext<'_>,
    value: &Value,
    form: ValueForm,
    cancel: &CancelToken,
) -> Result<WholeText, EvalError> {
    let mut filler = Filler {
        context,
        cancel,
        nodes: context.limits.whole_nodes,
        bytes: context.limits.whole_bytes,
        path: Vec::new(),
        left_out: None,
    };
    let mut value = value.clone();
    filler.fill(&mut value, 0)?;
    let text = match form {
        ValueForm::Go => go_text(&value),
        ValueForm::Json => serde_json::to_string_pretty(&value).unwrap_or_default(),
    };
    Ok(WholeText {
        text,
        left_out: filler.left_out,
    })
}

struct Filler<'a> {
    context: &'a ValueContext<'a>,
    cancel: &'a CancelToken,
    nodes: usize,
    bytes: usize,
    /// What the pointers that are being followed point to, from the outermost inwards.
    path: Vec<(Addr, String)>,
    left_out: Option<String>,
}

impl Filler<'_> {
    fn fill(&mut self, value: &mut Value, depth: usize) -> Result<(), EvalError> {
        self.cancel.check()?;
        if self.nodes == 0 {
            self.leave_out(format!(
                "after {} values: open the rest by itself",
                self.context.limits.whole_nodes
            ));
            return Ok(());
        }
        self.nodes -= 1;
        if let Some(ValueRef::Text { addr, len }) = value.reference {
            return self.fill_text(value, addr, len);
        }
        if depth >= DEPTH {
            if value.more > 0 {
                self.leave_out(format!("below {DEPTH} levels"));
            }
            return Ok(());
        }
        let Some(target) = value.target else {
            return self.fill_children(value, depth);
        };
        let target = (target, value.type_name.clone());
        if self.path.contains(&target) {
            value.children.clear();
            value.summary = shown_further_out(value, target.0);
            return Ok(());
        }
        self.path.push(target);
        let filled = self.fill_children(value, depth);
        self.path.pop();
        filled
    }

    fn fill_children(&mut self, value: &mut Value, depth: usize) -> Result<(), EvalError> {
        while value.more > 0
            && self.nodes > value.children.len()
            && let Some(reference) = value.reference.clone()
        {
            let from = value.children.len() as u64;
            let page = expand(self.context, &reference, from, PAGE, self.cancel)?;
            if page.values.is_empty() {
                break;
            }
            value.children.extend(page.values);
            value.more = page.more;
        }
        if value.more > 0 && value.reference.is_some() {
            self.leave_out(format!("{} more of {}", value.more, value.name));
        } else {
            value.reference = None;
        }
        for child in &mut value.children {
            if let Some(key) = &mut child.key {
                self.fill(key, depth + 1)?;
            }
            self.fill(child, depth + 1)?;
        }
        Ok(())
    }

    /// The whole of a string in the place of its beginning.
    fn fill_text(&mut self, value: &mut Value, addr: Addr, len: u64) -> Result<(), EvalError> {
        let reference = ValueRef::Text { addr, len };
        let mut text = String::from("\"");
        let mut from = 0;
        let mut more = len;
        while more > 0 && text.len() < self.bytes {
            let page = expand(self.context, &reference, from, TEXT_PAGE, self.cancel)?;
            let Some(part) = page.values.first().filter(|part| part.unreadable.is_none()) else {
                break;
            };
            let quoted = part.summary.plain();
            text.push_str(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
            let got = part.len.unwrap_or(0);
            if got == 0 {
                break;
            }
            from = from.saturating_add(got);
            more = page.more;
        }
        self.bytes = self.bytes.saturating_sub(text.len());
        text.push('"');
        value.summary = Runs::of(text, Role::Text);
        if more > 0 {
            value.summary.push(format!("…+{more} more"), Role::Dim);
            self.leave_out(format!("{more} bytes of {}", value.name));
        } else {
            value.reference = None;
        }
        Ok(())
    }

    fn leave_out(&mut self, what: String) {
        self.left_out.get_or_insert(what);
    }
}

/// `(*main.T)(0xc000012000) (shown further out)`.
fn shown_further_out(value: &Value, target: Addr) -> Runs {
    let mut runs = Runs::of(format!("({})", short_type(&value.type_name)), Role::TypeName);
    runs.push(format!("({target})"), Role::Address);
    runs.push(" (shown further out)", Role::Dim);
    runs
}

/// A value in Go's syntax, one line for each part that does not fit beside the others.
fn go_text(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0);
    out.push('\n');
    out
}

fn write_value(out: &mut String, value: &Value, indent: usize) {
    if value.children.is_empty() || says_all(value) {
        out.push_str(&value.summary.plain());
        return;
    }
    match (value.kind, value.children.as_slice()) {
        // `int(5)` is in the summary; what has parts of its own says its type itself.
        (ValueKind::Interface, [held]) if held.children.is_empty() => out.push_str(&value.summary.plain()),
        (ValueKind::Interface, [held]) => write_value(out, held, indent),
        (ValueKind::Pointer, [target]) if target.name == "*" => {
            out.push('*');
            write_value(out, target, indent);
        }
        _ => write_parts(out, value, indent),
    }
}

/// Whether the line of a struct, or of a pointer to one, says what it means rather than what its
/// fields are: a time, a mutex.
fn says_all(value: &Value) -> bool {
    let name = short_type(&value.type_name);
    let is_struct = match value.kind {
        ValueKind::Struct => true,
        ValueKind::Pointer => value.children.first().is_some_and(|child| child.name != "*"),
        _ => false,
    };
    let summary = value.summary.plain();
    let is_address = summary.starts_with('(');
    is_struct && !is_address && !summary.starts_with(&format!("{name} {{"))
}

fn write_parts(out: &mut String, value: &Value, indent: usize) {
    let ([open, close], named) = match value.kind {
        ValueKind::Slice | ValueKind::Array | ValueKind::Chan => (["[", "]"], false),
        _ => (["{", "}"], true),
    };
    let mut parts: Vec<String> = Vec::with_capacity(value.children.len());
    for child in &value.children {
        let mut part = String::new();
        match &child.key {
            Some(key) => {
                write_value(&mut part, key, indent + 1);
                part.push_str(": ");
            }
            // Of a channel: who waits.
            None if named || !child.name.starts_with('[') => {
                let _ = write!(part, "{}: ", child.name);
            }
            None => {}
        }
        write_value(&mut part, child, indent + 1);
        parts.push(part);
    }
    if value.more > 0 {
        parts.push(format!("…+{} more", value.more));
    }
    out.push_str(&head(value));
    out.push_str(open);
    let parts = if named { parts } else { counted(parts) };
    let width: usize = parts.iter().map(|part| part.chars().count() + 2).sum();
    let is_flat = !parts.iter().any(|part| part.contains('\n'));
    if is_flat && width + indent * 4 <= LINE {
        out.push_str(&parts.join(", "));
    } else {
        let inner = "    ".repeat(indent + 1);
        let lines = if named || !is_flat {
            parts
        } else {
            packed(parts, LINE.saturating_sub(inner.len()))
        };
        for line in &lines {
            let _ = write!(out, "\n{inner}{line},");
        }
        let _ = write!(out, "\n{}", "    ".repeat(indent));
    }
    out.push_str(close);
    // What a part lacks is said at the part.
    let is_own = value.children.iter().all(|child| child.unreadable.is_none());
    if let Some(why) = value.unreadable.as_deref().filter(|_| is_own) {
        let _ = write!(out, " <{why}>");
    }
}

/// Elements with long runs of the same one written once: `0 ×16384`.
fn counted(parts: Vec<String>) -> Vec<String> {
    /// A shorter run reads better as it is.
    const RUN: usize = 8;
    let mut out: Vec<String> = Vec::with_capacity(parts.len());
    for run in parts.chunk_by(|a, b| a == b) {
        match run {
            [first, ..] if run.len() >= RUN => out.push(format!("{first} ×{}", run.len())),
            _ => out.extend_from_slice(run),
        }
    }
    out
}

/// As many elements in each line as fit in `width` columns.
fn packed(parts: Vec<String>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() + 3 <= width => {
                line.push_str(", ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

/// `main.T `, `&main.T `, `[]int len: 3, cap: 4, `.
fn head(value: &Value) -> String {
    let name = short_type(&value.type_name);
    let mut head = match (value.kind, name.strip_prefix('*')) {
        (ValueKind::Pointer, Some(target)) => format!("&{target}"),
        // The name of the function is what its summary begins with.
        (ValueKind::Func, _) => value
            .summary
            .0
            .first()
            .map(|run| run.text.clone())
            .unwrap_or_default(),
        _ => name,
    };
    if let Some(len) = value.len.filter(|_| value.kind != ValueKind::Array) {
        let _ = write!(head, " len: {len}");
        if let Some(cap) = value.cap {
            let _ = write!(head, ", cap: {cap}");
        }
        head.push(',');
    }
    head.push(' ');
    head
}
