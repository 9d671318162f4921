//! Source files on this machine: which of the candidate places holds one, and whether to trust it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::base::Limits;
use crate::model::{Failure, FailureKind, SourceOrigin, SourceText};
use crate::os;

/// Reads the first of `candidates` that exists as a regular file within the budget.
///
/// `built` is when the executable was written: a source file changed after that may not be what
/// was compiled, and the result says so.
pub fn load(
    file: &Arc<str>,
    candidates: &[String],
    built: Option<SystemTime>,
    limits: &Limits,
) -> Result<SourceText, Failure> {
    let mut refused = Vec::new();
    for candidate in candidates {
        match os::read_regular_file(Path::new(candidate), limits.source_bytes) {
            Ok(bytes) => {
                return Ok(SourceText {
                    file: Arc::clone(file),
                    origin: SourceOrigin::Disk(candidate.clone()),
                    lines: lines(&bytes),
                    doubt: doubt(Path::new(candidate), built),
                });
            }
            Err(error) if error.is_missing() => {}
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
    let changed = fs::metadata(path).and_then(|facts| facts.modified()).ok()?;
    (changed > built?).then(|| "this file is newer than the executable: lines may have moved".to_owned())
}

fn not_found(file: &str, candidates: &[String], refused: Vec<String>) -> Failure {
    let mut failure = Failure::new(FailureKind::NotFound, format!("no source file for {file}"));
    failure.causes = refused;
    if candidates.len() > 1 {
        failure = failure.hint(format!("looked for {}", candidates.join(", ")));
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
