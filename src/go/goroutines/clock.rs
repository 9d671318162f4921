//! What time it was: a core has no clock, but the runtime keeps noting the time.

use crate::base::{Addr, Limits};
use crate::go::{Field, GoRuntime};
use crate::memory::{Memory, MemoryExt};

/// The latest monotonic time, in nanoseconds, that scheduler and monitor noted: never later than
/// the stop, and as a rule milliseconds before it. `None` when nothing could be read.
///
/// `sched.lastpoll` is 0 while a thread waits in the poller. The monitor looks at every p at least
/// each 10 ms while anything runs.
pub(super) fn latest(runtime: &GoRuntime, memory: &dyn Memory, limits: &Limits) -> Option<u64> {
    let word = |base: Addr, field| {
        let offset = runtime.layout.offset(field)?;
        memory.read_u64(base.checked_add(u64::from(offset))?).ok()
    };
    let poll = runtime
        .anchors
        .sched
        .and_then(|sched| word(sched, Field::SchedLastpoll));
    let ticks = processors(runtime, memory, limits).into_iter().flat_map(|p| {
        [
            word(p, Field::PSysmontickSchedwhen),
            word(p, Field::PSysmontickSyscallwhen),
        ]
    });
    ticks
        .chain([poll])
        .flatten()
        // The words are signed.
        .filter(|&time| i64::try_from(time).is_ok())
        .max()
}

/// Addresses of all p's.
fn processors(runtime: &GoRuntime, memory: &dyn Memory, limits: &Limits) -> Vec<Addr> {
    let slice = runtime.anchors.allp.and_then(|at| {
        let array = memory.read_addr(at).ok()?;
        Some((array, memory.read_u64(at.checked_add(8)?).ok()?))
    });
    let Some((array, count)) = slice else {
        return Vec::new();
    };
    (0..count.min(limits.chain as u64))
        .map_while(|index| memory.read_addr(array.checked_add(index.checked_mul(8)?)?).ok())
        .collect()
}
