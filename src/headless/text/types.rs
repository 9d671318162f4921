//! Types as Go source, with the places of fields in a column of comments.

use std::io;

use crate::headless::page::{Page, count};
use crate::model::{FieldLayout, Method, Role, TypeLayout, ValueKind};

/// Columns for a field's name and type; longer ones push their comment to the right.
const WIDEST: usize = 48;

pub(super) fn write(page: &mut Page<'_>, layout: &TypeLayout) -> io::Result<()> {
    write_head(page, layout)?;
    if layout.kind == ValueKind::Struct {
        write_fields(page, layout)?;
        page.line("}")?;
    }
    for (name, value) in &layout.constants {
        let name = page.show(Role::Name, name);
        let value = page.show(Role::Number, value);
        page.line(format_args!("const {name} = {value}"))?;
    }
    write_methods(page, layout)?;
    if let Some(note) = &layout.note {
        let note = page.show(Role::Missing, note);
        page.line(format_args!("({note})"))?;
    }
    match &layout.target {
        Some(target) => {
            page.line("")?;
            write(page, target)
        }
        None => Ok(()),
    }
}

fn write_head(page: &mut Page<'_>, layout: &TypeLayout) -> io::Result<()> {
    let name = page.show(Role::TypeName, &layout.name);
    let what = match (&layout.underlying, layout.kind) {
        (_, ValueKind::Struct) => " struct {".to_owned(),
        (Some(underlying), _) => format!(" {}", page.show(Role::TypeName, underlying)),
        (None, _) => String::new(),
    };
    let mut facts = vec![bytes("size", layout.size)];
    facts.push(bytes("align", layout.align));
    if layout.padding > 0 {
        facts.push(format!("{} of padding", count(layout.padding as usize, "byte")));
    }
    let facts = page.show(Role::Dim, &format!("// {}", facts.join(", ")));
    page.line(format_args!("type {name}{what}  {facts}"))
}

fn bytes(what: &str, number: Option<u64>) -> String {
    number.map_or_else(|| format!("{what} unknown"), |number| format!("{what} {number}"))
}

fn write_fields(page: &mut Page<'_>, layout: &TypeLayout) -> io::Result<()> {
    let names = layout.fields.iter().map(|field| width(&field.name));
    let name_width = names.max().unwrap_or(0).min(WIDEST);
    let types = layout.fields.iter().map(|field| width(&field.type_name));
    let type_width = types.max().unwrap_or(0).min(WIDEST);
    let offsets = layout.fields.last().map_or(0, |field| field.offset);
    let digits = offsets.to_string().len();
    for field in &layout.fields {
        let text = if field.embedded {
            // Embedded fields have no name of their own in Go.
            let gap = (name_width + 1 + type_width).saturating_sub(width(&field.type_name));
            format!(
                "{}{}",
                page.show(Role::TypeName, &field.type_name),
                " ".repeat(gap)
            )
        } else {
            let name_gap = name_width.saturating_sub(width(&field.name));
            let type_gap = type_width.saturating_sub(width(&field.type_name));
            format!(
                "{}{} {}{}",
                page.show(Role::Name, &field.name),
                " ".repeat(name_gap),
                page.show(Role::TypeName, &field.type_name),
                " ".repeat(type_gap)
            )
        };
        let place = page.show(Role::Dim, &place(field, digits));
        page.line(format_args!("    {text}  {place}"))?;
        if field.padding > 0 {
            let gap = " ".repeat(name_width + 1 + type_width);
            let padding = count(field.padding as usize, "byte");
            let hole = page.show(Role::Doubtful, &format!("// {padding} of padding"));
            page.line(format_args!("    {gap}  {hole}"))?;
        }
    }
    Ok(())
}

fn place(field: &FieldLayout, digits: usize) -> String {
    let size = bytes("size", field.size);
    format!("// {:>digits$}, {size}", field.offset)
}

fn write_methods(page: &mut Page<'_>, layout: &TypeLayout) -> io::Result<()> {
    if layout.methods.is_empty() {
        return Ok(());
    }
    page.line("")?;
    let short = layout.name.rsplit('/').next().unwrap_or(&layout.name);
    let short = short.split_once('.').map_or(short, |(_, name)| name);
    let is_interface = layout.kind == ValueKind::Interface;
    for method in &layout.methods {
        let line = method_line(page, method, short, is_interface);
        page.line(&line)?;
    }
    page.line(format_args!("[{}]", count(layout.methods.len(), "method")))
}

fn method_line(page: &Page<'_>, method: &Method, short: &str, is_interface: bool) -> String {
    let name = page.show(Role::Function, &method.name);
    let signature = match &method.signature {
        Some(signature) => page.show(
            Role::TypeName,
            signature.strip_prefix("func").unwrap_or(signature),
        ),
        None => page.show(Role::Missing, "(?)"),
    };
    if is_interface {
        return format!("    {name}{signature}");
    }
    let star = if method.on_pointer { "*" } else { "" };
    let receiver = page.show(Role::TypeName, &format!("({star}{short})"));
    let facts = match (&method.through, method.entry) {
        (Some(field), _) => format!("promoted from {field}"),
        (None, Some(entry)) => entry.to_string(),
        (None, None) => "no code in this program".to_owned(),
    };
    let facts = page.show(Role::Dim, &format!("// {facts}"));
    format!("func {receiver} {name}{signature}  {facts}")
}

fn width(text: &str) -> usize {
    text.chars().count()
}
