//! The README's tables are those of the program. `BLESS=1 cargo test --test docs` rewrites them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::PathBuf;

fn readme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// Checks, or with BLESS rewrites, what stands between the two comments called `name`.
fn check(name: &str, table: &str) {
    let path = readme();
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find(&format!("<!-- {name}:")).unwrap();
    let start = start + text[start..].find("-->\n").unwrap() + 4;
    let end = text.find(&format!("<!-- /{name} -->")).unwrap();
    let expected = format!("\n{}\n\n", table.trim());
    if text[start..end] == expected {
        return;
    }
    assert!(
        std::env::var_os("BLESS").is_some(),
        "the README's table of {name} is out of date: run BLESS=1 cargo test --test docs"
    );
    fs::write(&path, format!("{}{expected}{}", &text[..start], &text[end..])).unwrap();
}

#[test]
fn the_readmes_tables_are_the_programs() {
    check("commands", &tinydbg_tui::cli::commands_table());
    check("keys", &tinydbg_tui::ui::action::key_table());
}

#[test]
fn the_readme_shows_pictures_that_exist_and_one_at_once() {
    let text = fs::read_to_string(readme()).unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = |line: &str| {
        line.split('"')
            .find(|part| part.starts_with("screenshots/"))
            .map(str::to_owned)
    };
    let pictures: Vec<(usize, String)> = text
        .lines()
        .enumerate()
        .filter_map(|(number, line)| Some((number, named(line)?)))
        .collect();
    assert!(
        pictures.first().is_some_and(|(line, _)| *line < 20),
        "{pictures:?}"
    );
    for (_, picture) in pictures {
        assert!(root.join(&picture).is_file(), "{picture} is not there");
    }
}

#[test]
fn the_readme_begins_with_demo_and_then_test() {
    let text = fs::read_to_string(readme()).unwrap();
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .take(2)
        .collect();
    assert_eq!(commands, ["cargo run --release -- demo", "cargo test"]);
}
