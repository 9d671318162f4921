//! The Go toolchains at hand, and building test programs with them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Releases whose runtimes differ; those that are not installed are skipped, and said so.
const RELEASES: [&str; 9] = [
    "go1.19.13",
    "go1.20.14",
    "go1.21.13",
    "go1.22.10",
    "go1.23.9",
    "go1.24.11",
    "go1.25.5",
    "go1.26.8",
    "go1.27.3",
];

/// Names of the installed releases. Nothing is downloaded.
pub fn available() -> Vec<String> {
    let (found, missing): (Vec<&str>, Vec<&str>) =
        RELEASES.into_iter().partition(|release| installed(release));
    if !missing.is_empty() {
        eprintln!("skipped, not installed: {}", missing.join(" "));
    }
    found.into_iter().map(str::to_owned).collect()
}

fn go(release: &str) -> Command {
    let mut command = Command::new("go");
    command
        .env("GOTOOLCHAIN", release)
        .env("GOPROXY", "off")
        .env("GOFLAGS", "-mod=mod -buildvcs=false");
    command
}

fn installed(release: &str) -> bool {
    let output = go(release).arg("version").output();
    output.is_ok_and(|output| {
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains(release)
    })
}

/// Builds `source` as one-file program `prog` in `directory` with extra arguments for `go build`.
pub fn build(release: &str, source: &str, directory: &Path, arguments: &[&str]) -> PathBuf {
    std::fs::create_dir_all(directory).unwrap();
    let minor: String = release
        .trim_start_matches("go")
        .split('.')
        .take(2)
        .collect::<Vec<_>>()
        .join(".");
    std::fs::write(directory.join("main.go"), source).unwrap();
    std::fs::write(
        directory.join("go.mod"),
        format!("module example.com/prog\n\ngo {minor}\n"),
    )
    .unwrap();
    let output = go(release)
        .current_dir(directory)
        .args(["build", "-o", "prog"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{release}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    directory.join("prog")
}
