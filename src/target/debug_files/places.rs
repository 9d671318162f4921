//! Where the debug file of an image may lie on this machine: paths in order. Opens nothing.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::elf::{BuildId, DebugLink};

/// A path worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub path: PathBuf,
    /// The check sum that the file has to have, where the place was found by a debug link.
    pub crc: Option<u32>,
}

impl Place {
    pub(super) fn plain(path: PathBuf) -> Self {
        Self { path, crc: None }
    }
}

/// `DIR/.build-id/ab/cdef.debug`, for each directory. An id of less than two bytes has no place.
pub(super) fn by_build_id(dirs: &[PathBuf], id: &BuildId) -> Vec<Place> {
    let hex = id.to_string();
    let Some((first, rest)) = hex.split_at_checked(2).filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let name = format!(".build-id/{first}/{rest}.debug");
    dirs.iter().map(|dir| Place::plain(dir.join(&name))).collect()
}

/// Beside the file, in `.debug/` beside it, and under each directory, as gdb has it: the directory's
/// name with that of the file's own directory behind it.
pub(super) fn by_link(dirs: &[PathBuf], file: &Path, link: &DebugLink) -> Result<Vec<Place>, String> {
    let name = Path::new(OsStr::from_bytes(&link.name));
    let mut parts = name.components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
        return Err("its debug link names a path, where only a name is allowed".to_owned());
    }
    let beside = file.parent().unwrap_or(Path::new("."));
    let mut paths = vec![beside.join(name), beside.join(".debug").join(name)];
    let inside = beside.strip_prefix("/").ok();
    paths.extend(
        inside
            .into_iter()
            .flat_map(|inside| dirs.iter().map(move |dir| dir.join(inside).join(name))),
    );
    paths.extend(dirs.iter().map(|dir| dir.join(name)));
    Ok(paths
        .into_iter()
        .map(|path| Place {
            path,
            crc: Some(link.crc),
        })
        .collect())
}

/// The names that people give: `app.debug` beside `app`, and `app.debug` or `app` itself in the
/// directories that were given by hand. Go up to 1.23 writes no build-id, and a bare `strip` leaves
/// no link.
pub(super) fn by_custom(given: &[PathBuf], file: &Path) -> Vec<Place> {
    let Some(name) = file.file_name() else {
        return Vec::new();
    };
    let mut with_suffix = name.to_owned();
    with_suffix.push(".debug");
    let beside = file.with_file_name(&with_suffix);
    let in_dirs = given
        .iter()
        .flat_map(|dir| [dir.join(&with_suffix), dir.join(name)]);
    std::iter::once(beside).chain(in_dirs).map(Place::plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str) -> DebugLink {
        DebugLink {
            name: name.as_bytes().to_vec(),
            crc: 7,
        }
    }

    #[test]
    fn a_build_id_is_parted_after_its_first_byte() {
        let dirs = [PathBuf::from("/usr/lib/debug")];
        let places = by_build_id(&dirs, &BuildId(vec![0xab, 0xcd, 0xef]));
        assert_eq!(
            places,
            [Place::plain("/usr/lib/debug/.build-id/ab/cdef.debug".into())]
        );
        assert!(by_build_id(&dirs, &BuildId(vec![0xab])).is_empty());
    }

    #[test]
    fn a_link_is_followed_beside_the_file_and_below_the_directories() {
        let dirs = [PathBuf::from("/usr/lib/debug")];
        let places = by_link(&dirs, Path::new("/opt/bin/app"), &link("app.debug")).unwrap();
        let paths: Vec<_> = places.iter().map(|place| place.path.to_str().unwrap()).collect();
        assert_eq!(
            paths,
            [
                "/opt/bin/app.debug",
                "/opt/bin/.debug/app.debug",
                "/usr/lib/debug/opt/bin/app.debug",
                "/usr/lib/debug/app.debug"
            ]
        );
    }

    #[test]
    fn a_link_that_is_a_path_leads_nowhere() {
        for name in ["../x", "/etc/passwd", "a/b", "..", "."] {
            assert!(
                by_link(&[], Path::new("/opt/app"), &link(name)).is_err(),
                "{name}"
            );
        }
    }
}
