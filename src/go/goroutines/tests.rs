//! Lists out of hand-made memory, whole and damaged.

use std::sync::Arc;

use super::GoroutineQuery;
use crate::base::{Addr, CancelToken, Limits};
use crate::go::pclntab::fake::{FakeFunc, fake_pclntab};
use crate::go::{Anchors, Field, GoCode, GoRuntime, GoVersion, Layout};
use crate::memory::fake::FakeMemory;
use crate::model::{GoStatus, GoroutineList};

const TEXT: u64 = 0x40_1000;
/// Entry of `runtime.gopark`, of `main.worker`, of the wrapper that starts it, and of goexit.
const PARK: u64 = TEXT;
const WORKER: u64 = TEXT + 0x40;
const WRAPPER: u64 = TEXT + 0x80;
const GOEXIT: u64 = TEXT + 0xc0;
const ALLGPTR: u64 = 0x51_0000;
const ALLGLEN: u64 = 0x51_0008;
const REASONS: u64 = 0x51_0100;
const ARRAY: u64 = 0xc000_0000;
const FIRST_G: u64 = 0xc100_0000;
const STACKS: u64 = 0xc200_0000;
const STRIDE: u64 = 0x1000;

fn runtime() -> GoRuntime {
    let mut wrapper = FakeFunc::new("main.main.gowrap1", 0x40, 8);
    wrapper.wraps = Some(1);
    let mut goexit = FakeFunc::new("runtime.goexit", 0x40, 0);
    goexit.flags = 1;
    let funcs = [
        FakeFunc::new("runtime.gopark", 0x40, 24),
        FakeFunc::new("main.worker", 0x40, 8),
        wrapper,
        goexit,
    ];
    GoRuntime {
        image: Arc::from("/bin/prog"),
        build: None,
        layout: Layout::for_version(GoVersion::parse("go1.27.3").as_ref()).unwrap(),
        modules: Vec::new(),
        code: GoCode::new(vec![fake_pclntab(TEXT, &funcs)]),
        anchors: Anchors {
            allglen: Some(Addr(ALLGLEN)),
            allgptr: Some(Addr(ALLGPTR)),
            wait_reasons: Some(Addr(REASONS)),
            ..Anchors::default()
        },
        warnings: Vec::new(),
    }
}

/// A parked goroutine: gopark, called by main.worker, called by the wrapper.
#[derive(Clone, Copy)]
struct FakeG {
    id: u64,
    status: u64,
    sp: u64,
}

fn parked(id: u64) -> FakeG {
    FakeG {
        id,
        status: 4,
        sp: STACKS + id * STRIDE + 0x800,
    }
}

fn address(id: u64) -> u64 {
    FIRST_G + id * 0x200
}

fn put(memory: FakeMemory, layout: &Layout, g: FakeG) -> FakeMemory {
    let mut words = vec![0_u64; 456 / 8];
    let stack = STACKS + g.id * STRIDE;
    for (field, value) in [
        (Field::GStackLo, stack),
        (Field::GStackHi, stack + STRIDE),
        (Field::GSchedSp, g.sp),
        (Field::GSchedPc, PARK + 0x10),
        (Field::GAtomicstatus, g.status),
        (Field::GGoid, g.id),
        (Field::GWaitreason, 1),
        (Field::GGopc, WORKER + 0x20),
        (Field::GStartpc, WRAPPER),
    ] {
        words[layout.offset(field).unwrap() as usize / 8] = value;
    }
    let mut stack_words = vec![0_u64; STRIDE as usize / 8];
    let top = 0x800 / 8;
    stack_words[top + 3] = WORKER + 0x10;
    stack_words[top + 5] = WRAPPER + 0x10;
    stack_words[top + 7] = GOEXIT + 1;
    memory.words(address(g.id), &words).words(stack, &stack_words)
}

fn with_reasons(memory: FakeMemory) -> FakeMemory {
    memory
        .words(REASONS, &[0, 0, 0x52_0000, 12, 0, u64::MAX])
        .with(0x52_0000, b"chan receive")
}

fn list(entries: &[u64], count: u64, gs: &[FakeG]) -> GoroutineList {
    let runtime = runtime();
    let mut memory = with_reasons(FakeMemory::new())
        .words(ALLGPTR, &[ARRAY, count])
        .words(ARRAY, entries);
    for g in gs {
        memory = put(memory, &runtime.layout, *g);
    }
    let query = GoroutineQuery {
        memory: &memory,
        threads: &[],
        now: None,
        limits: &Limits::default(),
        cancel: &CancelToken::new(),
    };
    runtime.goroutines(&query).unwrap()
}

fn ids(list: &GoroutineList) -> Vec<u64> {
    list.goroutines.iter().map(|goroutine| goroutine.id.0).collect()
}

#[test]
fn a_parked_goroutine_has_all_its_places() {
    let list = list(&[address(7)], 1, &[parked(7)]);
    assert_eq!(list.problems, Vec::<String>::new());
    let goroutine = &list.goroutines[0];
    let name = |location: &crate::model::Location| location.function.as_deref().unwrap().to_owned();
    assert_eq!(goroutine.status, GoStatus::Waiting);
    assert_eq!(goroutine.wait_reason.as_deref(), Some("chan receive"));
    assert_eq!(name(&goroutine.current_loc), "runtime.gopark");
    assert_eq!(name(&goroutine.user_loc), "main.worker");
    assert_eq!(goroutine.user_loc.pc, Addr(WORKER + 0x10));
    assert_eq!(name(&goroutine.start_loc), "main.worker");
    assert_eq!(name(&goroutine.go_loc), "main.worker");
    assert_eq!(goroutine.damaged, None);
    assert!(!goroutine.system);
}

#[test]
fn dead_and_idle_entries_are_no_goroutines() {
    let mut dead = parked(3);
    dead.status = 6;
    let mut scanned = parked(5);
    scanned.status = 0x1004;
    let mut extra = parked(4);
    extra.status = 11;
    let list = list(&[address(3), address(4), address(5)], 3, &[dead, extra, scanned]);
    assert_eq!(ids(&list), [5]);
    assert_eq!(list.goroutines[0].status, GoStatus::Waiting);
    assert_eq!(list.problems, Vec::<String>::new());
}

#[test]
fn a_wild_count_ends_with_the_memory_of_the_list() {
    for count in [1 << 40, u64::MAX, 20_000_000] {
        let list = list(&[address(1), address(2)], count, &[parked(1), parked(2)]);
        assert_eq!(ids(&list), [1, 2], "count {count}");
        assert!(!list.problems.is_empty(), "count {count}");
    }
}

#[test]
fn a_wild_count_ends_in_noise_behind_the_list() {
    let mut entries = vec![address(1), address(2)];
    entries.extend((0..5000).map(|index| index * 0x1238 + 0x77));
    let list = list(&entries, 5002, &[parked(1), parked(2)]);
    assert_eq!(ids(&list), [1, 2]);
    assert_eq!(
        list.problems,
        ["the list of goroutines is damaged after entry 2 of 5002; what follows it is left out"]
    );
}

#[test]
fn repeated_nil_and_wild_entries_are_left_out_and_counted() {
    let entries = [address(1), address(1), 0, 0xdead_0000, 3, address(2)];
    let list = list(&entries, 6, &[parked(1), parked(2)]);
    assert_eq!(ids(&list), [1, 2]);
    assert_eq!(
        list.problems,
        ["4 entries of the runtime's list of goroutines made no sense and were left out"]
    );
}

#[test]
fn a_saved_stack_pointer_outside_the_stack_is_said_not_followed() {
    let mut wild = parked(9);
    wild.sp = 0x1234;
    let list = list(&[address(9)], 1, &[wild]);
    let goroutine = &list.goroutines[0];
    assert!(goroutine.damaged.as_ref().unwrap().contains("0x1234"));
    assert_eq!(goroutine.user_loc, goroutine.current_loc);
}

#[test]
fn a_status_that_no_runtime_has_is_shown_as_unknown() {
    let mut odd = parked(9);
    odd.status = 77;
    let list = list(&[address(9)], 1, &[odd]);
    assert_eq!(list.goroutines[0].status, GoStatus::Unknown);
    assert!(list.goroutines[0].damaged.as_ref().unwrap().contains("0x4d"));
}

#[test]
fn a_cancelled_listing_stops() {
    let runtime = runtime();
    let memory = FakeMemory::new().words(ALLGPTR, &[ARRAY, 1]).words(ARRAY, &[0]);
    let cancel = CancelToken::new();
    cancel.cancel();
    let query = GoroutineQuery {
        memory: &memory,
        threads: &[],
        now: None,
        limits: &Limits::default(),
        cancel: &cancel,
    };
    assert!(runtime.goroutines(&query).is_err());
}
