//! Values that claim more than there is: nothing panics, hangs, or loads beyond its budget.

use proptest::collection::vec;
use proptest::prelude::*;

use super::interfaces::runtime;
use super::*;
use crate::go::Field;

/// Where the bytes lie that are made by chance.
const HEAP: u64 = 0x5000;
/// Words there.
const WORDS: usize = 200;

/// A map type up to Go 1.23, `map[int][]string`.
fn map_type(synth: &mut Synth) -> TypeRef {
    let byte = synth.base("uint8", 7, 1);
    let int = synth.base("int", 5, 8);
    let string = synth.string();
    let elem = synth.slice("[]string", string);
    let marks = synth.array("[8]uint8", byte, 8);
    let keys = synth.array("[8]int", int, 8 * 8);
    let elems = synth.array("[8][]string", elem, 8 * 24);
    let fields = [
        ("tophash", marks, 0),
        ("keys", keys, 8),
        ("values", elems, 72),
        ("overflow", int, 264),
    ];
    let bucket = synth.structure("bucket", (272, 25), &fields, None);
    let buckets = synth.pointer("*bucket", bucket);
    let fields = [
        ("count", int, 0),
        ("flags", byte, 8),
        ("B", byte, 9),
        ("buckets", buckets, 16),
        ("oldbuckets", buckets, 24),
    ];
    let header = synth.structure("hash", (48, 25), &fields, None);
    let header = synth.pointer("*hash", header);
    synth.map("map[int][]string", header, (int, elem))
}

fn load(synth: Synth, ty: TypeRef, memory: &FakeMemory) -> Value {
    let info = program(synth, &[("x", ty, 1, FBREG_0)]);
    let (go, registers) = (runtime(), RegisterFile::new());
    let limits = Limits {
        map_groups: 1000,
        value_nodes: 3000,
        ..Limits::default()
    };
    let frame = FrameContext {
        go: Some(&go),
        ..frame(&info, memory, &registers, &limits)
    };
    let value = scope(&frame, &CancelToken::new()).unwrap().locals.remove(0);
    // Each level may ask for its last child when the budget is at its end.
    assert!(count(&value) <= limits.value_nodes + 8, "{}", count(&value));
    value
}

/// Words that are mostly small numbers and addresses of each other.
fn heap() -> impl Strategy<Value = Vec<u64>> {
    let word = prop_oneof![
        3 => (0..WORDS as u64).prop_map(|at| HEAP + at * 8),
        3 => 0..100_u64,
        1 => any::<u64>(),
        1 => Just(0x0909_0909_0909_0909),
    ];
    vec(word, WORDS)
}

fn memory(first: &[u64], heap: &[u64]) -> FakeMemory {
    FakeMemory::new().words(CFA, first).words(HEAP, heap)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn maps_stay_within_their_budget(heap in heap(), exponent in 0..12_u64) {
        let mut heap = heap;
        heap[1] = exponent << 8;
        let mut synth = Synth::new();
        let ty = map_type(&mut synth);
        let value = load(synth, ty, &memory(&[HEAP], &heap));
        prop_assert!(value.children.len() <= Limits::default().children);
        prop_assert!(value.len.is_none_or(|len| value.more <= len));
    }

    #[test]
    fn slices_of_slices_of_strings_stay_within_their_budget(heap in heap(), len in any::<u64>(), small in 0..200_u64) {
        for len in [len, small] {
            let mut synth = Synth::new();
            let string = synth.string();
            let inner = synth.slice("[]string", string);
            let middle = synth.slice("[][]string", inner);
            let ty = synth.slice("[][][]string", middle);
            let value = load(synth, ty, &memory(&[HEAP, len, len], &heap));
            prop_assert_eq!(value.len, Some(len));
        }
    }

    #[test]
    fn channels_of_strings_stay_within_their_budget(heap in heap(), words in vec((0..12_usize, any::<u64>()), 0..4)) {
        let mut heap = heap;
        for (at, word) in words {
            heap[at] = word;
        }
        // Channels that hold elements of this very size are the ones to be read.
        let size = runtime().layout.offset(Field::HchanElemsize).unwrap() as usize / 8;
        heap[size] = 16;
        let mut synth = Synth::new();
        let string = synth.string();
        let ty = synth.channel("chan string", string);
        let value = load(synth, ty, &memory(&[HEAP], &heap));
        prop_assert!(value.children.len() <= 3 * Limits::default().children);
    }
}

/// Slices that are their own elements would be 64 to the power of the depth.
#[test]
fn slices_that_hold_themselves_end() {
    let heap: Vec<u64> = [HEAP, 66, 66].into_iter().cycle().take(198).collect();
    let mut synth = Synth::new();
    let string = synth.string();
    let inner = synth.slice("[]string", string);
    let ty = synth.slice("[][]string", inner);
    let value = load(synth, ty, &memory(&[HEAP, 66, 66], &heap));
    assert_eq!(value.children.len() as u64 + value.more, 66);
    assert!(value.more >= 2);
}

#[test]
fn a_map_that_counts_more_than_its_circle_of_buckets_holds_says_so() {
    let mut heap = vec![0; WORDS];
    (heap[0], heap[2]) = (1 << 40, HEAP + 0x80);
    // The bucket is its own overflow, and empty.
    heap[0x10] = 0x0101_0101_0101_0101;
    heap[0x10 + 33] = HEAP + 0x80;
    let mut synth = Synth::new();
    let ty = map_type(&mut synth);
    let value = load(synth, ty, &memory(&[HEAP], &heap));
    assert_eq!(value.state, ValueState::Partial);
    assert!(value.children.is_empty());
    let why = value.unreadable.unwrap();
    assert!(
        why.starts_with("not all of its 1099511627776 entries can be read"),
        "{why}"
    );
}
