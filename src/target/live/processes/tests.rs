//! A procfs made of files, and this machine's own.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// A machine of three processes: 50 is ours, 40 our shell, 1 is init.
struct Fake(tempfile::TempDir);

impl Fake {
    fn new() -> Self {
        let fake = Self(tempfile::tempdir().expect("a directory"));
        fake.file("uptime", "1000.50 1.00\n");
        fake.file(
            "passwd",
            "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\nann:x:9:9::/:\nbad\n",
        );
        fake.process(1, "init", "PPid:\t0\nUid:\t0\t0\t0\t0\n");
        fake.process(40, "bash", "PPid:\t1\nUid:\t9\t9\t9\t9\n");
        fake.process(50, "tinydbg-tui", "PPid:\t40\nUid:\t9\t9\t9\t9\n");
        fake
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("has a parent")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    fn process(&self, pid: u32, name: &str, more: &str) {
        let status = format!(
            "Name:\t{name}\nState:\tS (sleeping)\nTgid:\t{pid}\nThreads:\t3\nVmRSS:\t 2048 kB\n{more}"
        );
        self.file(&format!("{pid}/status"), &status);
        let start = 100_050 - 90 * 100;
        let stat = format!("{pid} ({name}) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 {start} 0 0");
        self.file(&format!("{pid}/stat"), &stat);
        self.file(
            &format!("{pid}/cmdline"),
            &format!("/usr/bin/{name}\0-v\0two words\0"),
        );
    }

    fn machine(&self) -> Machine {
        Machine {
            proc: self.0.path().to_owned(),
            passwd: self.0.path().join("passwd"),
            own: 50,
        }
    }

    fn rows(&self) -> Vec<ProcessRow> {
        list(
            &self.machine(),
            &Limits::default(),
            &CancelToken::new(),
            &mut |_| (),
        )
        .expect("it can be listed")
    }

    fn row(&self, pid: u32) -> ProcessRow {
        let mut rows = self.rows().into_iter();
        rows.find(|row| row.pid == pid).expect("it is there")
    }
}

#[test]
fn a_row_says_what_a_process_is() {
    let fake = Fake::new();
    fake.process(60, "orders", "PPid:\t1\nUid:\t9\t9\t9\t9\n");
    fake.file("60/cgroup", "0::/system.slice/orders.service\n");
    let row = fake.row(60);
    assert_eq!(
        (row.name.as_str(), row.uid, row.user.as_deref()),
        ("orders", 9, Some("ann"))
    );
    assert_eq!(row.command, "/usr/bin/orders -v two words");
    assert_eq!(
        (row.threads, row.resident_bytes, row.age_s),
        (3, 2 << 20, Some(90))
    );
    assert_eq!(row.container.as_deref(), Some("orders.service"));
    assert_eq!((row.exe, row.go_version), (None, None));
}

#[test]
fn what_cannot_be_attached_to_says_why_and_what_helps() {
    let fake = Fake::new();
    fake.process(60, "orders", "PPid:\t1\nUid:\t7\t7\t7\t7\n");
    fake.process(61, "done", "PPid:\t1\nUid:\t9\t9\t9\t9\nState:\tZ (zombie)\n");
    fake.process(62, "traced", "PPid:\t1\nUid:\t9\t9\t9\t9\nTracerPid:\t61\n");
    let refusal = |pid| fake.row(pid).refusal.unwrap_or_default();
    assert_eq!(refusal(50), "it is this very program");
    assert!(refusal(40).contains("runs inside it (bash)"), "{}", refusal(40));
    assert!(refusal(1).contains("runs inside it (init)"), "{}", refusal(1));
    assert!(refusal(60).contains("belongs to user 7"), "{}", refusal(60));
    assert!(refusal(61).contains("zombie"), "{}", refusal(61));
    assert!(refusal(62).contains("process 61 (done)"), "{}", refusal(62));
    assert!(fake.row(60).fix.expect("there is one").contains("sudo"));
}

#[test]
fn kernel_threads_and_vanished_processes_are_left_out() {
    let fake = Fake::new();
    fake.process(2, "kthreadd", "Kthread:\t1\n");
    fake.process(3, "old-kernel", "");
    fake.file(
        "3/stat",
        "3 (old-kernel) S 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0",
    );
    fs::create_dir(fake.0.path().join("70")).expect("writable");
    let pids: Vec<u32> = fake.rows().iter().map(|row| row.pid).collect();
    assert_eq!(pids, [1, 40, 50]);
}

#[test]
fn long_names_are_completed_from_the_executable() {
    let fake = Fake::new();
    fake.process(60, "a-very-long-nam", "PPid:\t1\n");
    symlink(
        "/srv/a-very-long-name-of-a-service (deleted)",
        fake.0.path().join("60/exe"),
    )
    .expect("writable");
    assert_eq!(fake.row(60).name, "a-very-long-name-of-a-service");
    let arguments = [b"/x/exactly-fifteen-and-more".to_vec()];
    assert_eq!(
        full_name(b"exactly-fifteen", None, &arguments),
        "exactly-fifteen-and-more"
    );
    assert_eq!(
        full_name(b"worker: of nginx", None, &arguments),
        "worker: of nginx"
    );
    assert_eq!(full_name(b"short", None, &arguments), "short");
}

#[test]
fn rows_are_handed_over_in_slices_and_a_cancelled_list_ends() {
    let fake = Fake::new();
    for pid in 100..300 {
        fake.process(pid, "worker", "PPid:\t1\n");
    }
    let (machine, limits) = (fake.machine(), Limits::default());
    let mut slices = Vec::new();
    let all = list(&machine, &limits, &CancelToken::new(), &mut |rows| {
        slices.push(rows);
    })
    .expect("it can be listed");
    assert_eq!(all.len(), 203);
    assert!(slices.len() >= 3 && slices.iter().all(|slice| !slice.is_empty()));
    let together: Vec<ProcessRow> = slices.concat();
    assert_eq!(together, all[..together.len()]);
    let cancelled = CancelToken::new();
    cancelled.cancel();
    let failure = list(&machine, &limits, &cancelled, &mut |_| ()).expect_err("it was cancelled");
    assert_eq!(failure.kind, FailureKind::Cancelled);
}

#[test]
fn a_machine_without_procfs_says_so() {
    let nowhere = Machine {
        proc: PathBuf::from("/nonexistent"),
        ..Machine::here()
    };
    let failure =
        list(&nowhere, &Limits::default(), &CancelToken::new(), &mut |_| ()).expect_err("there is none");
    assert!(failure.message.contains("/nonexistent"), "{failure}");
}

#[test]
fn this_very_process_is_listed_and_is_no_go_program() {
    let rows = list(
        &Machine::here(),
        &Limits::default(),
        &CancelToken::new(),
        &mut |_| (),
    )
    .expect("procfs");
    let row = rows
        .iter()
        .find(|row| row.pid == std::process::id())
        .expect("we run");
    assert_eq!(row.go_version, None);
    assert!(row.exe.is_some() && row.threads > 0 && row.resident_bytes > 0);
    assert!(
        row.refusal
            .as_ref()
            .expect("it is us")
            .contains("this very program")
    );
}
