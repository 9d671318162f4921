//! Values that are damaged, in pieces, or meant to do harm; read from memory made by hand.

mod hostile;
mod interfaces;
mod summaries;

use proptest::prelude::*;

use super::*;
use crate::arch::RegisterFile;
use crate::arch::amd64::{RAX, RBX};
use crate::base::{Addr, CancelToken, ImageAddr, Limits};
use crate::memory::fake::FakeMemory;
use crate::memory::{Memory, Origin};
use crate::model::{Scope, Value, ValueKind, ValueRef, ValueState};
use crate::symbols::synth::Synth;
use crate::symbols::{DebugInfo, TypeRef};

/// Frames end here; `fbreg 0` is this address.
const CFA: u64 = 0xc000;
const FBREG_0: &[u8] = &[0x91, 0];

/// A function `main.f` with the given variables: name, type, line, location.
fn program(mut synth: Synth, variables: &[(&str, TypeRef, u64, &[u8])]) -> DebugInfo {
    synth.function("main.f", 0x1000..0x1100);
    for (name, ty, line, location) in variables {
        synth.local(name, *ty, *line, location);
    }
    synth.end();
    synth.finish()
}

fn frame<'a>(
    info: &'a DebugInfo,
    memory: &'a dyn Memory,
    registers: &'a RegisterFile,
    limits: &'a Limits,
) -> FrameContext<'a> {
    FrameContext {
        info,
        image: 0,
        bias: 0,
        lookup_pc: ImageAddr(0x1010),
        inline_depth: 0,
        function: Some("main.f"),
        cfa: Some(Addr(CFA)),
        registers,
        line: Some(10),
        memory,
        go: None,
        limits,
        interrupted: false,
    }
}

/// Values in a value, itself and keys included.
fn count(value: &Value) -> usize {
    let inner = value.children.iter().chain(value.key.as_deref());
    1 + inner.map(count).sum::<usize>()
}

fn read(info: &DebugInfo, memory: &dyn Memory, registers: &RegisterFile) -> Scope {
    let limits = Limits::default();
    let frame = frame(info, memory, registers, &limits);
    scope(&frame, &CancelToken::new()).unwrap()
}

/// The one variable `x` of type `ty` at `fbreg 0`.
fn one(synth: Synth, ty: TypeRef, memory: &dyn Memory) -> Value {
    let info = program(synth, &[("x", ty, 1, FBREG_0)]);
    read(&info, memory, &RegisterFile::new()).locals.remove(0)
}

fn string(words: [u64; 2], memory: FakeMemory) -> Value {
    let mut synth = Synth::new();
    let ty = synth.string();
    one(synth, ty, &memory.words(CFA, &words))
}

fn ints(words: [u64; 3], memory: FakeMemory) -> Value {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let ty = synth.slice("[]int", int);
    one(synth, ty, &memory.words(CFA, &words))
}

#[test]
fn strings_that_cannot_be_true_are_damaged_and_unread() {
    for words in [[0x5000, 1 << 63], [0, 5], [u64::MAX - 1, 1 << 40]] {
        let value = string(words, FakeMemory::new());
        assert_eq!(value.state, ValueState::Partial, "{words:x?}");
        assert!(value.unreadable.unwrap().starts_with("damaged"), "{words:x?}");
    }
    let value = string([0x5000, 5], FakeMemory::new());
    assert_eq!(value.unreadable.unwrap(), "its 5 bytes at 0x5000 cannot be read");
    let value = string([0x5000, 5], FakeMemory::new().with(0x5000, b"abc"));
    assert_eq!(value.summary.plain(), "\"abc\"…+2 more");
    assert_eq!(value.state, ValueState::Partial);
    assert_eq!(string([0, 0], FakeMemory::new()).summary.plain(), "\"\"");
}

#[test]
fn a_long_string_is_cut_at_a_character_and_read_whole_on_request() {
    let text = "é".repeat(200);
    let mut synth = Synth::new();
    let ty = synth.string();
    let memory = FakeMemory::new()
        .words(CFA, &[0x5000, 401])
        .with(0x5000, format!("x{text}").as_bytes());
    let info = program(synth, &[("x", ty, 1, FBREG_0)]);
    let value = read(&info, &memory, &RegisterFile::new()).locals.remove(0);
    let shown = format!("\"x{}\"…+146 more", "é".repeat(127));
    assert_eq!(value.summary.plain(), shown);
    let limits = Limits::default();
    let context = ValueContext {
        info: &info,
        image: 0,
        bias: 0,
        memory: &memory,
        go: None,
        limits: &limits,
    };
    let page = expand(
        &context,
        &value.reference.unwrap(),
        0,
        1 << 40,
        &CancelToken::new(),
    )
    .unwrap();
    assert_eq!(page.values[0].summary.plain(), format!("\"x{text}\""));
}

#[test]
fn nil_empty_and_damaged_slices_differ() {
    let text = |words| ints(words, FakeMemory::new()).summary.plain();
    assert_eq!(text([0, 0, 0]), "[]int nil");
    assert_eq!(text([0x5000, 0, 0]), "[]int len: 0, cap: 0, []");
    let greater = ints([0x5000, 3, 2], FakeMemory::new());
    assert_eq!(
        greater.unreadable.unwrap(),
        "damaged: its length is greater than its capacity"
    );
    for words in [
        [0x5000, 1 << 62, 1 << 62],
        [0x5000, u64::MAX, u64::MAX],
        [0, 1, 1],
    ] {
        assert_eq!(ints(words, FakeMemory::new()).state, ValueState::Partial);
    }
}

#[test]
fn elements_that_cannot_be_read_say_so_one_by_one() {
    let value = ints([0x5000, 3, 4], FakeMemory::new().words(0x5000, &[7, 8]));
    let states: Vec<_> = value.children.iter().map(|child| child.state).collect();
    assert_eq!(states, [ValueState::Ok, ValueState::Ok, ValueState::Unreadable]);
    assert_eq!(value.state, ValueState::Partial);
    assert!(
        value
            .summary
            .plain()
            .starts_with("[]int len: 3, cap: 4, [7,8,<nothing is mapped at")
    );
}

#[test]
fn a_huge_slice_is_paged() {
    let words: Vec<u64> = (0..1000).collect();
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let ty = synth.slice("[]int", int);
    let memory = FakeMemory::new()
        .words(CFA, &[0x5000, 1000, 1000])
        .words(0x5000, &words);
    let info = program(synth, &[("x", ty, 1, FBREG_0)]);
    let value = read(&info, &memory, &RegisterFile::new()).locals.remove(0);
    assert_eq!((value.children.len(), value.more), (64, 936));
    let limits = Limits::default();
    let context = ValueContext {
        info: &info,
        image: 0,
        bias: 0,
        memory: &memory,
        go: None,
        limits: &limits,
    };
    let reference = value.reference.unwrap();
    let page = expand(&context, &reference, 990, 64, &CancelToken::new()).unwrap();
    assert_eq!((page.values.len(), page.more), (10, 0));
    assert_eq!(page.values[9].name, "[999]");
    assert_eq!(page.values[9].summary.plain(), "999");
    let cancelled = CancelToken::new();
    cancelled.cancel();
    assert!(expand(&context, &reference, 0, 64, &cancelled).is_err());
}

/// `type node struct { next *node; value int }`, linked to itself.
#[test]
fn a_circle_of_pointers_is_followed_one_level() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let pointer = TypeRef(synth.here());
    // The pointer's own entry has a fixed size: tag, name, reference, kind.
    let target = pointer.0 + 1 + "*main.node\0".len() as u64 + 4 + 8;
    assert_eq!(synth.pointer("*main.node", TypeRef(target)), pointer);
    let node = synth.structure(
        "main.node",
        (16, 25),
        &[("next", pointer, 0), ("value", int, 8)],
        None,
    );
    assert_eq!(node.0, target);
    let memory = FakeMemory::new()
        .words(CFA, &[0x5000])
        .words(0x5000, &[0x5000, 7]);
    let value = one(synth, pointer, &memory);
    assert_eq!(
        value.summary.plain(),
        "*main.node {next: (*main.node)(0x5000), value: 7}"
    );
    assert!(matches!(
        value.children[0].reference,
        Some(ValueRef::Object {
            addr: Addr(0x5000),
            ..
        })
    ));
}

#[test]
fn a_dangling_pointer_keeps_its_address() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let ty = synth.pointer("*int", int);
    let value = one(synth, ty, &FakeMemory::new().words(CFA, &[0xdead0000]));
    assert_eq!(value.summary.plain(), "(*int)(0xdead0000)");
    assert_eq!(
        value.unreadable.unwrap(),
        "what it points to: nothing is mapped at 0xdead0000"
    );
}

#[test]
fn a_string_of_which_only_the_length_is_left_says_so() {
    let mut synth = Synth::new();
    let ty = synth.string();
    // DW_OP_piece 8 with no location, then register rbx for 8 bytes.
    let location: &[u8] = &[0x93, 8, 0x53, 0x93, 8];
    let info = program(synth, &[("x", ty, 1, location)]);
    let registers = RegisterFile::new().with(RBX, 2);
    let value = read(&info, &FakeMemory::new(), &registers).locals.remove(0);
    assert_eq!(value.unreadable.as_deref(), Some("len=2, bytes optimised away"));
    assert_eq!(value.len, Some(2));
}

#[test]
fn a_string_in_two_registers_is_read() {
    let mut synth = Synth::new();
    let ty = synth.string();
    let location: &[u8] = &[0x50, 0x93, 8, 0x53, 0x93, 8];
    let info = program(synth, &[("x", ty, 1, location)]);
    let registers = RegisterFile::new().with(RAX, 0x5000).with(RBX, 2);
    let memory = FakeMemory::new().with(0x5000, b"ok");
    let value = read(&info, &memory, &registers).locals.remove(0);
    assert_eq!(value.summary.plain(), "\"ok\"");
}

#[test]
fn a_register_that_is_not_known_is_not_zero() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let variables: [(&str, TypeRef, u64, &[u8]); 3] = [
        ("reg", int, 1, &[0x50]),
        ("based", int, 1, &[0x70, 0]),
        ("none", int, 1, &[]),
    ];
    let info = program(synth, &variables);
    let scope = read(&info, &FakeMemory::new().words(0, &[1]), &RegisterFile::new());
    let states: Vec<_> = scope.locals.iter().map(|value| value.state).collect();
    assert_eq!(
        states,
        [
            ValueState::Unreadable,
            ValueState::Unreadable,
            ValueState::OptimizedOut
        ]
    );
    let why = scope.locals[0].unreadable.as_deref().unwrap();
    assert_eq!(
        why,
        "it is in register rax, which is not recoverable in this frame"
    );
}

#[test]
fn an_endless_expression_is_stopped() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    // DW_OP_skip -3: a jump to itself.
    let info = program(synth, &[("x", int, 1, &[0x2f, 0xfd, 0xff])]);
    let value = read(&info, &FakeMemory::new(), &RegisterFile::new())
        .locals
        .remove(0);
    assert!(value.unreadable.unwrap().starts_with("its location is damaged"));
}

#[test]
fn what_is_declared_on_the_line_or_later_does_not_exist_yet_and_inner_names_hide_outer_ones() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let pointer = synth.pointer("*int", int);
    synth.function("main.f", 0x1000..0x1100);
    synth.parameter("p", int, 1, FBREG_0);
    synth.local("x", int, 5, FBREG_0);
    synth.local("now", int, 10, FBREG_0);
    synth.local(".autotmp_3", int, 2, FBREG_0);
    synth.local("&heap", pointer, 3, FBREG_0);
    synth.block(0x1000..0x1080);
    synth.local("x", int, 7, FBREG_0);
    synth.end();
    synth.end();
    let info = synth.finish();
    let memory = FakeMemory::new().words(CFA, &[0x5000]).words(0x5000, &[9]);
    let scope = read(&info, &memory, &RegisterFile::new());
    let got: Vec<_> = scope
        .locals
        .iter()
        .map(|value| (value.name.as_str(), value.decl_line, value.shadowed))
        .collect();
    assert_eq!(
        got,
        [
            ("x", Some(5), true),
            ("heap", Some(3), false),
            ("x", Some(7), false)
        ]
    );
    assert_eq!(scope.locals[1].summary.plain(), "9");
    assert_eq!(scope.locals[1].addr, Some(Addr(0x5000)));
    assert_eq!(scope.args.len(), 1);
}

#[test]
fn variables_of_another_function_are_refused() {
    let mut synth = Synth::new();
    synth.function("main.Sum[go.shape.int]", 0x1000..0x1100);
    synth.end();
    let info = synth.finish();
    let ask = |function| {
        let frame = FrameContext {
            info: &info,
            image: 0,
            bias: 0,
            lookup_pc: ImageAddr(0x1010),
            inline_depth: 0,
            function: Some(function),
            cfa: None,
            registers: &RegisterFile::new(),
            line: None,
            memory: &FakeMemory::new(),
            go: None,
            limits: &Limits::default(),
            interrupted: false,
        };
        scope(&frame, &CancelToken::new())
    };
    assert!(ask("main.Sum[...]").is_ok());
    assert!(matches!(ask("main.other"), Err(EvalError::OtherFunction { .. })));
}

/// Memory of which every byte comes from a file that nobody could check.
#[derive(Debug)]
struct Unverified(FakeMemory);

impl Memory for Unverified {
    fn read_some(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        self.0.read_some(addr, buffer)
    }

    fn slice(&self, addr: Addr, len: usize) -> Option<&[u8]> {
        self.0.slice(addr, len)
    }

    fn origin(&self, _: Addr) -> Origin {
        Origin::UnverifiedFile
    }
}

#[test]
fn bytes_of_an_unchecked_file_are_marked_as_doubtful() {
    let mut synth = Synth::new();
    let int = synth.base("int", 5, 8);
    let value = one(synth, int, &Unverified(FakeMemory::new().words(CFA, &[5])));
    assert_eq!(value.summary.plain(), "5");
    assert_eq!(value.state, ValueState::Partial);
    assert!(value.unreadable.unwrap().contains("may be wrong"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_expression_panics(code in proptest::collection::vec(any::<u8>(), 0..40), word in any::<u64>()) {
        let mut synth = Synth::new();
        let ty = synth.string();
        let info = program(synth, &[("x", ty, 1, &code)]);
        let registers = RegisterFile::new().with(RAX, word).with(RBX, CFA);
        let memory = FakeMemory::new().words(CFA, &[word, word, word]);
        prop_assert_eq!(read(&info, &memory, &registers).locals.len(), 1);
    }

    #[test]
    fn no_words_make_a_loader_panic(words in proptest::array::uniform3(any::<u64>()), small in 0..300_u64) {
        let memory = || FakeMemory::new().words(0x5000, &[1, 2, 3, 4]);
        let _ = ints(words, memory());
        let _ = ints([0x5000, small, words[0]], memory());
        let _ = string([words[0], words[1]], memory());
        let _ = string([0x5000, small], memory());
    }
}
