//! `list`: source around a place.

use std::sync::Arc;

use crate::base::Pattern;
use crate::headless::console::Console;
use crate::headless::reply::{Listing, Reply};
use crate::model::{Failure, FailureKind, Location, SourceOrigin, SourceText};

/// Lines shown before and after the line in the middle, as Delve has it.
const AROUND: usize = 5;

/// Files named when what was typed fits several.
const CANDIDATES_NAMED: usize = 5;

impl Console {
    pub(crate) fn show_source(&mut self, file: Option<&str>, line: Option<u32>) -> Result<Reply, Failure> {
        let here = match self.selected_location() {
            Ok(here) => Some(here),
            Err(failure) if file.is_none() => return Err(failure),
            Err(_) => None,
        };
        let (file, line) = match (file, line) {
            (None, None) => {
                let here = here.unwrap_or_default();
                return Ok(Reply::Listing(self.source_around(&here)?));
            }
            (None, Some(line)) => (known_file(&here.clone().unwrap_or_default())?, line),
            (Some(file), line) => (self.resolve_file(file)?, line.unwrap_or(1)),
        };
        let text = self.client.source(Arc::clone(&file))?;
        let current = here
            .filter(|here| here.file.as_ref() == Some(&file))
            .and_then(|here| here.line);
        Ok(Reply::Listing(cut(&text, line, current)?))
    }

    /// Source around a place in code, the line itself marked.
    pub(crate) fn source_around(&mut self, place: &Location) -> Result<Listing, Failure> {
        let file = known_file(place)?;
        let Some(line) = place.line else {
            return Err(Failure::new(
                FailureKind::Unavailable,
                format!("no line is recorded for {}", place.pc),
            ));
        };
        let text = self.client.source(file)?;
        cut(&text, line, Some(line))
    }

    pub(super) fn selected_location(&mut self) -> Result<Location, Failure> {
        let selected = self.selected()?;
        let stack = self.client.stack(selected.subject, selected.index, 1)?;
        match stack.frames.into_iter().next() {
            Some(frame) => Ok(frame.location),
            None => Err(Failure::new(
                FailureKind::NotFound,
                format!("there is no frame {}", selected.index),
            )),
        }
    }

    /// `sources`.
    pub(crate) fn show_files(&mut self, pattern: Option<&Pattern>) -> Result<Reply, Failure> {
        let filter = pattern.cloned().unwrap_or_else(|| Pattern::literal(""));
        let sources = self.client.sources(filter)?;
        Ok(Reply::Sources { sources })
    }

    /// The recorded path that `typed` means: itself, or the only one of the binary that ends in it.
    fn resolve_file(&mut self, typed: &str) -> Result<Arc<str>, Failure> {
        let known = match self.client.sources(Pattern::literal(typed)) {
            Ok(files) => files,
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            // Without Go's tables a path can still be asked for as it is.
            Err(_) => Arc::default(),
        };
        if let Some(file) = known.iter().find(|file| &***file == typed) {
            return Ok(Arc::clone(file));
        }
        let ends_in = |file: &&Arc<str>| {
            file.strip_suffix(typed)
                .is_some_and(|before| before.ends_with('/'))
        };
        let fitting: Vec<&Arc<str>> = known.iter().filter(ends_in).collect();
        match fitting.as_slice() {
            [file] => Ok(Arc::clone(file)),
            [] => Ok(Arc::from(typed)),
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .take(CANDIDATES_NAMED)
                    .map(|file| &***file)
                    .collect();
                let more = several.len() - names.len();
                let rest = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                Err(Failure::new(
                    FailureKind::Usage,
                    format!("{typed:?} can mean {}{rest}", names.join(", ")),
                ))
            }
        }
    }
}

fn known_file(place: &Location) -> Result<Arc<str>, Failure> {
    place.file.clone().ok_or_else(|| {
        Failure::new(
            FailureKind::Unavailable,
            format!("no source file is recorded for {}", place.pc),
        )
    })
}

/// The lines around `middle`.
fn cut(text: &SourceText, middle: u32, current: Option<u32>) -> Result<Listing, Failure> {
    let middle = usize::try_from(middle).unwrap_or(usize::MAX);
    let last = text.lines.len();
    if middle > last {
        return Err(Failure::new(
            FailureKind::NotFound,
            format!("there is no line {middle}: {} has {last} lines", text.file),
        ));
    }
    let start = middle.saturating_sub(AROUND).max(1);
    let end = (middle + AROUND).min(last);
    let lines = text.lines.get(start - 1..end).unwrap_or_default().to_vec();
    let (origin, path) = match &text.origin {
        SourceOrigin::Disk(path) => ("disk", Some(path.clone())),
        SourceOrigin::Server(server) => ("debuginfod", Some(server.clone())),
        SourceOrigin::Embedded => ("embedded", None),
    };
    Ok(Listing {
        file: Arc::clone(&text.file),
        origin,
        path,
        doubt: text.doubt.clone(),
        start,
        current: current
            .and_then(|line| usize::try_from(line).ok())
            .filter(|line| (start..=end).contains(line)),
        lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: usize) -> SourceText {
        SourceText {
            file: "/src/main.go".into(),
            origin: SourceOrigin::Embedded,
            lines: (1..=lines).map(|line| format!("line {line}")).collect(),
            doubt: None,
        }
    }

    #[test]
    fn a_listing_is_cut_at_both_ends_of_the_file() {
        let listing = cut(&text(8), 2, Some(2)).unwrap();
        assert_eq!((listing.start, listing.lines.len()), (1, 7));
        assert_eq!(listing.current, Some(2));
        let listing = cut(&text(8), 8, None).unwrap();
        assert_eq!((listing.start, listing.lines.len()), (3, 6));
    }

    #[test]
    fn a_line_after_the_end_is_an_error_not_an_empty_page() {
        let failure = cut(&text(8), 9, None).unwrap_err();
        assert_eq!(failure.message, "there is no line 9: /src/main.go has 8 lines");
        assert!(cut(&text(0), 1, None).is_err());
    }

    #[test]
    fn the_current_line_is_marked_only_where_it_is_shown() {
        assert_eq!(cut(&text(99), 50, Some(20)).unwrap().current, None);
    }
}
