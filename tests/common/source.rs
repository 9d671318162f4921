//! The project's own source as tokens, for the tests that hold it to its rules.
//!
//! Knows just enough Rust to tell code from comments and strings, and to leave out what is only
//! compiled for tests. Knows no rule; those are in `layering.rs` and `tidy.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// What a piece of source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Ident(String),
    /// A string literal of any sort: what stands between its quotes, escapes left as written.
    Text(String),
    Punct(char),
    /// A number, a character or a lifetime.
    Other,
}

/// A token and the line it starts on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub line: usize,
}

/// One file below `src/`.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to `src/`, with forward slashes.
    pub path: String,
    pub text: String,
}

impl Token {
    pub fn is_punct(&self, wanted: char) -> bool {
        self.kind == TokenKind::Punct(wanted)
    }

    pub fn ident(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Ident(name) => Some(name),
            _ => None,
        }
    }
}

impl SourceFile {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The tokens of what ends up in the product: nothing for files that only tests compile.
    pub fn product_tokens(&self) -> Vec<Token> {
        if self.is_test_only() {
            return Vec::new();
        }
        without_tests(tokens(&self.text))
    }

    /// Files named `tests.rs` or `fake.rs`, or below a directory `tests/`, belong to tests.
    pub fn is_test_only(&self) -> bool {
        let mut parts = self.path.rsplit('/');
        let name = parts.next().unwrap_or_default();
        matches!(name, "tests.rs" | "fake.rs") || parts.any(|part| part == "tests")
    }
}

/// Every `.rs` file below `src/`, in order of their paths.
pub fn product_sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| SourceFile {
            path: path
                .strip_prefix(&root)
                .expect("found below it")
                .to_string_lossy()
                .replace('\\', "/"),
            text: fs::read_to_string(&path).expect("source is readable text"),
        })
        .collect()
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("src/ is readable") {
        let path = entry.expect("src/ is readable").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Takes source apart; comments are left out.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        line: 1,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next_token() {
        tokens.push(token);
    }
    tokens
}

/// Leaves out every item under `#[cfg(test)]`, with its body.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if starts_test_item(&tokens[at..]) {
            at = end_of_item(&tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn starts_test_item(tokens: &[Token]) -> bool {
    let wanted = ["#", "[", "cfg", "(", "test", ")", "]"];
    tokens.len() > wanted.len()
        && wanted
            .iter()
            .zip(tokens)
            .all(|(wanted, token)| match &token.kind {
                TokenKind::Ident(name) => name == wanted,
                TokenKind::Punct(sign) => wanted.starts_with(*sign),
                _ => false,
            })
}

/// The index after the item that starts at `from`: past its `;`, or past its closing brace.
fn end_of_item(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.kind {
            TokenKind::Punct('{' | '(' | '[') => depth += 1,
            TokenKind::Punct(')' | ']') => depth = depth.saturating_sub(1),
            TokenKind::Punct('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            TokenKind::Punct(';') if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let character = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn next_token(&mut self) -> Option<Token> {
        self.skip_blanks_and_comments();
        let line = self.line;
        let first = self.peek(0)?;
        let kind = match first {
            '"' => {
                self.bump();
                TokenKind::Text(self.quoted('"'))
            }
            '\'' => self.character_or_lifetime(),
            '0'..='9' => {
                self.word();
                TokenKind::Other
            }
            _ if first == '_' || first.is_alphabetic() => self.ident_or_prefixed_string(),
            _ => {
                self.bump();
                TokenKind::Punct(first)
            }
        };
        Some(Token { kind, line })
    }

    fn skip_blanks_and_comments(&mut self) {
        while let Some(character) = self.peek(0) {
            match (character, self.peek(1)) {
                ('/', Some('/')) => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.bump();
                    }
                }
                ('/', Some('*')) => self.skip_block_comment(),
                _ if character.is_whitespace() => {
                    self.bump();
                }
                _ => return,
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                (None, _) => return,
                _ => {
                    self.bump();
                }
            }
        }
    }

    /// What stands before `end`, which is passed over; a backslash keeps the next character.
    fn quoted(&mut self, end: char) -> String {
        let mut text = String::new();
        while let Some(character) = self.bump() {
            if character == end {
                break;
            }
            text.push(character);
            if character == '\\' {
                text.extend(self.bump());
            }
        }
        text
    }

    /// `'a'` and `'\n'` are characters, `'a` is a lifetime.
    fn character_or_lifetime(&mut self) -> TokenKind {
        self.bump();
        if self.peek(0) == Some('\\') || self.peek(1) == Some('\'') {
            self.quoted('\'');
        } else {
            self.word();
        }
        TokenKind::Other
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(character) = self.peek(0).filter(|c| *c == '_' || c.is_alphanumeric()) {
            word.push(character);
            self.bump();
        }
        word
    }

    /// `name`, `r#name`, or a string with a prefix: `r"..."`, `br#"..."#`, `c"..."`.
    fn ident_or_prefixed_string(&mut self) -> TokenKind {
        let word = self.word();
        if !matches!(word.as_str(), "r" | "b" | "br" | "c" | "cr") {
            return TokenKind::Ident(word);
        }
        if word == "b" && self.peek(0) == Some('\'') {
            return self.character_or_lifetime();
        }
        let hashes = (0..).take_while(|&ahead| self.peek(ahead) == Some('#')).count();
        if self.peek(hashes) != Some('"') {
            if word == "r" && hashes == 1 {
                self.bump();
                return TokenKind::Ident(self.word());
            }
            return TokenKind::Ident(word);
        }
        self.at += hashes + 1;
        if word.contains('r') {
            TokenKind::Text(self.raw(hashes))
        } else {
            TokenKind::Text(self.quoted('"'))
        }
    }

    fn raw(&mut self, hashes: usize) -> String {
        let mut text = String::new();
        while let Some(character) = self.bump() {
            let closed = character == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if closed {
                self.at += hashes;
                break;
            }
            text.push(character);
        }
        text
    }
}
