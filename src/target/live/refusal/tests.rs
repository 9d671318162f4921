use std::fs;

use super::*;

const EPERM: i32 = 1;

/// A procfs where we are process 50 of user 1000, started by shell 40 of terminal 30, and process 7
/// is ours to trace.
struct Procfs(tempfile::TempDir);

impl Procfs {
    fn new() -> Self {
        let procfs = Self(tempfile::tempdir().expect("a directory"));
        procfs
            .status(50, "Name:\ttinydbg-tui\nPPid:\t40")
            .status(40, "Name:\tbash\nPPid:\t30")
            .status(30, "Name:\ttmux: server\nPPid:\t0")
            .status(7, "Name:\tserver\nPPid:\t1")
            .status(60, "Name:\tdlv\nPPid:\t1");
        procfs
    }

    /// Later lines win over earlier ones.
    fn status(&self, pid: u32, lines: &str) -> &Self {
        let usual = format!(
            "State:\tS (sleeping)\nTgid:\t{pid}\nUid:\t1000\t1000\t1000\t1000\nGid:\t5\t5\t5\t5\nCapEff:\t0\n{lines}\n"
        );
        self.file(&format!("{pid}/status"), &usual)
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("has a parent")).expect("writable");
        fs::write(path, text).expect("writable");
        self
    }

    fn facts(&self, pid: u32) -> Facts {
        let mut facts = Facts::gather(self.0.path(), 50, pid);
        // Whoever runs the test owns the files.
        facts.owner = Some(1000);
        facts
    }

    #[track_caller]
    fn assert_refused(&self, pid: u32, cause: &str, hint: &str) {
        let facts = self.facts(pid);
        let failure = facts.refusal().expect("it is refused").failure(pid, &facts);
        assert!(failure.to_string().contains(cause), "{failure}");
        assert!(
            failure.hints.iter().any(|line| line.contains(hint)),
            "{failure:?}"
        );
    }
}

#[test]
fn a_process_of_the_same_user_may_be_traced() {
    assert_eq!(Procfs::new().facts(7).refusal(), None);
}

#[test]
fn what_cannot_be_traced_at_all_is_told_apart() {
    let procfs = Procfs::new();
    procfs.assert_refused(8, "there is no process 8", "tinydbg-tui attach");
    procfs
        .status(9, "NSpid:\t9\t8")
        .assert_refused(8, "there is no process 8", "is process 9 here");
    procfs
        .status(7, "Tgid:\t6")
        .assert_refused(7, "7 is a thread of process 6", "attach 6");
    procfs.status(7, "State:\tZ (zombie)\nPPid:\t12").assert_refused(
        7,
        "zombie: its parent, process 12,",
        "cores",
    );
    procfs
        .status(7, "Kthread:\t1")
        .assert_refused(7, "thread of the kernel", "no program");
    procfs
        .status(7, "")
        .file(
            "7/stat",
            "7 (kworker) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 57 0 0",
        )
        .assert_refused(7, "thread of the kernel", "no program");
    procfs.assert_refused(50, "this very program", "second");
    procfs.assert_refused(40, "(bash)", "another terminal");
    procfs.assert_refused(30, "(tmux: server)", "another terminal");
    Procfs::new().status(7, "TracerPid:\t60").assert_refused(
        7,
        "process 60 (dlv) traces it already",
        "end dlv",
    );
}

#[test]
fn missing_rights_are_named_with_what_gives_them() {
    let procfs = Procfs::new();
    for (lines, cause) in [
        ("Uid:\t0\t0\t0\t0", "it belongs to user 0, and you are user 1000"),
        ("Uid:\t1000\t0\t0\t0", "set-uid or set-gid: users 1000, 0 and 0"),
        ("Gid:\t5\t0\t0\t0", "set-uid or set-gid"),
        ("CapEff:\t400", "capabilities that you do not have (0x400)"),
    ] {
        procfs
            .status(7, lines)
            .assert_refused(7, cause, "sudo setcap cap_sys_ptrace");
    }
    let mut facts = Procfs::new().facts(7);
    facts.owner = Some(0);
    assert_eq!(facts.refusal(), Some(Refusal::Undumpable));
}

#[test]
fn the_capability_overrules_all_but_yama_3() {
    let procfs = Procfs::new();
    procfs
        .status(50, "Name:\ttinydbg-tui\nPPid:\t40\nCapEff:\t80000")
        .status(7, "Uid:\t0\t0\t0\t0\nCapEff:\tffffffff");
    assert_eq!(procfs.facts(7).refusal(), None);
    procfs.file("sys/kernel/yama/ptrace_scope", "2\n");
    assert_eq!(procfs.facts(7).refusal(), None);
    procfs
        .file("sys/kernel/yama/ptrace_scope", "3\n")
        .assert_refused(7, "ptrace_scope is 3", "restart");
}

#[test]
fn yama_is_named_with_its_scope() {
    let procfs = Procfs::new();
    procfs.file("sys/kernel/yama/ptrace_scope", "0\n");
    assert_eq!(procfs.facts(7).refusal(), None);
    for scope in ["1", "2"] {
        procfs.file("sys/kernel/yama/ptrace_scope", scope).assert_refused(
            7,
            &format!("ptrace_scope is {scope}"),
            "sudo sysctl",
        );
    }
}

#[test]
fn a_refusal_without_known_reason_names_what_is_left() {
    let procfs = Procfs::new();
    assert_eq!(procfs.facts(7).explain(EPERM), Refusal::Unknown { errno: EPERM });
    procfs.status(50, "PPid:\t40\nSeccomp:\t2");
    let facts = procfs.facts(7);
    let failure = facts.explain(EPERM).failure(7, &facts);
    assert!(
        failure.to_string().contains("EPERM: Operation not permitted"),
        "{failure}"
    );
    assert!(failure.hints[0].contains("--cap-add=SYS_PTRACE"));
}
