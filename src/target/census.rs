//! A living program in a sentence: what its goroutines do.

use rustc_hash::FxHashMap;

use crate::model::{GoStatus, Goroutine};

/// `2 goroutines running, 1 in a system call, 210 waiting, most for chan receive (180)`.
/// The runtime's own goroutines do not count.
#[must_use]
pub(super) fn census(goroutines: &[Goroutine]) -> String {
    let users = || goroutines.iter().filter(|row| !row.system);
    let count = |wanted: &[GoStatus]| users().filter(|row| wanted.contains(&row.status)).count();
    let running = count(&[GoStatus::Running]);
    let runnable = count(&[GoStatus::Runnable, GoStatus::Preempted, GoStatus::Copystack]);
    let calling = count(&[GoStatus::Syscall]);
    let waiting = count(&[GoStatus::Waiting, GoStatus::Leaked]);
    let mut parts = vec![format!(
        "{running} {} running",
        if running == 1 { "goroutine" } else { "goroutines" }
    )];
    if runnable > 0 {
        parts.push(format!("{runnable} ready to run"));
    }
    if calling > 0 {
        parts.push(format!("{calling} in a system call"));
    }
    if waiting > 0 {
        parts.push(match commonest_wait(users()) {
            Some((reason, most)) if most == waiting => format!("{waiting} waiting for {reason}"),
            Some((reason, most)) => format!("{waiting} waiting, most for {reason} ({most})"),
            None => format!("{waiting} waiting"),
        });
    }
    parts.join(", ")
}

fn commonest_wait<'a>(users: impl Iterator<Item = &'a Goroutine>) -> Option<(&'a str, usize)> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for reason in users.filter_map(|row| row.wait_reason.as_deref()) {
        *counts.entry(reason).or_default() += 1;
    }
    // Of equals the first in the alphabet, so that the sentence does not flicker.
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))
}

/// The goroutine to look at first: one of the user's that runs, else the main goroutine.
#[must_use]
pub(super) fn opening(goroutines: &[Goroutine]) -> Option<usize> {
    let runs = |row: &Goroutine| !row.system && row.thread.is_some() && row.status == GoStatus::Running;
    let is_main = |row: &Goroutine| row.id.0 == 1;
    goroutines
        .iter()
        .position(runs)
        .or_else(|| goroutines.iter().position(is_main))
        .or_else(|| goroutines.iter().position(|row| !row.system))
}
