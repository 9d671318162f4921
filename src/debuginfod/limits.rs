//! How much of a server is put up with, and the watch that ends what takes too long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Settings;
use crate::base::CancelToken;

/// A server has to deliver this much in each span of DEBUGINFOD_TIMEOUT (as the C client has it).
const LEAST: u64 = 100 << 10;
/// How often the watch looks.
const PACE: Duration = Duration::from_millis(25);

/// One transfer under watch. Shared by the thread that reads and the one that watches.
#[derive(Debug, Default)]
pub(super) struct Watched {
    bytes: AtomicU64,
    done: AtomicBool,
    too_slow: AtomicBool,
    too_long: AtomicBool,
}

impl Watched {
    pub(super) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn finish(&self) {
        self.done.store(true, Ordering::Release);
    }

    /// Why the watch ended the transfer, if it did.
    pub(super) fn verdict(&self, settings: &Settings) -> Option<String> {
        let seconds = |span: Option<Duration>| span.unwrap_or_default().as_secs();
        if self.too_slow.load(Ordering::Acquire) {
            return Some(format!(
                "it gave less than 100 KiB in {} s (DEBUGINFOD_TIMEOUT)",
                seconds(settings.timeout)
            ));
        }
        self.too_long.load(Ordering::Acquire).then(|| {
            format!(
                "it took longer than {} s (DEBUGINFOD_MAXTIME)",
                seconds(settings.max_time)
            )
        })
    }

    /// Returns when the transfer is done; before that, calls `stop` once when it has to end.
    pub(super) fn watch(&self, settings: &Settings, cancel: &CancelToken, stop: impl FnOnce()) {
        let start = Instant::now();
        let mut window = (start, 0);
        while !self.done.load(Ordering::Acquire) {
            let now = Instant::now();
            let bytes = self.bytes();
            if settings
                .max_time
                .is_some_and(|most| now.duration_since(start) > most)
            {
                self.too_long.store(true, Ordering::Release);
                return stop();
            }
            if let Some(span) = settings
                .timeout
                .filter(|span| now.duration_since(window.0) > *span)
            {
                if bytes.saturating_sub(window.1) < LEAST {
                    self.too_slow.store(true, Ordering::Release);
                    return stop();
                }
                window = (now, bytes);
                let _ = span;
            }
            if cancel.is_cancelled() {
                return stop();
            }
            std::thread::sleep(PACE);
        }
    }
}
