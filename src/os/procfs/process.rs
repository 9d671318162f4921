//! The directory of one process below `/proc`.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{DetailedMapping, Mapping, Stat, Status, parse_maps, parse_smaps, parse_stat, parse_status};
use crate::base::{AddrRange, Tid};

/// `/proc/PID`. Nothing is held open: what a number names may change between two calls, which
/// [`Stat::start_time`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcDir {
    path: PathBuf,
    pid: u32,
}

impl ProcDir {
    #[must_use]
    pub fn new(pid: u32) -> Self {
        Self::under(Path::new("/proc"), pid)
    }

    /// The process `pid` below another mount of procfs, or below a directory that imitates one.
    #[must_use]
    pub fn under(root: &Path, pid: u32) -> Self {
        Self {
            path: root.join(pid.to_string()),
            pid,
        }
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn maps(&self) -> io::Result<Vec<Mapping>> {
        Ok(parse_maps(&self.read("maps")?))
    }

    /// The mappings with what is in memory of them. The kernel walks all page tables for that, some
    /// 10 ms for each GiB in memory.
    pub fn smaps(&self) -> io::Result<Vec<DetailedMapping>> {
        Ok(parse_smaps(&self.read("smaps")?))
    }

    pub fn status(&self) -> io::Result<Status> {
        Ok(parse_status(&self.read("status")?))
    }

    pub fn stat(&self) -> io::Result<Stat> {
        parse_stat(&self.read("stat")?).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// The auxiliary vector as the kernel keeps it.
    pub fn auxv(&self) -> io::Result<Vec<u8>> {
        self.read("auxv")
    }

    pub fn command_line(&self) -> io::Result<Vec<Vec<u8>>> {
        Ok(strings(&self.read("cmdline")?))
    }

    pub fn environment(&self) -> io::Result<Vec<Vec<u8>>> {
        Ok(strings(&self.read("environ")?))
    }

    /// Its threads in ascending order.
    pub fn threads(&self) -> io::Result<Vec<Tid>> {
        let mut threads: Vec<Tid> = fs::read_dir(self.path.join("task"))?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok().map(Tid))
            .collect();
        threads.sort_unstable();
        Ok(threads)
    }

    /// Name of a thread as the kernel knows it.
    pub fn thread_name(&self, tid: Tid) -> io::Result<Vec<u8>> {
        let mut name = self.read(&format!("task/{}/comm", tid.0))?;
        if name.last() == Some(&b'\n') {
            name.pop();
        }
        Ok(name)
    }

    pub fn thread_stat(&self, tid: Tid) -> io::Result<Stat> {
        parse_stat(&self.read(&format!("task/{}/stat", tid.0))?)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    pub fn thread_status(&self, tid: Tid) -> io::Result<Status> {
        Ok(parse_status(&self.read(&format!("task/{}/status", tid.0))?))
    }

    /// Opens as the program itself, also when its file was removed or replaced.
    #[must_use]
    pub fn exe(&self) -> PathBuf {
        self.path.join("exe")
    }

    /// What the executable was called when it started; ` (deleted)` may follow.
    pub fn exe_name(&self) -> io::Result<PathBuf> {
        fs::read_link(self.exe())
    }

    /// Opens as the very file that is mapped at `range`; needs privileges on some kernels.
    #[must_use]
    pub fn mapped_file(&self, range: AddrRange) -> PathBuf {
        let name = format!("map_files/{:x}-{:x}", range.start.0, range.end.0);
        self.path.join(name)
    }

    /// `path`, an absolute one as the target sees it, through the target's own root.
    #[must_use]
    pub fn inside(&self, path: &[u8]) -> PathBuf {
        let relative = path.strip_prefix(b"/").unwrap_or(path);
        self.path.join("root").join(OsStr::from_bytes(relative))
    }

    /// What the process's time namespace adds to CLOCK_MONOTONIC, in nanoseconds; 0 outside of one.
    #[must_use]
    pub fn monotonic_offset_ns(&self) -> i64 {
        self.read("timens_offsets")
            .ok()
            .and_then(|text| parse_monotonic_offset(&text))
            .unwrap_or_default()
    }

    /// Any other text below the directory, as it is.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }
}

/// The line `monotonic SECONDS NANOSECONDS`.
fn parse_monotonic_offset(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("monotonic"))?;
    let mut numbers = line.split_ascii_whitespace().map(str::parse::<i64>);
    let (seconds, nanoseconds) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

/// NUL-terminated strings, as `cmdline` and `environ` have them.
fn strings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_process_can_be_read() {
        let me = ProcDir::new(std::process::id());
        assert!(
            me.maps()
                .expect("maps")
                .iter()
                .any(|mapping| mapping.permissions.execute)
        );
        assert_eq!(me.stat().expect("stat").pid, std::process::id());
        assert_eq!(me.status().expect("status").tgid, std::process::id());
        assert!(me.threads().expect("task").contains(&Tid(std::process::id())));
        assert!(!me.auxv().expect("auxv").is_empty());
        assert!(!me.command_line().expect("cmdline").is_empty());
    }

    #[test]
    fn time_namespaces_shift_the_clock() {
        let text = b"monotonic          -86400         5\nboottime           0         0\n";
        assert_eq!(parse_monotonic_offset(text), Some(-86_399_999_999_995));
        assert_eq!(parse_monotonic_offset(b""), None);
    }

    #[test]
    fn empty_arguments_are_kept() {
        assert_eq!(strings(b"a\0\0b\0"), [b"a".to_vec(), b"".to_vec(), b"b".to_vec()]);
        assert_eq!(strings(b""), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn paths_of_a_container_lead_through_its_root() {
        let process = ProcDir::under(Path::new("/p"), 7);
        assert_eq!(process.inside(b"/usr/bin/x"), Path::new("/p/7/root/usr/bin/x"));
    }
}
