//! Everything mapped besides the main program: libraries, the vdso, plain data files.
//!
//! A library that is not here, or not the one that was mapped, is listed without contents.

use std::sync::Arc;

use super::file_finder::{FoundFile, without_remark};
use super::images::{FileLayer, Found, Search, loaded_range, lossy, range_of, ranges, whole_range};
use super::{link_map, placement};
use crate::base::{Addr, AddrRange, SharedBytes};
use crate::elf::{ElfFile, FileMapping};
use crate::memory::MemoryExt;
use crate::model::Verified;
use crate::symbols::Image;

/// `AT_SYSINFO_EHDR`: where the vdso lies.
const AT_SYSINFO_EHDR: u64 = 33;

impl Found {
    /// A library, or a data file.
    pub(super) fn add_other(&mut self, search: Search<'_>, path: &[u8], mappings: &[&FileMapping]) {
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
        let start = mappings.iter().find(|mapping| mapping.offset == 0);
        let id = start.and_then(|mapping| {
            placement::build_id_in_memory(search.memory, mapping.range.start, search.limits)
        });
        let downloaded = id.and_then(|id| search.finder.downloaded(&id, search.limits));
        if let Some((file, elf)) = downloaded
            && self.add_library(search, path, mappings, (&file, elf)).is_ok()
        {
            return;
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
                range: whole_range(own, &elf, bias),
                build_id: elf.gnu_build_id(),
                verified: comparison.verified,
                is_main: false,
            });
        }
        self.watches.extend(file.watch.clone());
        Ok(())
    }

    /// Libraries of a core that names no files, out of the dynamic linker's list.
    pub(super) fn add_linked(&mut self, search: Search<'_>) {
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
    pub(super) fn add_vdso(&mut self, search: Search<'_>) {
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
}
