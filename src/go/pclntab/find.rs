//! Finding the function table in an executable: by section name, else by its own first bytes.

use super::Header;
use crate::base::ImageAddr;
use crate::go::Region;
use crate::go::moduledata::scan;
use crate::memory::Memory;
use crate::symbols::Image;

/// `.gopclntab` moved behind `.data.rel.ro` in internally linked PIE up to Go 1.25. Externally
/// linked PIE has no section of its own, and stripped section headers leave nothing at all.
const SECTIONS: [&str; 2] = [".gopclntab", ".data.rel.ro.gopclntab"];

/// The function table of an image, found in its file.
///
/// `scan` allows to look through all of the file's loaded bytes when no section names the table:
/// not for the many C libraries of a process.
#[must_use]
pub fn find_pclntab(image: &Image, scan: bool) -> Option<Region> {
    by_section(image).or_else(|| if scan { by_magic(image) } else { None })
}

fn by_section(image: &Image) -> Option<Region> {
    let elf = image.elf.as_ref()?;
    SECTIONS
        .iter()
        .filter_map(|name| elf.section(name))
        .filter_map(|section| Region::from_image(image, image.to_runtime(section.addr)))
        .find(|region| Header::parse(region.bytes()).is_ok())
}

/// Exactly one place of every one of 112 binaries passed the header's checks.
fn by_magic(image: &Image) -> Option<Region> {
    let elf = image.elf.as_ref()?;
    elf.segments().iter().find_map(|segment| {
        let start = usize::try_from(segment.file_offset).ok()?;
        let len = usize::try_from(segment.file_size).ok()?;
        let bytes = elf.bytes().get(start..)?;
        let bytes = bytes.get(..len.min(bytes.len()))?;
        let at = magic_offset(bytes)?;
        let linked = ImageAddr(segment.vaddr.0.checked_add(at as u64)?);
        Region::from_image(image, image.to_runtime(linked))
    })
}

/// The function table in what memory holds of an image whose file is not here.
#[must_use]
pub fn find_in_memory(image: &Image, memory: &dyn Memory) -> Option<Region> {
    scan(memory, image.range, |at, chunk| {
        candidates(chunk).find_map(|into| {
            let addr = at.checked_add(into as u64)?;
            let len = usize::try_from(image.range.end.0.checked_sub(addr.0)?).ok()?;
            // The header first: a false start must not cost a copy of the whole image.
            let head = Region::from_memory(memory, addr, 128)?;
            Header::parse_unbounded(head.bytes()).ok()?;
            Region::from_memory(memory, addr, len).filter(|region| Header::parse(region.bytes()).is_ok())
        })
    })
}

/// Offset of the first valid header in `bytes`.
fn magic_offset(bytes: &[u8]) -> Option<usize> {
    candidates(bytes).find(|&at| bytes.get(at..).is_some_and(|rest| Header::parse(rest).is_ok()))
}

/// Offsets where a header may start. The table is at least 8-aligned, and so are segments.
fn candidates(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes
        .chunks_exact(8)
        .enumerate()
        .filter(|(_, chunk)| matches!(chunk, [0xf0 | 0xf1, 0xff, 0xff, 0xff, 0, 0, _, 8]))
        .map(|(index, _)| index * 8)
}
