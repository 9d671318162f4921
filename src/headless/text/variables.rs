//! Variables and registers.

use std::io;

use crate::headless::page::Page;
use crate::headless::reply::{TypeReply, VariablesReply, WholeReply};
use crate::model::{Registers, Role, Value, ValueState};

/// Levels of children written; more is asked for by name.
const DEPTH: usize = 8;

pub(super) fn write(page: &mut Page<'_>, reply: &VariablesReply) -> io::Result<()> {
    for value in &reply.variables {
        write_variable(page, value, "")?;
        if reply.tree {
            write_children(page, value, 1)?;
        }
    }
    if reply.more > 0 {
        page.line(format_args!("(+{} more)", reply.more))?;
    }
    match &reply.note {
        Some(note) => {
            let note = page.show(Role::Missing, note);
            page.line(format_args!("({note})"))
        }
        None if reply.variables.is_empty() => page.line(format_args!("({})", reply.nothing)),
        None => Ok(()),
    }
}

/// The value of an expression, and what it holds.
pub(super) fn write_value(page: &mut Page<'_>, value: &Value) -> io::Result<()> {
    // What a pointer points to hides where it points.
    if let (Some(target), false) = (value.target, value.children.is_empty()) {
        let name = page.show(Role::TypeName, &value.type_name);
        let target = page.addr(target);
        page.line(format_args!("({name})({target})"))?;
    }
    let text = value_text(page, value);
    page.line(text)?;
    write_children(page, value, 1)
}

/// A whole value, which is lines of text already.
pub(super) fn write_whole(page: &mut Page<'_>, whole: &WholeReply) -> io::Result<()> {
    for line in whole.text.lines() {
        let line = page.show(Role::Plain, line);
        page.line(line)?;
    }
    match &whole.left_out {
        Some(what) => page.line(format_args!("(left out: {what})")),
        None => Ok(()),
    }
}

/// `error (holds *main.T)`.
pub(super) fn write_type(page: &mut Page<'_>, reply: &TypeReply) -> io::Result<()> {
    let name = page.show(Role::TypeName, &reply.type_name);
    match &reply.dynamic_type {
        Some(held) => {
            let held = page.show(Role::TypeName, held);
            page.line(format_args!("{name} (holds {held})"))
        }
        None => page.line(name),
    }
}

/// `name = value`, or why there is no value.
pub(super) fn write_variable(page: &mut Page<'_>, value: &Value, indent: &str) -> io::Result<()> {
    let name = page.show(Role::Name, &value.name);
    let name = if value.shadowed { format!("({name})") } else { name };
    let text = value_text(page, value);
    page.line(format_args!("{indent}{name} = {text}"))
}

fn value_text(page: &Page<'_>, value: &Value) -> String {
    let why = |default: &str| {
        let why = value.unreadable.as_deref().unwrap_or(default);
        page.show(Role::Missing, &format!("({why})"))
    };
    let type_name = || page.show(Role::TypeName, &value.type_name);
    match value.state {
        ValueState::Ok if value.unreadable.is_none() => page.runs(&value.summary),
        ValueState::Ok | ValueState::Partial => {
            format!("{} {}", page.runs(&value.summary), why("incomplete"))
        }
        ValueState::OptimizedOut => format!("{} {}", type_name(), why("optimised away")),
        ValueState::Unreadable => format!("{} {}", type_name(), why("unreadable")),
        ValueState::Unsupported if value.summary.is_empty() => {
            format!("{} {}", type_name(), why("this kind is not read in this version"))
        }
        ValueState::Unsupported => page.runs(&value.summary),
    }
}

fn write_children(page: &mut Page<'_>, value: &Value, depth: usize) -> io::Result<()> {
    if depth > DEPTH {
        return Ok(());
    }
    let indent = "    ".repeat(depth);
    for child in &value.children {
        write_variable(page, child, &indent)?;
        write_children(page, child, depth + 1)?;
    }
    if value.more > 0 && !value.children.is_empty() {
        page.line(format_args!("{indent}(+{} more)", value.more))?;
    }
    Ok(())
}

/// Names right-aligned, as Delve has them; what a value points at follows it.
pub(super) fn write_registers(page: &mut Page<'_>, registers: &Registers) -> io::Result<()> {
    let width = registers
        .registers
        .iter()
        .map(|register| register.name.len())
        .max();
    let width = width.unwrap_or(0).max(6);
    for register in &registers.registers {
        let name = page.show(Role::Name, &format!("{:>width$}", register.name));
        let text = match (&register.value, &register.note) {
            (Some(value), None) => page.show(Role::Number, value),
            (Some(value), Some(note)) => format!(
                "{}  {}",
                page.show(Role::Number, value),
                page.show(Role::Dim, note)
            ),
            (None, note) => {
                let why = note.as_deref().unwrap_or("cannot be recovered");
                page.show(Role::Missing, &format!("({why})"))
            }
        };
        page.line(format_args!("{name} = {text}"))?;
    }
    if registers.registers.is_empty() {
        page.line("(no registers)")?;
    }
    Ok(())
}
