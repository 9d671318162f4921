//! The goroutine filter: what the text after `/` means, and whether a goroutine passes.
//!
//! Words stand apart by spaces and all have to hold. `!` before a word turns it round. A word
//! `field:value` looks at one field; any other word is looked for in state, function, file, id and
//! labels, letters in order and close together.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use rustc_hash::FxHashMap;

use crate::engine::commands::{LocationKind, location_of};
use crate::model::{Goroutine, Location};

/// A filter as typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    inverse: bool,
    field: Option<Field>,
    value: String,
    /// The value as the number of a goroutine or thread.
    number: Option<u64>,
    atom: Atom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Status,
    Wait,
    Label,
    Function,
    Id,
    Thread,
}

/// The words before the colon, with what they accept; shown as help while typing.
pub const FIELDS: &[(&str, &str)] = &[
    ("status", "running, waiting, syscall, ..."),
    ("wait", "what it waits for"),
    ("label", "KEY=VALUE, or any part of it"),
    ("fn", "function"),
    ("id", "number"),
    ("thread", "thread id"),
];

impl Filter {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            terms: text.split_whitespace().filter_map(Term::parse).collect(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Term {
    fn parse(word: &str) -> Option<Self> {
        let inverse = word.starts_with('!');
        let word = word.strip_prefix('!').unwrap_or(word);
        let (field, value) = match word.split_once(':') {
            Some((name, value)) => match field_named(name) {
                Some(field) => (Some(field), value),
                None => (None, word),
            },
            None => (None, word),
        };
        if value.is_empty() {
            return None;
        }
        Some(Self {
            inverse,
            field,
            value: value.to_lowercase(),
            number: value
                .parse()
                .ok()
                .filter(|number: &u64| number.to_string() == value),
            atom: Atom::new(
                value,
                CaseMatching::Smart,
                Normalization::Smart,
                AtomKind::Fuzzy,
                false,
            ),
        })
    }
}

fn field_named(name: &str) -> Option<Field> {
    Some(match name {
        "status" | "state" => Field::Status,
        "wait" | "reason" => Field::Wait,
        "label" => Field::Label,
        "fn" | "func" | "function" => Field::Function,
        "id" | "g" => Field::Id,
        "thread" | "tid" => Field::Thread,
        _ => return None,
    })
}

/// A filter at work. Goroutines share locations and wait reasons by the thousand, so what was found
/// about one is kept for all that share it.
pub struct Sieve {
    filter: Filter,
    kind: LocationKind,
    matcher: Matcher,
    scratch: Vec<char>,
    /// By term and location.
    seen: FxHashMap<(usize, *const Location), bool>,
    /// By term and text of the state, told by where it lies.
    seen_states: FxHashMap<(usize, *const str), bool>,
}

impl std::fmt::Debug for Sieve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sieve")
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}

impl Sieve {
    #[must_use]
    pub fn new(filter: Filter, kind: LocationKind) -> Self {
        Self {
            filter,
            kind,
            matcher: Matcher::new(Config::DEFAULT),
            scratch: Vec::new(),
            seen: FxHashMap::default(),
            seen_states: FxHashMap::default(),
        }
    }

    pub fn passes(&mut self, goroutine: &Goroutine) -> bool {
        (0..self.filter.terms.len()).all(|at| self.holds(at, goroutine))
    }

    fn holds(&mut self, at: usize, goroutine: &Goroutine) -> bool {
        let Some(term) = self.filter.terms.get(at) else {
            return true;
        };
        let value = &term.value;
        let found = match term.field {
            Some(Field::Status) => {
                goroutine.status.name().contains(value.as_str()) || self.state_matches(at, goroutine)
            }
            Some(Field::Wait) => goroutine
                .wait_reason
                .as_ref()
                .is_some_and(|reason| reason.to_lowercase().contains(value)),
            Some(Field::Label) => has_label(goroutine, value),
            Some(Field::Function) => self.location_matches(at, location_of(goroutine, self.kind)),
            Some(Field::Id) => term.number == Some(goroutine.id.0),
            Some(Field::Thread) => {
                term.number.is_some() && term.number == goroutine.thread.map(|tid| u64::from(tid.0))
            }
            None => self.anywhere(at, goroutine),
        };
        found != self.filter.terms.get(at).is_some_and(|term| term.inverse)
    }

    fn anywhere(&mut self, at: usize, goroutine: &Goroutine) -> bool {
        let Some(term) = self.filter.terms.get(at) else {
            return true;
        };
        term.number == Some(goroutine.id.0)
            || has_label(goroutine, &term.value)
            || self.state_matches(at, goroutine)
            || self.location_matches(at, location_of(goroutine, self.kind))
    }

    fn state_matches(&mut self, at: usize, goroutine: &Goroutine) -> bool {
        let (terms, text) = (&self.filter.terms, goroutine.state());
        let look = || {
            let term = terms.get(at);
            term.is_some_and(|term| text.to_lowercase().contains(&term.value))
        };
        *self
            .seen_states
            .entry((at, std::ptr::from_ref(text)))
            .or_insert_with(look)
    }

    fn location_matches(&mut self, at: usize, place: &Location) -> bool {
        let key = (at, std::ptr::from_ref(place));
        if let Some(known) = self.seen.get(&key) {
            return *known;
        }
        let function = place.function.as_deref().unwrap_or_default();
        let file = place.file.as_deref().unwrap_or_default();
        let found = self.close(at, function)
            || (self.filter.terms.get(at).is_some_and(|term| term.field.is_none()) && self.close(at, file));
        self.seen.insert(key, found);
        found
    }

    /// Letters in order and close together: scattered finds in a long path mean nothing.
    fn close(&mut self, at: usize, text: &str) -> bool {
        let Some(term) = self.filter.terms.get(at) else {
            return true;
        };
        let haystack = Utf32Str::new(text, &mut self.scratch);
        let length = u16::try_from(term.value.chars().count()).unwrap_or(u16::MAX);
        // nucleo gives 16 for a letter and takes 3 for a gap: this allows a gap every other letter.
        let least = length.saturating_mul(15);
        term.atom
            .score(haystack, &mut self.matcher)
            .is_some_and(|score| score >= least)
    }
}

fn has_label(goroutine: &Goroutine, wanted: &str) -> bool {
    goroutine
        .labels
        .iter()
        .any(|(key, value)| match wanted.split_once('=') {
            Some((name, text)) => key.to_lowercase() == name && value.to_lowercase().contains(text),
            None => key.to_lowercase().contains(wanted) || value.to_lowercase().contains(wanted),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing;

    fn ids(text: &str) -> Vec<u64> {
        let list = testing::goroutines();
        let mut sieve = Sieve::new(Filter::parse(text), LocationKind::User);
        list.goroutines
            .iter()
            .filter(|g| sieve.passes(g))
            .map(|g| g.id.0)
            .collect()
    }

    #[test]
    fn text_is_found_in_state_function_and_labels() {
        assert!(ids("worker").len() > 1);
        assert_eq!(ids("process"), [35]);
        assert_eq!(ids("prcs"), [35]);
        assert!(ids("zzz").is_empty());
    }

    #[test]
    fn fields_and_inverse_words() {
        assert_eq!(ids("id:1"), [1]);
        assert_eq!(ids("status:running"), [35]);
        let all = ids("").len();
        assert_eq!(ids("!status:running").len(), all - 1);
        assert!(!ids("wait:chan !fn:worker").is_empty());
        assert!(!ids("label:tenant=acme").is_empty());
    }
}
