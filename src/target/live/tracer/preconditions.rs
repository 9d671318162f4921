//! Whether a copy of the target can be made without harm: the facts, then the judgement.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::{AddrRange, Tid};
use crate::os::ProcDir;
use crate::target::live::snapshot::{Inexact, InexactRange, MemoryPlace, NoSnapshot};

/// Free memory that is asked for beside that of the page tables: a quarter of the target's own
/// memory, as if it wrote to so much of it while the copy exists, and this.
const SPARE_KIB: u64 = 32 << 10;
const ASSUMED_DIRTY: u64 = 4;
/// `SECCOMP_MODE_DISABLED`
const NO_SECCOMP: u32 = 0;
const STRICT_OVERCOMMIT: u64 = 2;
/// Where control groups are mounted.
const CGROUPS: &str = "/sys/fs/cgroup";

/// Looks at the target and its surroundings; returns the memory that a copy will not freeze.
pub(super) fn check(directory: &ProcDir) -> Result<Vec<InexactRange>, NoSnapshot> {
    let facts = Facts::gather(directory, Path::new("/proc"), Path::new(CGROUPS));
    facts.judge()?;
    Ok(facts.inexact)
}

/// What is known to stand in the way of a copy, without touching the process. A thread that sleeps
/// uninterruptibly, or a stopped process, shows only when it is tried.
#[must_use]
pub fn snapshot_obstacle(directory: &ProcDir) -> Option<NoSnapshot> {
    check(directory).err()
}

#[derive(Debug, Default)]
struct Facts {
    /// A thread under a seccomp filter or in strict mode.
    seccomp: Option<Tid>,
    /// Current and most tasks of the narrowest cgroup with a limit.
    tasks: Option<(u64, u64)>,
    overcommit: u64,
    /// Private memory and page tables.
    anonymous_kib: u64,
    page_tables_kib: u64,
    available_kib: Option<u64>,
    cgroup_left_kib: Option<u64>,
    kept: Option<(AddrRange, &'static str)>,
    inexact: Vec<InexactRange>,
}

impl Facts {
    fn gather(directory: &ProcDir, proc: &Path, cgroups: &Path) -> Self {
        let status = directory.read("status").unwrap_or_default();
        let memory = fs::read(proc.join("meminfo")).unwrap_or_default();
        let mut facts = Self {
            seccomp: seccomp(directory),
            overcommit: number_in(&proc.join("sys/vm/overcommit_memory")).unwrap_or_default(),
            anonymous_kib: number_after(&status, "RssAnon:").unwrap_or_default(),
            page_tables_kib: number_after(&status, "VmPTE:").unwrap_or_default(),
            available_kib: number_after(&memory, "MemAvailable:"),
            ..Self::default()
        };
        for group in groups(&directory.read("cgroup").unwrap_or_default(), cgroups) {
            facts.add_group(&group);
        }
        facts.add_regions(&directory.read("smaps").unwrap_or_default());
        facts
    }

    fn judge(&self) -> Result<(), NoSnapshot> {
        if let Some(tid) = self.seccomp {
            return Err(NoSnapshot::Seccomp { tid });
        }
        if let Some((current, max)) = self.tasks.filter(|(current, max)| current >= max) {
            return Err(NoSnapshot::ProcessLimit { current, max });
        }
        if self.overcommit == STRICT_OVERCOMMIT {
            return Err(NoSnapshot::StrictOvercommit);
        }
        let wanted = (self.anonymous_kib / ASSUMED_DIRTY)
            .saturating_add(self.page_tables_kib)
            .saturating_add(SPARE_KIB);
        for (available, place) in [
            (self.available_kib, MemoryPlace::Machine),
            (self.cgroup_left_kib, MemoryPlace::Cgroup),
        ] {
            if let Some(available) = available.filter(|available| *available < wanted) {
                return Err(NoSnapshot::Memory {
                    wanted_mib: wanted >> 10,
                    available_mib: available >> 10,
                    place,
                });
            }
        }
        if let Some((range, advice)) = self.kept {
            return Err(NoSnapshot::KeptFromCopies {
                range: (range.start.0, range.end.0),
                advice: advice.to_owned(),
            });
        }
        Ok(())
    }

    /// Takes in the limits of one group; those of its parents hold as well, so the narrowest counts.
    fn add_group(&mut self, group: &Path) {
        if let (Some(current), Some(max)) = (
            number_in(&group.join("pids.current")),
            number_in(&group.join("pids.max")),
        ) {
            let left = |(current, max): (u64, u64)| max.saturating_sub(current);
            if self.tasks.is_none_or(|known| left((current, max)) < left(known)) {
                self.tasks = Some((current, max));
            }
        }
        let either =
            |new: &str, old: &str| number_in(&group.join(new)).or_else(|| number_in(&group.join(old)));
        if let (Some(current), Some(max)) = (
            either("memory.current", "memory.usage_in_bytes"),
            either("memory.max", "memory.limit_in_bytes"),
        ) {
            // Cached files are given up before anything is killed.
            let stat = fs::read(group.join("memory.stat")).unwrap_or_default();
            let cached = number_after(&stat, "inactive_file ").unwrap_or_default();
            let left = max.saturating_sub(current).saturating_add(cached) >> 10;
            self.cgroup_left_kib = Some(self.cgroup_left_kib.map_or(left, |known| known.min(left)));
        }
    }

    /// Takes in the regions of `smaps` that a copy does not have as they are.
    fn add_regions(&mut self, smaps: &[u8]) {
        let mut range = None;
        for line in smaps.split(|byte| *byte == b'\n') {
            if let Some(mapping) = crate::os::parse_maps(line).first() {
                range = Some((mapping.range, mapping.permissions));
            } else if let (Some(flags), Some((range, permissions))) = (line.strip_prefix(b"VmFlags:"), range)
            {
                let has = |flag: &[u8]| flags.split(u8::is_ascii_whitespace).any(|word| word == flag);
                let device = has(b"io") || has(b"pf");
                if permissions.shared && permissions.write && !device {
                    self.inexact.push(InexactRange::new(range, Inexact::Shared));
                } else if has(b"dp") {
                    self.inexact.push(InexactRange::new(range, Inexact::Emptied));
                } else if has(b"dc") && !device {
                    self.kept = self.kept.or(Some((range, "DONTFORK")));
                } else if has(b"wf") {
                    self.kept = self.kept.or(Some((range, "WIPEONFORK")));
                }
            }
        }
    }
}

fn seccomp(directory: &ProcDir) -> Option<Tid> {
    // The leader's word is enough in the usual case, but filters belong to threads.
    let threads = directory.threads().ok()?;
    threads.into_iter().find(|tid| {
        directory
            .thread_status(*tid)
            .is_ok_and(|status| status.seccomp != NO_SECCOMP)
    })
}

/// The directories of the groups of a process and of all their parents.
fn groups(text: &[u8], mount: &Path) -> Vec<PathBuf> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let top = match controllers {
            "" => mount.to_owned(),
            "memory" | "pids" => mount.join(controllers),
            _ => continue,
        };
        let bottom = top.join(path.trim_start_matches('/'));
        found.extend(
            bottom
                .ancestors()
                .take_while(|group| group.starts_with(&top))
                .map(Path::to_owned),
        );
    }
    found
}

/// A file that holds one number; `max` is none.
fn number_in(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The number after `key` at the start of a line.
fn number_after(text: &[u8], key: &str) -> Option<u64> {
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let value = line.strip_prefix(key.as_bytes())?;
        let word = value
            .split(u8::is_ascii_whitespace)
            .find(|word| !word.is_empty())?;
        std::str::from_utf8(word).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests;
