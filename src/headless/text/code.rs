//! Machine code, one instruction a line.

use std::io;

use super::place;
use crate::base::Addr;
use crate::headless::page::{Page, count};
use crate::model::{Deferred, Disassembly, Instruction, Role};

/// Bytes of an instruction shown; longer ones push the text to the right.
const BYTES: usize = 8;

pub(super) fn write(page: &mut Page<'_>, code: &Disassembly) -> io::Result<()> {
    if let Some(function) = &code.function {
        let function = page.show(Role::Function, function);
        page.line(format_args!("TEXT {function} {}..{}", code.start, code.end))?;
    }
    let places: Vec<String> = code.instructions.iter().map(line_of).collect();
    let place_width = places
        .iter()
        .map(|place| place.chars().count())
        .max()
        .unwrap_or(0);
    for (instruction, place) in code.instructions.iter().zip(&places) {
        let mark = if code.pc == Some(instruction.addr) {
            "=>"
        } else {
            "  "
        };
        let shown = page.show(Role::Dim, place);
        let pad = " ".repeat(place_width - place.chars().count());
        let addr = page.addr(instruction.addr);
        let bytes: String = instruction
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let bytes = page.show(Role::Dim, &format!("{bytes:<width$}", width = BYTES * 2));
        let text = page.runs(&instruction.text);
        page.line(format_args!("{mark}  {shown}{pad}  {addr}  {bytes}  {text}"))?;
    }
    if let Some(note) = &code.note {
        let note = page.show(Role::Doubtful, note);
        page.line(format_args!("({note})"))?;
    }
    if let Some(pc) = code.pc.filter(|pc| !has(code, *pc)) {
        page.line(format_args!(
            "(the frame stands at {pc}, behind the last of these)"
        ))?;
    }
    page.line(format_args!(
        "[{}]",
        count(code.instructions.len(), "instruction")
    ))
}

fn has(code: &Disassembly, pc: Addr) -> bool {
    code.instructions.iter().any(|instruction| instruction.addr == pc)
}

/// `main.go:12`: the last element of the path is enough beside the function's name.
fn line_of(instruction: &Instruction) -> String {
    let file = instruction
        .file
        .as_deref()
        .map(|file| file.rsplit('/').next().unwrap_or(file));
    match (file, instruction.line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => file.to_owned(),
        (None, _) => "?".to_owned(),
    }
}

/// Deferred calls, the next one first.
pub(super) fn write_defers(page: &mut Page<'_>, defers: &[Deferred]) -> io::Result<()> {
    for (at, deferred) in defers.iter().enumerate() {
        let call = place::function(page, &deferred.call);
        let defined = place::file_line(page, &deferred.call);
        page.line(format_args!("{at:>4}  {call} ({})", deferred.call.pc))?;
        page.line(format_args!("          at {defined}"))?;
        let by = place::function(page, &deferred.by);
        let where_from = place::file_line(page, &deferred.by);
        let frame = match deferred.frame {
            Some(frame) => format!(", frame {frame}"),
            None => String::new(),
        };
        page.line(format_args!("          deferred by {by} at {where_from}{frame}"))?;
    }
    page.line(format_args!("[{}]", count(defers.len(), "deferred call")))
}
