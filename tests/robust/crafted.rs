//! Files made by hand, each with one thing that breaks readers. What must happen is written beside
//! each: a refusal in words, or a marked partial view, within a second or two.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tinydbg_tui::base::SharedBytes;

use crate::campaign::demo;
use crate::elf::{Elf, u64_at};
use crate::exercise::{Outcome, exercise};
use crate::mutant::{Pair, patch};

/// Offsets in `runtime.g` and `runtime.m` of Go 1.26, which built the sample crash.
const G_SP: u64 = 56;
const G_M: u64 = 48;
const G_PANIC: u64 = 32;
const G_DEFER: u64 = 40;
const M_ALLLINK: u64 = 360;

/// An ELF core from its parts.
struct CoreBuilder {
    header: Vec<u8>,
    notes: Vec<u8>,
    /// Address, size in memory, bytes.
    loads: Vec<(u64, u64, Vec<u8>)>,
    /// Written instead of the true values into the program header of the notes.
    note_size: Option<u64>,
    has_note: bool,
}

impl CoreBuilder {
    fn new() -> Self {
        let mut header = vec![0; 64];
        header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        header[16] = 4;
        header[18] = 62;
        header[20] = 1;
        header[32] = 64;
        header[52] = 64;
        header[54] = 56;
        Self {
            header,
            notes: Vec::new(),
            loads: vec![(0x40_0000, 4096, vec![0xcc; 4096])],
            note_size: None,
            has_note: true,
        }
        .thread(1)
    }

    fn note(mut self, name: &[u8], kind: u32, body: &[u8]) -> Self {
        for word in [name.len() as u32, body.len() as u32, kind] {
            self.notes.extend(word.to_le_bytes());
        }
        for part in [name, body] {
            self.notes.extend(part);
            self.notes.resize(self.notes.len().next_multiple_of(4), 0);
        }
        self
    }

    fn thread(self, tid: u32) -> Self {
        let mut status = vec![0; 336];
        status[12] = 11;
        status[32..36].copy_from_slice(&tid.to_le_bytes());
        self.note(b"CORE\0", 1, &status)
    }

    fn build(self) -> Vec<u8> {
        let count = self.loads.len() + usize::from(self.has_note);
        let mut file = self.header;
        // PN_XNUM: the true count stands in the first section header.
        let extended = count >= 0xffff;
        let counted = if extended {
            0xffff
        } else {
            u16::try_from(count).expect("small")
        };
        file[56..58].copy_from_slice(&counted.to_le_bytes());
        let mut data = file.len() + count * 56;
        if extended {
            file[40..48].copy_from_slice(&(data as u64).to_le_bytes());
            file[58] = 64;
            file[60] = 1;
            data += 64;
        }
        if self.has_note {
            let size = self.note_size.unwrap_or(self.notes.len() as u64);
            file.extend(program_header(4, data as u64, 0, size, 0));
        }
        let mut offset = data + self.notes.len();
        for (addr, size, bytes) in &self.loads {
            file.extend(program_header(1, offset as u64, *addr, bytes.len() as u64, *size));
            offset += bytes.len();
        }
        if extended {
            let mut section = vec![0; 64];
            section[44..48].copy_from_slice(&(count as u32).to_le_bytes());
            file.extend(section);
        }
        file.extend(self.notes);
        file.extend(self.loads.into_iter().flat_map(|(_, _, bytes)| bytes));
        file
    }
}

fn program_header(kind: u32, offset: u64, addr: u64, in_file: u64, in_memory: u64) -> Vec<u8> {
    let mut header = [kind, 6].map(u32::to_le_bytes).concat();
    header.extend(
        [offset, addr, 0, in_file, in_memory, 4096]
            .map(u64::to_le_bytes)
            .concat(),
    );
    header
}

/// Opens a core alone, within `seconds`.
#[track_caller]
fn core(bytes: Vec<u8>, seconds: u64) -> Outcome {
    timed(seconds, || exercise(SharedBytes::new(bytes), None))
}

#[track_caller]
fn timed(seconds: u64, run: impl FnOnce() -> Outcome) -> Outcome {
    let start = Instant::now();
    let outcome = run();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(seconds), "took {took:?}: {outcome:?}");
    assert!(outcome.internal.is_empty(), "{:?}", outcome.internal);
    outcome
}

#[track_caller]
fn assert_told(outcome: &Outcome) {
    assert!(
        outcome.refused.is_some() || !outcome.warnings.is_empty(),
        "{outcome:?}"
    );
}

#[track_caller]
fn assert_refused(outcome: &Outcome, word: &str) {
    let refused = outcome
        .refused
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(refused.contains(word), "{word:?} is not in {refused:?}");
}

#[test]
fn a_core_without_notes_is_told() {
    let mut builder = CoreBuilder::new();
    builder.has_note = false;
    builder.notes.clear();
    assert_told(&core(builder.build(), 2));
}

#[test]
fn notes_with_wild_sizes_are_told() {
    for size in [0xffff_ffff_u32, 0x8000_0000, 0x7fff_fff0, 4097] {
        for field in [0, 4] {
            let mut builder = CoreBuilder::new();
            builder.notes[field..field + 4].copy_from_slice(&size.to_le_bytes());
            assert_told(&core(builder.build(), 2));
        }
    }
}

#[test]
fn a_note_segment_larger_than_the_file_is_told() {
    for size in [8 << 30, 1 << 62, u64::MAX] {
        let mut builder = CoreBuilder::new();
        builder.note_size = Some(size);
        assert_told(&core(builder.build(), 2));
    }
}

#[test]
fn a_wild_file_table_is_told() {
    for count in [1_u64 << 62, u64::MAX, 1 << 32] {
        let mut body = [count, 4096].map(u64::to_le_bytes).concat();
        body.extend([0x40_0000_u64, 0x40_1000, 0].map(u64::to_le_bytes).concat());
        body.extend(b"/no/such/file\0");
        assert_told(&core(
            CoreBuilder::new().note(b"CORE\0", 0x4649_4c45, &body).build(),
            2,
        ));
    }
}

#[test]
fn wild_segments_are_opened() {
    for (addr, size) in [
        (0x50_0000, 1 << 63),
        (u64::MAX - 4095, 8192),
        (u64::MAX, u64::MAX),
        (0, u64::MAX),
        (0x50_0000, 1),
    ] {
        let mut builder = CoreBuilder::new();
        builder.loads.push((addr, size, vec![0; 4096]));
        core(builder.build(), 2);
    }
}

#[test]
fn overlapping_segments_are_told() {
    let mut builder = CoreBuilder::new();
    builder.loads.push((0x40_0800, 4096, vec![0x90; 4096]));
    assert_told(&core(builder.build(), 2));
}

#[test]
fn tens_of_thousands_of_segments_take_no_quadratic_time() {
    for count in [40_000, 70_000] {
        let mut builder = CoreBuilder::new();
        for index in 0..count {
            builder.loads.push((0x1000_0000 + index * 8192, 4096, Vec::new()));
        }
        let outcome = core(builder.build(), 5);
        assert!(outcome.refused.is_none(), "{:?}", outcome.refused);
    }
}

#[test]
fn a_hundred_thousand_threads_take_no_quadratic_time() {
    let mut builder = CoreBuilder::new();
    for tid in 2..100_000 {
        builder = builder.thread(tid);
    }
    core(builder.build(), 10);
}

#[test]
fn one_thread_many_times_is_opened() {
    let mut builder = CoreBuilder::new();
    for _ in 0..50 {
        builder = builder.thread(7);
    }
    core(builder.build(), 2);
}

#[test]
fn other_machines_classes_and_byte_orders_are_refused_by_name() {
    for (at, value, word) in [
        (18, 183, "aarch64"),
        (4, 1, "32-bit"),
        (5, 2, "big-endian"),
        (16, 2, "executable"),
    ] {
        let mut bytes = CoreBuilder::new().build();
        bytes[at] = value;
        assert_refused(&core(bytes, 2), word);
    }
}

#[test]
fn what_is_no_elf_file_is_refused() {
    assert_refused(&core(Vec::new(), 2), "empty");
    assert_refused(&core(b"goroutine 1 [running]:\n".repeat(100), 2), "ELF");
    assert_refused(&core(b"\x28\xb5\x2f\xfd".repeat(100), 2), "ELF");
    assert_refused(&core(vec![0; 100_000], 2), "ELF");
    core(b"\x7fELF".to_vec(), 2);
    core(CoreBuilder::new().build()[..64].to_vec(), 2);
}

/// The sample crash with words of its memory replaced.
fn with_words(pair: &Pair, words: &[(u64, u64)]) -> Outcome {
    let mut bytes = pair.core.bytes.to_vec();
    for &(addr, value) in words {
        for (at, new) in patch(&pair.core, addr, &value.to_le_bytes(), "").patches {
            bytes[at..at + 8].copy_from_slice(&new);
        }
    }
    let exe = SharedBytes::new(Whole(pair.exe.bytes.clone()));
    timed(5, || exercise(SharedBytes::new(bytes), Some(exe)))
}

struct Whole(Arc<Vec<u8>>);

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[test]
fn a_wild_count_of_goroutines_invents_none() {
    let pair = demo();
    let healthy = with_words(&pair, &[]).goroutines;
    let (count, slice) = (
        pair.exe.symbols["runtime.allglen"],
        pair.exe.symbols["runtime.allgs"],
    );
    for wild in [1 << 40, u64::MAX, 20_000_000, 1 << 62, 100_000] {
        let outcome = with_words(&pair, &[(count, wild), (slice + 8, wild)]);
        assert_eq!(outcome.goroutines, healthy, "{wild:#x}: {outcome:?}");
        assert!(!outcome.warnings.is_empty(), "{wild:#x}: {outcome:?}");
    }
}

#[test]
fn goroutines_listed_twice_nil_or_wild_are_told() {
    let pair = demo();
    let array = pair
        .core
        .word_at(pair.exe.symbols["runtime.allgs"])
        .expect("it is in the core");
    let goroutines = pair.goroutines();
    for wild in [0, goroutines[5], 0xdead_beef, array] {
        let words: Vec<(u64, u64)> = (0..20).map(|index| (array + 8 * index, wild)).collect();
        let outcome = with_words(&pair, &words);
        assert!(
            outcome.goroutines <= goroutines.len() - 19,
            "{wild:#x}: {outcome:?}"
        );
        assert!(!outcome.warnings.is_empty(), "{wild:#x}: {outcome:?}");
    }
}

#[test]
fn loops_in_runtime_structures_end() {
    let pair = demo();
    let mut words = Vec::new();
    for g in pair.goroutines() {
        for offset in [G_PANIC, G_DEFER] {
            words.push((g + offset, g));
        }
        // The first word of a _panic and of a _defer lies in front of their links: close the loop.
        words.push((g + 16, g));
        words.push((g + 24, g));
        if let Some(m) = pair.core.word_at(g + G_M).filter(|&m| m != 0) {
            words.push((m + M_ALLLINK, m));
        }
    }
    with_words(&pair, &words);
}

#[test]
fn stacks_that_point_at_themselves_end() {
    let pair = demo();
    let mut words = Vec::new();
    for g in pair.goroutines() {
        let Some(sp) = pair.core.word_at(g + G_SP) else {
            continue;
        };
        let pc = pair.core.word_at(g + G_SP + 8).unwrap_or(0);
        // Every word is the return address of the frame itself.
        words.extend((0..256).map(|index| (sp + 8 * index, pc)));
    }
    let outcome = with_words(&pair, &words);
    assert!(outcome.refused.is_none(), "{outcome:?}");
    let wild: Vec<(u64, u64)> = pair
        .goroutines()
        .iter()
        .map(|g| (g + G_SP, u64::MAX - 7))
        .collect();
    assert!(with_words(&pair, &wild).refused.is_none());
}

/// The sample executable with one section's bytes replaced, and its header perhaps.
fn with_section(pair: &Pair, name: &str, change: impl FnOnce(&mut [u8], &mut [u8])) -> Outcome {
    let mut bytes = pair.exe.bytes.to_vec();
    let place = pair.exe.sections[name].clone();
    let (table, count) = (u64_at(&bytes, 40), crate::elf::u16_at(&bytes, 60));
    let header = (0..u64::from(count))
        .map(|index| crate::elf::size(table + 64 * index))
        .find(|&header| {
            u64_at(&bytes, header + 24) == place.start as u64 && crate::elf::u32_at(&bytes, header + 4) != 8
        })
        .expect("each section has a header");
    // The headers stand apart from the contents in every file that Go links.
    let mut head = bytes[header..header + 64].to_vec();
    change(&mut head, &mut bytes[place]);
    bytes[header..header + 64].copy_from_slice(&head);
    let core = SharedBytes::new(Whole(pair.core.bytes.clone()));
    timed(10, || exercise(core, Some(SharedBytes::new(bytes))))
}

/// An Elf64_Chdr and what follows it.
fn compressed(kind: u32, unpacked: u64, stream: &[u8], into: &mut [u8]) {
    let mut bytes = [kind, 0].map(u32::to_le_bytes).concat();
    bytes.extend([unpacked, 1].map(u64::to_le_bytes).concat());
    bytes.extend(stream);
    assert!(bytes.len() <= into.len());
    into[..bytes.len()].copy_from_slice(&bytes);
}

const ZLIB: u32 = 1;
const ZSTD: u32 = 2;

/// A zlib stream of zeros: one literal, then matches of 258 bytes, 13 bits each.
fn zlib_bomb(matches: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |value: u32, count: u32| bits.extend((0..count).map(|bit| value >> bit & 1 == 1));
    // Last block, fixed codes; a literal 0 is 00110000, written from the high bit down.
    put(1, 1);
    put(1, 2);
    put(0b0000_1100, 8);
    for _ in 0..matches {
        // Length code 285 is 11000101, distance code 0 is 00000.
        put(0b1010_0011, 8);
        put(0, 5);
    }
    put(0, 7);
    let mut stream = vec![0x78, 0x9c];
    stream.extend(
        bits.chunks(8)
            .map(|byte| (0..).zip(byte).map(|(at, &bit)| u8::from(bit) << at).sum::<u8>()),
    );
    stream
}

/// A zstd frame of blocks that each say "this byte, 128 KiB times" in four bytes.
fn zstd_bomb(blocks: usize) -> Vec<u8> {
    let mut stream = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for block in 0..blocks {
        let last = u32::from(block + 1 == blocks);
        let header = last | (1 << 1) | (131_072 << 3);
        stream.extend(&header.to_le_bytes()[..3]);
        stream.push(0);
    }
    stream
}

#[test]
fn sections_that_unpack_to_gigabytes_take_neither_time_nor_memory() {
    let pair = demo();
    let before = peak_memory();
    for (kind, unpacked, stream) in [
        (ZLIB, 1 << 60, zlib_bomb(10)),
        (ZLIB, 8 << 30, zlib_bomb(200_000)),
        (ZLIB, 64, zlib_bomb(200_000)),
        (ZSTD, 1 << 60, zstd_bomb(2)),
        (ZSTD, 8 << 30, zstd_bomb(65_536)),
        (ZSTD, 64, zstd_bomb(65_536)),
    ] {
        for name in [".debug_info", ".debug_line"] {
            let outcome = with_section(&pair, name, |header, contents| {
                header[8] |= 0x8;
                header[9] |= 0x8;
                let stream = &stream[..stream.len().min(contents.len() - 24)];
                compressed(kind, unpacked, stream, contents);
            });
            assert!(outcome.refused.is_none(), "{name}: {outcome:?}");
            assert!(outcome.goroutines > 20, "{name}: {outcome:?}");
        }
    }
    let grown = peak_memory().saturating_sub(before);
    assert!(grown < 1 << 20, "{grown} KiB");
}

/// Largest resident size of this process so far, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("there is a /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits
        .and_then(|digits| digits.parse().ok())
        .expect("the kernel tells it")
}

#[test]
fn debug_entries_nested_a_million_deep_do_not_exhaust_the_stack() {
    let pair = demo();
    let mut files = pair.clone();
    // Abbreviation 1: a unit over all code; 2: a block in a block in a block.
    let abbreviations = [1, 0x11, 1, 0x11, 0x01, 0x12, 0x07, 0, 0, 2, 0x0b, 1, 0, 0, 0];
    let mut bytes = files.exe.bytes.to_vec();
    let place = files.exe.sections[".debug_abbrev"].clone();
    bytes[place.start..place.start + abbreviations.len()].copy_from_slice(&abbreviations);
    files.exe = Elf::new(bytes);
    let outcome = with_section(&files, ".debug_info", |_, contents| {
        let length = contents.len();
        contents.fill(2);
        contents[..4].copy_from_slice(&u32::try_from(length - 4).expect("small").to_le_bytes());
        // DWARF 5, a compile unit, 8-byte addresses, abbreviations at 0.
        contents[4..12].copy_from_slice(&[5, 0, 1, 8, 0, 0, 0, 0]);
        contents[12] = 1;
        contents[13..21].copy_from_slice(&0x40_0000_u64.to_le_bytes());
        contents[21..29].copy_from_slice(&0x100_0000_u64.to_le_bytes());
    });
    assert!(outcome.goroutines > 20, "{outcome:?}");
}

#[test]
fn a_function_table_of_absurd_size_is_no_trap() {
    let pair = demo();
    for count in [1_u64 << 40, u64::MAX, 1 << 31, 0] {
        let outcome = with_section(&pair, ".gopclntab", |_, contents| {
            contents[8..16].copy_from_slice(&count.to_le_bytes());
        });
        assert_told(&outcome);
    }
}
