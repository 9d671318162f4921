//! Goroutines and threads as rows, each list read once an epoch, and goroutines in groups.

use std::sync::Arc;

use rustc_hash::FxHasher;

use super::census;
use super::groups;
use super::inferior::{GoParts, OpenContext, Target};
use crate::base::{CancelToken, Cancelled, GoId, Progress, Tid, Unit};
use crate::go::{GoError, GoThread, GoroutineQuery, PcScanner};
use crate::model::{
    Failure, FailureKind, Goroutine, GoroutineGroups, GoroutineList, GroupKey, Location, Subject, Thread,
};

/// Goroutines whose stacks are walked between two reports of progress.
const STRIDE: usize = 4096;

impl Target {
    /// All goroutines of this epoch; read once, then shared.
    pub fn goroutines(&self, context: OpenContext<'_>) -> Result<Arc<GoroutineList>, Failure> {
        self.goroutine_list(context.cancel)
    }

    /// Whether the list of goroutines has been read in this epoch.
    #[must_use]
    pub fn has_goroutines(&self) -> bool {
        self.goroutines.get().is_some()
    }

    pub(super) fn goroutine_list(&self, cancel: &CancelToken) -> Result<Arc<GoroutineList>, Failure> {
        if let Some(list) = self.goroutines.get() {
            return Ok(Arc::clone(list));
        }
        let go = self.go()?;
        let mut list = go
            .runtime
            .goroutines(&GoroutineQuery {
                memory: self.core.memory.as_ref(),
                threads: &self.go_threads,
                now: self.core.now,
                limits: &self.limits,
                cancel,
            })
            .map_err(|error| list_failure(&error))?;
        let current = self.crash(cancel).goroutine;
        for goroutine in &mut list.goroutines {
            goroutine.current = Some(goroutine.addr) == current;
        }
        if current.is_none()
            && self.core.was_alive()
            && let Some(opening) = census::opening(&list.goroutines)
            && let Some(opening) = list.goroutines.get_mut(opening)
        {
            opening.current = true;
        }
        Ok(Arc::clone(self.goroutines.get_or_init(|| Arc::new(list))))
    }

    /// The row of one goroutine.
    pub(super) fn goroutine(&self, id: GoId, cancel: &CancelToken) -> Result<Goroutine, Failure> {
        find(&*self.goroutine_list(cancel)?, id).cloned()
    }

    /// Goroutines that are alike, largest group first.
    pub fn groups(&self, key: &GroupKey, context: OpenContext<'_>) -> Result<GoroutineGroups, Failure> {
        let list = self.goroutine_list(context.cancel)?;
        if *key != GroupKey::Stack {
            return Ok(groups::group(list.goroutines.iter(), key));
        }
        let hashes = self
            .stack_hashes(self.go()?, &list.goroutines, context)
            .map_err(cancelled)?;
        Ok(groups::group_by_stack(&list.goroutines, &hashes))
    }

    /// One hash of all pcs for each goroutine, in order. A running goroutine has no saved pcs; it
    /// is alike only to itself.
    fn stack_hashes(
        &self,
        go: &GoParts,
        goroutines: &[Goroutine],
        context: OpenContext<'_>,
    ) -> Result<Vec<u64>, Cancelled> {
        let mut scanner = PcScanner::new(&go.stacks, self.core.memory.as_ref(), &self.limits);
        let mut pcs = Vec::new();
        let mut hashes = Vec::with_capacity(goroutines.len());
        for (done, goroutine) in goroutines.iter().enumerate() {
            if done.is_multiple_of(STRIDE) {
                context.cancel.check()?;
                (context.progress)(Progress {
                    phase: "comparing stacks".to_owned(),
                    done: done as u64,
                    total: Some(goroutines.len() as u64),
                    unit: Unit::Items,
                });
            }
            let complete = scanner.scan(goroutine.addr, &mut pcs);
            hashes.push(hash(goroutine, complete.then_some(&pcs)));
        }
        Ok(hashes)
    }

    pub fn threads(&self) -> Result<Arc<[Thread]>, Failure> {
        let threads = self.threads.get_or_init(|| {
            let current = self.current_thread();
            self.core
                .threads
                .iter()
                .map(|thread| {
                    let bound = self.go_thread(thread.tid);
                    let pc = thread.registers.get(crate::arch::amd64::RIP).unwrap_or_default();
                    Thread {
                        tid: thread.tid,
                        current: current == Some(thread.tid),
                        goroutine: bound.and_then(|bound| bound.curg).map(|g| GoId(g.goid)),
                        loc: Arc::new(self.location(crate::base::Addr(pc))),
                        name: thread.name.clone(),
                        signal: thread.signal.clone(),
                    }
                })
                .collect()
        });
        Ok(Arc::clone(threads))
    }

    /// What the session opens on: the goroutine that died, else the thread that did.
    pub(super) fn current_subject(&self, cancel: &CancelToken) -> Option<Subject> {
        let by_crash = || {
            let addr = self.crash(cancel).goroutine?;
            let list = self.goroutine_list(cancel).ok()?;
            let row = list.goroutines.iter().find(|row| row.addr == addr)?;
            Some(Subject::Goroutine(row.id))
        };
        let by_choice = || {
            let list = self.goroutine_list(cancel).ok()?;
            let row = list.goroutines.iter().find(|row| row.current)?;
            Some(Subject::Goroutine(row.id))
        };
        by_crash()
            .or_else(|| self.current_thread().map(Subject::Thread))
            .or_else(by_choice)
    }

    /// The thread that died, else the first of the core.
    pub(super) fn current_thread(&self) -> Option<Tid> {
        let never = CancelToken::new();
        self.crash(&never).thread
    }

    pub(super) fn go_thread(&self, tid: Tid) -> Option<&GoThread> {
        self.go_threads.iter().find(|thread| thread.state.tid == tid)
    }

    /// Name and line of the instruction at `pc`.
    pub(super) fn location(&self, pc: crate::base::Addr) -> Location {
        self.reader.location(pc, true)
    }
}

/// The row of one goroutine among those of a list.
pub(super) fn find(list: &GoroutineList, id: GoId) -> Result<&Goroutine, Failure> {
    let found = list.goroutines.binary_search_by_key(&id, |row| row.id);
    found
        .ok()
        .and_then(|at| list.goroutines.get(at))
        .or_else(|| list.goroutines.iter().find(|row| row.id == id))
        .ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("there is no goroutine {id}"))
                .hint("`goroutines` lists those that exist")
        })
}

fn hash(goroutine: &Goroutine, pcs: Option<&Vec<crate::base::Addr>>) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = FxHasher::default();
    goroutine.state().hash(&mut hasher);
    match pcs {
        Some(pcs) => pcs.hash(&mut hasher),
        None => goroutine.id.hash(&mut hasher),
    }
    hasher.finish()
}

pub(super) fn cancelled(_: Cancelled) -> Failure {
    Failure::new(FailureKind::Cancelled, "cancelled")
}

fn list_failure(error: &GoError) -> Failure {
    if matches!(error, GoError::Cancelled(_)) {
        return Failure::new(FailureKind::Cancelled, "cancelled");
    }
    Failure::new(FailureKind::Unavailable, "the goroutines cannot be listed").because(error)
}
