//! Is this file the one that was mapped, and what is its load bias?
//!
//! Compares a file with what the core holds of it. The kernel keeps the first page of every mapped
//! ELF file: headers and build-ids. Two links of a program never agree in all of it.

use crate::base::{Addr, Limits, SharedBytes};
use crate::elf::{BuildId, ElfFile, FileMapping};
use crate::memory::{Memory, MemoryExt, Origin};
use crate::model::Verified;

/// Types of auxiliary vector entries (`include/uapi/linux/auxvec.h`).
pub(super) const AT_PHDR: u64 = 3;
pub(super) const AT_PHNUM: u64 = 5;
pub(super) const AT_ENTRY: u64 = 9;

const PAGE: usize = 4096;

/// What a comparison proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub verified: Verified,
    /// For [`Verified::No`] what differs, for [`Verified::Unknown`] why nothing could be compared.
    pub why: String,
    /// Whether file offsets of mappings hold for this file: not for a copy with other sections.
    pub same_layout: bool,
}

impl Comparison {
    fn proved() -> Self {
        Self {
            verified: Verified::Yes,
            why: String::new(),
            same_layout: true,
        }
    }

    fn differs(why: impl Into<String>) -> Self {
        Self {
            verified: Verified::No,
            why: why.into(),
            same_layout: false,
        }
    }
}

/// Facts of the auxiliary vector about the main program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AuxFacts {
    pub phdr: Option<u64>,
    pub phnum: Option<u64>,
    pub entry: Option<u64>,
}

/// The load bias of the main program: from AT_PHDR, else AT_ENTRY; `None` when the vector is gone.
pub(super) fn bias_from_aux(elf: &ElfFile, aux: AuxFacts) -> Option<u64> {
    let by_headers = aux
        .phdr
        .zip(elf.program_headers_addr())
        .map(|(at, linked)| at.wrapping_sub(linked.0));
    by_headers.or_else(|| aux.entry.map(|entry| entry.wrapping_sub(elf.entry().0)))
}

/// The load bias that puts the file's segment with the mapping's offset where the mapping is.
pub(super) fn bias_from_mapping(elf: &ElfFile, mapping: &FileMapping) -> Option<u64> {
    const PAGE_MASK: u64 = !(PAGE as u64 - 1);
    let segment = elf.segments().iter().find(|segment| {
        let start = segment.file_offset & PAGE_MASK;
        let end = segment.file_offset.saturating_add(segment.file_size);
        start <= mapping.offset && mapping.offset < end
    })?;
    let linked = segment
        .vaddr
        .0
        .wrapping_sub(segment.file_offset)
        .wrapping_add(mapping.offset);
    Some(mapping.range.start.0.wrapping_sub(linked))
}

/// The load bias of a file that nothing in the core names: where memory holds its first bytes.
pub(super) fn bias_from_memory(
    elf: &ElfFile,
    core: &dyn Memory,
    starts: impl Iterator<Item = Addr>,
) -> Option<u64> {
    let first = elf.bytes().get(..64)?;
    let linked = elf.addr_of_offset(0)?;
    starts
        .filter(|start| core.slice(*start, first.len()) == Some(first))
        .map(|start| start.0.wrapping_sub(linked.0))
        .next()
}

/// Compares a file, loaded with `bias`, with what the core itself holds.
pub(super) fn compare(elf: &ElfFile, bias: u64, core: &dyn Memory, limits: &Limits) -> Comparison {
    let Some(linked) = elf.addr_of_offset(0) else {
        return unknown("the file's headers are not part of what is loaded");
    };
    let header = linked.to_runtime(bias);
    let Some(kept) = first_page(core, header) else {
        return compare_build_info(elf, bias, core, limits)
            .unwrap_or_else(|| unknown("the core does not hold the first page of the file"));
    };
    let file = elf.bytes();
    if file.get(..kept.len()) == Some(&kept[..]) {
        return compare_build_info(elf, bias, core, limits)
            .filter(|found| found.verified == Verified::No)
            .unwrap_or_else(Comparison::proved);
    }
    compare_ids(elf, &SharedBytes::new(kept), limits)
}

/// What the auxiliary vector says against a file; `None` when it agrees or is silent.
pub(super) fn refuted_by_aux(elf: &ElfFile, bias: u64, aux: AuxFacts) -> Option<Comparison> {
    let entry = elf.entry().to_runtime(bias);
    if let Some(started) = aux.entry.filter(|started| *started != entry.0) {
        return Some(Comparison::differs(format!(
            "it would start at {entry}, but the process started at {}",
            Addr(started)
        )));
    }
    let count = elf.program_header_count() as u64;
    if let Some(counted) = aux.phnum.filter(|counted| *counted != count) {
        return Some(Comparison::differs(format!(
            "it has {count} program headers, but the process was told of {counted}"
        )));
    }
    None
}

/// The image that starts at `header`, as far as the core holds its first page.
pub(super) fn image_in_memory(core: &dyn Memory, header: Addr, limits: &Limits) -> Option<ElfFile> {
    ElfFile::parse(SharedBytes::new(first_page(core, header)?), limits).ok()
}

/// As much of the page at `header` as the core itself holds, if that is an ELF header at least.
fn first_page(core: &dyn Memory, header: Addr) -> Option<Vec<u8>> {
    if core.origin(header) != Origin::Target {
        return None;
    }
    let mut page = vec![0; PAGE];
    let got = core.read_some(header, &mut page);
    page.truncate(got);
    (page.len() >= 64).then_some(page)
}

/// First pages differ. A stripped copy of the same link has other section headers but the same
/// build-id; anything else is another program.
fn compare_ids(elf: &ElfFile, kept: &SharedBytes, limits: &Limits) -> Comparison {
    let Ok(mapped) = ElfFile::parse(kept.clone(), limits) else {
        return Comparison::differs("where its headers would be, the core holds something else");
    };
    let same_segments = mapped
        .segments()
        .iter()
        .map(|segment| (segment.vaddr, segment.mem_size))
        .eq(elf
            .segments()
            .iter()
            .map(|segment| (segment.vaddr, segment.mem_size)));
    let ids = (mapped.gnu_build_id(), elf.gnu_build_id());
    let go_ids = (mapped.go_build_id(), elf.go_build_id());
    let same_id = match (&ids, &go_ids) {
        ((Some(in_core), Some(in_file)), _) => in_core == in_file,
        (_, (Some(in_core), Some(in_file))) => in_core == in_file,
        _ => false,
    };
    if same_id && same_segments && mapped.entry() == elf.entry() {
        return Comparison {
            same_layout: false,
            ..Comparison::proved()
        };
    }
    match ids {
        (Some(in_core), Some(in_file)) if in_core != in_file => {
            Comparison::differs(format!("its build-id is {in_file}, that of the core {in_core}"))
        }
        _ => Comparison::differs("its first page differs from the one in the core"),
    }
}

/// Go's build information lies in the data segment, which the core holds, and is never written.
fn compare_build_info(elf: &ElfFile, bias: u64, core: &dyn Memory, limits: &Limits) -> Option<Comparison> {
    const NAME: &str = ".go.buildinfo";
    /// Strings stand in place; before Go 1.18 there were pointers, which a loader relocates.
    const INLINE: u8 = 2;
    let section = elf.section(NAME)?;
    let at = section.addr.to_runtime(bias);
    let wanted = elf.section_data(NAME, limits)?.ok()?;
    if wanted.get(15).is_none_or(|flags| flags & INLINE == 0) || core.origin(at) != Origin::Target {
        return None;
    }
    let kept = core.read_bytes(at, wanted.len()).ok()?;
    Some(if kept == *wanted {
        Comparison::proved()
    } else {
        Comparison::differs("its Go build information differs from that in the core")
    })
}

fn unknown(why: &str) -> Comparison {
    Comparison {
        verified: Verified::Unknown,
        why: why.to_owned(),
        same_layout: true,
    }
}

/// The build-id of the image whose first page the core holds.
pub(super) fn build_id_in_memory(core: &dyn Memory, header: Addr, limits: &Limits) -> Option<BuildId> {
    image_in_memory(core, header, limits)?.gnu_build_id()
}
