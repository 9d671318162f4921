//! Which file is mapped where: the main program, libraries, the vdso, and plain data files.
//!
//! Joins NT_FILE, the auxiliary vector and the files at hand. A file that is proved to be another
//! one gives neither bytes nor names: its image stays without contents, and a warning says so.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::file_finder::FileFinder;
use super::main_image::main_path;
use crate::base::{Addr, AddrRange, CancelToken, Cancelled, Limits, SharedBytes};
use crate::elf::{CoreFile, ElfFile, FileMapping};
use crate::memory::Spliced;
use crate::model::{Warning, WarningKind};
use crate::os::FileWatch;
use crate::symbols::Image;

/// What is known before any file is looked at.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub core: &'a CoreFile,
    /// Only what the core itself holds.
    pub memory: &'a Spliced,
    pub finder: &'a FileFinder,
    pub core_modified: Option<SystemTime>,
    pub limits: &'a Limits,
    pub cancel: &'a CancelToken,
}

/// An executable that was named by the user, already parsed.
#[derive(Clone, Debug)]
pub(super) struct GivenExecutable {
    pub path: String,
    pub elf: Arc<ElfFile>,
    pub watch: Option<FileWatch>,
}

/// Contents for mappings that the core does not hold.
#[derive(Debug)]
pub(super) struct FileLayer {
    pub bytes: SharedBytes,
    pub verified: bool,
    /// Address ranges with the file offset of their first byte.
    pub ranges: Vec<(AddrRange, u64)>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The main program first.
    pub images: Vec<Image>,
    pub layers: Vec<FileLayer>,
    pub warnings: Vec<Warning>,
    pub watches: Vec<FileWatch>,
    /// Paths of libraries that are not here.
    pub missing: Vec<String>,
}

/// Finds and compares every mapped file.
pub(super) fn find(search: Search<'_>, given: Option<GivenExecutable>) -> Result<Found, Cancelled> {
    let mut found = Found::default();
    let files = by_path(search);
    let main = main_path(search, given.as_ref());
    found.add_main(search, main, &files, given);
    for (path, mappings) in &files {
        search.cancel.check()?;
        if main != Some(*path) {
            found.add_other(search, path, mappings);
        }
    }
    if files.is_empty() {
        found.add_linked(search);
    }
    found.add_vdso(search);
    found.summarise_missing(files.len(), search.limits);
    Ok(found)
}

/// Files by recorded path, each with its mappings.
pub(super) type MappedFiles<'a> = Vec<(&'a [u8], Vec<&'a FileMapping>)>;

/// Mappings grouped by file, in the order of first appearance.
fn by_path(search: Search<'_>) -> MappedFiles<'_> {
    let mut index: HashMap<&[u8], usize> = HashMap::new();
    let mut files: MappedFiles<'_> = Vec::new();
    for mapping in &search.core.notes().files.mappings {
        let at = *index.entry(&mapping.path).or_insert(files.len());
        if let Some((_, mappings)) = files.get_mut(at) {
            mappings.push(mapping);
        } else if files.len() < search.limits.files {
            files.push((&mapping.path, vec![mapping]));
        }
    }
    files
}

impl Found {
    fn summarise_missing(&mut self, files: usize, limits: &Limits) {
        if let Some(first) = self.missing.first() {
            let count = self.missing.len();
            let others = if count > 1 {
                format!(" and {} more", count - 1)
            } else {
                String::new()
            };
            self.warnings.push(Warning::new(
                WarningKind::MissingFile,
                format!(
                    "{first}{others}: not here, or not the files that were mapped; C functions in them have no names (see `images`)"
                ),
            ));
        }
        if files >= limits.files {
            self.warnings.push(Warning::new(
                WarningKind::Damaged,
                format!(
                    "the core names more than {} files; the rest was not opened",
                    limits.files
                ),
            ));
        }
    }
}

/// What lies where: by the recorded mappings, or by the file's own segments when there are none or
/// their offsets do not hold for this copy. Writable segments then stay out: they have changed.
pub(super) fn ranges(
    elf: &ElfFile,
    bias: u64,
    mappings: &[&FileMapping],
    same_layout: bool,
) -> Vec<(AddrRange, u64)> {
    if same_layout && !mappings.is_empty() {
        return mappings
            .iter()
            .map(|mapping| (mapping.range, mapping.offset))
            .collect();
    }
    elf.segments()
        .iter()
        .filter(|segment| !segment.writable && segment.file_size > 0)
        .map(|segment| {
            let start = segment.vaddr.to_runtime(bias);
            (AddrRange::sized(start, segment.file_size), segment.file_offset)
        })
        .collect()
}

/// All addresses from the lowest to the highest mapping.
pub(super) fn range_of(mappings: &[&FileMapping]) -> Option<AddrRange> {
    let start = mappings.iter().map(|mapping| mapping.range.start).min()?;
    let end = mappings.iter().map(|mapping| mapping.range.end).max()?;
    Some(AddrRange::between(start, end))
}

/// All addresses that the file's segments take.
pub(super) fn loaded_range(elf: &ElfFile, bias: u64) -> AddrRange {
    let start = elf
        .segments()
        .first()
        .map(|segment| segment.vaddr.to_runtime(bias));
    let end = elf
        .segments()
        .last()
        .map(|segment| Addr(segment.vaddr.to_runtime(bias).0.saturating_add(segment.mem_size)));
    AddrRange::between(start.unwrap_or_default(), end.unwrap_or_default())
}

/// What mappings of the file and its segments take together: `.bss` lies behind the mappings, in
/// memory that belongs to no file.
pub(super) fn whole_range(mappings: &[&FileMapping], elf: &ElfFile, bias: u64) -> AddrRange {
    let loaded = loaded_range(elf, bias);
    range_of(mappings).map_or(loaded, |mapped| {
        AddrRange::between(mapped.start.min(loaded.start), mapped.end.max(loaded.end))
    })
}

pub(super) fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
