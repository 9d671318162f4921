//! The places on the dying stack that matter: where it went wrong, and where it ended.
//!
//! Works on rows alone; knows neither memory nor the runtime's notes.

use crate::base::Addr;
use crate::go::{StandardLibrary, naming};
use crate::model::{CrashSite, Frame, Stack, Subject};

/// What a death looks like on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Death {
    /// Panics, deferred calls that panicked anew among them.
    Panic,
    /// The instruction at this pc was interrupted by the signal that started it.
    Signal(Addr),
    Other,
}

/// See the fields of the same names in [`crate::model::CrashReport`].
#[derive(Clone, Debug, Default)]
pub(super) struct CrashSites {
    pub(super) crash: Option<CrashSite>,
    pub(super) origin: Option<CrashSite>,
    pub(super) last_panic: Option<CrashSite>,
}

/// Finds the places.
///
/// A deferred call that takes a panic up and panics again with more words stands above the first
/// panic on the stack. The cause lies below the outermost one:
///
/// ```text
///   fatalpanic, gopanic      the second panic ends the program
///   main.handle.func1        <- last_panic: panic(fmt.Errorf("order %d: %v", id, recover()))
///   gopanic, sigpanic        the first panic
///   main.price               <- crash and origin: here it went wrong
/// ```
///
/// The program's own frame is taken before one of the standard library: memory that ran out in
/// `strings.(*Builder).grow` was asked for by its caller.
pub(super) fn find(stack: &Stack, death: Death, library: &StandardLibrary) -> CrashSites {
    let frames = stack.frames.as_slice();
    let is_user = |frame: &&Frame| is(frame, naming::is_user);
    let is_own = |frame: &&Frame| {
        let file = frame.location.file.as_deref();
        is(frame, |function| {
            naming::is_user(function) && !library.has(function, file)
        })
    };
    let user_from = |from: usize| {
        let frames = frames.get(from..)?;
        let own = frames.iter().find(is_own);
        own.or_else(|| frames.iter().find(is_user))
    };
    let is_panic = |frame: &Frame| is(frame, naming::is_panic);
    let (origin, last) = match death {
        Death::Panic => (
            frames.iter().rposition(is_panic).and_then(user_from),
            frames.iter().position(is_panic).and_then(user_from),
        ),
        Death::Signal(pc) => (
            frames
                .iter()
                .find(|frame| frame.interrupted && frame.location.pc == pc),
            None,
        ),
        Death::Other => (None, None),
    };
    let by_panic = origin.filter(|_| matches!(death, Death::Panic));
    let crash = by_panic.or_else(|| user_from(0)).or_else(|| frames.first());
    let last = last.filter(|last| origin.is_some_and(|origin| origin.index != last.index));
    // A goroutine that is not in the list, since there is none, cannot be shown: its thread can.
    let goroutine = match stack.subject {
        Subject::Goroutine(id) => Some(id),
        Subject::Thread(_) => None,
    };
    let site = |frame: &Frame| CrashSite {
        goroutine,
        thread: stack.thread,
        frame: frame.location.clone(),
        frame_index: frame.index,
    };
    CrashSites {
        crash: crash.map(site),
        origin: origin.map(site),
        last_panic: last.map(site),
    }
}

fn is(frame: &Frame, test: impl FnOnce(&str) -> bool) -> bool {
    frame.location.function.as_deref().is_some_and(test)
}
