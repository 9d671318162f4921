//! Small rules of the house that no linter knows: sizes, first lines, leftovers.

#[path = "common/source.rs"]
mod source;

use source::{SourceFile, Token, product_sources};

const MAX_LINES: usize = 800;
const MAX_MOD_LINES: usize = 60;

/// What is wrong with `file`, one line each.
fn complaints(file: &SourceFile) -> Vec<String> {
    let mut found = Vec::new();
    if !file.text.starts_with("//! ") && !file.is_test_only() {
        found.push("does not open with `//!` lines that say what it owns".to_owned());
    }
    let lines = lines_without_tests(file);
    let limit = if file.path.ends_with("mod.rs") {
        MAX_MOD_LINES
    } else {
        MAX_LINES
    };
    if lines > limit && !file.is_test_only() {
        found.push(format!("has {lines} lines; {limit} is the limit"));
    }
    for (index, line) in file.text.lines().enumerate() {
        found.extend(leftover(line).map(|what| format!("line {}: {what}", index + 1)));
        // Tests of paths are full of made-up ones.
        if index < lines && !file.is_test_only() && names_a_home(line) {
            found.push(format!("line {}: a path of somebody's machine", index + 1));
        }
    }
    found.extend(
        allows(&file.product_tokens())
            .into_iter()
            .map(|line| format!("line {line}: `#[expect(lint, reason = \"...\")]` instead of allow")),
    );
    found
        .into_iter()
        .map(|what| format!("src/{}: {what}", file.path))
        .collect()
}

/// Lines up to the first `#[cfg(test)] mod`, since tests come last in a file.
fn lines_without_tests(file: &SourceFile) -> usize {
    let lines: Vec<&str> = file.text.lines().collect();
    lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{'))
        .unwrap_or(lines.len())
}

fn leftover(line: &str) -> Option<&'static str> {
    let words = |wanted: &str| {
        line.split(|character: char| !character.is_alphanumeric() && character != '_')
            .any(|word| word == wanted)
    };
    // Three capital X alone are also drawn in pictures of memory.
    let left = ["TODO", "FIXME", "HACK"].into_iter().any(words) || line.contains("XXX:");
    left.then_some("a note to self instead of the work")
}

fn names_a_home(line: &str) -> bool {
    ["/home/", "/root/", "/Users/"]
        .into_iter()
        .any(|home| line.contains(home))
}

/// Lines of `#[allow(...)]` and `#![allow(...)]`.
fn allows(tokens: &[Token]) -> Vec<usize> {
    tokens
        .windows(3)
        .filter(|three| {
            let opens = three[0].is_punct('#') || three[0].is_punct('!');
            opens && three[1].is_punct('[') && three[2].ident() == Some("allow")
        })
        .map(|three| three[2].line)
        .collect()
}

#[test]
fn every_source_file_is_tidy() {
    let found: Vec<String> = product_sources().iter().flat_map(complaints).collect();
    assert!(
        found.is_empty(),
        "{} complaints:\n{}",
        found.len(),
        found.join("\n")
    );
}

mod proof {
    use super::*;

    #[track_caller]
    fn assert_complains(path: &str, text: &str, wanted: &str) {
        let found = complaints(&SourceFile::new(path, text));
        assert!(
            found.iter().any(|line| line.contains(wanted)),
            "{wanted:?} is not in {found:?}"
        );
    }

    #[test]
    fn each_rule_bites() {
        assert_complains("a.rs", "use x;\n", "does not open with");
        assert_complains("a.rs", &format!("//! A.\n{}", "x\n".repeat(800)), "801 lines");
        assert_complains("a/mod.rs", &format!("//! A.\n{}", "x\n".repeat(60)), "61 lines");
        assert_complains("a.rs", "//! A.\n// TODO: more", "line 2: a note to self");
        assert_complains("a.rs", "//! A.\nconst A: &str = \"/home/x\";", "line 2: a path");
        assert_complains(
            "a.rs",
            "//! A.\n#[allow(dead_code)]\nfn f() {}",
            "line 2: `#[expect",
        );
        assert_complains("a.rs", "//! A.\n#![allow(dead_code)]", "line 2: `#[expect");
    }

    #[test]
    fn tests_do_not_count_as_length() {
        let text = format!(
            "//! A.\nfn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "x\n".repeat(900)
        );
        assert_eq!(complaints(&SourceFile::new("a.rs", &text)), Vec::<String>::new());
    }
}
