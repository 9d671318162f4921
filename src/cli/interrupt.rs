//! Being told to stop without a screen: the first signal asks the running command to end in good
//! order, a second one ends at once.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::base::CancelToken;

/// What signals have set.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    /// Set by the first signal.
    pub(super) token: CancelToken,
    signal: Arc<AtomicI32>,
}

impl Interrupt {
    /// 128 and the signal's number, as shells have it; that of ctrl-c when there was none.
    pub(super) fn exit_code(&self) -> u8 {
        match self.signal.load(Ordering::Acquire) {
            0 => exit_code_of(SIGINT),
            signal => exit_code_of(signal),
        }
    }
}

fn exit_code_of(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Begins to listen for ctrl-c, for being terminated, and for a terminal that hangs up.
///
/// # Errors
/// When the operating system refuses the signal handler or the thread.
pub(super) fn watch() -> io::Result<Interrupt> {
    let interrupt = Interrupt::default();
    let watched = interrupt.clone();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new()
        .name("interrupt".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                if watched.token.is_cancelled() {
                    process::exit(i32::from(exit_code_of(signal)));
                }
                watched.signal.store(signal, Ordering::Release);
                watched.token.cancel();
            }
        })?;
    Ok(interrupt)
}
