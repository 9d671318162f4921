//! Holds the code to the layer table in the documentation of `src/lib.rs`, which it reads: the
//! table that people see is the table that is enforced.
//!
//! Every path that starts at `crate`, `super`, `self` or the crate's own name is resolved, nested
//! `use` lists included. Code that only tests compile may reach wherever it likes. A second table
//! below keeps single crates and habits inside the modules that own them.

#[path = "common/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{SourceFile, Token, TokenKind, product_sources};

/// Layer -> the layers it may use besides itself.
type Layers = BTreeMap<String, BTreeSet<String>>;

/// A path in code, resolved as far as the module tree goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CodePath {
    /// `crate`, `ui`, `run`; or `gimli`, `Reader`.
    segments: Vec<String>,
    line: usize,
}

/// A crate or module that only some files may name.
struct Scoped {
    path: &'static [&'static str],
    /// Prefixes of paths below `src/`.
    only_in: &'static [&'static str],
}

const SCOPED: &[Scoped] = &[
    Scoped {
        path: &["libc"],
        only_in: &["os/"],
    },
    Scoped {
        path: &["nix", "sys", "ptrace"],
        only_in: &["os/"],
    },
    Scoped {
        path: &["nix", "sys", "wait"],
        only_in: &["os/"],
    },
    Scoped {
        path: &["nix", "sys", "uio"],
        only_in: &["os/"],
    },
    Scoped {
        path: &["crate", "os", "ptrace"],
        only_in: &["os/", "target/live/"],
    },
    Scoped {
        path: &["gimli"],
        only_in: &[
            "symbols/",
            "unwind/cfi.rs",
            "unwind/cfi/",
            "eval/place.rs",
            "eval/place/",
        ],
    },
    Scoped {
        path: &["object"],
        only_in: &["elf/", "symbols/"],
    },
    Scoped {
        path: &["ureq"],
        only_in: &["debuginfod/"],
    },
    Scoped {
        path: &["ratatui"],
        only_in: &["ui/"],
    },
    Scoped {
        path: &["crossterm"],
        only_in: &["ui/"],
    },
];

const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];
const VERSION_FILES: &[&str] = &["go/version.rs", "go/layout.rs", "go/layout/"];

/// The rows of the table in the crate's documentation, top to bottom.
fn layers(lib: &str) -> Layers {
    let mut layers = Layers::new();
    let mut above = BTreeSet::new();
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | "));
    for row in rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit())) {
        let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "a row of the layer table: {row}");
        let (modules, uses) = (cells[1], cells[3]);
        let modules: Vec<String> = modules
            .split(',')
            .map(|name| name.trim().trim_matches(['[', ']', '`']).to_owned())
            .collect();
        let mut allowed = allowed_by(uses, &above);
        if modules.iter().any(|name| name == "main") {
            allowed.extend(modules.iter().cloned());
        }
        for name in &modules {
            layers.insert(name.clone(), allowed.clone());
        }
        above.extend(modules);
    }
    layers
}

/// "base, os", or "all above", or "all above but os".
fn allowed_by(uses: &str, above: &BTreeSet<String>) -> BTreeSet<String> {
    let names = |list: &str| -> Vec<String> {
        list.split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    };
    let Some(rest) = uses.strip_prefix("all above") else {
        return names(uses).into_iter().collect();
    };
    let but = names(rest.trim().strip_prefix("but").unwrap_or_default());
    above.iter().filter(|name| !but.contains(name)).cloned().collect()
}

/// `ui/panes/stack.rs` -> `ui`, `panes`, `stack`; the crate root is empty.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        return Vec::new();
    }
    path.split('/').map(str::to_owned).collect()
}

/// Every path in the tokens, resolved against the module that the file is.
fn code_paths(file: &SourceFile) -> Vec<CodePath> {
    let tokens = file.product_tokens();
    let mut found = Vec::new();
    // Inline modules that surround the current token, each with the brace depth it was opened at.
    let mut module = module_of(&file.path);
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at].kind {
            TokenKind::Punct('{') => depth += 1,
            TokenKind::Punct('}') => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            TokenKind::Ident(name) if name == "mod" && opens_inline(&tokens[at..]) => {
                module.extend(tokens[at + 1].ident().map(str::to_owned));
                inline.push(depth);
            }
            TokenKind::Ident(_) if starts_path(&tokens, at) => {
                let mut raw = Vec::new();
                at = read_path(&tokens, at, &[], &mut raw);
                found.extend(raw.into_iter().map(|path| resolve(path, &module)));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn opens_inline(tokens: &[Token]) -> bool {
    matches!(tokens, [_, name, brace, ..] if name.ident().is_some() && brace.is_punct('{'))
}

fn double_colon(tokens: &[Token], at: usize) -> bool {
    matches!(tokens.get(at..at + 2), Some([a, b]) if a.is_punct(':') && b.is_punct(':'))
}

/// An identifier that is not a part of an earlier path, a field or a method.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|index| &tokens[index]);
    let continued =
        before.is_some_and(|token| token.is_punct('.')) || at >= 2 && double_colon(tokens, at - 2);
    let used = before.and_then(Token::ident) == Some("use");
    !continued && (used || double_colon(tokens, at + 1))
}

/// Reads the path, or tree of paths, at `at`; returns the index after it.
fn read_path(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<CodePath>) -> usize {
    let mut segments = prefix.to_vec();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    loop {
        match tokens.get(at).map(|token| &token.kind) {
            Some(TokenKind::Ident(name)) => {
                line = tokens[at].line;
                segments.push(name.clone());
                at += 1;
            }
            Some(TokenKind::Punct('*')) => {
                segments.push("*".to_owned());
                at += 1;
            }
            Some(TokenKind::Punct('{')) => return read_list(tokens, at + 1, &segments, found),
            _ => {}
        }
        if !double_colon(tokens, at) {
            break;
        }
        at += 2;
    }
    found.push(CodePath { segments, line });
    at
}

fn read_list(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<CodePath>) -> usize {
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            TokenKind::Punct('}') => return at + 1,
            TokenKind::Punct('{' | '*') => at = read_path(tokens, at, prefix, found),
            // The new name in `old as new` is no path.
            TokenKind::Ident(name) if name == "as" => at += 2,
            TokenKind::Ident(_) => at = read_path(tokens, at, prefix, found),
            _ => at += 1,
        }
    }
    at
}

/// Turns `self`, `super` and the crate's own name into a path from `crate`.
fn resolve(path: CodePath, module: &[String]) -> CodePath {
    let mut rest = path.segments.iter().map(String::as_str).peekable();
    let mut base = match rest.peek() {
        Some(&("crate" | "tinydbg_tui")) => {
            rest.next();
            Vec::new()
        }
        Some(&("super" | "self")) => module.to_vec(),
        _ => return path,
    };
    while let Some(&step @ ("super" | "self")) = rest.peek() {
        if step == "super" {
            base.pop();
        }
        rest.next();
    }
    base.extend(rest.filter(|segment| *segment != "self").map(str::to_owned));
    base.insert(0, "crate".to_owned());
    CodePath {
        segments: base,
        line: path.line,
    }
}

/// What is wrong with `file`, one line each.
fn violations(file: &SourceFile, layers: &Layers) -> Vec<String> {
    let mut found = Vec::new();
    let module = module_of(&file.path);
    for path in code_paths(file) {
        let shown = path.segments.join("::");
        let at = format!("src/{}:{}", file.path, path.line);
        if let Some(why) = layer_violation(&path, module.first(), layers) {
            found.push(format!("{at}: {shown}: {why}"));
        }
        for rule in SCOPED.iter().filter(|rule| names(&path, rule.path)) {
            if !rule.only_in.iter().any(|place| file.path.starts_with(place)) {
                found.push(format!("{at}: {shown}: only for {}", rule.only_in.join(", ")));
            }
        }
    }
    found.extend(habits(file));
    found
}

fn layer_violation(path: &CodePath, own: Option<&String>, layers: &Layers) -> Option<String> {
    let own = own?;
    let [root, target, ..] = path.segments.as_slice() else {
        let whole = path.segments == ["crate"];
        return whole.then(|| "the crate as a whole hides which layer is used".to_owned());
    };
    if root != "crate" || target == own {
        return None;
    }
    if target == "*" {
        return Some("a glob over the crate hides which layer is used".to_owned());
    }
    let Some(allowed) = layers.get(own) else {
        return Some(format!("{own} is not in the layer table of src/lib.rs"));
    };
    if allowed.contains(target) {
        return None;
    }
    let may: Vec<&str> = allowed.iter().map(String::as_str).collect();
    Some(format!("{own} may use only {}", may.join(", ")))
}

fn names(path: &CodePath, wanted: &[&str]) -> bool {
    path.segments.len() >= wanted.len() && path.segments.iter().zip(wanted).all(|(a, b)| a == b)
}

/// Rules about words rather than paths.
fn habits(file: &SourceFile) -> Vec<String> {
    let tokens = file.product_tokens();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let why = match &token.kind {
            TokenKind::Ident(name) if name == "unsafe" && !file.path.starts_with("os/") => {
                Some("unsafe code only in os/")
            }
            TokenKind::Ident(name) if PRINTING.contains(&name.as_str()) && is_macro(&tokens, index) => {
                Some("write through a handle instead of printing")
            }
            TokenKind::Text(text) if text.starts_with("runtime.") && !file.path.starts_with("go/") => {
                Some("names of the Go runtime only in go/")
            }
            _ => None,
        };
        found.extend(why.map(|why| format!("src/{}:{}: {why}", file.path, token.line)));
    }
    if !VERSION_FILES.iter().any(|place| file.path.starts_with(place)) {
        found.extend(version_comparisons(file, &tokens));
    }
    found
}

fn is_macro(tokens: &[Token], index: usize) -> bool {
    tokens.get(index + 1).is_some_and(|next| next.is_punct('!'))
        && !tokens.get(index + 2).is_some_and(|next| next.is_punct('='))
}

/// Lines that compare a Go version, in files that know the type at all.
///
/// rustfmt puts blanks around comparisons and none around generics, so the text of the line tells.
fn version_comparisons(file: &SourceFile, tokens: &[Token]) -> Vec<String> {
    if !tokens.iter().any(|token| token.ident() == Some("GoVersion")) {
        return Vec::new();
    }
    let lines: BTreeSet<usize> = tokens
        .iter()
        .filter(|token| {
            token
                .ident()
                .is_some_and(|name| name.to_lowercase().contains("version"))
        })
        .map(|token| token.line)
        .collect();
    file.text
        .lines()
        .enumerate()
        .filter(|(index, _)| lines.contains(&(index + 1)))
        .filter(|(_, line)| {
            [" < ", " <= ", " > ", " >= "]
                .iter()
                .any(|sign| line.contains(sign))
        })
        .map(|(index, _)| {
            let line = index + 1;
            format!(
                "src/{}:{line}: Go versions are compared only in go/version.rs and go/layout.rs",
                file.path
            )
        })
        .collect()
}

fn lib_text(sources: &[SourceFile]) -> &str {
    &sources
        .iter()
        .find(|file| file.path == "lib.rs")
        .expect("the crate has a root")
        .text
}

#[test]
fn every_layer_uses_only_what_the_table_allows() {
    let sources = product_sources();
    let layers = layers(lib_text(&sources));
    let found: Vec<String> = sources
        .iter()
        .flat_map(|file| violations(file, &layers))
        .collect();
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn every_top_level_module_has_a_row_in_the_table() {
    let sources = product_sources();
    let layers = layers(lib_text(&sources));
    let modules: BTreeSet<String> = sources
        .iter()
        .filter_map(|file| module_of(&file.path).into_iter().next())
        .collect();
    let missing: Vec<&String> = modules
        .iter()
        .filter(|name| !layers.contains_key(*name))
        .collect();
    assert!(
        missing.is_empty(),
        "not in the layer table of src/lib.rs: {missing:?}"
    );
}

#[test]
fn the_table_points_one_way() {
    let sources = product_sources();
    let layers = layers(lib_text(&sources));
    assert!(layers["base"].is_empty());
    for (layer, allowed) in layers.iter().filter(|(layer, _)| !is_start(layer)) {
        for used in allowed {
            assert!(layers.contains_key(used), "{layer} uses {used}, which has no row");
            assert!(!layers[used].contains(layer), "{layer} and {used} use each other");
        }
    }
}

fn is_start(layer: &str) -> bool {
    matches!(layer, "main" | "cli" | "config")
}

/// The rules are worth something only if they bite: each of these must be reported.
mod proof {
    use super::*;

    const TABLE: &str = "\
//! | rank | module | owns | may use |
//! |---|---|---|---|
//! | 0 | [`base`] | facts | |
//! | 1 | [`model`] | data | base |
//! | 1 | [`os`] | Linux | base |
//! | 4 | [`go`] | Go | all above but os |
//! | 7 | [`engine`] | thread | base, model |
//! | 8 | [`ui`], [`headless`] | showing | base, model, engine |
//! | 9 | `cli`, `main` | starting | ui, headless, engine, model, base |
";

    fn reported(path: &str, text: &str) -> Vec<String> {
        violations(&SourceFile::new(path, text), &layers(TABLE))
    }

    #[track_caller]
    fn assert_reported(path: &str, text: &str, wanted: &str) {
        let found = reported(path, text);
        assert!(
            found.iter().any(|line| line.contains(wanted)),
            "{wanted:?} is not in {found:?}"
        );
    }

    #[track_caller]
    fn assert_clean(path: &str, text: &str) {
        assert_eq!(reported(path, text), Vec::<String>::new());
    }

    #[test]
    fn a_plain_upward_use_is_reported_with_its_line() {
        assert_reported(
            "model/a.rs",
            "\n\nuse crate::ui::run;",
            "src/model/a.rs:3: crate::ui::run",
        );
    }

    #[test]
    fn nested_lists_and_renames_are_followed() {
        assert_reported(
            "ui/a.rs",
            "use crate::{base::Addr, engine::{Request, Event}, os::{self, poll as wait}};",
            "crate::os::poll: ui may use only",
        );
        assert_clean(
            "ui/a.rs",
            "use crate::{base::Addr as os, engine::{Request, Event}};",
        );
    }

    #[test]
    fn super_is_resolved_through_files_and_inline_modules() {
        assert_reported(
            "ui/panes/a.rs",
            "use super::super::super::go::Layout;",
            "crate::go::Layout",
        );
        assert_reported(
            "ui/a.rs",
            "mod inner { fn f() { super::super::super::os::x() } }",
            "crate::os::x",
        );
        assert_clean(
            "ui/panes/a.rs",
            "use super::super::app::AppState; use self::b::C;",
        );
    }

    #[test]
    fn paths_in_expressions_and_types_count() {
        assert_reported("engine/a.rs", "fn f(x: &crate::os::Map) {}", "crate::os::Map");
        assert_reported(
            "main.rs",
            "fn main() { tinydbg_tui::go::run() }",
            "crate::go::run",
        );
        assert_clean("main.rs", "use cli; fn main() { tinydbg_tui::cli::run() }");
    }

    #[test]
    fn ways_around_are_reported() {
        assert_reported("engine/a.rs", "use crate::*;", "hides which layer");
        assert_reported("cli.rs", "use super::*;", "hides which layer");
        assert_reported("engine/a.rs", "use crate as all;", "hides which layer");
        assert_reported("stray.rs", "use crate::base::Addr;", "not in the layer table");
    }

    #[test]
    fn siblings_of_one_rank_do_not_use_each_other() {
        assert_reported("ui/a.rs", "use crate::headless::text;", "ui may use only");
        assert_reported("model/a.rs", "use crate::os::x;", "model may use only base");
    }

    #[test]
    fn all_above_but_one_means_just_that() {
        assert_reported("go/a.rs", "use crate::os::x;", "go may use only base, model");
        assert_clean("go/a.rs", "use crate::{base::Addr, model::Frame};");
    }

    #[test]
    fn owned_crates_are_reported_elsewhere() {
        assert_reported("go/a.rs", "use gimli::Reader;", "only for symbols/");
        assert_reported("go/a.rs", "fn f() -> object::Result<()> { }", "only for elf/");
        assert_reported("engine/a.rs", "use nix::sys::{signal, ptrace};", "only for os/");
        assert_reported("engine/a.rs", "use nix::{sys::{uio::*}};", "only for os/");
        assert_reported("engine/a.rs", "use libc;", "only for os/");
        assert_reported("headless/a.rs", "use ratatui::text::Line;", "only for ui/");
        assert_clean("ui/a.rs", "use ratatui::text::Line; use crossterm::event;");
        assert_clean("go/a.rs", "fn f(object: &T) { object.x(); let gimli = 1; }");
    }

    #[test]
    fn habits_are_reported_elsewhere() {
        assert_reported("go/a.rs", "fn f() { unsafe { g() } }", "unsafe code only in os/");
        assert_reported("go/a.rs", "fn f() { println!(\"x\"); }", "instead of printing");
        assert_reported("cli.rs", "fn f() { eprint!(\"x\"); }", "instead of printing");
        assert_reported(
            "model/a.rs",
            "const A: &str = \"runtime.gopanic\";",
            "only in go/",
        );
        assert_reported(
            "model/a.rs",
            "const A: &str = r#\"runtime.gopanic\"#;",
            "only in go/",
        );
        assert_clean("go/a.rs", "const A: &str = \"runtime.gopanic\";");
        assert_clean("os/a.rs", "fn f() { unsafe { g() } }");
    }

    #[test]
    fn version_comparisons_are_reported_outside_their_files() {
        let text = "use super::GoVersion;\nfn f(v: GoVersion) { if v.version >= GoVersion::new(1, 24) {} }";
        assert_reported("go/a.rs", text, "src/go/a.rs:2: Go versions are compared only");
        assert_clean("go/version.rs", text);
        assert_clean("go/a.rs", "fn f(v: u16) { if dwarf_version >= 5 {} }");
        assert_clean("go/a.rs", "fn f(v: Option<GoVersion>) -> Vec<GoVersion> {}");
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        assert_clean(
            "model/a.rs",
            "// use crate::ui::x;\n/* crate::ui /* deep */ crate::ui::y */",
        );
        assert_clean(
            "model/a.rs",
            "const A: &str = \"crate::ui::x \\\" crate::ui::y\"; const B: char = '\"';",
        );
        assert_clean(
            "model/a.rs",
            "#[cfg(test)]\nmod tests { use crate::ui::x; fn f() { println!(); } }",
        );
        assert_clean("model/a/tests.rs", "use crate::ui::x;");
        assert_reported(
            "model/a.rs",
            "#[cfg(test)]\nmod tests;\nfn f<'a>(x: &'a str) { crate::ui::y(x) }",
            "crate::ui::y",
        );
    }
}
