//! Maps made by hand: whatever chance puts into them is found, page by page and in order.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::memory::fake::FakeMemory;

const BASE: u64 = 0x10_0000;

/// `map[uint64]uint64` up to Go 1.23.
const CLASSIC: MapLayout = MapLayout::Classic(
    Buckets {
        count: 0,
        flags: 8,
        exponent: 9,
        buckets: 16,
        old_buckets: 24,
        tophash: 0,
        overflow: 136,
        size: 144,
    },
    Slots {
        keys: 8,
        key_stride: 8,
        elems: 72,
        elem_stride: 8,
    },
);

/// `map[uint64]uint64` since Go 1.24.
const SWISS: MapLayout = MapLayout::Swiss(
    Tables {
        used: 0,
        directory: 16,
        directory_len: 24,
        global_depth: 32,
        writing: 34,
        local_depth: 6,
        groups: 16,
        length_mask: 24,
        control: 0,
        group_size: 136,
    },
    Slots {
        keys: 8,
        key_stride: 16,
        elems: 16,
        elem_stride: 16,
    },
);

/// Slots of a chain or a table in order; `None` for empty ones.
type Contents = Vec<Option<u64>>;

/// Memory that is filled from its start on; the header comes first.
struct Arena(Vec<u8>);

impl Arena {
    fn new() -> Self {
        Self(vec![0; 48])
    }

    fn reserve(&mut self, len: u64) -> u64 {
        let at = BASE + self.0.len() as u64;
        self.0.resize(self.0.len() + len as usize, 0);
        at
    }

    fn put(&mut self, at: u64, bytes: &[u8]) {
        let start = (at - BASE) as usize;
        self.0[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn word(&mut self, at: u64, word: u64) {
        self.put(at, &word.to_le_bytes());
    }

    fn memory(self) -> FakeMemory {
        FakeMemory::new().with(BASE, &self.0)
    }

    /// A chain whose first bucket is at `at`; keys are the contents, elements their complement.
    fn chain(&mut self, at: u64, contents: &Contents, moved: bool) {
        let mut bucket = at;
        for (index, slots) in contents.chunks(8).enumerate() {
            if index > 0 {
                let next = self.reserve(144);
                self.word(bucket + 136, next);
                bucket = next;
            }
            for (slot, key) in slots.iter().enumerate() {
                let slot = slot as u64;
                let mark = if moved {
                    2
                } else {
                    key.map_or(1, |key| (key % 251) as u8 + 5)
                };
                self.put(bucket + slot, &[mark]);
                self.word(bucket + 8 + slot * 8, key.unwrap_or(0));
                self.word(bucket + 72 + slot * 8, !key.unwrap_or(0));
            }
        }
        if moved {
            self.put(at, &[2]);
        }
    }

    fn chains(&mut self, chains: &[(Contents, bool)]) -> u64 {
        let array = self.reserve(144 * chains.len() as u64);
        for (index, (contents, moved)) in chains.iter().enumerate() {
            self.chain(array + index as u64 * 144, contents, *moved);
        }
        array
    }
}

/// A classic map of `2^exponent` buckets, and its keys in order.
fn classic(exponent: u8, chains: &[Contents], old: Option<&[(Contents, bool)]>) -> (FakeMemory, Vec<u64>) {
    let count = 1_usize << exponent;
    let old = old.map(|old| {
        old.iter()
            .cycle()
            .take((count / 2).max(1))
            .cloned()
            .collect::<Vec<_>>()
    });
    let mut expected = Vec::new();
    let mut new = Vec::new();
    for index in 0..count {
        let chain = chains.get(index % chains.len()).cloned().unwrap_or_default();
        let before = old
            .as_ref()
            .map(|old| (&old[index % old.len()], index < old.len()));
        match before {
            Some(((contents, false), is_first)) => {
                new.push((Vec::new(), false));
                if is_first {
                    expected.extend(contents.iter().flatten());
                }
            }
            _ => {
                expected.extend(chain.iter().flatten());
                new.push((chain, false));
            }
        }
    }
    let mut arena = Arena::new();
    let buckets = arena.chains(&new);
    let old_buckets = old.map_or(0, |old| arena.chains(&old));
    arena.word(BASE, expected.len() as u64);
    arena.put(BASE + 9, &[exponent]);
    arena.word(BASE + 16, buckets);
    arena.word(BASE + 24, old_buckets);
    (arena.memory(), expected)
}

/// A Swiss map whose tables are named by `1 << (depth - local)` entries of the directory each.
fn swiss(tables: &[Contents]) -> (FakeMemory, Vec<u64>) {
    // The first table takes half of the directory, the next one half of the rest, ...
    let depth = tables.len() as u8;
    let mut arena = Arena::new();
    let directory = arena.reserve(8 << depth);
    let mut at = 0;
    for (index, contents) in tables.iter().enumerate() {
        let local = index as u8 + 1;
        let groups_count = contents.len().div_ceil(8).next_power_of_two();
        let groups = arena.reserve(136 * groups_count as u64);
        for group in 0..groups_count {
            arena.put(groups + 136 * group as u64, &[0x80; 8]);
        }
        for (slot, key) in contents.iter().enumerate() {
            let group = groups + 136 * (slot as u64 / 8);
            let slot = slot as u64 % 8;
            arena.put(group + slot, &[key.map_or(0xfe, |key| key as u8 & 0x7f)]);
            arena.word(group + 8 + slot * 16, key.unwrap_or(0));
            arena.word(group + 16 + slot * 16, !key.unwrap_or(0));
        }
        let table = arena.reserve(32);
        arena.put(table + 6, &[local]);
        arena.word(table + 16, groups);
        arena.word(table + 24, groups_count as u64 - 1);
        for _ in 0..1_u64 << (depth - local) {
            arena.word(directory + 8 * at, table);
            at += 1;
        }
        // The last table fills what is left: one entry more.
        if index + 1 == tables.len() {
            arena.word(directory + 8 * at, table);
            arena.put(table + 6, &[local.saturating_sub(1)]);
        }
    }
    let expected: Vec<u64> = tables.iter().flatten().flatten().copied().collect();
    arena.word(BASE, expected.len() as u64);
    arena.word(BASE + 16, directory);
    arena.word(BASE + 24, 1 << depth);
    arena.put(BASE + 32, &[depth]);
    (arena.memory(), expected)
}

fn page(layout: &MapLayout, memory: &FakeMemory, page: (u64, u64)) -> (Vec<MapEntry>, Result<(), GoError>) {
    let limits = Limits {
        map_groups: 10_000,
        ..Limits::default()
    };
    layout.entries(memory, Addr(BASE), page, (&limits, &CancelToken::new()))
}

/// The whole map and its pages hold exactly `expected`, in order.
fn holds(layout: &MapLayout, memory: &FakeMemory, expected: &[u64], step: u64) {
    let header = layout.header(memory, Addr(BASE)).unwrap();
    assert_eq!(header.len, expected.len() as u64);
    let (all, ended) = page(layout, memory, (0, u64::MAX));
    assert_eq!(ended, Ok(()));
    let keys: Vec<u64> = all
        .iter()
        .map(|entry| memory.read_u64(entry.key).unwrap())
        .collect();
    assert_eq!(keys, expected);
    for (entry, key) in all.iter().zip(expected) {
        assert_eq!(memory.read_u64(entry.elem), Ok(!key));
    }
    let mut paged = Vec::new();
    while paged.len() < all.len() {
        let (entries, ended) = page(layout, memory, (paged.len() as u64, step));
        assert_eq!(ended, Ok(()));
        assert!(!entries.is_empty() && entries.len() as u64 <= step);
        paged.extend(entries);
    }
    assert_eq!(paged, all);
}

fn contents(most: usize) -> impl Strategy<Value = Contents> {
    vec(option::weighted(0.7, any::<u64>()), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn classic_maps_are_read_whole_and_in_pages(
        exponent in 0..5_u8,
        chains in vec(contents(30), 1..16),
        old in option::of(vec((contents(30), any::<bool>()), 1..8)),
        step in 1..20_u64,
    ) {
        let (memory, expected) = classic(exponent, &chains, old.as_deref());
        holds(&CLASSIC, &memory, &expected, step);
    }

    #[test]
    fn swiss_maps_are_read_whole_and_in_pages(tables in vec(contents(100), 1..6), step in 1..20_u64) {
        let (memory, expected) = swiss(&tables);
        holds(&SWISS, &memory, &expected, step);
    }

    #[test]
    fn small_swiss_maps_are_one_group(slots in contents(9)) {
        let mut arena = Arena::new();
        let group = arena.reserve(136);
        arena.put(group, &[0x80; 8]);
        for (slot, key) in slots.iter().enumerate() {
            let slot = slot as u64;
            arena.put(group + slot, &[key.map_or(0x80, |key| key as u8 & 0x7f)]);
            arena.word(group + 8 + slot * 16, key.unwrap_or(0));
            arena.word(group + 16 + slot * 16, !key.unwrap_or(0));
        }
        let expected: Vec<u64> = slots.iter().flatten().copied().collect();
        arena.word(BASE, expected.len() as u64);
        arena.word(BASE + 16, group);
        holds(&SWISS, &arena.memory(), &expected, 3);
    }

    /// Words of a true map overwritten, most of them with addresses of other parts of it.
    #[test]
    fn a_damaged_map_ends_within_its_budget(
        chains in vec(contents(30), 1..16),
        old in option::of(vec((contents(30), any::<bool>()), 1..8)),
        tables in vec(contents(60), 1..5),
        damage in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..6),
    ) {
        let classic = (CLASSIC, classic(3, &chains, old.as_deref()).0);
        for (layout, memory) in [classic, (SWISS, swiss(&tables).0)] {
            let mut bytes = vec![0; 1 << 20];
            let len = memory.read_some(Addr(BASE), &mut bytes);
            bytes.truncate(len);
            for (place, target, is_byte) in &damage {
                let word = BASE + target.index(len) as u64;
                match is_byte {
                    true => bytes[place.index(len)] = target.index(256) as u8,
                    false => {
                        let at = place.index(len / 8) * 8;
                        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
                    }
                }
            }
            let memory = FakeMemory::new().with(BASE, &bytes);
            let (entries, _) = page(&layout, &memory, (0, 50));
            prop_assert!(entries.len() <= 50);
            let (entries, ended) = page(&layout, &memory, (0, u64::MAX));
            prop_assert!(entries.len() <= 8 * 10_000);
            let (rest, _) = page(&layout, &memory, (entries.len() as u64, u64::MAX));
            prop_assert!(rest.is_empty() || ended.is_err());
        }
    }

    /// Headers and everything behind them at random, pointers mostly into the memory itself.
    #[test]
    fn no_bytes_make_a_map_panic_or_endless(
        mut bytes in vec(any::<u8>(), 600..1200),
        pointers in vec((0..70_usize, 0..1200_u64), 0..60),
        exponent in 0..50_u8,
        tables in 0..50_u32,
        from in any::<u64>(),
    ) {
        for (slot, target) in pointers {
            let word = (BASE + target).to_le_bytes();
            bytes[slot * 8..slot * 8 + 8].copy_from_slice(&word);
        }
        bytes[9] = exponent;
        bytes[32] = exponent;
        let memory = FakeMemory::new().with(BASE, &bytes);
        let _ = page(&CLASSIC, &memory, (from % 8, 100));
        bytes[24..32].copy_from_slice(&(1_u64 << tables).to_le_bytes());
        bytes[32] = tables as u8;
        let memory = FakeMemory::new().with(BASE, &bytes);
        for layout in [&CLASSIC, &SWISS] {
            let _ = layout.header(&memory, Addr(BASE));
            let _ = page(layout, &memory, (0, 100));
            let _ = page(layout, &memory, (from, u64::MAX));
        }
    }
}

#[test]
fn a_chain_that_runs_in_a_circle_ends_with_a_reason() {
    let mut arena = Arena::new();
    let bucket = arena.reserve(144);
    arena.word(bucket + 136, bucket);
    arena.word(BASE, 5);
    arena.word(BASE + 16, bucket);
    let (entries, ended) = page(&CLASSIC, &arena.memory(), (0, 5));
    assert!(entries.is_empty());
    assert!(matches!(ended, Err(GoError::Damaged { .. })));
}

#[test]
fn a_map_without_buckets_is_empty() {
    for layout in [&CLASSIC, &SWISS] {
        let (entries, ended) = page(layout, &Arena::new().memory(), (0, 5));
        assert_eq!((entries.len(), ended), (0, Ok(())));
    }
}

#[test]
fn what_lies_behind_a_page_is_not_read() {
    // Two buckets are there, the other 62 are not in memory.
    let mut arena = Arena::new();
    let buckets = arena.reserve(2 * 144);
    arena.chain(buckets, &vec![Some(1), Some(2)], false);
    arena.chain(buckets + 144, &vec![Some(3)], false);
    arena.word(BASE, 100);
    arena.put(BASE + 9, &[6]);
    arena.word(BASE + 16, buckets);
    let memory = arena.memory();
    let (entries, ended) = page(&CLASSIC, &memory, (1, 2));
    assert_eq!((entries.len(), ended), (2, Ok(())));
    let (entries, ended) = page(&CLASSIC, &memory, (0, 100));
    assert_eq!(entries.len(), 3);
    assert!(matches!(ended, Err(GoError::Memory { .. })));
}

#[test]
fn a_cancelled_walk_ends() {
    let (memory, _) = swiss(&[vec![Some(1); 100]]);
    let cancel = CancelToken::new();
    cancel.cancel();
    let (_, ended) = SWISS.entries(&memory, Addr(BASE), (0, 100), (&Limits::default(), &cancel));
    assert!(matches!(ended, Err(GoError::Cancelled(_))));
}
