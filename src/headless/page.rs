//! [`Page`]: where text results go; escapes foreign text and colours it by role.

use std::fmt;
use std::io::{self, Write};

use crate::base::{Addr, visible};
use crate::model::{Role, Runs};

/// A text output. All text from the target passes through [`Page::show`] or [`Page::runs`].
pub struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
}

impl<'a> Page<'a> {
    pub fn new(out: &'a mut dyn Write, color: bool) -> Self {
        Self { out, color }
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
