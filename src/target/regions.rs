//! The memory map of a core: mappings with permissions, files, and where their bytes come from.

use crate::base::{Addr, AddrRange, RangeMap};
use crate::elf::{CoreFile, FileMapping};
use crate::memory::{Origin, Spliced};
use crate::model::MemoryRegion;

use super::initial_stack::AT_RANDOM;

/// `AT_SYSINFO_EHDR`: where the vdso lies.
const AT_SYSINFO_EHDR: u64 = 33;
/// The same in every process of an amd64 kernel (`VSYSCALL_ADDR`).
const VSYSCALL: Addr = Addr(0xffff_ffff_ff60_0000);

/// All mappings by address: those of the core, and files that it names without a segment of theirs.
pub(super) fn regions(core: &CoreFile, memory: &Spliced) -> Vec<MemoryRegion> {
    let files = &core.notes().files.mappings;
    let by_addr = RangeMap::from_layers(files.iter().map(|mapping| (mapping.range, mapping)));
    let mut regions: Vec<_> = core
        .segments()
        .iter()
        .map(|segment| {
            let file = by_addr.find(segment.range.start).map(|(_, mapping)| *mapping);
            let flags = [
                (segment.readable, 'r'),
                (segment.writable, 'w'),
                (segment.executable, 'x'),
            ];
            let permissions = flags.map(|(set, letter)| if set { letter } else { '-' });
            region(core, memory, segment.range, (permissions.iter().collect(), file))
        })
        .collect();
    let segments = RangeMap::from_layers(core.segments().iter().map(|segment| (segment.range, ())));
    let unlisted = files
        .iter()
        .filter(|mapping| segments.find(mapping.range.start).is_none());
    regions.extend(
        unlisted.map(|mapping| region(core, memory, mapping.range, ("???".to_owned(), Some(mapping)))),
    );
    regions.sort_by_key(|region| region.start);
    regions
}

fn region(
    core: &CoreFile,
    memory: &Spliced,
    range: AddrRange,
    (permissions, file): (String, Option<&FileMapping>),
) -> MemoryRegion {
    let file_offset = file.and_then(|mapping| {
        let skipped = range.start.0.checked_sub(mapping.range.start.0)?;
        mapping.offset.checked_add(skipped)
    });
    MemoryRegion {
        start: range.start,
        end: range.end,
        permissions,
        in_core: memory.target_bytes(range),
        file: file
            .map(|mapping| String::from_utf8_lossy(&mapping.path).into_owned())
            .or_else(|| special_name(core, range)),
        file_offset,
        bytes_from: bytes_from(memory, range),
    }
}

/// Names as `/proc/PID/maps` has them.
fn special_name(core: &CoreFile, range: AddrRange) -> Option<String> {
    let notes = core.notes();
    let holds = |kind| notes.aux(kind).is_some_and(|at| range.contains(Addr(at)));
    let name = if holds(AT_SYSINFO_EHDR) {
        "[vdso]"
    } else if holds(AT_RANDOM) {
        "[stack]"
    } else if range.contains(VSYSCALL) {
        "[vsyscall]"
    } else {
        return None;
    };
    Some(name.to_owned())
}

/// Every source of the range's bytes, in the order of trust.
fn bytes_from(memory: &Spliced, range: AddrRange) -> String {
    const NAMES: [(Origin, &str); 4] = [
        (Origin::Target, "core"),
        (Origin::VerifiedFile, "file (verified)"),
        (Origin::UnverifiedFile, "file (unverified)"),
        (Origin::Absent, "nowhere"),
    ];
    let mut seen = [false; NAMES.len()];
    for (_, origin) in memory.origins(range) {
        for (slot, (known, _)) in seen.iter_mut().zip(NAMES) {
            *slot |= origin == known;
        }
    }
    let names: Vec<_> = NAMES
        .iter()
        .zip(seen)
        .filter(|(_, seen)| *seen)
        .map(|((_, name), _)| *name)
        .collect();
    names.join(" + ")
}
