//! Lookups in hand-made tables, whole and damaged.

use proptest::prelude::*;

use super::fake::{FakeFunc, fake_bytes, fake_pclntab};
use super::{Header, Pclntab, TextBase};
use crate::base::{Addr, AddrRange, Limits, SharedBytes};
use crate::go::Region;

const TEXT: u64 = 0x40_1000;

fn sample() -> Vec<FakeFunc> {
    let mut main = FakeFunc::new("main.main", 0x40, 24);
    main.depth = vec![(4, 0), (0x40, 24)];
    // One call inlined into another: add into sum into main.
    main.inlined = vec![
        ("main.sum", 0x10, 0x14, 31, 0x20),
        ("main.add", 0x14, 0x18, 41, 0x10),
    ];
    let mut wrapper = FakeFunc::new("main.main.gowrap1", 0x20, 8);
    wrapper.func_id = 23;
    wrapper.wraps = Some(0);
    let mut start = FakeFunc::new("runtime.goexit", 0x10, 0);
    start.flags = 1 | 4;
    vec![main, wrapper, start]
}

#[test]
fn a_pc_finds_its_function_and_no_other() {
    let table = fake_pclntab(TEXT, &sample());
    for (offset, want) in [
        (0, Some("main.main")),
        (0x3f, Some("main.main")),
        (0x40, Some("main.main.gowrap1")),
        (0x60, Some("runtime.goexit")),
        (0x6f, Some("runtime.goexit")),
        (0x70, None),
    ] {
        let found = table.find_func(Addr(TEXT + offset)).map(|func| func.name());
        assert_eq!(found, want, "offset {offset:#x}");
    }
    assert!(table.find_func(Addr(TEXT - 1)).is_none());
    assert!(table.find_func(Addr(u64::MAX)).is_none());
}

#[test]
fn depth_flags_lines_and_wrappers_are_read() {
    let table = fake_pclntab(TEXT, &sample());
    let main = table.find_name("main.main").unwrap();
    assert_eq!(main.frame_size(Addr(TEXT)), Some(0));
    assert_eq!(main.frame_size(Addr(TEXT + 4)), Some(24));
    assert_eq!(main.frame_size(Addr(TEXT + 0x40)), None);
    assert_eq!(main.file_line(Addr(TEXT + 4)), (Some("/src/main.go"), Some(10)));
    assert_eq!(main.start_line(), Some(10));
    let wrapper = table.find_name("main.main.gowrap1").unwrap();
    assert!(wrapper.is_wrapper());
    assert_eq!(wrapper.wrapped_func(), Some(main.entry()));
    assert_eq!(main.wrapped_func(), None);
    let goexit = table.find_name("runtime.goexit").unwrap();
    assert!(goexit.is_top_frame() && goexit.is_assembly() && !goexit.is_sp_write());
}

#[test]
fn inlined_calls_come_innermost_first_with_call_site_lines() {
    let table = fake_pclntab(TEXT, &sample());
    let main = table.find_name("main.main").unwrap();
    let chain = main.inline_chain(Addr(TEXT + 0x14), &Limits::default());
    let calls: Vec<_> = chain.iter().map(|call| (call.name, call.line)).collect();
    assert_eq!(
        calls,
        [
            ("main.add", Some(41)),
            ("main.sum", Some(31)),
            ("main.main", Some(10))
        ]
    );
    assert_eq!(main.inline_chain(Addr(TEXT + 0x20), &Limits::default()).len(), 1);
}

#[test]
fn an_inline_tree_that_runs_in_a_circle_stops_at_the_limit() {
    let mut funcs = sample();
    funcs[0].inlined = vec![("main.sum", 0x10, 0x14, 31, 0x10)];
    let table = fake_pclntab(TEXT, &funcs);
    let limits = Limits {
        inline_depth: 9,
        ..Limits::default()
    };
    let main = table.find_name("main.main").unwrap();
    assert_eq!(main.inline_chain(Addr(TEXT + 0x10), &limits).len(), 9);
}

#[test]
fn a_header_of_another_magic_or_order_is_refused() {
    let (good, _) = fake_bytes(&sample());
    assert!(Header::parse(&good).is_ok());
    for (at, byte) in [(0, 0xfa), (4, 1), (7, 4), (15, 1), (32, 1), (40, 0)] {
        let mut bad = good.clone();
        bad[at] = byte;
        assert!(Header::parse(&bad).is_err(), "byte {at} = {byte:#x}");
    }
    assert!(Header::parse(&good[..100]).is_err());
}

proptest! {
    #[test]
    fn flipped_bytes_never_panic(flips in proptest::collection::vec((0_usize..700, any::<u8>()), 1..8), pc in 0_u64..0x80) {
        let (mut bytes, mut funcdata) = fake_bytes(&sample());
        for (at, byte) in flips {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
            let at = at % funcdata.len();
            funcdata[at] ^= byte;
        }
        let base = TextBase {
            text: AddrRange::sized(Addr(TEXT), 0x70),
            funcdata: Some(Region::new(Addr(0), SharedBytes::new(funcdata))),
            wrapper_id: 23,
        };
        let Ok(table) = Pclntab::new(Region::new(Addr(0), SharedBytes::new(bytes)), base) else {
            return Ok(());
        };
        if let Some(func) = table.find_func(Addr(TEXT + pc)) {
            let _ = (func.name(), func.frame_size(Addr(TEXT + pc)), func.wrapped_func());
            let _ = func.inline_chain(Addr(TEXT + pc), &Limits::default());
        }
        let _ = table.funcs().take(1000).count();
    }
}
