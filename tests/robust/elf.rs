//! Where things lie in a healthy ELF file: written apart from the reader under test, so that both
//! cannot share a mistake. Panics on files that are not healthy.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// A segment: file offset, address, size in the file.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub kind: u32,
    /// Offset of its program header.
    pub header: usize,
    pub offset: usize,
    pub addr: u64,
    pub size: usize,
}

/// A healthy file and a map of it.
#[derive(Clone, Debug)]
pub struct Elf {
    pub bytes: Arc<Vec<u8>>,
    pub segments: Vec<Segment>,
    pub sections: BTreeMap<String, Range<usize>>,
    pub symbols: HashMap<String, u64>,
}

pub const PT_LOAD: u32 = 1;
pub const PT_NOTE: u32 = 4;

pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}

pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

pub fn size(value: u64) -> usize {
    usize::try_from(value).expect("a healthy size")
}

impl Elf {
    pub fn new(bytes: Vec<u8>) -> Self {
        let segments = segments(&bytes);
        let sections = sections(&bytes);
        let symbols = symbols(&bytes, &sections);
        Self {
            bytes: Arc::new(bytes),
            segments,
            sections,
            symbols,
        }
    }

    /// Where the byte at `addr` lies in the file.
    pub fn offset_of(&self, addr: u64) -> Option<usize> {
        let covers = |segment: &&Segment| {
            let end = segment.addr.saturating_add(segment.size as u64);
            segment.kind == PT_LOAD && (segment.addr..end).contains(&addr)
        };
        let segment = self.segments.iter().find(covers)?;
        Some(segment.offset + size(addr - segment.addr))
    }

    pub fn word_at(&self, addr: u64) -> Option<u64> {
        let at = self.offset_of(addr)?;
        (at + 8 <= self.bytes.len()).then(|| u64_at(&self.bytes, at))
    }

    /// Offsets of all notes, each with the size of its name and of its body.
    pub fn notes(&self) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.kind == PT_NOTE) {
            let mut at = segment.offset;
            while at + 12 <= segment.offset + segment.size {
                let name = u32_at(&self.bytes, at) as usize;
                let body = u32_at(&self.bytes, at + 4) as usize;
                found.push((at, name, body));
                at += 12 + name.next_multiple_of(4) + body.next_multiple_of(4);
            }
        }
        found
    }
}

fn segments(bytes: &[u8]) -> Vec<Segment> {
    let table = size(u64_at(bytes, 32));
    (0..usize::from(u16_at(bytes, 56)))
        .map(|index| {
            let header = table + index * 56;
            Segment {
                kind: u32_at(bytes, header),
                header,
                offset: size(u64_at(bytes, header + 8)),
                addr: u64_at(bytes, header + 16),
                size: size(u64_at(bytes, header + 32)),
            }
        })
        .collect()
}

fn sections(bytes: &[u8]) -> BTreeMap<String, Range<usize>> {
    let (table, count) = (size(u64_at(bytes, 40)), usize::from(u16_at(bytes, 60)));
    if table == 0 || count == 0 {
        return BTreeMap::new();
    }
    let place = |index: usize| {
        let header = table + index * 64;
        let offset = size(u64_at(bytes, header + 24));
        offset..offset + size(u64_at(bytes, header + 32))
    };
    let names = place(usize::from(u16_at(bytes, 62)));
    (0..count)
        .filter(|index| u32_at(bytes, table + index * 64 + 4) != 8)
        .map(|index| {
            let name = &bytes[names.start + u32_at(bytes, table + index * 64) as usize..];
            (c_string(name), place(index))
        })
        .collect()
}

fn symbols(bytes: &[u8], sections: &BTreeMap<String, Range<usize>>) -> HashMap<String, u64> {
    let (Some(table), Some(names)) = (sections.get(".symtab"), sections.get(".strtab")) else {
        return HashMap::new();
    };
    let entries = bytes[table.clone()].chunks_exact(24);
    entries
        .map(|entry| {
            let name = &bytes[names.start + u32_at(entry, 0) as usize..];
            (c_string(name), u64_at(entry, 8))
        })
        .collect()
}

fn c_string(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
