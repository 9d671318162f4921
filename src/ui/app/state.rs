//! [`AppState`]: every visible fact, and the few questions asked about it everywhere.

use std::sync::Arc;

use super::{History, Jobs, Level, LiveView, Mark, Messages, Purpose, Start};
use crate::base::Epoch;
use crate::engine::Request;
use crate::model::{CrashReport, Failure, OpenSpec, SessionInfo, TargetKind};
use crate::ui::effect::Effect;
use crate::ui::key::Key;
use crate::ui::keymap::Keymap;
use crate::ui::layout::{self, Screen, Shape};
use crate::ui::loadable::Loadable;
use crate::ui::overlays::Overlay;
use crate::ui::panes::code::CodePane;
use crate::ui::panes::details::Details;
use crate::ui::panes::goroutines::Goroutines;
use crate::ui::panes::memory::Memory;
use crate::ui::panes::source::SourcePane;
use crate::ui::panes::stack::StackPane;
use crate::ui::panes::variables::Variables;
use crate::ui::place::{Pane, Tab};

/// What the interface is started with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub keymap: Arc<Keymap>,
    /// Names of all themes.
    pub themes: Vec<String>,
    pub theme: String,
    /// Complaints about settings, said once at the start.
    pub complaints: Vec<String>,
}

/// Everything visible.
#[derive(Debug)]
pub struct AppState {
    /// Milliseconds since the start, as passed in with the last input.
    pub now: u64,
    pub width: u16,
    pub height: u16,
    pub epoch: Epoch,
    pub session: Loadable<Box<SessionInfo>>,
    pub report: Loadable<Arc<CrashReport>>,
    pub goroutines: Goroutines,
    pub stack: StackPane,
    pub source: SourcePane,
    pub code: CodePane,
    pub variables: Variables,
    pub details: Details,
    pub memory: Memory,
    pub focus: Pane,
    /// Panes that had the focus before, for Esc.
    pub trail: Vec<Pane>,
    /// Which of Variables and Details is shown where they share a place.
    pub lower: Pane,
    pub zoomed: bool,
    /// Columns added to the left column.
    pub shift: i16,
    pub overlays: Vec<Overlay>,
    /// Keys pressed that begin a longer sequence.
    pub pending: Vec<Key>,
    pub options: Options,
    pub live: LiveView,
    pub(super) downloads: super::downloads::Downloads,
    /// What is chosen from, and what is opened then; `None` when there is nothing to choose.
    pub(super) picking: Option<Start>,
    pub jobs: Jobs,
    pub messages: Messages,
    pub history: History,
    pub marks: Vec<Mark>,
    /// Commands entered before, oldest first.
    pub typed: Vec<String>,
    /// Expressions entered before, oldest first.
    pub expressions: Vec<String>,
    /// Pages opened so far.
    pub(super) pages: u64,
    pub(super) loads: super::cascade::Loads,
    pub(super) outbox: Vec<Effect>,
    /// The engine has ended; nothing more will come.
    pub ended: Option<Failure>,
}

impl AppState {
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            now: 0,
            width: 0,
            height: 0,
            epoch: Epoch::default(),
            session: Loadable::Empty,
            report: Loadable::Empty,
            goroutines: Goroutines::default(),
            stack: StackPane::default(),
            source: SourcePane::default(),
            code: CodePane::default(),
            variables: Variables::default(),
            details: Details::default(),
            memory: Memory::default(),
            focus: Pane::Goroutines,
            trail: Vec::new(),
            lower: Pane::Variables,
            zoomed: false,
            shift: 0,
            overlays: Vec::new(),
            pending: Vec::new(),
            options,
            live: LiveView::default(),
            downloads: super::downloads::Downloads::default(),
            picking: None,
            jobs: Jobs::default(),
            messages: Messages::default(),
            history: History::default(),
            marks: Vec::new(),
            typed: Vec::new(),
            expressions: Vec::new(),
            pages: 0,
            loads: super::cascade::Loads::default(),
            outbox: Vec::new(),
            ended: None,
        }
    }

    /// Begins a session.
    pub fn start(&mut self, start: Start) -> Vec<Effect> {
        for complaint in std::mem::take(&mut self.options.complaints) {
            self.say(Level::Warning, complaint);
        }
        match start {
            Start::Open(spec) => self.open(spec),
            pick => self.pick(pick),
        }
        self.take_effects()
    }

    /// Asks the engine to open `spec`.
    pub(super) fn open(&mut self, spec: OpenSpec) {
        self.session = Loadable::Loading { since: self.now };
        self.downloads = super::downloads::Downloads::of(spec.clone());
        self.ask(Request::Open(spec), Purpose::Open);
    }

    /// The arrangement of the screen now.
    #[must_use]
    pub fn screen(&self) -> Screen {
        layout::arrange(&self.shape())
    }

    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape {
            width: self.width,
            height: self.height,
            focus: self.focus,
            lower: self.lower,
            zoomed: self.zoomed,
            shift: self.shift,
        }
    }

    /// Rows that a pane shows now.
    #[must_use]
    pub fn rows_of(&self, pane: Pane) -> usize {
        let height = match pane {
            Pane::Source if self.code.mode.is_code() => self.screen().inner(pane).height,
            Pane::Source => self.source_areas().0.height,
            _ => self.screen().inner(pane).height,
        };
        usize::from(height).saturating_sub(self.head_rows(pane))
    }

    /// Rows inside a pane above its list: headings and warnings.
    #[must_use]
    pub fn head_rows(&self, pane: Pane) -> usize {
        match pane {
            Pane::Details => usize::from(matches!(self.details.tab, Tab::Threads | Tab::Map | Tab::Images)),
            Pane::Source if self.code.mode.is_code() => 0,
            Pane::Source => usize::from(self.source.banner().is_some()),
            Pane::Variables => crate::ui::panes::variables::head_rows(&self.variables),
            _ => 0,
        }
    }

    /// The tab shown in a pane.
    #[must_use]
    pub fn tab(&self, pane: Pane) -> Option<Tab> {
        match pane {
            Pane::Variables => Some(self.variables.tab),
            Pane::Details => Some(self.details.tab),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_live(&self) -> bool {
        self.session
            .ready()
            .is_some_and(|session| session.kind == TargetKind::Live)
    }

    /// Since when something that moves is on the screen, if anything is.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.ended.is_none() && (!self.jobs.is_idle() || self.goroutines.is_building())
    }

    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        self.messages.say(level, text, self.now);
    }

    /// Sends a request and remembers what its answer is for.
    pub(super) fn ask(&mut self, request: Request, purpose: Purpose) {
        if self.ended.is_some() {
            return;
        }
        let (command, replaced) = self.jobs.start(request, purpose, self.now);
        self.outbox.extend(replaced.map(Effect::Cancel));
        self.outbox.push(Effect::Send(command));
    }

    pub fn emit(&mut self, effect: Effect) {
        self.outbox.push(effect);
    }

    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.outbox)
    }
}
