//! Where everything of a core goes in its file: decided before a byte of memory is read.
//!
//! ```text
//!   0      file header
//!   0x40   program headers: PT_NOTE, then a PT_LOAD for each mapping, ascending
//!          notes
//!   pages  contents of the mappings, each on a page boundary of 4096
//!   end    with 65,535 program headers and more, one section header that counts them (PN_XNUM)
//! ```
//!
//! A core that is written as a stream cannot come back to its notes: what is known only at the end
//! stands in a second PT_NOTE behind the contents, whose header is the last of the table.
//!
//! The shape is the kernel's (`fs/binfmt_elf.c`, `elf_core_dump`). Pure: whoever writes asks for the
//! head, the notes' place and each mapping's place, in any order. A file whose first 64 bytes are
//! missing is no ELF file; writing [`CorePlan::file_header`] last makes a whole core of it.

use object::elf;

use super::header::{PROGRAM_HEADER_SIZE, SECTION_HEADER_SIZE};
use crate::base::AddrRange;

const FILE_HEADER_SIZE: u64 = 64;
const PAGE_SIZE: u64 = 4096;
const NOTE_ALIGN: u64 = 4;
/// `e_phnum` cannot count further.
const PN_XNUM: u64 = elf::PN_XNUM as u64;

/// A mapping that is to have a program header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedSegment {
    pub range: AddrRange,
    /// Leading bytes that are in the file; 0 for a mapping that is only named.
    pub file_size: u64,
    pub readable: bool,
    pub writable: bool,
    pub executable: bool,
}

/// The places of all parts of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorePlan {
    segments: Vec<PlannedSegment>,
    /// Offset in the file of each segment's contents.
    offsets: Vec<u64>,
    note_size: u64,
    /// Bytes of notes behind the contents; 0 for none, and then there is no header for them.
    late_note_size: u64,
    /// Where everything but the section header ends.
    end: u64,
}

impl CorePlan {
    /// `segments` in ascending order; `note_size` bytes are kept for the notes.
    #[must_use]
    pub fn new(segments: Vec<PlannedSegment>, note_size: u64) -> Self {
        Self::with_late_notes(segments, note_size, 0)
    }

    /// As [`Self::new`], with `late_note_size` bytes for notes behind the contents.
    #[must_use]
    pub fn with_late_notes(segments: Vec<PlannedSegment>, note_size: u64, late_note_size: u64) -> Self {
        let headers = header_count(segments.len(), late_note_size);
        let notes_at = FILE_HEADER_SIZE.saturating_add(headers.saturating_mul(PROGRAM_HEADER_SIZE));
        let mut end = next_page(notes_at.saturating_add(note_size));
        let offsets = segments
            .iter()
            .map(|segment| {
                let offset = end;
                end = next_page(end.saturating_add(segment.file_size));
                offset
            })
            .collect();
        Self {
            segments,
            offsets,
            note_size,
            late_note_size,
            end: next_page(end.saturating_add(late_note_size)),
        }
    }

    /// The segments with the offsets of their contents.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = (&PlannedSegment, u64)> {
        self.segments.iter().zip(self.offsets.iter().copied())
    }

    #[must_use]
    pub fn notes_offset(&self) -> u64 {
        FILE_HEADER_SIZE + self.header_count() * PROGRAM_HEADER_SIZE
    }

    /// Where the notes behind the contents stand.
    #[must_use]
    pub fn late_notes_offset(&self) -> u64 {
        self.end.saturating_sub(next_page(self.late_note_size))
    }

    /// Length of the whole file.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        match self.counts_by_section() {
            true => self.end.saturating_add(SECTION_HEADER_SIZE),
            false => self.end,
        }
    }

    /// The first 64 bytes of the file.
    #[must_use]
    pub fn file_header(&self) -> Vec<u8> {
        let by_section = self.counts_by_section();
        let mut header = Vec::with_capacity(FILE_HEADER_SIZE as usize);
        header.extend(elf::ELFMAG);
        // 64 bits, little endian, version 1, System V.
        header.extend([elf::ELFCLASS64.0, elf::ELFDATA2LSB.0, elf::EV_CURRENT.0, 0]);
        header.resize(16, 0);
        header.extend(elf::ET_CORE.0.to_le_bytes());
        header.extend(elf::EM_X86_64.0.to_le_bytes());
        header.extend(1_u32.to_le_bytes());
        // No entry point; program headers follow at once; the section header, if there is one.
        let sections_at = if by_section { self.end } else { 0 };
        for word in [0, FILE_HEADER_SIZE, sections_at] {
            header.extend(word.to_le_bytes());
        }
        header.extend(0_u32.to_le_bytes());
        let count = u16::try_from(self.header_count().min(PN_XNUM)).unwrap_or(u16::MAX);
        let (section_size, section_count) = match by_section {
            true => (SECTION_HEADER_SIZE as u16, 1),
            false => (0, 0),
        };
        let sizes = [
            FILE_HEADER_SIZE as u16,
            PROGRAM_HEADER_SIZE as u16,
            count,
            section_size,
            section_count,
            0,
        ];
        for size in sizes {
            header.extend(size.to_le_bytes());
        }
        header
    }

    /// The program headers, to stand at 0x40.
    #[must_use]
    pub fn program_headers(&self) -> Vec<u8> {
        let mut table = Vec::new();
        let notes = (self.notes_offset(), self.note_size);
        push_header(&mut table, (elf::PT_NOTE, 0), notes, (0, 0), NOTE_ALIGN);
        for (segment, offset) in self.segments() {
            let flag = |set: bool, flag: elf::ProgramFlags| if set { flag.0 } else { 0 };
            let flags = flag(segment.readable, elf::PF_R)
                | flag(segment.writable, elf::PF_W)
                | flag(segment.executable, elf::PF_X);
            let file = (offset, segment.file_size);
            let memory = (segment.range.start.0, segment.range.len());
            push_header(&mut table, (elf::PT_LOAD, flags), file, memory, PAGE_SIZE);
        }
        if self.late_note_size > 0 {
            let notes = (self.late_notes_offset(), self.late_note_size);
            push_header(&mut table, (elf::PT_NOTE, 0), notes, (0, 0), NOTE_ALIGN);
        }
        table
    }

    /// What stands at the end of the file when program headers are too many for the file header,
    /// with its offset.
    #[must_use]
    pub fn section_header(&self) -> Option<(u64, Vec<u8>)> {
        if !self.counts_by_section() {
            return None;
        }
        let count = u32::try_from(self.header_count()).unwrap_or(u32::MAX);
        let mut header = vec![0; 44];
        // `sh_info` of an SHT_NULL header.
        header.extend(count.to_le_bytes());
        header.resize(SECTION_HEADER_SIZE as usize, 0);
        Some((self.end, header))
    }

    fn header_count(&self) -> u64 {
        header_count(self.segments.len(), self.late_note_size)
    }

    fn counts_by_section(&self) -> bool {
        self.header_count() >= PN_XNUM
    }
}

/// One for each segment and one for each place of notes.
fn header_count(segments: usize, late_note_size: u64) -> u64 {
    let notes = if late_note_size > 0 { 2 } else { 1 };
    (segments as u64).saturating_add(notes)
}

fn next_page(offset: u64) -> u64 {
    offset.checked_next_multiple_of(PAGE_SIZE).unwrap_or(u64::MAX)
}

fn push_header(
    table: &mut Vec<u8>,
    (kind, flags): (elf::ProgramType, u32),
    (offset, file_size): (u64, u64),
    (vaddr, mem_size): (u64, u64),
    align: u64,
) {
    table.extend(kind.0.to_le_bytes());
    table.extend(flags.to_le_bytes());
    for word in [offset, vaddr, 0, file_size, mem_size, align] {
        table.extend(word.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Addr, CancelToken, Limits, SharedBytes, Tid};
    use crate::elf::{
        CoreFile, CoreProblem, CoreWriter, NoteWriter, PROVENANCE_OWNER, PROVENANCE_TYPE, Provenance, synth,
    };

    fn segment(start: u64, len: u64, file_size: u64) -> PlannedSegment {
        PlannedSegment {
            range: AddrRange::sized(Addr(start), len),
            file_size,
            readable: true,
            writable: file_size > 0,
            executable: false,
        }
    }

    /// All parts at their places; contents are a letter for each segment.
    fn written(plan: &CorePlan, notes: &[u8]) -> Vec<u8> {
        let mut file = vec![0; usize::try_from(plan.file_size()).unwrap()];
        let mut put = |offset: u64, bytes: &[u8]| {
            let offset = usize::try_from(offset).unwrap();
            file[offset..offset + bytes.len()].copy_from_slice(bytes);
        };
        put(0, &plan.file_header());
        put(64, &plan.program_headers());
        put(plan.notes_offset(), notes);
        for (index, (segment, offset)) in plan.segments().enumerate() {
            put(
                offset,
                &vec![b'a' + (index % 26) as u8; usize::try_from(segment.file_size).unwrap()],
            );
        }
        if let Some((offset, header)) = plan.section_header() {
            put(offset, &header);
        }
        file
    }

    fn notes() -> NoteWriter {
        let mut notes = NoteWriter::new();
        notes.note("CORE", 1, &synth::prstatus(7, 0x1000, 0x2000));
        notes
    }

    fn parse(file: Vec<u8>) -> CoreFile {
        CoreFile::parse(SharedBytes::new(file), &Limits::default(), &CancelToken::new()).unwrap()
    }

    #[test]
    fn a_planned_core_is_read_as_planned() {
        let notes = notes();
        let plan = CorePlan::new(
            vec![
                segment(0x1000, 0x3000, 0x1000),
                segment(0x4000, 0x2000, 0x2000),
                segment(0x9000, 1 << 40, 0),
            ],
            notes.bytes().len() as u64,
        );
        let core = parse(written(&plan, notes.bytes()));
        assert_eq!(core.problems(), Vec::<CoreProblem>::new());
        assert_eq!(core.writer(), CoreWriter::Kernel);
        assert_eq!(
            core.notes().threads.first().map(|thread| thread.tid()),
            Some(Tid(7))
        );
        let sizes: Vec<_> = core
            .segments()
            .iter()
            .map(|segment| (segment.range.len(), segment.file_size, segment.writable))
            .collect();
        assert_eq!(
            sizes,
            [
                (0x3000, 0x1000, true),
                (0x2000, 0x2000, true),
                (1 << 40, 0, false)
            ]
        );
        assert_eq!(core.contents(&core.segments()[1]), [b'b'; 0x2000]);
        assert!(
            core.segments()
                .iter()
                .all(|segment| segment.file_offset % 4096 == 0)
        );
        let (present, promised) = core.size();
        assert_eq!(present, promised);
    }

    #[test]
    fn seventy_thousand_mappings_are_all_counted() {
        let segments = (0..70_000)
            .map(|at| segment(0x1_0000 + at * 0x2000, 0x1000, 0))
            .collect();
        let notes = notes();
        let plan = CorePlan::new(segments, notes.bytes().len() as u64);
        let core = parse(written(&plan, notes.bytes()));
        assert_eq!(core.segments().len(), 70_000);
        assert_eq!(core.problems(), Vec::<CoreProblem>::new());
    }

    #[test]
    fn notes_behind_the_contents_are_read_as_well() {
        let mut notes = notes();
        let early = Provenance {
            tool: "tinydbg-tui 0.1.0".to_owned(),
            files: vec![("status".to_owned(), b"Name: x\n".to_vec())],
            ..Provenance::default()
        };
        notes.note(PROVENANCE_OWNER, PROVENANCE_TYPE, &early.encode());
        let late = Provenance {
            pause_ns: Some(17),
            files: Vec::new(),
            ..early.clone()
        };
        let mut last = NoteWriter::new();
        last.note(PROVENANCE_OWNER, PROVENANCE_TYPE, &late.encode());
        let (size, late_size) = (notes.bytes().len() as u64, last.bytes().len() as u64);
        for (count, problems) in [(2, 0), (70_000, 0)] {
            let segments = (0..count)
                .map(|at| segment(0x1_0000 + at * 0x2000, 0x1000, 0))
                .collect();
            let plan = CorePlan::with_late_notes(segments, size, late_size);
            let mut file = written(&plan, notes.bytes());
            let at = usize::try_from(plan.late_notes_offset()).unwrap();
            file[at..at + last.bytes().len()].copy_from_slice(last.bytes());
            let core = parse(file.clone());
            assert_eq!(core.problems().len(), problems);
            assert_eq!(core.segments().len() as u64, count);
            let read = core.notes().provenance.as_deref().unwrap();
            assert_eq!((read.pause_ns, read.files.len()), (Some(17), 1));
            // A stream that was cut still says whose it is.
            file.truncate(at);
            let core = parse(file);
            assert_eq!(core.writer(), CoreWriter::TinyDbg);
            assert_eq!(core.notes().provenance.as_deref().unwrap().pause_ns, None);
        }
    }

    #[test]
    fn without_its_first_bytes_it_is_no_core() {
        let notes = notes();
        let plan = CorePlan::new(vec![segment(0x1000, 0x1000, 0x1000)], notes.bytes().len() as u64);
        let mut file = written(&plan, notes.bytes());
        file[..64].fill(0);
        let outcome = CoreFile::parse(SharedBytes::new(file), &Limits::default(), &CancelToken::new());
        assert!(outcome.is_err());
    }
}
