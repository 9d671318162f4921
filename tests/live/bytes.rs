//! Not a byte of the target is changed.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::FileExt;

use nix::sys::signal::Signal;

use crate::service::{Service, eventually, rounds, state};

/// Address, permissions and digest of each mapping that `wanted` takes and that can be read.
fn digests(pid: u32, wanted: impl Fn(&str) -> bool) -> Vec<(u64, String, u64)> {
    let memory = File::open(format!("/proc/{pid}/mem")).expect("readable");
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("readable");
    let mut found = Vec::new();
    for line in maps
        .lines()
        .filter(|line| !line.contains("[vvar") && wanted(line))
    {
        let mut words = line.split([' ', '-']);
        let mut address =
            || u64::from_str_radix(words.next().expect("two of them"), 16).expect("hexadecimal");
        let (start, end) = (address(), address());
        let permissions = words.next().expect("they follow").to_owned();
        let mut bytes = vec![0; usize::try_from(end - start).expect("64 bits")];
        if permissions.starts_with('r') && memory.read_exact_at(&mut bytes, start).is_ok() {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            found.push((start, permissions, hasher.finish()));
        }
    }
    found
}

#[test]
fn stopping_and_letting_go_changes_no_byte_of_a_process_that_stands_still() {
    let Some(service) = Service::start(&[("HEAP_MB", 4), ("CLIENTS", 2), ("READERS", 2)]) else {
        return;
    };
    service.signal(Signal::SIGSTOP);
    eventually("stopped", || state(service.pid()) == 'T');
    // The stop is seen before the last thread has reached it.
    std::thread::sleep(std::time::Duration::from_millis(100));
    let before = digests(service.pid(), |_| true);
    assert!(before.len() > 5);
    let mut tracer = service.tracer();
    for _ in 0..20 {
        tracer.stop().expect("it can be stopped");
        tracer.release().expect("it can be let go");
    }
    drop(tracer);
    eventually("stopped again", || state(service.pid()) == 'T');
    assert_eq!(before, digests(service.pid(), |_| true));
}

#[test]
fn stops_and_copies_change_no_code_or_constants_of_a_running_service() {
    let Some(mut service) = Service::start(&[("CLIENTS", 2), ("READERS", 2)]) else {
        return;
    };
    let fixed = |line: &str| line.contains(" r-") && line.contains("/service");
    let before = digests(service.pid(), fixed);
    assert!(before.len() >= 2, "{before:?}");
    let mut tracer = service.tracer();
    for _ in 0..rounds(20) {
        tracer.stop().expect("it can be stopped");
        tracer.release().expect("it can go on");
        tracer.snapshot().expect("nothing speaks against it");
        tracer.end_snapshot().expect("it can be removed");
    }
    drop(tracer);
    assert_eq!(before, digests(service.pid(), fixed));
    service.assert_unharmed();
}
