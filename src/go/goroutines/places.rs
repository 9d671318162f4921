//! What a pc means, found once for all goroutines that have it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{Addr, Limits};
use crate::go::{Func, GoCode, naming};
use crate::model::Location;

/// What a pc points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PcKind {
    /// The instruction about to run, or one that faulted.
    Exact,
    /// The instruction after a call: the line is that of the call.
    Return,
}

/// Functions whose first argument tells what a goroutine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsIn {
    /// `*runtime.pollDesc`
    Poll,
    /// `*sync.notifyList`
    Notify,
}

/// Everything that a walk needs to know of a pc.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The innermost call.
    pub location: Arc<Location>,
    /// The innermost call that is the user's own.
    pub user: Option<Arc<Location>>,
    /// Bytes from SP to the return address.
    pub depth: Option<u64>,
    pub is_top: bool,
    /// The caller did not call: it was interrupted, and its pc is exact.
    pub is_injected: bool,
    pub waits_in: Option<WaitsIn>,
}

/// The function that a goroutine was started with.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub location: Arc<Location>,
    /// Name of the function as started, a wrapper perhaps: the runtime judges by it.
    pub function: Arc<str>,
}

/// A cache of places; one per list, since bytes of code do not change under it.
#[derive(Debug)]
pub(super) struct Places<'r> {
    code: &'r GoCode,
    limits: &'r Limits,
    places: FxHashMap<(Addr, PcKind), Option<Place>>,
    starts: FxHashMap<Addr, Start>,
    texts: Texts<'r>,
    unknown: Arc<Location>,
}

#[derive(Debug, Default)]
struct Texts<'r>(FxHashMap<&'r str, Arc<str>>);

impl<'r> Texts<'r> {
    fn intern(&mut self, text: &'r str) -> Arc<str> {
        Arc::clone(self.0.entry(text).or_insert_with(|| Arc::from(text)))
    }

    fn location(&mut self, pc: Addr, call: &crate::go::InlineCall<'r>) -> Arc<Location> {
        Arc::new(Location {
            pc,
            function: (!call.name.is_empty()).then(|| self.intern(call.name)),
            file: call.file.map(|file| self.intern(file)),
            line: call.line,
        })
    }
}

impl<'r> Places<'r> {
    pub(super) fn new(code: &'r GoCode, limits: &'r Limits) -> Self {
        Self {
            code,
            limits,
            places: FxHashMap::default(),
            starts: FxHashMap::default(),
            texts: Texts::default(),
            unknown: Arc::default(),
        }
    }

    /// The place of a pc; `None` outside of Go code.
    pub(super) fn get(&mut self, pc: Addr, kind: PcKind) -> Option<&Place> {
        let Self {
            code,
            limits,
            places,
            texts,
            ..
        } = self;
        places
            .entry((pc, kind))
            .or_insert_with(|| place(code, limits, texts, (pc, kind)))
            .as_ref()
    }

    /// Where a pc is, in Go code or not.
    pub(super) fn location(&mut self, pc: Addr, kind: PcKind) -> Arc<Location> {
        if pc.is_null() {
            return Arc::clone(&self.unknown);
        }
        match self.get(pc, kind) {
            Some(place) => Arc::clone(&place.location),
            None => Arc::new(Location {
                pc,
                ..Location::default()
            }),
        }
    }

    /// The function that starts at `pc`; for the wrapper of a `go` statement, the one it calls.
    pub(super) fn start(&mut self, pc: Addr) -> Start {
        let Self {
            code, starts, texts, ..
        } = self;
        starts.entry(pc).or_insert_with(|| start(code, texts, pc)).clone()
    }

    pub(super) fn is_entry(&self, pc: Addr) -> bool {
        self.code.find_func(pc).is_some_and(|func| func.entry() == pc)
    }
}

fn place<'r>(
    code: &'r GoCode,
    limits: &Limits,
    texts: &mut Texts<'r>,
    (pc, kind): (Addr, PcKind),
) -> Option<Place> {
    let func = code.find_func(pc)?;
    // Never out of the function: a fresh goroutine's return address is goexit's second byte.
    let lookup = match kind {
        PcKind::Return if pc > func.entry() => pc.offset(-1),
        _ => pc,
    };
    let chain = func.inline_chain(lookup, limits);
    let user = chain
        .iter()
        .find(|call| naming::is_user(call.name) && !call.is_wrapper);
    Some(Place {
        location: texts.location(pc, chain.first()?),
        user: user.map(|call| texts.location(pc, call)),
        depth: func.frame_size(pc).and_then(|depth| u64::try_from(depth).ok()),
        is_top: func.is_top_frame(),
        is_injected: is_injected(&func),
        waits_in: match func.name() {
            "internal/poll.runtime_pollWait" => Some(WaitsIn::Poll),
            "sync.runtime_notifyListWait" => Some(WaitsIn::Notify),
            _ => None,
        },
    })
}

/// Functions that the runtime makes a goroutine appear to have called.
fn is_injected(func: &Func<'_>) -> bool {
    matches!(
        func.name(),
        "runtime.sigpanic" | "runtime.asyncPreempt" | "runtime.debugCallV2"
    )
}

fn start<'r>(code: &'r GoCode, texts: &mut Texts<'r>, pc: Addr) -> Start {
    let Some(started) = code.find_func(pc) else {
        return Start {
            location: Arc::new(Location {
                pc,
                ..Location::default()
            }),
            function: Arc::from(""),
        };
    };
    let callee = started.wrapped_func().and_then(|entry| code.find_func(entry));
    let func = callee.unwrap_or(started);
    let (file, line) = func.file_line(func.entry());
    Start {
        location: Arc::new(Location {
            pc: func.entry(),
            function: Some(texts.intern(func.name())),
            file: file.map(|file| texts.intern(file)),
            line: func.start_line().or(line),
        }),
        function: texts.intern(started.name()),
    }
}
