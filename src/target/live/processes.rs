//! The processes of this machine as rows to pick from: what each is, and whether it can be
//! attached to.
//!
//! Looks only: nothing is stopped, and of an executable no more is read than its headers and its
//! build information. Kernel threads are left out, for there is nothing in them to look at.

mod container;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::refusal::{Facts, Relation};
use crate::base::{CancelToken, Limits};
use crate::elf::ElfFile;
use crate::go::GoBuildInfo;
use crate::model::{Failure, FailureKind, ProcessRow};
use crate::os::{self, ProcDir, Stat, Status};

/// `PF_KTHREAD`
const KERNEL_THREAD: u32 = 0x0020_0000;
/// Clock ticks in a second: `USER_HZ` is 100 on x86-64, whatever the kernel runs at.
const TICKS: u64 = 100;
/// Bytes of a name that the kernel keeps (`TASK_COMM_LEN` less the final zero).
const KERNEL_NAME: usize = 15;
/// Longer chains of parents are not walked.
const MOST_ANCESTORS: usize = 256;
/// Rows are handed over when so many are known, or after so long.
const SLICE: usize = 64;
const PACE: Duration = Duration::from_millis(50);

/// Where to look. Tests put directories of their own here.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The mount of procfs.
    pub proc: PathBuf,
    /// Names of users.
    pub passwd: PathBuf,
    /// This process.
    pub own: u32,
}

impl Machine {
    /// The one that this process runs on.
    #[must_use]
    pub fn here() -> Self {
        Self {
            proc: PathBuf::from("/proc"),
            passwd: PathBuf::from("/etc/passwd"),
            own: std::process::id(),
        }
    }
}

/// All processes that are no kernel threads, by rising number. `deliver` gets them in slices as they
/// become known; those that end meanwhile are left out.
///
/// # Errors
/// When procfs cannot be listed, and when it was cancelled.
pub fn list(
    machine: &Machine,
    limits: &Limits,
    cancel: &CancelToken,
    deliver: &mut dyn FnMut(Vec<ProcessRow>),
) -> Result<Vec<ProcessRow>, Failure> {
    let mut lookup = Lookup::new(machine, limits);
    let (mut all, mut delivered) = (Vec::new(), 0);
    let mut last = Instant::now();
    for pid in pids(&machine.proc)? {
        if cancel.is_cancelled() {
            return Err(Failure::new(FailureKind::Cancelled, "cancelled"));
        }
        all.extend(lookup.row(pid));
        let waiting = all.get(delivered..).unwrap_or_default();
        if !waiting.is_empty() && (waiting.len() >= SLICE || last.elapsed() >= PACE) {
            deliver(waiting.to_vec());
            delivered = all.len();
            last = Instant::now();
        }
    }
    Ok(all)
}

fn pids(proc: &Path) -> Result<Vec<u32>, Failure> {
    let entries = fs::read_dir(proc).map_err(|error| {
        Failure::new(
            FailureKind::File,
            format!("cannot list the processes in {}", proc.display()),
        )
        .because(&error)
        .hint("is procfs mounted?")
    })?;
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    Ok(pids)
}

/// What is the same for all processes, looked up once.
struct Lookup<'a> {
    machine: &'a Machine,
    limits: &'a Limits,
    users: HashMap<u32, String>,
    /// Go versions by device and inode of the executable: one may run many times.
    versions: HashMap<((u32, u32), u64), Option<String>>,
    own: Status,
    /// The processes that this one runs in, by number.
    ancestors: BTreeMap<u32, String>,
    yama: Option<u32>,
    /// Since the machine started, in clock ticks.
    uptime: Option<u64>,
}

impl<'a> Lookup<'a> {
    fn new(machine: &'a Machine, limits: &'a Limits) -> Self {
        let text = |name: &str| fs::read_to_string(machine.proc.join(name)).ok();
        let users = os::read_small(&machine.passwd, limits.source_bytes).unwrap_or_default();
        Self {
            machine,
            limits,
            users: parse_users(&String::from_utf8_lossy(&users)),
            versions: HashMap::new(),
            own: ProcDir::under(&machine.proc, machine.own)
                .status()
                .unwrap_or_default(),
            ancestors: ancestors(machine),
            yama: text("sys/kernel/yama/ptrace_scope").and_then(|scope| scope.trim().parse().ok()),
            uptime: text("uptime").as_deref().and_then(parse_uptime),
        }
    }

    /// `None` for kernel threads, and for processes that are gone.
    fn row(&mut self, pid: u32) -> Option<ProcessRow> {
        let process = ProcDir::under(&self.machine.proc, pid);
        let status = process.status().ok().filter(|status| status.state != '\0')?;
        let stat = process.stat().unwrap_or_default();
        if status.kernel_thread || stat.flags & KERNEL_THREAD != 0 {
            return None;
        }
        let arguments = process.command_line().unwrap_or_default();
        let exe = process.exe_name().ok();
        let [uid, ..] = status.uids;
        let facts = self.facts(&process, &status);
        let refusal = facts.refusal();
        let control_groups = process.read("cgroup").unwrap_or_default();
        Some(ProcessRow {
            pid,
            name: full_name(&status.name, exe.as_deref(), &arguments),
            command: self.text(&arguments.join(&b' ')),
            go_version: exe.as_ref().and_then(|_| self.go_version(&process)),
            exe: exe.map(|exe| exe.to_string_lossy().into_owned()),
            uid,
            user: self.users.get(&uid).cloned(),
            threads: status.threads,
            resident_bytes: status.resident_kib.saturating_mul(1024),
            age_s: self.age(&stat),
            container: container::of(&String::from_utf8_lossy(&control_groups)),
            fix: refusal
                .as_ref()
                .and_then(|refusal| refusal.hints(&facts).into_iter().next())
                .map(|fix| fix.replace("attach PID", &format!("attach {pid}"))),
            refusal: refusal.map(|refusal| refusal.to_string()),
        })
    }

    fn facts(&self, process: &ProcDir, status: &Status) -> Facts {
        let pid = process.pid();
        let relation = if pid == self.machine.own {
            Some(Relation::Same)
        } else {
            self.ancestors
                .get(&pid)
                .map(|name| Relation::Ancestor { name: name.clone() })
        };
        Facts {
            pid,
            status: Some(status.clone()),
            kernel_thread: false,
            owner: fs::metadata(process.path()).ok().map(|metadata| metadata.uid()),
            tracer_name: name_of(&self.machine.proc, status.tracer),
            yama: self.yama,
            own: self.own.clone(),
            relation,
            inside: Vec::new(),
        }
    }

    fn go_version(&mut self, process: &ProcDir) -> Option<String> {
        let file = process.exe();
        let identity = os::identity(&file).ok()?;
        if let Some(known) = self.versions.get(&identity) {
            return known.clone();
        }
        let found = go_version_of(&file, self.limits);
        self.versions.insert(identity, found.clone());
        found
    }

    fn age(&self, stat: &Stat) -> Option<u64> {
        let since = stat.start_time;
        (since > 0).then_some(self.uptime?.saturating_sub(since) / TICKS)
    }

    /// Text of a bounded length.
    fn text(&self, bytes: &[u8]) -> String {
        let shown = bytes.get(..self.limits.text_bytes).unwrap_or(bytes);
        String::from_utf8_lossy(shown).into_owned()
    }
}

/// The version in the build information of an executable; `None` when it is no Go program.
pub(in crate::target) fn go_version_of(file: &Path, limits: &Limits) -> Option<String> {
    let mapped = os::map_file(file).ok()?;
    let elf = ElfFile::parse(mapped.bytes, limits).ok()?;
    let section = elf.section(GoBuildInfo::SECTION)?;
    let start = usize::try_from(section.file_offset).ok()?;
    let end = start.checked_add(usize::try_from(section.size).ok()?)?;
    let bytes = elf.bytes();
    let found = GoBuildInfo::parse(bytes.get(start..end.min(bytes.len()))?)?;
    Some(found.version.text)
}

/// The kernel keeps 15 bytes of a name; the executable or the first argument may have the rest.
fn full_name(kernel: &[u8], exe: Option<&Path>, arguments: &[Vec<u8>]) -> String {
    let short = String::from_utf8_lossy(kernel).into_owned();
    if kernel.len() < KERNEL_NAME {
        return short;
    }
    let argument = arguments.first().map(|first| String::from_utf8_lossy(first));
    let argument = argument.as_deref().map(Path::new);
    let names = [exe, argument].into_iter().flatten();
    names
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .map(|name| {
            name.strip_suffix(" (deleted)")
                .map_or(name.clone(), str::to_owned)
        })
        .find(|name| name.starts_with(&short))
        .unwrap_or(short)
}

fn ancestors(machine: &Machine) -> BTreeMap<u32, String> {
    let mut found = BTreeMap::new();
    let mut next = machine.own;
    for _ in 0..MOST_ANCESTORS {
        let Ok(status) = ProcDir::under(&machine.proc, next).status() else {
            break;
        };
        next = status.ppid;
        if next == 0 {
            break;
        }
        found.insert(next, name_of(&machine.proc, next));
    }
    found
}

fn name_of(proc: &Path, pid: u32) -> String {
    if pid == 0 {
        return String::new();
    }
    let status = ProcDir::under(proc, pid).status().unwrap_or_default();
    String::from_utf8_lossy(&status.name).into_owned()
}

/// `name:password:uid:...`; of two names of one user, the first.
pub(in crate::target) fn parse_users(passwd: &str) -> HashMap<u32, String> {
    let mut users = HashMap::new();
    for line in passwd.lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(uid)) = (fields.next(), fields.nth(1).and_then(|uid| uid.parse().ok())) {
            users.entry(uid).or_insert_with(|| name.to_owned());
        }
    }
    users
}

/// `12345.67 54321.00`: seconds since the start, to hundredths; in clock ticks.
fn parse_uptime(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.')?;
    let hundredths: u64 = rest.get(..2)?.parse().ok()?;
    let seconds: u64 = seconds.parse().ok()?;
    seconds.checked_mul(TICKS)?.checked_add(hundredths)
}

#[cfg(test)]
mod tests;
