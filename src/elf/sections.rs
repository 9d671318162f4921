//! The section table and the contents of sections, unpacked within a budget.

use std::borrow::Cow;

use object::elf;
use object::read::{CompressedData, CompressionFormat};

use super::header::{FileHeader, SECTION_HEADER_SIZE};
use super::{ElfError, Section};
use crate::base::{Cursor, ImageAddr, Limits, OutOfBounds};

/// Deflate cannot do better than 258 bytes for 2 bits, about 1 to 1032.
const DEFLATE_MAX_RATIO: u64 = 1032;
/// Zstandard can repeat one byte 128 KiB long in 4 bytes; nothing that a compiler writes is near.
const ZSTD_MAX_RATIO: u64 = 16_384;

/// A section header, as written, less what nobody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawSection {
    name_offset: u32,
    pub kind: u32,
    flags: u64,
    addr: u64,
    pub offset: u64,
    pub size: u64,
    pub link: u32,
}

impl RawSection {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, OutOfBounds> {
        Ok(Self {
            name_offset: cursor.u32()?,
            kind: cursor.u32()?,
            flags: cursor.u64()?,
            addr: cursor.u64()?,
            offset: cursor.u64()?,
            size: cursor.u64()?,
            link: cursor.u32()?,
        })
    }

    pub fn public(&self, name: String) -> Section {
        Section {
            compressed: self.is_compressed() || name.starts_with(".zdebug_"),
            name,
            addr: ImageAddr(self.addr),
            size: self.size,
            file_offset: self.offset,
        }
    }

    pub fn is(&self, kind: elf::SectionType) -> bool {
        self.kind == kind.0
    }

    fn is_compressed(&self) -> bool {
        self.flags & elf::SHF_COMPRESSED.0 != 0
    }
}

/// All sections with their names, in file order; empty when the table is damaged or was removed.
pub(super) fn table(bytes: &[u8], header: &FileHeader) -> Vec<(String, RawSection)> {
    let step = u64::from(header.section_header_size);
    if header.section_headers == 0 || step < SECTION_HEADER_SIZE {
        return Vec::new();
    }
    let at = |index: u64| {
        let offset = header.section_headers.checked_add(index.checked_mul(step)?)?;
        RawSection::parse(&mut Cursor::at(bytes, usize::try_from(offset).ok()?)).ok()
    };
    // Above 65,279 sections the true numbers are kept in the first header (gABI).
    let first = at(0);
    let count = match (header.section_header_count, first) {
        (0, Some(first)) => first.size.min(bytes.len() as u64 / step),
        (count, _) => u64::from(count),
    };
    let names_index = match (header.section_names, first) {
        (u16::MAX, Some(first)) => first.link,
        (index, _) => u32::from(index),
    };
    let names = at(u64::from(names_index))
        .and_then(|section| file_range(bytes, section.offset, section.size))
        .unwrap_or_default();
    (0..count)
        .map_while(at)
        .map(|raw| (string_at(names, raw.name_offset), raw))
        .collect()
}

/// The bytes of a section as the program would use them.
pub(super) fn contents<'a>(
    bytes: &'a [u8],
    name: &str,
    raw: &RawSection,
    limits: &Limits,
) -> Result<Cow<'a, [u8]>, ElfError> {
    let error = |why: String| ElfError::Section {
        name: name.to_owned(),
        why,
    };
    if raw.is(elf::SHT_NOBITS) {
        return Ok(Cow::Borrowed(&[]));
    }
    let stored = file_range(bytes, raw.offset, raw.size).ok_or_else(|| {
        error(format!(
            "{} bytes at offset {:#x} lie outside the {} bytes of the file",
            raw.size,
            raw.offset,
            bytes.len()
        ))
    })?;
    let packed = if raw.is_compressed() {
        chdr(stored).map_err(|source| error(source.to_string()))?
    } else if let Some(packed) = gnu_zdebug(name, stored) {
        packed
    } else {
        return Ok(Cow::Borrowed(stored));
    };
    check_size(&packed, limits).map_err(error)?;
    packed.decompress().map_err(|source| error(source.to_string()))
}

/// The slice of the file that a header names, when all of it exists.
pub(super) fn file_range(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// A NUL-terminated string of a string table, made valid; empty outside of it.
pub(super) fn string_at(table: &[u8], offset: u32) -> String {
    let name = Cursor::at(table, offset as usize).c_string();
    String::from_utf8_lossy(name).into_owned()
}

/// Splits off `Elf64_Chdr`: type u32, reserved u32, size u64, alignment u64.
fn chdr(stored: &[u8]) -> Result<CompressedData<'_>, OutOfBounds> {
    let mut cursor = Cursor::new(stored);
    let kind = cursor.u32()?;
    cursor.skip(4)?;
    let uncompressed_size = cursor.u64()?;
    cursor.skip(8)?;
    let format = match elf::CompressionType(kind) {
        elf::ELFCOMPRESS_ZLIB => CompressionFormat::Zlib,
        elf::ELFCOMPRESS_ZSTD => CompressionFormat::Zstandard,
        _ => CompressionFormat::Unknown,
    };
    Ok(CompressedData {
        format,
        data: stored.get(cursor.offset()..).unwrap_or_default(),
        uncompressed_size,
    })
}

/// The older form, by name: `ZLIB` and the size as a big-endian u64 before the data.
fn gnu_zdebug<'a>(name: &str, stored: &'a [u8]) -> Option<CompressedData<'a>> {
    if !name.starts_with(".zdebug_") {
        return None;
    }
    let rest = stored.strip_prefix(b"ZLIB")?;
    let size = Cursor::new(rest).array::<8>().ok()?;
    Some(CompressedData {
        format: CompressionFormat::Zlib,
        data: rest.get(8..)?,
        uncompressed_size: u64::from_be_bytes(size),
    })
}

/// Refuses a size that the compressed bytes cannot hold, before anything is allocated.
fn check_size(packed: &CompressedData<'_>, limits: &Limits) -> Result<(), String> {
    let ratio = match packed.format {
        CompressionFormat::Zlib => DEFLATE_MAX_RATIO,
        _ => ZSTD_MAX_RATIO,
    };
    let stored = packed.data.len() as u64;
    let possible = stored.saturating_mul(ratio).saturating_add(ratio);
    let size = packed.uncompressed_size;
    if size > possible {
        return Err(format!(
            "{stored} compressed bytes claim to unpack to {size} bytes"
        ));
    }
    if size > limits.unpacked_bytes {
        return Err(format!(
            "unpacks to {size} bytes; at most {} are unpacked",
            limits.unpacked_bytes
        ));
    }
    Ok(())
}
