//! A core dump taken apart: memory segments, threads, process facts, and what is wrong with it.
//!
//! Reads kernel, gcore and Delve cores, with notes and headers wherever they stand, cut at any
//! byte. What is damaged is left out and told as a [`CoreProblem`]; only a file that is no x86-64
//! core at all is refused. Knows nothing of executables, Go, or what the facts mean.

use object::elf;

use super::core_notes::{self, CoreNotes};
use super::header::{FileHeader, PROGRAM_HEADER_SIZE, ProgramHeader, SECTION_HEADER_SIZE};
use super::{CoreProblem, ElfError};
use crate::base::{Addr, AddrRange, CancelToken, Cursor, Limits, SharedBytes};

/// Who wrote a core, judged by the marks that each writer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreWriter {
    Kernel,
    Gcore,
    Delve,
    /// This program.
    TinyDbg,
    Unknown,
}

/// One PT_LOAD: a mapping of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreSegment {
    pub range: AddrRange,
    pub file_offset: u64,
    /// Bytes that the header promises; fewer than the range has when the rest was not dumped.
    pub file_size: u64,
    /// Bytes of those that the core file really holds.
    pub present: u64,
    pub readable: bool,
    pub writable: bool,
    pub executable: bool,
}

/// A core dump.
#[derive(Clone, Debug)]
pub struct CoreFile {
    bytes: SharedBytes,
    segments: Vec<CoreSegment>,
    notes: CoreNotes,
    writer: CoreWriter,
    promised: u64,
    problems: Vec<CoreProblem>,
}

impl CoreFile {
    /// Takes a core apart as far as it goes.
    ///
    /// Fails for what is no 64-bit x86-64 core, and when cancelled (as [`ElfError::Cancelled`]).
    pub fn parse(bytes: SharedBytes, limits: &Limits, cancel: &CancelToken) -> Result<Self, ElfError> {
        let header = FileHeader::parse(&bytes)?;
        if elf::FileType(header.kind) != elf::ET_CORE {
            return Err(ElfError::Kind {
                wanted: "a core dump",
                found: header.kind,
            });
        }
        let mut problems = Vec::new();
        let table = ProgramTable::read(&bytes, &header, limits, &mut problems);
        let mut segments = Vec::new();
        let mut notes = CoreNotes::default();
        let mut promised = table.end;
        for (index, program) in table.programs.iter().enumerate() {
            if index % 4096 == 0 {
                cancel.check()?;
            }
            let is_note = program.is(elf::PT_NOTE);
            if !is_note && !program.is(elf::PT_LOAD) {
                continue;
            }
            match promised_end(program) {
                Some(end) => promised = promised.max(end),
                None => problems.push(CoreProblem::WildSegment { index }),
            }
            if is_note {
                core_notes::read(&bytes, program, limits, &mut notes);
                cancel.check()?;
            } else {
                segments.push(segment(program, bytes.len() as u64));
            }
        }
        notes.finish(&mut problems);
        let writer = writer(&notes, &table.programs);
        check_overlap(&mut segments, &mut problems);
        Ok(Self {
            bytes,
            segments,
            notes,
            writer,
            promised,
            problems,
        })
    }

    #[must_use]
    pub fn bytes(&self) -> &SharedBytes {
        &self.bytes
    }

    /// PT_LOADs in the order of the file. Where two overlap, the first is to be believed.
    #[must_use]
    pub fn segments(&self) -> &[CoreSegment] {
        &self.segments
    }

    #[must_use]
    pub fn notes(&self) -> &CoreNotes {
        &self.notes
    }

    #[must_use]
    pub fn writer(&self) -> CoreWriter {
        self.writer
    }

    /// Bytes that the file has, and bytes it would need to be whole.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        let present = self.bytes.len() as u64;
        (present, self.promised.max(present))
    }

    /// Segments of which the file does not hold all promised bytes.
    pub fn incomplete_segments(&self) -> impl Iterator<Item = &CoreSegment> {
        self.segments
            .iter()
            .filter(|segment| segment.present < segment.file_size)
    }

    #[must_use]
    pub fn problems(&self) -> &[CoreProblem] {
        &self.problems
    }

    /// The contents of a segment that the file holds.
    #[must_use]
    pub fn contents(&self, segment: &CoreSegment) -> &[u8] {
        super::sections::file_range(&self.bytes, segment.file_offset, segment.present).unwrap_or_default()
    }
}

/// The program headers that could be read, and where their table ends.
struct ProgramTable {
    programs: Vec<ProgramHeader>,
    end: u64,
}

impl ProgramTable {
    fn read(bytes: &[u8], header: &FileHeader, limits: &Limits, problems: &mut Vec<CoreProblem>) -> Self {
        let start = table_start(bytes, header, problems);
        let step = match u64::from(header.program_header_size) {
            PROGRAM_HEADER_SIZE => PROGRAM_HEADER_SIZE,
            size => {
                problems.push(CoreProblem::ProgramHeaderSize(size));
                PROGRAM_HEADER_SIZE
            }
        };
        let count = program_count(bytes, header, start);
        let end = start.saturating_add(count.saturating_mul(step));
        let wanted = count.min(limits.program_headers as u64);
        let mut cursor = Cursor::at(bytes, usize::try_from(start).unwrap_or(usize::MAX));
        let fitting = cursor.remaining() as u64 / step;
        let programs: Vec<_> = (0..wanted.min(fitting))
            .map_while(|_| ProgramHeader::parse(&mut cursor).ok())
            .collect();
        let got = programs.len() as u64;
        if got < count {
            problems.push(CoreProblem::ProgramHeadersLost { got, promised: count });
        }
        // A wild count says nothing about how long the file ought to be.
        let end = if count <= limits.program_headers as u64 {
            end
        } else {
            0
        };
        Self { programs, end }
    }
}

/// Kernel and gdb put the table right behind the file header; a damaged offset is mended so.
fn table_start(bytes: &[u8], header: &FileHeader, problems: &mut Vec<CoreProblem>) -> u64 {
    const USUAL: u64 = 64;
    let starts_table = |offset: u64| {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        ProgramHeader::parse(&mut Cursor::at(bytes, offset))
            .is_ok_and(|first| (first.is(elf::PT_NOTE) || first.is(elf::PT_LOAD)) && first.flags <= 7)
    };
    if !starts_table(header.program_headers) && starts_table(USUAL) {
        problems.push(CoreProblem::ProgramHeadersMoved {
            offset: header.program_headers,
        });
        return USUAL;
    }
    header.program_headers
}

/// With 65,535 headers and more, the count stands in `sh_info` of the only section header. The
/// kernel writes that one last, so a cut core has lost it; but its notes follow the table at once.
fn program_count(bytes: &[u8], header: &FileHeader, start: u64) -> u64 {
    if header.program_header_count != elf::PN_XNUM {
        return u64::from(header.program_header_count);
    }
    const SH_INFO: u64 = 44;
    let section = header.section_headers;
    let in_file = section != 0 && section.saturating_add(SECTION_HEADER_SIZE) <= bytes.len() as u64;
    if in_file
        && let Ok(offset) = usize::try_from(section.saturating_add(SH_INFO))
        && let Ok(count @ 1..) = Cursor::at(bytes, offset).u32()
    {
        return u64::from(count);
    }
    let first = ProgramHeader::parse(&mut Cursor::at(
        bytes,
        usize::try_from(start).unwrap_or(usize::MAX),
    ));
    first
        .ok()
        .and_then(|first| first.offset.checked_sub(start))
        .map(|size| size / PROGRAM_HEADER_SIZE)
        .filter(|count| *count >= u64::from(elf::PN_XNUM))
        .unwrap_or_else(|| u64::from(elf::PN_XNUM))
}

/// Where the contents of a segment end in the file; `None` when no file could be that long.
fn promised_end(program: &ProgramHeader) -> Option<u64> {
    const LONGEST_FILE: u64 = 1 << 56;
    if program.file_size == 0 {
        return Some(0);
    }
    program
        .offset
        .checked_add(program.file_size)
        .filter(|end| *end <= LONGEST_FILE)
}

fn segment(program: &ProgramHeader, file_len: u64) -> CoreSegment {
    // A segment is never shorter than its contents, whatever the header says.
    let range = AddrRange::sized(Addr(program.vaddr), program.mem_size.max(program.file_size));
    let file_size = program.file_size.min(range.len());
    CoreSegment {
        range,
        file_offset: program.offset,
        file_size,
        present: file_len.saturating_sub(program.offset).min(file_size),
        readable: program.may(elf::PF_R),
        writable: program.may(elf::PF_W),
        executable: program.may(elf::PF_X),
    }
}

/// No kernel writes overlapping segments; when they appear the file is damaged.
fn check_overlap(segments: &mut Vec<CoreSegment>, problems: &mut Vec<CoreProblem>) {
    segments.retain(|segment| !segment.range.is_empty());
    let mut ranges: Vec<_> = segments
        .iter()
        .map(|segment| (segment.range.start, segment.range.end))
        .collect();
    ranges.sort_unstable();
    let mut reached = Addr::NULL;
    let mut first = None;
    let mut count = 0_usize;
    for (start, end) in ranges {
        if start < reached {
            count += 1;
            first.get_or_insert(start);
        }
        reached = reached.max(end);
    }
    if let Some(first) = first {
        problems.push(CoreProblem::Overlap { count, first });
    }
}

fn writer(notes: &CoreNotes, programs: &[ProgramHeader]) -> CoreWriter {
    let aligned_to = |align: u64| {
        let mut loads = programs
            .iter()
            .filter(|program| program.is(elf::PT_LOAD))
            .peekable();
        loads.peek().is_some() && loads.all(|program| program.align == align)
    };
    if notes.provenance.is_some() {
        CoreWriter::TinyDbg
    } else if notes.delve_header.is_some() {
        CoreWriter::Delve
    } else if notes.has_gdb_description || (notes.files.counted_in_bytes && aligned_to(1)) {
        CoreWriter::Gcore
    } else if notes.starts_with_status && aligned_to(4096) {
        CoreWriter::Kernel
    } else {
        CoreWriter::Unknown
    }
}

#[cfg(test)]
mod tests;
