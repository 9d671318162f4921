//! Requests on their way: what each was asked for, how far it is, and how to cancel it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::base::{Addr, CancelToken, JobId, Progress};
use crate::engine::{Command, Request, Slot};
use crate::model::{CodePlace, DumpProgress, FrameId, GroupKey, Subject};
use crate::ui::panes::variables::NodeKey;

/// What an answer is for. Answers find their pane by this, not by what happens to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Open,
    /// Opening the same again, since more of its files are here.
    OpenAgain,
    Processes,
    Cores,
    Report,
    /// The report once more; the selection stays where it is.
    ReportAgain,
    /// The facts of the session once more.
    Session,
    /// What servers were allowed to be asked for.
    Download,
    Goroutines,
    Groups(GroupKey),
    Threads,
    /// A page of a stack that starts at this row.
    StackPage(Subject, usize),
    /// Looking for the end of a stack whose depth is not known.
    StackEnd(Subject),
    Scope(FrameId),
    Registers(FrameId),
    Source(Arc<str>),
    Globals {
        filter: String,
        from: u64,
    },
    Expand(NodeKey),
    Watch(Option<FrameId>),
    /// An expression whose value is to be shown.
    Print {
        expression: Arc<str>,
        /// With all that it holds.
        whole: bool,
    },
    /// What a location specification names, to show it.
    Locate(Arc<str>),
    /// Where an expression points, to show it.
    Point(Arc<str>),
    /// What lies at a place in memory that is shown.
    Overlay(Addr),
    Memory(Range<u64>),
    Code(CodePlace),
    /// The page with this number.
    Page(u64),
    /// A value to copy.
    Copy,
    Images,
    MemoryMap,
    Process,
    /// Stopping the process or letting it run on.
    Drive,
    Dump,
}

/// One request without its final answer.
#[derive(Clone, Debug)]
pub struct Job {
    pub purpose: Purpose,
    pub slot: Option<Slot>,
    pub progress: Option<Progress>,
    /// How far a dump is.
    pub dump: Option<DumpProgress>,
    pub since: u64,
    /// Whether it goes on beside others: a file comes from a server.
    pub is_fetching: bool,
    pub cancel: CancelToken,
}

/// All requests without their final answers, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    last: u64,
    running: BTreeMap<JobId, Job>,
}

impl Purpose {
    /// What the user would say is going on.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Open => "opening",
            Self::Processes => "looking at processes",
            Self::Cores => "looking for core dumps",
            Self::OpenAgain => "opening it with the files that came",
            Self::Session => "looking at the files",
            Self::Download => "asking servers for files",
            Self::Report | Self::ReportAgain => "finding out why it died",
            Self::Goroutines => "reading goroutines",
            Self::Groups(_) => "grouping goroutines",
            Self::Threads => "reading threads",
            Self::StackPage(..) => "unwinding the stack",
            Self::StackEnd(_) => "looking for the end of the stack",
            Self::Scope(_) | Self::Globals { .. } | Self::Expand(_) => "loading variables",
            Self::Watch(_) | Self::Print { .. } | Self::Point(_) | Self::Overlay(_) | Self::Locate(_) => {
                "evaluating"
            }
            Self::Memory(_) => "reading memory",
            Self::Code(_) => "disassembling",
            Self::Page(_) | Self::Copy => "loading",
            Self::Registers(_) => "reading registers",
            Self::Source(_) => "loading source",
            Self::Images => "listing images",
            Self::MemoryMap => "listing memory",
            Self::Process => "reading process facts",
            Self::Drive => "waiting for the process",
            Self::Dump => "writing a core dump",
        }
    }
}

impl Jobs {
    /// Registers a request. A job of the same slot is forgotten: its answer would be of no use.
    /// Returns the command to send and the token of the job that was replaced.
    pub fn start(&mut self, request: Request, purpose: Purpose, now: u64) -> (Command, Option<CancelToken>) {
        let slot = request.slot();
        let replaced = slot.and_then(|slot| self.forget(slot));
        self.last += 1;
        let job = JobId(self.last);
        let cancel = CancelToken::new();
        self.running.insert(
            job,
            Job {
                purpose,
                slot,
                progress: None,
                dump: None,
                since: now,
                is_fetching: false,
                cancel: cancel.clone(),
            },
        );
        (Command { job, request, cancel }, replaced)
    }

    fn forget(&mut self, slot: Slot) -> Option<CancelToken> {
        let (&id, _) = self.running.iter().find(|(_, job)| job.slot == Some(slot))?;
        self.running.remove(&id).map(|job| job.cancel)
    }

    /// Ends a job and says what it was for; `None` for one that was replaced or never was.
    pub fn finish(&mut self, id: JobId) -> Option<Purpose> {
        self.running.remove(&id).map(|job| job.purpose)
    }

    pub fn report(&mut self, id: JobId, progress: Progress) {
        if let Some(job) = self.running.get_mut(&id) {
            job.progress = Some(progress);
        }
    }

    pub fn report_dump(&mut self, id: JobId, progress: DumpProgress) {
        if let Some(job) = self.running.get_mut(&id) {
            job.dump = Some(progress);
        }
    }

    /// Whether a job is still wanted.
    #[must_use]
    pub fn knows(&self, id: JobId) -> bool {
        self.running.contains_key(&id)
    }

    /// Whether the answer is true in every stop of a process: it is of files, not of memory.
    #[must_use]
    pub fn outlives_stops(&self, id: JobId) -> bool {
        let purpose = self.running.get(&id).map(|job| &job.purpose);
        matches!(
            purpose,
            Some(Purpose::Dump | Purpose::Download | Purpose::Source(_))
        )
    }

    /// A job goes on beside others.
    pub fn begun(&mut self, id: JobId) {
        if let Some(job) = self.running.get_mut(&id) {
            job.is_fetching = matches!(job.purpose, Purpose::Source(_) | Purpose::Download);
        }
    }

    /// The job with that purpose.
    #[must_use]
    pub fn find(&self, purpose: &Purpose) -> Option<&Job> {
        self.running.values().find(|job| job.purpose == *purpose)
    }

    /// The job worth showing: the oldest one that runs for more than a moment.
    #[must_use]
    pub fn shown(&self, now: u64) -> Option<&Job> {
        self.running
            .values()
            .find(|job| now.saturating_sub(job.since) >= SHOWN_AFTER)
    }

    /// The job that Ctrl-c means: the newest one that the user can see.
    #[must_use]
    pub fn cancellable(&self) -> Option<(JobId, &Job)> {
        self.running
            .iter()
            .rev()
            .map(|(id, job)| (*id, job))
            .find(|(_, job)| job.purpose != Purpose::Open)
    }

    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    #[must_use]
    pub fn has(&self, purpose: &Purpose) -> bool {
        self.running.values().any(|job| job.purpose == *purpose)
    }

    pub fn clear(&mut self) {
        self.running.clear();
    }
}

/// Milliseconds after which a job counts as worth showing: faster ones would only flicker.
const SHOWN_AFTER: u64 = 120;
