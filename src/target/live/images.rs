//! The images of a live process: the very files that are mapped, opened through `/proc`.
//!
//! `/proc/PID/exe` and `/proc/PID/map_files` lead to the mapped file itself, also when its name was
//! removed, replaced, or belongs to another mount namespace. Where only the name is left, the file
//! is compared with what is in memory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::images::{FileLayer, Found, lossy, range_of, whole_range};
use super::super::placement;
use crate::base::{AddrRange, CancelToken, Cancelled, Limits, SharedBytes};
use crate::elf::{ElfFile, FileMapping};
use crate::memory::{Memory, MemoryExt};
use crate::model::{Verified, Warning, WarningKind};
use crate::os::{self, Mapping, ProcDir};
use crate::symbols::Image;

/// What is known of a process before any of its files is opened.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub process: &'a ProcDir,
    pub mappings: &'a [Mapping],
    pub memory: &'a dyn Memory,
    pub limits: &'a Limits,
    pub cancel: &'a CancelToken,
}

/// One mapped file: everything of it that is mapped.
struct Mapped<'a> {
    first: &'a Mapping,
    mappings: Vec<&'a Mapping>,
}

/// Inode, device, name: what makes two mappings those of one file.
type FileKey<'a> = (u64, (u32, u32), &'a [u8]);

/// A file that was opened.
struct Opened {
    from: PathBuf,
    file: os::MappedFile,
    /// Proved by the kernel to be the one that is mapped.
    is_same: bool,
}

/// Finds every image, the program itself first. Files that are only data are left to the process.
pub(super) fn find(search: Search<'_>) -> Result<Found, Cancelled> {
    let mut found = Found::default();
    let exe = os::identity(&search.process.exe()).ok();
    let name = search.process.exe_name().ok();
    let files = by_file(search);
    let is_exe = |mapped: &Mapped<'_>| {
        let inode = mapped.first.inode;
        let by_inode = exe.is_some_and(|exe| exe.1 == inode);
        by_inode
            && (exe.is_some_and(|exe| exe.0 == mapped.first.device)
                || name.as_deref().is_some_and(|name| {
                    name.as_os_str()
                        .as_encoded_bytes()
                        .starts_with(&mapped.first.name)
                }))
    };
    let main = files.iter().position(is_exe);
    if let Some(mapped) = main.and_then(|at| files.get(at)) {
        add(&mut found, search, mapped, true);
    }
    for (at, mapped) in files.iter().enumerate() {
        search.cancel.check()?;
        if main != Some(at) {
            add(&mut found, search, mapped, false);
        }
    }
    add_vdso(&mut found, search);
    Ok(found)
}

/// Mapped files that hold code, in the order of their addresses.
fn by_file(search: Search<'_>) -> Vec<Mapped<'_>> {
    let mut index: HashMap<FileKey<'_>, usize> = HashMap::new();
    let mut files: Vec<Mapped<'_>> = Vec::new();
    for mapping in search.mappings {
        let Some(path) = mapping.path() else { continue };
        let key = (mapping.inode, mapping.device, path);
        let at = *index.entry(key).or_insert(files.len());
        match files.get_mut(at) {
            Some(file) => file.mappings.push(mapping),
            None => files.push(Mapped {
                first: mapping,
                mappings: vec![mapping],
            }),
        }
    }
    files.retain(|file| file.mappings.iter().any(|mapping| mapping.permissions.execute));
    files.truncate(search.limits.files);
    files
}

fn open(search: Search<'_>, mapped: &Mapped<'_>, is_main: bool) -> Result<Opened, String> {
    let same = if is_main {
        search.process.exe()
    } else {
        search.process.mapped_file(mapped.first.range)
    };
    let why = match os::map_file(&same) {
        Ok(file) => {
            return Ok(Opened {
                from: same,
                file,
                is_same: true,
            });
        }
        Err(error) => error.to_string(),
    };
    if mapped.first.deleted {
        return Err(format!("its name was removed, and {why}"));
    }
    let from = search.process.inside(&mapped.first.name);
    let file = os::map_file(&from).map_err(|error| error.to_string())?;
    let is_same = os::identity(&from).is_ok_and(|found| found == (mapped.first.device, mapped.first.inode));
    Ok(Opened { from, file, is_same })
}

fn add(found: &mut Found, search: Search<'_>, mapped: &Mapped<'_>, is_main: bool) {
    let name = lossy(&mapped.first.name);
    let outcome = open(search, mapped, is_main).and_then(|opened| {
        let elf =
            ElfFile::parse(opened.file.bytes.clone(), search.limits).map_err(|error| error.to_string())?;
        Ok((opened, elf))
    });
    match outcome {
        Ok((opened, elf)) => add_elf(found, search, mapped, (opened, Arc::new(elf), is_main)),
        Err(why) => {
            let mappings = file_mappings(mapped);
            let borrowed: Vec<&FileMapping> = mappings.iter().collect();
            if is_main {
                found.warnings.push(Warning::new(
                    WarningKind::MissingFile,
                    format!("the executable {name} cannot be read: {why}"),
                ));
            }
            found.images.push(Image {
                path: name.into(),
                from: format!("nowhere: {why}"),
                elf: None,
                bias: 0,
                range: range_of(&borrowed).unwrap_or_default(),
                build_id: None,
                verified: Verified::Unknown,
                is_main,
            });
        }
    }
}

fn add_elf(
    found: &mut Found,
    search: Search<'_>,
    mapped: &Mapped<'_>,
    (opened, elf, is_main): (Opened, Arc<ElfFile>, bool),
) {
    let mappings = file_mappings(mapped);
    let borrowed: Vec<&FileMapping> = mappings.iter().collect();
    let Some(bias) = mappings
        .first()
        .and_then(|first| placement::bias_from_mapping(&elf, first))
    else {
        return;
    };
    let verified = if opened.is_same {
        Verified::Yes
    } else {
        placement::compare(&elf, bias, search.memory, search.limits).verified
    };
    let believed = verified != Verified::No;
    if verified == Verified::Yes {
        found.layers.push(layer(&opened, mapped));
    }
    let from = opened.from.display().to_string();
    found.images.push(Image {
        path: lossy(&mapped.first.name).into(),
        from: if believed {
            from
        } else {
            format!("nowhere: {from} is another file than the one that is mapped")
        },
        bias,
        range: whole_range(&borrowed, &elf, bias),
        build_id: elf.gnu_build_id(),
        elf: believed.then_some(elf),
        verified,
        is_main,
    });
    found.watches.push(opened.file.watch);
}

/// The parts of a file that the process cannot have changed by writing to them.
fn layer(opened: &Opened, mapped: &Mapped<'_>) -> FileLayer {
    let constant = mapped
        .mappings
        .iter()
        .filter(|mapping| !mapping.permissions.write && mapping.permissions.read);
    FileLayer {
        bytes: opened.file.bytes.clone(),
        verified: true,
        ranges: constant.map(|mapping| (mapping.range, mapping.offset)).collect(),
    }
}

fn file_mappings(mapped: &Mapped<'_>) -> Vec<FileMapping> {
    mapped
        .mappings
        .iter()
        .map(|mapping| FileMapping {
            range: mapping.range,
            offset: mapping.offset,
            path: mapping.name.clone(),
        })
        .collect()
}

/// The kernel's own library, which only exists in memory.
fn add_vdso(found: &mut Found, search: Search<'_>) {
    /// Two pages today; anything long is something else.
    const LONGEST: u64 = 1 << 20;
    let vdso = search.mappings.iter().find(|mapping| mapping.name == b"[vdso]");
    let Some(range) = vdso
        .map(|mapping| mapping.range)
        .filter(|range| range.len() <= LONGEST)
    else {
        return;
    };
    found.images.extend(vdso_image(search, range));
}

fn vdso_image(search: Search<'_>, range: AddrRange) -> Option<Image> {
    let len = usize::try_from(range.len()).ok()?;
    let bytes = search.memory.read_bytes(range.start, len).ok()?;
    let elf = ElfFile::parse(SharedBytes::new(bytes), search.limits).ok()?;
    let linked = elf.addr_of_offset(0)?;
    Some(Image {
        path: "[vdso]".into(),
        from: "the process".to_owned(),
        bias: range.start.0.wrapping_sub(linked.0),
        range,
        build_id: elf.gnu_build_id(),
        elf: Some(Arc::new(elf)),
        verified: Verified::Yes,
        is_main: false,
    })
}
