//! The pass over the runtime's array of g's, and how far it is believed.
//!
//! A live runtime keeps array and count consistent. In a damaged core either may be noise, and the
//! words behind the array look like pointers, too; so each entry is checked, each g is taken once,
//! and the list counts as ended after a run of entries that make no sense.

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::clock;
use super::row::{Row, Rows, wait_since};
use crate::base::{Addr, CancelToken, GoId, Limits, map_chunks};
use crate::go::{Field, G, GHead, GoError, GoRuntime, GoThread, Scratch, View};
use crate::memory::{Memory, MemoryExt};
use crate::model::{Goroutine, GoroutineList};

/// What a listing looks at.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a trait object")]
pub struct GoroutineQuery<'a> {
    pub memory: &'a dyn Memory,
    /// From [`GoRuntime::bind_threads`].
    pub threads: &'a [GoThread],
    /// The monotonic clock in nanoseconds, of a live process. A core has no clock; the latest time
    /// that the runtime noted stands in.
    pub now: Option<u64>,
    pub limits: &'a Limits,
    pub cancel: &'a CancelToken,
}

/// Rows made between two looks at the token, and the least that another thread is asked to read.
const CHUNK: usize = 4096;
/// Pointers of the array read at once.
const BATCH: usize = 1 << 16;
/// Entries that room is made for at once: a count may be damaged.
const MOST_EXPECTED: usize = 1 << 17;
/// Goroutine numbers count up from 1; one a nanosecond would take this long to get here: 3 days.
const MOST_GOID: u64 = 1 << 48;
/// The largest stack the runtime allows by default is 1 GB.
const MOST_STACK: u64 = 1 << 36;

impl GoRuntime {
    /// All goroutines, by id. Damage is told in the list's problems and in the rows.
    pub fn goroutines(&self, query: &GoroutineQuery<'_>) -> Result<GoroutineList, GoError> {
        let (array, count, problem) = self.all_gs(query)?;
        let expected = count.min(MOST_EXPECTED);
        let mut pass = Pass {
            runtime: self,
            query,
            found: Vec::with_capacity(expected),
            latest: 0,
            seen: FxHashSet::with_capacity_and_hasher(expected, FxBuildHasher),
            ids: FxHashSet::with_capacity_and_hasher(expected, FxBuildHasher),
            bad: 0,
            bad_run: 0,
            problems: problem.into_iter().collect(),
        };
        pass.run(array, count)?;
        pass.finish()
    }

    /// Address and length of the array of all g's, and what is wrong with them.
    fn all_gs(&self, query: &GoroutineQuery<'_>) -> Result<(Addr, usize, Option<String>), GoError> {
        let word = |at: Option<Addr>| query.memory.read_u64(at?).ok();
        let anchors = &self.anchors;
        let published = (word(anchors.allgptr), word(anchors.allglen));
        let slice = anchors.allgs;
        let slice = (word(slice), word(slice.and_then(|at| at.checked_add(8))));
        let is_sane = |count: u64| usize::try_from(count).is_ok_and(|count| count <= query.limits.goroutines);
        let (array, count, problem) = match (published, slice) {
            ((Some(array), Some(count)), (other, len)) if array != 0 => match len {
                // Published a moment after the slice has grown: never ahead of it.
                Some(len) if other == Some(array) && count > len && is_sane(len) => (
                    array,
                    len,
                    Some(format!(
                        "the runtime's goroutine count {count} is damaged; its list holds {len}"
                    )),
                ),
                _ => (array, count, None),
            },
            (_, (Some(array), Some(len))) if array != 0 => (array, len, None),
            _ => return Err(GoError::NoAnchor("runtime.allgs")),
        };
        let bounded = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(query.limits.goroutines);
        let problem = problem.or_else(|| {
            (!is_sane(count)).then(|| format!("the runtime's goroutine count {count} is damaged"))
        });
        Ok((Addr(array), bounded, problem))
    }
}

struct Pass<'a> {
    runtime: &'a GoRuntime,
    query: &'a GoroutineQuery<'a>,
    found: Vec<Found>,
    /// The latest time that any of them noted.
    latest: u64,
    seen: FxHashSet<Addr>,
    ids: FxHashSet<u64>,
    bad: usize,
    /// Bad entries since the last good one.
    bad_run: usize,
    problems: Vec<String>,
}

/// A goroutine, by id. Its g is read again for its row: two reads of mapped memory cost less than
/// keeping all that the first one found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    id: u64,
    addr: Addr,
}

/// What became of one entry.
enum Entry {
    Good,
    Bad,
}

impl Pass<'_> {
    fn run(&mut self, array: Addr, count: usize) -> Result<(), GoError> {
        let mut words = vec![0; BATCH.min(count) * 8];
        let mut done = 0;
        while done < count {
            self.query.cancel.check()?;
            let wanted = BATCH.min(count - done);
            let Some(at) = array.checked_add(done as u64 * 8) else {
                break;
            };
            let buffer = words.get_mut(..wanted * 8).unwrap_or_default();
            let got = self.query.memory.read_some(at, buffer) / 8;
            let (pointers, _) = words.as_chunks::<8>();
            let pointers = pointers.get(..got).unwrap_or_default();
            let (runtime, memory) = (self.runtime, self.query.memory);
            let heads = map_chunks(pointers, CHUNK, |part| read_heads(runtime, memory, part));
            for (index, (addr, head)) in heads.into_iter().enumerate() {
                self.entry(addr, head);
                if self.bad_run >= self.query.limits.damaged_run {
                    self.end_early(done + index + 1, count);
                    return Ok(());
                }
            }
            done += got;
            if got < wanted {
                self.problems.push(format!(
                    "the list of goroutines is not in the dump beyond entry {done} of {count}"
                ));
                break;
            }
        }
        Ok(())
    }

    fn end_early(&mut self, entries: usize, count: usize) {
        let good = entries - self.bad_run;
        self.bad -= self.bad_run;
        self.problems.push(format!(
            "the list of goroutines is damaged after entry {good} of {count}; what follows it is left out"
        ));
    }

    fn entry(&mut self, addr: Addr, head: Option<GHead>) {
        match self.take(addr, head) {
            Entry::Good => self.bad_run = 0,
            Entry::Bad => {
                self.bad += 1;
                self.bad_run += 1;
            }
        }
    }

    fn take(&mut self, addr: Addr, head: Option<GHead>) -> Entry {
        let Some(head) = head.filter(is_plausible) else {
            return Entry::Bad;
        };
        if !self.seen.insert(addr) {
            return Entry::Bad;
        }
        if head.status.is_absent() {
            return Entry::Good;
        }
        if !self.ids.insert(head.goid) {
            return Entry::Bad;
        }
        self.latest = self.latest.max(wait_since(head.status, head.wait_since));
        self.found.push(Found { id: head.goid, addr });
        Entry::Good
    }

    fn finish(mut self) -> Result<GoroutineList, GoError> {
        if self.bad > 0 {
            let entries = if self.bad == 1 { "entry" } else { "entries" };
            self.problems.push(format!(
                "{} {entries} of the runtime's list of goroutines made no sense and were left out",
                self.bad
            ));
        }
        Ok(GoroutineList {
            goroutines: self.rows()?,
            problems: self.problems,
        })
    }

    /// The rows by id.
    fn rows(&mut self) -> Result<Vec<Goroutine>, GoError> {
        let query = self.query;
        let now = query.now.or_else(|| self.latest_time());
        // Not needed any more, and rows need room.
        (self.seen, self.ids) = Default::default();
        self.found.sort_unstable();
        let layout = &self.runtime.layout;
        let read = |found: &Found| G::read(layout, query.memory, found.addr).ok();
        let goroutines = map_chunks(&self.found, CHUNK, |part| {
            let mut rows = Rows::new(self.runtime, query.memory, query.threads, query.limits);
            let mut made = Vec::with_capacity(part.len());
            for part in part.chunks(CHUNK) {
                if query.cancel.is_cancelled() {
                    break;
                }
                let gs = part.iter().filter_map(read);
                made.extend(gs.map(|g| with_times(rows.row(&g), now)));
            }
            made
        });
        query.cancel.check()?;
        Ok(goroutines)
    }

    /// The latest moment that the runtime noted anywhere: never later than the stop.
    fn latest_time(&self) -> Option<u64> {
        let clock = clock::latest(self.runtime, self.query.memory, self.query.limits);
        clock.max(Some(self.latest)).filter(|&time| time > 0)
    }
}

fn with_times(row: Row, now: Option<u64>) -> Goroutine {
    let mut goroutine = row.goroutine;
    if let (Some(now), true) = (now, row.wait_since > 0) {
        goroutine.wait_since_ns = now.checked_sub(row.wait_since);
    }
    if let (Some(now), Some(when), Some(blocked)) = (now, row.wakes_at, &mut goroutine.blocked_on) {
        blocked.detail = describe_wake(when, now).into();
    }
    goroutine
}

fn describe_wake(when: u64, now: u64) -> String {
    let (sign, nanoseconds) = if when >= now {
        ('+', when - now)
    } else {
        ('-', now - when)
    };
    let tenths = nanoseconds / 100_000_000;
    format!("until {sign}{}.{}s", tenths / 10, tenths % 10)
}

/// What each of the pointers leads to; `None` where that cannot be a g.
fn read_heads(runtime: &GoRuntime, memory: &dyn Memory, pointers: &[[u8; 8]]) -> Vec<(Addr, Option<GHead>)> {
    let layout = &runtime.layout;
    let mut scratch = Scratch::default();
    let read = |pointer: &[u8; 8]| {
        let addr = Addr(u64::from_le_bytes(*pointer));
        if addr.is_null() || !addr.0.is_multiple_of(8) {
            return (addr, None);
        }
        let view = View::read(layout, memory, Field::GSize, addr, &mut scratch).ok();
        (addr, view.map(|view| GHead::from_view(&view, layout)))
    };
    pointers.iter().map(read).collect()
}

/// A g, alive or dead, rather than some other words.
fn is_plausible(g: &GHead) -> bool {
    let stack = g.stack.len();
    let has_stack = !g.stack.start.is_null() && (1..MOST_STACK).contains(&stack);
    match (g.status.is_absent(), g.status) {
        (true, _) => g.goid < MOST_GOID,
        (false, crate::go::Status::Unknown(word)) => {
            word < 0x2000 && has_stack && (1..MOST_GOID).contains(&g.goid)
        }
        (false, _) => has_stack && (1..MOST_GOID).contains(&GoId(g.goid).0),
    }
}
