//! What the source pane knows: the file shown, where the frame stands in it, cursor and search.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Failure, SourceOrigin, SourceText};
use crate::ui::highlight::{HighlightRequest, Highlights};
use crate::ui::motion::reveal;
use crate::ui::widgets::ListState;

/// The pane's state.
#[derive(Debug, Default)]
pub struct SourcePane {
    /// The file that is wanted, as recorded in the binary.
    pub file: Option<Arc<str>>,
    /// Since when it is awaited.
    pub loading: Option<u64>,
    pub failed: Option<Failure>,
    /// Texts seen so far, the newest last.
    texts: Vec<SourceText>,
    /// Why there is nothing to show, when no file is known at all.
    pub no_file: Option<String>,
    /// Line of the selected frame, from 1.
    pub current_line: Option<u32>,
    pub scroll: ListState,
    /// Columns scrolled to the right.
    pub left: usize,
    pub search: String,
    /// Colours that have arrived.
    pub highlights: Highlights,
    /// What colours were asked for last: file and first line.
    asked: Option<(Arc<str>, usize)>,
    /// A line to go to once the text is here, from 1.
    pub wanted_line: Option<u32>,
}

const KEPT: usize = 12;
/// Columns moved by one press.
const SIDE_STEP: usize = 8;

impl SourcePane {
    /// Turns to `file` and `line`. Returns whether the text has to be asked for.
    pub fn show(&mut self, file: Option<Arc<str>>, line: Option<u32>, height: usize) -> bool {
        let same = self.file == file;
        self.file = file;
        self.current_line = line;
        self.no_file = None;
        if !same {
            self.left = 0;
            self.failed = None;
            self.loading = None;
            self.scroll = ListState::default();
        }
        self.to_current(height);
        let Some(wanted) = &self.file else {
            return false;
        };
        let known = self.texts.iter().any(|text| text.file == *wanted);
        !known && self.loading.is_none() && self.failed.is_none()
    }

    pub fn accept(&mut self, text: SourceText, height: usize) {
        let shown = self.file.as_ref() == Some(&text.file);
        self.texts.retain(|known| known.file != text.file);
        self.texts.push(text);
        if self.texts.len() > KEPT {
            self.texts.remove(0);
        }
        if shown {
            self.loading = None;
            self.failed = None;
            self.to_current(height);
            if let Some(line) = self.wanted_line.take() {
                let row = (line as usize).saturating_sub(1);
                self.scroll = reveal(self.scroll, row, self.len(), height);
            }
        }
    }

    #[must_use]
    pub fn text(&self) -> Option<&SourceText> {
        let file = self.file.as_ref()?;
        self.texts.iter().find(|text| text.file == *file)
    }

    /// A line of a file that was seen.
    #[must_use]
    pub fn line_of(&self, file: &str, line: u32) -> Option<&str> {
        let text = self.texts.iter().find(|text| *text.file == *file)?;
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        text.lines.get(index).map(String::as_str)
    }

    /// What to know before believing the text: shown above it.
    #[must_use]
    pub fn banner(&self) -> Option<String> {
        let text = self.text()?;
        match (&text.doubt, &text.origin) {
            (Some(doubt), _) => Some(doubt.clone()),
            (None, SourceOrigin::Disk(path)) if **path != *text.file => Some(format!("from {path}")),
            _ => None,
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.text().map_or(0, |text| text.lines.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Back to the frame's line, a little above the middle so that what follows is in sight.
    pub fn to_current(&mut self, height: usize) {
        let Some(line) = self.current_line else { return };
        let row = (line as usize).saturating_sub(1);
        let total = self.len();
        if total > 0 {
            let near = self.scroll.offset + 2 <= row && row + 3 < self.scroll.offset + height;
            self.scroll.selected = row;
            if !near {
                self.scroll.offset = row.saturating_sub(height * 2 / 5);
            }
            self.scroll = self.scroll.settled(total, height);
        }
    }

    pub fn scroll_right(&mut self) {
        let longest = self.text().map_or(0, |text| {
            let shown = text.lines.iter().skip(self.scroll.offset).take(200);
            shown.map(String::len).max().unwrap_or(0)
        });
        self.left = (self.left + SIDE_STEP).min(longest.saturating_sub(SIDE_STEP));
    }

    pub fn scroll_left(&mut self) {
        self.left = self.left.saturating_sub(SIDE_STEP);
    }

    /// What to colour now that this is in sight; `None` when nothing changed since it was asked.
    pub fn wants_highlight(&mut self, height: usize) -> Option<HighlightRequest> {
        let file = self.file.clone()?;
        let lines = Arc::clone(&self.text()?.lines);
        let window = self.scroll.window(lines.len(), height);
        let key = (Arc::clone(&file), window.start);
        if self.asked.as_ref() == Some(&key) {
            return None;
        }
        self.asked = Some(key);
        self.highlights.wanted(&file, &lines, window)
    }

    /// The line under the cursor, from 1.
    #[must_use]
    pub fn cursor_line(&self) -> u32 {
        u32::try_from(self.scroll.selected)
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }

    /// Moves to the next line, or with `back` the one before, that holds the search text; wraps.
    /// Returns whether there is one.
    pub fn find(&mut self, back: bool, inclusive: bool, height: usize) -> bool {
        let needle = self.search.clone();
        let Some(text) = self.text() else { return false };
        let total = text.lines.len();
        if needle.is_empty() || total == 0 {
            return false;
        }
        let smart = needle.chars().any(char::is_uppercase);
        let holds = |row: usize| {
            text.lines
                .get(row)
                .is_some_and(|line| !matches(line, &needle, smart).is_empty())
        };
        let start = self.scroll.selected;
        let first = usize::from(!inclusive);
        let found = (first..=total)
            .map(|step| {
                if back {
                    (start + 2 * total - step) % total
                } else {
                    (start + step) % total
                }
            })
            .find(|row| holds(*row));
        let Some(row) = found else { return false };
        self.scroll = reveal(self.scroll, row, total, height);
        true
    }
}

/// Byte ranges of `needle` in `line`; without `exact_case` letters match either case.
#[must_use]
pub fn matches(line: &str, needle: &str, exact_case: bool) -> Vec<Range<usize>> {
    if needle.is_empty() {
        return Vec::new();
    }
    if exact_case {
        return line
            .match_indices(needle)
            .map(|(at, found)| at..at + found.len())
            .collect();
    }
    // Lowering only ASCII keeps every byte in its place.
    let (line, needle) = (line.to_ascii_lowercase(), needle.to_ascii_lowercase());
    line.match_indices(needle.as_str())
        .map(|(at, found)| at..at + found.len())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing;

    #[test]
    fn a_frame_in_the_same_file_only_moves_the_line() {
        let mut pane = SourcePane::default();
        let text = testing::source();
        assert!(pane.show(Some(text.file.clone()), Some(27), 10));
        pane.accept(text.clone(), 10);
        assert_eq!(pane.scroll.selected, 26);
        assert!(!pane.show(Some(text.file), Some(3), 10));
        assert_eq!(pane.scroll.selected, 2);
    }

    #[test]
    fn search_goes_on_and_wraps() {
        let mut pane = SourcePane::default();
        let text = testing::source();
        pane.show(Some(text.file.clone()), Some(1), 10);
        pane.accept(text, 10);
        pane.search = "func ".into();
        assert!(pane.find(false, false, 10));
        let first = pane.scroll.selected;
        assert!(pane.find(false, false, 10));
        assert!(pane.scroll.selected > first);
        assert!(pane.find(true, false, 10));
        assert_eq!(pane.scroll.selected, first);
        pane.search = "no such text".into();
        assert!(!pane.find(false, false, 10));
    }
}
