//! The debugger dies without a word: the target goes on.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tinydbg_tui::target::live::Tracer;

use crate::service::{Service, children, eventually, field, program, rounds, state};

const TARGET: &str = "TINYDBG_TEST_NEAR_END_OF";

/// Not a test by itself: the debugger of the others, in a process of its own.
#[test]
fn near_end() {
    let Ok(pid) = std::env::var(TARGET) else {
        return;
    };
    let pid = pid.parse().expect("a number");
    loop {
        let mut tracer = Tracer::start(program(), pid).expect("it can be traced");
        for _ in 0..3 {
            tracer.stop().expect("it can be stopped");
            tracer.release().expect("it can go on");
            if tracer.snapshot().is_ok() {
                std::thread::sleep(Duration::from_millis(3));
                tracer.end_snapshot().expect("it can be removed");
            }
        }
    }
}

fn start_near_end(pid: u32, linger: &str) -> Child {
    Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "killed::near_end", "--nocapture"])
        .env(TARGET, pid.to_string())
        .env("TINYDBG_TRACER_LINGER", linger)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// The children of a process that are tracers.
fn tracers(pid: u32) -> Vec<u32> {
    children(pid)
        .into_iter()
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| line.split(|byte| *byte == 0).nth(1) == Some(b"__tracer"))
        })
        .collect()
}

fn assert_free(service: &mut Service, when: &str) {
    let pid = service.pid();
    eventually(&format!("{when}: no copy"), || children(pid).is_empty());
    eventually(&format!("{when}: all threads run, untraced"), || {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
        tasks.flatten().all(|task| {
            let tid = task.file_name().to_string_lossy().parse().expect("a number");
            !matches!(state(tid), 't' | 'T') && matches!(&*field(tid, "TracerPid"), "0" | "")
        })
    });
    eventually(&format!("{when}: no tracer"), || field(pid, "TracerPid") == "0");
}

#[test]
fn a_debugger_killed_at_any_moment_leaves_the_service_unharmed() {
    let Some(mut service) = Service::start(&[
        ("HEAP_MB", 64),
        ("CLIENTS", 4),
        ("READERS", 4),
        ("WRITERS", 1),
        ("THREADS", 10),
    ]) else {
        return;
    };
    let mut random = 12345_u64;
    for round in 0..rounds(30) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut near = start_near_end(service.pid(), "");
        std::thread::sleep(Duration::from_micros(5000 + (random >> 33) % 60_000));
        near.kill().expect("it lives");
        near.wait().expect("it is our child");
        assert_free(&mut service, &format!("round {round}"));
    }
    service.assert_unharmed();
}

/// Each moment that is hard to hit by chance.
#[test]
fn a_debugger_killed_in_mid_injection_leaves_the_service_unharmed() {
    let Some(mut service) = Service::start(&[("CLIENTS", 2), ("READERS", 2)]) else {
        return;
    };
    for moment in [
        "seized",
        "stopped",
        "registers-changed",
        "child-made",
        "child-guarded",
        "call-made",
        "restored",
        "snapshot-made",
        "copy-ended",
    ] {
        let mut near = start_near_end(service.pid(), &format!("{moment}:300"));
        eventually("a tracer", || !tracers(near.id()).is_empty());
        std::thread::sleep(Duration::from_millis(150));
        near.kill().expect("it lives");
        near.wait().expect("it is our child");
        assert_free(&mut service, moment);
    }
    service.assert_unharmed();
}

/// Nobody kills tracers; should it happen all the same, nothing stays stopped, no copy runs, and
/// the service survives.
#[test]
fn a_killed_tracer_leaves_the_service_running() {
    let Some(mut service) = Service::start(&[("CLIENTS", 2), ("THREADS", 4)]) else {
        return;
    };
    let mut random = 99_u64;
    for round in 0..rounds(20) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut near = start_near_end(service.pid(), "");
        let mut found = Vec::new();
        eventually("a tracer", || {
            found = tracers(near.id());
            !found.is_empty()
        });
        std::thread::sleep(Duration::from_micros((random >> 33) % 30_000));
        for tracer in found {
            let _ = kill(Pid::from_raw(tracer.cast_signed()), Signal::SIGKILL);
        }
        near.kill().expect("it lives or has failed");
        near.wait().expect("it is our child");
        let pid = service.pid();
        eventually("no tracer", || field(pid, "TracerPid") == "0");
        eventually("it runs", || !matches!(state(pid), 't' | 'T'));
        for copy in children(pid) {
            eventually("the copy is dead", || matches!(state(copy), 'Z' | ' '));
        }
        assert_eq!(service.noticed().wrong, 0, "round {round}");
    }
}

/// A copy of a gigabyte takes tens of milliseconds to make: long enough to be hit.
#[test]
#[ignore = "needs 2 GB of memory"]
fn a_debugger_killed_while_a_gigabyte_is_copied_leaves_the_service_unharmed() {
    let Some(mut service) = Service::start(&[("HEAP_MB", 1024), ("CLIENTS", 2), ("WRITERS", 1)]) else {
        return;
    };
    for round in 0..rounds(30) {
        let mut near = start_near_end(service.pid(), "");
        std::thread::sleep(Duration::from_millis(20 + (round as u64 * 37) % 200));
        near.kill().expect("it lives");
        near.wait().expect("it is our child");
        assert_free(&mut service, &format!("round {round}"));
    }
    service.assert_unharmed();
}
