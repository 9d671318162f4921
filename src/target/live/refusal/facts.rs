//! What procfs tells about a process and about us.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::os::{ProcDir, Status};

/// `PF_KTHREAD`
const KERNEL_THREAD: u32 = 0x0020_0000;
/// Deeper chains of parents are not walked.
const MOST_ANCESTORS: usize = 256;

/// Facts that decide about attaching.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub pid: u32,
    /// `None` when there is no such process.
    pub status: Option<Status>,
    pub kernel_thread: bool,
    /// Owner of its directory in procfs: root instead of its user when it is undumpable.
    pub owner: Option<u32>,
    pub tracer_name: String,
    /// `kernel.yama.ptrace_scope`, where the kernel has yama.
    pub yama: Option<u32>,
    /// This process.
    pub own: Status,
    pub relation: Option<Relation>,
    /// Processes that have this number within a container; looked for only when there is none here.
    pub inside: Vec<u32>,
}

/// What the process is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    Same,
    /// Our shell, terminal, multiplexer, login or init.
    Ancestor {
        name: String,
    },
}

impl Facts {
    /// Facts about process `pid` as process `own` sees it, from the procfs at `root`.
    #[must_use]
    pub fn gather(root: &Path, own: u32, pid: u32) -> Self {
        let directory = ProcDir::under(root, pid);
        let status = directory.status().ok().filter(|status| status.state != '\0');
        let stat = directory.stat().unwrap_or_default();
        let tracer = status.as_ref().map_or(0, |status| status.tracer);
        Self {
            pid,
            kernel_thread: stat.flags & KERNEL_THREAD != 0
                || status.as_ref().is_some_and(|status| status.kernel_thread),
            owner: fs::metadata(directory.path()).ok().map(|metadata| metadata.uid()),
            tracer_name: name(root, tracer),
            yama: fs::read_to_string(root.join("sys/kernel/yama/ptrace_scope"))
                .ok()
                .and_then(|scope| scope.trim().parse().ok()),
            own: ProcDir::under(root, own).status().unwrap_or_default(),
            relation: relation(root, own, pid),
            inside: if status.is_none() {
                inside(root, pid)
            } else {
                Vec::new()
            },
            status,
        }
    }
}

fn name(root: &Path, pid: u32) -> String {
    ProcDir::under(root, pid)
        .status()
        .map(|status| String::from_utf8_lossy(&status.name).into_owned())
        .unwrap_or_default()
}

fn relation(root: &Path, own: u32, pid: u32) -> Option<Relation> {
    if own == pid {
        return Some(Relation::Same);
    }
    let mut next = own;
    for _ in 0..MOST_ANCESTORS {
        next = ProcDir::under(root, next).status().ok()?.ppid;
        if next == 0 {
            return None;
        }
        if next == pid {
            return Some(Relation::Ancestor {
                name: name(root, pid),
            });
        }
    }
    None
}

/// Processes here whose innermost number is `pid`.
fn inside(root: &Path, pid: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(root) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|outside| {
            ProcDir::under(root, *outside)
                .status()
                .is_ok_and(|status| status.ns_pids.len() > 1 && status.ns_pids.last() == Some(&pid))
        })
        .collect()
}
