//! Expressions evaluated by the debugger against what the Go compiler made of the same texts.
//!
//! The program prints each expression with its value and then dies in the frame that has the
//! variables. A value may be said to be unknown where the compiler kept it nowhere; it may never
//! differ. What Go refuses has to be refused here, with the right part pointed at.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

mod common;

use std::process::Command;

use common::go::{Build, Toolchain, toolchains};
use common::{Crashed, crash, say};
use serde_json::Value;

/// Evaluates all of the texts in one run of the debugger.
fn print(crashed: &Crashed, expressions: &[&str]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinydbg-tui"));
    command
        .args(["core", "--json"])
        .arg(&crashed.exe)
        .arg(&crashed.core);
    for expression in expressions {
        command.arg("-x").arg(format!("print {expression}"));
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines.len(),
        expressions.len(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    lines
}

/// Numbers of the same value: Go's `%v` and the debugger may write them with other digits, and the
/// debugger adds the name of a constant: `green (1)`.
fn same_value(got: &str, want: &str) -> bool {
    got == want
        || got.ends_with(&format!(" ({want})"))
        || matches!((got.parse::<f64>(), want.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}

/// Unknown, and why: gone by optimisation, or of a type that old compilers do not describe.
fn is_unknown(line: &Value) -> bool {
    let why = match line["ok"].as_bool() {
        Some(true) => line["result"]["unreadable"].as_str(),
        _ => line["error"]["message"].as_str(),
    };
    why.is_some_and(|why| why.contains("optimised away") || why.contains("not recoverable"))
}

fn check(toolchain: &Toolchain, flags: &[&str], most_unknown: usize) {
    let exe = Build::of("expressions").with(toolchain).flags(flags).exe();
    let Some(crashed) = crash(&exe, &[]) else { return };
    let truths: Vec<Value> = crashed
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(truths.len() > 130, "the program said too little");
    let texts: Vec<&str> = truths
        .iter()
        .map(|truth| truth["expr"].as_str().unwrap())
        .collect();
    let lines = print(&crashed, &texts);
    let mut unknown = Vec::new();
    let mut wrong = Vec::new();
    for (truth, line) in truths.iter().zip(&lines) {
        let expr = truth["expr"].as_str().unwrap();
        if is_unknown(line) {
            unknown.push(expr);
        } else if let Some(fault) = differs(truth, line) {
            wrong.push(format!("{expr}: {fault}"));
        }
    }
    let name = &toolchain.version;
    say(&format!(
        "{name} {flags:?}: {} of {} unknown",
        unknown.len(),
        texts.len()
    ));
    assert!(wrong.is_empty(), "{name} {flags:?}:\n{}", wrong.join("\n"));
    assert!(unknown.len() <= most_unknown, "{name} {flags:?}: {unknown:?}");
}

/// How an answer differs from the truth.
fn differs(truth: &Value, line: &Value) -> Option<String> {
    if let Some(part) = truth["part"].as_str() {
        return misplaced(truth["expr"].as_str()?, part, line);
    }
    let result = &line["result"];
    let want = truth["value"].as_str()?;
    let Some(got) = result["value"].as_str() else {
        return Some(format!("want {want}, got {}", line["error"]));
    };
    // Interfaces show the type of what they hold, constants their type's default.
    (!same_value(got, want)).then(|| format!("want {want}, got {got}"))
}

/// How a refusal points at something else than the part at fault.
fn misplaced(expr: &str, part: &str, line: &Value) -> Option<String> {
    if line["ok"] == true {
        return Some(format!("should be refused, got {}", line["result"]["value"]));
    }
    let at = &line["error"]["at"];
    let bounds = (at[0].as_u64()? as usize, at[1].as_u64()? as usize);
    let got = expr.get(bounds.0..bounds.1)?;
    (got != part).then(|| format!("{part:?} is at fault, got {got:?}: {}", line["error"]["message"]))
}

#[test]
fn expressions_have_the_values_that_go_gives_them() {
    for toolchain in toolchains() {
        check(toolchain, &["-gcflags=-N -l"], 0);
        check(toolchain, &[], 20);
    }
}
