//! Keeps a panic on the engine thread off the terminal and turns it into a [`Failure`].
//!
//! The screen belongs to the UI, so the default report on stderr would garble it. The hook notes
//! message and place for [`contain`] instead; panics of other threads go to the hook before it.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::thread;

use crate::model::{Failure, FailureKind};

/// Name of the engine thread; the hook knows it by this.
pub const ENGINE_THREAD: &str = "engine";

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Chains the engine's hook before the one that is installed now. Does so once per process.
pub(super) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() == Some(ENGINE_THREAD) {
                LAST_PANIC.with_borrow_mut(|last| *last = Some(describe(info)));
            } else {
                previous(info);
            }
        }));
    });
}

/// Runs `work`; a panic in it becomes a failure that names its place in the source.
pub(super) fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let place = LAST_PANIC.with_borrow_mut(Option::take);
        let mut failure = Failure::new(FailureKind::Internal, "a fault of this program");
        failure
            .causes
            .push(place.unwrap_or_else(|| message_of(&*payload)));
        failure.hint("please report this with the command that led to it; the rest of the session goes on")
    })
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = message_of(info.payload());
    match info.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message,
    }
}

fn message_of(payload: &dyn Any) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "panic".to_owned()
    }
}
