//! Selections and what follows from them: goroutine or thread -> stack -> frame -> source,
//! variables and registers.
//!
//! A selection takes effect at once in the state; what it needs from the engine is asked for at
//! once too, unless something was asked for a moment ago: then the newest selection waits until
//! that moment is over and older ones are never asked for.

use super::{AppState, Level, Purpose, Visit};
use crate::base::{GoId, Pattern};
use crate::engine::Request;
use crate::model::{CrashSite, FrameId, Subject, ValueRef};
use crate::ui::effect::Effect;
use crate::ui::loadable::Loadable;
use crate::ui::panes::stack::PAGE;
use crate::ui::panes::variables::NodeKey;
use crate::ui::place::{Pane, Tab};

/// Milliseconds between two loads of the same kind while the cursor moves on.
const PAUSE: u64 = 50;
/// Rows asked for when the end of a stack is looked for: beyond any stack.
const BEYOND: usize = 50_000_000;
/// Globals asked for at once.
const GLOBALS: u64 = 200;
/// Children asked for at once.
const CHILDREN: u64 = 64;
/// Bytes of a text asked for at once.
const TEXT_BYTES: u64 = 4096;

/// What waits to be asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loads {
    stack: Pace,
    frame: Pace,
    /// Frame to select when the stack arrives.
    pub frame_after: Option<usize>,
    /// Whether the selection was moved away from a thread that explains nothing, which is done once.
    left_thread: bool,
}

/// One kind of load: when it may be asked for, and when it was last.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    due: Option<u64>,
    last: Option<u64>,
}

impl Pace {
    fn request(&mut self, now: u64) {
        let earliest = self.last.map_or(now, |last| last.saturating_add(PAUSE));
        self.due = Some(earliest.max(now));
    }

    fn take(&mut self, now: u64) -> bool {
        let ripe = self.due.is_some_and(|due| due <= now);
        if ripe {
            self.due = None;
            self.last = Some(now);
        }
        ripe
    }
}

impl AppState {
    /// Turns to a goroutine or thread; its stack opens on `frame`, or where it makes sense.
    pub fn select_subject(&mut self, subject: Subject, frame: Option<usize>) {
        if self.stack.subject == Some(subject) {
            if let Some(frame) = frame {
                self.select_frame(frame);
            }
            return;
        }
        if let Subject::Goroutine(id) = subject {
            self.goroutines.selected = Some(id);
        }
        let now = self.now;
        self.stack.begin(Some(subject), now);
        self.mark_crash(subject);
        self.source.current_line = None;
        self.variables.show(None, now);
        self.details.show(None, now);
        self.loads.frame_after = frame;
        self.loads.stack.request(now);
    }

    /// Turns to a frame of the selected stack.
    pub fn select_frame(&mut self, frame: usize) {
        self.stack.selected = frame;
        self.stack.scroll.selected = self.stack.row_of(frame);
        if let Some(subject) = self.stack.subject {
            self.history.note(Visit { subject, frame });
        }
        self.source.current_line = None;
        self.show_source();
        self.loads.frame.request(self.now);
    }

    /// Marks where it went wrong and where it panicked anew, when `subject` is where it happened.
    pub(super) fn mark_crash(&mut self, subject: Subject) {
        let Some(report) = self.report.ready() else { return };
        let is_here = |site: &&CrashSite| match subject {
            Subject::Goroutine(id) => site.goroutine == Some(id),
            Subject::Thread(tid) => site.goroutine.is_none() && site.thread == Some(tid),
        };
        let frame_of = |site: &Option<CrashSite>| {
            let site = site.as_ref().filter(is_here)?;
            Some(site.frame_index)
        };
        self.stack.guilty = frame_of(&report.crash);
        self.stack.again = frame_of(&report.last_panic).filter(|frame| self.stack.guilty != Some(*frame));
    }

    /// Goes to the place of the crash. `false` when none is known.
    pub fn select_crash(&mut self) -> bool {
        let Some(report) = self.report.ready() else {
            return false;
        };
        let Some(site) = &report.crash else { return false };
        let subject = match (site.goroutine, site.thread) {
            (Some(id), _) => Subject::Goroutine(id),
            (None, Some(tid)) => Subject::Thread(tid),
            (None, None) => return false,
        };
        let frame = site.frame_index;
        self.goroutines.guilty = site.goroutine;
        if self.stack.subject == Some(subject) {
            self.mark_crash(subject);
        }
        self.select_subject(subject, Some(frame));
        true
    }

    /// Turns from the thread that ended the process to the first goroutine of the user, when that
    /// thread ran nothing but the runtime: a deadlock, or a signal from outside. Nobody is to blame
    /// there, and the runtime's waiting loop explains nothing.
    fn leave_blameless_thread(&mut self) {
        let died_here = self.stack.guilty.is_some() && self.stack.loading.is_none();
        let Some(Subject::Thread(tid)) = self.stack.subject.filter(|_| died_here) else {
            return;
        };
        if self.loads.left_thread || !self.stack.is_all_runtime() {
            return;
        }
        let Some(id) = self.goroutines.at(0) else { return };
        self.loads.left_thread = true;
        self.select_subject(Subject::Goroutine(id), None);
        self.goroutines.follow_selected();
        self.say(
            Level::Info,
            format!("no goroutine of yours died, so this is goroutine {id}; thread {tid} ended the process"),
        );
    }

    /// Turns to the first goroutine when nothing is selected yet and no crash says otherwise.
    pub fn select_something(&mut self) {
        if self.stack.subject.is_some() {
            return;
        }
        let list = self.goroutines.list.ready();
        let current = list.and_then(|list| list.goroutines.iter().find(|goroutine| goroutine.current));
        let first: Option<GoId> = current
            .map(|goroutine| goroutine.id)
            .or_else(|| self.goroutines.at(0));
        if let Some(id) = first {
            self.select_subject(Subject::Goroutine(id), None);
            self.goroutines.follow_selected();
        }
    }

    /// Asks for what is due and for what has come into sight. Called once per update.
    pub fn load_what_is_needed(&mut self) {
        self.ask_for_consent();
        self.leave_blameless_thread();
        if self.loads.stack.take(self.now) {
            self.ask_stack_page(0);
        }
        if self.loads.frame.take(self.now) {
            self.ask_frame();
        }
        let height = self.rows_of(Pane::Stack);
        // The look for the end has the only place for questions about stacks: no page pushes it out.
        let seeks_end = self
            .stack
            .subject
            .is_some_and(|subject| self.jobs.has(&Purpose::StackEnd(subject)));
        if self.loads.stack.due.is_none()
            && !seeks_end
            && let Some(page) = self.stack.missing_page(height)
        {
            self.ask_stack_page(page);
        }
        self.load_tabs();
        let height = self.rows_of(Pane::Source);
        if let Some(request) = self.source.wants_highlight(height) {
            self.emit(Effect::Highlight(request));
        }
    }

    fn ask_stack_page(&mut self, page: usize) {
        let Some(subject) = self.stack.subject else { return };
        self.stack.note_asked(page);
        let from = page * PAGE;
        let request = Request::Stack {
            subject,
            from,
            count: PAGE,
        };
        self.ask(request, Purpose::StackPage(subject, from));
    }

    /// Looks for the end of a stack of which only a part is known.
    pub fn ask_stack_end(&mut self) {
        let Some(subject) = self.stack.subject else { return };
        let request = Request::Stack {
            subject,
            from: BEYOND,
            count: 1,
        };
        self.ask(request, Purpose::StackEnd(subject));
    }

    fn ask_frame(&mut self) {
        let Some(frame) = self.stack.selected_id() else {
            return;
        };
        self.show_source();
        if self.variables.show(Some(frame), self.now) {
            self.ask(Request::Scope { frame }, Purpose::Scope(frame));
        }
        if self.details.show(Some(frame), self.now) {
            self.ask(Request::Registers { frame }, Purpose::Registers(frame));
        }
    }

    /// Turns the source pane to the selected frame, as far as that is known.
    pub fn show_source(&mut self) {
        let Some(frame) = self.stack.selected_frame() else {
            return;
        };
        let (file, line) = (frame.location.file.clone(), frame.location.line);
        let why = file.is_none().then(|| no_file_reason(frame));
        self.turn_source(file, line);
        self.source.no_file = why;
    }

    /// Shows `file` at `line`, asking for it when it is not at hand.
    pub fn turn_source(&mut self, file: Option<std::sync::Arc<str>>, line: Option<u32>) {
        let height = self.rows_of(Pane::Source);
        if self.source.show(file.clone(), line, height)
            && let Some(file) = file
        {
            self.source.loading = Some(self.now);
            self.ask(Request::Source { file: file.clone() }, Purpose::Source(file));
        }
    }

    /// Asks for what the shown tabs need and was never asked for.
    fn load_tabs(&mut self) {
        let now = self.now;
        if self.session.ready().is_none() {
            return;
        }
        let screen = self.screen();
        let shown = |pane| screen.find(pane).is_some();
        if shown(Pane::Variables) && self.variables.tab == Tab::Watch && self.loads.frame.due.is_none() {
            self.load_watches();
        }
        if shown(Pane::Variables) && self.variables.tab == Tab::Globals && self.variables.globals.is_empty() {
            self.ask_globals(0);
        }
        if self.loads.frame.due.is_none() {
            self.load_code();
        }
        if !shown(Pane::Details) {
            return;
        }
        if self.details.tab == Tab::Memory {
            self.load_memory();
        }
        let details = &mut self.details;
        let (request, purpose) = match details.tab {
            Tab::Threads if details.threads.is_empty() => {
                details.threads = Loadable::Loading { since: now };
                (Request::Threads, Purpose::Threads)
            }
            Tab::Map if details.map.is_empty() => {
                details.map = Loadable::Loading { since: now };
                (Request::MemoryMap, Purpose::MemoryMap)
            }
            Tab::Images if details.images.is_empty() => {
                details.images = Loadable::Loading { since: now };
                (Request::Images, Purpose::Images)
            }
            Tab::Process if details.process.is_empty() => {
                details.process = Loadable::Loading { since: now };
                (Request::Process, Purpose::Process)
            }
            _ => return,
        };
        self.ask(request, purpose);
    }

    /// Asks for package variables from the `from`th on.
    pub fn ask_globals(&mut self, from: u64) {
        let filter = self.variables.globals_filter.clone();
        if from == 0 {
            self.variables.globals = Loadable::Loading { since: self.now };
        }
        // Half an expression, while it is being typed, means the text itself.
        let pattern = Pattern::parse(&filter).unwrap_or_else(|_| Pattern::literal(&filter));
        let request = Request::Globals {
            filter: pattern,
            from,
            count: GLOBALS,
        };
        let purpose = Purpose::Globals { filter, from };
        if !self.jobs.has(&purpose) {
            self.ask(request, purpose);
        }
    }

    /// Asks for the source files of the binary.
    pub fn ask_sources(&mut self, filter: Pattern) {
        self.open_page("Source files", Vec::new(), 0, Request::Sources { filter });
    }

    /// Opens the value under the cursor, asking for its children when they are not here.
    pub fn open_value(&mut self) {
        let at_more_globals = self.variables.tab == Tab::Globals
            && self.variables.row().is_none()
            && self
                .variables
                .branch()
                .is_some_and(|branch| branch.tree.more_roots > 0);
        if at_more_globals {
            let known = self
                .variables
                .branch()
                .map_or(0, |branch| branch.tree.root_count() as u64);
            self.ask_globals(known);
            return;
        }
        let now = self.now;
        if let Some((key, reference, from)) = self.variables.open(now) {
            self.ask_children(key, reference, from);
        }
    }

    /// Shows the value under the cursor alone, with what is inside it.
    pub fn follow_value(&mut self) {
        let now = self.now;
        let followed = self.variables.branch_mut().and_then(|branch| branch.follow(now));
        match followed {
            Some(Some((key, reference, from))) => self.ask_children(key, reference, from),
            Some(None) => {}
            None => self.say(Level::Info, "there is nothing in this to follow"),
        }
    }

    /// Asks for children of a value.
    pub fn ask_children(&mut self, key: NodeKey, reference: ValueRef, from: u64) {
        let count = match reference {
            ValueRef::Text { .. } => TEXT_BYTES,
            _ => CHILDREN,
        };
        let request = Request::Expand {
            reference,
            from,
            count,
        };
        self.ask(request, Purpose::Expand(key));
    }

    /// When the next thing is due, in milliseconds of the clock; `None` when nothing waits.
    #[must_use]
    pub fn wakes_at(&self) -> Option<u64> {
        let due = [
            self.loads.stack.due,
            self.loads.frame.due,
            self.messages.expires(self.now),
            self.hold_ticks_at(),
        ];
        due.into_iter().flatten().min()
    }

    pub(super) fn frame_arrived(&self, frame: FrameId) -> bool {
        self.stack.selected_id() == Some(frame)
    }
}

fn no_file_reason(frame: &crate::model::Frame) -> String {
    let name = frame.location.function.as_deref().unwrap_or("this frame");
    format!(
        "no source is recorded for {name} at {}: it is not Go code, or its image has no line table",
        frame.location.pc
    )
}
