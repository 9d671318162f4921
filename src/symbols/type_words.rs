//! Names of types as sequences of words, so that what people write finds what the compiler wrote.
//!
//! ```text
//!   map[string]*http.Server                   what was written
//!   map [ string ] * http.Server              its words
//!   map [ string ] * net/http.Server          the compiler's: a path may lack its beginning
//! ```
//!
//! Knows only the spelling; that a name belongs to a type is for the index to say.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

/// How well a name fits what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Word by word the same.
    Exact,
    /// The same but for the beginnings of import paths.
    Shortened,
}

/// A hash that is the same for all spellings of a name that can [`fit`] each other.
pub(super) fn spelling_hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    for word in Words::of(name) {
        last_element(word).hash(&mut hasher);
    }
    hasher.finish()
}

/// Whether `written` can mean `name`, which is a name in full.
pub(super) fn fit(written: &str, name: &str) -> Option<Fit> {
    let (mut written, mut name) = (Words::of(written), Words::of(name));
    let mut fit = Fit::Exact;
    loop {
        match (written.next(), name.next()) {
            (None, None) => return Some(fit),
            (Some(short), Some(full)) if short == full => {}
            (Some(short), Some(full)) if is_end_of_path(short, full) => fit = Fit::Shortened,
            _ => return None,
        }
    }
}

/// Takes the quotes off package paths, which expressions need there: `"net/http".Server`.
pub(super) fn without_quotes(written: &str) -> Cow<'_, str> {
    if !written.contains("\".") {
        return Cow::Borrowed(written);
    }
    let mut plain = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, quoted)) = rest.split_once('"') {
        plain.push_str(before);
        match quoted.split_once('"') {
            Some((path, after)) if after.starts_with('.') => {
                plain.push_str(path);
                rest = after;
            }
            Some((tag, after)) => {
                plain.push('"');
                plain.push_str(tag);
                plain.push('"');
                rest = after;
            }
            None => {
                plain.push('"');
                rest = quoted;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// `http.Server` of `net/http.Server`.
fn last_element(word: &str) -> &str {
    // Of a quoted word the slashes mean nothing.
    if word.starts_with('"') {
        return word;
    }
    word.rsplit_once('/').map_or(word, |(_, last)| last)
}

/// Whether `short` is `full` without the first elements of its path.
fn is_end_of_path(short: &str, full: &str) -> bool {
    !short.is_empty()
        && !short.starts_with('"')
        && full
            .strip_suffix(short)
            .is_some_and(|before| before.ends_with('/'))
}

/// Names with their paths, quoted tags, `<-`, and single characters; white space is gone, and
/// `any`, `byte` and `rune` are what they stand for.
#[derive(Clone, Debug)]
struct Words<'a> {
    rest: &'a str,
    /// What is left of the words that stand for one.
    pending: &'static [&'static str],
}

/// Other names of predeclared types, with the words that the compiler writes.
const SYNONYMS: [(&str, &[&str]); 3] = [
    ("any", &["interface", "{", "}"]),
    ("byte", &["uint8"]),
    ("rune", &["int32"]),
];

impl<'a> Words<'a> {
    const fn of(name: &'a str) -> Self {
        Self {
            rest: name,
            pending: &[],
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if let Some((first, rest)) = self.pending.split_first() {
            self.pending = rest;
            return Some(first);
        }
        self.rest = self.rest.trim_start();
        let (word, rest) = self.rest.split_at_checked(word_length(self.rest)?)?;
        self.rest = rest;
        match SYNONYMS.iter().find(|(name, _)| *name == word) {
            Some((_, [first, rest @ ..])) => {
                self.pending = rest;
                Some(first)
            }
            _ => Some(word),
        }
    }
}

/// Bytes of the word that `text` begins with; `None` at the end.
fn word_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '"' {
        // A tag keeps its escapes, so a quote after a backslash is inside.
        let mut escaped = false;
        let end = text.char_indices().skip(1).find(|(_, character)| {
            let ends = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            ends
        });
        return Some(end.map_or(text.len(), |(at, _)| at + 1));
    }
    if text.starts_with("<-") {
        return Some(2);
    }
    if !in_name(first) {
        return Some(first.len_utf8());
    }
    Some(text.find(|character| !in_name(character)).unwrap_or(text.len()))
}

/// Whether names and import paths are made of it.
fn in_name(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(
            character,
            '_' | '.' | '/' | '-' | '~' | '+' | '@' | '%' | '$' | '·'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_type_fit() {
        let cases = [
            ("net/http.Server", "net/http.Server", Some(Fit::Exact)),
            ("http.Server", "net/http.Server", Some(Fit::Shortened)),
            ("tp.Server", "net/http.Server", None),
            ("b/c.T", "a/b/c.T", Some(Fit::Shortened)),
            ("x/c.T", "a/b/c.T", None),
            ("[ ] byte", "[]uint8", Some(Fit::Exact)),
            (
                "map[ string ]* http.Server",
                "map[string]*net/http.Server",
                Some(Fit::Shortened),
            ),
            ("map[string]any", "map[string]interface {}", Some(Fit::Exact)),
            ("chan<- rune", "chan<- int32", Some(Fit::Exact)),
            ("Pair[int,any]", "main.Pair[int,interface {}]", None),
            (
                "main.Pair[int, any]",
                "main.Pair[int,interface {}]",
                Some(Fit::Exact),
            ),
            (
                "struct { A int \"a/b\" }",
                "struct { A int \"a/b\" }",
                Some(Fit::Exact),
            ),
            ("struct { A int \"b\" }", "struct { A int \"a/b\" }", None),
            ("", "int", None),
        ];
        for (written, name, expected) in cases {
            assert_eq!(fit(written, name), expected, "{written:?} {name:?}");
            if expected.is_some() {
                assert_eq!(
                    spelling_hash(written),
                    spelling_hash(name),
                    "{written:?} {name:?}"
                );
            }
        }
    }

    #[test]
    fn quotes_around_a_path_go_and_tags_keep_theirs() {
        assert_eq!(without_quotes("*\"net/http\".Server"), "*net/http.Server");
        assert_eq!(
            without_quotes("struct { A \"a\".T \"x\" }"),
            "struct { A a.T \"x\" }"
        );
        assert_eq!(without_quotes("\".\"x"), "\".\"x");
    }

    proptest! {
        #[test]
        fn words_cover_every_text_and_end(text in any::<String>()) {
            let words = Words::of(&text).count();
            prop_assert!(words <= 3 * text.len());
            prop_assert!(text.trim().is_empty() || fit(&text, &text) == Some(Fit::Exact));
        }
    }
}
