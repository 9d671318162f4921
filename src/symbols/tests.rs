//! Debug information that is damaged or meant to do harm.

use proptest::prelude::*;

use super::synth::{Attr, Synth, open};
use super::*;
use crate::base::{CancelToken, ImageAddr, Pattern};

const PC: ImageAddr = ImageAddr(0x1010);

fn names(info: &DebugInfo) -> Vec<String> {
    let found = info.variables_at(PC, 0, &CancelToken::new()).unwrap();
    found
        .variables
        .into_iter()
        .map(|variable| variable.name)
        .collect()
}

#[test]
fn a_struct_that_contains_itself_is_one_step_like_any_other() {
    let mut synth = Synth::new();
    let own = TypeRef(synth.here());
    let ty = synth.structure("main.T", (8, 25), &[("self", own, 0)], None);
    let info = synth.finish();
    let decoded = info.type_at(ty).unwrap();
    assert!(matches!(&decoded.shape, Shape::Struct { fields } if fields[0].ty == ty));
    assert_eq!(info.size_of(ty), Some(8));
}

#[test]
fn names_that_lead_in_a_circle_are_an_error() {
    let mut synth = Synth::new();
    let own = TypeRef(synth.here());
    let ty = synth.typedef("main.Loop", own);
    let info = synth.finish();
    assert_eq!(info.underlying(ty).unwrap_err(), SymbolError::TypeDepth(64));
}

#[test]
fn a_million_nested_blocks_are_walked_without_recursion() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    synth.function("main.f", 0x1000..0x1100);
    for _ in 0..1_000_000 {
        synth.block(0x1000..0x1100);
    }
    synth.local("x", int, 1, &[0x91, 0]);
    for _ in 0..1_000_001 {
        synth.end();
    }
    assert_eq!(names(&synth.finish()), ["x"]);
}

#[test]
fn blocks_elsewhere_are_passed_over() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    synth.function("main.f", 0x1000..0x1100);
    synth.block(0x1080..0x1100);
    synth.local("later", int, 1, &[0x91, 0]);
    synth.end();
    synth.block(0x1000..0x1080);
    synth.local("here", int, 1, &[0x91, 0]);
    synth.end();
    synth.end();
    assert_eq!(names(&synth.finish()), ["here"]);
}

#[test]
fn a_damaged_unit_is_lost_alone() {
    let mut synth = Synth::new();
    synth.end_unit();
    synth.begin_unit("other", 0x3000..0x4000);
    synth.function("other.f", 0x3000..0x3100);
    synth.end();
    let [mut info, abbrev] = synth.sections();
    let whole = open(info.clone(), abbrev.clone());
    assert_eq!((whole.unit_count(), whole.warnings().len()), (2, 0));

    let mut wild = info.clone();
    wild[..4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let recovered = open(wild, abbrev.clone());
    assert_eq!(recovered.unit_count(), 1);
    assert!(recovered.function_at(ImageAddr(0x3010)).is_ok());

    // An abbreviation that does not exist.
    info[11] = 0x7f;
    let recovered = open(info, abbrev);
    assert!(recovered.function_at(ImageAddr(0x3010)).is_ok());
    assert_eq!((recovered.unit_count(), recovered.warnings().len()), (1, 1));
}

#[test]
fn an_inlined_call_has_its_own_variables_and_says_what_is_left_out() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let text = |text: &str| Attr::Str(text.into());
    let inlined = synth.die(0x2e, true, &[(0x03, text("main.small")), (0x20, Attr::Data8(1))]);
    let kept = synth.here();
    synth.parameter("kept", int, 1, &[]);
    synth.parameter("dropped", int, 1, &[]);
    synth.end();
    synth.function("main.big", 0x1000..0x1100);
    synth.local("outer", int, 1, &[0x91, 0]);
    let range = [(0x11, Attr::Addr(0x1000)), (0x12, Attr::Addr(0x1080))];
    synth.die(0x1d, true, &[&[(0x31, Attr::Ref(inlined))], &range[..]].concat());
    synth.die(
        0x05,
        false,
        &[(0x31, Attr::Ref(kept)), (0x02, Attr::Expr(vec![0x50]))],
    );
    synth.end();
    synth.end();
    let info = synth.finish();
    assert_eq!(info.function_names_at(PC).unwrap(), ["main.small", "main.big"]);
    assert_eq!(names(&info), ["outer"]);
    let inner = info.variables_at(PC, 1, &CancelToken::new()).unwrap();
    let got: Vec<_> = inner
        .variables
        .iter()
        .map(|variable| {
            (
                variable.name.as_str(),
                variable.location != VariableLocation::Nowhere,
            )
        })
        .collect();
    assert_eq!(got, [("kept", true), ("dropped", false)]);
    let error = info.variables_at(PC, 2, &CancelToken::new()).unwrap_err();
    assert_eq!(error, SymbolError::InlineDepth { wanted: 2, known: 1 });
}

/// A small file with most of what is read, for damaging.
fn sample() -> [Vec<u8>; 2] {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let string = synth.string();
    let fields = [("a", int, 0), ("b", string, 8)];
    let ty = synth.structure("main.T", (24, 25), &fields, None);
    let slice = synth.slice("[]main.T", ty);
    let pointer = synth.pointer("*main.T", ty);
    synth.function("main.f", 0x1000..0x1100);
    synth.parameter("p", pointer, 1, &[0x50]);
    synth.block(0x1000..0x1100);
    synth.local("s", slice, 2, &[0x91, 0x70]);
    synth.end();
    synth.end();
    synth.sections()
}

fn ask_everything(info: &DebugInfo, size: u64) {
    let cancel = CancelToken::new();
    let _ = info.variables_at(PC, 0, &cancel);
    let _ = info.function_names_at(PC);
    let _ = info.globals(&Pattern::literal(""), &cancel);
    let _ = info.struct_layouts(&["main.T"]);
    for offset in 0..size.min(400) {
        let _ = info.type_at(TypeRef(offset));
        let _ = info.size_of(TypeRef(offset));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn flipped_bytes_never_panic(flips in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..12)) {
        let [mut info, mut abbrev] = sample();
        for (at, byte) in flips {
            let at = usize::from(at) % (info.len() + abbrev.len());
            match at.checked_sub(info.len()) {
                Some(at) => abbrev[at] = byte,
                None => info[at] = byte,
            }
        }
        let size = info.len() as u64;
        ask_everything(&open(info, abbrev), size);
    }

    #[test]
    fn cut_sections_never_panic(cut in 0..600_usize) {
        let [mut info, abbrev] = sample();
        info.truncate(cut);
        let size = info.len() as u64;
        ask_everything(&open(info, abbrev), size);
    }
}
