//! Source files on this machine: which of the candidate places holds one, and whether to trust it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::base::Limits;
use crate::model::{Failure, FailureKind, SourceOrigin, SourceText};
use crate::os;

use super::source_roots;

/// Reads the first of `candidates` that exists as a regular file within the budget.
///
/// `built` is when the executable was written: a source file changed after that may not be what
/// was compiled, and the result says so; likewise a file of another Go release than `go_version`.
pub fn load(
    file: &Arc<str>,
    candidates: &[PathBuf],
    (built, go_version): (Option<SystemTime>, Option<&str>),
    limits: &Limits,
) -> Result<SourceText, Failure> {
    let mut refused = Vec::new();
    for candidate in candidates {
        match os::read_small(candidate, limits.source_bytes) {
            Ok(bytes) => {
                return Ok(SourceText {
                    file: Arc::clone(file),
                    origin: SourceOrigin::Disk(candidate.display().to_string()),
                    lines: lines(&bytes),
                    doubt: go_version
                        .and_then(|version| source_roots::doubt(candidate, version))
                        .or_else(|| doubt(candidate, built)),
                });
            }
            Err(error)
                if matches!(
                    error.io_kind(),
                    Some(ErrorKind::NotFound | ErrorKind::NotADirectory)
                ) => {}
            Err(error) => refused.push(error.to_string()),
        }
    }
    Err(not_found(file, candidates, refused))
}

/// Splits a file into lines; bytes that are not UTF-8 become replacement characters.
#[must_use]
pub fn lines(bytes: &[u8]) -> Arc<[String]> {
    String::from_utf8_lossy(bytes)
        .lines()
        .map(str::to_owned)
        .collect()
}

fn doubt(path: &Path, built: Option<SystemTime>) -> Option<String> {
    (os::modified(path)? > built?)
        .then(|| "this file is newer than the executable: lines may have moved".to_owned())
}

fn not_found(file: &str, candidates: &[PathBuf], refused: Vec<String>) -> Failure {
    let mut failure = Failure::new(FailureKind::NotFound, format!("no source file for {file}"));
    failure.causes = refused;
    if candidates.len() > 1 {
        let places: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
        failure = failure.hint(format!("looked for {}", places.join(", ")));
    }
    let directory = Path::new(file)
        .parent()
        .map(|parent| parent.display().to_string())
        .filter(|parent| !parent.is_empty())
        .unwrap_or_else(|| ".".to_owned());
    failure.hint(format!(
        "if the sources are elsewhere, open with --substitute-path {directory}=DIR"
    ))
}
