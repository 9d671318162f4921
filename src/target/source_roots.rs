//! Where sources lie on this machine: what the environment says, and Go trees in the usual places.

use std::env;
use std::path::{Path, PathBuf};

use crate::os;
use crate::symbols::SourceRoots;

/// Where distributions, the official archive and `go` itself put Go trees.
const USUAL_GOROOTS: [&str; 4] = ["/usr/local/go", "/usr/lib/go", "/usr/lib/golang", "/usr/share/go"];

/// Where Debian's packages of Go libraries put sources.
const USUAL_TREES: [&str; 1] = ["/usr/share/gocode"];

/// Longest `VERSION` file believed.
const MOST_VERSION_BYTES: u64 = 4096;

/// What the environment says, the Go tree still to be chosen.
#[must_use]
pub fn of_this_machine() -> SourceRoots {
    let dir = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let mut trees: Vec<PathBuf> = match dir("GOPATH") {
        Some(list) => env::split_paths(&list)
            .filter(|tree| tree.is_absolute())
            .collect(),
        None => dir("HOME").map(|home| home.join("go")).into_iter().collect(),
    };
    // Modules are downloaded to the first only.
    let gopath = trees.first().cloned();
    trees.extend(USUAL_TREES.iter().map(PathBuf::from));
    SourceRoots {
        rules: Vec::new(),
        goroot: dir("GOROOT"),
        module_cache: dir("GOMODCACHE").or_else(|| Some(gopath?.join("pkg/mod"))),
        working_dir: env::current_dir().ok(),
        trees,
        own: None,
        main_module: None,
    }
}

/// Takes the Go tree of exactly `version` where there is one, else any.
///
/// Only a tree of the same release has the lines that were compiled.
pub fn choose_goroot(roots: &mut SourceRoots, version: &str) {
    let release = release(version);
    let mut candidates: Vec<PathBuf> = roots.goroot.iter().cloned().collect();
    if let Some(cache) = &roots.module_cache {
        let name = format!("golang.org/toolchain@v0.0.1-{release}.linux-amd64");
        candidates.push(cache.join(name));
    }
    if let Some(home) = env::var_os("HOME") {
        candidates.push(Path::new(&home).join("sdk").join(release));
    }
    let minor: String = release
        .trim_start_matches("go")
        .split('.')
        .take(2)
        .collect::<Vec<_>>()
        .join(".");
    candidates.push(PathBuf::from(format!("/usr/lib/go-{minor}")));
    candidates.push(PathBuf::from(format!("/usr/share/go-{minor}")));
    candidates.extend(USUAL_GOROOTS.iter().map(PathBuf::from));
    let same = candidates
        .iter()
        .find(|tree| version_of_tree(tree).as_deref() == Some(release));
    let any = || candidates.iter().find(|tree| version_of_tree(tree).is_some());
    roots.goroot = same.or_else(any).cloned().or_else(|| roots.goroot.take());
}

/// Why a file of a Go tree may not be what was compiled: it belongs to another release.
#[must_use]
pub fn doubt(file: &Path, version: &str) -> Option<String> {
    let text = file.to_str()?;
    let (tree, _) = text.split_once("/src/")?;
    let there = version_of_tree(Path::new(tree))?;
    let wanted = release(version);
    (there != wanted)
        .then(|| format!("this file is of {there}, the program was built with {wanted}: lines may differ"))
}

/// `go1.26.8 X:exp` and `go1.26.8-X:exp` are the release `go1.26.8`.
fn release(version: &str) -> &str {
    let end = version.find([' ', '-']).unwrap_or(version.len());
    version.get(..end).unwrap_or(version)
}

/// The first line of the `VERSION` file of a Go tree.
fn version_of_tree(tree: &Path) -> Option<String> {
    let bytes = os::read_small(&tree.join("VERSION"), MOST_VERSION_BYTES).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let first = text.lines().next()?.trim();
    first.starts_with("go").then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(dir: &Path, name: &str, version: &str) -> PathBuf {
        let tree = dir.join(name);
        std::fs::create_dir_all(tree.join("src/runtime")).unwrap();
        std::fs::write(tree.join("VERSION"), format!("{version}\ntime 2026-01-01\n")).unwrap();
        tree
    }

    #[test]
    fn the_tree_of_the_same_release_wins_over_the_one_that_is_set() {
        let dir = tempfile::tempdir().unwrap();
        let set = tree(dir.path(), "set", "go1.20.1");
        let same = tree(
            dir.path(),
            "golang.org/toolchain@v0.0.1-go1.24.11.linux-amd64",
            "go1.24.11",
        );
        let mut roots = SourceRoots {
            goroot: Some(set.clone()),
            module_cache: Some(dir.path().to_owned()),
            ..SourceRoots::default()
        };
        choose_goroot(&mut roots, "go1.24.11 X:aliastypeparams");
        assert_eq!(roots.goroot, Some(same));
        choose_goroot(&mut roots, "go1.20.1");
        assert_ne!(roots.goroot, Some(set), "it is no longer among the candidates");
    }

    #[test]
    fn a_file_of_another_release_is_doubted() {
        let dir = tempfile::tempdir().unwrap();
        let file = tree(dir.path(), "go", "go1.26.8").join("src/runtime/proc.go");
        assert_eq!(doubt(&file, "go1.26.8"), None);
        assert!(doubt(&file, "go1.27.3").is_some_and(|why| why.contains("go1.26.8")));
        assert_eq!(doubt(Path::new("/home/me/src/app.go"), "go1.27.3"), None);
    }
}
