//! Spans that have arrived, for the view to look up. Plain data, part of the state of the screen.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::{HighlightBatch, HighlightRequest, Language};
use crate::ui::widgets::StyledRange;

/// Files whose spans are kept.
const FILES: usize = 8;
/// Lines asked for around the visible ones, so that scrolling finds them ready.
const AROUND: usize = 64;

/// Spans by file and line.
#[derive(Clone, Debug, Default)]
pub struct Highlights {
    /// Most recently used first.
    files: VecDeque<File>,
}

#[derive(Clone, Debug)]
struct File {
    name: Arc<str>,
    lines: Vec<Ready>,
}

#[derive(Clone, Debug, Default)]
enum Ready {
    #[default]
    No,
    Guessed(Vec<StyledRange>),
    Exact(Vec<StyledRange>),
}

impl Highlights {
    /// The spans of a line (from 0); none until they are ready.
    #[must_use]
    pub fn line(&self, file: &str, index: usize) -> &[StyledRange] {
        let known = self.files.iter().find(|known| *known.name == *file);
        match known.and_then(|known| known.lines.get(index)) {
            Some(Ready::Guessed(spans) | Ready::Exact(spans)) => spans,
            Some(Ready::No) | None => &[],
        }
    }

    /// Stores what the worker delivered.
    pub fn accept(&mut self, batch: HighlightBatch) {
        let file = self.touch(&batch.file);
        let end = batch.first.saturating_add(batch.lines.len());
        if file.lines.len() < end {
            file.lines.resize_with(end, Ready::default);
        }
        for (slot, spans) in file.lines.iter_mut().skip(batch.first).zip(batch.lines) {
            match slot {
                Ready::Exact(_) if !batch.exact => {}
                _ if batch.exact => *slot = Ready::Exact(spans),
                _ => *slot = Ready::Guessed(spans),
            }
        }
    }

    /// What to ask the worker for so that `visible` gets its colours; `None` when all is there or
    /// the language is not known. Ask once per change of file or scroll position.
    #[must_use]
    pub fn wanted(
        &self,
        file: &Arc<str>,
        lines: &Arc<[String]>,
        visible: Range<usize>,
    ) -> Option<HighlightRequest> {
        Language::of_path(file)?;
        let visible =
            visible.start.saturating_sub(AROUND)..visible.end.saturating_add(AROUND).min(lines.len());
        let known = self.files.iter().find(|known| known.name == *file);
        let ready = |index: usize| {
            let line = known.and_then(|known| known.lines.get(index));
            matches!(line, Some(Ready::Exact(_)))
        };
        if visible.clone().all(ready) {
            return None;
        }
        Some(HighlightRequest {
            file: file.clone(),
            lines: lines.clone(),
            visible,
        })
    }

    /// Forgets a file, because its text has changed.
    pub fn forget(&mut self, file: &str) {
        self.files.retain(|known| *known.name != *file);
    }

    fn touch(&mut self, name: &Arc<str>) -> &mut File {
        let known = self.files.iter().position(|file| file.name == *name);
        let file = known
            .and_then(|at| self.files.remove(at))
            .unwrap_or_else(|| File {
                name: name.clone(),
                lines: Vec::new(),
            });
        self.files.truncate(FILES - 1);
        self.files.push_front(file);
        &mut self.files[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Scope;

    fn batch(first: usize, scope: Scope, exact: bool) -> HighlightBatch {
        HighlightBatch {
            file: "a.go".into(),
            first,
            lines: vec![vec![StyledRange { range: 0..1, scope }]; 2],
            exact,
        }
    }

    fn scope(highlights: &Highlights, line: usize) -> Option<Scope> {
        highlights.line("a.go", line).first().map(|span| span.scope)
    }

    #[test]
    fn exact_lines_replace_guesses_and_never_the_other_way_round() {
        let mut highlights = Highlights::default();
        assert_eq!(scope(&highlights, 5), None);
        highlights.accept(batch(4, Scope::SyntaxString, false));
        assert_eq!(scope(&highlights, 5), Some(Scope::SyntaxString));
        highlights.accept(batch(4, Scope::SyntaxKeyword, true));
        highlights.accept(batch(5, Scope::SyntaxString, false));
        assert_eq!(
            (scope(&highlights, 5), scope(&highlights, 6)),
            (Some(Scope::SyntaxKeyword), Some(Scope::SyntaxString))
        );
        assert_eq!(scope(&highlights, 0), None);
    }

    #[test]
    fn only_what_is_missing_is_wanted() {
        let mut highlights = Highlights::default();
        let lines: Arc<[String]> = vec![String::new(); 2].into();
        let file: Arc<str> = "a.go".into();
        assert_eq!(
            highlights
                .wanted(&file, &lines, 0..2)
                .map(|request| request.visible),
            Some(0..2)
        );
        highlights.accept(batch(0, Scope::SyntaxString, false));
        assert!(highlights.wanted(&file, &lines, 0..2).is_some());
        highlights.accept(batch(0, Scope::SyntaxString, true));
        assert!(highlights.wanted(&file, &lines, 0..2).is_none());
        assert!(highlights.wanted(&"README".into(), &lines, 0..2).is_none());
        highlights.forget("a.go");
        assert!(highlights.wanted(&file, &lines, 0..2).is_some());
    }

    #[test]
    fn old_files_are_forgotten() {
        let mut highlights = Highlights::default();
        for number in 0..20 {
            let mut batch = batch(0, Scope::SyntaxString, true);
            batch.file = format!("{number}.go").into();
            highlights.accept(batch);
        }
        assert_eq!(highlights.files.len(), FILES);
    }
}
