//! The ELF symbol table: names and sizes, nothing about what they mean.

use object::elf;

use super::sections::{RawSection, file_range, string_at};
use crate::base::{Cursor, ImageAddr, OutOfBounds};

/// Size in bytes of one `Elf64_Sym`.
const ENTRY_SIZE: usize = 24;

/// A symbol of `.symtab` or `.dynsym`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub name: String,
    pub addr: ImageAddr,
    pub size: u64,
    pub is_function: bool,
}

/// Symbols of the first `.symtab`, else of the first `.dynsym`, that has any defined one.
pub(super) fn read(bytes: &[u8], sections: &[RawSection]) -> Vec<Symbol> {
    [elf::SHT_SYMTAB, elf::SHT_DYNSYM]
        .into_iter()
        .filter_map(|kind| sections.iter().find(|section| section.is(kind)))
        .filter_map(|table| read_table(bytes, sections, table))
        .find(|symbols| !symbols.is_empty())
        .unwrap_or_default()
}

fn read_table(bytes: &[u8], sections: &[RawSection], table: &RawSection) -> Option<Vec<Symbol>> {
    let names = sections.get(table.link as usize)?;
    let names = file_range(bytes, names.offset, names.size)?;
    // A table that runs past the end of the file is used as far as it goes.
    let start = usize::try_from(table.offset).ok()?;
    let available = bytes.get(start..)?;
    let entries = available
        .get(..usize::try_from(table.size).ok()?)
        .unwrap_or(available);
    Some(
        entries
            .chunks_exact(ENTRY_SIZE)
            .filter_map(|entry| symbol(entry, names).ok().flatten())
            .collect(),
    )
}

/// `None` for what is no place in the image: undefined, absolute, thread-local, sections, files.
fn symbol(entry: &[u8], names: &[u8]) -> Result<Option<Symbol>, OutOfBounds> {
    const SHN_UNDEF: u16 = 0;
    const SHN_ABS: u16 = 0xfff1;
    const SHN_COMMON: u16 = 0xfff2;
    let mut cursor = Cursor::new(entry);
    let name = cursor.u32()?;
    let kind = elf::SymbolType(cursor.u8()? & 0xf);
    cursor.skip(1)?;
    let section = cursor.u16()?;
    let addr = cursor.u64()?;
    let size = cursor.u64()?;
    let is_function = matches!(kind, elf::STT_FUNC | elf::STT_GNU_IFUNC);
    if !is_function && !matches!(kind, elf::STT_OBJECT | elf::STT_NOTYPE) {
        return Ok(None);
    }
    if matches!(section, SHN_UNDEF | SHN_ABS | SHN_COMMON) {
        return Ok(None);
    }
    let name = string_at(names, name);
    Ok((!name.is_empty()).then_some(Symbol {
        name,
        addr: ImageAddr(addr),
        size,
        is_function,
    }))
}
