//! Which grammar reads a file, and the grammars themselves, built once when first asked for.

use std::sync::OnceLock;

use syntect::parsing::{SyntaxDefinition, SyntaxReference, SyntaxSet, SyntaxSetBuilder};

/// Languages that a Go program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    Go,
    /// The assembler of the Go toolchain (Plan 9's).
    GoAssembly,
    C,
    Cpp,
}

/// Go's assembler: syntect has no grammar for it, and its defaults take `.s` for R.
const GO_ASSEMBLY: &str = include_str!("../../../assets/syntaxes/goasm.sublime-syntax");

impl Language {
    /// By the name of a file; `None` for those shown plain.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
        Some(match extension {
            "go" => Self::Go,
            "s" | "S" => Self::GoAssembly,
            "c" | "h" => Self::C,
            "cc" | "cpp" | "cxx" | "hh" | "hpp" => Self::Cpp,
            _ => return None,
        })
    }

    /// The grammar and the set it belongs to. The first call costs milliseconds: never while drawing.
    pub(super) fn grammar(self) -> Option<(&'static SyntaxSet, &'static SyntaxReference)> {
        let (set, name) = match self {
            Self::Go => (default_set(), "Go"),
            Self::C => (default_set(), "C"),
            Self::Cpp => (default_set(), "C++"),
            Self::GoAssembly => (own_set()?, "Go Assembly"),
        };
        set.find_syntax_by_name(name).map(|syntax| (set, syntax))
    }

    /// Whether `line` opens a declaration that nothing before it can change the look of, unless it
    /// stands inside a comment or a raw string.
    pub(super) fn is_anchor(self, line: &str) -> bool {
        let anchors: &[&str] = match self {
            Self::Go => &["func ", "type ", "var ", "const ", "package ", "import "],
            Self::GoAssembly => &["TEXT ", "DATA ", "GLOBL "],
            // In C a function may open with any word.
            Self::C | Self::Cpp => &["#include", "typedef ", "struct ", "static ", "}"],
        };
        anchors.iter().any(|anchor| line.starts_with(anchor))
    }
}

fn default_set() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    // Syntaxes of the set are unpacked one by one, when first used.
    SET.get_or_init(SyntaxSet::load_defaults_newlines)
}

fn own_set() -> Option<&'static SyntaxSet> {
    static SET: OnceLock<Option<SyntaxSet>> = OnceLock::new();
    let build = || {
        let grammar = SyntaxDefinition::load_from_str(GO_ASSEMBLY, true, None).ok()?;
        let mut builder = SyntaxSetBuilder::new();
        builder.add(grammar);
        Some(builder.build())
    };
    SET.get_or_init(build).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_grammar() {
        for language in [Language::Go, Language::GoAssembly, Language::C, Language::Cpp] {
            assert!(language.grammar().is_some(), "{language:?}");
        }
    }

    #[test]
    fn files_are_known_by_their_last_extension() {
        assert_eq!(
            Language::of_path("/usr/lib/go/src/runtime/asm_amd64.s"),
            Some(Language::GoAssembly)
        );
        assert_eq!(Language::of_path("main.pb.go"), Some(Language::Go));
        assert_eq!(Language::of_path("/some.go/README"), None);
        assert_eq!(Language::of_path(""), None);
    }
}
