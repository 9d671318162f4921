//! `/proc/PID/maps`: the mappings of an address space.

use crate::base::{Addr, AddrRange};

/// What a mapping allows, and whether writes to it are shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions {
    pub read: bool,
    pub write: bool,
    pub execute: bool,
    pub shared: bool,
}

/// One line of `maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub range: AddrRange,
    pub permissions: Permissions,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Major and minor number of the device that holds the file; both 0 without a file.
    pub device: (u32, u32),
    /// 0 without a file.
    pub inode: u64,
    /// Path as the target sees it, or `[heap]`, `[stack]`, `[vdso]`; empty for anonymous memory.
    /// Line feeds in it are written `\012` by the kernel and undone here.
    pub name: Vec<u8>,
    /// Whether the file has been removed since it was mapped.
    pub deleted: bool,
}

impl Mapping {
    /// The path of the file behind it; `None` for anonymous and special memory.
    #[must_use]
    pub fn path(&self) -> Option<&[u8]> {
        self.name.starts_with(b"/").then_some(self.name.as_slice())
    }
}

impl Permissions {
    fn parse(text: &[u8]) -> Option<Self> {
        let [read, write, execute, sharing] = text else {
            return None;
        };
        Some(Self {
            read: *read == b'r',
            write: *write == b'w',
            execute: *execute == b'x',
            shared: *sharing == b's',
        })
    }
}

/// The mappings in ascending order. Lines that are no mappings are left out.
#[must_use]
pub fn parse_maps(text: &[u8]) -> Vec<Mapping> {
    text.split(|byte| *byte == b'\n').filter_map(parse_line).collect()
}

/// `7f1c-7f1d r-xp 00001000 fe:01 1234    /usr/lib/libc.so (deleted)`
pub(super) fn parse_line(line: &[u8]) -> Option<Mapping> {
    let mut rest = line;
    let mut word = || {
        let start = rest.iter().position(|byte| *byte != b' ')?;
        let tail = rest.get(start..)?;
        let end = tail.iter().position(|byte| *byte == b' ').unwrap_or(tail.len());
        rest = tail.get(end..)?;
        tail.get(..end)
    };
    let (start, end) = split_at_byte(word()?, b'-')?;
    let permissions = Permissions::parse(word()?)?;
    let offset = hex(word()?)?;
    let (major, minor) = split_at_byte(word()?, b':')?;
    let inode = std::str::from_utf8(word()?).ok()?.parse().ok()?;
    let name = rest.trim_ascii_start();
    const DELETED: &[u8] = b" (deleted)";
    let deleted = name.starts_with(b"/") && name.ends_with(DELETED);
    let name = if deleted {
        name.strip_suffix(DELETED)?
    } else {
        name
    };
    Some(Mapping {
        range: AddrRange::between(Addr(hex(start)?), Addr(hex(end)?)),
        permissions,
        offset,
        device: (u32::try_from(hex(major)?).ok()?, u32::try_from(hex(minor)?).ok()?),
        inode,
        name: unescape(name),
        deleted,
    })
}

fn split_at_byte(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|byte| *byte == at)?;
    Some((text.get(..index)?, text.get(index + 1..)?))
}

fn hex(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

/// The kernel escapes only the line feed (`seq_file_path(m, file, "\n")`).
fn unescape(name: &[u8]) -> Vec<u8> {
    const ESCAPED: &[u8] = b"\\012";
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(ESCAPED) {
            plain.push(b'\n');
            rest = after;
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_and_without_files_are_read() {
        let maps = parse_maps(
            b"00400000-004a3000 r-xp 00001000 fe:01 3932174                            /srv/my app (deleted)\n\
              c000000000-c000400000 rw-p 00000000 00:00 0 \n\
              7ffd1000-7ffd3000 r--s 00000000 00:00 0                  [vvar]\n\
              no mapping\n",
        );
        assert_eq!(maps.len(), 3);
        assert_eq!(
            maps[0].range,
            AddrRange::between(Addr(0x40_0000), Addr(0x4a_3000))
        );
        assert_eq!(maps[0].path(), Some(b"/srv/my app".as_slice()));
        assert!(maps[0].deleted && maps[0].permissions.execute && !maps[0].permissions.write);
        assert_eq!(
            (maps[0].offset, maps[0].device, maps[0].inode),
            (0x1000, (0xfe, 1), 3_932_174)
        );
        assert_eq!(maps[1].path(), None);
        assert!(maps[2].permissions.shared);
        assert_eq!(maps[2].name, b"[vvar]");
    }

    #[test]
    fn a_line_feed_in_a_path_survives() {
        let maps = parse_maps(b"1000-2000 r--p 0 0:1 7 /tmp/a\\012b\n");
        assert_eq!(maps[0].path(), Some(b"/tmp/a\nb".as_slice()));
    }
}
