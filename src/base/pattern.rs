//! [`Pattern`]: what people type to pick names.
//!
//! Matching takes time linear in the name, whatever the pattern.

use std::fmt;

use regex::Regex;

/// A regular expression that may fit anywhere in a name, or a plain text that has to occur in it.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// `None` for plain text.
    regex: Option<Regex>,
}

/// Why a text is no regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("{why} at character {at} of {text:?}")]
    Syntax {
        text: String,
        why: String,
        /// Counted from 1.
        at: usize,
    },
    #[error("the pattern is too long: {0} bytes")]
    TooLarge(usize),
}

impl Pattern {
    /// Compiles a regular expression; the empty one fits everything.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let regex = Regex::new(text).map_err(|_| explain(text))?;
        Ok(Self {
            text: text.to_owned(),
            regex: Some(regex),
        })
    }

    /// Fits names in which `text` occurs.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            regex: None,
        }
    }

    /// Whether it fits somewhere in `name`.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        match &self.regex {
            Some(regex) => regex.is_match(name),
            None => name.contains(&self.text),
        }
    }

    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.regex.is_some()) == (&other.text, other.regex.is_some())
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pattern({:?})", self.text)
    }
}

/// What the compiler of expressions says, without the drawing it makes of it.
fn explain(text: &str) -> PatternError {
    let (why, span) = match regex_syntax::parse(text) {
        Err(regex_syntax::Error::Parse(error)) => (error.kind().to_string(), *error.span()),
        Err(regex_syntax::Error::Translate(error)) => (error.kind().to_string(), *error.span()),
        _ => return PatternError::TooLarge(text.len()),
    };
    let before = text.get(..span.start.offset).unwrap_or_default();
    PatternError::Syntax {
        text: text.to_owned(),
        why,
        at: before.chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_anywhere_unless_it_is_anchored() {
        let fits = |pattern: &str, name: &str| Pattern::parse(pattern).unwrap().fits(name);
        assert!(fits("stock", "main.stock"));
        assert!(fits("", "main.stock"));
        assert!(fits(r"^main\.[a-c]", "main.bill"));
        assert!(!fits(r"^stock", "main.stock"));
        assert!(fits("(?i)STOCK$", "main.stock"));
    }

    #[test]
    fn plain_text_means_itself() {
        assert!(Pattern::literal("a(b").fits("xa(by"));
        assert!(!Pattern::literal("main.").fits("mainly"));
        assert_ne!(Pattern::literal("a"), Pattern::parse("a").unwrap());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = |pattern: &str| Pattern::parse(pattern).unwrap_err().to_string();
        assert_eq!(told("ab(c"), "unclosed group at character 3 of \"ab(c\"");
        assert_eq!(
            told("é*+**["),
            "unclosed character class at character 6 of \"é*+**[\""
        );
        assert!(told("a{1000}{1000}{1000}").starts_with("the pattern is too"));
    }
}
