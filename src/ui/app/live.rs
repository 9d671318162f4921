//! A live process on the screen: stopped, running, dumped, gone.
//!
//! Each stop is an epoch: everything shown is asked for anew, and the selection stays where it was.

use super::{AppState, Level, Purpose};
use crate::engine::Request;
use crate::model::{DumpMethod, DumpOptions, DumpSummary, LiveState, RunState, SessionInfo, Subject};
use crate::ui::effect::Effect;
use crate::ui::loadable::Loadable;
use crate::ui::widgets::{bytes, duration};

/// Milliseconds for which a process may be held before the header says so loudly: a health check
/// that fails for longer gets a service restarted.
const HOLD_BUDGET: u64 = 5000;
/// The held time is shown in whole seconds.
const SECOND: u64 = 1000;

/// What the screen knows of a live process beyond what the engine says.
#[derive(Debug, Default)]
pub struct LiveView {
    /// When it was stopped, in milliseconds of the clock.
    held_since: Option<u64>,
}

impl AppState {
    #[must_use]
    pub fn live_state(&self) -> Option<&LiveState> {
        self.session.ready()?.live.as_ref()
    }

    #[must_use]
    pub fn run_state(&self) -> Option<RunState> {
        Some(self.live_state()?.state)
    }

    /// How long the process has been held now, in milliseconds, and whether that is too long.
    #[must_use]
    pub fn held(&self) -> Option<(u64, bool)> {
        let since = self.live.held_since?;
        let held = self.now.saturating_sub(since);
        Some((held, held >= HOLD_BUDGET))
    }

    /// When the held time on the screen changes next.
    pub(super) fn hold_ticks_at(&self) -> Option<u64> {
        let (held, _) = self.held()?;
        Some(self.now + SECOND - held % SECOND)
    }

    pub fn resume(&mut self) {
        match self.run_state() {
            Some(RunState::Held) => self.ask(Request::Continue, Purpose::Drive),
            _ => self.say(Level::Info, "it is running already; F6 stops it"),
        }
    }

    pub fn pause(&mut self) {
        match self.run_state() {
            Some(RunState::Running) => self.ask(Request::Pause, Purpose::Drive),
            _ => self.say(Level::Info, "it is stopped already; F5 lets it run on"),
        }
    }

    /// Begins a dump; a second one while it runs is refused.
    pub fn dump(&mut self, mut options: DumpOptions) {
        if self.dump_job().is_some() {
            self.say(
                Level::Warning,
                "a dump is being written already; Esc or Ctrl-c cancels it",
            );
            return;
        }
        if let Some(Subject::Thread(tid)) = self.stack.subject {
            options.first = options.first.or(Some(tid));
        } else if let Some(Subject::Goroutine(id)) = self.stack.subject {
            options.first = options
                .first
                .or_else(|| self.goroutines.find(id).and_then(|goroutine| goroutine.thread));
        }
        self.ask(Request::Dump(options), Purpose::Dump);
    }

    /// The running dump.
    #[must_use]
    pub fn dump_job(&self) -> Option<&super::Job> {
        self.jobs.find(&Purpose::Dump)
    }

    /// Cancels the running dump. `false` when none runs.
    pub fn cancel_dump(&mut self) -> bool {
        let Some(token) = self.dump_job().map(|job| job.cancel.clone()) else {
            return false;
        };
        self.emit(Effect::Cancel(token));
        self.say(Level::Info, "cancelling the dump");
        true
    }

    /// The process was attached to or stopped again.
    pub(super) fn note_held(&mut self) {
        self.live.held_since = (self.run_state() == Some(RunState::Held)).then_some(self.now);
    }

    /// A new stop: everything is asked for anew.
    pub(super) fn stopped(&mut self, session: Box<SessionInfo>) {
        let now = self.now;
        self.goroutines.begin_stop();
        self.session = Loadable::Ready(session);
        self.note_held();
        self.report = Loadable::Loading { since: now };
        let subject = self.forget_answers();
        self.ask(Request::Report, Purpose::Report);
        self.ask(Request::Goroutines, Purpose::Goroutines);
        if let Some(subject) = subject {
            self.select_subject(subject, None);
        }
    }

    /// Forgets what the panes were told, so that they ask for it anew. Returns what was selected.
    pub(super) fn forget_answers(&mut self) -> Option<Subject> {
        self.details.forget();
        self.memory.cache.forget();
        self.variables.forget();
        self.goroutines.groups = Loadable::Empty;
        let subject = self.stack.subject;
        self.stack.begin(None, self.now);
        subject
    }

    pub(super) fn running(&mut self, session: Box<SessionInfo>) {
        self.session = Loadable::Ready(session);
        self.note_held();
        self.say(
            Level::Info,
            "running; what is shown is as it was at the last stop; F6 stops it again",
        );
    }

    pub(super) fn process_ended(&mut self, how: String) {
        if let Loadable::Ready(session) = &mut self.session
            && let Some(live) = &mut session.live
        {
            live.state = RunState::Ended;
            live.end = Some(how.clone());
        }
        self.note_held();
        self.messages.insist(
            Level::Error,
            format!("the process has ended: {how}; what was read of it stays"),
            self.now,
        );
    }

    pub(super) fn dumped(&mut self, summary: &DumpSummary) {
        let how = match summary.method {
            DumpMethod::Stop => "held for",
            DumpMethod::Auto | DumpMethod::Snapshot => "snapshot, paused for",
        };
        // What matters most comes first: the rest may not fit.
        let mut text = format!(
            "wrote {} ({how} {}; {}, {} on disk)",
            summary.path.display(),
            duration(summary.pause_ns),
            bytes(summary.memory_bytes),
            bytes(summary.disk_bytes),
        );
        if !summary.unreadable.is_empty() {
            text.push_str(&format!(
                "; {} ranges could not be read",
                summary.unreadable.len()
            ));
        }
        if let Some(why) = &summary.fallback {
            text.push_str(&format!("; no snapshot: {why}"));
        }
        self.messages.insist(Level::Info, text, self.now);
    }
}
