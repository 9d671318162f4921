//! An executable or shared library: headers parsed, contents handed out on demand.
//!
//! Knows nothing of where the file is loaded. Program headers are checked at once; sections,
//! symbols and notes are read when first asked for and may be absent in a damaged file.

use std::borrow::Cow;
use std::sync::OnceLock;

use object::elf;

use super::header::{FileHeader, PROGRAM_HEADER_SIZE, ProgramHeader};
use super::sections::{self, RawSection};
use super::symbols::{self, Symbol};
use super::{BuildId, ElfError, Note, NoteReader};
use crate::base::{Cursor, ImageAddr, Limits, SharedBytes};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElfKind {
    /// Linked at fixed addresses.
    Executable,
    /// Shared library or position-independent executable.
    Dynamic,
    Core,
    Other(u16),
}

/// A PT_LOAD program header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub vaddr: ImageAddr,
    pub mem_size: u64,
    pub file_offset: u64,
    pub file_size: u64,
    pub readable: bool,
    pub writable: bool,
    pub executable: bool,
}

/// A section header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    pub addr: ImageAddr,
    pub size: u64,
    pub file_offset: u64,
    pub compressed: bool,
}

/// A parsed ELF file. Headers were checked; everything else is read when asked for.
#[derive(Clone, Debug)]
pub struct ElfFile {
    bytes: SharedBytes,
    header: FileHeader,
    programs: Vec<ProgramHeader>,
    /// By rising address.
    segments: Vec<Segment>,
    sections: OnceLock<(Vec<Section>, Vec<RawSection>)>,
}

impl ElfFile {
    /// Parses the headers of a 64-bit little-endian x86-64 ELF file.
    ///
    /// Damaged section headers leave an image without sections; damaged program headers are an
    /// error, since nothing can be placed without them.
    pub fn parse(bytes: SharedBytes, limits: &Limits) -> Result<Self, ElfError> {
        let header = FileHeader::parse(&bytes)?;
        let programs = program_headers(&bytes, &header, limits)?;
        let mut segments: Vec<_> = programs
            .iter()
            .filter(|program| program.is(elf::PT_LOAD))
            .map(|program| segment(program, bytes.len() as u64))
            .collect();
        segments.sort_by_key(|segment| segment.vaddr);
        Ok(Self {
            bytes,
            header,
            programs,
            segments,
            sections: OnceLock::new(),
        })
    }

    #[must_use]
    pub fn bytes(&self) -> &SharedBytes {
        &self.bytes
    }

    #[must_use]
    pub fn kind(&self) -> ElfKind {
        match elf::FileType(self.header.kind) {
            elf::ET_EXEC => ElfKind::Executable,
            elf::ET_DYN => ElfKind::Dynamic,
            elf::ET_CORE => ElfKind::Core,
            other => ElfKind::Other(other.0),
        }
    }

    #[must_use]
    pub fn entry(&self) -> ImageAddr {
        ImageAddr(self.header.entry)
    }

    /// Link-time address of the program header table (PT_PHDR), for the load bias.
    ///
    /// Where the linker left no PT_PHDR, as for static executables of some linkers, the address at
    /// which the table's bytes are loaded.
    #[must_use]
    pub fn program_headers_addr(&self) -> Option<ImageAddr> {
        let table = self.header.program_headers;
        self.programs
            .iter()
            .find(|program| program.is(elf::PT_PHDR))
            .map(|program| ImageAddr(program.vaddr))
            .or_else(|| self.addr_of_offset(table))
    }

    /// Link-time address of the dynamic section (PT_DYNAMIC).
    #[must_use]
    pub fn dynamic_addr(&self) -> Option<ImageAddr> {
        let mut programs = self.programs.iter();
        programs
            .find(|program| program.is(elf::PT_DYNAMIC))
            .map(|program| ImageAddr(program.vaddr))
    }

    /// How many program headers the file has; the kernel tells a process the same number.
    #[must_use]
    pub fn program_header_count(&self) -> usize {
        self.programs.len()
    }

    /// PT_LOAD headers by rising address. File sizes are cut to what the file holds.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.section_table().0
    }

    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections().iter().find(|section| section.name == name)
    }

    /// The contents of a section, unpacked where it is compressed, within the budget.
    ///
    /// `None` where there is no such section; sections without file contents (`.bss`) are empty.
    pub fn section_data(&self, name: &str, limits: &Limits) -> Option<Result<Cow<'_, [u8]>, ElfError>> {
        let (sections, raw) = self.section_table();
        let index = sections.iter().position(|section| section.name == name)?;
        Some(sections::contents(&self.bytes, name, raw.get(index)?, limits))
    }

    /// Whether this is a separate debug file: it has the code's sections, but not their contents.
    #[must_use]
    pub fn is_debug_only(&self) -> bool {
        let (sections, raw) = self.section_table();
        let mut named = sections.iter().zip(raw);
        named.any(|(section, raw)| section.name == ".text" && raw.is(elf::SHT_NOBITS))
    }

    /// Bytes of the file that are loaded at `addr`, up to `len`; `None` where no segment with file
    /// contents covers all of them.
    #[must_use]
    pub fn loaded_bytes(&self, addr: ImageAddr, len: usize) -> Option<&[u8]> {
        let after = self.segments.partition_point(|segment| segment.vaddr <= addr);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        let skipped = addr.0.checked_sub(segment.vaddr.0)?;
        let available = segment.file_size.checked_sub(skipped)?;
        if len as u64 > available {
            return None;
        }
        let start = usize::try_from(segment.file_offset.checked_add(skipped)?).ok()?;
        self.bytes.get(start..start.checked_add(len)?)
    }

    /// Where the byte at `offset` of the file is loaded.
    #[must_use]
    pub fn addr_of_offset(&self, offset: u64) -> Option<ImageAddr> {
        self.segments.iter().find_map(|segment| {
            let inside = offset.checked_sub(segment.file_offset)?;
            (inside < segment.file_size)
                .then(|| segment.vaddr.0.checked_add(inside).map(ImageAddr))
                .flatten()
        })
    }

    /// The identity that GNU linkers, and Go's since 1.24, write by default.
    #[must_use]
    pub fn gnu_build_id(&self) -> Option<BuildId> {
        self.note(b"GNU", elf::NT_GNU_BUILD_ID.0, ".note.gnu.build-id")
            .filter(|id| !id.is_empty())
            .map(|id| BuildId(id.to_vec()))
    }

    /// The Go linker's own build id (`.note.go.buildid`).
    #[must_use]
    pub fn go_build_id(&self) -> Option<String> {
        const NT_GO_BUILD_ID: u32 = 4;
        let id = self.note(b"Go", NT_GO_BUILD_ID, ".note.go.buildid")?;
        (!id.is_empty()).then(|| String::from_utf8_lossy(id).into_owned())
    }

    /// Symbols of `.symtab`, else of `.dynsym`, in file order; damaged entries are left out.
    #[must_use]
    pub fn symbols(&self) -> Vec<Symbol> {
        symbols::read(&self.bytes, &self.section_table().1)
    }

    /// Thread-local storage template (PT_TLS): address, size in memory, alignment.
    #[must_use]
    pub fn tls(&self) -> Option<(ImageAddr, u64, u64)> {
        self.programs
            .iter()
            .find(|program| program.is(elf::PT_TLS))
            .map(|program| (ImageAddr(program.vaddr), program.mem_size, program.align))
    }

    /// A note by owner and type: from the PT_NOTE segments, from right behind them, or from the
    /// section that holds it.
    ///
    /// Go's linker (1.24 to 1.27 at least) ends PT_NOTE after its own build id; the GNU one follows
    /// at once in the same page. That place is all that memory can tell.
    fn note(&self, owner: &[u8], kind: u32, section: &str) -> Option<&[u8]> {
        const BEHIND: u64 = 36;
        let wanted = |note: &Note<'_>| note.owner == owner && note.kind == kind;
        let segments = self.programs.iter().filter(|program| program.is(elf::PT_NOTE));
        let in_segments = segments
            .clone()
            .map(|program| (program.offset, program.file_size, program.align));
        let in_section = self
            .section(section)
            .map(|section| (section.file_offset, section.size, 4));
        let area = |offset, size| sections::file_range(&self.bytes, offset, size);
        in_segments
            .chain(in_section)
            .filter_map(|(offset, size, align)| Some((area(offset, size)?, align)))
            .flat_map(|(bytes, align)| NoteReader::new(bytes, align))
            .find(wanted)
            .or_else(|| {
                segments
                    .filter_map(|program| area(program.offset.checked_add(program.file_size)?, BEHIND))
                    .filter_map(|bytes| NoteReader::new(bytes, 4).next())
                    .find(|note| note.offset == 0 && wanted(note))
            })
            .map(|note| note.desc)
    }

    fn section_table(&self) -> &(Vec<Section>, Vec<RawSection>) {
        self.sections.get_or_init(|| {
            sections::table(&self.bytes, &self.header)
                .into_iter()
                .map(|(name, raw)| (raw.public(name), raw))
                .unzip()
        })
    }
}

fn program_headers(
    bytes: &[u8],
    header: &FileHeader,
    limits: &Limits,
) -> Result<Vec<ProgramHeader>, ElfError> {
    let count = usize::from(header.program_header_count).min(limits.program_headers);
    let step = u64::from(header.program_header_size).max(PROGRAM_HEADER_SIZE);
    (0..count as u64)
        .map(|index| {
            let offset = header.program_headers.saturating_add(index * step);
            ProgramHeader::parse(&mut Cursor::at(
                bytes,
                usize::try_from(offset).unwrap_or(usize::MAX),
            ))
        })
        .collect::<Result<_, _>>()
        .map_err(|source| ElfError::Truncated {
            what: "the program headers lie outside the file",
            source,
        })
}

fn segment(program: &ProgramHeader, file_len: u64) -> Segment {
    let in_file = file_len.saturating_sub(program.offset).min(program.file_size);
    // An address space has an end, whatever the header says.
    let room = u64::MAX - program.vaddr;
    Segment {
        vaddr: ImageAddr(program.vaddr),
        mem_size: program.mem_size.min(room),
        file_offset: program.offset,
        file_size: in_file.min(program.mem_size).min(room),
        readable: program.may(elf::PF_R),
        writable: program.may(elf::PF_W),
        executable: program.may(elf::PF_X),
    }
}

#[cfg(test)]
mod tests;
