//! A command line as words: quoting, flags, numbers. Knows no command.

use std::str::FromStr;

use crate::base::Pattern;
use crate::model::{Failure, FailureKind};

/// The arguments of a command, taken from the front.
#[derive(Debug)]
pub(super) struct Words {
    words: std::vec::IntoIter<String>,
    /// What they were split from.
    text: String,
    /// A fault in their quotes, which only commands that take words mind.
    fault: Option<Failure>,
    usage: &'static str,
    /// Commands around this one: `goroutine 5 frame 1 locals`.
    pub(super) depth: usize,
}

impl Words {
    pub(super) fn new(text: &str, usage: &'static str) -> Self {
        let (words, fault) = match split_words(text) {
            Ok(words) => (words, None),
            Err(fault) => (Vec::new(), Some(fault)),
        };
        Self {
            words: words.into_iter(),
            text: text.trim().to_owned(),
            fault,
            usage,
            depth: 0,
        }
    }

    /// All of it as it was written, quotes included: for expressions, which have quotes of their
    /// own.
    pub(super) fn text(&mut self) -> String {
        self.words = Vec::new().into_iter();
        self.fault = None;
        std::mem::take(&mut self.text)
    }

    /// The first word, and the rest as it was written.
    pub(super) fn first_and_text(&mut self) -> Option<(String, String)> {
        let text = self.text();
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        (!first.is_empty()).then(|| (first.to_owned(), rest.trim().to_owned()))
    }

    /// The fault in the quotes, if words were wanted.
    pub(super) fn fault(&mut self) -> Option<Failure> {
        self.fault.take()
    }

    pub(super) fn next(&mut self) -> Option<String> {
        self.words.next()
    }

    /// The next word if `accepts` likes it; else it stays.
    pub(super) fn next_if(&mut self, accepts: impl Fn(&str) -> bool) -> Option<String> {
        if accepts(self.words.as_slice().first()?) {
            self.words.next()
        } else {
            None
        }
    }

    /// The next word, which has to be there.
    pub(super) fn required(&mut self, what: &str) -> Result<String, Failure> {
        self.next()
            .ok_or_else(|| self.wrong(format!("{what} is missing")))
    }

    /// The next word as a number, which has to be there.
    pub(super) fn required_number<N: FromStr>(&mut self, what: &str) -> Result<N, Failure> {
        let word = self.required(what)?;
        self.to_number(&word, what)
    }

    pub(super) fn to_number<N: FromStr>(&self, word: &str, what: &str) -> Result<N, Failure> {
        word.parse()
            .map_err(|_| self.wrong(format!("{what} has to be a number, not {word:?}")))
    }

    /// The next word as a regular expression; `None` when there is none.
    pub(super) fn pattern(&mut self) -> Result<Option<Pattern>, Failure> {
        let parsed = self.next().map(|word| Pattern::parse(&word)).transpose();
        parsed.map_err(|error| {
            self.wrong(format!("not a regular expression: {error}")).hint(
                "a backslash before `( ) [ ] { } . * + ? | ^ $` takes its meaning away; quote it: '\\.'",
            )
        })
    }

    /// Everything that is left, joined by single spaces; `None` when there is nothing.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest: Vec<String> = self.words.by_ref().collect();
        (!rest.is_empty()).then(|| rest.join(" "))
    }

    /// `Err` when words are left that nobody asked for.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(self.wrong(format!("unexpected argument {word:?}"))),
        }
    }

    /// A usage failure that shows how the command is written.
    pub(super) fn wrong(&self, message: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Usage, message).hint(format!("usage: {}", self.usage))
    }
}

/// Splits a line into words at white space. `"..."` and `'...'` keep white space; a backslash
/// keeps the character after it, except between single quotes.
///
/// # Errors
/// When a quote is not closed.
pub(super) fn split_words(line: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', None | Some('"')) => word
                .get_or_insert_default()
                .push(characters.next().unwrap_or('\\')),
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => word.get_or_insert_default().push(character),
            ('"' | '\'', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (_, None) if character.is_whitespace() => words.extend(word.take()),
            (_, None) => word.get_or_insert_default().push(character),
        }
    }
    if let Some(open) = quote {
        return Err(Failure::new(FailureKind::Usage, format!("{open} is not closed")));
    }
    words.extend(word);
    Ok(words)
}

/// Splits a line into commands at each `;` outside quotes; a `#` that begins a word ends the line.
pub(super) fn split_commands(line: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let (mut start, mut end) = (0, line.len());
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        match (character, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            (_, Some(open)) => quote = (character != open).then_some(open),
            ('"' | '\'', None) => quote = Some(character),
            (';', None) => {
                commands.extend(line.get(start..at));
                start = at + 1;
            }
            ('#', None) if before.is_whitespace() || before == ';' => {
                end = at;
                break;
            }
            _ => {}
        }
        before = character;
    }
    commands.extend(line.get(start..end));
    commands
        .into_iter()
        .map(str::trim)
        .filter(|command| !command.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_keep_white_space() {
        let words = split_words(r#"grs  -with label "a b"=c 'd "e' f\ g"#).unwrap();
        assert_eq!(words, ["grs", "-with", "label", "a b=c", "d \"e", "f g"]);
        assert_eq!(split_words("bt \"\"").unwrap(), ["bt", ""]);
    }

    #[test]
    fn an_open_quote_is_an_error() {
        let failure = split_words("bt \"7").unwrap_err();
        assert_eq!(failure.message, "\" is not closed");
    }

    #[test]
    fn semicolons_part_commands_but_not_inside_quotes() {
        assert_eq!(
            split_commands("grs; bt 7 ;; locals \"a;b\" # not; this"),
            ["grs", "bt 7", "locals \"a;b\""]
        );
        assert!(split_commands("  # all comment").is_empty());
        assert_eq!(split_commands("vars a#b"), ["vars a#b"]);
    }

    proptest! {
        #[test]
        fn no_line_panics(line in any::<String>()) {
            for command in split_commands(&line) {
                let _ = split_words(command);
            }
        }
    }
}
