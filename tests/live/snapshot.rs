//! Frozen copies.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;

use nix::sys::signal::Signal;
use tinydbg_tui::target::live::{NoSnapshot, Tracer};

use crate::service::{Service, children, eventually, program, rounds, state};

const BUSY: &[(&str, u32)] = &[
    ("HEAP_MB", 32),
    ("CLIENTS", 4),
    ("READERS", 4),
    ("WRITERS", 2),
    ("THREADS", 10),
];

fn heap_of(pid: u32, (start, length): (u64, usize)) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let memory = File::open(format!("/proc/{pid}/mem")).expect("readable");
    memory.read_exact_at(&mut bytes, start).expect("mapped");
    bytes
}

#[test]
fn a_copy_stands_still_while_the_service_goes_on_unharmed() {
    let Some(mut service) = Service::start(BUSY) else {
        return;
    };
    let mut tracer = service.tracer();
    for round in 0..rounds(50) {
        let snapshot = tracer.snapshot().expect("nothing speaks against it");
        assert!(snapshot.world.threads.len() > 10 && snapshot.pause_ns > 0);
        assert_eq!(state(snapshot.pid), 't');
        assert_ne!(state(service.pid()), 't');
        if round % 10 == 0 {
            let first = heap_of(snapshot.pid, service.heap);
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(first == heap_of(snapshot.pid, service.heap), "the copy changed");
            assert!(
                first != heap_of(service.pid(), service.heap),
                "the service did nothing"
            );
        }
        tracer.end_snapshot().expect("it can be removed");
        assert_eq!(children(service.pid()), Vec::<u32>::new());
    }
    drop(tracer);
    service.assert_unharmed();
}

#[test]
fn a_held_service_is_held_after_its_copy_was_made_and_ended() {
    let Some(mut service) = Service::start(BUSY) else {
        return;
    };
    let mut tracer = service.tracer();
    for _ in 0..20 {
        let before = tracer.stop().expect("it can be stopped");
        let snapshot = tracer.snapshot().expect("nothing speaks against it");
        assert_eq!(snapshot.world.threads, before.threads);
        assert_eq!(
            heap_of(snapshot.pid, service.heap),
            heap_of(service.pid(), service.heap)
        );
        assert!(matches!(tracer.snapshot(), Err(NoSnapshot::Exists)));
        tracer.end_snapshot().expect("it can be removed");
        let after = tracer.stop().expect("it is stopped");
        assert_eq!(before.threads, after.threads);
        tracer.release().expect("it can go on");
    }
    drop(tracer);
    service.assert_unharmed();
}

#[test]
fn the_copy_of_a_dead_service_can_still_be_read() {
    let Some(service) = Service::start(BUSY) else {
        return;
    };
    let mut tracer = service.tracer();
    let snapshot = tracer.snapshot().expect("nothing speaks against it");
    service.signal(Signal::SIGKILL);
    eventually("its end", || tracer.has_ended());
    assert_eq!(heap_of(snapshot.pid, service.heap).len(), service.heap.1);
    tracer.end_snapshot().expect("it can be removed");
    eventually("no copy", || !matches!(state(snapshot.pid), 't' | 'S' | 'R'));
}

#[test]
fn dropping_the_tracer_removes_the_copy() {
    let Some(mut service) = Service::start(BUSY) else {
        return;
    };
    let mut tracer = service.tracer();
    let snapshot = tracer.snapshot().expect("nothing speaks against it");
    drop(tracer);
    assert_eq!(state(snapshot.pid), ' ');
    service.assert_unharmed();
}

#[test]
fn a_stopped_service_is_not_copied_and_stays_stopped() {
    let Some(service) = Service::start(&[("READERS", 1)]) else {
        return;
    };
    service.signal(Signal::SIGSTOP);
    eventually("stopped", || state(service.pid()) == 'T');
    let mut tracer = service.tracer();
    assert!(matches!(tracer.snapshot(), Err(NoSnapshot::Stopped)));
    eventually("stopped again", || state(service.pid()) == 'T');
}

#[test]
fn a_connection_closed_during_a_copy_is_closed_at_once() {
    use std::process::{Command, Stdio};
    // A process that closes its end of a pipe when told to.
    let mut child = Command::new("bash")
        .args(["-c", "read line; exec 1>&-; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash starts");
    let mut tracer = Tracer::start(program(), child.id()).expect("it can be traced");
    tracer.snapshot().expect("nothing speaks against it");
    let mut orders = child.stdin.take().expect("it is piped");
    orders.write_all(b"close\n").expect("it listens");
    let mut rest = Vec::new();
    let mut output = child.stdout.take().expect("it is piped");
    output.read_to_end(&mut rest).expect("the end of it is seen");
    drop(tracer);
    orders.write_all(b"end\n").expect("it listens");
    assert!(child.wait().expect("it is our child").success());
}

#[test]
fn a_service_under_seccomp_is_not_copied_and_not_harmed() {
    let Some(mut service) = Service::start(&[("SECCOMP", 1), ("CLIENTS", 2)]) else {
        return;
    };
    let mut tracer = service.tracer();
    assert!(matches!(tracer.snapshot(), Err(NoSnapshot::Seccomp { .. })));
    tracer.stop().expect("it can be stopped");
    tracer.release().expect("it can go on");
    drop(tracer);
    service.assert_unharmed();
}

/// The others are stopped without it, and it is let go when it comes back.
#[test]
fn a_thread_that_waits_for_a_vfork_child_is_listed_as_stuck() {
    let Some(mut service) = Service::start(&[("VFORK_MS", 3000), ("READERS", 1)]) else {
        return;
    };
    let mut tracer = service.tracer();
    let world = tracer.stop().expect("the others can be stopped");
    let [stuck] = &world.stuck[..] else {
        unreachable!("{:?}", world.stuck);
    };
    assert!(stuck.syscall.starts_with(b"56 "), "{stuck:?}");
    tracer.release().expect("they can go on");
    assert!(matches!(
        tracer.snapshot(),
        Err(NoSnapshot::Uninterruptible { .. })
    ));
    eventually("the child's end", || children(service.pid()).is_empty());
    let world = tracer.stop().expect("it can be stopped");
    assert!(world.stuck.is_empty(), "{:?}", world.stuck);
    tracer.release().expect("it can go on");
    eventually("all is let go", || {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", service.pid())).expect("it lives");
        tasks.flatten().all(|task| {
            let tid = task.file_name().to_string_lossy().parse().expect("a number");
            matches!(&*crate::service::field(tid, "TracerPid"), "0" | "")
        })
    });
    drop(tracer);
    service.assert_unharmed();
}
