//! The stacks of many goroutines at once, walked by several threads.
//!
//! Thousands of parked goroutines stand at the same calls. The first of them is walked frame by
//! frame; of the others only the return addresses are read, and when they are the same, so are the
//! rows:
//!
//! ```text
//!   goroutine 7    gopark <- chanrecv <- main.reader <- goexit     sp 0xc000047f10   walked
//!   goroutine 9    gopark <- chanrecv <- main.reader <- goexit     sp 0xc000048710   the same + 0x800
//! ```
//!
//! That holds where nothing but calls is on the stack, which the scan tells: no injected call, no
//! switch of stacks, no thread that runs something else behind it. All others are walked.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::frames::saved_start;
use super::goroutines::{cancelled, find};
use super::inferior::Target;
use super::stack::StackReader;
use crate::base::{Addr, CancelToken, Cancelled, GoId, Limits, Tid, map_chunks};
use crate::go::{GoStacks, PcScanner};
use crate::memory::Memory;
use crate::model::{Failure, SharedStack, StackEnd, StackShape};
use crate::unwind::Position;

/// Stacks for which another thread pays.
const FEW: usize = 64;

/// A stack that is about to be walked.
struct Wanted {
    id: GoId,
    addr: Addr,
    thread: Option<Tid>,
    /// Where it begins, when a thread runs it.
    running: Option<Result<Position, Failure>>,
}

/// What is asked of all stacks.
#[derive(Clone, Copy)]
struct Question<'a> {
    reader: &'a StackReader,
    stacks: &'a GoStacks,
    memory: &'a dyn Memory,
    limits: &'a Limits,
    cancel: &'a CancelToken,
    /// Rows of each stack.
    count: usize,
}

/// One thread's share of the work.
struct Walks<'a> {
    asked: Question<'a>,
    scanner: PcScanner<'a>,
    /// By their pcs, the first stack that had them.
    known: FxHashMap<Box<[Addr]>, Known>,
    pcs: Vec<Addr>,
}

struct Known {
    sp: Addr,
    shape: Arc<StackShape>,
}

impl Target {
    /// The innermost `count` rows of the stack of each goroutine, in the order of `goroutines`.
    /// A stack that cannot be walked is empty, and its end says why.
    pub fn stacks(
        &self,
        goroutines: &[GoId],
        count: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<SharedStack>, Failure> {
        let asked = Question {
            reader: &self.reader,
            stacks: &self.go()?.stacks,
            memory: self.core.memory.as_ref(),
            limits: &self.limits,
            cancel,
            count,
        };
        let wanted = self.wanted(goroutines, cancel)?;
        let stacks = map_chunks(&wanted, FEW, |part| {
            let mut walks = Walks::new(asked);
            part.iter().map(|wanted| walks.stack(wanted)).collect()
        });
        stacks.into_iter().collect::<Result<_, _>>().map_err(cancelled)
    }

    fn wanted(&self, goroutines: &[GoId], cancel: &CancelToken) -> Result<Vec<Wanted>, Failure> {
        let list = self.goroutine_list(cancel)?;
        let threads = self.go_threads.iter();
        let running: FxHashSet<Addr> = threads.filter_map(|thread| Some(thread.curg?.addr)).collect();
        let wanted = goroutines.iter().map(|&id| {
            let row = find(&list, id)?;
            let runs = running.contains(&row.addr);
            Ok(Wanted {
                id,
                addr: row.addr,
                thread: row.thread,
                running: runs.then(|| self.goroutine_start(id, row.addr)),
            })
        });
        wanted.collect()
    }
}

impl<'a> Walks<'a> {
    fn new(asked: Question<'a>) -> Self {
        Self {
            asked,
            scanner: PcScanner::new(asked.stacks, asked.memory, asked.limits),
            known: FxHashMap::default(),
            pcs: Vec::new(),
        }
    }

    fn stack(&mut self, wanted: &Wanted) -> Result<SharedStack, Cancelled> {
        let (shape, shift) = match &wanted.running {
            Some(start) => (Arc::new(self.walk(start.as_ref())?), 0),
            None => self.parked(wanted)?,
        };
        Ok(SharedStack {
            goroutine: wanted.id,
            thread: wanted.thread,
            shape,
            shift,
        })
    }

    /// The rows of a parked goroutine, and how far its stack lies from where they were found.
    fn parked(&mut self, wanted: &Wanted) -> Result<(Arc<StackShape>, u64), Cancelled> {
        // One more than there are rows: whether there is a next one shows in the last one's end.
        let most = self.asked.count.saturating_add(1);
        let scanned = self.scanner.scan_some(wanted.addr, most, &mut self.pcs);
        let alike = scanned.filter(|found| found.plain && (found.whole || self.pcs.len() == most));
        if let Some(found) = alike
            && let Some(known) = self.known.get(self.pcs.as_slice())
        {
            self.asked.cancel.check()?;
            return Ok((Arc::clone(&known.shape), found.sp.0.wrapping_sub(known.sp.0)));
        }
        let Question { stacks, memory, .. } = self.asked;
        let start = saved_start(stacks, wanted.id, wanted.addr, memory);
        let shape = Arc::new(self.walk(start.as_ref())?);
        if let Some(found) = alike {
            let known = Known {
                sp: found.sp,
                shape: Arc::clone(&shape),
            };
            self.known.insert(self.pcs.as_slice().into(), known);
        }
        Ok((shape, 0))
    }

    fn walk(&self, start: Result<&Position, &Failure>) -> Result<StackShape, Cancelled> {
        let Question {
            reader,
            memory,
            cancel,
            count,
            ..
        } = self.asked;
        Ok(match start {
            Ok(start) => {
                let mut stack = reader.open(start.clone());
                let page = reader.page(&mut stack, memory, (0, count), cancel)?;
                StackShape {
                    frames: page.frames,
                    depth: page.depth,
                    end: page.end,
                }
            }
            Err(failure) => StackShape {
                frames: Vec::new(),
                depth: 0,
                end: StackEnd::Truncated(failure.to_string()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, OpenSpec, Subject};
    use crate::target::OpenContext;

    /// The rows of a stack as they are at its own addresses.
    fn rows(stack: &SharedStack) -> Vec<Frame> {
        let own = |frame: &Frame| Frame {
            sp: frame.sp.map(|sp| stack.shifted(sp)),
            cfa: frame.cfa.map(|cfa| stack.shifted(cfa)),
            ..frame.clone()
        };
        stack.shape.frames.iter().map(own).collect()
    }

    #[test]
    fn many_stacks_are_what_each_is_alone() {
        let (limits, cancel) = (Limits::default(), CancelToken::new());
        let context = OpenContext {
            limits: &limits,
            cancel: &cancel,
            progress: &|_| {},
        };
        let target = Target::open(&OpenSpec::Demo, context).unwrap();
        let list = target.goroutine_list(&cancel).unwrap();
        let ids: Vec<GoId> = list.goroutines.iter().map(|goroutine| goroutine.id).collect();
        let mut shared = 0;
        for count in [0, 1, 2, 3, 4, 50] {
            let stacks = target.stacks(&ids, count, &cancel).unwrap();
            assert_eq!(stacks.len(), ids.len());
            for (stack, &id) in stacks.iter().zip(&ids) {
                let alone = target.stack(Subject::Goroutine(id), 0, count, &cancel).unwrap();
                assert_eq!((stack.goroutine, stack.thread), (id, alone.thread));
                assert_eq!(rows(stack), alone.frames, "goroutine {id}, {count} rows");
                assert_eq!(stack.shape.end, alone.end, "goroutine {id}, {count} rows");
                assert_eq!(stack.shape.depth, alone.depth, "goroutine {id}, {count} rows");
                shared += usize::from(stack.shift != 0);
            }
        }
        assert!(shared > 10, "only {shared} stacks shared their rows");
    }
}
