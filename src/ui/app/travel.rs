//! Moving about: cursors, focus, tabs, in and out. Dispatch by pane, one short arm each.

use super::{AppState, Level, Visit};
use crate::engine::Request;
use crate::model::{GroupKey, RunState, Subject};
use crate::ui::effect::Effect;
use crate::ui::folds::Row;
use crate::ui::layout;
use crate::ui::loadable::Loadable;
use crate::ui::motion::{Motion, reveal};
use crate::ui::panes::goroutines::GroupRow;
use crate::ui::place::{Pane, Tab};

use super::Purpose;

const TRAIL: usize = 20;

impl AppState {
    /// Moves the cursor of the focused pane; what depends on it follows.
    pub fn travel(&mut self, motion: Motion) {
        if self.is_in_memory() {
            self.travel_memory(motion);
            return;
        }
        self.travel_in(self.focus, |state, len, height| motion.apply(state, len, height));
        if motion == Motion::Last && self.focus == Pane::Stack && self.stack.is_open_ended() {
            self.ask_stack_end();
        }
    }

    /// Applies a movement to the cursor of `pane`.
    pub fn travel_in(
        &mut self,
        pane: Pane,
        change: impl FnOnce(crate::ui::widgets::ListState, usize, usize) -> crate::ui::widgets::ListState,
    ) {
        let height = self.rows_of(pane);
        match pane {
            Pane::Goroutines => {
                let goroutines = &mut self.goroutines;
                goroutines.scroll = change(goroutines.scroll, goroutines.len(), height);
                self.goroutine_under_cursor();
            }
            Pane::Stack => {
                self.stack.scroll = change(self.stack.scroll, self.stack.rows(), height);
                self.frame_under_cursor();
            }
            Pane::Source if self.code.mode.is_code() => {
                let len = self.code.len();
                self.code.scroll = change(self.code.scroll, len, height);
            }
            Pane::Source => {
                let len = self.source.len();
                self.source.scroll = change(self.source.scroll, len, height);
            }
            Pane::Variables => {
                let len = self.variables.len();
                if let Some(branch) = self.variables.branch_mut() {
                    branch.scroll = change(branch.scroll, len, height);
                }
            }
            Pane::Details if self.details.tab == Tab::Memory => {}
            Pane::Details => {
                let len = crate::ui::panes::details::table(self).len();
                let scroll = self.details.scroll_mut();
                *scroll = change(*scroll, len, height);
            }
        }
    }

    fn goroutine_under_cursor(&mut self) {
        if let Some(id) = self.goroutines.at(self.goroutines.scroll.selected) {
            self.goroutines.selected = Some(id);
            self.select_subject(Subject::Goroutine(id), None);
        }
    }

    fn frame_under_cursor(&mut self) {
        let frame = match self.stack.row(self.stack.scroll.selected) {
            Row::Item(frame) => frame,
            Row::Fold { from, .. } => from,
        };
        if frame < self.stack.depth && frame != self.stack.selected {
            self.select_frame(frame);
        }
    }

    /// Moves `by` frames, up being outward; counts the frames that are shown.
    pub fn step_frame(&mut self, by: isize) {
        let row = self.stack.row_of(self.stack.selected).saturating_add_signed(by);
        let (len, height) = (self.stack.rows(), self.rows_of(Pane::Stack));
        self.stack.scroll = reveal(self.stack.scroll, row, len, height);
        self.frame_under_cursor();
    }

    pub fn focus_on(&mut self, pane: Pane) {
        if self.focus == pane {
            return;
        }
        self.trail.push(self.focus);
        if self.trail.len() > TRAIL {
            self.trail.remove(0);
        }
        self.set_focus(pane);
    }

    /// The one place that changes the focus.
    fn set_focus(&mut self, pane: Pane) {
        self.focus = pane;
        if matches!(pane, Pane::Variables | Pane::Details) {
            self.lower = pane;
        }
    }

    /// Enter: opens what is under the cursor, or goes to the pane that shows it.
    pub fn go_in(&mut self) {
        let focus = self.focus;
        match focus {
            Pane::Goroutines if self.toggle_group_here() => {}
            Pane::Goroutines => self.focus_on(Pane::Stack),
            Pane::Stack if self.toggle_fold_here() => {}
            Pane::Stack => self.focus_on(Pane::Source),
            Pane::Source if self.code.mode.is_code() => self.follow_jump(),
            Pane::Source => self.focus_on(Pane::Variables),
            Pane::Variables => self.toggle_value(),
            Pane::Details if self.details.tab == Tab::Memory => self.follow_word(),
            Pane::Details => self.open_detail(),
        }
    }

    /// Right: unfolds, else goes in; in the source it scrolls.
    pub fn go_right(&mut self) {
        let focus = self.focus;
        match focus {
            Pane::Goroutines if self.set_group_open(true) => {}
            Pane::Goroutines => self.focus_on(Pane::Stack),
            Pane::Stack if self.stack.set_run_open(self.stack.selected, true) => {}
            Pane::Stack => self.focus_on(Pane::Source),
            Pane::Source if self.code.mode.is_code() => self.follow_jump(),
            Pane::Source => self.source.scroll_right(),
            Pane::Variables => self.open_value(),
            Pane::Details if self.details.tab == Tab::Memory => self.memory.step(1),
            Pane::Details => self.step_tab(1),
        }
    }

    /// Left: folds, else goes out; in the source it scrolls.
    pub fn go_left(&mut self) {
        let focus = self.focus;
        match focus {
            Pane::Goroutines => {
                self.set_group_open(false);
            }
            Pane::Stack if self.stack.set_run_open(self.stack.selected, false) => self.follow_selection(),
            Pane::Stack => self.focus_on(Pane::Goroutines),
            Pane::Source if self.code.mode.is_code() => {
                self.step_out();
            }
            Pane::Source => self.source.scroll_left(),
            Pane::Variables => {
                if !self.variables.close() && !self.step_out() {
                    self.focus_on(Pane::Stack);
                }
            }
            Pane::Details if self.details.tab == Tab::Memory => self.memory.step_back(1),
            Pane::Details => self.step_tab(-1),
        }
    }

    /// Esc: takes back the last thing that narrows the view. Never quits.
    pub fn go_back(&mut self) {
        if self.cancel_dump() || self.clear_filter() || self.step_out() {
            return;
        }
        if self.zoomed {
            self.zoomed = false;
        } else if let Some(pane) = self.trail.pop() {
            self.set_focus(pane);
        } else if self.focus != Pane::Goroutines {
            self.set_focus(Pane::Goroutines);
        }
    }

    /// Takes back what was followed in the focused pane. `false` when nothing was.
    pub fn step_out(&mut self) -> bool {
        match self.focus {
            Pane::Variables => {
                let branch = self.variables.branch_mut();
                branch.is_some_and(crate::ui::panes::variables::Branch::unfollow)
            }
            Pane::Details if self.details.tab == Tab::Memory => self.memory.go_back(),
            Pane::Source if self.code.mode.is_code() => {
                let height = self.rows_of(Pane::Source);
                self.code.go_back(height)
            }
            _ => false,
        }
    }

    /// Clears the filter or search of the focused pane. `false` when there was none.
    fn clear_filter(&mut self) -> bool {
        let text = match self.focus {
            Pane::Goroutines => &self.goroutines.filter_text,
            Pane::Source if self.code.mode.is_code() => &self.code.search,
            Pane::Source => &self.source.search,
            Pane::Variables => &self.variables.filter_text,
            Pane::Details => &self.details.filter_text,
            Pane::Stack => return false,
        };
        let any =
            !text.is_empty() || (self.focus == Pane::Variables && !self.variables.globals_filter.is_empty());
        if any {
            self.set_filter("");
        }
        any
    }

    /// Sets the filter or search of the focused pane.
    pub fn set_filter(&mut self, text: &str) {
        match self.focus {
            Pane::Goroutines => {
                self.goroutines.filter_text = text.to_owned();
                self.goroutines.rebuild();
            }
            Pane::Source if self.code.mode.is_code() => text.clone_into(&mut self.code.search),
            Pane::Source | Pane::Stack => self.source.search = text.to_owned(),
            Pane::Variables if self.variables.tab == Tab::Globals => {
                self.variables.globals_filter = text.to_owned();
                self.ask_globals(0);
            }
            Pane::Variables => self.variables.set_filter(text),
            Pane::Details => self.details.filter_text = text.to_owned(),
        }
    }

    /// The filter or search of the focused pane.
    #[must_use]
    pub fn filter_text(&self) -> &str {
        match self.focus {
            Pane::Goroutines => &self.goroutines.filter_text,
            Pane::Source if self.code.mode.is_code() => &self.code.search,
            Pane::Source | Pane::Stack => &self.source.search,
            Pane::Variables if self.variables.tab == Tab::Globals => &self.variables.globals_filter,
            Pane::Variables => &self.variables.filter_text,
            Pane::Details => &self.details.filter_text,
        }
    }

    pub fn find_again(&mut self, back: bool) {
        if self.focus == Pane::Variables && !self.filter_text().is_empty() {
            self.find_value(back);
            return;
        }
        if self.focus != Pane::Source || self.filter_text().is_empty() {
            let motion = if back { Motion::Up } else { Motion::Down };
            if self.filter_text().is_empty() || self.focus == Pane::Source {
                self.say(Level::Info, "nothing to find: / starts a search or filter");
            } else {
                self.travel(motion);
            }
            return;
        }
        if !self.find_text(back, false) {
            let text = format!("not found: {}", self.filter_text());
            self.say(Level::Warning, text);
        }
    }

    /// Goes to the next value that fits the filter itself.
    fn find_value(&mut self, back: bool) {
        let height = self.rows_of(Pane::Variables);
        let Some(branch) = self.variables.branch_mut() else {
            return;
        };
        let Some(row) = branch.tree.next_match(branch.scroll.selected, back) else {
            self.say(Level::Info, "nothing that is loaded fits the filter");
            return;
        };
        branch.scroll = reveal(branch.scroll, row, branch.tree.rows().len(), height);
    }

    fn toggle_group_here(&mut self) -> bool {
        let row = self.goroutines.scroll.selected;
        match self.goroutines.group_rows.at(row) {
            Some(GroupRow::Heading { open, .. }) if self.goroutines.grouping.is_some() => {
                self.set_group_open(!open)
            }
            _ => false,
        }
    }

    /// Opens or closes the group under the cursor. `false` when nothing changed.
    fn set_group_open(&mut self, open: bool) -> bool {
        if self.goroutines.grouping.is_none() {
            return false;
        }
        let row = self.goroutines.scroll.selected;
        let found = self.goroutines.group_rows.at(row);
        if open && !matches!(found, Some(GroupRow::Heading { open: false, .. })) {
            return false;
        }
        match self.goroutines.group_rows.set_open(row, open) {
            Some(heading) => {
                self.goroutines.scroll.selected = heading;
                true
            }
            None => false,
        }
    }

    fn toggle_fold_here(&mut self) -> bool {
        match self.stack.row(self.stack.scroll.selected) {
            Row::Fold { from, .. } => self.stack.set_run_open(from, true),
            Row::Item(_) => false,
        }
    }

    fn toggle_value(&mut self) {
        let node = self.variables.node();
        let open = node
            .and_then(|id| self.variables.branch()?.tree.node(id))
            .is_some_and(|node| node.open);
        let is_value = matches!(
            self.variables.row(),
            Some(crate::ui::panes::variables::TreeRow::Value(_))
        );
        if open && is_value {
            self.variables.close();
        } else if is_value && !node.is_some_and(|id| self.can_open_value(id)) {
            crate::ui::overlays::open_inspector(self);
        } else {
            self.open_value();
        }
    }

    fn can_open_value(&self, id: usize) -> bool {
        let branch = self.variables.branch();
        branch
            .and_then(|branch| branch.tree.node(id))
            .is_some_and(crate::ui::panes::variables::can_open)
    }

    fn open_detail(&mut self) {
        if self.details.tab == Tab::Crash {
            self.overlays.push(crate::ui::overlays::Overlay::crash());
            return;
        }
        if self.details.tab != Tab::Threads {
            crate::ui::overlays::open_inspector(self);
            return;
        }
        let table = crate::ui::panes::details::table(self);
        let index = table.index(self.details.scroll().selected);
        let thread = index.and_then(|at| self.details.threads.ready()?.get(at));
        if let Some(thread) = thread {
            let subject = Subject::Thread(thread.tid);
            self.select_subject(subject, None);
            self.focus_on(Pane::Stack);
        }
    }

    /// Goes `by` tabs on. Where two panes share a place their tabs are one row.
    pub fn step_tab(&mut self, by: isize) {
        let Some(tab) = self.tab(self.focus) else { return };
        let shared = self.screen().lower_is_shared();
        let tabs: &[Tab] = if shared { &Tab::ALL } else { self.focus.tabs() };
        let at = tabs.iter().position(|known| *known == tab).unwrap_or(0);
        let count = isize::try_from(tabs.len()).unwrap_or(1).max(1);
        let next = (isize::try_from(at).unwrap_or(0) + by).rem_euclid(count);
        if let Some(next) = tabs.get(usize::try_from(next).unwrap_or(0)) {
            let next = *next;
            self.set_tab(next);
            self.set_focus(next.pane());
        }
    }

    /// Shows a tab and focuses its pane.
    pub fn show_tab(&mut self, tab: Tab) {
        self.set_tab(tab);
        self.focus_on(tab.pane());
    }

    fn set_tab(&mut self, tab: Tab) {
        match tab.pane() {
            Pane::Variables => self.variables.choose_tab(tab),
            _ => {
                if self.details.tab != tab {
                    self.details.filter_text.clear();
                }
                self.details.tab = tab;
            }
        }
    }

    pub fn widen(&mut self, columns: i16) {
        self.shift = self.shift.saturating_add(columns);
        self.shift = layout::clamp_shift(&self.shape());
    }

    /// Groups goroutines by `key`, or shows them flat.
    pub fn group_by(&mut self, key: Option<GroupKey>) {
        self.goroutines.grouping.clone_from(&key);
        self.goroutines.groups = Loadable::Empty;
        self.goroutines.regroup();
        if let Some(key) = key {
            self.goroutines.groups = Loadable::Loading { since: self.now };
            self.ask(Request::Groups { key: key.clone() }, Purpose::Groups(key));
        } else {
            self.goroutines.follow_selected();
        }
    }

    /// Shows a place of the history again.
    pub fn revisit(&mut self, visit: Visit) {
        self.select_subject(visit.subject, Some(visit.frame));
        self.follow_selection();
    }

    /// Brings the cursors to what is selected.
    pub fn follow_selection(&mut self) {
        self.goroutines.follow_selected();
        let (len, height) = (self.goroutines.len(), self.rows_of(Pane::Goroutines));
        self.goroutines.scroll = reveal(
            self.goroutines.scroll,
            self.goroutines.scroll.selected,
            len,
            height,
        );
        let row = self.stack.row_of(self.stack.selected);
        let (len, height) = (self.stack.rows(), self.rows_of(Pane::Stack));
        self.stack.scroll = reveal(self.stack.scroll, row, len, height);
    }

    /// File and line that the focused pane points at.
    #[must_use]
    pub fn position(&self) -> Option<(String, u32)> {
        match self.focus {
            Pane::Source if self.code.mode.is_code() => {
                let listing = self.code.listing.ready()?;
                let instruction = listing.instruction(self.code.scroll.selected)?;
                Some((instruction.file.as_ref()?.to_string(), instruction.line?))
            }
            Pane::Source => {
                let file = self.source.file.as_ref()?;
                Some((file.to_string(), self.source.cursor_line()))
            }
            Pane::Goroutines => {
                let goroutine = self.goroutines.selected.and_then(|id| self.goroutines.find(id))?;
                let place = crate::engine::commands::location_of(goroutine, self.goroutines.location);
                Some((place.file.as_ref()?.to_string(), place.line?))
            }
            _ => {
                let place = &self.stack.selected_frame()?.location;
                Some((place.file.as_ref()?.to_string(), place.line?))
            }
        }
    }

    pub fn copy(&mut self, text: Option<String>) {
        match text {
            Some(text) if !text.is_empty() => self.emit(Effect::Copy(text)),
            _ => self.say(Level::Info, "nothing to copy here"),
        }
    }

    /// Ctrl-c: cancels the newest job, else says how to leave.
    pub fn cancel_job(&mut self) {
        match self.jobs.cancellable() {
            Some((_, job)) => {
                let (token, label) = (job.cancel.clone(), job.purpose.label());
                self.emit(Effect::Cancel(token));
                self.say(Level::Info, format!("cancelling: {label}"));
            }
            None if self.run_state() == Some(RunState::Running) => self.pause(),
            None => self.say(Level::Info, "nothing is running; press q to quit"),
        }
    }

    /// Brings every cursor back into its list after anything may have changed.
    pub fn settle(&mut self) {
        for pane in [Pane::Goroutines, Pane::Source] {
            let height = self.rows_of(pane);
            match pane {
                Pane::Goroutines => {
                    self.goroutines.scroll = self.goroutines.scroll.settled(self.goroutines.len(), height);
                }
                _ => self.source.scroll = self.source.scroll.settled(self.source.len(), height),
            }
        }
        let (len, height) = (self.code.len(), self.rows_of(Pane::Source));
        if self.code.mode.is_code() {
            self.code.scroll = self.code.scroll.settled(len, height);
        }
        let height = self.rows_of(Pane::Stack);
        self.stack.scroll = self.stack.scroll.settled(self.stack.rows(), height);
        let (len, height) = (self.variables.len(), self.rows_of(Pane::Variables));
        if let Some(branch) = self.variables.branch_mut() {
            branch.scroll = branch.scroll.settled(len, height);
        }
    }
}
