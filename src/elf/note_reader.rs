//! The note iterator: owner, type and contents of each note, through damage.
//!
//! ```text
//!   | namesz u32 | descsz u32 | type u32 | name, padded | desc, padded |  next note ...
//! ```
//!
//! One wild size would make everything behind it unreadable. So each note is checked against what
//! follows it; where that makes no sense, the reader looks for the next plausible note on 4-byte
//! steps, and counts what it passed over.

use object::elf;

use crate::base::Cursor;

/// One note. `owner` has lost its terminating NULs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    pub owner: &'a [u8],
    pub kind: u32,
    pub desc: &'a [u8],
    /// Bytes that the header promised; more than `desc` holds when the area ends inside the note.
    pub promised: u64,
    /// Offset of the note's header in the area.
    pub offset: usize,
}

/// Iterates over the notes of one area; ends at its end.
#[derive(Clone, Debug)]
pub struct NoteReader<'a> {
    bytes: &'a [u8],
    offset: usize,
    align: usize,
    skipped: u64,
    /// Bytes that may still be passed over.
    skip_budget: u64,
    /// Steps left for looking into notes of doubtful size.
    scan_budget: usize,
}

const HEADER: usize = 12;
/// Owners are short names; anything longer is damage.
const MAX_OWNER: u32 = 64;

impl<'a> NoteReader<'a> {
    /// Notes in `bytes`; `align` is the p_align of the segment, of which only 8 means anything.
    #[must_use]
    pub const fn new(bytes: &'a [u8], align: u64) -> Self {
        Self {
            bytes,
            offset: 0,
            align: if align == 8 { 8 } else { 4 },
            skipped: 0,
            skip_budget: u64::MAX,
            scan_budget: 4 << 20,
        }
    }

    /// Ends the reader once it has passed over more than `bytes` bytes of damage.
    #[must_use]
    pub const fn giving_up_after(mut self, bytes: u64) -> Self {
        self.skip_budget = bytes;
        self
    }

    /// Bytes passed over because they were no notes.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The note whose header stands at `offset`, however damaged, with the offset of its end.
    fn note_at(&self, offset: usize) -> Option<(Note<'a>, usize)> {
        let mut cursor = Cursor::at(self.bytes, offset);
        let name_size = cursor.u32().ok()?;
        let desc_size = cursor.u32().ok()?;
        let kind = cursor.u32().ok()?;
        if name_size > MAX_OWNER {
            return None;
        }
        let owner = cursor.take(name_size as usize).ok()?;
        cursor.align(self.align).ok()?;
        let rest = self.bytes.get(cursor.offset()..)?;
        let desc = rest.get(..desc_size as usize).unwrap_or(rest);
        let end = cursor.offset().checked_add(desc_size as usize)?;
        let note = Note {
            owner: without_padding(owner),
            kind,
            desc,
            promised: u64::from(desc_size),
            offset,
        };
        Some((note, end.checked_next_multiple_of(self.align)?))
    }

    /// Whether a note may be believed: its size is what its type needs, and what follows it is the
    /// end of the area or looks like a note. When it does not, the next note may be the damaged
    /// one: a known owner is then believed unless a note of the kernel's lies within its contents.
    fn is_sound(&mut self, note: &Note<'_>, end: usize) -> bool {
        if !is_sane(note) {
            return false;
        }
        // Padding may be missing behind the last note.
        is_well_known(note)
            || end >= self.bytes.len().saturating_sub(HEADER)
            || self.note_at(end).is_some_and(|(next, _)| is_sane(&next))
            || is_landmark(note) && !self.holds_landmark(note.offset + HEADER, end)
    }

    /// The next 4-byte step from `offset` on whose first word a landmark could have; a stretch
    /// behind `most` bytes when there is none in them.
    fn next_candidate(&self, offset: usize, most: u64) -> usize {
        const STRETCH: usize = 4096;
        let mut at = offset;
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if (at - offset) as u64 > most {
                return at;
            }
            let stretch = rest.get(..STRETCH).unwrap_or(rest);
            // A sparse file has gigabytes of these.
            if !stretch.iter().all(|byte| *byte == 0) {
                let steps = stretch.chunks(4);
                let found = steps.enumerate().find(|(_, word)| may_start_landmark(word));
                if let Some((index, _)) = found {
                    return at + index * 4;
                }
            }
            at += stretch.len();
        }
        self.bytes.len()
    }

    fn holds_landmark(&mut self, start: usize, end: usize) -> bool {
        for offset in (start..end).step_by(4) {
            if self.scan_budget == 0 {
                return true;
            }
            self.scan_budget -= 1;
            if self
                .note_at(offset)
                .is_some_and(|(note, _)| !note.owner.is_empty() && is_landmark(&note) && is_sane(&note))
            {
                return true;
            }
        }
        false
    }
}

impl<'a> Iterator for NoteReader<'a> {
    type Item = Note<'a>;

    fn next(&mut self) -> Option<Note<'a>> {
        let start = self.offset;
        while self.offset.checked_add(HEADER)? <= self.bytes.len() {
            let at = self.offset;
            let passed = (at - start) as u64;
            if passed > self.skip_budget {
                break;
            }
            if let Some((note, end)) = self.note_at(at) {
                let in_step = at == start;
                let cut = note.promised > note.desc.len() as u64;
                let believed = if cut {
                    in_step && is_well_known(&note)
                } else {
                    (in_step || is_landmark(&note)) && self.is_sound(&note, end)
                };
                if believed {
                    self.skipped += passed;
                    self.skip_budget = self.skip_budget.saturating_sub(passed);
                    self.offset = end.min(self.bytes.len());
                    return Some(note);
                }
            }
            let left = self.skip_budget.saturating_sub(passed);
            self.offset = self.next_candidate(at.checked_add(4)?, left);
        }
        self.skipped += self.bytes.len().saturating_sub(start) as u64;
        self.offset = self.bytes.len();
        None
    }
}

/// The Go linker counts its padding as part of the name: `Go\0\0`.
fn without_padding(owner: &[u8]) -> &[u8] {
    let end = owner.iter().rposition(|byte| *byte != 0);
    owner.get(..end.map_or(0, |end| end + 1)).unwrap_or_default()
}

/// Types whose size is fixed by the kernel's structures (x86-64), with that size.
fn fixed_size(kind: u32) -> Option<u64> {
    match elf::NoteType(kind) {
        elf::NT_PRSTATUS => Some(336),
        elf::NT_PRPSINFO => Some(136),
        elf::NT_FPREGSET => Some(512),
        elf::NT_SIGINFO => Some(128),
        _ => None,
    }
}

/// Delve leaves the owner of the kernel's types empty.
fn is_of_core(note: &Note<'_>) -> bool {
    matches!(note.owner, b"CORE" | b"LINUX" | b"")
}

/// Nothing speaks against it. An empty note without owner is padding.
fn is_sane(note: &Note<'_>) -> bool {
    note.owner
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        && !(note.owner.is_empty() && note.promised == 0)
        && !(is_of_core(note) && fixed_size(note.kind).is_some_and(|size| size != note.promised))
}

/// Owner, type and size are those of a structure of the kernel.
fn is_well_known(note: &Note<'_>) -> bool {
    is_of_core(note) && fixed_size(note.kind) == Some(note.promised)
}

/// Whether `word`, as the size of an owner, fits a landmark. A note without owner must still be
/// looked at, though most zeros are no notes.
fn may_start_landmark(word: &[u8]) -> bool {
    let longest = b"Delve Header\0".len();
    word.first_chunk::<4>()
        .is_some_and(|word| u32::from_le_bytes(*word) as usize <= longest)
}

/// By its owner no product of chance.
fn is_landmark(note: &Note<'_>) -> bool {
    is_well_known(note)
        || matches!(
            note.owner,
            b"CORE" | b"LINUX" | b"GDB" | b"GNU" | b"Go" | b"TINYDBG" | b"Delve Header"
        )
}
