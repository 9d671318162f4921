//! Types in full and lists of names, as lines of a page.

use std::sync::Arc;

use super::document::DocLine;
use crate::model::{FieldLayout, Method, TypeLayout, ValueKind};
use crate::ui::theme::Scope;
use crate::ui::widgets::{thousands, width};

/// Column up to which fields push their remarks to the right.
const WIDEST: usize = 60;

/// A list of names, and how many there are.
#[must_use]
pub fn name_lines(names: &[Arc<str>], none: &str) -> Vec<DocLine> {
    if names.is_empty() {
        return vec![DocLine::of(none, Scope::TextDim)];
    }
    let lines = names.iter().map(|name| DocLine::of(name, Scope::Text));
    let count = format!("{} in all", thousands(names.len() as u64));
    lines
        .chain([DocLine::default(), DocLine::of(&count, Scope::TextDim)])
        .collect()
}

/// A type as Go would declare it, with offsets and sizes behind its fields.
///
/// ```text
/// type main.Order struct {            // offset  size
///     ID    int                       //      0     8
///     Ready bool                      //      8     1   7 unused
/// }
/// ```
#[must_use]
pub fn layout_lines(layout: &TypeLayout) -> Vec<DocLine> {
    let mut lines = heading(layout);
    if layout.kind == ValueKind::Struct {
        lines.extend(fields(layout));
    }
    section(&mut lines, "constants", layout.constants.iter().map(constant));
    let what = if layout.kind == ValueKind::Interface {
        "asks for"
    } else {
        "methods"
    };
    let methods = layout.methods.iter().map(|one| method(layout, one));
    section(&mut lines, what, methods);
    if let Some(note) = &layout.note {
        lines.push(DocLine::default());
        lines.push(DocLine::of(note, Scope::Warning));
    }
    if let Some(target) = &layout.target {
        lines.push(DocLine::default());
        lines.extend(layout_lines(target));
    }
    lines
}

fn heading(layout: &TypeLayout) -> Vec<DocLine> {
    let mut first = DocLine::of("type ", Scope::SyntaxKeyword).with(&layout.name, Scope::RoleType);
    let underlying = layout
        .underlying
        .as_deref()
        .filter(|_| layout.kind != ValueKind::Struct);
    if let Some(underlying) = underlying {
        first.push(" ", Scope::Text);
        first.push(underlying, Scope::Text);
    }
    let bytes = |what: &str, count: Option<u64>| count.map(|count| format!("{what} {}", thousands(count)));
    let padding = (layout.padding > 0).then_some(layout.padding);
    let facts: Vec<String> = [
        bytes("size", layout.size),
        bytes("alignment", layout.align),
        bytes("unused", padding),
    ]
    .into_iter()
    .flatten()
    .collect();
    let facts = DocLine::of(&facts.join(", "), Scope::TextDim);
    vec![first, facts, DocLine::default()]
}

fn fields(layout: &TypeLayout) -> Vec<DocLine> {
    let names = layout.fields.iter().map(|field| width(&field.name));
    let widest = names.max().unwrap_or(0).min(24);
    let written: Vec<DocLine> = layout
        .fields
        .iter()
        .map(|field| declared(field, widest))
        .collect();
    let column = written.iter().map(DocLine::width).max().unwrap_or(0).min(WIDEST) + 2;
    let head = DocLine::of("struct {", Scope::SyntaxKeyword)
        .tab(column)
        .with("offset   size", Scope::TextDim);
    let rows = layout.fields.iter().zip(written).map(|(field, line)| {
        let size = field.size.map_or_else(|| "?".to_owned(), |size| size.to_string());
        let mut line = line
            .tab(column)
            .with(&format!("{:>6} {size:>6}", field.offset), Scope::RoleNumber);
        if field.padding > 0 {
            line.push(&format!("  {} unused", field.padding), Scope::Warning);
        }
        line
    });
    let mut lines = vec![head];
    lines.extend(rows);
    lines.push(DocLine::of("}", Scope::SyntaxKeyword));
    lines
}

fn declared(field: &FieldLayout, widest: usize) -> DocLine {
    let line = DocLine::of("    ", Scope::Text);
    if field.embedded {
        return line.with(&field.type_name, Scope::RoleType);
    }
    line.with(&field.name, Scope::RoleName)
        .tab(4 + widest + 1)
        .with(&field.type_name, Scope::RoleType)
}

fn constant((name, value): &(String, String)) -> DocLine {
    DocLine::of("    ", Scope::Text)
        .with(name, Scope::RoleName)
        .with(" = ", Scope::RolePunctuation)
        .with(value, Scope::RoleNumber)
}

fn method(layout: &TypeLayout, method: &Method) -> DocLine {
    let mut line = DocLine::of("    ", Scope::Text);
    if layout.kind != ValueKind::Interface {
        let star = if method.on_pointer { "*" } else { "" };
        let name = crate::ui::text::short_type(&layout.name);
        line.push(&format!("({star}{name}) "), Scope::TextDim);
    }
    line.push(&method.name, Scope::RoleFunction);
    let signature = method.signature.as_deref().unwrap_or("func(?)");
    line.push(signature.strip_prefix("func").unwrap_or(signature), Scope::Text);
    if let Some(entry) = method.entry {
        line.push(&format!("  {entry}"), Scope::RoleAddress);
    }
    line
}

fn section(lines: &mut Vec<DocLine>, title: &str, rows: impl ExactSizeIterator<Item = DocLine>) {
    if rows.len() == 0 {
        return;
    }
    lines.push(DocLine::default());
    lines.push(DocLine::of(
        &format!("{title} ({})", thousands(rows.len() as u64)),
        Scope::Group,
    ));
    lines.extend(rows);
}
