//! [`CrashFacts`]: what the dying runtime left behind.

use super::{backlog, chain};
use crate::base::{Addr, GoId, Limits, Tid};
use crate::go::{G, GoRuntime, GoThread, M};
use crate::memory::{Memory, MemoryExt};
use crate::model::PanicEntry;

/// How the program dies, as the thread that takes it down noted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throwing {
    /// A panic that nobody recovered.
    Panic,
    /// A fatal error of the program's making: deadlock, concurrent map access.
    UserError,
    /// A fatal error of the runtime's own, or a fatal signal.
    RuntimeError,
}

/// A signal that the runtime turned into a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanicSignal {
    pub number: i32,
    /// `si_code`.
    pub code: i64,
    /// The address that faulted; meaningful for SIGSEGV and SIGBUS.
    pub fault_addr: Addr,
    /// The instruction that faulted.
    pub pc: Addr,
}

/// Everything the runtime noted about its death.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrashFacts {
    /// The thread that takes the program down; `None`: the Go runtime is not dying.
    pub thread: Option<Tid>,
    pub throwing: Option<Throwing>,
    /// The goroutine it ran; `None` in a deadlock, or when a signal met an idle thread.
    pub goroutine: Option<GoId>,
    pub goroutine_addr: Option<Addr>,
    /// The goroutine that a fatal signal interrupted.
    pub signalled: Option<GoId>,
    pub signal: Option<PanicSignal>,
    /// Oldest first.
    pub panics: Vec<PanicEntry>,
    /// The last text that the runtime or `print` wrote, at most 512 bytes.
    pub last_words: Option<String>,
    /// What follows `fatal error: `.
    pub fatal_error: Option<String>,
    /// The line before it that explains it.
    pub fatal_detail: Option<String>,
}

impl GoRuntime {
    /// Reads why the program is dying, from threads bound by [`GoRuntime::bind_threads`].
    #[must_use]
    pub fn crash_facts(&self, memory: &dyn Memory, threads: &[GoThread], limits: &Limits) -> CrashFacts {
        let mut facts = CrashFacts {
            last_words: backlog::read(self, memory),
            ..CrashFacts::default()
        };
        let Some((thread, m)) = self.dying_thread(memory, threads) else {
            return facts;
        };
        facts.thread = Some(thread.state.tid);
        facts.throwing = Some(match m.throwing {
            0 => Throwing::Panic,
            1 => Throwing::UserError,
            _ => Throwing::RuntimeError,
        });
        if let Some(g) = thread.curg {
            facts.goroutine = Some(GoId(g.goid));
            facts.goroutine_addr = Some(g.addr);
            facts.panics = chain::read(self, memory, g.panic, limits);
            facts.signal = panic_signal(&g);
        }
        let caught = m.caught_sig.and_then(|g| G::read(&self.layout, memory, g).ok());
        facts.signalled = caught.filter(|g| g.goid != 0).map(|g| GoId(g.goid));
        if facts.throwing != Some(Throwing::Panic) {
            let words = facts.last_words.as_deref().unwrap_or_default();
            facts.fatal_error = backlog::fatal_error(words).map(str::to_owned);
            facts.fatal_detail = backlog::detail(words).map(str::to_owned);
        }
        facts
    }

    /// The thread that takes the program down. Two may be dying; the one that raises the signal is it.
    fn dying_thread<'t>(&self, memory: &dyn Memory, threads: &'t [GoThread]) -> Option<(&'t GoThread, M)> {
        let dying = || {
            threads
                .iter()
                .filter_map(|thread| Some((thread, thread.m?)))
                .filter(|(_, m)| m.dying > 0)
        };
        dying()
            .find(|(thread, _)| self.is_raising(memory, thread))
            .or_else(|| dying().next())
    }

    fn is_raising(&self, memory: &dyn Memory, thread: &GoThread) -> bool {
        /// `raise` is called by `dieFromSignal`, which is called by `crash` or a signal handler.
        const FRAMES: usize = 4;
        let (mut pc, mut sp) = (thread.state.pc, thread.state.sp);
        for _ in 0..FRAMES {
            let Some(func) = self.code.find_func(pc) else {
                return false;
            };
            if matches!(func.name(), "runtime.raise" | "runtime.dieFromSignal") {
                return true;
            }
            let depth = func.frame_size(pc).and_then(|depth| u64::try_from(depth).ok());
            let Some(end) = depth.and_then(|depth| sp.checked_add(depth.checked_add(8)?)) else {
                return false;
            };
            let Ok(caller) = memory.read_addr(end.offset(-8)) else {
                return false;
            };
            (pc, sp) = (caller, end);
        }
        false
    }
}

fn panic_signal(g: &G) -> Option<PanicSignal> {
    (g.sig != 0).then(|| PanicSignal {
        number: g.sig.cast_signed(),
        code: g.sig_code.cast_signed(),
        fault_addr: Addr(g.sig_addr),
        pc: g.sig_pc,
    })
}
