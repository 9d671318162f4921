//! The file that several debug files share (`dwz`): `.gnu_debugaltlink`, proved by its build-id.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::places;
use crate::base::Limits;
use crate::elf::{AltLink, ElfFile};
use crate::os;

/// The supplementary file of `elf`, which was found as `file`; `None` where it names none, or none
/// that is here. What was found and not used is added to `refused`.
pub(super) fn find(
    dirs: &[PathBuf],
    file: &Path,
    elf: &ElfFile,
    limits: &Limits,
    refused: &mut Vec<String>,
) -> Option<Arc<ElfFile>> {
    let link = elf.alt_link(limits)?;
    let by_id = places::by_build_id(dirs, &link.build_id);
    let paths = by_id.into_iter().map(|place| place.path);
    let mut found = false;
    for path in paths.chain(by_name(dirs, file, &link)) {
        let Ok(mapped) = os::map_file(&path) else { continue };
        found = true;
        match ElfFile::parse(mapped.bytes, limits) {
            Ok(elf) if elf.gnu_build_id().as_ref() == Some(&link.build_id) => return Some(Arc::new(elf)),
            Ok(_) => refused.push(format!("{}: its build-id is another one", path.display())),
            Err(error) => refused.push(format!("{}: {error}", path.display())),
        }
    }
    if !found {
        refused.push(format!(
            "{}: a part of its names is in {} (build-id {}), which is not here",
            file.display(),
            String::from_utf8_lossy(&link.name),
            link.build_id
        ));
    }
    None
}

/// The name as written: absolute, or seen from the file; and its end below each directory's `.dwz`.
fn by_name(dirs: &[PathBuf], file: &Path, link: &AltLink) -> Vec<PathBuf> {
    let name = Path::new(OsStr::from_bytes(&link.name));
    let mut paths = Vec::new();
    if let Some(beside) = file.parent() {
        paths.push(beside.join(name));
    }
    // `../../.dwz/x86_64-linux-gnu/libc6.debug`, as distributions write it.
    let below: PathBuf = name
        .components()
        .skip_while(|part| *part != Component::Normal(OsStr::new(".dwz")))
        .collect();
    if !below.as_os_str().is_empty() {
        paths.extend(dirs.iter().map(|dir| dir.join(&below)));
    }
    paths
}
