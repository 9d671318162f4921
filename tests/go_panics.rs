//! Panics, fatal errors and last words against what the Go runtime printed as it died.

#![expect(clippy::unwrap_used, reason = "a test")]

mod common;
mod go_target;

use common::Crashed;
use go_target::Opened;
use tinydbg_tui::go::{CrashFacts, reason};
use tinydbg_tui::model::PanicEntry;

const CASES: [&str; 25] = [
    "nil",
    "chain",
    "index",
    "divide",
    "error",
    "wrapped",
    "string",
    "int",
    "float",
    "struct",
    "pointer",
    "named",
    "stringer",
    "nothing",
    "repanic",
    "second",
    "goexit",
    "inlined",
    "nilmap",
    "convert",
    "closed",
    "nilfunc",
    "plainmap",
    "negative",
    "multiline",
];

/// The runtime's lines `panic: ...` and `\tpanic: ...`, with what belongs to them.
fn printed(stderr: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in stderr.lines() {
        if line.is_empty() || line.starts_with("[signal ") || line.starts_with("goroutine ") {
            break;
        }
        match line.trim_start_matches('\t').strip_prefix("panic: ") {
            Some(text) => found.push(text.to_owned()),
            // Lines after the first of a value are indented by a tab.
            None => {
                if let Some(last) = found.last_mut() {
                    last.push('\n');
                    last.push_str(line.strip_prefix('\t').unwrap_or(line));
                }
            }
        }
    }
    found
}

fn as_printed(entry: &PanicEntry) -> String {
    let mark = match (entry.recovered, entry.repanicked) {
        (true, true) => " [recovered, repanicked]",
        (true, false) => " [recovered]",
        _ => "",
    };
    format!("{}{mark}", entry.text())
}

fn facts(crashed: &Crashed) -> CrashFacts {
    let opened = Opened::new(&crashed.exe, &crashed.core);
    let runtime = opened.runtime();
    let threads = opened.bound(&runtime);
    runtime.crash_facts(&opened.memory, &threads, &opened.limits)
}

/// The goroutine that the runtime called running.
fn died(stderr: &str) -> Option<u64> {
    let line = stderr
        .lines()
        .find(|line| line.starts_with("goroutine ") && line.contains("[running"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn panic_chains_equal_what_the_runtime_printed() {
    let mut wrong = Vec::new();
    for toolchain in common::go::toolchains() {
        let exe = common::go::Build::of("panics")
            .with(toolchain)
            .flags(&["-ldflags=-s"])
            .exe();
        for case in CASES {
            let Some(crashed) = common::crash(&exe, &[case]) else {
                continue;
            };
            let facts = facts(&crashed);
            let ours: Vec<String> = facts.panics.iter().map(as_printed).collect();
            let mut theirs = printed(&crashed.stderr);
            // Up to Go 1.25 the runtime prints +1.500000e+000; we print it as later ones do.
            if let Some(Ok(number)) = theirs.first().map(|text| text.parse::<f64>()) {
                theirs = vec![number.to_string()];
            }
            let mut differ = |what: &str, ours: String, theirs: String| {
                if ours != theirs {
                    wrong.push(format!(
                        "{} {case} {what}: ours {ours} the runtime's {theirs}",
                        toolchain.version
                    ));
                }
            };
            if !theirs.is_empty() {
                differ("panics", format!("{ours:?}"), format!("{theirs:?}"));
            }
            differ(
                "goroutine",
                format!("{:?}", facts.goroutine.map(|id| id.0)),
                format!("{:?}", died(&crashed.stderr)),
            );
            let signal = crashed.stderr.lines().find(|line| line.starts_with("[signal "));
            let ours = facts.signal.map(|signal| {
                let name = if signal.number == 8 {
                    "SIGFPE: floating-point error"
                } else {
                    "SIGSEGV: segmentation violation"
                };
                format!(
                    "[signal {name} code={:#x} addr={:#x} pc={:#x}]",
                    signal.code, signal.fault_addr.0, signal.pc.0
                )
            });
            differ(
                "signal",
                ours.unwrap_or_default(),
                signal.unwrap_or_default().to_owned(),
            );
            let sentence = reason(&facts, None).unwrap_or_default();
            differ(
                "sentence",
                sentence.starts_with("panic: ").to_string(),
                "true".to_owned(),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fatal_errors_are_told_in_the_runtimes_words() {
    let mut wrong = Vec::new();
    for toolchain in common::go::toolchains() {
        let exe = common::go::Build::of("fatal")
            .with(toolchain)
            .flags(&["-ldflags=-s"])
            .exe();
        for case in ["deadlock", "overflow", "fault", "mapwrites", "oom", "unlock"] {
            let Some(crashed) = common::crash(&exe, &[case]) else {
                continue;
            };
            let facts = facts(&crashed);
            let theirs = crashed
                .stderr
                .lines()
                .find_map(|line| line.strip_prefix("fatal error: "));
            if facts.fatal_error.as_deref() != theirs {
                wrong.push(format!(
                    "{} {case}: {facts:?}, the runtime's {theirs:?}",
                    toolchain.version
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
