//! [`Page`]: where text results go; escapes foreign text and colours it by role.

use std::fmt;
use std::io::{self, Write};

use crate::base::{Addr, visible};
use crate::model::{Role, Runs};

/// Columns by which the later lines of a paragraph are indented.
const INDENT: usize = 7;

/// A text output. All text from the target passes through [`Page::show`], [`Page::runs`] or
/// [`Page::paragraph`].
pub struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
    width: Option<usize>,
}

impl<'a> Page<'a> {
    pub fn new(out: &'a mut dyn Write, color: bool) -> Self {
        Self {
            out,
            color,
            width: None,
        }
    }

    /// Breaks paragraphs between words so that lines are at most `width` columns wide.
    #[must_use]
    pub fn wrapped_at(mut self, width: Option<usize>) -> Self {
        self.width = width;
        self
    }

    /// `text` with nothing in it that a terminal obeys, coloured by `role` where colour is wanted.
    #[must_use]
    pub fn show(&self, role: Role, text: &str) -> String {
        let text = visible(text);
        match sgr(role) {
            Some(code) if self.color => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.into_owned(),
        }
    }

    #[must_use]
    pub fn addr(&self, addr: Addr) -> String {
        self.show(Role::Address, &addr.to_string())
    }

    /// A line of runs, each in the colour of its role.
    #[must_use]
    pub fn runs(&self, runs: &Runs) -> String {
        runs.0.iter().map(|run| self.show(run.role, &run.text)).collect()
    }

    /// Writes `head` and, after it, `text` from the target; lines after the first are indented.
    ///
    /// # Errors
    /// Those of the output.
    pub fn paragraph(&mut self, head: &str, text: &str) -> io::Result<()> {
        let text = visible(text);
        let Some(width) = self.width else {
            return writeln!(self.out, "{head}{text}");
        };
        let mut line = head.to_owned();
        let mut is_empty = true;
        for word in text.split(' ') {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
                writeln!(self.out, "{line}")?;
                line = " ".repeat(INDENT);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        writeln!(self.out, "{line}")
    }

    /// The same page, writing elsewhere.
    pub fn beside<'b>(&self, out: &'b mut dyn Write) -> Page<'b> {
        Page {
            out,
            color: self.color,
            width: self.width,
        }
    }

    /// Writes lines that [`Page::beside`] has made.
    ///
    /// # Errors
    /// Those of the output.
    pub fn lines(&mut self, lines: &[u8]) -> io::Result<()> {
        self.out.write_all(lines)
    }

    /// Writes one line.
    ///
    /// # Errors
    /// Those of the output.
    pub fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }
}

impl fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("color", &self.color)
            .finish_non_exhaustive()
    }
}

/// `1 goroutine`, `2 goroutines`.
#[must_use]
pub(super) fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// The terminal's own palette only: readable on dark and on light backgrounds.
const fn sgr(role: Role) -> Option<&'static str> {
    match role {
        Role::Plain | Role::Punctuation | Role::Name | Role::Number => None,
        Role::Function => Some("1"),
        Role::TypeName => Some("36"),
        Role::Text => Some("32"),
        Role::Address | Role::Dim => Some("2"),
        Role::Keyword => Some("1"),
        Role::Missing => Some("3"),
        Role::Error => Some("1;31"),
        Role::Doubtful => Some("33"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(width: Option<usize>, text: &str) -> String {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, false).wrapped_at(width);
        page.paragraph("error: ", text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn paragraphs_break_between_words_only() {
        assert_eq!(paragraph(None, "a bb\x1b"), "error: a bb\\x1b\n");
        assert_eq!(
            paragraph(Some(14), "aaa bbb ccc /a/very/long/path d"),
            "error: aaa bbb\n       ccc\n       /a/very/long/path\n       d\n"
        );
    }
}
