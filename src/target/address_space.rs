//! The address space of a core: its own bytes above the files that were mapped.
//!
//! Which missing bytes may be filled is the kernel's rule, not ELF's: the rest of a segment that
//! was dumped in part is what the mapped *file* holds there, and zeros only between the end of that
//! file and the end of its last page. Bytes that were promised and cut off stay absent.

use super::images::FileLayer;
use crate::base::{Addr, AddrRange};
use crate::elf::{CoreFile, CoreSegment};
use crate::memory::{Origin, Spliced, SplicedBuilder};

const PAGE: u64 = 4096;

/// Only what the core itself holds.
pub(super) fn core_only(core: &CoreFile) -> Spliced {
    splice(core, &[])
}

/// Core bytes, files below them, and mappings without bytes below those.
pub(super) fn splice(core: &CoreFile, files: &[FileLayer]) -> Spliced {
    let mut builder = SplicedBuilder::new();
    for segment in core.segments() {
        builder.absent(segment.range);
    }
    for mapping in &core.notes().files.mappings {
        builder.absent(mapping.range);
    }
    for file in files {
        add_file(&mut builder, file);
    }
    if !holds_private_memory(core) {
        for segment in core.segments().iter().filter(|segment| segment.writable) {
            builder.absent(segment.range);
        }
    }
    for segment in core.segments() {
        let cut = cut_off(segment);
        // What was dumped of a mapping that can be written may differ from the file; code does not.
        if segment.writable || !segment.executable {
            builder.absent(cut);
        }
    }
    let store = builder.store(core.bytes().clone());
    // Later layers win, and of overlapping segments the first is believed.
    for segment in core.segments().iter().rev() {
        let held = AddrRange::sized(segment.range.start, segment.present);
        builder.bytes(held, store, segment.file_offset, Origin::Target);
    }
    builder.build()
}

fn add_file(builder: &mut SplicedBuilder, file: &FileLayer) {
    let store = builder.store(file.bytes.clone());
    let origin = if file.verified {
        Origin::VerifiedFile
    } else {
        Origin::UnverifiedFile
    };
    let len = file.bytes.len() as u64;
    for &(range, offset) in &file.ranges {
        builder.bytes(range, store, offset, origin);
        // The page in which the file ends is filled with zeros; pages behind it do not exist.
        if file.verified && offset < len {
            let end = range.start.0.saturating_add(len - offset);
            let page_end = end.checked_next_multiple_of(PAGE).unwrap_or(end);
            let tail = AddrRange::between(Addr(end), Addr(page_end)).intersection(range);
            builder.zeros(tail, origin);
        }
    }
}

/// The part of a segment that the core promises and does not have.
fn cut_off(segment: &CoreSegment) -> AddrRange {
    let start = segment.range.start.0;
    AddrRange::between(
        Addr(start.saturating_add(segment.present)),
        Addr(start.saturating_add(segment.file_size)),
    )
}

/// Whether private memory was dumped at all: `coredump_filter` can leave it out, and then a
/// writable file mapping without bytes was not untouched, just left out.
fn holds_private_memory(core: &CoreFile) -> bool {
    core.segments()
        .iter()
        .any(|segment| segment.writable && segment.file_size > 0)
}
