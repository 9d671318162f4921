//! `sync.Mutex`, `RWMutex`, `WaitGroup`, `Once`, `Cond`: who holds them is recorded nowhere, whether
//! somebody does is.

use super::part::Part;
use super::table::Reader;
use super::words::{counted, head, said};
use crate::model::{Role, Runs};

pub(super) const READERS: &[(&str, Reader)] = &[
    ("sync.Mutex", mutex),
    ("internal/sync.Mutex", mutex),
    ("sync.RWMutex", read_write_mutex),
    ("sync.WaitGroup", wait_group),
    ("sync.Once", once),
    ("sync.Cond", cond),
];

/// Of the state of a mutex: bit 0 locked, bit 1 woken, bit 2 starving, then the number of waiters.
const LOCKED: u64 = 1;
const STARVING: u64 = 4;
const WAITERS: u32 = 3;
/// What a writer takes off the count of readers, so that new ones wait.
const MOST_READERS: i64 = 1 << 30;

/// The 32 bits of state; since Go 1.24 in a mutex within the mutex.
fn mutex_state(part: &Part<'_>) -> Option<u64> {
    let inner = part.field("mu");
    inner.as_ref().unwrap_or(part).field("state")?.uint()
}

fn mutex(part: &Part<'_>) -> Option<Runs> {
    let state = mutex_state(part)?;
    let is_locked = state & LOCKED != 0;
    let mut runs = said(part, if is_locked { "locked" } else { "unlocked" }, Role::Keyword);
    waiting(&mut runs, state >> WAITERS);
    if state & STARVING != 0 {
        runs.push(", starving", Role::Plain);
    }
    Some(runs)
}

fn waiting(runs: &mut Runs, count: u64) {
    if count > 0 {
        runs.push(format!(", {count} waiting"), Role::Number);
    }
}

fn read_write_mutex(part: &Part<'_>) -> Option<Runs> {
    let readers = part.field("readerCount")?.int()?;
    let awaited = part.field("readerWait")?.int()?;
    let writers = mutex_state(&part.field("w")?)? >> WAITERS;
    let mut runs = head(part);
    match (readers, awaited) {
        (0, _) => runs.push("unlocked", Role::Keyword),
        (1.., _) => runs.push(held_by(readers), Role::Keyword),
        (_, 1..) => {
            runs.push(held_by(awaited), Role::Keyword);
            runs.push(", a writer waits", Role::Plain);
            // Those that came after the writer.
            behind(
                &mut runs,
                readers.checked_add(MOST_READERS)?.checked_sub(awaited)?,
            );
        }
        _ => {
            runs.push("locked", Role::Keyword);
            behind(&mut runs, readers.checked_add(MOST_READERS)?);
        }
    }
    if writers > 0 {
        runs.push(format!(", {}", counted(writers, "more writer")), Role::Number);
    }
    Some(runs)
}

fn held_by(readers: i64) -> String {
    format!("read-locked by {readers}")
}

fn behind(runs: &mut Runs, readers: i64) {
    if readers > 0 {
        runs.push(
            format!(", {} waiting", counted(readers.unsigned_abs(), "reader")),
            Role::Number,
        );
    }
}

/// The counter in the upper half, waiters in the lower one but for its highest bit, which since Go 1.25
/// says that the group belongs to a test's bubble.
fn wait_group(part: &Part<'_>) -> Option<Runs> {
    let state = part.field("state")?.uint()?;
    let counter = (state >> 32) as u32 as i32;
    let mut runs = said(part, "counter: ", Role::Dim);
    runs.push(counter.to_string(), Role::Number);
    waiting(&mut runs, state & 0x7fff_ffff);
    Some(runs)
}

fn once(part: &Part<'_>) -> Option<Runs> {
    let is_done = part.field("done")?.uint()? != 0;
    let is_locked = mutex_state(&part.field("m")?)? & LOCKED != 0;
    let word = match (is_done, is_locked) {
        (true, _) => "done",
        (false, true) => "running",
        (false, false) => "not done",
    };
    Some(said(part, word, Role::Keyword))
}

/// Tickets handed out less tickets called; both counters wrap.
fn cond(part: &Part<'_>) -> Option<Runs> {
    let notify = part.field("notify")?;
    let wait = notify.field("wait")?.uint()? as u32;
    let called = notify.field("notify")?.uint()? as u32;
    let count = wait.wrapping_sub(called);
    Some(said(part, format!("{count} waiting"), Role::Number))
}
