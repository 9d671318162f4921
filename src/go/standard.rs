//! Which functions are the standard library's, so that a person is led to the program's own code.
//!
//! Judges by what is recorded: the directory of the runtime's own files, or where a build with
//! `-trimpath` dropped it, import paths. Knows nothing of stacks.

use super::GoBuildInfo;
use crate::model::Location;
use crate::symbols::package_of;

/// What tells the standard library of one program from the program's own code and its modules'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandardLibrary {
    /// `/usr/local/go/src/`, when files are recorded with their directories.
    directory: Option<String>,
    /// Paths of the modules that the program was built from.
    modules: Vec<String>,
}

impl StandardLibrary {
    /// Learns from the build information and from any frames of the runtime.
    #[must_use]
    pub fn learn<'a>(build: Option<&GoBuildInfo>, frames: impl IntoIterator<Item = &'a Location>) -> Self {
        let modules = build.map_or_else(Vec::new, |build| {
            let all = build.main.iter().chain(&build.dependencies);
            all.map(|module| module.path.clone()).collect()
        });
        Self {
            directory: frames.into_iter().find_map(directory),
            modules,
        }
    }

    /// Whether the function is part of the standard library, by its file where that tells.
    #[must_use]
    pub fn has(&self, function: &str, file: Option<&str>) -> bool {
        let package = package_of(function);
        // The Go commands lie in the same tree and are programs like others.
        if package == "main" || package.starts_with("cmd/") {
            return false;
        }
        match (&self.directory, file) {
            (Some(directory), Some(file)) if file.starts_with('/') => file.starts_with(directory.as_str()),
            _ => has_no_domain(package) && !self.modules.iter().any(|module| contains(module, package)),
        }
    }
}

/// The `/usr/local/go/src/` of `/usr/local/go/src/runtime/proc.go`.
fn directory(location: &Location) -> Option<String> {
    let function = location.function.as_deref()?;
    if package_of(function) != "runtime" {
        return None;
    }
    let (before, name) = location.file.as_deref()?.rsplit_once("/runtime/")?;
    (before.starts_with('/') && !name.contains('/')).then(|| format!("{before}/"))
}

/// `strings` and `net/http`, but not `example.com/app`: the go command reserves import paths whose
/// first element has no dot for the standard library, though it does not enforce that.
fn has_no_domain(package: &str) -> bool {
    let first = package.split('/').next().unwrap_or_default();
    !first.contains('.') && !first.contains("%2e")
}

fn contains(module: &str, package: &str) -> bool {
    package
        .strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{GoModule, GoVersion};

    fn build(main: &str, dependency: &str) -> GoBuildInfo {
        let module = |path: &str| GoModule {
            path: path.to_owned(),
            ..GoModule::default()
        };
        GoBuildInfo {
            version: GoVersion::parse("go1.26.8").unwrap(),
            path: None,
            main: Some(module(main)),
            dependencies: vec![module(dependency)],
            settings: Vec::new(),
        }
    }

    fn at(function: &str, file: &str) -> Location {
        Location {
            function: Some(function.into()),
            file: Some(file.into()),
            ..Location::default()
        }
    }

    #[test]
    fn whole_paths_tell_by_directory() {
        let frames = [
            at("example.com/runtime.f", "/home/me/src/runtime/f.go"),
            at("runtime.goexit", "/usr/local/go/src/runtime/asm_amd64.s"),
        ];
        let library = StandardLibrary::learn(None, &frames);
        for (function, file) in [
            ("sync.(*Mutex).Unlock", "/usr/local/go/src/sync/mutex.go"),
            (
                "vendor/golang.org/x/net/idna.f",
                "/usr/local/go/src/vendor/golang.org/x/net/idna/x.go",
            ),
            (
                "slices.SortFunc[go.shape.[]example.com/a.T]",
                "/usr/local/go/src/slices/sort.go",
            ),
        ] {
            assert!(library.has(function, Some(file)), "{function}");
        }
        for (function, file) in [
            ("main.main", "/home/me/app/main.go"),
            ("app/orders.Take", "/home/me/app/orders/orders.go"),
            ("github.com/a/b.F", "/home/me/app/vendor/github.com/a/b/f.go"),
            (
                "cmd/go/internal/work.Build",
                "/usr/local/go/src/cmd/go/internal/work/b.go",
            ),
        ] {
            assert!(!library.has(function, Some(file)), "{function}");
        }
    }

    #[test]
    fn trimmed_paths_tell_by_import_path_and_modules() {
        let frames = [at("runtime.goexit", "runtime/asm_amd64.s")];
        let library = StandardLibrary::learn(Some(&build("app", "mine")), &frames);
        for (function, file) in [
            ("strings.(*Builder).grow", Some("strings/builder.go")),
            ("net/http.(*Server).Serve", Some("net/http/server.go")),
            (
                "slices.SortFunc[go.shape.[]example.com/a.T]",
                Some("slices/sort.go"),
            ),
            ("apple.F", None),
        ] {
            assert!(library.has(function, file), "{function}");
        }
        for (function, file) in [
            ("main.main", Some("app/main.go")),
            ("main.Map[go.shape.*uint8]", Some("./main.go")),
            ("app/orders.Take", Some("app/orders/orders.go")),
            ("mine.F", Some("mine@v0.0.0/f.go")),
            (
                "gopkg.in/yaml%2ev3.Unmarshal",
                Some("gopkg.in/yaml.v3@v3.0.1/yaml.go"),
            ),
            ("example%2ecom.F", Some("example.com@v1.0.0/f.go")),
        ] {
            assert!(!library.has(function, file), "{function}");
        }
    }

    #[test]
    fn wrappers_made_by_the_compiler_tell_by_import_path() {
        let frames = [at("runtime.goexit", "/usr/local/go/src/runtime/asm_amd64.s")];
        let library = StandardLibrary::learn(None, &frames);
        assert!(library.has("bytes.(*Buffer).Write", Some("<autogenerated>")));
        assert!(!library.has("example.com/a.(*T).Write", Some("<autogenerated>")));
    }
}
