//! Mutants: a seed names one change of one file, always the same.

use std::ops::Range;

use crate::elf::{Elf, PT_LOAD, Segment, size};

/// A small generator (SplitMix64): the same seed gives the same mutant on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`; 0 for an empty range.
    pub fn below(&mut self, limit: usize) -> usize {
        size(self.next() >> 1) % limit.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Numbers at which readers break.
const EXTREMES: &[u64] = &[
    0,
    1,
    0x7f,
    0xff,
    0xfff,
    0x1000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff0,
    0xffff_ffff,
    1 << 32,
    1 << 40,
    (1 << 47) - 1,
    1 << 47,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 4095,
    u64::MAX - 7,
    u64::MAX,
];

/// Which file of a pair is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Core,
    Exe,
}

/// One change.
#[derive(Clone, Debug)]
pub struct Mutant {
    pub side: Side,
    /// Bytes that remain.
    pub cut: Option<usize>,
    pub patches: Vec<(usize, Vec<u8>)>,
    pub what: String,
}

/// A core and its executable, both healthy.
#[derive(Clone, Debug)]
pub struct Pair {
    pub name: &'static str,
    pub core: Elf,
    pub exe: Elf,
}

/// Sections of an executable that are changed, each as often as any other.
const SECTIONS: &[&str] = &[
    ".debug_abbrev",
    ".debug_info",
    ".debug_line",
    ".debug_frame",
    ".debug_loclists",
    ".debug_rnglists",
    ".debug_addr",
    ".gopclntab",
    ".go.buildinfo",
    ".rodata",
    ".typelink",
    ".go.module",
    ".go.type",
    ".go.func",
    ".noptrdata",
    ".data",
    ".symtab",
    ".text",
];

impl Pair {
    /// The mutant that `seed` names.
    pub fn mutant(&self, seed: u64) -> Mutant {
        let mut random = Random::new(seed);
        let mut mutant = match random.below(16) {
            0 => cut(Side::Core, &self.core, &mut random),
            1 => cut(Side::Exe, &self.exe, &mut random),
            2 => elf_header(Side::Core, &mut random),
            3 => program_header(Side::Core, &self.core, &mut random),
            4 | 5 => note(&self.core, &mut random),
            6 => memory(&self.core, &mut random),
            7 => hole(&self.core, &mut random),
            8 => self.global(&mut random),
            9 | 10 => self.goroutine(&mut random),
            11 => self.stack(&mut random),
            12 => headers(&self.exe, &mut random),
            _ => section(&self.exe, &mut random),
        };
        mutant.what = format!("{} {:?} {}", self.name, mutant.side, mutant.what);
        mutant
    }

    /// Words of the runtime's variables, as they are in the core.
    fn global(&self, random: &mut Random) -> Mutant {
        const NAMES: &[(&str, usize)] = &[
            ("runtime.allglen", 8),
            ("runtime.allgs", 24),
            ("runtime.allgptr", 8),
            ("runtime.allm", 8),
            ("runtime.firstmoduledata", 600),
            ("runtime.lastmoduledatap", 8),
            ("runtime.modulesSlice", 8),
            ("runtime.printBacklog", 512),
            ("runtime.printBacklogIndex", 8),
            ("runtime.m0", 1800),
            ("runtime.g0", 440),
            ("runtime.sched", 400),
            ("runtime.semtable", 4096),
            ("runtime.waitReasonStrings", 600),
        ];
        let (name, length) = random.pick(NAMES);
        let Some(&addr) = self.exe.symbols.get(*name) else {
            return memory(&self.core, random);
        };
        let addr = addr + (random.below(*length) as u64 & !7);
        word(&self.core, addr, random, name)
    }

    /// A word of a `runtime.g`, or of the m that it points to.
    fn goroutine(&self, random: &mut Random) -> Mutant {
        let goroutines = self.goroutines();
        if goroutines.is_empty() {
            return memory(&self.core, random);
        }
        let mut addr = *random.pick(&goroutines);
        let mut length = 57;
        if random.below(4) == 0 {
            // g.m, g._panic or g._defer, whichever is set.
            let offsets = [48, 32, 40];
            let follow = addr + random.pick(&offsets);
            if let Some(next) = self
                .core
                .word_at(follow)
                .filter(|&next| self.core.offset_of(next).is_some())
            {
                (addr, length) = (next, 20);
            }
        }
        let addr = addr + 8 * random.below(length) as u64;
        if random.below(2) == 0 {
            // A pointer to where such pointers lead, itself included: loops.
            let target = *random.pick(&goroutines);
            return patch(&self.core, addr, &target.to_le_bytes(), "g pointer");
        }
        word(&self.core, addr, random, "g word")
    }

    /// A few words of a goroutine's stack.
    fn stack(&self, random: &mut Random) -> Mutant {
        let goroutines = self.goroutines();
        if goroutines.is_empty() {
            return memory(&self.core, random);
        }
        let g = *random.pick(&goroutines);
        let bounds = (
            self.core.word_at(g),
            self.core.word_at(g + 8),
            self.core.word_at(g + 56),
        );
        let (Some(low), Some(high), Some(sp)) = bounds else {
            return memory(&self.core, random);
        };
        let from = if (low..high).contains(&sp) {
            sp
        } else {
            high.saturating_sub(2048).max(low)
        };
        let mut mutant = word(&self.core, from, random, "stack");
        for _ in 0..random.below(8) {
            let at = from + (random.below(size(high.saturating_sub(from))) as u64 & !7);
            // Words of one stack in another place look like frames: loops and bad returns.
            let value = match random.below(3) {
                0 => self
                    .core
                    .word_at(from + (random.below(512) as u64 & !7))
                    .unwrap_or(0),
                1 => from + random.below(1024) as u64,
                _ => *random.pick(EXTREMES),
            };
            mutant
                .patches
                .extend(patch(&self.core, at, &value.to_le_bytes(), "").patches);
        }
        mutant
    }

    /// Addresses of all goroutines, dead ones included.
    pub fn goroutines(&self) -> Vec<u64> {
        let Some(&header) = self.exe.symbols.get("runtime.allgs") else {
            return Vec::new();
        };
        let (Some(array), Some(count)) = (self.core.word_at(header), self.core.word_at(header + 8)) else {
            return Vec::new();
        };
        (0..count)
            .filter_map(|index| self.core.word_at(array + 8 * index))
            .collect()
    }
}

fn change(side: Side, patches: Vec<(usize, Vec<u8>)>, what: String) -> Mutant {
    Mutant {
        side,
        cut: None,
        patches,
        what,
    }
}

/// Bytes at an address of the core; nothing where the core holds none.
pub fn patch(core: &Elf, addr: u64, bytes: &[u8], what: &str) -> Mutant {
    let patches = core.offset_of(addr).map(|at| (at, bytes.to_vec()));
    change(
        Side::Core,
        patches.into_iter().collect(),
        format!("{what} at {addr:#x}"),
    )
}

fn word(core: &Elf, addr: u64, random: &mut Random, what: &str) -> Mutant {
    let old = core.word_at(addr).unwrap_or(0);
    let value = match random.below(4) {
        0 => old ^ (1 << random.below(64)),
        1 => old.wrapping_add(random.next() % 4096).wrapping_sub(2048),
        _ => *random.pick(EXTREMES),
    };
    patch(core, addr, &value.to_le_bytes(), &format!("{what} = {value:#x}"))
}

/// At the ends and beginnings of the file's parts, and anywhere.
fn cut(side: Side, file: &Elf, random: &mut Random) -> Mutant {
    let mut points = vec![0, 1, 4, 15, 16, 52, 63, 64, 119, 120];
    for segment in &file.segments {
        points.extend([
            segment.header,
            segment.header + 55,
            segment.offset,
            segment.offset + 1,
        ]);
        points.extend([
            segment.offset + segment.size / 2,
            (segment.offset + segment.size).saturating_sub(1),
        ]);
    }
    points.extend(
        file.notes()
            .iter()
            .flat_map(|&(at, _, _)| [at, at + 11, at + 12, at + 20]),
    );
    let length = file.bytes.len();
    let kept = match random.below(3) {
        0 => random.below(length),
        _ => *random.pick(&points),
    };
    let kept = kept.min(length - 1);
    Mutant {
        side,
        cut: Some(kept),
        patches: Vec::new(),
        what: format!("cut at {kept} of {length}"),
    }
}

fn elf_header(side: Side, random: &mut Random) -> Mutant {
    const FIELDS: &[(usize, usize)] = &[
        (4, 1),
        (5, 1),
        (6, 1),
        (7, 1),
        (16, 2),
        (18, 2),
        (20, 4),
        (24, 8),
        (32, 8),
        (40, 8),
        (52, 2),
        (54, 2),
        (56, 2),
        (58, 2),
        (60, 2),
        (62, 2),
    ];
    let &(at, width) = random.pick(FIELDS);
    let value = *random.pick(EXTREMES);
    let bytes = value.to_le_bytes()[..width].to_vec();
    change(side, vec![(at, bytes)], format!("ELF header +{at} = {value:#x}"))
}

fn program_header(side: Side, file: &Elf, random: &mut Random) -> Mutant {
    let segment = *random.pick(&file.segments);
    let &(field, width) = random.pick(&[(0, 4), (4, 4), (8, 8), (16, 8), (32, 8), (40, 8), (48, 8)]);
    let value = match random.below(4) {
        0 => random.pick(&file.segments).addr,
        1 => file.bytes.len() as u64 + random.below(3) as u64 - 1,
        _ => *random.pick(EXTREMES),
    };
    let bytes = value.to_le_bytes()[..width].to_vec();
    let what = format!("program header at {} +{field} = {value:#x}", segment.header);
    change(side, vec![(segment.header + field, bytes)], what)
}

fn note(core: &Elf, random: &mut Random) -> Mutant {
    let notes = core.notes();
    if notes.is_empty() {
        return memory(core, random);
    }
    let &(at, name, body) = random.pick(&notes);
    if random.below(2) == 0 {
        let field = 4 * random.below(3);
        let value = match random.below(4) {
            0 => body as u64 + 1,
            1 => (body as u64).wrapping_sub(1),
            _ => *random.pick(EXTREMES),
        };
        let bytes = value.to_le_bytes()[..4].to_vec();
        return change(
            Side::Core,
            vec![(at + field, bytes)],
            format!("note at {at} +{field} = {value:#x}"),
        );
    }
    let start = at + 12 + name.next_multiple_of(4);
    flips(Side::Core, start..start + body, random, "note body")
}

fn memory(core: &Elf, random: &mut Random) -> Mutant {
    let filled: Vec<Segment> = core
        .segments
        .iter()
        .copied()
        .filter(|segment| segment.kind == PT_LOAD && segment.size > 0)
        .collect();
    let segment = *random.pick(&filled);
    // Most of an arena was never touched: prefer its beginning.
    let length = if random.below(2) == 0 {
        segment.size.min(1 << 20)
    } else {
        segment.size
    };
    flips(
        Side::Core,
        segment.offset..segment.offset + length,
        random,
        "memory",
    )
}

fn hole(core: &Elf, random: &mut Random) -> Mutant {
    let length = *random.pick(&[4096, 65_536, 1 << 20]);
    let start = random.below(core.bytes.len().saturating_sub(length)) & !4095;
    let length = length.min(core.bytes.len() - start);
    change(
        Side::Core,
        vec![(start, vec![0; length])],
        format!("{length} zeros at {start}"),
    )
}

fn headers(exe: &Elf, random: &mut Random) -> Mutant {
    match random.below(3) {
        0 => elf_header(Side::Exe, random),
        1 => program_header(Side::Exe, exe, random),
        _ => {
            let table = size(crate::elf::u64_at(&exe.bytes, 40));
            let count = usize::from(crate::elf::u16_at(&exe.bytes, 60));
            flips(Side::Exe, table..table + 64 * count, random, "section headers")
        }
    }
}

fn section(exe: &Elf, random: &mut Random) -> Mutant {
    let present: Vec<&str> = SECTIONS
        .iter()
        .copied()
        .filter(|name| exe.sections.contains_key(*name))
        .collect();
    if present.is_empty() {
        return headers(exe, random);
    }
    let name = *random.pick(&present);
    let mut place = exe.sections[name].clone();
    // Headers of tables stand first and decide about everything after them.
    if random.below(4) == 0 {
        place.end = place.end.min(place.start + 256);
    }
    flips(Side::Exe, place, random, name)
}

fn flips(side: Side, place: Range<usize>, random: &mut Random, what: &str) -> Mutant {
    let count = *random.pick(&[1, 1, 4, 16, 64]);
    let patches: Vec<(usize, Vec<u8>)> = (0..count)
        .filter(|_| !place.is_empty())
        .map(|_| {
            let at = place.start + random.below(place.len());
            let byte = random.next().to_le_bytes()[0];
            match random.below(3) {
                0 if at + 8 <= place.end => (at, random.pick(EXTREMES).to_le_bytes().to_vec()),
                1 => (at, vec![*random.pick(&[0, 0xff, 0x7f, 0x80])]),
                _ => (at, vec![byte]),
            }
        })
        .collect();
    let first = patches.first().map_or(0, |patch| patch.0);
    change(side, patches, format!("{count} flips in {what} from {first} on"))
}
