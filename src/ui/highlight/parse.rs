//! One line at a time: text and the state before it to spans and the state after it.

use rustc_hash::FxHashMap;
use syntect::parsing::{ParseState, Scope as GrammarScope, ScopeStack, SyntaxSet};

use super::Language;
use crate::ui::theme::Scope;
use crate::ui::widgets::StyledRange;

/// Bytes from which on a line is shown plain: generated data, where the regexes would take long.
const LONG_LINE: usize = 4096;

/// All that later lines depend on.
#[derive(Clone, Debug)]
pub(super) struct State {
    parse: ParseState,
    stack: ScopeStack,
}

/// Parses lines of one language.
#[derive(Debug)]
pub(super) struct Parser {
    set: &'static SyntaxSet,
    start: State,
    /// Names of the grammar that were looked up before.
    known: FxHashMap<GrammarScope, Meaning>,
    /// The line with its end, which the grammars want to see.
    buffer: String,
}

/// What a name of the grammar says about the look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Is(Scope),
    /// Nothing: the name below it on the stack decides.
    Nothing,
}

impl Parser {
    pub(super) fn new(language: Language) -> Option<Self> {
        let (set, syntax) = language.grammar()?;
        Some(Self {
            set,
            start: State {
                parse: ParseState::new(syntax),
                stack: ScopeStack::new(),
            },
            known: FxHashMap::default(),
            buffer: String::new(),
        })
    }

    /// The state before the first line of a file.
    pub(super) fn start(&self) -> State {
        self.start.clone()
    }

    /// The spans of `line`, rising and not overlapping; `state` moves on behind it.
    pub(super) fn line(&mut self, line: &str, state: &mut State) -> Vec<StyledRange> {
        if line.len() > LONG_LINE {
            return Vec::new();
        }
        self.buffer.clear();
        self.buffer.push_str(line);
        self.buffer.push('\n');
        let Ok(operations) = state.parse.parse_line(&self.buffer, self.set) else {
            return Vec::new();
        };
        let mut spans: Vec<StyledRange> = Vec::new();
        let mut start = 0;
        for (at, operation) in operations {
            self.span(&mut spans, start..at.min(line.len()), &state.stack);
            start = at.min(line.len());
            // A stack that does not fit is a fault of the grammar; colours are all that suffers.
            let _ = state.stack.apply(&operation);
        }
        self.span(&mut spans, start..line.len(), &state.stack);
        spans
    }

    fn span(&mut self, spans: &mut Vec<StyledRange>, range: std::ops::Range<usize>, stack: &ScopeStack) {
        if range.is_empty() {
            return;
        }
        let meaning = stack
            .scopes
            .iter()
            .rev()
            .map(|name| self.meaning(*name))
            .find(|m| *m != Meaning::Nothing);
        let Some(Meaning::Is(mut scope)) = meaning else {
            return;
        };
        let word = self
            .buffer
            .get(range.clone())
            .unwrap_or_default()
            .trim_end_matches("<-");
        if scope == Scope::SyntaxType && KEYWORDS.contains(&word) {
            scope = Scope::SyntaxKeyword;
        }
        match spans.last_mut() {
            Some(last) if last.scope == scope && last.range.end == range.start => last.range.end = range.end,
            _ => spans.push(StyledRange { range, scope }),
        }
    }

    fn meaning(&mut self, name: GrammarScope) -> Meaning {
        *self
            .known
            .entry(name)
            .or_insert_with(|| meaning_of(&name.build_string()))
    }
}

/// Prefixes of grammar names (Sublime Text's conventions), the longest match decides.
const MEANINGS: &[(&str, Meaning)] = &[
    ("comment", Meaning::Is(Scope::SyntaxComment)),
    ("constant", Meaning::Is(Scope::SyntaxConstant)),
    ("constant.character.escape", Meaning::Is(Scope::SyntaxEscape)),
    ("constant.numeric", Meaning::Is(Scope::SyntaxNumber)),
    ("constant.other.placeholder", Meaning::Is(Scope::SyntaxEscape)),
    ("entity.name.constant", Meaning::Is(Scope::SyntaxConstant)),
    ("entity.name.function", Meaning::Is(Scope::SyntaxFunction)),
    ("entity.name.label", Meaning::Is(Scope::SyntaxLabel)),
    ("entity.name.namespace", Meaning::Is(Scope::SyntaxLabel)),
    ("entity.name.package", Meaning::Is(Scope::SyntaxLabel)),
    ("entity.name.struct", Meaning::Is(Scope::SyntaxType)),
    ("entity.name.type", Meaning::Is(Scope::SyntaxType)),
    ("keyword", Meaning::Is(Scope::SyntaxKeyword)),
    ("keyword.operator", Meaning::Is(Scope::SyntaxOperator)),
    ("meta.preprocessor", Meaning::Is(Scope::SyntaxLabel)),
    ("punctuation", Meaning::Is(Scope::SyntaxPunctuation)),
    ("punctuation.definition", Meaning::Nothing),
    (
        "punctuation.definition.block",
        Meaning::Is(Scope::SyntaxPunctuation),
    ),
    (
        "punctuation.definition.brackets",
        Meaning::Is(Scope::SyntaxPunctuation),
    ),
    (
        "punctuation.definition.group",
        Meaning::Is(Scope::SyntaxPunctuation),
    ),
    ("storage.modifier", Meaning::Is(Scope::SyntaxKeyword)),
    ("storage.type", Meaning::Is(Scope::SyntaxType)),
    ("storage.type.function", Meaning::Is(Scope::SyntaxKeyword)),
    ("storage.type.keyword", Meaning::Is(Scope::SyntaxKeyword)),
    ("storage.type.struct", Meaning::Is(Scope::SyntaxKeyword)),
    ("string", Meaning::Is(Scope::SyntaxString)),
    ("support.function", Meaning::Is(Scope::SyntaxFunction)),
    ("support.function.builtin", Meaning::Is(Scope::SyntaxBuiltin)),
    ("support.type", Meaning::Is(Scope::SyntaxType)),
    ("variable.function", Meaning::Is(Scope::SyntaxFunction)),
    ("variable.language", Meaning::Is(Scope::SyntaxRegister)),
];

/// Words that the Go grammar names like types (`storage.type`).
const KEYWORDS: [&str; 8] = [
    "func",
    "type",
    "var",
    "struct",
    "interface",
    "map",
    "chan",
    "const",
];

fn meaning_of(name: &str) -> Meaning {
    let covers = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    MEANINGS
        .iter()
        .filter(|(prefix, _)| covers(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or(Meaning::Nothing, |(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(language: Language, lines: &[&str]) -> Vec<Vec<(String, Scope)>> {
        let mut parser = Parser::new(language).unwrap();
        let mut state = parser.start();
        let read = |line: &&str| {
            let spans = parser.line(line, &mut state);
            spans
                .into_iter()
                .map(|span| (line[span.range].to_owned(), span.scope))
                .collect()
        };
        lines.iter().map(read).collect()
    }

    fn has(spans: &[(String, Scope)], text: &str, scope: Scope) {
        assert!(
            spans.contains(&(text.to_owned(), scope)),
            "{text:?} as {scope:?} in {spans:?}"
        );
    }

    #[test]
    fn go_is_told_apart() {
        let lines = scopes(
            Language::Go,
            &[
                "func (o *Order) total(rate float64) int {",
                "\treturn len(o.Items) + 0x1f // all",
                "s := \"a\\n\" + nil",
            ],
        );
        has(&lines[0], "func", Scope::SyntaxKeyword);
        has(&lines[0], "total", Scope::SyntaxFunction);
        has(&lines[0], "float64", Scope::SyntaxType);
        has(&lines[1], "return", Scope::SyntaxKeyword);
        has(&lines[1], "len", Scope::SyntaxBuiltin);
        has(&lines[1], "0x1f", Scope::SyntaxNumber);
        has(&lines[1], "// all", Scope::SyntaxComment);
        has(&lines[2], "\\n", Scope::SyntaxEscape);
        has(&lines[2], "nil", Scope::SyntaxConstant);
        has(&lines[2], "+", Scope::SyntaxOperator);
    }

    #[test]
    fn comments_and_raw_strings_reach_over_lines() {
        let lines = scopes(Language::Go, &["/* one", "func two */ x := `raw", "func` + y"]);
        has(&lines[1], "func two */", Scope::SyntaxComment);
        has(&lines[2], "func`", Scope::SyntaxString);
    }

    #[test]
    fn go_assembly_is_told_apart() {
        let lines = scopes(
            Language::GoAssembly,
            &[
                "// func memhash(p unsafe.Pointer)",
                "#include \"textflag.h\"",
                "TEXT runtime·memhash<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-32",
                "\tMOVQ\tptr+0(FP), AX // load",
                "loop:",
                "\tCMPL\t$0x10, 8(SP)(R12*4)",
                "\tJMP\tloop",
                "\tCALL\truntime·throw(SB)",
            ],
        );
        has(
            &lines[0],
            "// func memhash(p unsafe.Pointer)",
            Scope::SyntaxComment,
        );
        has(&lines[1], "\"textflag.h\"", Scope::SyntaxString);
        has(&lines[2], "TEXT", Scope::SyntaxKeyword);
        has(&lines[2], "runtime·memhash", Scope::SyntaxFunction);
        has(&lines[2], "SB", Scope::SyntaxRegister);
        has(&lines[2], "NOSPLIT", Scope::SyntaxConstant);
        has(&lines[3], "MOVQ", Scope::SyntaxBuiltin);
        has(&lines[3], "AX", Scope::SyntaxRegister);
        has(&lines[3], "// load", Scope::SyntaxComment);
        has(&lines[4], "loop", Scope::SyntaxLabel);
        has(&lines[5], "R12", Scope::SyntaxRegister);
        has(&lines[5], "$0x10", Scope::SyntaxNumber);
        has(&lines[7], "runtime·throw", Scope::SyntaxFunction);
    }

    #[test]
    fn long_lines_stay_plain_and_do_no_harm() {
        let long = format!("x := \"{}", "a".repeat(LONG_LINE));
        let lines = scopes(Language::Go, &[&long, "return"]);
        assert!(lines[0].is_empty());
        has(&lines[1], "return", Scope::SyntaxKeyword);
    }
}
