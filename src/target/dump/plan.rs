//! Which mappings go into a core, and how much of each: the kernel's rules as a pure function.
//!
//! After `vma_dump_size` of `fs/coredump.c` (Linux 6.18), in its order; the bits are those of
//! `/proc/PID/coredump_filter` (`core(5)`). Differences: devices are never read, whatever is asked;
//! `[vvar]` and `[vsyscall]`, which no debugger can read from outside, are only named; and private
//! memory counts as written to when it has pages, since nobody outside sees the kernel's own mark.
//! And mapped files that were removed or replaced are dumped whole: no reader could find them.

use crate::elf::{FileMapping, PlannedSegment};
use crate::model::DumpContent;
use crate::os::{DetailedMapping, Mapping, PAGE_SIZE, VmFlags};

/// Bits of `coredump_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filter(pub u64);

/// What the kernel begins with.
const DEFAULT_FILTER: u64 = 0x33;
const PRIVATE_ANONYMOUS: u64 = 1 << 0;
const SHARED_ANONYMOUS: u64 = 1 << 1;
const PRIVATE_FILE: u64 = 1 << 2;
const SHARED_FILE: u64 = 1 << 3;
const ELF_HEADERS: u64 = 1 << 4;
const PRIVATE_HUGE: u64 = 1 << 5;
const SHARED_HUGE: u64 = 1 << 6;

impl Filter {
    /// Of the text of `/proc/PID/coredump_filter`.
    pub fn parse(text: &[u8]) -> Self {
        let digits = std::str::from_utf8(text.trim_ascii()).unwrap_or_default();
        Self(u64::from_str_radix(digits, 16).unwrap_or(DEFAULT_FILTER))
    }

    fn for_content(self, content: DumpContent) -> Self {
        match content {
            DumpContent::Default => self,
            DumpContent::Full => Self(u64::MAX),
            DumpContent::Thin => Self(self.0 & !(PRIVATE_FILE | SHARED_FILE)),
        }
    }

    const fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}

/// Where the bytes of a segment come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// The mapping is only named.
    Nothing,
    /// Pages that exist; whatever else is zero.
    Pages,
    /// Pages of its own, over those of the file behind it.
    PagesOverFile,
    /// The file's pages: all who map it share them.
    SharedFile,
    /// Every byte, as it is.
    Everything,
}

/// One mapping with the decision about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub mapping: Mapping,
    pub flags: VmFlags,
    pub contents: Contents,
    /// Leading bytes that go into the file.
    pub len: u64,
    /// Bytes that are likely to be written: what is in memory or swap.
    pub populated: u64,
}

/// Decides about every mapping. `is_elf` tells whether a mapping begins with an ELF header.
pub(super) fn plan(
    mappings: &[DetailedMapping],
    content: DumpContent,
    filter: Filter,
    is_elf: &dyn Fn(&Mapping) -> bool,
) -> Vec<Choice> {
    let filter = filter.for_content(content);
    mappings
        .iter()
        .map(|found| {
            let whole = found.mapping.range.len();
            let (contents, len) = match decide(found, content, filter) {
                Part::Nothing => (Contents::Nothing, 0),
                Part::Whole(contents) => (contents, whole),
                Part::FirstPageOfElf if is_elf(&found.mapping) => {
                    (Contents::PagesOverFile, whole.min(PAGE_SIZE))
                }
                Part::FirstPageOfElf => (Contents::Nothing, 0),
            };
            let in_memory = found.resident.max(found.anonymous).saturating_add(found.swapped);
            Choice {
                mapping: found.mapping.clone(),
                flags: found.flags,
                contents,
                len,
                populated: match contents {
                    Contents::Everything => len,
                    Contents::PagesOverFile if found.mapping.deleted => len,
                    Contents::PagesOverFile | Contents::SharedFile if content == DumpContent::Full => len,
                    _ => in_memory.min(len),
                },
            }
        })
        .collect()
}

enum Part {
    Nothing,
    Whole(Contents),
    FirstPageOfElf,
}

fn decide(found: &DetailedMapping, content: DumpContent, filter: Filter) -> Part {
    let mapping = &found.mapping;
    if mapping.name == b"[vdso]" {
        return Part::Whole(Contents::Everything);
    }
    let special = mapping.name.starts_with(b"[v");
    if special || found.flags.device || found.flags.no_dump && content != DumpContent::Full {
        return Part::Nothing;
    }
    let when = |bit, contents| match filter.has(bit) {
        true => Part::Whole(contents),
        false => Part::Nothing,
    };
    if mapping.permissions.shared {
        // A file without a name is memory that was shared by other means: memfd, shmget, mmap.
        return match (found.flags.huge, mapping.deleted) {
            (true, _) => when(SHARED_HUGE, Contents::Pages),
            (false, true) => when(SHARED_ANONYMOUS, Contents::SharedFile),
            (false, false) => when(SHARED_FILE, Contents::SharedFile),
        };
    }
    if found.flags.huge {
        return when(PRIVATE_HUGE, Contents::Pages);
    }
    let written = found.anonymous > 0 || found.swapped > 0;
    if !has_file(mapping) {
        return if written {
            when(PRIVATE_ANONYMOUS, Contents::Pages)
        } else {
            Part::Nothing
        };
    }
    // Nobody can look at a removed or replaced file later, so it goes into the core.
    let is_lost = mapping.deleted && mapping.permissions.read;
    let wanted =
        written && filter.has(PRIVATE_ANONYMOUS) || mapping.permissions.read && filter.has(PRIVATE_FILE);
    if wanted || is_lost {
        return Part::Whole(Contents::PagesOverFile);
    }
    if filter.has(ELF_HEADERS) && mapping.offset == 0 && mapping.permissions.read {
        return Part::FirstPageOfElf;
    }
    Part::Nothing
}

fn has_file(mapping: &Mapping) -> bool {
    mapping.inode != 0 || mapping.path().is_some()
}

/// The program headers of a plan.
pub(super) fn segments(choices: &[Choice]) -> Vec<PlannedSegment> {
    choices
        .iter()
        .map(|choice| PlannedSegment {
            range: choice.mapping.range,
            file_size: choice.len,
            readable: choice.mapping.permissions.read,
            writable: choice.mapping.permissions.write,
            executable: choice.mapping.permissions.execute,
        })
        .collect()
}

/// NT_FILE: all mappings of files, named as the kernel names them there.
pub(super) fn file_note(choices: &[Choice]) -> Vec<FileMapping> {
    choices
        .iter()
        .map(|choice| &choice.mapping)
        .filter(|mapping| has_file(mapping) && !mapping.name.is_empty())
        .map(|mapping| {
            let mut path = mapping.name.clone();
            if mapping.deleted {
                path.extend_from_slice(b" (deleted)");
            }
            FileMapping {
                range: mapping.range,
                offset: mapping.offset,
                path,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::parse_smaps;

    const SMAPS: &[u8] = b"\
00400000-00500000 r-xp 00000000 fe:01 9    /srv/app
Rss: 900 kB
VmFlags: rd ex
00500000-00600000 r--p 00100000 fe:01 9    /srv/app
Rss: 400 kB
VmFlags: rd
00600000-00610000 rw-p 00200000 fe:01 9    /srv/app
Rss: 40 kB
Anonymous: 8 kB
VmFlags: rd wr
00610000-00620000 rw-p 00000000 00:00 0
VmFlags: rd wr
c000000000-c000400000 rw-p 00000000 00:00 0    [anon: Go: heap]
Rss: 1024 kB
Anonymous: 1024 kB
VmFlags: rd wr
c000400000-c004000000 ---p 00000000 00:00 0
VmFlags: mr mw me
c100000000-c100400000 rw-p 00000000 00:00 0
Anonymous: 64 kB
VmFlags: rd wr dd
7f0000000000-7f0000010000 rw-s 00000000 00:01 7    /memfd:x (deleted)
Rss: 4 kB
VmFlags: rd wr sh
7f0000100000-7f0000110000 r--s 00000000 fe:01 8    /srv/data
VmFlags: rd sh
7f0000200000-7f0000201000 rw-s 00000000 00:06 8    /dev/mem
VmFlags: rd wr sh io pf
7ffd00000000-7ffd00004000 r--p 00000000 00:00 0    [vvar]
VmFlags: rd io pf dd
7ffd00004000-7ffd00006000 r-xp 00000000 00:00 0    [vdso]
VmFlags: rd ex
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    [vsyscall]
VmFlags: ex
";

    fn lens(content: DumpContent, filter: u64) -> Vec<(u64, Contents)> {
        let mappings = parse_smaps(SMAPS);
        let is_elf = |mapping: &Mapping| mapping.name == b"/srv/app";
        plan(&mappings, content, Filter(filter), &is_elf)
            .iter()
            .map(|choice| (choice.len, choice.contents))
            .collect()
    }

    use Contents::{Everything, Nothing, Pages, PagesOverFile, SharedFile};

    #[test]
    fn by_default_it_is_what_the_kernel_dumps() {
        assert_eq!(
            lens(DumpContent::Default, 0x33),
            [
                (4096, PagesOverFile),
                (0, Nothing),
                (0x10000, PagesOverFile),
                (0, Nothing),
                (0x40_0000, Pages),
                (0, Nothing),
                (0, Nothing),
                (0x10000, SharedFile),
                (0, Nothing),
                (0, Nothing),
                (0, Nothing),
                (0x2000, Everything),
                (0, Nothing),
            ]
        );
    }

    #[test]
    fn full_takes_all_that_can_be_read_but_devices() {
        let taken: Vec<u64> = lens(DumpContent::Full, 0).iter().map(|(len, _)| *len).collect();
        assert_eq!(
            taken,
            [
                0x10_0000, 0x10_0000, 0x10000, 0, 0x40_0000, 0, 0x40_0000, 0x10000, 0x10000, 0, 0, 0x2000, 0
            ]
        );
    }

    #[test]
    fn thin_leaves_to_files_what_they_have_whatever_the_filter_says() {
        assert_eq!(lens(DumpContent::Thin, 0x7f), lens(DumpContent::Default, 0x33));
        let nothing = lens(DumpContent::Default, 0);
        assert_eq!(nothing.iter().filter(|(len, _)| *len > 0).count(), 1);
    }

    #[test]
    fn the_list_of_files_has_the_kernels_names() {
        let choices = plan(&parse_smaps(SMAPS), DumpContent::Default, Filter(0x33), &|_| true);
        let names: Vec<Vec<u8>> = file_note(&choices).into_iter().map(|file| file.path).collect();
        let wanted: [&[u8]; 6] = [
            b"/srv/app",
            b"/srv/app",
            b"/srv/app",
            b"/memfd:x (deleted)",
            b"/srv/data",
            b"/dev/mem",
        ];
        assert_eq!(names, wanted);
    }

    #[test]
    fn an_unreadable_filter_is_the_kernels_default() {
        assert_eq!(Filter::parse(b"0000007f\n"), Filter(0x7f));
        assert_eq!(Filter::parse(b""), Filter(0x33));
    }
}
