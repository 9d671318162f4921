//! Which function names which variable, and how the finds are checked.

use super::decode::{self, Access, Mention, TlsOffset};
use super::{Anchors, Surroundings};
use crate::base::Addr;
use crate::go::fields::Field;
use crate::memory::MemoryExt;

/// No program has had this many goroutines; a count above it is no count.
const MOST_GOROUTINES: u64 = 100_000_000;

pub(super) fn find(around: &Surroundings<'_>) -> Anchors {
    let mut found = Anchors::default();
    (found.allglen, found.allgptr) = all_goroutines(around);
    found.allgs = all_goroutines_slice(around);
    found.allm = all_threads(around);
    found.allp = all_processors(around);
    found.sched = scheduler(around);
    found.wait_reasons = wait_reasons(around);
    (found.backlog, found.backlog_index) = backlog(around);
    found.semtable = first(around, "runtime.semacquire1", Access::Address);
    found.tls_g = tls_g(around);
    found.missing = [
        (
            "runtime.allglen",
            found.allglen.is_none() && found.allgs.is_none(),
        ),
        ("runtime.allm", found.allm.is_none()),
        ("runtime.sched", found.sched.is_none()),
        ("runtime.waitReasonStrings", found.wait_reasons.is_none()),
        ("runtime.printBacklog", found.backlog.is_none()),
        ("runtime.semtable", found.semtable.is_none()),
        ("the thread-local g", found.tls_g.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, is_missing)| is_missing.then_some(name))
    .collect();
    found
}

/// The writable variables that a function names, in order.
fn variables(around: &Surroundings<'_>, function: &str) -> Vec<Mention> {
    let Some((entry, code)) = around.code_of(function) else {
        return Vec::new();
    };
    let mut found = decode::mentions(entry, &code);
    found.retain(|mention| around.is_writable(mention.target));
    found
}

fn first(around: &Surroundings<'_>, function: &str, access: Access) -> Option<Addr> {
    variables(around, function)
        .into_iter()
        .find(|mention| mention.access == access)
        .map(|mention| mention.target)
}

/// `atomicAllG` loads allglen, then allgptr. It is inlined into `forEachGRace`, except in builds
/// without optimisation.
fn all_goroutines(around: &Surroundings<'_>) -> (Option<Addr>, Option<Addr>) {
    for function in ["runtime.forEachGRace", "runtime.atomicAllG"] {
        let named = variables(around, function);
        let mut named = named.iter().filter(|mention| mention.access != Access::Other);
        let (Some(len), Some(array)) = (named.next(), named.next()) else {
            continue;
        };
        let count = around.memory.read_u64(len.target);
        if len.target != array.target && count.is_ok_and(|count| count < MOST_GOROUTINES) {
            return (Some(len.target), Some(array.target));
        }
    }
    // Also with a count that makes no sense: the list is then bounded by what it holds.
    let named = variables(around, "runtime.forEachGRace");
    let mut loads = named.iter().filter(|mention| mention.access == Access::Load);
    match (loads.next(), loads.next()) {
        (Some(len), Some(array)) => (Some(len.target), Some(array.target)),
        _ => (None, None),
    }
}

/// `forEachG` locks allglock, then ranges over allgs: array and length are 8 bytes apart.
fn all_goroutines_slice(around: &Surroundings<'_>) -> Option<Addr> {
    let named = variables(around, "runtime.forEachG");
    let is_slice = |at: Addr| {
        named
            .iter()
            .any(|other| Some(other.target) == at.checked_add(8) && other.access != Access::Address)
    };
    named
        .iter()
        .find(|mention| mention.access == Access::Load && is_slice(mention.target))
        .map(|mention| mention.target)
}

/// `mcommoninit` links the new m in front of allm: it loads the variable, then takes its address
/// for the atomic store.
fn all_threads(around: &Surroundings<'_>) -> Option<Addr> {
    let named = variables(around, "runtime.mcommoninit");
    let is_loaded_before = |index: usize, target: Addr| {
        named
            .iter()
            .take(index)
            .any(|mention| mention.access == Access::Load && mention.target == target)
    };
    named
        .iter()
        .enumerate()
        .filter(|(_, mention)| mention.access == Access::Address)
        .find(|(index, mention)| is_loaded_before(*index, mention.target))
        .map(|(_, mention)| mention.target)
}

/// `procresize` reads array and length of allp, 8 bytes apart; the first p has number 0.
fn all_processors(around: &Surroundings<'_>) -> Option<Addr> {
    const MOST: u64 = 1 << 20;
    let named = variables(around, "runtime.procresize");
    let is_slice = |at: Addr| {
        let len_at = at.checked_add(8)?;
        let is_named = named.iter().any(|other| other.target == len_at);
        let len = around.memory.read_u64(len_at).ok()?;
        let first = around.memory.read_addr(around.memory.read_addr(at).ok()?).ok()?;
        let id = around.layout.offset(Field::PId)?;
        let id = around.memory.read_u32(first.checked_add(u64::from(id))?).ok()?;
        Some(is_named && (1..=MOST).contains(&len) && id == 0)
    };
    named
        .iter()
        .map(|mention| mention.target)
        .find(|&at| is_slice(at) == Some(true))
}

/// `mcount` computes sched.mnext - sched.nmfreed. It is inlined into `checkmcount`, except in
/// builds without optimisation.
fn scheduler(around: &Surroundings<'_>) -> Option<Addr> {
    let offset = |field| around.layout.offset(field).map(u64::from);
    let (next, freed) = (offset(Field::SchedMnext)?, offset(Field::SchedNmfreed)?);
    ["runtime.checkmcount", "runtime.mcount"]
        .into_iter()
        .find_map(|function| {
            let named = variables(around, function);
            let is_named = |at: Addr| named.iter().any(|mention| mention.target == at);
            named
                .iter()
                .filter_map(|mention| mention.target.0.checked_sub(next).map(Addr))
                .find(|&sched| sched.checked_add(freed).is_some_and(is_named))
        })
}

/// `waitReason.String` indexes an array of strings: its first entry is "", the second is not.
fn wait_reasons(around: &Surroundings<'_>) -> Option<Addr> {
    let named = variables(around, "runtime.waitReason.String");
    let is_strings = |at: Addr| {
        let word = |offset| around.memory.read_u64(at.checked_add(offset)?).ok();
        word(8) == Some(0) && word(24).is_some_and(|len| (1..256).contains(&len))
    };
    named
        .iter()
        .filter(|mention| mention.access == Access::Address)
        .map(|mention| mention.target)
        .find(|&at| is_strings(at))
}

/// `recordForPanic` loads panicking, then the index, and copies into the ring it takes the address
/// of last.
fn backlog(around: &Surroundings<'_>) -> (Option<Addr>, Option<Addr>) {
    let named = variables(around, "runtime.recordForPanic");
    let ring = named.iter().rfind(|mention| mention.access == Access::Address);
    let index = named
        .iter()
        .filter(|mention| mention.access == Access::Load)
        .nth(1);
    (
        ring.map(|mention| mention.target),
        index.map(|mention| mention.target),
    )
}

fn tls_g(around: &Surroundings<'_>) -> Option<i64> {
    let (entry, code) = around.code_of("runtime.systemstack")?;
    let offset = match decode::tls_offset(entry, &code)? {
        TlsOffset::Known(offset) => offset,
        TlsOffset::At(word) => around.memory.read_u64(word).ok()?.cast_signed(),
    };
    // Thread-local variables of executables and their libraries lie just below the thread pointer.
    (-(1 << 24)..0).contains(&offset).then_some(offset)
}
