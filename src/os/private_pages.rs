//! Which pages of file mappings a process has of its own, by `/proc/PID/pagemap`.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::base::{Addr, AddrRange};

const PAGE: u64 = 4096;
/// One entry for each page (`Documentation/admin-guide/mm/pagemap.rst`).
const ENTRY: u64 = 8;
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
/// The page belongs to a file, or is shared anonymous memory.
const OF_FILE: u64 = 1 << 61;
/// Entries read at once.
const CHUNK: u64 = 8192;

/// The parts of private file mappings in which the process has pages of its own, because somebody
/// wrote to them. Where the kernel does not tell, everything is said to be its own.
#[must_use]
pub fn private_copies(pid: u32, ranges: impl Iterator<Item = AddrRange>) -> Vec<AddrRange> {
    let Ok(pagemap) = File::open(format!("/proc/{pid}/pagemap")) else {
        return ranges.collect();
    };
    let mut copies = Copies::default();
    for range in ranges {
        copies.add(&pagemap, range);
    }
    copies.0
}

/// Ranges in the order in which they were found; neighbours are one.
#[derive(Default)]
struct Copies(Vec<AddrRange>);

impl Copies {
    fn add(&mut self, pagemap: &File, range: AddrRange) {
        let (mut page, end) = (range.start.0 / PAGE, range.end.0.div_ceil(PAGE));
        let mut buffer = vec![0; usize::try_from(CHUNK * ENTRY).unwrap_or_default()];
        while page < end {
            let wanted = usize::try_from((end - page).min(CHUNK) * ENTRY).unwrap_or_default();
            let Some(entries) = buffer.get_mut(..wanted) else {
                return;
            };
            if pagemap.read_exact_at(entries, page * ENTRY).is_err() {
                self.push(page, end);
                return;
            }
            for entry in entries.chunks_exact(8) {
                let entry = entry.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
                let is_here = entry & (PRESENT | SWAPPED) != 0;
                if is_here && entry & OF_FILE == 0 {
                    self.push(page, page + 1);
                }
                page += 1;
            }
        }
    }

    fn push(&mut self, page: u64, end: u64) {
        let range = AddrRange::between(Addr(page * PAGE), Addr(end * PAGE));
        match self.0.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.0.push(range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::ProcDir;

    #[test]
    fn relocated_constants_are_own_pages_and_code_is_not() {
        let pid = std::process::id();
        let exe = ProcDir::new(pid).exe_name().expect("a name");
        let maps = ProcDir::new(pid).maps().expect("maps");
        let own = |wanted: &dyn Fn(&crate::os::Mapping) -> bool| {
            let mine = maps
                .iter()
                .filter(|mapping| mapping.path() == Some(exe.as_os_str().as_encoded_bytes()))
                .filter(|mapping| wanted(mapping));
            private_copies(pid, mine.map(|mapping| mapping.range))
        };
        assert_eq!(own(&|mapping| mapping.permissions.execute), []);
        assert!(!own(&|mapping| mapping.permissions.write).is_empty());
    }

    #[test]
    fn nothing_is_trusted_without_a_page_map() {
        let range = AddrRange::sized(Addr(0x1000), 0x2000);
        assert_eq!(private_copies(0, [range].into_iter()), [range]);
    }
}
