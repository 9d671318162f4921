//! `/proc/PID/smaps`: the mappings with what is in memory of them and how the kernel treats them.

use super::Mapping;
use super::maps::parse_line;

/// One mapping of `smaps`. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailedMapping {
    pub mapping: Mapping,
    /// In memory, whatever it is shared with.
    pub resident: u64,
    /// Of it, what is no file's: private memory and copies of file pages.
    pub anonymous: u64,
    pub swapped: u64,
    pub flags: VmFlags,
}

/// The flags of a mapping that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmFlags {
    /// `dd`: the program asked for it not to be in cores (`MADV_DONTDUMP`).
    pub no_dump: bool,
    /// `io` or `pf`: a device's registers or memory; reading may have effects.
    pub device: bool,
    /// `ht`: explicit huge pages.
    pub huge: bool,
    /// `dc`: children do not get it (`MADV_DONTFORK`).
    pub no_fork: bool,
    /// `wf`: children get it empty (`MADV_WIPEONFORK`).
    pub wipe_on_fork: bool,
    /// `um`: a page that is missing is asked of a program (`userfaultfd`).
    pub user_faults: bool,
}

/// The mappings in ascending order. Lines that say nothing of them are left out.
#[must_use]
pub fn parse_smaps(text: &[u8]) -> Vec<DetailedMapping> {
    let mut all: Vec<DetailedMapping> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        // `Rss:      12 kB` against `7ffc310b5000-7ffc310d6000 rw-p ...`.
        let key = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        match (key.strip_suffix(b":"), all.last_mut()) {
            (Some(key), Some(last)) => set(last, key, line.get(key.len() + 1..).unwrap_or_default()),
            _ => all.extend(parse_line(line).map(|mapping| DetailedMapping {
                mapping,
                resident: 0,
                anonymous: 0,
                swapped: 0,
                flags: VmFlags::default(),
            })),
        }
    }
    all
}

fn set(mapping: &mut DetailedMapping, key: &[u8], value: &[u8]) {
    match key {
        b"Rss" => mapping.resident = kib(value),
        b"Anonymous" => mapping.anonymous = kib(value),
        b"Swap" => mapping.swapped = kib(value),
        b"VmFlags" => mapping.flags = flags(value),
        _ => {}
    }
}

fn kib(value: &[u8]) -> u64 {
    let value = value.trim_ascii();
    let digits = value.strip_suffix(b" kB").unwrap_or(value);
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<u64>().ok())
        .unwrap_or_default()
        .saturating_mul(1024)
}

fn flags(value: &[u8]) -> VmFlags {
    let has = |wanted: &[u8]| value.split(|byte| *byte == b' ').any(|flag| flag == wanted);
    VmFlags {
        no_dump: has(b"dd"),
        device: has(b"io") || has(b"pf"),
        huge: has(b"ht"),
        no_fork: has(b"dc"),
        wipe_on_fork: has(b"wf"),
        user_faults: has(b"um"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Addr;

    #[test]
    fn sizes_and_flags_belong_to_the_mapping_above() {
        let all = parse_smaps(
            b"00400000-00401000 r-xp 00000000 fe:01 9    /srv/a: b\n\
              Size:                  4 kB\nRss:                   4 kB\nVmFlags: rd ex mr mw me \n\
              c000000000-c000400000 rw-p 00000000 00:00 0 \n\
              Rss:                  12 kB\nAnonymous:             8 kB\nSwap:                  4 kB\n\
              VmFlags: rd wr mr mw me ac dd dc wf \n\
              7ffd1000-7ffd5000 r--p 00000000 00:00 0                  [vvar]\n\
              VmFlags: rd mr io pf de dd \n",
        );
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].mapping.name, b"/srv/a: b");
        assert_eq!((all[0].resident, all[0].flags), (4096, VmFlags::default()));
        assert_eq!(all[1].mapping.range.start, Addr(0xc0_0000_0000));
        assert_eq!((all[1].anonymous, all[1].swapped), (8192, 4096));
        assert!(all[1].flags.no_dump && all[1].flags.no_fork && all[1].flags.wipe_on_fork);
        assert!(!all[1].flags.device && all[2].flags.device);
    }
}
