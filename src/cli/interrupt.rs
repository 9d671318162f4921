//! Ctrl-c without a screen: the first asks the running command to stop, the second ends at once.

use std::io;
use std::process;
use std::thread;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

use super::run::INTERRUPTED;
use crate::base::CancelToken;

/// A token that ctrl-c sets.
///
/// # Errors
/// When the operating system refuses the signal handler or the thread.
pub(super) fn watch() -> io::Result<CancelToken> {
    let token = CancelToken::new();
    let watched = token.clone();
    let mut signals = Signals::new([SIGINT])?;
    thread::Builder::new()
        .name("interrupt".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                if watched.is_cancelled() {
                    process::exit(i32::from(INTERRUPTED));
                }
                watched.cancel();
            }
        })?;
    Ok(token)
}
