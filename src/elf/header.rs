//! The fixed headers that every ELF file begins with: file header and program headers.
//!
//! Shared by executables and cores. Checks identity (class, byte order, machine) and nothing else;
//! what a damaged table is worth is for the callers to say.

use object::elf;

use super::ElfError;
use crate::base::{Cursor, OutOfBounds};

/// Size in bytes of one 64-bit program header.
pub(super) const PROGRAM_HEADER_SIZE: u64 = 56;
/// Size in bytes of one 64-bit section header.
pub(super) const SECTION_HEADER_SIZE: u64 = 64;
const MAGIC: [u8; 4] = elf::ELFMAG;

/// The fields of the file header that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileHeader {
    pub kind: u16,
    pub entry: u64,
    pub program_headers: u64,
    pub section_headers: u64,
    pub program_header_size: u16,
    pub program_header_count: u16,
    pub section_header_size: u16,
    pub section_header_count: u16,
    pub section_names: u16,
}

/// One program header, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProgramHeader {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub vaddr: u64,
    pub file_size: u64,
    pub mem_size: u64,
    pub align: u64,
}

impl FileHeader {
    /// Reads the header of a 64-bit little-endian x86-64 file; any other is named in the error.
    pub fn parse(bytes: &[u8]) -> Result<Self, ElfError> {
        if bytes.is_empty() {
            return Err(ElfError::Empty);
        }
        let truncated = |source| ElfError::Truncated {
            what: "the ELF header ends early",
            source,
        };
        if !bytes.starts_with(&MAGIC) {
            return Err(ElfError::Magic(bytes.iter().take(4).copied().collect()));
        }
        let mut cursor = Cursor::at(bytes, 4);
        let class = cursor.u8().map_err(truncated)?;
        let data = cursor.u8().map_err(truncated)?;
        if (class, data) != (elf::ELFCLASS64.0, elf::ELFDATA2LSB.0) {
            return Err(ElfError::Class {
                class,
                data,
                machine: foreign_machine(bytes, data),
            });
        }
        let (header, machine) = Self::fields(bytes).map_err(truncated)?;
        if machine != elf::EM_X86_64.0 {
            return Err(ElfError::Machine(machine));
        }
        Ok(header)
    }

    fn fields(bytes: &[u8]) -> Result<(Self, u16), OutOfBounds> {
        let mut cursor = Cursor::at(bytes, 16);
        let kind = cursor.u16()?;
        let machine = cursor.u16()?;
        cursor.skip(4)?;
        let entry = cursor.u64()?;
        let program_headers = cursor.u64()?;
        let section_headers = cursor.u64()?;
        cursor.skip(6)?;
        let header = Self {
            kind,
            entry,
            program_headers,
            section_headers,
            program_header_size: cursor.u16()?,
            program_header_count: cursor.u16()?,
            section_header_size: cursor.u16()?,
            section_header_count: cursor.u16()?,
            section_names: cursor.u16()?,
        };
        Ok((header, machine))
    }
}

impl ProgramHeader {
    pub fn parse(cursor: &mut Cursor<'_>) -> Result<Self, OutOfBounds> {
        let kind = cursor.u32()?;
        let flags = cursor.u32()?;
        let offset = cursor.u64()?;
        let vaddr = cursor.u64()?;
        cursor.skip(8)?;
        Ok(Self {
            kind,
            flags,
            offset,
            vaddr,
            file_size: cursor.u64()?,
            mem_size: cursor.u64()?,
            align: cursor.u64()?,
        })
    }

    pub const fn is(self, kind: elf::ProgramType) -> bool {
        self.kind == kind.0
    }

    pub const fn may(self, flag: elf::ProgramFlags) -> bool {
        self.flags & flag.0 != 0
    }
}

/// The machine number of a file of another class or byte order.
fn foreign_machine(bytes: &[u8], data: u8) -> u16 {
    let raw = Cursor::at(bytes, 18).array::<2>().unwrap_or_default();
    if data == elf::ELFDATA2MSB.0 {
        u16::from_be_bytes(raw)
    } else {
        u16::from_le_bytes(raw)
    }
}
