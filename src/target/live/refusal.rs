//! What it means to a person that a process cannot be attached to: the exact cause and the fix.
//!
//! [`Facts`] are gathered from procfs, [`Facts::refusal`] judges them: a pure function, so that
//! kernels and settings that are not at hand can be tried. The kernel has the last word, though:
//! the judgement explains its refusal, or predicts it for lists of processes.

mod facts;

pub use facts::{Facts, Relation};

use std::path::Path;

use super::problem::{Problem, errno_name};
use crate::model::{Failure, FailureKind};

const CAP_SYS_PTRACE: u64 = 1 << 19;
const SECCOMP_FILTER: u32 = 2;

/// Why a process cannot be attached to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no process {pid}")]
    NoSuchProcess { pid: u32 },
    #[error("{pid} is a thread of process {process}")]
    Thread { pid: u32, process: u32 },
    #[error("it is a thread of the kernel")]
    KernelThread,
    #[error("it has ended and is a zombie: its parent, process {parent}, has not asked for its status yet")]
    Zombie { parent: u32 },
    #[error("it is this very program")]
    Ourselves,
    #[error("this program runs inside it ({name}): stopping it would freeze your own session")]
    Ancestor { name: String },
    #[error("process {tracer} ({name}) traces it already")]
    Traced { tracer: u32, name: String },
    #[error("yama forbids tracing altogether (kernel.yama.ptrace_scope is 3)")]
    YamaNever,
    #[error(
        "yama lets only the administrator trace processes that were not started by the tracer (kernel.yama.ptrace_scope is {scope})"
    )]
    Yama { scope: u32 },
    #[error("it belongs to user {owner}, and you are user {you}")]
    OtherUser { owner: u32, you: u32 },
    #[error("it was started set-uid or set-gid: users {}, {} and {}", .uids[0], .uids[1], .uids[2])]
    SetUid { uids: [u32; 3] },
    #[error("it has made itself undumpable, or its file may be run but not read")]
    Undumpable,
    #[error("it has capabilities that you do not have (0x{missing:x})")]
    Capabilities { missing: u64 },
    #[error(
        "the kernel refuses ({}), and this program runs under a seccomp filter, as containers have: it may forbid ptrace",
        errno_name(*.errno)
    )]
    Seccomp { errno: i32 },
    #[error("the kernel refuses ({}), for a security module or a user namespace, perhaps", errno_name(*.errno))]
    Unknown { errno: i32 },
}

impl Facts {
    /// Why the kernel, or good sense, will refuse; `None` when nothing speaks against it.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let Some(status) = &self.status else {
            return Some(Refusal::NoSuchProcess { pid: self.pid });
        };
        if status.tgid != self.pid && status.tgid != 0 {
            return Some(Refusal::Thread {
                pid: self.pid,
                process: status.tgid,
            });
        }
        if self.kernel_thread {
            return Some(Refusal::KernelThread);
        }
        if matches!(status.state, 'Z' | 'X') {
            return Some(Refusal::Zombie { parent: status.ppid });
        }
        if let Some(relation) = self.relation() {
            return Some(relation);
        }
        if status.tracer != 0 {
            return Some(Refusal::Traced {
                tracer: status.tracer,
                name: self.tracer_name.clone(),
            });
        }
        self.permission()
    }

    /// The refusals of good sense, which the kernel does not make.
    fn relation(&self) -> Option<Refusal> {
        match &self.relation {
            Some(Relation::Same) => Some(Refusal::Ourselves),
            Some(Relation::Ancestor { name }) => Some(Refusal::Ancestor { name: name.clone() }),
            None => None,
        }
    }

    /// `ptrace_may_access` of the kernel, and yama's rule.
    fn permission(&self) -> Option<Refusal> {
        if self.yama == Some(3) {
            return Some(Refusal::YamaNever);
        }
        let status = self.status.as_ref()?;
        let own = &self.own;
        if own.effective_capabilities & CAP_SYS_PTRACE != 0 {
            return None;
        }
        let [you, ..] = own.uids;
        let [real, effective, saved, _] = status.uids;
        if real != you {
            return Some(Refusal::OtherUser { owner: real, you });
        }
        let [own_gid, ..] = own.gids;
        let [gid, effective_gid, saved_gid, _] = status.gids;
        if [effective, saved] != [you; 2] || [gid, effective_gid, saved_gid] != [own_gid; 3] {
            return Some(Refusal::SetUid {
                uids: [real, effective, saved],
            });
        }
        if self.owner.is_some_and(|owner| owner != effective) {
            return Some(Refusal::Undumpable);
        }
        let missing = status.effective_capabilities & !own.effective_capabilities;
        if missing != 0 {
            return Some(Refusal::Capabilities { missing });
        }
        match self.yama {
            Some(scope @ 1..) => Some(Refusal::Yama { scope }),
            _ => None,
        }
    }

    /// What the refusal of the kernel, error number `errno`, is due to.
    #[must_use]
    pub fn explain(&self, errno: i32) -> Refusal {
        match self.refusal() {
            Some(known) => known,
            None if self.own.seccomp == SECCOMP_FILTER => Refusal::Seccomp { errno },
            None => Refusal::Unknown { errno },
        }
    }
}

impl Refusal {
    #[must_use]
    pub fn failure(&self, pid: u32, facts: &Facts) -> Failure {
        let kind = match self {
            Self::NoSuchProcess { .. } | Self::Zombie { .. } => FailureKind::NotFound,
            Self::Thread { .. } | Self::Ourselves | Self::Ancestor { .. } => FailureKind::Usage,
            Self::KernelThread => FailureKind::Unsupported,
            _ => FailureKind::Permission,
        };
        let failure = Failure::new(kind, format!("cannot attach to process {pid}")).because(self);
        self.hints(facts).into_iter().fold(failure, Failure::hint)
    }

    /// What helps, one sentence each.
    #[must_use]
    pub fn hints(&self, facts: &Facts) -> Vec<String> {
        const SUDO: &str = "run it as root: sudo tinydbg-tui attach PID";
        const SETCAP: &str =
            "or give it the right once: sudo setcap cap_sys_ptrace=ep $(command -v tinydbg-tui)";
        let hints: &[&str] = match self {
            Self::NoSuchProcess { pid } => {
                return facts
                    .inside
                    .iter()
                    .map(|outside| format!("process {pid} of a container is process {outside} here"))
                    .chain(["to list the Go programs that run: tinydbg-tui attach".to_owned()])
                    .collect();
            }
            Self::Thread { process, .. } => {
                return vec![format!("to attach to its process: tinydbg-tui attach {process}")];
            }
            Self::Traced { tracer, name } => {
                return vec![format!(
                    "only one can trace a process: end {name} (process {tracer}) first"
                )];
            }
            Self::KernelThread => &["kernel threads have no program that could be looked at"],
            Self::Zombie { .. } => {
                &["nothing of it is left to look at; if it dumped core: tinydbg-tui cores"]
            }
            Self::Ourselves => &["start a second tinydbg-tui to look at the first"],
            Self::Ancestor { .. } => &["do it from another terminal, or over another connection"],
            Self::YamaNever => &["only a restart of the machine with another setting changes that"],
            Self::Yama { .. } => &[
                SUDO,
                SETCAP,
                "or allow it until the next start: sudo sysctl kernel.yama.ptrace_scope=0",
            ],
            Self::OtherUser { .. } | Self::SetUid { .. } | Self::Undumpable | Self::Capabilities { .. } => {
                &[SUDO, SETCAP]
            }
            Self::Seccomp { .. } => &[
                "in a container: start it with --cap-add=SYS_PTRACE (docker, podman)",
                "in Kubernetes: kubectl debug --profile=general, or SYS_PTRACE in securityContext.capabilities.add",
            ],
            Self::Unknown { .. } => &[
                SUDO,
                "look for refusals of SELinux or AppArmor: sudo dmesg | grep -i -e ptrace -e denied",
            ],
        };
        let pid = facts.pid.to_string();
        hints.iter().map(|hint| hint.replace("PID", &pid)).collect()
    }
}

/// Refuses to attach to ourselves, which would never come back, and to what we run in.
///
/// # Errors
/// The refusal.
pub(super) fn check_relation(pid: u32) -> Result<(), Failure> {
    let facts = Facts::gather(Path::new("/proc"), std::process::id(), pid);
    facts
        .relation()
        .map_or(Ok(()), |refusal| Err(refusal.failure(pid, &facts)))
}

/// What `problem` with process `pid` means.
#[must_use]
pub(super) fn failure(pid: u32, problem: &Problem) -> Failure {
    let facts = || Facts::gather(Path::new("/proc"), std::process::id(), pid);
    match problem {
        Problem::Refused { errno, .. } => {
            let facts = facts();
            return facts.explain(*errno).failure(pid, &facts);
        }
        // What there is to say without having been attached.
        Problem::NoSuchProcess { .. } | Problem::Ended(None) => {
            let facts = facts();
            if let Some(
                refusal @ (Refusal::NoSuchProcess { .. } | Refusal::Zombie { .. } | Refusal::Thread { .. }),
            ) = facts.refusal()
            {
                return refusal.failure(pid, &facts);
            }
        }
        _ => {}
    }
    let kind = match problem {
        Problem::NoSuchProcess { .. }
        | Problem::Ended(_)
        | Problem::OtherProcess { .. }
        | Problem::Replaced => FailureKind::NotFound,
        Problem::NotStopping { .. } => FailureKind::Unavailable,
        _ => FailureKind::Internal,
    };
    let failure = Failure::new(kind, format!("cannot trace process {pid}")).because(problem);
    match problem {
        Problem::Replaced | Problem::OtherProcess { .. } => {
            failure.hint(format!("attach again: tinydbg-tui attach {pid}"))
        }
        _ => failure,
    }
}

#[cfg(test)]
mod tests;
