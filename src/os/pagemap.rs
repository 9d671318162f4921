//! Which pages of another process have contents of their own, asked without touching any.
//!
//! Linux 6.7 has an ioctl that walks the page tables and jumps over what was never touched; older
//! kernels give 8 bytes for every page of the address space (`Documentation/admin-guide/mm/
//! pagemap.rst`). Reading memory instead would make the kernel give the target pages that it never
//! had.
#![expect(unsafe_code, reason = "the ioctl has no safe wrapper")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::libc;

use crate::base::{Addr, AddrRange};

/// Bytes of a page of x86-64, the unit of everything here.
pub const PAGE_SIZE: u64 = 4096;

/// Which pages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Pages in memory or in swap, whoever they are shared with; not the kernel's page of zeros.
    Populated,
    /// Of those, the ones that are not a file's: private memory, or copied when first written.
    Anonymous,
}

/// The page tables of a process, readable whether it runs or is stopped.
#[derive(Debug)]
pub struct PageMap {
    file: File,
    method: Method,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Scan {
        /// Whether the kernel knows guard pages (6.15), which hold nothing.
        guards: bool,
    },
    Read,
}

/// What was found of a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In ascending order; neighbours may touch.
    pub runs: Vec<AddrRange>,
    /// Everything below was looked at: where to go on.
    pub reached: Addr,
}

impl PageMap {
    /// # Errors
    /// As the kernel gives them: no such process, or no permission to trace it.
    pub fn open(pid: u32) -> io::Result<Self> {
        let file = File::open(format!("/proc/{pid}/pagemap"))?;
        let mut map = Self {
            file,
            method: Method::Scan { guards: true },
        };
        map.method = map.best_method();
        Ok(map)
    }

    /// The first pages of `range` that are wanted: at most `most_pages` in at most `most_runs`.
    /// Huge pages are given in parts of 4 KiB pages like any others.
    pub fn find(&self, range: AddrRange, wanted: Wanted, most: (u64, usize)) -> io::Result<Found> {
        match self.method {
            Method::Scan { guards } => match self.scan(range, wanted, most, guards) {
                Err(Errno::ENODATA) => self.look_up(range, wanted, most),
                outcome => Ok(outcome?),
            },
            Method::Read => self.look_up(range, wanted, most),
        }
    }

    fn best_method(&self) -> Method {
        let nothing = AddrRange::sized(Addr(0), PAGE_SIZE);
        for guards in [true, false] {
            if self.scan(nothing, Wanted::Populated, (1, 1), guards).is_ok() {
                return Method::Scan { guards };
            }
        }
        Method::Read
    }

    fn scan(
        &self,
        range: AddrRange,
        wanted: Wanted,
        (most_pages, most_runs): (u64, usize),
        guards: bool,
    ) -> Result<Found, Errno> {
        let mut regions = vec![Region::default(); most_runs.max(1)];
        let absent = if guards { IS_ZERO | IS_GUARD } else { IS_ZERO };
        let absent = match wanted {
            Wanted::Populated => absent,
            Wanted::Anonymous => absent | IS_FILE,
        };
        let mut arg = ScanArg {
            size: size_of::<ScanArg>() as u64,
            flags: 0,
            start: range.start.0,
            end: range.end.0,
            walk_end: 0,
            vec: regions.as_mut_ptr() as u64,
            vec_len: regions.len() as u64,
            max_pages: most_pages.max(1),
            // These have to be absent ...
            category_inverted: absent,
            category_mask: absent,
            // ... and one of these present.
            category_anyof_mask: IS_PRESENT | IS_SWAPPED,
            return_mask: IS_PRESENT | IS_SWAPPED,
        };
        // SAFETY: `arg` has the layout of `struct pm_scan_arg` and `vec` names `vec_len` writable
        // elements of the layout of `struct page_region`; both outlive the call.
        let count = unsafe { libc::ioctl(self.file.as_raw_fd(), PAGEMAP_SCAN, &raw mut arg) };
        let count = usize::try_from(Errno::result(count)?).unwrap_or(0);
        let runs = regions
            .iter()
            .take(count)
            .map(|region| AddrRange::between(Addr(region.start), Addr(region.end)).intersection(range))
            .filter(|run| !run.is_empty())
            .collect();
        // A walk that stops for lack of room says where. One that does not move is no answer.
        let reached = Addr(arg.walk_end).min(range.end);
        if reached <= range.start && !range.is_empty() {
            return Err(Errno::ENODATA);
        }
        Ok(Found { runs, reached })
    }

    /// The way of older kernels: 8 bytes for each page.
    fn look_up(
        &self,
        range: AddrRange,
        wanted: Wanted,
        (most_pages, most_runs): (u64, usize),
    ) -> io::Result<Found> {
        let mut found = Found {
            runs: Vec::new(),
            reached: range.start,
        };
        let mut pages = 0;
        let mut entries = [0_u8; 4096];
        while found.reached < range.end {
            let left = (range.end.0 - found.reached.0).div_ceil(PAGE_SIZE);
            let fitting = usize::try_from(left.saturating_mul(8)).unwrap_or(usize::MAX);
            let room = entries.len().min(fitting);
            let room = entries.get_mut(..room).unwrap_or_default();
            let got = self.file.read_at(room, found.reached.0 / PAGE_SIZE * 8)?;
            if got < 8 {
                // The end of the address space.
                found.reached = range.end;
            }
            for entry in room.get(..got).unwrap_or_default().chunks_exact(8) {
                if pages >= most_pages {
                    return Ok(found);
                }
                let entry = entry.first_chunk().map_or(0, |entry| u64::from_le_bytes(*entry));
                let page = AddrRange::sized(found.reached, PAGE_SIZE).intersection(range);
                if is_wanted(entry, wanted) {
                    pages += 1;
                    let room = found.runs.len() < most_runs;
                    match found.runs.last_mut() {
                        Some(last) if last.end == page.start => last.end = page.end,
                        _ if !room => return Ok(found),
                        _ => found.runs.push(page),
                    }
                }
                found.reached = page.end;
            }
        }
        Ok(found)
    }
}

const fn is_wanted(entry: u64, wanted: Wanted) -> bool {
    const PRESENT: u64 = 1 << 63;
    const SWAPPED: u64 = 1 << 62;
    const FILE_OR_SHARED: u64 = 1 << 61;
    const GUARD: u64 = 1 << 58;
    let populated = entry & (PRESENT | SWAPPED) != 0 && entry & GUARD == 0;
    match wanted {
        Wanted::Populated => populated,
        Wanted::Anonymous => populated && entry & FILE_OR_SHARED == 0,
    }
}

// `include/uapi/linux/fs.h`, Linux 6.7; the guard bit 6.15.
const IS_FILE: u64 = 1 << 2;
const IS_PRESENT: u64 = 1 << 3;
const IS_SWAPPED: u64 = 1 << 4;
const IS_ZERO: u64 = 1 << 5;
const IS_GUARD: u64 = 1 << 8;
/// `_IOWR('f', 16, struct pm_scan_arg)`
const PAGEMAP_SCAN: libc::Ioctl =
    (3 << 30 | size_of::<ScanArg>() << 16 | (b'f' as usize) << 8 | 16) as libc::Ioctl;

/// `struct pm_scan_arg`
#[repr(C)]
struct ScanArg {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// `struct page_region`
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

/// A private mapping of a file that may be written to, for tests of what a page belongs to.
#[cfg(test)]
pub(crate) fn private_copy(file: &File) -> memmap2::MmapMut {
    // SAFETY: the test owns the file and nobody else changes it.
    unsafe { memmap2::MmapOptions::new().map_copy(file) }.unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 64 pages of which every third was written.
    fn striped() -> (memmap2::MmapMut, AddrRange) {
        let mut map = memmap2::MmapMut::map_anon(64 * PAGE_SIZE as usize).unwrap();
        let range = AddrRange::sized(Addr(map.as_ptr() as u64), map.len() as u64);
        for page in map.chunks_mut(PAGE_SIZE as usize).step_by(3) {
            page[7] = 1;
        }
        (map, range)
    }

    fn all(map: &PageMap, range: AddrRange, most: (u64, usize)) -> Vec<u64> {
        let mut pages = Vec::new();
        let mut at = range;
        while !at.is_empty() {
            let found = map.find(at, Wanted::Anonymous, most).unwrap();
            assert!(found.reached > at.start, "no step from {}", at.start);
            assert!(found.runs.len() <= most.1);
            let runs = found.runs.iter();
            let fresh: Vec<u64> = runs
                .flat_map(|run| (run.start.0..run.end.0).step_by(PAGE_SIZE as usize))
                .collect();
            assert!(fresh.len() as u64 <= most.0);
            pages.extend(fresh.iter().map(|page| (page - range.start.0) / PAGE_SIZE));
            at.start = found.reached;
        }
        pages
    }

    #[test]
    fn only_pages_that_were_written_are_found_by_either_method() {
        let (_map, range) = striped();
        let written: Vec<u64> = (0..64).step_by(3).collect();
        let mut pages = PageMap::open(std::process::id()).unwrap();
        let first = pages.method;
        for method in [first, Method::Read] {
            pages.method = method;
            for most in [(1000, 1000), (5, 1000), (1000, 3), (1, 1)] {
                assert_eq!(all(&pages, range, most), written, "{method:?} {most:?}");
            }
        }
    }

    #[test]
    fn code_is_a_files_until_it_is_written() {
        let maps = std::fs::read("/proc/self/maps").unwrap();
        let maps = crate::os::parse_maps(&maps);
        let code = maps
            .iter()
            .find(|mapping| mapping.permissions.execute && mapping.path().is_some())
            .unwrap();
        let pages = PageMap::open(std::process::id()).unwrap();
        let find = |wanted| pages.find(code.range, wanted, (1 << 20, 1000)).unwrap().runs;
        assert!(!find(Wanted::Populated).is_empty());
        assert!(find(Wanted::Anonymous).is_empty());
    }
}
