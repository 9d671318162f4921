//! The address space of a live process: mappings, memory, and the map that people see.

use std::sync::Arc;

use super::super::images::FileLayer;
use crate::base::AddrRange;
use crate::memory::{LiveMemory, Origin, Spliced, SplicedBuilder};
use crate::model::MemoryRegion;
use crate::os::{Mapping, ProcessMemory};

/// Memory as far as it can be read before any file is known.
pub(super) fn bare(process: &Arc<ProcessMemory>, mappings: &[Mapping]) -> LiveMemory {
    LiveMemory::running(
        Arc::clone(process),
        readable(mappings),
        SplicedBuilder::new().build(),
    )
}

/// Memory with the constant parts of files read from the files, except for `changed` ranges: pages
/// of which the process has a copy of its own.
pub(super) fn with_files(
    process: &Arc<ProcessMemory>,
    mappings: &[Mapping],
    layers: &[FileLayer],
    changed: &[AddrRange],
) -> LiveMemory {
    LiveMemory::running(
        Arc::clone(process),
        readable(mappings),
        constant_parts(layers, changed),
    )
}

fn readable(mappings: &[Mapping]) -> impl Iterator<Item = (AddrRange, bool)> {
    mappings
        .iter()
        .map(|mapping| (mapping.range, mapping.permissions.read))
}

fn constant_parts(layers: &[FileLayer], changed: &[AddrRange]) -> Spliced {
    let mut builder = SplicedBuilder::new();
    for layer in layers {
        let store = builder.store(layer.bytes.clone());
        for &(range, offset) in &layer.ranges {
            builder.bytes(range, store, offset, Origin::VerifiedFile);
        }
    }
    for range in changed {
        builder.absent(*range);
    }
    builder.build()
}

/// The memory map as people see it.
pub(super) fn regions(mappings: &[Mapping]) -> Vec<MemoryRegion> {
    mappings.iter().map(region).collect()
}

fn region(mapping: &Mapping) -> MemoryRegion {
    let permissions = mapping.permissions;
    let letters = [
        (permissions.read, 'r'),
        (permissions.write, 'w'),
        (permissions.execute, 'x'),
    ];
    let is_file = mapping.path().is_some();
    let mut file = String::from_utf8_lossy(&mapping.name).into_owned();
    if mapping.deleted {
        file.push_str(" (deleted)");
    }
    MemoryRegion {
        start: mapping.range.start,
        end: mapping.range.end,
        permissions: letters
            .iter()
            .map(|(set, letter)| if *set { *letter } else { '-' })
            .collect(),
        in_core: 0,
        file: (!file.is_empty()).then_some(file),
        file_offset: is_file.then_some(mapping.offset),
        bytes_from: if permissions.read { "process" } else { "nowhere" }.to_owned(),
    }
}
