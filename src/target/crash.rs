//! Why the program died: what the Go runtime noted, the signals found on the dying thread's stack
//! and the kernel's record, joined into one report.
//!
//! The kernel's record alone misleads: under `GOTRACEBACK=crash` the runtime ends every crash by
//! sending itself SIGABRT. The truth is in the runtime's own notes, or in the signal frame that
//! lies deepest on the stack.

use crate::base::{Addr, CancelToken, Tid};
use crate::elf::CoreWriter;
use crate::go::{self, CrashFacts, StandardLibrary, Throwing};
use crate::model::{CrashReport, Failure, GroupKey, SignalInfo, Subject, TargetKind};

use super::census;
use super::crash_sites::{self, CrashSites, Death};
use super::groups;
use super::inferior::Target;
use super::signals::{describe_signal, is_fault};
use super::stack::SignalFrame;

/// Groups shown in the report; the rest is one command away.
const MOST_GROUPS: usize = 8;
/// Rows looked through for signals and for the user's frame: below the deepest panic machinery.
const MOST_ROWS: usize = 256;
/// `si_code` of a signal that a thread sent to one thread (`SI_TKILL`).
const SENT_TO_THREAD: i32 = -6;
const SIGABRT: i32 = 6;

/// Who died, and of what.
#[derive(Clone, Debug, Default)]
pub(super) struct Crash {
    /// Address of the g.
    pub(super) goroutine: Option<Addr>,
    pub(super) thread: Option<Tid>,
    facts: CrashFacts,
    /// The signal that started it, if one did.
    signal: Option<SignalInfo>,
    /// The instruction that raised that signal, when it was not sent from outside.
    interrupted: Option<Addr>,
}

impl Target {
    /// Who died and of what; found once.
    pub(super) fn crash(&self, cancel: &CancelToken) -> &Crash {
        self.crash.get_or_init(|| self.find_crash(cancel))
    }

    fn find_crash(&self, cancel: &CancelToken) -> Crash {
        let memory = self.core.memory.as_ref();
        let facts = self
            .go
            .as_ref()
            .map(|go| go.runtime.crash_facts(memory, &self.go_threads, &self.limits))
            .unwrap_or_default();
        let thread = facts.thread.or_else(|| self.first_thread());
        let by_thread = || Some(self.go_thread(thread?)?.curg?.addr);
        let goroutine = match facts.thread {
            Some(_) => facts.goroutine_addr,
            None => by_thread(),
        };
        // A living process handles signals every now and then; none of them killed it.
        let (signal, interrupted) = match facts.thread {
            None if self.core.was_alive() => (None, None),
            _ => self.true_signal(&facts, thread, cancel),
        };
        Crash {
            goroutine,
            thread,
            facts,
            signal,
            interrupted,
        }
    }

    /// The thread that a core opens on: kernels write the one that died first, debuggers the one
    /// that was selected. Of a process that was alive it counts only if it ran somebody's code.
    fn first_thread(&self) -> Option<Tid> {
        let first = self.core.threads.first()?.tid;
        if !self.core.was_alive() {
            return Some(first);
        }
        let ran = |tid| self.go_thread(tid).is_some_and(|thread| thread.curg.is_some());
        (self.core.kind() == TargetKind::Core && ran(first)).then_some(first)
    }

    /// The signal that started the death, not the one by which the runtime ended it, and the
    /// instruction that raised it.
    fn true_signal(
        &self,
        facts: &CrashFacts,
        thread: Option<Tid>,
        cancel: &CancelToken,
    ) -> (Option<SignalInfo>, Option<Addr>) {
        if facts.throwing == Some(Throwing::Panic) || facts.fatal_error.is_some() {
            let signal = facts.signal.map(|signal| {
                let code = i32::try_from(signal.code).ok();
                describe_signal(signal.number, code, Some(signal.fault_addr), None)
            });
            return (signal, None);
        }
        let Some(first) = thread.and_then(|tid| self.first_signal(tid, cancel)) else {
            return (self.core.siginfo.clone(), None);
        };
        let signal = first.signal;
        let is_own = self.is_own_abort(&signal);
        if is_own && facts.thread.is_some() && self.is_go_code(first.pc) {
            return (None, None);
        }
        let raised = is_own || signal.code.is_some_and(|code| is_fault(signal.number, code));
        (Some(signal), raised.then_some(first.pc))
    }

    /// The signal that was first in time among those being handled on a thread's stack.
    fn first_signal(&self, tid: Tid, cancel: &CancelToken) -> Option<SignalFrame> {
        let found: Vec<SignalFrame> = self
            .with_stack(Subject::Thread(tid), cancel, |stack| {
                self.reader
                    .signals(stack, self.core.memory.as_ref(), MOST_ROWS, cancel)
            })
            .ok()?;
        found.into_iter().next_back()
    }

    fn is_go_code(&self, pc: Addr) -> bool {
        self.go.as_ref().is_some_and(|go| go.runtime.code.contains(pc))
    }

    /// The SIGABRT that a process sends itself to die with a core: the Go runtime at the end of
    /// every crash, and C code that calls `abort`.
    fn is_own_abort(&self, signal: &SignalInfo) -> bool {
        let own = self.core.process.pid.and_then(|pid| i32::try_from(pid).ok());
        signal.number == SIGABRT
            && signal.code == Some(SENT_TO_THREAD)
            && (own.is_none() || signal.sender_pid == own)
    }

    /// Everything known about the death, for the opening screen.
    pub fn report(&self, cancel: &CancelToken) -> Result<CrashReport, Failure> {
        let session = self.session();
        let list = self.goroutine_list(cancel).ok();
        cancel.check().map_err(super::goroutines::cancelled)?;
        let goroutines = list
            .as_ref()
            .map(|list| list.goroutines.as_slice())
            .unwrap_or_default();
        let users = goroutines.iter().filter(|row| !row.system);
        let mut grouped = groups::group(users, &GroupKey::UserLoc).groups;
        grouped.truncate(MOST_GROUPS);
        let crash = self.crash(cancel);
        let sites = self.crash_sites(crash, cancel);
        Ok(CrashReport {
            kind: self.core.kind(),
            exe: session.exe,
            pid: session.pid,
            fault_addr: crash.signal.as_ref().and_then(|signal| signal.fault_addr),
            signal: crash.signal.clone(),
            reason: self
                .reason_in_c(crash, &sites)
                .unwrap_or_else(|| self.reason(crash)),
            last_words: crash.facts.last_words.clone(),
            panics: crash.facts.panics.clone(),
            crash: sites.crash,
            origin: sites.origin,
            last_panic: sites.last_panic,
            goroutine_count: goroutines.len(),
            thread_count: self.core.threads.len(),
            groups: grouped,
            warnings: self.all_warnings(),
            go_version: session.go_version,
            build_id: session.build_id,
        })
    }

    /// One sentence for a death that C code brought about: which function, and who called it.
    fn reason_in_c(&self, crash: &Crash, sites: &CrashSites) -> Option<String> {
        let (signal, pc) = (crash.signal.as_ref()?, crash.interrupted?);
        if self.go.is_none() || self.is_go_code(pc) {
            return None;
        }
        let place = sites.origin.as_ref().map(|origin| &origin.frame);
        let name = place.and_then(|place| place.function.as_deref());
        let image = || self.core.images.iter().find(|image| image.range.contains(pc));
        let place = match (name, image()) {
            (Some(name), _) => format!("the C function {name}"),
            (None, Some(image)) => format!("C code of {}", image.path.rsplit('/').next().unwrap_or_default()),
            (None, None) => "code that is not Go's".to_owned(),
        };
        let caller = sites.crash.as_ref().map(|site| &site.frame);
        let caller = caller
            .filter(|caller| self.is_go_code(caller.pc))
            .and_then(|caller| caller.function.as_deref())
            .map_or_else(String::new, |caller| format!(", called by {caller}"));
        let name = &signal.name;
        // Of an abort the innermost functions are those of the C library.
        if self.is_own_abort(signal) {
            return Some(format!("{name} in C code{caller}: abort, or a failed assert"));
        }
        let what = signal.to_string();
        let what = what.strip_prefix(name.as_str()).unwrap_or_default();
        Some(format!("{name} in {place}{caller}{what}"))
    }

    /// One sentence.
    fn reason(&self, crash: &Crash) -> String {
        let is_abort = |signal: &SignalInfo| self.is_own_abort(signal);
        if crash.signal.as_ref().is_some_and(is_abort) && crash.interrupted.is_some() {
            return "SIGABRT: C code aborted the process (abort, a failed assert)".to_owned();
        }
        let by_go = go::reason(&crash.facts, crash.signal.as_ref());
        by_go.unwrap_or_else(|| match (&crash.signal, self.core.writer()) {
            (Some(signal), _) => format!("killed by {signal}"),
            (None, Some(CoreWriter::Gcore | CoreWriter::Delve | CoreWriter::TinyDbg)) => format!(
                "not a crash: a core taken from a running process, {}",
                self.what_everyone_does()
            ),
            (None, None) => format!("alive: {}", self.what_everyone_does()),
            (None, _) => "why it died is not recorded in this core".to_owned(),
        })
    }

    /// A living process in a sentence.
    fn what_everyone_does(&self) -> String {
        let never = CancelToken::new();
        match self.goroutine_list(&never) {
            Ok(list) => census::census(&list.goroutines),
            Err(_) => match self.core.threads.len() {
                1 => "1 thread".to_owned(),
                count => format!("{count} threads"),
            },
        }
    }

    /// The places on the dying stack that matter.
    fn crash_sites(&self, crash: &Crash, cancel: &CancelToken) -> CrashSites {
        if crash.facts.thread.is_none() && self.core.was_alive() {
            return CrashSites::default();
        }
        let stack = self
            .current_subject(cancel)
            .and_then(|subject| self.stack(subject, 0, MOST_ROWS, cancel).ok());
        let death = match (crash.facts.throwing, crash.interrupted) {
            (Some(Throwing::Panic), _) => Death::Panic,
            (_, Some(pc)) => Death::Signal(pc),
            (_, None) => Death::Other,
        };
        let Some(stack) = stack else {
            return CrashSites::default();
        };
        let build = self.go.as_ref().and_then(|go| go.runtime.build.as_ref());
        let library = StandardLibrary::learn(build, stack.frames.iter().map(|frame| &frame.location));
        crash_sites::find(&stack, death, &library)
    }
}
