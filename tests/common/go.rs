//! Go toolchains at hand and programs built with them, cached by what went into them.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use super::skipped;

/// Releases that the tests use besides the machine's own: the oldest layout still met in the
/// field, the first with Swiss maps, and one newer than most machines have.
const RELEASES: &[&str] = &["go1.21.13", "go1.24.11", "go1.27.3"];

/// A Go toolchain that runs here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Toolchain {
    /// What to set GOTOOLCHAIN to.
    pub select: String,
    /// `go1.24.11`, as the program's build information will say.
    pub version: String,
}

impl Toolchain {
    /// The 24 of `go1.24.11`.
    pub fn minor(&self) -> u32 {
        let mut parts = self.version.split('.');
        parts.nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
    }
}

/// All toolchains to test with: those of [`RELEASES`] that were downloaded before, and the
/// machine's own, oldest first. `TINYDBG_GO_VERSIONS=go1.25.5,go1.26.0` replaces the releases.
pub fn toolchains() -> &'static [Toolchain] {
    static FOUND: OnceLock<Vec<Toolchain>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let Some(local) = local() else {
            let required = env::var_os("TINYDBG_REQUIRE_GO").is_some_and(|value| value == "1");
            assert!(
                !required,
                "TINYDBG_REQUIRE_GO is set, but `go version` does not run here"
            );
            skipped("no Go toolchain here, so no Go programs can be built");
            return Vec::new();
        };
        let chosen = env::var("TINYDBG_GO_VERSIONS").ok();
        let releases: Vec<String> = match &chosen {
            Some(list) => list.split(',').map(|name| name.trim().to_owned()).collect(),
            None => RELEASES.iter().map(ToString::to_string).collect(),
        };
        let cache = go_output("local", &["env", "GOMODCACHE"]).unwrap_or_default();
        let mut found: Vec<Toolchain> = releases
            .into_iter()
            .filter(|release| *release != local.version)
            .filter_map(|release| downloaded(&cache, release))
            .collect();
        found.push(local);
        found.sort_by_key(Toolchain::minor);
        found
    })
}

/// The newest toolchain here, for tests where one version is enough.
pub fn newest() -> Option<&'static Toolchain> {
    toolchains().last()
}

fn local() -> Option<Toolchain> {
    let text = go_output("local", &["version"])?;
    Some(Toolchain {
        select: "local".to_owned(),
        version: text.split_whitespace().nth(2)?.to_owned(),
    })
}

/// A release that is in the module cache, so that selecting it needs no network.
fn downloaded(cache: &str, release: String) -> Option<Toolchain> {
    let place = format!("golang.org/toolchain@v0.0.1-{release}.linux-amd64");
    let here = Path::new(cache).join(place).join("bin/go").exists();
    if !here || go_output(&release, &["version"]).is_none() {
        skipped(&format!(
            "{release} is not here (`GOTOOLCHAIN={release} go version` fetches it)"
        ));
        return None;
    }
    Some(Toolchain {
        select: release.clone(),
        version: release,
    })
}

fn go_output(toolchain: &str, args: &[&str]) -> Option<String> {
    let output = Command::new("go")
        .args(args)
        .env("GOTOOLCHAIN", toolchain)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// How to build one program of `tests/programs/`.
#[derive(Clone, Debug, Hash)]
pub struct Build {
    program: String,
    toolchain: Option<Toolchain>,
    flags: Vec<String>,
    env: Vec<(String, String)>,
    cgo: bool,
}

impl Build {
    /// The program in `tests/programs/NAME/`, plainly built with the newest toolchain.
    pub fn of(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            toolchain: newest().cloned(),
            flags: Vec::new(),
            env: Vec::new(),
            cgo: false,
        }
    }

    pub fn with(mut self, toolchain: &Toolchain) -> Self {
        self.toolchain = Some(toolchain.clone());
        self
    }

    /// Adds flags of `go build`: `-ldflags=-s`, `-gcflags=all=-N -l`, `-buildmode=pie`.
    pub fn flags(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(ToString::to_string));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With cgo, which needs a C compiler.
    pub fn cgo(mut self) -> Self {
        self.cgo = true;
        self
    }

    /// Builds it, unless that was done before, and returns where the executable lies.
    ///
    /// # Panics
    /// When there is no toolchain or the program does not compile.
    pub fn exe(self) -> PathBuf {
        static BUILT: LazyLock<Mutex<HashMap<u64, PathBuf>>> = LazyLock::new(Mutex::default);
        let key = self.key();
        // One build at a time: `go build` uses all cores by itself.
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        built
            .entry(key)
            .or_insert_with(|| self.build_into(&scratch_root().join("go").join(format!("{key:016x}"))))
            .clone()
    }

    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let mut files: Vec<PathBuf> = fs::read_dir(self.directory())
            .expect("the program has a directory below tests/programs")
            .map(|entry| entry.expect("tests/programs is readable").path())
            .collect();
        files.sort();
        for file in files {
            file.file_name().hash(&mut hasher);
            fs::read(file).unwrap_or_default().hash(&mut hasher);
        }
        hasher.finish()
    }

    fn directory(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/programs")
            .join(&self.program)
    }

    fn build_into(&self, home: &Path) -> PathBuf {
        let name = self.program.rsplit('/').next().unwrap_or(&self.program);
        let exe = home.join(name);
        if exe.exists() {
            return exe;
        }
        fs::create_dir_all(home).expect("the target directory is writable");
        let toolchain = self.toolchain.as_ref().expect("a Go toolchain is here");
        // A process of its own per attempt: another test binary may be building the same.
        let part = home.join(format!("part.{}", std::process::id()));
        let output = Command::new("go")
            .args(["build", "-o"])
            .arg(&part)
            .arg(format!("-modfile={}", modfile(toolchain).display()))
            .args(&self.flags)
            .arg(".")
            .current_dir(self.directory())
            .env("GOTOOLCHAIN", &toolchain.select)
            .env("CGO_ENABLED", if self.cgo { "1" } else { "0" })
            .envs([
                ("GOFLAGS", "-buildvcs=false"),
                ("GOWORK", "off"),
                ("GOPROXY", "off"),
            ])
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("`go` starts");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?} does not build:\n{complaints}");
        fs::rename(&part, &exe).expect("the target directory is writable");
        exe
    }
}

/// A go.mod whose language version is that of the toolchain, as in a module kept up to date: the
/// version decides on language and GODEBUG defaults (what `panic(nil)` does, for one).
fn modfile(toolchain: &Toolchain) -> PathBuf {
    let minor = toolchain.minor();
    let directory = scratch_root().join("go").join(format!("mod-1.{minor}"));
    fs::create_dir_all(&directory).expect("the target directory is writable");
    let path = directory.join("go.mod");
    let text = format!("module example.com/programs\n\ngo 1.{minor}\n");
    if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
        fs::write(&path, text).expect("the target directory is writable");
    }
    path
}

/// The Go linker's build id of an executable, as `go tool buildid` tells it.
pub fn build_id(exe: &Path) -> Option<String> {
    go_output("local", &["tool", "buildid", exe.to_str()?])
}

/// A directory of the build that tests may fill.
pub fn scratch_root() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
