//! Copying memory into the file: several threads, each with one buffer that it uses again and again.
//!
//! ```text
//!   thread   step the walk -> read 2 MiB in one call -> leave out zeros -> write the rest in place
//! ```
//!
//! Reading, looking for zeros and writing of different chunks overlap; the walk alone is taken in
//! turns. A stream wants its bytes in order: then one thread copies, and those of zstd work beside it. A page that cannot be read stays a hole and is told; a process that is gone ends the copy.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::sink::{Sink, SinkError};
use super::unread::Unread;
use super::walk::{CHUNK, Chunk, Run, Walk};
use crate::base::{Addr, AddrRange, CancelToken, is_zero};
use crate::os::{PAGE_SIZE, ProcDir, ProcessMemory};

/// Why a copy ended before its time.
#[derive(Debug)]
pub(super) enum CopyError {
    /// The process ended, or became another program.
    Gone,
    /// The page tables cannot be read.
    Pages(std::io::Error),
    Sink(SinkError),
}

impl From<SinkError> for CopyError {
    fn from(error: SinkError) -> Self {
        Self::Sink(error)
    }
}

/// A copy in progress, shared by its threads.
#[derive(Debug)]
pub(super) struct Copy<'a> {
    pub process: &'a ProcDir,
    pub memory: &'a ProcessMemory,
    pub sink: &'a Sink,
    pub cancel: &'a CancelToken,
    /// A byte that was readable before: when it no longer is, the address space is gone.
    pub probe: Option<Addr>,
    pub walk: Mutex<Walk<'a>>,
    pub counts: Counts,
    pub unread: Mutex<Unread>,
    pub failed: AtomicBool,
    pub failure: Mutex<Option<CopyError>>,
}

/// How far it is, in bytes.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Dealt with, holes included.
    pub passed: AtomicU64,
    /// Read, from the process or its files.
    pub read: AtomicU64,
    /// Written into the file.
    pub written: AtomicU64,
}

impl Copy<'_> {
    /// Takes part until there is nothing left to do or somebody failed.
    pub fn work(&self) {
        let mut buffer = vec![0; usize::try_from(CHUNK).unwrap_or_default()];
        while !self.failed.load(Ordering::Relaxed) {
            match self.one_chunk(&mut buffer) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    lock(&self.failure).get_or_insert(error);
                    self.failed.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// Whether the address space still is what it was when the copy began.
    pub fn is_alive(&self) -> bool {
        let probe = |at| self.memory.read(at, &mut [0]) == 1;
        let mapped = || self.process.maps().is_ok_and(|maps| !maps.is_empty());
        self.probe.map_or_else(mapped, probe)
    }

    fn one_chunk(&self, buffer: &mut [u8]) -> Result<bool, CopyError> {
        self.cancel.check().map_err(SinkError::from)?;
        let step = lock(&self.walk).step();
        let Some(chunk) = step.map_err(|error| self.pages_lost(error))? else {
            return Ok(false);
        };
        if let Some(range) = chunk.in_part {
            let why =
                "shared memory that cannot be opened: only pages that the process itself touched are here";
            lock(&self.unread).add(range, why);
        }
        let mut rest = buffer;
        // Neighbours of one source are read by one call.
        for runs in chunk
            .runs
            .chunk_by(|a, b| a.in_file.is_some() == b.in_file.is_some())
        {
            let bytes: u64 = runs.iter().map(|run| run.range.len()).sum();
            let (part, behind) = rest.split_at_mut(usize::try_from(bytes).unwrap_or(0).min(rest.len()));
            rest = behind;
            self.read(runs, &chunk, part)?;
            self.counts.read.fetch_add(bytes, Ordering::Relaxed);
            self.write(runs, part)?;
        }
        self.counts.passed.fetch_add(chunk.passed, Ordering::Relaxed);
        Ok(true)
    }

    fn pages_lost(&self, error: std::io::Error) -> CopyError {
        if self.is_alive() {
            CopyError::Pages(error)
        } else {
            CopyError::Gone
        }
    }

    fn read(&self, runs: &[Run], chunk: &Chunk, buffer: &mut [u8]) -> Result<(), CopyError> {
        match &chunk.file {
            Some(file) if runs.iter().any(|run| run.in_file.is_some()) => {
                let mut rest = buffer;
                for run in runs {
                    let len = usize::try_from(run.range.len()).unwrap_or(0).min(rest.len());
                    let (part, behind) = rest.split_at_mut(len);
                    rest = behind;
                    self.read_file(file, run, part);
                }
                Ok(())
            }
            _ => self.read_memory(runs, buffer),
        }
    }

    fn read_memory(&self, runs: &[Run], buffer: &mut [u8]) -> Result<(), CopyError> {
        let mut ranges: Vec<AddrRange> = runs.iter().map(|run| run.range).collect();
        let mut done = 0;
        while !ranges.is_empty() {
            let Some(rest) = buffer.get_mut(done..) else { break };
            let got = self.memory.read_ranges(&ranges, rest).unwrap_or(0);
            done += got;
            skip(&mut ranges, got as u64);
            // What this call cannot read, such as memory that even the process may not, the other
            // one often can.
            if let Some(stuck) = ranges.first().copied() {
                let got = self.read_stubborn(stuck, buffer, done)?;
                done += got;
                skip(&mut ranges, got as u64);
            }
        }
        Ok(())
    }

    /// The bytes of `range` as far as they can be read, or one page of zeros for a page that cannot;
    /// returns how many bytes that made.
    fn read_stubborn(&self, range: AddrRange, buffer: &mut [u8], at: usize) -> Result<usize, CopyError> {
        let page = Unread::page(range.start).intersection(range);
        let len = usize::try_from(range.len()).unwrap_or(usize::MAX);
        let end = at.saturating_add(len).min(buffer.len());
        let Some(target) = buffer.get_mut(at..end) else {
            return Ok(len);
        };
        let got = self.memory.read(range.start, target);
        if got > 0 {
            return Ok(got);
        }
        if !self.is_alive() {
            return Err(CopyError::Gone);
        }
        let missing = usize::try_from(page.len()).unwrap_or(0).max(1);
        target.iter_mut().take(missing).for_each(|byte| *byte = 0);
        lock(&self.unread).add(page, "the kernel does not let it be read");
        Ok(missing)
    }

    fn read_file(&self, file: &File, run: &Run, buffer: &mut [u8]) {
        let mut done = 0;
        let start = run.in_file.unwrap_or_default();
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, start.saturating_add(done as u64)) {
                Ok(0) => break,
                Ok(got) => done += got,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        buffer.iter_mut().skip(done).for_each(|byte| *byte = 0);
        // The end of a file's last page reads as zeros; pages behind it do not exist.
        let lost = AddrRange::between(
            Addr(run.range.start.0 + (done as u64).next_multiple_of(PAGE_SIZE)),
            run.range.end,
        );
        if !lost.is_empty() {
            lock(&self.unread).add(lost, "it lies behind the end of the mapped file");
        }
    }

    /// Writes what is not zero, neighbours together.
    fn write(&self, runs: &[Run], buffer: &[u8]) -> Result<(), CopyError> {
        let mut rest = buffer;
        let mut pending = Pending::default();
        for run in runs {
            let len = usize::try_from(run.range.len()).unwrap_or(0).min(rest.len());
            let (part, behind) = rest.split_at(len);
            rest = behind;
            let page_size = usize::try_from(PAGE_SIZE).unwrap_or(4096);
            for (index, page) in part.chunks(page_size).enumerate() {
                let offset = run.offset + (index * page_size) as u64;
                let start = buffer.len() - rest.len() - part.len() + index * page_size;
                if is_zero(page) {
                    continue;
                }
                if !pending.extend(offset, start, page.len()) {
                    self.put(buffer, &pending)?;
                    pending = Pending::new(offset, start, page.len());
                }
            }
        }
        self.put(buffer, &pending)
    }

    fn put(&self, buffer: &[u8], pending: &Pending) -> Result<(), CopyError> {
        let end = pending.start + pending.len;
        let Some(bytes) = buffer.get(pending.start..end).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        self.sink.write_at(bytes, pending.offset, self.cancel)?;
        self.counts
            .written
            .fetch_add(pending.len as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Bytes that are neighbours in the buffer and in the file.
#[derive(Debug, Default)]
struct Pending {
    offset: u64,
    start: usize,
    len: usize,
}

impl Pending {
    const fn new(offset: u64, start: usize, len: usize) -> Self {
        Self { offset, start, len }
    }

    fn extend(&mut self, offset: u64, start: usize, len: usize) -> bool {
        if self.len == 0 {
            *self = Self::new(offset, start, len);
            return true;
        }
        let joins = self.offset + self.len as u64 == offset && self.start + self.len == start;
        if joins {
            self.len += len;
        }
        joins
    }
}

/// Takes `bytes` from the front of `ranges`.
fn skip(ranges: &mut Vec<AddrRange>, mut bytes: u64) {
    let mut whole = 0;
    for range in ranges.iter_mut() {
        if bytes < range.len() {
            range.start = Addr(range.start.0 + bytes);
            break;
        }
        bytes -= range.len();
        whole += 1;
    }
    ranges.drain(..whole);
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_were_read_are_taken_off_the_front() {
        let range = |start, len| AddrRange::sized(Addr(start), len);
        let mut ranges = vec![range(0, 10), range(20, 10), range(40, 10)];
        skip(&mut ranges, 15);
        assert_eq!(ranges, [range(25, 5), range(40, 10)]);
        skip(&mut ranges, 5);
        assert_eq!(ranges, [range(40, 10)]);
        skip(&mut ranges, 10);
        assert_eq!(ranges, []);
    }

    #[test]
    fn only_neighbours_in_both_places_are_written_together() {
        let mut pending = Pending::default();
        assert!(pending.extend(100, 0, 10));
        assert!(pending.extend(110, 10, 10));
        assert!(!pending.extend(130, 20, 10));
        assert!(!pending.extend(120, 30, 10));
        assert_eq!((pending.offset, pending.start, pending.len), (100, 0, 20));
    }
}
