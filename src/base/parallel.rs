//! [`map_chunks`]: one pass over many items, shared out among the processor's cores.
//!
//! For work that is pure and long; knows nothing of what the work is.

use std::num::NonZero;
use std::panic::resume_unwind;
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
    fn a_panic_of_a_helper_reaches_the_caller() {
        let fails = |part: &[u32]| part.iter().map(|item| 1 / (item - 1)).collect::<Vec<_>>();
        let outcome = std::panic::catch_unwind(|| map_chunks(&[2, 1], 1, fails));
        assert!(outcome.is_err());
    }
}
