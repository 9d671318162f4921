//! Where the program's own sources were when it was built, and where they are here: a rule worked
//! out instead of asked for.
//!
//! ```text
//!   main.main is of package  example.com/app/cmd/srv      (build information)
//!   in module                example.com/app
//!   recorded in              /ci/job7/app/cmd/srv/main.go
//!   so the module was in     /ci/job7/app
//!   and is here in           the directory at or above this one whose go.mod says so
//! ```
//!
//! Both ends are known, none is tried out; what is found by it is the right file as far as a
//! checkout is of the right version. The rule is the same each time a build is opened.

use std::path::{Path, PathBuf};

use crate::model::PathRule;
use crate::os;

/// Longest go.mod read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The directory at or above `start` that holds the module `path`.
pub(super) fn checkout(start: &Path, path: &str) -> Option<PathBuf> {
    let found = start.ancestors().find(|dir| {
        os::read_small(&dir.join("go.mod"), MOST_BYTES)
            .is_ok_and(|bytes| module_of(&String::from_utf8_lossy(&bytes)) == Some(path))
    })?;
    Some(found.to_owned())
}

/// The path that a go.mod declares.
fn module_of(text: &str) -> Option<&str> {
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("module "))?;
    let line = line.split("//").next().unwrap_or(line);
    Some(line.trim().trim_matches('"'))
}

/// `main_file` is where main.main was recorded, `package` the import path of its package.
pub(super) fn rule(main_file: &str, package: &str, module: &str, checkout: &Path) -> Option<PathRule> {
    if !main_file.starts_with('/') {
        return None;
    }
    let dir = Path::new(main_file).parent()?;
    let below = package.strip_prefix(module)?;
    // `example.com/apple` is no package of `example.com/app`.
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    let from = below
        .split('/')
        .rev()
        .filter(|part| !part.is_empty())
        .try_fold(dir, |dir, part| {
            (dir.file_name()? == part).then(|| dir.parent()).flatten()
        })?;
    Some(PathRule {
        from: from.to_str()?.to_owned(),
        to: checkout.to_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(file: &str, package: &str) -> Option<String> {
        rule(file, package, "example.com/app", Path::new("/here")).map(|rule| rule.from)
    }

    #[test]
    fn the_modules_directory_follows_from_where_main_was() {
        assert_eq!(
            from("/ci/app/cmd/srv/main.go", "example.com/app/cmd/srv").as_deref(),
            Some("/ci/app")
        );
        assert_eq!(
            from("/ci/job7/main.go", "example.com/app").as_deref(),
            Some("/ci/job7")
        );
    }

    #[test]
    fn what_does_not_fit_gives_no_rule() {
        assert_eq!(from("/ci/other/main.go", "example.com/app/cmd/srv"), None);
        assert_eq!(from("/ci/x/main.go", "example.com/apple"), None);
        assert_eq!(from("/tmp/main.go", "command-line-arguments"), None);
        assert_eq!(from("example.com/app/main.go", "example.com/app"), None);
    }

    #[test]
    fn a_checkout_is_known_by_its_go_mod() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("cmd/srv");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(
            dir.path().join("go.mod"),
            "// ours\nmodule example.com/app // v1\n\ngo 1.21\n",
        )
        .unwrap();
        assert_eq!(checkout(&inner, "example.com/app").as_deref(), Some(dir.path()));
        assert_eq!(checkout(&inner, "example.com/ap"), None);
    }
}
