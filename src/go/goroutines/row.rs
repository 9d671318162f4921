//! From a `g` to a row of the list.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::blocked::{Blocked, Found};
use super::labels;
use super::places::{PcKind, Places};
use super::reasons::{Reasons, WaitKind};
use super::walk::{Begin, Walked, walk};
use crate::base::{Addr, GoId, Limits, Tid};
use crate::go::{G, GoRuntime, GoThread, M, SavedRegs, Status, naming};
use crate::memory::Memory;
use crate::model::{GoStatus, Goroutine, Location};

/// Makes rows; holds what rows share.
pub(super) struct Rows<'a> {
    runtime: &'a GoRuntime,
    memory: &'a dyn Memory,
    limits: &'a Limits,
    places: Places<'a>,
    reasons: Reasons,
    blocked: Blocked<'a>,
    labels: FxHashMap<Addr, Arc<BTreeMap<String, String>>>,
    no_labels: Arc<BTreeMap<String, String>>,
    /// By address of the goroutine that the thread runs.
    running: FxHashMap<Addr, &'a GoThread>,
    /// Thread ids by address of the m.
    threads: FxHashMap<Addr, Option<Tid>>,
}

/// A row, and what can only be filled in once all rows are known.
#[derive(Debug)]
pub(super) struct Row {
    pub goroutine: Goroutine,
    /// Monotonic nanoseconds, 0 when unknown.
    pub wait_since: u64,
    pub wakes_at: Option<u64>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        runtime: &'a GoRuntime,
        memory: &'a dyn Memory,
        threads: &'a [GoThread],
        limits: &'a Limits,
    ) -> Self {
        let running = threads
            .iter()
            .filter_map(|thread| Some((thread.curg?.addr, thread)))
            .collect();
        let by_m = threads
            .iter()
            .filter_map(|thread| Some((thread.m?.addr, Some(thread.state.tid))))
            .collect();
        Self {
            runtime,
            memory,
            limits,
            places: Places::new(&runtime.code, limits),
            reasons: Reasons::read(runtime, memory),
            blocked: Blocked::new(runtime, memory, limits),
            labels: FxHashMap::default(),
            no_labels: Arc::default(),
            running,
            threads: by_m,
        }
    }

    pub(super) fn row(&mut self, g: &G) -> Row {
        let is_blocked = matches!(g.status, Status::Waiting | Status::Leaked);
        let reason = is_blocked.then(|| self.reasons.get(g.wait_reason)).flatten();
        let (wait_reason, kind) = reason.map_or((None, WaitKind::Other), |(text, kind)| {
            (Some(Arc::clone(text)), kind)
        });
        let walked = self.walk(g);
        let Found { object, wakes_at } = if is_blocked {
            self.blocked.find(g, kind, &walked)
        } else {
            Found::default()
        };
        let start = self.places.start(g.start_pc);
        let idle = wait_reason
            .as_deref()
            .is_none_or(|reason| matches!(reason, "finalizer wait" | "cleanup wait"));
        let goroutine = Goroutine {
            id: GoId(g.goid),
            addr: g.addr,
            status: status(g.status),
            thread: self.thread(g),
            current: false,
            system: naming::is_system_start(&start.function, is_blocked && idle),
            current_loc: walked.current,
            user_loc: walked.user,
            go_loc: self.places.location(g.go_pc, PcKind::Return),
            start_loc: start.location,
            parent: g.parent.map(GoId),
            labels: self.labels(g),
            blocked_on: object,
            locked: g.locked_m.is_some(),
            damaged: self.damage(g).map(Into::into),
            wait_reason,
            wait_since_ns: None,
        };
        Row {
            goroutine,
            wait_since: wait_since(g.status, g.wait_since),
            wakes_at,
        }
    }

    fn walk(&mut self, g: &G) -> Walked {
        let begin = |regs: SavedRegs, kind| Begin {
            pc: regs.pc,
            sp: regs.sp,
            kind,
            stack: g.stack,
        };
        let thread = self.running.get(&g.addr).and_then(|thread| thread.curg_regs);
        let begin = match (thread, g.status) {
            (_, Status::Copystack) => None,
            (Some(regs), _) if self.places.get(regs.pc, PcKind::Exact).is_some() => {
                Some(begin(regs, PcKind::Exact))
            }
            _ if !g.syscall.sp.is_null() => Some(begin(g.syscall, PcKind::Return)),
            // A goroutine that never ran starts at its function's entry. A stale `sched` of a
            // goroutine that runs on a thread which is not in the dump says nothing.
            (_, Status::Running) if !self.running.contains_key(&g.addr) => None,
            _ if self.places.is_entry(g.sched.pc) => Some(begin(g.sched, PcKind::Exact)),
            _ => Some(begin(g.sched, PcKind::Return)),
        };
        match begin {
            Some(begin) => walk(&mut self.places, self.memory, begin),
            None => {
                let unknown: Arc<Location> = self.places.location(Addr::NULL, PcKind::Exact);
                Walked {
                    current: Arc::clone(&unknown),
                    user: unknown,
                    waits_in: None,
                }
            }
        }
    }

    /// The thread that runs it, or that it is locked to while in a system call.
    fn thread(&mut self, g: &G) -> Option<Tid> {
        if let Some(thread) = self.running.get(&g.addr) {
            return Some(thread.state.tid);
        }
        let m =
            g.m.filter(|_| matches!(g.status, Status::Running | Status::Syscall))?;
        let (layout, memory) = (&self.runtime.layout, self.memory);
        let read = || {
            let m = M::read(layout, memory, m).ok()?;
            u32::try_from(m.procid).ok().filter(|&id| id != 0).map(Tid)
        };
        *self.threads.entry(m).or_insert_with(read)
    }

    fn labels(&mut self, g: &G) -> Arc<BTreeMap<String, String>> {
        let Some(pointer) = g.labels else {
            return Arc::clone(&self.no_labels);
        };
        let read = || labels::read(self.runtime, self.memory, pointer, self.limits).into();
        Arc::clone(self.labels.entry(pointer).or_insert_with(read))
    }

    /// What in the record contradicts itself.
    fn damage(&mut self, g: &G) -> Option<String> {
        if let Status::Unknown(word) = g.status {
            return Some(format!("its status {word:#x} is none that this runtime has"));
        }
        if !g.status.is_parked() {
            return None;
        }
        if !g.stack.contains(g.sched.sp) {
            return Some(format!(
                "its saved stack pointer {} lies outside its stack {}",
                g.sched.sp, g.stack
            ));
        }
        if self.places.get(g.sched.pc, PcKind::Return).is_none() {
            return Some(format!("its saved pc {} is in no Go function", g.sched.pc));
        }
        None
    }
}

/// Since when it waits, in monotonic nanoseconds; 0 when unknown.
pub(super) fn wait_since(status: Status, noted: u64) -> u64 {
    match status {
        Status::Waiting | Status::Syscall => noted,
        _ => 0,
    }
}

const fn status(status: Status) -> GoStatus {
    match status {
        Status::Runnable => GoStatus::Runnable,
        Status::Running => GoStatus::Running,
        Status::Syscall => GoStatus::Syscall,
        Status::Waiting => GoStatus::Waiting,
        Status::Copystack => GoStatus::Copystack,
        Status::Preempted => GoStatus::Preempted,
        Status::Leaked => GoStatus::Leaked,
        Status::Idle | Status::Dead | Status::DeadExtra | Status::Unknown(_) => GoStatus::Unknown,
    }
}
