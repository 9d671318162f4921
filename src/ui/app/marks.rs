//! Marks: goroutines and frames that the user wants to find again, under a letter each.

use super::{AppState, Level, Visit};
use crate::model::Subject;
use crate::ui::text::short_function;

/// A marked place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub visit: Visit,
    /// Where it is, as it was when it was marked.
    pub label: String,
}

/// There is a letter for each.
const MOST: usize = 26;

impl AppState {
    /// Marks the selected frame under the next letter.
    pub fn mark(&mut self) {
        let Some(subject) = self.stack.subject else {
            self.say(Level::Info, "no goroutine is selected");
            return;
        };
        let visit = Visit {
            subject,
            frame: self.stack.selected,
        };
        let known = self.marks.iter().position(|mark| mark.visit == visit);
        let at = known.unwrap_or_else(|| {
            if self.marks.len() >= MOST {
                self.marks.remove(0);
            }
            let label = self.place_label(subject);
            self.marks.push(Mark { visit, label });
            self.marks.len() - 1
        });
        let letter = mark_letter(at);
        self.say(
            Level::Info,
            format!("marked as {letter}: ' and {letter} come back here"),
        );
    }

    fn place_label(&self, subject: Subject) -> String {
        let who = match subject {
            Subject::Goroutine(id) => format!("goroutine {id}"),
            Subject::Thread(tid) => format!("thread {tid}"),
        };
        let frame = self.stack.selected_frame();
        let function = frame.and_then(|frame| frame.location.function.as_deref());
        let name = function.map(short_function).unwrap_or_default();
        format!("{who}  frame {}  {name}", self.stack.selected)
    }
}

/// The letter of the mark with that number.
#[must_use]
pub fn mark_letter(at: usize) -> char {
    let offset = u8::try_from(at.min(MOST - 1)).unwrap_or(0);
    char::from(b'a' + offset)
}
