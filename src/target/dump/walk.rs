//! What to copy next: a walk over the planned segments that steps from page to page that exists.
//!
//! ```text
//!   segment   |..##...#####.............######....|     # pages that exist
//!   chunks       [--------1--------]     [-2--]         at most 2 MiB of pages each; holes cost nothing
//! ```
//!
//! Decides where bytes come from, reads none of them. Pages of files that the process has not
//! copied are read from the file, so that the process's own page tables stay as they are.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::plan::{Choice, Contents};
use crate::base::{Addr, AddrRange};
use crate::os::{self, MAX_RANGES, Mapping, PAGE_SIZE, PageMap, ProcDir, Wanted};

/// Bytes of memory in one chunk, which is one vectored read.
pub(super) const CHUNK: u64 = 2 << 20;

/// Neighbouring bytes that have one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub range: AddrRange,
    /// Where they go in the core.
    pub offset: u64,
    /// Where they are in the file behind the mapping; `None` when the process has them.
    pub in_file: Option<u64>,
}

/// Some runs of one segment, together at most [`CHUNK`] bytes.
#[derive(Debug)]
pub(super) struct Chunk {
    pub runs: Vec<Run>,
    pub file: Option<Arc<File>>,
    /// Bytes of the segment that are dealt with once this chunk is, holes included.
    pub passed: u64,
    /// Shared memory of which only those pages are known that the process itself has touched, told
    /// once: nobody may open it.
    pub in_part: Option<AddrRange>,
}

/// The walk. One thread at a time may step; the steps are short.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    process: &'a ProcDir,
    pages: PageMap,
    /// Of the process itself: a frozen child begins without page tables of what is shared.
    shared_pages: PageMap,
    segments: std::vec::IntoIter<(&'a Choice, u64)>,
    current: Option<Current<'a>>,
}

#[derive(Debug)]
struct Current<'a> {
    choice: &'a Choice,
    offset: u64,
    /// What of the segment is still to be walked.
    left: AddrRange,
    file: Option<Arc<File>>,
}

impl<'a> Walk<'a> {
    /// `segments` with the offsets of their contents in the core; `process` is whose pages are read,
    /// and `target` the same or the one whose frozen child it is.
    ///
    /// # Errors
    /// As the kernel gives them when the page tables may not be read.
    pub fn new(process: &'a ProcDir, target: &ProcDir, segments: Vec<(&'a Choice, u64)>) -> io::Result<Self> {
        Ok(Self {
            process,
            pages: PageMap::open(process.pid())?,
            shared_pages: PageMap::open(target.pid())?,
            segments: segments.into_iter(),
            current: None,
        })
    }

    /// The next chunk, which may be nothing but a hole; `None` at the end.
    pub fn step(&mut self) -> io::Result<Option<Chunk>> {
        let done = self
            .current
            .as_ref()
            .is_none_or(|current| current.left.is_empty());
        if done {
            let next = self.segments.find(|(choice, _)| choice.len > 0);
            self.current = next.map(|(choice, offset)| Current {
                choice,
                offset,
                left: AddrRange::sized(choice.mapping.range.start, choice.len),
                file: behind(self.process, choice),
            });
        }
        let Some(current) = &mut self.current else {
            return Ok(None);
        };
        let before = current.left.start;
        let pages = match current.choice.mapping.permissions.shared {
            true => &self.shared_pages,
            false => &self.pages,
        };
        let (runs, reached) = current.find(pages)?;
        current.left.start = reached.max(Addr(before.0 + 1)).min(current.left.end);
        let is_first = before == current.choice.mapping.range.start;
        let in_part = current.choice.contents == Contents::SharedFile && current.file.is_none();
        Ok(Some(Chunk {
            runs,
            file: current.file.clone(),
            passed: current.left.start.0 - before.0,
            in_part: (is_first && in_part).then_some(current.choice.mapping.range),
        }))
    }
}

impl Current<'_> {
    fn find(&self, pages: &PageMap) -> io::Result<(Vec<Run>, Addr)> {
        match (self.choice.contents, &self.file) {
            (Contents::Nothing, _) => Ok((Vec::new(), self.left.end)),
            (Contents::Everything, _) => {
                let window = self.window();
                Ok((vec![self.own(window)], window.end))
            }
            (Contents::SharedFile, Some(file)) => self.shared(file),
            (Contents::Pages | Contents::SharedFile, _) => {
                let most = (CHUNK / PAGE_SIZE, MAX_RANGES);
                let found = pages.find(self.left, Wanted::Populated, most)?;
                let runs = found.runs.iter().map(|range| self.own(*range)).collect();
                Ok((runs, found.reached))
            }
            (Contents::PagesOverFile, _) => self.over_file(pages),
        }
    }

    fn window(&self) -> AddrRange {
        self.left.intersection(AddrRange::sized(self.left.start, CHUNK))
    }

    /// Own pages, and between them the file's.
    fn over_file(&self, pages: &PageMap) -> io::Result<(Vec<Run>, Addr)> {
        // Every run may have a gap before it.
        let most = (CHUNK / PAGE_SIZE, MAX_RANGES / 2 - 1);
        // Where a program supplies missing pages, reading one would wait for it.
        let wanted = match (&self.file, self.choice.flags.user_faults) {
            (None, true) => Wanted::Populated,
            _ => Wanted::Anonymous,
        };
        let found = pages.find(self.window(), wanted, most)?;
        let mut runs = Vec::new();
        let mut at = self.left.start;
        for range in found.runs {
            runs.extend(self.gap(AddrRange::between(at, range.start)));
            runs.push(self.own(range));
            at = range.end;
        }
        runs.extend(self.gap(AddrRange::between(at, found.reached)));
        Ok((runs, found.reached))
    }

    /// What the process has not copied: from the file, else through the process.
    fn gap(&self, range: AddrRange) -> Option<Run> {
        let skipped = self.file.is_none() && self.choice.flags.user_faults;
        if range.is_empty() || skipped {
            return None;
        }
        Some(match self.file {
            Some(_) => self.of_file(range),
            None => self.own(range),
        })
    }

    /// The next stretch of the shared file that has data.
    fn shared(&self, file: &File) -> io::Result<(Vec<Run>, Addr)> {
        let mapping = &self.choice.mapping;
        let to_addr = |in_file: u64| {
            let into = in_file.saturating_sub(mapping.offset);
            Addr(mapping.range.start.0.saturating_add(into))
        };
        let Some((start, end)) = os::next_data(file, in_file(mapping, self.left.start))? else {
            return Ok((Vec::new(), self.left.end));
        };
        // Data may begin in the middle of a page on file systems with small blocks.
        let start = start - start % PAGE_SIZE;
        let data = AddrRange::between(to_addr(start), to_addr(end.next_multiple_of(PAGE_SIZE)));
        let data = data.intersection(self.left);
        let data = data.intersection(AddrRange::sized(data.start, CHUNK));
        if data.is_empty() {
            return Ok((Vec::new(), self.left.end));
        }
        Ok((vec![self.of_file(data)], data.end))
    }

    fn own(&self, range: AddrRange) -> Run {
        let into = range.start.0 - self.choice.mapping.range.start.0;
        Run {
            range,
            offset: self.offset.saturating_add(into),
            in_file: None,
        }
    }

    fn of_file(&self, range: AddrRange) -> Run {
        Run {
            in_file: Some(in_file(&self.choice.mapping, range.start)),
            ..self.own(range)
        }
    }
}

fn in_file(mapping: &Mapping, addr: Addr) -> u64 {
    mapping
        .offset
        .saturating_add(addr.0.saturating_sub(mapping.range.start.0))
}

/// The regular file behind a segment, when its pages are wanted and it is certainly the one that
/// is mapped.
fn behind(process: &ProcDir, choice: &Choice) -> Option<Arc<File>> {
    let mapping = &choice.mapping;
    if !matches!(choice.contents, Contents::PagesOverFile | Contents::SharedFile) {
        return None;
    }
    if let Ok((file, _)) = os::open_regular(&process.mapped_file(mapping.range)) {
        return Some(Arc::new(file));
    }
    let path = process.inside(mapping.path().filter(|_| !mapping.deleted)?);
    let same = os::identity(&path).ok()? == (mapping.device, mapping.inode);
    let (file, _) = os::open_regular(&path).ok().filter(|_| same)?;
    Some(Arc::new(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::VmFlags;

    /// Memory of this very process, as a plan has it.
    fn choice(range: AddrRange, contents: Contents) -> Choice {
        let maps = ProcDir::new(std::process::id()).maps().unwrap();
        let mapping = maps
            .into_iter()
            .find(|mapping| mapping.range.contains(range.start))
            .unwrap();
        Choice {
            mapping: Mapping { range, ..mapping },
            flags: VmFlags::default(),
            contents,
            len: range.len(),
            populated: 0,
        }
    }

    fn walked(choice: &Choice) -> (Vec<Run>, u64) {
        let process = ProcDir::new(std::process::id());
        let mut walk = Walk::new(&process, &process, vec![(choice, 0x1_0000)]).unwrap();
        let (mut runs, mut passed) = (Vec::new(), 0);
        while let Some(chunk) = walk.step().unwrap() {
            let bytes: u64 = chunk.runs.iter().map(|run| run.range.len()).sum();
            assert!(bytes <= CHUNK && chunk.runs.len() <= MAX_RANGES);
            runs.extend(chunk.runs);
            passed += chunk.passed;
        }
        (runs, passed)
    }

    #[test]
    fn only_touched_pages_of_a_gigabyte_are_visited() {
        let mut map = memmap2::MmapMut::map_anon(1 << 30).unwrap();
        let start = map.as_ptr() as u64;
        map[5 << 20] = 1;
        map[(5 << 20) + 4096] = 1;
        map[900 << 20] = 1;
        let range = AddrRange::sized(Addr(start), 1 << 30);
        let (runs, passed) = walked(&choice(range, Contents::Pages));
        assert_eq!(passed, 1 << 30);
        let bytes: u64 = runs.iter().map(|run| run.range.len()).sum();
        // Where huge pages are always on, one touch makes 512 pages.
        assert!(bytes == 3 * 4096 || bytes >= 2 << 20, "{bytes}");
        for run in runs {
            assert_eq!(run.offset, 0x1_0000 + (run.range.start.0 - start));
        }
    }

    #[test]
    fn pages_of_a_file_come_from_it_until_they_are_written() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(16 * 4096).unwrap();
        let mut map = os::private_copy(file.as_file());
        map[3 * 4096] = 1;
        let range = AddrRange::sized(Addr(map.as_ptr() as u64), map.len() as u64);
        let (runs, passed) = walked(&choice(range, Contents::PagesOverFile));
        assert_eq!(passed, 16 * 4096);
        let found: Vec<_> = runs
            .iter()
            .map(|run| (run.range.len() / 4096, run.in_file))
            .collect();
        assert_eq!(found, [(3, Some(0)), (1, None), (12, Some(4 * 4096))]);
    }
}
