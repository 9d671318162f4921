//! Long work shared out among the processor's cores: [`map_chunks`] for one pass over many items,
//! [`in_order`] for parts that are made side by side and used one after the other.
//!
//! For work that is pure; knows nothing of what the work is.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Beyond these, memory is what the threads wait for.
const MOST_THREADS: usize = 8;

/// The results of `work` on consecutive parts of `items`, joined in order. Parts are at least
/// `least` items long: fewer are not worth a thread.
///
/// A panic of `work` goes on in the caller.
pub fn map_chunks<T: Sync, R: Send>(
    items: &[T],
    least: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = (items.len() / least.max(1)).min(cores).min(MOST_THREADS);
    let part = items.len().div_ceil(threads.max(1)).max(1);
    let mut parts = items.chunks(part);
    let first = parts.next().unwrap_or_default();
    let work = &work;
    thread::scope(|scope| {
        let helpers: Vec<_> = parts
            .map(|part| {
                let helper = thread::Builder::new().name("helper".to_owned());
                (part, helper.spawn_scoped(scope, move || work(part)))
            })
            .collect();
        let mut results = work(first);
        results.reserve_exact(items.len().saturating_sub(results.len()));
        for (part, helper) in helpers {
            results.extend(match helper {
                Ok(helper) => helper.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system has no more threads to give.
                Err(_) => work(part),
            });
        }
        results
    })
}

/// Parts that one thread may be ahead of their use.
const AHEAD: usize = 2;

/// One thread's way to the user of its parts, and back for what held them.
struct Lane<B> {
    made: Receiver<B>,
    used: SyncSender<B>,
}

/// Makes the parts `0..count` on several threads and gives them to `take` in order. Few parts are
/// ever held at once, and what holds them is used again: `make` gets an old part to overwrite.
/// `begin` makes what each thread keeps from part to part.
///
/// A panic of `make` goes on in the caller.
///
/// # Errors
/// The first one of `take`, after which no more parts are made.
pub fn in_order<S, B: Default + Send, E>(
    count: usize,
    begin: impl Fn() -> S + Sync,
    make: impl Fn(&mut S, usize, &mut B) + Sync,
    mut take: impl FnMut(&B) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MOST_THREADS).min(count).max(1);
    let (begin, make) = (&begin, &make);
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads)
            .map(|first| {
                let (made_in, made) = sync_channel(AHEAD);
                let (used, used_out) = sync_channel(AHEAD);
                let parts = (first..count).step_by(threads);
                let run = move || make_parts(parts, begin(), make, (&made_in, &used_out));
                let helper = thread::Builder::new().name("helper".to_owned());
                let helper = helper.spawn_scoped(scope, run).ok()?;
                Some((Lane { made, used }, helper))
            })
            .collect();
        let mut own = (begin(), B::default());
        for part in 0..count {
            match lanes.get(part % threads) {
                Some(Some((lane, _))) => {
                    let Ok(made) = lane.made.recv() else { break };
                    take(&made)?;
                    // Nobody waits for it when its thread is done.
                    let _ = lane.used.try_send(made);
                }
                // The system has no more threads to give.
                _ => {
                    make(&mut own.0, part, &mut own.1);
                    take(&own.1)?;
                }
            }
        }
        // A thread that waits for its parts to be taken ends when its lane is gone.
        let helpers: Vec<_> = lanes.into_iter().flatten().map(|(_, helper)| helper).collect();
        for helper in helpers {
            helper.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        Ok(())
    })
}

/// Makes parts until all are made or nobody takes them any more.
fn make_parts<S, B: Default>(
    parts: impl Iterator<Item = usize>,
    mut state: S,
    make: impl Fn(&mut S, usize, &mut B),
    (made, used): (&SyncSender<B>, &Receiver<B>),
) {
    for part in parts {
        let mut buffer = used.try_recv().unwrap_or_default();
        make(&mut state, part, &mut buffer);
        if made.send(buffer).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        for least in [0, 1, 7, 999, 5000] {
            let doubled = map_chunks(&items, least, |part| part.iter().map(|item| item * 2).collect());
            assert!(doubled.iter().copied().eq((0..2000).step_by(2)), "{least}");
        }
        assert!(map_chunks(&[], 1, |part: &[u32]| part.to_vec()).is_empty());
    }

    #[test]
    fn parts_are_taken_in_order_until_one_is_refused() {
        let begin = || 0;
        let make = |made: &mut usize, part: usize, text: &mut String| {
            *made += 1;
            text.clear();
            text.push_str(&format!("{part},"));
        };
        for count in [0, 1, 2, 3, 100] {
            let mut all = String::new();
            let take = |text: &String| {
                all.push_str(text);
                if all.len() < 100 { Ok(()) } else { Err(all.len()) }
            };
            let outcome = in_order(count, begin, make, take);
            let expected: String = (0..count).map(|part| format!("{part},")).collect();
            assert!(expected.starts_with(&all), "{all}");
            assert_eq!(outcome.is_err(), expected.len() >= 100);
            assert!(outcome.is_err() || all == expected);
        }
    }

    #[test]
    fn a_panic_while_making_reaches_the_taker() {
        let make = |_: &mut (), part: usize, made: &mut usize| *made = 10 / (7 - part);
        let outcome = std::panic::catch_unwind(|| in_order(20, || (), make, |_| Ok::<_, ()>(())));
        assert!(outcome.is_err());
    }

    #[test]
    fn a_panic_of_a_helper_reaches_the_caller() {
        let fails = |part: &[u32]| part.iter().map(|item| 1 / (item - 1)).collect::<Vec<_>>();
        let outcome = std::panic::catch_unwind(|| map_chunks(&[2, 1], 1, fails));
        assert!(outcome.is_err());
    }
}
