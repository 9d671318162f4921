//! The clock that Go programs measure waits with.

use nix::time::{ClockId, clock_gettime};

/// CLOCK_MONOTONIC of this machine, in nanoseconds.
#[must_use]
pub fn monotonic_ns() -> Option<u64> {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).ok()?;
    let seconds = u64::try_from(now.tv_sec()).ok()?;
    let nanoseconds = u64::try_from(now.tv_nsec()).ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}
