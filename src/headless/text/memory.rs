//! Memory as numbers, as words with what they point to, as text, as fields.

use std::collections::BTreeMap;
use std::io;

use crate::base::Addr;
use crate::engine::commands::MemoryFormat;
use crate::headless::page::Page;
use crate::headless::reply::MemoryReply;
use crate::model::{BytesFrom, MemoryPart, Role};

/// Bytes of a row of numbers.
const ROW: usize = 16;
/// Bytes of a row of text.
const TEXT_ROW: usize = 64;

pub(super) fn write(page: &mut Page<'_>, reply: &MemoryReply) -> io::Result<()> {
    let mut before = None;
    for part in &reply.page.parts {
        if let Some(from) = origin(part.from).filter(|_| before != Some(part.from)) {
            let from = page.show(Role::Doubtful, from);
            page.line(format_args!("({}..{}: {from})", part.addr, end(part)))?;
        }
        before = Some(part.from);
        match reply.format {
            MemoryFormat::Addr => write_words(page, reply, part)?,
            MemoryFormat::Str => write_text(page, part)?,
            MemoryFormat::Typed if !reply.page.overlay.is_empty() => {}
            _ => write_numbers(page, reply, part)?,
        }
    }
    if reply.format == MemoryFormat::Typed {
        write_overlay(page, reply)?;
    }
    if reply.more > 0 {
        page.line(format_args!("(+{} more bytes)", reply.more))?;
    }
    Ok(())
}

fn end(part: &MemoryPart) -> Addr {
    Addr(part.addr.0.saturating_add(part.len))
}

/// What has to be said of bytes that are not simply those of the process.
const fn origin(from: BytesFrom) -> Option<&'static str> {
    match from {
        BytesFrom::Process | BytesFrom::File => None,
        BytesFrom::UncheckedFile => Some("from a file that could not be checked: may be others"),
        BytesFrom::Absent => Some("mapped, but neither in the core nor in a file at hand"),
        BytesFrom::Unmapped => Some("nothing is mapped here"),
    }
}

fn row_addr(page: &Page<'_>, part: &MemoryPart, row: usize, len: usize) -> String {
    let offset = (row as u64).saturating_mul(len as u64);
    page.addr(Addr(part.addr.0.saturating_add(offset)))
}

fn write_numbers(page: &mut Page<'_>, reply: &MemoryReply, part: &MemoryPart) -> io::Result<()> {
    let size = usize::from(reply.size).max(1);
    let per_row = match reply.format {
        // Eight digits a byte.
        MemoryFormat::Bin => ROW / 4,
        _ => ROW,
    }
    .max(size);
    for (row, bytes) in part.bytes.chunks(per_row).enumerate() {
        let addr = row_addr(page, part, row, per_row);
        let numbers: Vec<String> = bytes
            .chunks(size)
            .map(|unit| number(unit, size, reply.format))
            .collect();
        let width = per_row / size * (digits(size, reply.format) + 1) - 1;
        let numbers = page.show(Role::Number, &format!("{:<width$}", numbers.join(" ")));
        let text = if reply.format == MemoryFormat::Hex {
            let text: String = bytes.iter().map(|byte| printable(*byte)).collect();
            format!("  |{}|", page.show(Role::Text, &text))
        } else {
            String::new()
        };
        page.line(format!("{addr}:  {numbers}{text}").trim_end())?;
    }
    Ok(())
}

fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' {
        char::from(byte)
    } else {
        '.'
    }
}

/// Columns of a unit.
const fn digits(size: usize, format: MemoryFormat) -> usize {
    match format {
        MemoryFormat::Bin => size * 8,
        MemoryFormat::Oct => (size * 8).div_ceil(3),
        MemoryFormat::Dec => match size {
            1 => 3,
            2 => 5,
            4 => 10,
            _ => 20,
        },
        _ => size * 2,
    }
}

/// Little endian; what is left of the last unit is shown as far as it goes.
fn number(unit: &[u8], size: usize, format: MemoryFormat) -> String {
    let value = unit
        .iter()
        .rev()
        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let digits = digits(unit.len().min(size), format);
    match format {
        MemoryFormat::Bin => format!("{value:0digits$b}"),
        MemoryFormat::Oct => format!("{value:0digits$o}"),
        MemoryFormat::Dec => format!("{value:digits$}"),
        _ => format!("{value:0digits$x}"),
    }
}

fn write_words(page: &mut Page<'_>, reply: &MemoryReply, part: &MemoryPart) -> io::Result<()> {
    let notes: BTreeMap<Addr, String> = reply
        .page
        .words
        .iter()
        .map(|word| (word.addr, page.runs(&word.points_to)))
        .collect();
    for (row, bytes) in part.bytes.chunks(8).enumerate() {
        let at = Addr(part.addr.0.saturating_add(row as u64 * 8));
        let word = page.show(Role::Number, &number(bytes, 8, MemoryFormat::Hex));
        let note = notes.get(&at).map_or("", String::as_str);
        let addr = page.addr(at);
        page.line(format!("{addr}:  0x{word}  {note}").trim_end())?;
    }
    Ok(())
}

fn write_text(page: &mut Page<'_>, part: &MemoryPart) -> io::Result<()> {
    for (row, bytes) in part.bytes.chunks(TEXT_ROW).enumerate() {
        let addr = row_addr(page, part, row, TEXT_ROW);
        let text: String = bytes.escape_ascii().map(char::from).collect();
        let text = page.show(Role::Text, &text);
        page.line(format_args!("{addr}:  \"{text}\""))?;
    }
    Ok(())
}

fn write_overlay(page: &mut Page<'_>, reply: &MemoryReply) -> io::Result<()> {
    if reply.page.overlay.is_empty() {
        return page.line("(nothing is known of the type of what lies here)");
    }
    for typed in &reply.page.overlay {
        let addr = page.addr(typed.addr);
        let path = page.show(Role::Name, &typed.path);
        let ty = page.show(Role::TypeName, &typed.type_name);
        let value = page.runs(&typed.value);
        page.line(format_args!("{addr}:  {path} {ty} = {value}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_little_endian_and_have_one_width() {
        let hex = MemoryFormat::Hex;
        assert_eq!(number(&[0x34, 0x12], 2, hex), "1234");
        assert_eq!(number(&[0x34], 2, hex), "34");
        assert_eq!(number(&[7], 1, MemoryFormat::Bin), "00000111");
        assert_eq!(number(&[8], 1, MemoryFormat::Oct), "010");
        assert_eq!(number(&[8], 1, MemoryFormat::Dec), "  8");
        assert_eq!(number(&[0xff; 8], 8, MemoryFormat::Dec), u64::MAX.to_string());
    }
}
