//! The stacks of many goroutines at once, walked by several threads.

use super::goroutines::{cancelled, find};
use super::inferior::Target;
use crate::base::{CancelToken, Cancelled, GoId, Tid, map_chunks};
use crate::model::{Failure, Stack, StackEnd, Subject};
use crate::unwind::Position;

/// Stacks for which another thread pays.
const FEW: usize = 64;

/// A stack that is about to be walked, or why it cannot be.
struct Begun {
    id: GoId,
    thread: Option<Tid>,
    start: Result<Position, Failure>,
}

impl Target {
    /// The innermost `count` rows of the stack of each goroutine, in the order of `goroutines`.
    /// A stack that cannot be walked is empty, and its end says why.
    pub fn stacks(
        &self,
        goroutines: &[GoId],
        count: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<Stack>, Failure> {
        let list = self.goroutine_list(cancel)?;
        let begun = goroutines.iter().map(|&id| {
            let row = find(&list, id)?;
            Ok(Begun {
                id,
                thread: row.thread,
                start: self.goroutine_start(id, row.addr),
            })
        });
        let begun: Vec<Begun> = begun.collect::<Result<_, Failure>>()?;
        let (reader, memory) = (&self.reader, self.core.memory.as_ref());
        let walk = |begun: &Begun| -> Result<Stack, Cancelled> {
            let (frames, depth, end) = match &begun.start {
                Ok(start) => {
                    let mut stack = reader.open(start.clone());
                    let page = reader.page(&mut stack, memory, (0, count), cancel)?;
                    (page.frames, page.depth, page.end)
                }
                Err(failure) => (Vec::new(), 0, StackEnd::Truncated(failure.to_string())),
            };
            Ok(Stack {
                subject: Subject::Goroutine(begun.id),
                goroutine: Some(begun.id),
                thread: begun.thread,
                frames,
                depth,
                end,
            })
        };
        let stacks = map_chunks(&begun, FEW, |part| part.iter().map(walk).collect());
        stacks.into_iter().collect::<Result<_, _>>().map_err(cancelled)
    }
}
