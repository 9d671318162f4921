//! Where the source file recorded as some path can be on this machine: candidates in order.
//!
//! Pure: the caller tries the files, and decides what a file newer than the program means.

use std::path::{Path, PathBuf};

use crate::model::PathRule;

/// What is known about where sources lie on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceRoots {
    /// `--substitute-path` and the config file's rules, first match wins.
    pub rules: Vec<PathRule>,
    /// `GOROOT`, when known: holds `src/`.
    pub goroot: Option<PathBuf>,
    /// `GOMODCACHE`, or `GOPATH/pkg/mod`.
    pub module_cache: Option<PathBuf>,
    /// Directory of the program's own module: where this debugger was started.
    pub working_dir: Option<PathBuf>,
    /// Trees with a `src/` that holds packages by import path: those of GOPATH, and the
    /// distribution's.
    pub trees: Vec<PathBuf>,
    /// Where the main module was when it was built, and where it is here, as far as both are known.
    pub own: Option<PathRule>,
    /// Path of the main module, from the build information: `example.com/app`.
    pub main_module: Option<String>,
}

/// All places where the file recorded as `recorded` may be, the likeliest first, none twice.
#[must_use]
pub fn source_candidates(recorded: &str, roots: &SourceRoots) -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    if let Some(replaced) = substitute(recorded, &roots.rules) {
        candidates.push(replaced);
    }
    if Path::new(recorded).is_absolute() {
        candidates.push(PathBuf::from(recorded));
        candidates.extend(substitute(recorded, roots.own.as_slice()));
        candidates.extend(moved_goroot(recorded, roots));
        candidates.extend(moved_module(recorded, roots));
        candidates.extend(moved_tree(recorded, roots));
        candidates.extend(of_distribution(recorded));
    } else {
        candidates.extend(trimmed(recorded, roots));
    }
    let mut seen = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        if !leaves_its_root(&candidate) && !seen.contains(&candidate) {
            seen.push(candidate);
        }
    }
    seen
}

/// A rule's `from` matches whole path elements only: `/a` is no prefix of `/ab`.
fn substitute(recorded: &str, rules: &[PathRule]) -> Option<PathBuf> {
    rules.iter().find_map(|rule| {
        let from = rule.from.trim_end_matches('/');
        let rest = recorded.strip_prefix(from)?;
        if !rest.is_empty() && !rest.starts_with('/') && !from.is_empty() {
            return None;
        }
        let rest = rest.trim_start_matches('/');
        Some(join(Path::new(&rule.to), rest))
    })
}

/// A standard library file recorded under another machine's GOROOT: `/usr/lib/go/src/fmt/print.go`.
///
/// Only the part behind the last `/src/` that follows a directory named like a Go tree is taken.
fn moved_goroot(recorded: &str, roots: &SourceRoots) -> Option<PathBuf> {
    let goroot = roots.goroot.as_ref()?;
    let (before, after) = recorded.split_once("/src/")?;
    let tree = before.rsplit('/').next()?;
    let is_tree = tree.starts_with("go") || tree.starts_with("golang") || before.contains("/toolchain@");
    is_tree.then(|| join(&goroot.join("src"), after))
}

/// A dependency recorded under another machine's module cache.
fn moved_module(recorded: &str, roots: &SourceRoots) -> Option<PathBuf> {
    let cache = roots.module_cache.as_ref()?;
    let (_, after) = recorded.split_once("/pkg/mod/")?;
    // The cache's own directory names are escaped already.
    Some(join(cache, after))
}

/// A package recorded below another machine's GOPATH, or below the one that Debian makes for each
/// build: `/build/reproducible-path/restic-0.14.0/_build/src/github.com/restic/restic/main.go`.
fn moved_tree(recorded: &str, roots: &SourceRoots) -> Vec<PathBuf> {
    let Some((_, package)) = recorded.split_once("/src/") else {
        return Vec::new();
    };
    // Import paths begin with a host: anything else is a directory that happens to be called src.
    let host = package.split('/').next().unwrap_or_default();
    if !host.contains('.') {
        return Vec::new();
    }
    let mut found: Vec<PathBuf> = roots
        .trees
        .iter()
        .map(|tree| join(&tree.join("src"), package))
        .collect();
    found.extend(
        roots
            .working_dir
            .iter()
            .map(|dir| join(&dir.join("vendor"), package)),
    );
    found
}

/// Where distributions install the sources of what they built in `/build` and `/builddir/build/BUILD`.
fn of_distribution(recorded: &str) -> Option<PathBuf> {
    let places = ["/builddir/build/BUILD/", "/build/"];
    let rest = places.iter().find_map(|place| recorded.strip_prefix(place))?;
    Some(join(Path::new("/usr/src/debug"), rest))
}

/// A path as `-trimpath` leaves it: `fmt/print.go`, `example.com/m@v1.2.3/x.go`, `example.com/app/x.go`.
fn trimmed(recorded: &str, roots: &SourceRoots) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some((module, rest)) = recorded.split_once('@') {
        if let Some(cache) = &roots.module_cache {
            found.push(join(
                cache,
                &format!("{}@{}", escape_case(module), escape_version(rest)),
            ));
        }
        if let (Some(dir), Some((_, file))) = (&roots.working_dir, rest.split_once('/')) {
            found.push(join(&dir.join("vendor"), &format!("{module}/{file}")));
        }
        return found;
    }
    if let Some(dir) = &roots.working_dir {
        if let Some(file) = roots.main_module.as_deref().and_then(|module| {
            let rest = recorded.strip_prefix(module)?;
            rest.strip_prefix('/')
        }) {
            found.push(join(dir, file));
        }
        // `./main.go` and `main.go`: packages named on the command line.
        if recorded.starts_with("./") || !recorded.contains('/') {
            found.push(join(dir, recorded.trim_start_matches("./")));
        }
    }
    // Import paths of the standard library have no dot in their first element.
    let first = recorded.split('/').next().unwrap_or_default();
    if !first.contains('.')
        && let Some(goroot) = &roots.goroot
    {
        found.push(join(&goroot.join("src"), recorded));
    }
    if let Some(dir) = &roots.working_dir {
        found.push(join(&dir.join("vendor"), recorded));
        found.push(join(dir, recorded));
    }
    found
}

/// The module cache writes `A` as `!a`, since some file systems cannot tell them apart.
fn escape_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for character in path.chars() {
        if character.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// Of `v1.0.0-RC1/x.go` the version is escaped like the path, the file is not.
fn escape_version(rest: &str) -> String {
    match rest.split_once('/') {
        Some((version, file)) => format!("{}/{file}", escape_case(version)),
        None => escape_case(rest),
    }
}

fn join(root: &Path, rest: &str) -> PathBuf {
    root.join(rest.trim_start_matches('/'))
}

/// Recorded paths come from the target: one that climbs out of its root with `..` is not followed.
fn leaves_its_root(path: &Path) -> bool {
    path.components()
        .any(|part| part == std::path::Component::ParentDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots() -> SourceRoots {
        SourceRoots {
            rules: vec![PathRule {
                from: "/build".into(),
                to: "/home/me".into(),
            }],
            goroot: Some("/usr/local/go".into()),
            module_cache: Some("/mod".into()),
            working_dir: Some("/checkout".into()),
            trees: vec!["/usr/share/gocode".into()],
            own: Some(PathRule {
                from: "/ci/job7".into(),
                to: "/checkout".into(),
            }),
            main_module: Some("example.com/app".into()),
        }
    }

    fn first(recorded: &str) -> String {
        let candidates = source_candidates(recorded, &roots());
        candidates
            .first()
            .map(|path| path.display().to_string())
            .unwrap_or_default()
    }

    #[test]
    fn rules_come_first_and_match_whole_elements() {
        assert_eq!(first("/build/app/main.go"), "/home/me/app/main.go");
        assert_eq!(first("/builder/main.go"), "/builder/main.go");
    }

    #[test]
    fn trimmed_paths_find_their_roots() {
        assert_eq!(first("runtime/proc.go"), "/usr/local/go/src/runtime/proc.go");
        assert_eq!(first("example.com/app/sub/x.go"), "/checkout/sub/x.go");
        assert_eq!(
            first("github.com/BurntSushi/toml@v1.0.0-RC1/Decode.go"),
            "/mod/github.com/!burnt!sushi/toml@v1.0.0-!r!c1/Decode.go"
        );
        assert_eq!(first("./main.go"), "/checkout/main.go");
    }

    #[test]
    fn anothers_goroot_and_module_cache_are_mapped_to_ours() {
        let all = source_candidates("/opt/go1.24/src/fmt/print.go", &roots());
        assert!(all.contains(&PathBuf::from("/usr/local/go/src/fmt/print.go")));
        let all = source_candidates("/root/go/pkg/mod/github.com/!a/b@v1/c.go", &roots());
        assert!(all.contains(&PathBuf::from("/mod/github.com/!a/b@v1/c.go")));
    }

    #[test]
    fn paths_of_other_build_machines_are_mapped_to_this_one() {
        for (recorded, wanted) in [
            (
                "/builds/restic-0.14.0/_build/src/github.com/restic/restic/main.go",
                "/usr/share/gocode/src/github.com/restic/restic/main.go",
            ),
            (
                "/builddir/build/BUILD/app-1.0/x.go",
                "/usr/src/debug/app-1.0/x.go",
            ),
            ("/ci/job7/sub/x.go", "/checkout/sub/x.go"),
        ] {
            let all = source_candidates(recorded, &roots());
            assert!(all.contains(&PathBuf::from(wanted)), "{recorded}: {all:?}");
            // What is recorded comes first: it may be here.
            assert_eq!(all.first(), Some(&PathBuf::from(recorded)));
        }
    }

    #[test]
    fn a_recorded_path_cannot_climb_out() {
        assert!(source_candidates("../../etc/passwd", &roots()).is_empty());
    }
}
