//! The address space of a running or stopped process.
//!
//! ```text
//!   mapped files     |FFFFFFFF  FFF|            read-only parts, untouched since they were mapped
//!   the process      |PPPPPPPPPPPPPPPP| |PPP|   everything else, through a page cache while it stands still
//!   address space    |FFFFFFFFPPFFFPPP| |PPP|
//! ```
//!
//! Code and constants are read from the very files that are mapped: no system call, no copy. Which
//! parts of them still equal the file is for the builder to say; the process is always right.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::{Memory, Origin, Spliced};
use crate::base::{Addr, AddrRange, RangeMap};
use crate::os::ProcessMemory;

const PAGE: u64 = 4096;
/// Reads longer than this go past the cache: they are not repeated.
const LARGEST_CACHED: usize = 64 << 10;
const SHARDS: usize = 32;

/// Memory of a live process at one epoch.
#[derive(Debug)]
pub struct LiveMemory {
    process: Arc<ProcessMemory>,
    /// All mappings; `true` where the target itself may read.
    mappings: RangeMap<bool>,
    /// Parts of mapped files that equal the process.
    files: Spliced,
    /// `None` while the target runs: what was read a moment ago may be wrong now.
    pages: Option<Pages>,
}

/// Pages read so far; bounded, and emptied when full.
#[derive(Debug)]
struct Pages {
    shards: [Mutex<FxHashMap<u64, Box<[u8]>>>; SHARDS],
    most: usize,
    count: AtomicUsize,
}

impl LiveMemory {
    /// `mappings` say which ranges exist and whether they can be read; `files` holds what need not
    /// be read from the process.
    #[must_use]
    pub fn running(
        process: Arc<ProcessMemory>,
        mappings: impl IntoIterator<Item = (AddrRange, bool)>,
        files: Spliced,
    ) -> Self {
        Self {
            process,
            mappings: RangeMap::from_layers(mappings),
            files,
            pages: None,
        }
    }

    /// The same of a process that stands still, keeping at most `cache_bytes` of what was read.
    #[must_use]
    pub fn stopped(mut self, cache_bytes: u64) -> Self {
        let most = usize::try_from(cache_bytes / PAGE).unwrap_or(usize::MAX);
        self.pages = Some(Pages {
            shards: std::array::from_fn(|_| Mutex::default()),
            most,
            count: AtomicUsize::new(0),
        });
        self
    }

    fn read_process(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        match &self.pages {
            Some(pages) if buffer.len() <= LARGEST_CACHED => pages.read(&self.process, addr, buffer),
            _ => self.process.read(addr, buffer),
        }
    }
}

impl Memory for LiveMemory {
    fn read_some(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        let from_files = match self.files.origin(addr) {
            Origin::VerifiedFile => self.files.read_some(addr, buffer),
            _ => 0,
        };
        let Some(rest) = buffer.get_mut(from_files..).filter(|rest| !rest.is_empty()) else {
            return from_files;
        };
        match addr.checked_add(from_files as u64) {
            Some(addr) => from_files + self.read_process(addr, rest),
            None => from_files,
        }
    }

    fn slice(&self, addr: Addr, len: usize) -> Option<&[u8]> {
        self.files.slice(addr, len)
    }

    fn origin(&self, addr: Addr) -> Origin {
        match self.mappings.find(addr) {
            Some((_, true)) => Origin::Target,
            Some((_, false)) => Origin::Absent,
            None => Origin::Unmapped,
        }
    }

    fn next_readable(&self, addr: Addr) -> Option<Addr> {
        if self.origin(addr) == Origin::Target {
            return Some(addr);
        }
        let mut at = addr;
        loop {
            let (range, readable) = self.mappings.next_after(at)?;
            if *readable {
                return Some(range.start);
            }
            at = range.start;
        }
    }
}

impl Pages {
    fn read(&self, process: &ProcessMemory, addr: Addr, buffer: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let Some(at) = addr.checked_add(done as u64) else {
                break;
            };
            let copied = self.read_page(process, at, rest);
            if copied == 0 {
                break;
            }
            done += copied;
        }
        done
    }

    /// Copies from the page of `addr`, at most to its end.
    fn read_page(&self, process: &ProcessMemory, addr: Addr, buffer: &mut [u8]) -> usize {
        let page = addr.0 / PAGE;
        let shard = self
            .shards
            .get(usize::try_from(page).unwrap_or_default() % SHARDS)
            .map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(mut shard) = shard else { return 0 };
        if let Some(bytes) = shard.get(&page) {
            return copy(bytes, addr, buffer);
        }
        let mut bytes = vec![0; PAGE as usize];
        let got = process.read(Addr(page * PAGE), &mut bytes);
        bytes.truncate(got);
        let copied = copy(&bytes, addr, buffer);
        if self.count.fetch_add(1, Ordering::Relaxed) >= self.most {
            // Emptying one shard at a time needs no lock over all of them.
            self.count.fetch_sub(shard.len() + 1, Ordering::Relaxed);
            shard.clear();
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        shard.insert(page, bytes.into_boxed_slice());
        copied
    }
}

fn copy(page: &[u8], addr: Addr, buffer: &mut [u8]) -> usize {
    let offset = usize::try_from(addr.0 % PAGE).unwrap_or_default();
    let Some(bytes) = page.get(offset..) else {
        return 0;
    };
    let len = bytes.len().min(buffer.len());
    buffer.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    len
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SharedBytes;
    use crate::memory::{MemoryExt, SplicedBuilder};

    /// This very process, seen as if it were another one.
    fn of_this_process(known: AddrRange, files: Spliced) -> LiveMemory {
        let process = ProcessMemory::open(std::process::id()).expect("own memory");
        LiveMemory::running(Arc::new(process), [(known, true)], files)
    }

    #[test]
    fn a_stopped_process_is_read_once_and_a_running_one_anew() {
        let mut bytes = vec![7_u8; 3 * PAGE as usize];
        let range = AddrRange::sized(Addr(bytes.as_ptr() as u64), bytes.len() as u64);
        let empty = || SplicedBuilder::new().build();
        let stopped = of_this_process(range, empty()).stopped(1 << 20);
        let running = of_this_process(range, empty());
        let middle = Addr(range.start.0 + PAGE);
        for memory in [&stopped, &running] {
            assert_eq!(
                memory.read_bytes(range.start, bytes.len()).expect("mapped"),
                bytes
            );
        }
        bytes[PAGE as usize] = 8;
        std::hint::black_box(&mut bytes);
        assert_eq!(stopped.read_u8(middle).expect("mapped"), 7, "frozen");
        assert_eq!(running.read_u8(middle).expect("mapped"), 8);
    }

    #[test]
    fn a_full_cache_still_answers() {
        let bytes: Vec<u8> = (0..64 * PAGE).map(|at| (at / PAGE) as u8).collect();
        let range = AddrRange::sized(Addr(bytes.as_ptr() as u64), bytes.len() as u64);
        let memory = of_this_process(range, SplicedBuilder::new().build()).stopped(2 * PAGE);
        for page in 0..64 {
            let at = Addr(range.start.0 + page * PAGE);
            assert_eq!(memory.read_u8(at).expect("mapped"), page as u8);
        }
    }

    #[test]
    fn untouched_file_parts_come_from_the_file_and_the_rest_from_the_process() {
        let bytes = [1_u8; 64];
        let start = Addr(bytes.as_ptr() as u64);
        let mut builder = SplicedBuilder::new();
        let store = builder.store(SharedBytes::new(vec![2_u8; 32]));
        builder.bytes(AddrRange::sized(start, 32), store, 0, Origin::VerifiedFile);
        let memory = of_this_process(AddrRange::sized(start, 64), builder.build());
        let read = memory.read_bytes(start, 64).expect("mapped");
        assert_eq!(read, [[2_u8; 32], [1; 32]].concat());
        assert_eq!(memory.slice(start, 32), Some([2_u8; 32].as_slice()));
        assert_eq!(memory.slice(start, 33), None);
    }

    #[test]
    fn what_is_not_mapped_is_said_to_be_so() {
        let memory = of_this_process(
            AddrRange::sized(Addr(0x10_0000), PAGE),
            SplicedBuilder::new().build(),
        );
        assert_eq!(memory.origin(Addr(8)), Origin::Unmapped);
        assert_eq!(memory.next_readable(Addr(8)), Some(Addr(0x10_0000)));
        assert_eq!(memory.next_readable(Addr(0x20_0000)), None);
        assert_eq!(memory.read_some(Addr(8), &mut [0; 8]), 0);
    }
}
