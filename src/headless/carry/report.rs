//! `report`: the crash, and around it what a reader of the text form needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::GoId;
use crate::headless::console::Console;
use crate::headless::reply::{Listing, Reply, ReportReply, StackReply};
use crate::model::{CrashReport, CrashSite, Failure, FailureKind, Goroutine, Subject};

use super::stack::rows_of;

/// Frames of the guilty stack shown.
const FRAMES: usize = 12;

impl Console {
    pub(crate) fn show_report(&mut self) -> Result<Reply, Failure> {
        let report = self.report()?;
        let mut reply = ReportReply {
            report: CrashReport::clone(&report),
            core: self.info.core.clone(),
            source: None,
            stack: None,
            examples: BTreeMap::new(),
        };
        if self.for_text {
            if let Some(site) = &report.crash {
                reply.source = self.guilty_source(site)?;
                let fault = report
                    .origin
                    .as_ref()
                    .map_or(site.frame_index, |at| at.frame_index);
                reply.stack = self.guilty_stack(site, fault.min(site.frame_index))?;
            }
            reply.examples = self.examples(&report)?;
        }
        Ok(Reply::Report(Box::new(reply)))
    }

    fn guilty_source(&mut self, site: &CrashSite) -> Result<Option<Result<Listing, String>>, Failure> {
        let source = optional(self.source_around(&site.frame))?;
        Ok(Some(source.map_err(|failure| what_to_do(&failure))))
    }

    fn guilty_stack(&mut self, site: &CrashSite, from: usize) -> Result<Option<StackReply>, Failure> {
        let goroutine = site.goroutine.map(Subject::Goroutine);
        let Some(subject) = goroutine.or(site.thread.map(Subject::Thread)) else {
            return Ok(None);
        };
        let stack = optional(self.client.stack(subject, from, FRAMES))?;
        Ok(stack.ok().map(rows_of))
    }

    /// One goroutine of each group, so that a group can be described by it.
    fn examples(&mut self, report: &CrashReport) -> Result<BTreeMap<GoId, Goroutine>, Failure> {
        let wanted: BTreeSet<GoId> = report.groups.iter().map(|group| group.example).collect();
        let Ok(list) = optional(self.client.goroutines())? else {
            return Ok(BTreeMap::new());
        };
        let examples = list.goroutines.iter().filter(|g| wanted.contains(&g.id));
        Ok(examples.map(|g| (g.id, g.clone())).collect())
    }
}

/// A failure and the last of its hints, which says what to do.
fn what_to_do(failure: &Failure) -> String {
    match failure.hints.last() {
        Some(hint) => format!("{failure}; {hint}"),
        None => failure.to_string(),
    }
}

/// Keeps an interrupt apart from a part that simply cannot be had: the report is made without it.
fn optional<T>(result: Result<T, Failure>) -> Result<Result<T, Failure>, Failure> {
    match result {
        Err(failure) if failure.kind == FailureKind::Cancelled => Err(failure),
        other => Ok(other),
    }
}
