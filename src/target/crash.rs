//! Why the program died: the facts of the Go runtime, the signals found on stacks and the kernel's
//! record, joined into one report.

use crate::base::{Addr, CancelToken, Tid};
use crate::go::naming;
use crate::model::{CrashReport, CrashSite, Failure, GroupKey, Subject, TargetKind};

use super::groups;
use super::inferior::Target;

/// Groups shown in the report; the rest is one command away.
const MOST_GROUPS: usize = 8;
/// Rows looked through for the user's frame: below the deepest panic machinery.
const MOST_ROWS: usize = 256;

/// Who died.
#[derive(Clone, Debug, Default)]
pub(super) struct Crash {
    /// Address of the g.
    pub(super) goroutine: Option<Addr>,
    pub(super) thread: Option<Tid>,
}

impl Target {
    pub(super) fn crash_facts(&self, _cancel: &CancelToken) -> Option<&Crash> {
        Some(self.crash.get_or_init(|| {
            let dying = self.go_threads.iter().find(|t| t.m.is_some_and(|m| m.dying > 0));
            let thread = dying.or_else(|| self.go_threads.first());
            Crash {
                goroutine: thread.and_then(|t| t.curg).map(|g| g.addr),
                thread: thread.map(|t| t.state.tid),
            }
        }))
    }

    pub fn report(&self, cancel: &CancelToken) -> Result<CrashReport, Failure> {
        let session = self.session();
        let list = self.goroutine_list(cancel).ok();
        let goroutines = list
            .as_ref()
            .map(|list| list.goroutines.as_slice())
            .unwrap_or_default();
        let mut grouped = groups::group(goroutines, &GroupKey::UserLoc).groups;
        grouped.truncate(MOST_GROUPS);
        Ok(CrashReport {
            kind: TargetKind::Core,
            exe: session.exe,
            pid: session.pid,
            signal: self.core.siginfo.clone(),
            fault_addr: None,
            reason: String::new(),
            last_words: None,
            panics: Vec::new(),
            crash: self.crash_site(cancel),
            goroutine_count: goroutines.len(),
            thread_count: self.core.threads.len(),
            groups: grouped,
            warnings: self.all_warnings(),
            go_version: session.go_version,
            build_id: session.build_id,
        })
    }

    /// The user's frame of the goroutine or thread that died.
    fn crash_site(&self, cancel: &CancelToken) -> Option<CrashSite> {
        let subject = self.current_subject(cancel)?;
        let stack = self.stack(subject, 0, MOST_ROWS, cancel).ok()?;
        let user = stack
            .frames
            .iter()
            .find(|frame| frame.location.function.as_deref().is_some_and(naming::is_user));
        let frame = user.or_else(|| stack.frames.first())?;
        Some(CrashSite {
            goroutine: match subject {
                Subject::Goroutine(id) => Some(id),
                Subject::Thread(_) => None,
            },
            thread: stack.thread,
            frame: frame.location.clone(),
            frame_index: frame.index,
        })
    }
}
