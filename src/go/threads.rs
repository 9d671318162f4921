//! Which goroutine a thread runs, and on which of its stacks it is.
//!
//! The authority is the thread-local g; R14 holds the same in compiled Go code only. What it leads
//! to is checked: during a switch and in new threads it may be stale.

use super::{G, GoRuntime, M, SavedRegs};
use crate::base::{Addr, Tid};
use crate::memory::{Memory, MemoryExt};

/// A thread's registers as far as they matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadState {
    pub tid: Tid,
    pub pc: Addr,
    pub sp: Addr,
    pub fs_base: Option<u64>,
    pub r14: Option<u64>,
}

/// Which stack a stack pointer is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStack {
    /// The user goroutine's own.
    Goroutine,
    /// The thread's system stack, g0: scheduler, `systemstack`, C code.
    System,
    /// The thread's signal stack.
    Signal,
    /// None that the runtime knows of.
    Elsewhere,
}

/// A thread as the Go runtime sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoThread {
    pub state: ThreadState,
    /// The g in thread-local storage: a user goroutine, g0 or gsignal. `None` for threads that
    /// never ran Go.
    pub g: Option<Addr>,
    pub m: Option<M>,
    /// The user goroutine it runs, also while it is on another stack.
    pub curg: Option<G>,
    pub on: OnStack,
    /// Registers of the user goroutine on its own stack, when a thread has them: the thread's own,
    /// or those that a signal saved. `None`: the runtime saved them in `curg`.
    pub curg_regs: Option<SavedRegs>,
}

/// Signals that interrupt signal handlers, followed at most.
const MOST_SIGNALS: usize = 8;
/// Frames of a signal handler.
const MOST_HANDLER_FRAMES: usize = 64;

impl GoRuntime {
    /// Binds each thread to its goroutine.
    #[must_use]
    pub fn bind_threads(&self, memory: &dyn Memory, threads: &[ThreadState]) -> Vec<GoThread> {
        threads
            .iter()
            .map(|state| self.bind_thread(memory, *state))
            .collect()
    }

    fn bind_thread(&self, memory: &dyn Memory, state: ThreadState) -> GoThread {
        let mut bound = GoThread {
            state,
            g: None,
            m: None,
            curg: None,
            on: OnStack::Elsewhere,
            curg_regs: None,
        };
        let Some((g, m)) = self.g_of_thread(memory, &state) else {
            return bound;
        };
        bound.g = Some(g.addr);
        bound.m = Some(m);
        let read = |addr: Option<Addr>| G::read(&self.layout, memory, addr?).ok();
        bound.curg = read(m.curg);
        let holds = |g: Option<G>| g.is_some_and(|g| g.stack.contains(state.sp));
        bound.on = if holds(bound.curg) {
            OnStack::Goroutine
        } else if holds(read(m.gsignal)) {
            OnStack::Signal
        } else if m.g0 == Some(g.addr) || holds(read(m.g0)) {
            OnStack::System
        } else {
            OnStack::Elsewhere
        };
        let own = SavedRegs {
            pc: state.pc,
            sp: state.sp,
            bp: None,
        };
        bound.curg_regs = match (bound.on, bound.curg) {
            (OnStack::Goroutine, _) => Some(own),
            (OnStack::Signal, Some(curg)) => self.interrupted(memory, own, &curg),
            _ => None,
        };
        bound
    }

    /// The thread's g and m. The m must know its g and its thread; otherwise the word is stale.
    fn g_of_thread(&self, memory: &dyn Memory, state: &ThreadState) -> Option<(G, M)> {
        // A new thread runs this before its thread pointer is set.
        let func = self.code.find_func(state.pc);
        if func.is_some_and(|func| func.name() == "runtime.clone") {
            return None;
        }
        let by_tls = self.anchors.tls_g.and_then(|offset| {
            let word = Addr(state.fs_base?).offset(offset);
            memory.read_addr(word).ok()
        });
        let candidates = [by_tls, state.r14.filter(|_| by_tls.is_none()).map(Addr)];
        candidates.into_iter().flatten().find_map(|addr| {
            let g = G::read(&self.layout, memory, addr).ok()?;
            let m = M::read(&self.layout, memory, g.m?).ok()?;
            let knows_g = [m.g0, m.gsignal, m.curg].contains(&Some(addr));
            let knows_thread = m.procid == u64::from(state.tid.0);
            (knows_g || knows_thread).then_some((g, m))
        })
    }

    /// The registers of `curg` that a signal interrupted, starting on the signal stack.
    fn interrupted(&self, memory: &dyn Memory, from: SavedRegs, curg: &G) -> Option<SavedRegs> {
        let mut regs = from;
        for _ in 0..MOST_SIGNALS {
            let context = self.signal_context(memory, regs)?;
            regs = read_context(memory, context)?;
            if curg.stack.contains(regs.sp) {
                return Some(regs);
            }
        }
        None
    }

    /// Address of the `ucontext` that the innermost signal frame above `regs` leaves behind it.
    fn signal_context(&self, memory: &dyn Memory, regs: SavedRegs) -> Option<Addr> {
        let (mut pc, mut sp) = (regs.pc, regs.sp);
        for _ in 0..MOST_HANDLER_FRAMES {
            let func = self.code.find_func(pc)?;
            let depth = u64::try_from(func.frame_size(pc)?).ok()?;
            let frame_end = sp.checked_add(depth.checked_add(8)?)?;
            if matches!(func.name(), "runtime.sigtramp" | "runtime.cgoSigtramp") {
                return Some(frame_end);
            }
            pc = memory.read_addr(frame_end.offset(-8)).ok()?;
            sp = frame_end;
        }
        None
    }
}

/// rsp, rip and rbp of an amd64 Linux `ucontext`.
fn read_context(memory: &dyn Memory, context: Addr) -> Option<SavedRegs> {
    let word = |offset| memory.read_addr(context.checked_add(offset)?).ok();
    Some(SavedRegs {
        sp: word(160)?,
        pc: word(168)?,
        bp: word(120),
    })
}
