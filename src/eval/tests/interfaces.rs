//! Interfaces in memory made by hand, true ones and such as mean harm.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::base::AddrRange;
use crate::go::{Anchors, GoCode, GoRuntime, Layout, Moduledata};

/// Where the runtime's types lie; descriptor `n` is 0x100 bytes behind descriptor `n - 1`.
const TYPES: u64 = 0x10_0000;
const TYPES_LEN: u64 = 0x1000;
const NAMES: u64 = 0x800;

pub(super) fn runtime() -> GoRuntime {
    let module = Moduledata {
        addr: Addr(0x20_0000),
        pc_header: Addr(0),
        text: AddrRange::sized(Addr(0x1000), 0x1000),
        types: AddrRange::sized(Addr(TYPES), TYPES_LEN),
        rodata: Addr(0),
        gofunc: Addr(0),
        has_text_sections: false,
        has_main: true,
        next: None,
    };
    GoRuntime {
        image: Arc::from("prog"),
        build: None,
        layout: Layout::for_version(None).unwrap(),
        modules: vec![module],
        code: GoCode::default(),
        anchors: Anchors::default(),
        warnings: Vec::new(),
    }
}

/// A descriptor of `kind` as Go 1.26 and later lay it out; its name is `main.T`.
fn descriptor(size: u64, kind: u8, direct: bool) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[..8].copy_from_slice(&size.to_le_bytes());
    bytes[20] = if direct { 32 } else { 0 };
    bytes[23] = kind;
    bytes[40..44].copy_from_slice(&(NAMES as u32).to_le_bytes());
    bytes
}

/// The variable `x` of type `any`: two words. Descriptor 1 is of an int, descriptor 2 of `any`.
fn any(words: [u64; 2], memory: FakeMemory) -> Value {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    synth.described("main.T", int, 0x100);
    let word = synth.base("uintptr", 7, 8);
    let fields = [("_type", word, 0), ("data", word, 8)];
    let eface = synth.structure("eface", (16, 25), &fields, None);
    let any = synth.kind("interface {}", 20, eface);
    synth.described("main.any", any, 0x200);
    let info = program(synth, &[("x", any, 1, FBREG_0)]);
    let memory = memory
        .words(CFA, &words)
        .with(TYPES + 0x100, &descriptor(8, 2, false))
        .with(TYPES + 0x200, &descriptor(16, 20, false))
        .with(TYPES + 0x300, &descriptor(8, 2, false))
        .with(TYPES + 0x400, &descriptor(8, 22, false))
        .with(TYPES + NAMES, b"\x01\x06main.T");
    let (go, registers, limits) = (runtime(), RegisterFile::new(), Limits::default());
    let frame = FrameContext {
        go: Some(&go),
        ..frame(&info, &memory, &registers, &limits)
    };
    scope(&frame, &CancelToken::new()).unwrap().locals.remove(0)
}

#[test]
fn the_dynamic_type_says_what_the_data_word_is() {
    let value = any([TYPES + 0x100, 0x5000], FakeMemory::new().words(0x5000, &[7]));
    assert_eq!(value.summary.plain(), "main.T(7)");
    assert_eq!(value.type_name, "interface {}");
    assert_eq!(value.children[0].name, ".(main.T)");
    assert_eq!(value.children[0].type_name, "main.T");
    assert_eq!(any([0, 0], FakeMemory::new()).summary.plain(), "interface {} nil");
}

#[test]
fn a_dynamic_type_that_is_not_described_keeps_its_name_and_address_and_plain_values() {
    let value = any([TYPES + 0x400, 0x5000], FakeMemory::new());
    assert_eq!(value.summary.plain(), "(main.T)(0x5000)");
    assert_eq!(
        value.unreadable.unwrap(),
        "the debug information does not describe main.T"
    );
    let value = any([TYPES + 0x300, 0x5000], FakeMemory::new().words(0x5000, &[9]));
    assert_eq!(value.summary.plain(), "main.T(9)");
}

#[test]
fn an_interface_that_claims_to_hold_itself_is_not_believed() {
    let value = any([TYPES + 0x200, CFA], FakeMemory::new());
    assert!(value.children.is_empty());
    assert_eq!(value.state, ValueState::Unsupported);
}

#[test]
fn an_address_outside_of_the_types_is_no_type() {
    let value = any([0x5000, 0x5000], FakeMemory::new().words(0x5000, &[8; 6]));
    assert_eq!(value.state, ValueState::Partial);
    assert!(
        value
            .unreadable
            .unwrap()
            .starts_with("its dynamic type is not known")
    );
}

#[test]
fn data_that_cannot_be_read_leaves_the_type() {
    let value = any([TYPES + 0x100, 0x6000], FakeMemory::new());
    assert_eq!(value.summary.plain(), "main.T(<nothing is mapped at 0x6000>)");
    assert_eq!(value.state, ValueState::Partial);
}

/// Descriptors that nothing but themselves describes, in the first 0x800 bytes of the types.
fn undescribed(types: &[u8]) -> Value {
    let memory = FakeMemory::new()
        .with(TYPES + 0x500, types)
        .words(0x5000, &[7, 0x5000, 0x5000, 1, 1, 9]);
    any([TYPES + 0x500, 0x5000], memory)
}

/// A descriptor with the three words that follow the part that all kinds have.
fn composite(size: u64, kind: u8, words: [u64; 3]) -> Vec<u8> {
    let mut bytes = descriptor(size, kind, false);
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.resize(0x60, 0);
    bytes
}

#[test]
fn a_type_that_only_its_descriptor_describes_is_put_together_from_it() {
    // A struct of an int and of a pointer to the struct, then the pointer, then the fields.
    let (itself, pointer, fields) = (TYPES + 0x500, TYPES + 0x560, TYPES + 0x5c0);
    let mut types = composite(16, 25, [0, fields, 2]);
    types.extend(composite(8, 22, [itself, 0, 0]));
    let name = TYPES + NAMES;
    let table = [name, TYPES + 0x100, 0, name, pointer, 8];
    types.extend(table.iter().flat_map(|word| word.to_le_bytes()));
    let value = undescribed(&types);
    assert_eq!(
        value.summary.plain(),
        "main.T {main.T: 7, main.T: *main.T {main.T: 7, main.T: (main.T)(0x5000)}}"
    );
    assert_eq!(value.children[0].kind, ValueKind::Struct);
}

#[test]
fn an_array_that_says_it_is_made_of_itself_ends() {
    let value = undescribed(&composite(8, 17, [TYPES + 0x500, 0, 1]));
    assert_eq!(value.children[0].type_name, "main.T");
    let value = undescribed(&composite(8, 17, [TYPES + 0x500, 0, 2]));
    assert_eq!(value.state, ValueState::Unsupported);
}

proptest! {
    /// All kinds, of parts that are mostly descriptors or tables of fields as well.
    #[test]
    fn no_descriptors_make_a_type_panic_or_endless(
        parts in proptest::collection::vec((0..32_u8, 0..64_u64, proptest::array::uniform3(0..9_u64)), 7),
        wild in proptest::num::u64::ANY,
    ) {
        let target = |at: u64| match at {
            7 => wild,
            8 => 2,
            at => TYPES + 0x500 + at * 0x60,
        };
        let types: Vec<u8> = parts
            .iter()
            .flat_map(|(kind, size, words)| composite(*size, *kind, words.map(target)))
            .collect();
        let value = undescribed(&types);
        prop_assert!(count(&value) <= Limits::default().value_nodes);
    }

    #[test]
    fn no_words_make_an_interface_panic(first in proptest::num::u64::ANY, slot in 0..4_u64, data in proptest::num::u64::ANY) {
        let _ = any([first, data], FakeMemory::new());
        let _ = any([TYPES + slot * 0x100, data], FakeMemory::new());
    }
}
