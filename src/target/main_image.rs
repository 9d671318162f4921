//! The main program among the images: which file it is, where it lies, whether it is the right one.
//!
//! A file that is proved to be another program stays an image without contents, under a warning
//! that names the build-id to look for; when it was given by hand and the core itself names the
//! right one, that is taken.

use std::sync::Arc;

use super::file_finder::without_remark;
use super::images::{
    FileLayer, Found, GivenExecutable, MappedFiles, Search, lossy, range_of, ranges, whole_range,
};
use super::placement::{self, AT_ENTRY, AT_PHDR, AT_PHNUM, AuxFacts, Comparison};
use crate::base::{Addr, SharedBytes};
use crate::elf::{BuildId, CoreFile, ElfFile, FileMapping};
use crate::memory::MemoryExt;
use crate::model::{Verified, Warning, WarningKind};
use crate::os::FileWatch;
use crate::symbols::Image;

/// The recorded path of the main program: of the file that holds its headers or its entry.
pub(super) fn main_path<'a>(search: Search<'a>, given: Option<&GivenExecutable>) -> Option<&'a [u8]> {
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

/// A file that may be the main program.
pub(super) struct Main {
    path: String,
    elf: Arc<ElfFile>,
    watch: Option<FileWatch>,
    bias: u64,
    comparison: Comparison,
}

impl Found {
    pub(super) fn add_main(
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
            Some(given) => {
                let main = Main::new(search, mappings, given.path, given.elf, given.watch);
                self.proved_instead(main, search, path, mappings)
            }
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

    /// The file that was given, unless it is another program and the one that the core names is
    /// here and proved to be right: then that one, under a warning.
    fn proved_instead(
        &mut self,
        given: Main,
        search: Search<'_>,
        path: Option<&[u8]>,
        mappings: &[&FileMapping],
    ) -> Main {
        if given.comparison.verified != Verified::No {
            return given;
        }
        let Some(proved) = search_proved(search, path, mappings) else {
            return given;
        };
        self.warnings.push(Warning::new(
            WarningKind::Mismatch,
            format!(
                "{} is not the program that made this core: {}; {}, which the core names, is, and is used instead",
                given.path, given.comparison.why, proved.path
            ),
        ));
        proved
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
        let elsewhere = main_in_core(search, mappings).or_else(|| main_downloaded(search, mappings));
        if elsewhere.is_some() {
            return elsewhere;
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
                    .map(|id| format!("; look for the one with build-id {id}"))
                    .unwrap_or_default();
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
            range: whole_range(mappings, &self.elf, self.bias),
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

/// The program out of a core that holds all of its mappings, as ours do of files that were removed
/// or replaced. There are no sections in it, and its data is that of the process.
fn main_in_core(search: Search<'_>, mappings: &[&FileMapping]) -> Option<Main> {
    let end = |mapping: &&FileMapping| mapping.offset.checked_add(mapping.range.len());
    let len = mappings
        .iter()
        .map(end)
        .try_fold(0, |most, end| Some(end?.max(most)))?;
    let is_held = |mapping: &&FileMapping| search.memory.target_bytes(mapping.range) == mapping.range.len();
    if len == 0 || len > search.limits.unpacked_bytes || !mappings.iter().all(is_held) {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(len).ok()?];
    for mapping in mappings {
        let from = usize::try_from(mapping.offset).ok()?;
        let to = from.checked_add(usize::try_from(mapping.range.len()).ok()?)?;
        search
            .memory
            .read_exact(mapping.range.start, bytes.get_mut(from..to)?)
            .ok()?;
    }
    let elf = Arc::new(ElfFile::parse(SharedBytes::new(bytes), search.limits).ok()?);
    let main = Main::new(search, mappings, "the core itself".to_owned(), elf, None);
    (main.comparison.verified == Verified::Yes).then_some(main)
}

/// The program as it was downloaded before, by the build-id that the core holds.
fn main_downloaded(search: Search<'_>, mappings: &[&FileMapping]) -> Option<Main> {
    let phdr = search.core.notes().aux(AT_PHDR).map(|at| Addr(at & !0xfff));
    let start = mappings.iter().find(|mapping| mapping.offset == 0);
    let header = start.map(|mapping| mapping.range.start).or(phdr)?;
    let id = placement::build_id_in_memory(search.memory, header, search.limits)?;
    let (file, elf) = search.finder.downloaded(&id, search.limits)?;
    let main = Main::new(search, mappings, file.path, Arc::new(elf), file.watch);
    (main.comparison.verified == Verified::Yes).then_some(main)
}

/// A file at the recorded place that is proved to be the program.
fn search_proved(search: Search<'_>, path: Option<&[u8]>, mappings: &[&FileMapping]) -> Option<Main> {
    search
        .finder
        .candidates(path?, true)
        .filter_map(|file| {
            let elf = ElfFile::parse(file.bytes, search.limits).ok()?;
            Some(Main::new(search, mappings, file.path, Arc::new(elf), file.watch))
        })
        .find(|main| main.comparison.verified == Verified::Yes)
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
