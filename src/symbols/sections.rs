//! The debug sections that variables and types need, unpacked once and in parallel.
//!
//! Line tables and call frame information are not among them: pclntab and `unwind` have their own.
//! Sections stored as they are stay in the mapped file; only compressed ones cost memory.

use gimli::SectionId;

use crate::base::{Limits, SharedBytes};
use crate::elf::{ElfError, ElfFile};

/// What variables and types are read from, the largest section first: it gets a thread of its own.
const WANTED: [SectionId; 11] = [
    SectionId::DebugInfo,
    SectionId::DebugLoc,
    SectionId::DebugLocLists,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugAddr,
    SectionId::DebugStr,
    SectionId::DebugLineStr,
    SectionId::DebugStrOffsets,
    SectionId::DebugAbbrev,
    SectionId::DebugTypes,
];

/// Packed bytes below which a second thread costs more than it saves (about 1 ms to unpack).
const WORTH_A_THREAD: u64 = 256 << 10;

/// The bytes of the sections; a section that is missing or damaged is empty.
#[derive(Debug, Default)]
pub(super) struct Sections {
    bytes: Vec<(SectionId, SharedBytes)>,
}

type Loaded = (SectionId, Result<SharedBytes, ElfError>);

impl Sections {
    /// Unpacks what `elf` has, and says which sections could not be.
    pub(super) fn load(elf: &ElfFile, limits: &Limits) -> (Self, Vec<ElfError>) {
        let packed: u64 = WANTED.iter().map(|id| packed_size(elf, *id)).sum();
        let (first, rest) = WANTED.split_at(1);
        let fetch = |ids: &[SectionId]| -> Vec<Loaded> {
            ids.iter().filter_map(|id| load_one(elf, *id, limits)).collect()
        };
        let loaded = if packed < WORTH_A_THREAD {
            fetch(&WANTED)
        } else {
            std::thread::scope(|scope| {
                let others = scope.spawn(|| fetch(rest));
                let mut all = fetch(first);
                all.extend(others.join().unwrap_or_default());
                all
            })
        };
        let mut sections = Self::default();
        let mut errors = Vec::new();
        for (id, result) in loaded {
            match result {
                Ok(bytes) => sections.bytes.push((id, bytes)),
                Err(error) => errors.push(error),
            }
        }
        (sections, errors)
    }

    pub(super) fn get(&self, id: SectionId) -> &[u8] {
        let found = self.bytes.iter().find(|(other, _)| *other == id);
        found.map_or(&[], |(_, bytes)| bytes)
    }

    /// Sections as a test has them.
    #[cfg(test)]
    pub(super) fn of(bytes: Vec<(SectionId, Vec<u8>)>) -> Self {
        let shared = |(id, bytes)| (id, SharedBytes::new(bytes));
        Self {
            bytes: bytes.into_iter().map(shared).collect(),
        }
    }
}

/// The section under its usual name, or under the older `.zdebug_` one.
fn names(id: SectionId) -> [String; 2] {
    let name = id.name();
    [name.to_owned(), name.replacen(".debug_", ".zdebug_", 1)]
}

fn packed_size(elf: &ElfFile, id: SectionId) -> u64 {
    let section = names(id).iter().find_map(|name| elf.section(name));
    section.map_or(0, |section| section.size)
}

fn load_one(elf: &ElfFile, id: SectionId, limits: &Limits) -> Option<Loaded> {
    let name = names(id).into_iter().find(|name| elf.section(name).is_some())?;
    let section = elf.section(&name)?;
    if !section.compressed && name == id.name() {
        let file = elf.bytes();
        let start = usize::try_from(section.file_offset).ok()?;
        let end = start.checked_add(usize::try_from(section.size).ok()?)?;
        if file.get(start..end).is_some() {
            return Some((
                id,
                Ok(SharedBytes::new(InFile {
                    file: file.clone(),
                    start,
                    end,
                })),
            ));
        }
    }
    let data = elf.section_data(&name, limits)?;
    Some((id, data.map(|bytes| SharedBytes::new(bytes.into_owned()))))
}

/// A part of a file that stays where it is.
struct InFile {
    file: SharedBytes,
    start: usize,
    end: usize,
}

impl AsRef<[u8]> for InFile {
    fn as_ref(&self) -> &[u8] {
        self.file.get(self.start..self.end).unwrap_or_default()
    }
}
