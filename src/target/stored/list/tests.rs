use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::model::StoredCore;

const BOOT: &str = "0123456789abcdef0123456789abcdef";

/// A directory as systemd's, and a journalctl that prints `lines` and complains.
struct Machine {
    directory: tempfile::TempDir,
    storage: Storage,
}

impl Machine {
    fn new(journalctl: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (tool, cores) = (
            directory.path().join("journalctl"),
            directory.path().join("cores"),
        );
        fs::create_dir(&cores).unwrap();
        fs::write(directory.path().join("passwd"), "root:x:0:0::/:\nsvc:x:7:7::/:\n").unwrap();
        fs::write(&tool, format!("#!/bin/sh\n{journalctl}\n")).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let storage = Storage {
            directory: cores,
            journalctl: tool,
            journal_args: Vec::new(),
            passwd: directory.path().join("passwd"),
        };
        Self { directory, storage }
    }

    fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.storage.directory.join(name);
        fs::write(&path, contents).unwrap();
        path
    }

    fn list(&self, query: &CoreQuery) -> StoredCores {
        list(&self.storage, query, &Limits::default(), &CancelToken::new()).unwrap()
    }
}

fn stored_name(name: &str, pid: u32, second: u64) -> String {
    format!("core.{name}.7.{BOOT}.{pid}.{second}000000.zst")
}

fn pids(cores: &StoredCores) -> Vec<Option<u32>> {
    cores.cores.iter().map(|core: &StoredCore| core.pid).collect()
}

#[test]
fn the_journal_and_the_files_are_one_list_newest_first() {
    let machine = Machine::new("cat \"$(dirname \"$0\")/journal\"; echo 'Hint: you see not all' >&2");
    let kept = machine.file(&stored_name("orders", 11, 1000), b"x");
    machine.file(&stored_name("billing", 12, 3000), b"xyz");
    machine.file("unrelated", b"x");
    let entry = |pid: u32, second: u64, more: &str| {
        format!(
            "{{\"COREDUMP_PID\":\"{pid}\",\"COREDUMP_TIMESTAMP\":\"{second}000000\",\"COREDUMP_COMM\":\"orders\"{more}}}\n"
        )
    };
    let lines = [
        entry(
            11,
            1000,
            &format!(
                ",\"COREDUMP_SIGNAL\":\"11\",\"COREDUMP_UID\":\"7\",\"COREDUMP_EXE\":\"/srv/orders\",\"COREDUMP_FILENAME\":\"{}\"",
                kept.display()
            ),
        ),
        entry(13, 2000, ",\"COREDUMP_FILENAME\":\"/nowhere/core.gone.zst\""),
        entry(14, 4000, ",\"COREDUMP\":null"),
        entry(15, 500, ""),
    ];
    fs::write(machine.directory.path().join("journal"), lines.concat()).unwrap();
    let cores = machine.list(&CoreQuery::default());
    assert_eq!(pids(&cores), [Some(14), Some(12), Some(13), Some(11), Some(15)]);
    let states: Vec<StoredState> = cores.cores.iter().map(|core| core.state).collect();
    use StoredState::{Journal, Missing, None, Present};
    assert_eq!(states, [Journal, Present, Missing, Present, None]);
    assert_eq!(cores.unseen, ["journalctl: Hint: you see not all"]);
    let orders = &cores.cores[3];
    assert_eq!(orders.user.as_deref(), Some("svc"));
    assert_eq!(orders.signal_name.as_deref(), Some("SIGSEGV"));
    assert_eq!(orders.time.as_deref(), Some("1970-01-01T00:16:40Z"));
    assert_eq!(orders.bytes, Some(1));
    assert_eq!(cores.cores[1].name.as_deref(), Some("billing"));

    let wanted = |wanted: &str| {
        let wanted = Some(wanted.to_owned());
        pids(&machine.list(&CoreQuery {
            wanted,
            ..CoreQuery::default()
        }))
    };
    assert_eq!(wanted("12"), [Some(12)]);
    assert_eq!(wanted("/srv/orders"), [Some(11)]);
    assert_eq!(wanted("billing"), [Some(12)]);
    assert_eq!(wanted("bill"), []);
    let newest = machine.list(&CoreQuery {
        most: Some(1),
        ..CoreQuery::default()
    });
    assert_eq!((pids(&newest), newest.total), (vec![Some(14)], 5));
}

#[test]
fn what_is_not_there_is_said() {
    let mut machine = Machine::new("exit 1");
    machine.storage.directory = PathBuf::from("/no/such/place");
    machine.storage.journalctl = PathBuf::from("/no/such/journalctl");
    let cores = machine.list(&CoreQuery::default());
    assert!(cores.cores.is_empty());
    assert!(
        cores.unseen[0].contains("there is no /no/such/place"),
        "{cores:?}"
    );
    assert!(cores.unseen[1].contains("no journalctl"), "{cores:?}");
    let directory = Some(PathBuf::from("/no/such/place"));
    let query = CoreQuery {
        directory,
        ..CoreQuery::default()
    };
    let failure = list(&machine.storage, &query, &Limits::default(), &CancelToken::new()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::File);
}

#[test]
fn attributes_say_what_the_name_does_not() {
    let machine = Machine::new("true");
    let path = machine.file(&stored_name("orders", 11, 1000), b"not to be unpacked");
    for (name, value) in [("exe", "/srv/orders"), ("signal", "6"), ("gid", "9")] {
        if xattr::set(&path, format!("user.coredump.{name}"), value.as_bytes()).is_err() {
            return;
        }
    }
    let cores = machine.list(&CoreQuery::default());
    let core = &cores.cores[0];
    assert_eq!(core.exe.as_deref(), Some("/srv/orders"));
    assert_eq!((core.signal, core.gid, core.uid), (Some(6), Some(9), Some(7)));
}

#[test]
fn cores_of_a_plain_directory_are_known_by_what_they_hold() {
    let machine = Machine::new("true");
    let packed = include_bytes!("../../../../assets/demo/orders.core.zst");
    machine.file("whatever.zst", packed);
    let plain = zstd::decode_all(packed.as_slice()).unwrap();
    machine.file("core.77", &plain);
    machine.file("core.78", &plain[..plain.len() / 2]);
    machine.file("notes.txt", b"no core");
    std::os::unix::fs::symlink("core.77", machine.storage.directory.join("link")).unwrap();
    let query = CoreQuery {
        directory: Some(machine.storage.directory.clone()),
        ..CoreQuery::default()
    };
    let cores = machine.list(&query);
    assert_eq!(cores.cores.len(), 3, "{cores:?}");
    for core in &cores.cores {
        let cut = core.file.as_deref().unwrap().ends_with("core.78");
        assert_eq!(core.state == StoredState::Truncated, cut, "{core:?}");
        assert_eq!(core.name.as_deref(), Some("orders"));
        assert!(
            core.signal.is_some() && core.pid.is_some() && core.exe.is_some(),
            "{core:?}"
        );
    }
}
