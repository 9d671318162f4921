//! What a dump is called when nobody said: `service.4711.20261121-062105.core`, with `.zst` behind it
//! when it is compressed.

use std::path::{Path, PathBuf};

use super::clock::Utc;
use crate::os::ProcDir;

/// Longest part of the program's name that is kept.
const LONGEST_PROGRAM: usize = 64;

/// Program, pid and time (UTC), in the working directory. Characters that shells or terminals care
/// for become `_`.
#[must_use]
pub fn default_name(process: &ProcDir, compress: bool) -> PathBuf {
    let exe = process.exe_name().ok();
    let program = exe
        .as_deref()
        .and_then(Path::file_name)
        .map(|name| String::from_utf8_lossy(name.as_encoded_bytes()).into_owned())
        .unwrap_or_default();
    let mut name = name(&program, process.pid(), Utc::now()).into_os_string();
    if compress {
        name.push(".zst");
    }
    PathBuf::from(name)
}

fn name(program: &str, pid: u32, now: Utc) -> PathBuf {
    let program = program.strip_suffix(" (deleted)").unwrap_or(program);
    let kept: String = program
        .chars()
        .take(LONGEST_PROGRAM)
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => character,
            _ => '_',
        })
        .collect();
    // Neither hidden nor an option of a command.
    let kept = kept.trim_start_matches(['.', '-']);
    let program = if kept.is_empty() { "process" } else { kept };
    PathBuf::from(format!("{program}.{pid}.{}.core", now.compact()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_whatever_the_program_is_called() {
        let now = || Utc::from_seconds(1_795_242_065);
        let named = |program| name(program, 7, now()).display().to_string();
        assert_eq!(named("service"), "service.7.20261121-062105.core");
        assert_eq!(
            named("a b\u{1b}[31m;$x (deleted)"),
            "a_b__31m__x.7.20261121-062105.core"
        );
        assert_eq!(named("--rf"), "rf.7.20261121-062105.core");
        assert_eq!(named(".."), "process.7.20261121-062105.core");
        assert!(named(&"x".repeat(4000)).len() < 110);
    }
}
