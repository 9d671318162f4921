//! Which file is mapped where: the main program, libraries, the vdso, and plain data files.
//!
//! Joins NT_FILE, the auxiliary vector and the files at hand. A file that is proved to be another
//! one gives neither bytes nor names: its image stays without contents, and a warning says so.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::file_finder::{FileFinder, FoundFile, without_remark};
use super::link_map;
use super::placement::{self, AT_ENTRY, AT_PHDR, AT_PHNUM, AuxFacts, Comparison};
use crate::base::{Addr, AddrRange, CancelToken, Cancelled, Limits, SharedBytes};
use crate::elf::{BuildId, CoreFile, ElfFile, FileMapping};
use crate::memory::{MemoryExt, Spliced};
use crate::model::{Verified, Warning, WarningKind};
use crate::os::FileWatch;
use crate::symbols::Image;

/// `AT_SYSINFO_EHDR`: where the vdso lies.
const AT_SYSINFO_EHDR: u64 = 33;

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
    missing: Vec<String>,
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

type MappedFiles<'a> = Vec<(&'a [u8], Vec<&'a FileMapping>)>;

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

/// The recorded path of the main program: of the file that holds its headers or its entry.
fn main_path<'a>(search: Search<'a>, given: Option<&GivenExecutable>) -> Option<&'a [u8]> {
    let notes = search.core.notes();
    let mappings = &notes.files.mappings;
    let by_aux = [AT_PHDR, AT_ENTRY]
        .into_iter()
        .filter_map(|kind| notes.aux(kind))
        .find_map(|at| mappings.iter().find(|mapping| mapping.range.contains(Addr(at))));
    let name_of = |path: &[u8]| path.rsplit(|byte| *byte == b'/').next().map(<[u8]>::to_vec);
    let by_name = || {
        let wanted = name_of(given?.path.as_bytes())?;
        mappings
            .iter()
            .find(|mapping| name_of(without_remark(&mapping.path).0).is_some_and(|name| name == wanted))
    };
    let by_comm = || {
        let comm = &notes.process.as_ref()?.comm;
        let starts = |path: &[u8]| name_of(path).is_some_and(|name| name.starts_with(comm));
        (!comm.is_empty()).then(|| mappings.iter().find(|mapping| starts(&mapping.path)))?
    };
    by_aux
        .or_else(by_name)
        .or_else(by_comm)
        .map(|mapping| mapping.path.as_slice())
}

impl Found {
    fn add_main(
        &mut self,
        search: Search<'_>,
        path: Option<&[u8]>,
        files: &MappedFiles<'_>,
        given: Option<GivenExecutable>,
    ) {
        let mappings = files
            .iter()
            .find(|(name, _)| Some(*name) == path)
            .map(|(_, mappings)| mappings.as_slice())
            .unwrap_or_default();
        let candidate = match given {
            Some(given) => Main::new(search, mappings, given.path, given.elf, given.watch),
            None => match self.search_main(search, path, mappings) {
                Some(main) => main,
                None => return self.add_main_without_file(search, path, mappings),
            },
        };
        self.warn_about_main(&candidate, search);
        let recorded = path.map_or_else(|| candidate.path.clone(), lossy);
        let image = candidate.image(recorded, mappings, search);
        if image.elf.is_some() {
            self.layers.extend(candidate.layer(mappings));
        }
        self.watches.extend(candidate.watch);
        self.images.push(image);
    }

    /// The first file that fits; else the first that is an ELF file at all, to be shown as wrong.
    fn search_main(
        &mut self,
        search: Search<'_>,
        path: Option<&[u8]>,
        mappings: &[&FileMapping],
    ) -> Option<Main> {
        let mut wrong = None;
        let recorded = path.map_or_else(|| exec_name(search), |path| Some(path.to_vec()))?;
        let mut candidates = search.finder.candidates(&recorded, true);
        for file in candidates.by_ref() {
            let Ok(elf) = ElfFile::parse(file.bytes.clone(), search.limits) else {
                continue;
            };
            let main = Main::new(search, mappings, file.path, Arc::new(elf), file.watch);
            if main.comparison.verified != Verified::No {
                return Some(main);
            }
            wrong.get_or_insert(main);
        }
        if wrong.is_none() {
            let why = candidates
                .failure
                .unwrap_or_else(|| "it is no executable".to_owned());
            self.warnings.push(Warning::new(
                WarningKind::MissingFile,
                format!(
                    "the executable {} is not here ({why}): functions and goroutines need it; give its path before that of the core",
                    lossy(&recorded)
                ),
            ));
        }
        wrong
    }

    fn add_main_without_file(&mut self, search: Search<'_>, path: Option<&[u8]>, mappings: &[&FileMapping]) {
        let aux = aux_facts(search.core);
        let header = mappings
            .iter()
            .find(|mapping| mapping.offset == 0)
            .map(|mapping| mapping.range.start)
            // The table of program headers follows the file header, which lies on a page.
            .or_else(|| aux.phdr.map(|at| Addr(at & !0xfff)));
        let in_memory = header.and_then(|at| placement::image_in_memory(search.memory, at, search.limits));
        let bias = in_memory
            .as_ref()
            .and_then(|elf| placement::bias_from_aux(elf, aux))
            .unwrap_or(0);
        let Some(path) = path
            .map(lossy)
            .or_else(|| exec_name(search).as_deref().map(lossy))
        else {
            return;
        };
        self.images.push(Image {
            path: path.into(),
            from: "nowhere: the file was not found".to_owned(),
            elf: None,
            bias,
            range: range_of(mappings).unwrap_or_default(),
            build_id: in_memory.and_then(|elf| elf.gnu_build_id()),
            verified: Verified::Unknown,
            is_main: true,
        });
    }

    fn warn_about_main(&mut self, main: &Main, search: Search<'_>) {
        let Main { path, comparison, .. } = main;
        match comparison.verified {
            Verified::Yes => {}
            Verified::Unknown => self.warnings.push(Warning::new(
                WarningKind::Unverified,
                format!("{path} could not be compared with the core: {}", comparison.why),
            )),
            Verified::No => {
                let wanted = main
                    .id_in_core(search)
                    .map_or_else(String::new, |id| format!("; look for the one with build-id {id}"));
                self.warnings.push(Warning::new(
                    WarningKind::Mismatch,
                    format!(
                        "{path} is not the program that made this core: {}; nothing of it is used{wanted}",
                        comparison.why
                    ),
                ));
            }
        }
    }

    /// A library, or a data file.
    fn add_other(&mut self, search: Search<'_>, path: &[u8], mappings: &[&FileMapping]) {
        let mut candidates = search.finder.candidates(path, false);
        let mut refused = None;
        for file in candidates.by_ref() {
            match ElfFile::parse(file.bytes.clone(), search.limits) {
                Ok(elf) => match self.add_library(search, path, mappings, (&file, elf)) {
                    Ok(()) => return,
                    Err(why) => {
                        refused.get_or_insert(format!("{}: {why}", file.path));
                    }
                },
                Err(_) => return self.add_data(search, path, mappings, &file),
            }
        }
        let why = refused.or(candidates.failure);
        self.add_missing(search, path, mappings, why);
    }

    /// One image for each time the library is mapped; `Err` says why the file is another one.
    fn add_library(
        &mut self,
        search: Search<'_>,
        path: &[u8],
        mappings: &[&FileMapping],
        (file, elf): (&FoundFile, ElfFile),
    ) -> Result<(), String> {
        let elf = Arc::new(elf);
        let end = elf
            .segments()
            .last()
            .map_or(0, |segment| segment.vaddr.0.saturating_add(segment.mem_size));
        let mut rest = mappings;
        while let Some((first, _)) = rest.split_first() {
            let bias = placement::bias_from_mapping(&elf, first)
                .ok_or_else(|| "it has no segment for what was mapped".to_owned())?;
            let inside = rest.partition_point(|mapping| mapping.range.start.0.wrapping_sub(bias) < end);
            let (own, others) = rest.split_at_checked(inside.max(1)).unwrap_or((rest, &[]));
            rest = others;
            let comparison = placement::compare(&elf, bias, search.memory, search.limits);
            if comparison.verified == Verified::No {
                return Err(comparison.why);
            }
            self.layers.push(FileLayer {
                bytes: file.bytes.clone(),
                verified: comparison.verified == Verified::Yes,
                ranges: ranges(&elf, bias, own, comparison.same_layout),
            });
            self.images.push(Image {
                path: lossy(path).into(),
                from: file.path.clone(),
                elf: Some(Arc::clone(&elf)),
                bias,
                range: range_of(own).unwrap_or_default(),
                build_id: elf.gnu_build_id(),
                verified: comparison.verified,
                is_main: false,
            });
        }
        self.watches.extend(file.watch.clone());
        Ok(())
    }

    /// Libraries of a core that names no files, out of the dynamic linker's list.
    fn add_linked(&mut self, search: Search<'_>) {
        let Some((program, bias)) = self
            .images
            .first()
            .and_then(|main| Some((main.elf.clone()?, main.bias)))
        else {
            return;
        };
        for library in link_map::libraries(search.memory, &program, bias, search.limits) {
            let mut candidates = search.finder.candidates(&library.path, false);
            let found = candidates.by_ref().find_map(|file| {
                let elf = ElfFile::parse(file.bytes.clone(), search.limits).ok()?;
                let comparison = placement::compare(&elf, library.bias, search.memory, search.limits);
                (comparison.verified != Verified::No).then_some((file, elf, comparison))
            });
            let Some((file, elf, comparison)) = found else {
                self.missing.push(lossy(&library.path));
                continue;
            };
            self.layers.push(FileLayer {
                bytes: file.bytes,
                verified: comparison.verified == Verified::Yes,
                ranges: ranges(&elf, library.bias, &[], comparison.same_layout),
            });
            self.images.push(Image {
                path: lossy(&library.path).into(),
                from: file.path,
                bias: library.bias,
                range: loaded_range(&elf, library.bias),
                build_id: elf.gnu_build_id(),
                elf: Some(Arc::new(elf)),
                verified: comparison.verified,
                is_main: false,
            });
            self.watches.extend(file.watch);
        }
    }

    /// A file without ELF header cannot be compared: it is used if it was not written since.
    fn add_data(&mut self, search: Search<'_>, path: &[u8], mappings: &[&FileMapping], file: &FoundFile) {
        let (_, deleted) = without_remark(path);
        let older = matches!((file.modified, search.core_modified), (Some(file), Some(core)) if file < core);
        if deleted || !older {
            return;
        }
        self.layers.push(FileLayer {
            bytes: file.bytes.clone(),
            verified: false,
            ranges: mappings
                .iter()
                .map(|mapping| (mapping.range, mapping.offset))
                .collect(),
        });
        self.watches.extend(file.watch.clone());
    }

    /// An image that is known to be one by the page that the core holds; others are not listed.
    fn add_missing(
        &mut self,
        search: Search<'_>,
        path: &[u8],
        mappings: &[&FileMapping],
        why: Option<String>,
    ) {
        let why = why.unwrap_or_else(|| "files of this machine are not used".to_owned());
        let start = mappings.iter().find(|mapping| mapping.offset == 0);
        let header = start.map(|mapping| mapping.range.start);
        let in_memory = header.and_then(|at| placement::image_in_memory(search.memory, at, search.limits));
        let Some((elf, mapping)) = in_memory.zip(start) else {
            return;
        };
        if search.finder.use_disk {
            self.missing.push(lossy(path));
        }
        self.images.push(Image {
            path: lossy(path).into(),
            from: format!("nowhere: {why}"),
            elf: None,
            bias: placement::bias_from_mapping(&elf, mapping).unwrap_or(0),
            range: range_of(mappings).unwrap_or_default(),
            build_id: elf.gnu_build_id(),
            verified: Verified::Unknown,
            is_main: false,
        });
    }

    /// The kernel's own library, which only exists in memory.
    fn add_vdso(&mut self, search: Search<'_>) {
        let Some(start) = search.core.notes().aux(AT_SYSINFO_EHDR).map(Addr) else {
            return;
        };
        let segment = search
            .core
            .segments()
            .iter()
            .find(|segment| segment.range.contains(start));
        let len = segment.map_or(0, |segment| segment.range.end.0.saturating_sub(start.0));
        // Two pages today; anything long is something else.
        let Some(len) = usize::try_from(len)
            .ok()
            .filter(|len| (64..1 << 20).contains(len))
        else {
            return;
        };
        let Ok(bytes) = search.memory.read_bytes(start, len) else {
            return;
        };
        let Ok(elf) = ElfFile::parse(SharedBytes::new(bytes), search.limits) else {
            return;
        };
        let bias = elf
            .addr_of_offset(0)
            .map_or(start.0, |linked| start.0.wrapping_sub(linked.0));
        self.images.push(Image {
            path: "[vdso]".into(),
            from: "the core".to_owned(),
            bias,
            range: AddrRange::sized(start, len as u64),
            build_id: elf.gnu_build_id(),
            elf: Some(Arc::new(elf)),
            verified: Verified::Yes,
            is_main: false,
        });
    }

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

/// A file that may be the main program.
struct Main {
    path: String,
    elf: Arc<ElfFile>,
    watch: Option<FileWatch>,
    bias: u64,
    comparison: Comparison,
}

impl Main {
    fn new(
        search: Search<'_>,
        mappings: &[&FileMapping],
        path: String,
        elf: Arc<ElfFile>,
        watch: Option<FileWatch>,
    ) -> Self {
        let aux = aux_facts(search.core);
        let by_mapping = mappings
            .first()
            .and_then(|first| placement::bias_from_mapping(&elf, first));
        let starts = search.core.segments().iter().map(|segment| segment.range.start);
        let known = placement::bias_from_aux(&elf, aux)
            .or(by_mapping)
            .or_else(|| placement::bias_from_memory(&elf, search.memory, starts));
        let bias = known.unwrap_or(0);
        let comparison = placement::refuted_by_aux(&elf, bias, aux)
            .unwrap_or_else(|| placement::compare(&elf, bias, search.memory, search.limits));
        Self {
            path,
            elf,
            watch,
            bias,
            comparison,
        }
    }

    fn image(&self, recorded: String, mappings: &[&FileMapping], search: Search<'_>) -> Image {
        let believed = self.comparison.verified != Verified::No;
        Image {
            path: recorded.into(),
            from: if believed {
                self.path.clone()
            } else {
                format!("nowhere: {} is another program", self.path)
            },
            elf: believed.then(|| Arc::clone(&self.elf)),
            bias: self.bias,
            range: range_of(mappings).unwrap_or_else(|| loaded_range(&self.elf, self.bias)),
            build_id: if believed {
                self.elf.gnu_build_id()
            } else {
                self.id_in_core(search)
            },
            verified: self.comparison.verified,
            is_main: true,
        }
    }

    fn id_in_core(&self, search: Search<'_>) -> Option<BuildId> {
        let notes = search.core.notes();
        let phdr = notes.aux(AT_PHDR).map(|at| Addr(at & !0xfff));
        let linked = self
            .elf
            .addr_of_offset(0)
            .map(|linked| linked.to_runtime(self.bias));
        [phdr, linked]
            .into_iter()
            .flatten()
            .find_map(|header| placement::build_id_in_memory(search.memory, header, search.limits))
    }

    fn layer(&self, mappings: &[&FileMapping]) -> Option<FileLayer> {
        (!self.elf.is_debug_only()).then(|| FileLayer {
            bytes: self.elf.bytes().clone(),
            verified: self.comparison.verified == Verified::Yes,
            ranges: ranges(&self.elf, self.bias, mappings, self.comparison.same_layout),
        })
    }
}

/// What lies where: by the recorded mappings, or by the file's own segments when there are none or
/// their offsets do not hold for this copy. Writable segments then stay out: they have changed.
fn ranges(elf: &ElfFile, bias: u64, mappings: &[&FileMapping], same_layout: bool) -> Vec<(AddrRange, u64)> {
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

fn aux_facts(core: &CoreFile) -> AuxFacts {
    let notes = core.notes();
    AuxFacts {
        phdr: notes.aux(AT_PHDR).filter(|at| *at != 0),
        phnum: notes.aux(AT_PHNUM),
        entry: notes.aux(AT_ENTRY).filter(|at| *at != 0),
    }
}

/// What the process was started as: for cores that list no files.
fn exec_name(search: Search<'_>) -> Option<Vec<u8>> {
    const AT_EXECFN: u64 = 31;
    let notes = search.core.notes();
    let by_aux = notes.aux(AT_EXECFN).and_then(|at| {
        search
            .memory
            .read_c_string(Addr(at), search.limits.text_bytes)
            .ok()
    });
    let by_args = || {
        let args = &notes.process.as_ref()?.args;
        args.split(|byte| matches!(byte, 0 | b' '))
            .next()
            .map(<[u8]>::to_vec)
    };
    by_aux.or_else(by_args).filter(|name| !name.is_empty())
}

fn range_of(mappings: &[&FileMapping]) -> Option<AddrRange> {
    let start = mappings.iter().map(|mapping| mapping.range.start).min()?;
    let end = mappings.iter().map(|mapping| mapping.range.end).max()?;
    Some(AddrRange::between(start, end))
}

fn loaded_range(elf: &ElfFile, bias: u64) -> AddrRange {
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

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
