//! What the stack pane knows: pages of one stack, its folds, the selected frame.
//!
//! A stack of a million frames is a handful of pages around what was looked at; the rest is a
//! number. Pages are asked for as they come into sight.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::Addr;
use crate::model::{Failure, Frame, FrameId, Stack, StackEnd, Subject};
use crate::ui::folds::{Folds, Row};
use crate::ui::widgets::ListState;

/// Frames asked for at once.
pub const PAGE: usize = 256;
/// Pages kept; beyond that the ones farthest from the cursor go.
const KEPT: usize = 64;
/// A run of fewer runtime frames is shown as it is: a fold would save nothing.
const FOLDED_FROM: usize = 2;

/// The pane's state.
#[derive(Debug, Default)]
pub struct StackPane {
    pub subject: Option<Subject>,
    pages: BTreeMap<usize, Arc<[Frame]>>,
    /// Rows known so far, or in all once `end` says so.
    pub depth: usize,
    pub end: Option<StackEnd>,
    pub failed: Option<Failure>,
    /// Since when the first page is awaited.
    pub loading: Option<u64>,
    /// Runs of runtime frames seen so far: first frame to count.
    runs: BTreeMap<usize, usize>,
    /// First frames of the runs that the user opened.
    opened: BTreeSet<usize>,
    pub show_runtime: bool,
    folds: Folds,
    /// Selected frame.
    pub selected: usize,
    pub scroll: ListState,
    /// The frame to mark as the place of the crash.
    pub guilty: Option<usize>,
    /// The frame to mark as the one in which a deferred call panicked anew.
    pub again: Option<usize>,
    /// Pages asked for, with the depth known then: an answer without news is not asked for again.
    asked: BTreeSet<(usize, usize)>,
}

impl StackPane {
    /// Forgets everything and waits for the stack of `subject`.
    pub fn begin(&mut self, subject: Option<Subject>, now: u64) {
        *self = Self {
            subject,
            loading: subject.map(|_| now),
            show_runtime: self.show_runtime,
            ..Self::default()
        };
    }

    pub fn accept(&mut self, stack: Stack) {
        self.loading = None;
        self.failed = None;
        let known_end = !matches!(self.end, None | Some(StackEnd::Limit));
        if !(known_end && stack.end == StackEnd::Limit) {
            self.end = Some(stack.end);
        }
        let reaches = stack
            .frames
            .last()
            .map_or(0, |frame| frame.index.saturating_add(1));
        self.depth = self.depth.max(stack.depth).max(reaches);
        self.note_runs(&stack.frames);
        let mut rest = stack.frames.as_slice();
        while let Some(first) = rest.first() {
            let page = first.index / PAGE;
            let count = rest.iter().take_while(|frame| frame.index / PAGE == page).count();
            let (these, after) = rest.split_at(count.max(1));
            self.store(page, these);
            rest = after;
        }
        self.refold();
    }

    /// Keeps a page; one that came in part is completed, never shortened.
    fn store(&mut self, page: usize, frames: &[Frame]) {
        let longer = self
            .pages
            .get(&page)
            .is_none_or(|known| known.len() <= frames.len());
        if longer && frames.first().is_some_and(|frame| frame.index == page * PAGE) {
            self.pages.insert(page, frames.into());
        }
        while self.pages.len() > KEPT {
            let here = self.selected / PAGE;
            let farthest = self.pages.keys().copied().max_by_key(|page| page.abs_diff(here));
            let Some(farthest) = farthest else { break };
            self.pages.remove(&farthest);
            self.asked.retain(|(page, _)| *page != farthest);
        }
    }

    fn note_runs(&mut self, frames: &[Frame]) {
        let mut at = 0;
        while let Some(frame) = frames.get(at) {
            let count = frames.iter().skip(at).take_while(|frame| frame.runtime).count();
            if count > 0 {
                self.add_run(frame.index, count);
            }
            at += count.max(1);
        }
    }

    /// Adds a run, joined with those it touches.
    fn add_run(&mut self, from: usize, count: usize) {
        let (mut from, mut end) = (from, from.saturating_add(count));
        let touching: Vec<(usize, usize)> = self
            .runs
            .range(..=end)
            .rev()
            .take_while(|(start, len)| start.saturating_add(**len) >= from)
            .map(|(start, len)| (*start, *len))
            .collect();
        for (start, len) in touching {
            self.runs.remove(&start);
            from = from.min(start);
            end = end.max(start.saturating_add(len));
        }
        self.runs.insert(from, end - from);
    }

    fn refold(&mut self) {
        let runs: Vec<(usize, usize)> = self
            .runs
            .iter()
            .filter(|(from, len)| !self.show_runtime && **len >= FOLDED_FROM && !self.opened.contains(from))
            .map(|(from, len)| (*from, *len))
            .collect();
        self.folds = Folds::new(runs);
        self.scroll.selected = self.folds.row_of(self.selected);
    }

    pub fn set_show_runtime(&mut self, show: bool) {
        self.show_runtime = show;
        self.opened.clear();
        self.refold();
    }

    /// Opens or closes the run of runtime frames at a frame; `false` when there is none to change.
    pub fn set_run_open(&mut self, frame: usize, open: bool) -> bool {
        let Some((&from, &len)) = self.runs.range(..=frame).next_back() else {
            return false;
        };
        if frame >= from.saturating_add(len) || len < FOLDED_FROM || self.show_runtime {
            return false;
        }
        let changed = if open {
            self.opened.insert(from)
        } else {
            self.opened.remove(&from)
        };
        if changed {
            if !open {
                self.selected = from;
            }
            self.refold();
        }
        changed
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        // One more row says why a stack ends early.
        let end = usize::from(matches!(self.end, Some(StackEnd::Truncated(_))) && self.depth > 0);
        self.folds.rows(self.depth) + end
    }

    #[must_use]
    pub fn row(&self, row: usize) -> Row {
        self.folds.at(row)
    }

    #[must_use]
    pub fn row_of(&self, frame: usize) -> usize {
        self.folds.row_of(frame)
    }

    #[must_use]
    pub fn frame(&self, index: usize) -> Option<&Frame> {
        self.pages.get(&(index / PAGE))?.get(index % PAGE)
    }

    #[must_use]
    pub fn selected_frame(&self) -> Option<&Frame> {
        self.frame(self.selected)
    }

    #[must_use]
    pub fn selected_id(&self) -> Option<FrameId> {
        Some(FrameId {
            subject: self.subject?,
            index: self.selected,
        })
    }

    /// Whether more frames exist than are known.
    #[must_use]
    pub fn is_open_ended(&self) -> bool {
        self.end == Some(StackEnd::Limit)
    }

    /// The first page that rows `top..top + height` need and that is not here.
    #[must_use]
    pub fn missing_page(&self, height: usize) -> Option<usize> {
        if self.subject.is_none() || self.loading.is_some() || self.failed.is_some() {
            return None;
        }
        let last_row = self.scroll.offset.saturating_add(height);
        for row in self.scroll.offset..last_row.min(self.rows()) {
            if let Row::Item(frame) = self.row(row)
                && frame < self.depth
                && self.frame(frame).is_none()
                && self.is_news(frame / PAGE)
            {
                return Some(frame / PAGE);
            }
        }
        // Near the known end of an open-ended stack: ask for what comes next.
        let next = self.depth / PAGE;
        (self.is_open_ended() && last_row >= self.rows() && self.is_news(next)).then_some(next)
    }

    fn is_news(&self, page: usize) -> bool {
        !self.asked.contains(&(page, self.depth))
    }

    /// Notes that a page was asked for.
    pub fn note_asked(&mut self, page: usize) {
        self.asked.insert((page, self.depth));
    }

    /// Where a stack opens: the place of the crash, else the first frame of the user's own code.
    #[must_use]
    pub fn opening_frame(&self) -> usize {
        if let Some(guilty) = self.guilty {
            return guilty;
        }
        let first_page = self.pages.get(&0);
        first_page
            .and_then(|frames| frames.iter().find(|frame| !frame.runtime))
            .map_or(0, |frame| frame.index)
    }

    /// The frame that stands at `pc`, among those at hand.
    #[must_use]
    pub fn frame_at(&self, pc: Addr) -> Option<usize> {
        self.loaded()
            .find(|frame| frame.location.pc == pc && !frame.runtime)
            .map(|frame| frame.index)
    }

    /// Whether all that is known of this stack are frames of the runtime.
    #[must_use]
    pub fn is_all_runtime(&self) -> bool {
        self.depth > 0 && self.loaded().all(|frame| frame.runtime)
    }

    /// All frames at hand from the innermost on, for copying.
    pub fn loaded(&self) -> impl Iterator<Item = &Frame> {
        self.pages.values().flat_map(|page| page.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::GoId;
    use crate::ui::testing;

    fn page(from: usize, count: usize, depth: usize, end: StackEnd, runtime: &[usize]) -> Stack {
        Stack {
            subject: Subject::Goroutine(GoId(1)),
            goroutine: Some(GoId(1)),
            thread: None,
            frames: (from..from + count)
                .map(|index| testing::frame(index, "main.f", "main.go", 3, runtime.contains(&index)))
                .collect(),
            depth,
            end,
        }
    }

    fn pane() -> StackPane {
        let mut pane = StackPane::default();
        pane.begin(Some(Subject::Goroutine(GoId(1))), 0);
        pane
    }

    #[test]
    fn runtime_frames_are_one_row_until_opened() {
        let mut pane = pane();
        pane.accept(page(0, 8, 8, StackEnd::Complete, &[0, 1, 2, 6]));
        assert_eq!(pane.rows(), 6);
        assert_eq!(pane.row(0), Row::Fold { from: 0, len: 3 });
        assert_eq!(pane.opening_frame(), 3);
        assert!(pane.set_run_open(1, true));
        assert_eq!(pane.rows(), 8);
        assert!(pane.set_run_open(2, false));
        assert_eq!((pane.rows(), pane.selected), (6, 0));
    }

    #[test]
    fn a_run_over_two_pages_is_one_run() {
        let mut pane = pane();
        let runtime: Vec<usize> = (250..260).collect();
        pane.accept(page(0, PAGE, PAGE, StackEnd::Limit, &runtime));
        pane.accept(page(PAGE, PAGE, 2 * PAGE, StackEnd::Limit, &runtime));
        assert_eq!(pane.row(250), Row::Fold { from: 250, len: 10 });
    }

    #[test]
    fn a_million_frames_ask_only_for_what_is_seen() {
        let mut pane = pane();
        pane.accept(page(0, PAGE, 1_000_000, StackEnd::Complete, &[]));
        assert_eq!(pane.missing_page(20), None);
        pane.scroll = pane.scroll.select(999_999, pane.rows(), 20);
        assert_eq!(pane.missing_page(20), Some(999_980 / PAGE));
    }

    #[test]
    fn the_end_of_what_is_known_asks_for_more() {
        let mut pane = pane();
        pane.accept(page(0, PAGE, PAGE, StackEnd::Limit, &[]));
        assert_eq!(pane.missing_page(20), None);
        pane.scroll = pane.scroll.select(255, pane.rows(), 20);
        assert_eq!(pane.missing_page(20), Some(1));
    }
}
