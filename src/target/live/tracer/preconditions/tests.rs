use super::*;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("has a parent")).expect("writable");
    fs::write(path, text).expect("writable");
}

/// A healthy process 7, and one fact changed.
fn judged(name: &str, text: &str) -> Result<(), NoSnapshot> {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    write(
        root,
        "meminfo",
        "MemTotal: 9000000 kB\nMemAvailable:  4000000 kB\n",
    );
    write(root, "sys/vm/overcommit_memory", "0\n");
    write(
        root,
        "7/status",
        "Seccomp:\t0\nRssAnon:\t  1000000 kB\nVmPTE:\t 2000 kB\n",
    );
    write(root, "7/task/7/status", "Seccomp:\t0\n");
    write(root, "7/task/8/status", "Seccomp:\t0\n");
    write(root, "7/cgroup", "0::/a/b\n");
    write(root, "cg/a/pids.current", "10\n");
    write(root, "cg/a/pids.max", "max\n");
    write(root, "7/smaps", "1000-2000 rw-p 0 0:0 0 \nVmFlags: rd wr mr\n");
    write(root, name, text);
    Facts::gather(&ProcDir::under(root, 7), root, &root.join("cg")).judge()
}

#[test]
fn a_healthy_process_can_be_copied() {
    assert_eq!(judged("unrelated", ""), Ok(()));
}

#[test]
fn each_obstacle_is_named() {
    let table = [
        (
            "7/task/8/status",
            "Seccomp:\t2\n",
            "a seccomp filter watches the system calls of thread 8",
        ),
        (
            "cg/a/pids.max",
            "10\n",
            "its cgroup may have 10 processes and threads, and has 10",
        ),
        (
            "sys/vm/overcommit_memory",
            "2\n",
            "the machine does not overcommit memory",
        ),
        (
            "meminfo",
            "MemAvailable: 200000 kB\n",
            "278 MiB of memory may be needed while the copy exists, and 195 MiB are free on the machine",
        ),
        (
            "7/smaps",
            "1000-2000 rw-p 0 0:0 0 \nVmFlags: rd wr dc\n",
            "memory from 0x1000 to 0x2000 is kept from copies (MADV_DONTFORK)",
        ),
        (
            "7/smaps",
            "1000-2000 rw-p 0 0:0 0 \nVmFlags: rd wr wf\n",
            "memory from 0x1000 to 0x2000 is kept from copies (MADV_WIPEONFORK)",
        ),
    ];
    for (name, text, said) in table {
        let reason = judged(name, text).expect_err(name).to_string();
        assert!(reason.starts_with(said), "{reason}");
    }
}

#[test]
fn the_narrowest_memory_limit_counts_and_cached_files_are_no_obstacle() {
    let mut facts = Facts::default();
    let root = tempfile::tempdir().expect("a directory");
    for (group, max) in [("a", "400000000"), ("a/b", "max"), ("a/b/c", "300000000")] {
        write(root.path(), &format!("{group}/memory.current"), "290000000\n");
        write(root.path(), &format!("{group}/memory.max"), max);
    }
    write(
        root.path(),
        "a/b/c/memory.stat",
        "anon 5\ninactive_file 80000000\n",
    );
    for group in groups(b"0::/a/b/c\n", root.path()) {
        facts.add_group(&group);
    }
    assert_eq!(facts.cgroup_left_kib, Some(90_000_000 >> 10));
}

#[test]
fn what_a_copy_does_not_freeze_is_listed() {
    let mut facts = Facts::default();
    facts.add_regions(
        b"1000-2000 rw-s 0 0:1 7 /dev/shm/x\nRss: 4 kB\nVmFlags: rd wr sh\n\
          3000-4000 r--s 0 0:1 7 /dev/shm/y\nVmFlags: rd sh\n\
          5000-6000 rw-p 0 0:0 0 \nVmFlags: rd wr wf dp\n\
          7000-8000 r--p 0 0:0 0 [vvar]\nVmFlags: rd pf io dc\n",
    );
    let listed: Vec<(u64, Inexact)> = facts
        .inexact
        .iter()
        .map(|range| (range.start, range.why))
        .collect();
    assert_eq!(listed, [(0x1000, Inexact::Shared), (0x5000, Inexact::Emptied)]);
    assert_eq!(facts.judge(), Ok(()));
}
