//! Files that servers may have: asking once whether they may be asked, and using what comes.
//!
//! ```text
//!   offer --y--> Consent(true) --SymbolsArrived--> Session, and the panes ask anew
//!         --n--> Consent(false)          `-- code came --> the core is opened again
//! ```

use std::sync::Arc;

use super::{AppState, Level, Purpose};
use crate::engine::Request;
use crate::model::{
    Arrival, CrashReport, DownloadOffer, Failure, FailureKind, OpenSpec, RunState, SessionInfo,
};
use crate::ui::loadable::Loadable;
use crate::ui::overlays::{Consent, Overlay};

/// What was agreed to in this session.
#[derive(Clone, Debug, Default)]
pub(super) struct Downloads {
    /// What is open, to open it again.
    spec: Option<OpenSpec>,
    /// The question waits until nothing lies over the panes.
    is_due: bool,
    /// The question was put.
    is_asked: bool,
    consented: bool,
    /// Files asked for so far: none is asked for twice.
    wanted: Vec<String>,
}

impl Downloads {
    pub(super) fn of(spec: OpenSpec) -> Self {
        Self {
            spec: Some(spec),
            ..Self::default()
        }
    }
}

impl AppState {
    fn offer(&self) -> Option<&DownloadOffer> {
        self.session.ready()?.offer.as_ref()
    }

    /// Notices what could be downloaded now: asks for it where that was agreed to, else plans to
    /// put the question.
    pub(super) fn offer_downloads(&mut self) {
        let Some(offer) = self.offer() else { return };
        let is_new = |file: &String| !self.downloads.wanted.contains(file);
        if !offer.files.iter().any(is_new) {
            return;
        }
        if self.downloads.consented {
            self.fetch();
        } else {
            self.downloads.is_due |= !self.downloads.is_asked;
        }
    }

    /// Puts the question once nobody is typing elsewhere: a key meant for something else must not
    /// answer it.
    pub(super) fn ask_for_consent(&mut self) {
        if !self.downloads.is_due || !self.overlays.is_empty() || !self.pending.is_empty() {
            return;
        }
        let Some(offer) = self.offer().cloned() else {
            return;
        };
        self.downloads.is_due = false;
        self.downloads.is_asked = true;
        self.overlays.push(Overlay::Consent(Consent::new(offer)));
    }

    /// The answer to the question.
    pub fn consent(&mut self, yes: bool) {
        self.downloads.consented = yes;
        if !yes {
            self.ask(Request::Consent(false), Purpose::Download);
            self.say(Level::Info, "no server is asked in this session");
            return;
        }
        self.fetch();
        let is_missing = |failure: &Failure| failure.kind == FailureKind::NotFound;
        if self.source.failed.as_ref().is_some_and(is_missing) {
            self.source.failed = None;
            self.show_source();
        }
    }

    fn fetch(&mut self) {
        let files = self.offer().map(|offer| offer.files.clone());
        self.downloads.wanted.extend(files.unwrap_or_default());
        self.ask(Request::Consent(true), Purpose::Download);
    }

    /// Says what came of it, and has the panes use it.
    pub(super) fn symbols_arrived(&mut self, arrival: Arrival) {
        for failed in &arrival.failed {
            self.say(Level::Warning, format!("could not fetch {failed}"));
        }
        if arrival.came.is_empty() {
            if !arrival.failed.is_empty() {
                self.ask(Request::Session, Purpose::Session);
            }
            return;
        }
        self.say(Level::Info, format!("fetched {}", arrival.came.join(", ")));
        match self.downloads.spec.clone() {
            Some(spec) if arrival.reopen && !self.is_live() => {
                self.ask(Request::Open(spec), Purpose::OpenAgain);
            }
            _ => {
                self.ask(Request::Session, Purpose::Session);
                self.ask_anew();
            }
        }
    }

    pub(super) fn opened_again(&mut self, session: Box<SessionInfo>) {
        self.session_arrived(session);
        self.ask_anew();
    }

    /// The facts of the session once more; what is new among the warnings is said.
    pub(super) fn session_arrived(&mut self, session: Box<SessionInfo>) {
        for warning in &session.warnings {
            let mut log = self.messages.log().iter();
            if !log.any(|said| said.text.contains(&warning.message)) {
                self.say(Level::Warning, warning.message.clone());
            }
        }
        self.session = Loadable::Ready(session);
        self.offer_downloads();
    }

    /// Has every pane ask anew. A process that runs cannot be read; its next stop does the same.
    fn ask_anew(&mut self) {
        if self.run_state().is_some_and(|state| state != RunState::Held) {
            return;
        }
        let frame = self.stack.selected;
        let subject = self.forget_answers();
        self.source.failed = None;
        self.ask(Request::Report, Purpose::ReportAgain);
        self.ask(Request::Goroutines, Purpose::Goroutines);
        if let Some(subject) = subject {
            self.select_subject(subject, Some(frame));
        }
    }

    /// Why it died, told better; nothing is turned to for that.
    pub(super) fn report_again(&mut self, report: CrashReport) {
        self.report = Loadable::Ready(report.into());
        if let Some(subject) = self.stack.subject {
            self.mark_crash(subject);
        }
    }

    pub(super) fn download_cancelled(&mut self) {
        self.say(
            Level::Info,
            "the download was cancelled; what came before is kept",
        );
    }

    pub(super) fn source_cancelled(&mut self, file: &Arc<str>) {
        if self.source.file.as_ref() == Some(file) {
            self.source.loading = None;
            self.source.failed = Some(
                Failure::new(FailureKind::Cancelled, "loading the source was cancelled")
                    .hint("turn to a frame of another file and back to try again"),
            );
        }
    }

    /// A source that servers may have is a reason to put the question, too.
    pub(super) fn source_failed(&mut self, failure: Failure) {
        let may_be_there = failure.kind == FailureKind::NotFound && self.offer().is_some();
        self.downloads.is_due |= may_be_there && !self.downloads.is_asked;
        self.source.loading = None;
        self.source.failed = Some(failure);
    }
}
