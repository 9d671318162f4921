//! Stopping and letting go.

use nix::sys::signal::Signal;

use tinydbg_tui::target::live::Tracer;

use crate::service::{Service, eventually, field, program, rounds, state};

#[test]
fn stopping_and_letting_go_is_not_noticed() {
    let Some(mut service) = Service::start(&[("CLIENTS", 4), ("READERS", 4)]) else {
        return;
    };
    let mut tracer = service.tracer();
    for _ in 0..rounds(50) {
        let world = tracer.stop().expect("it can be stopped");
        assert!(world.threads.len() > 5 && world.stuck.is_empty(), "{world:?}");
        assert!(world.threads.iter().all(|thread| thread.general.len() == 27));
        assert!(tracer.release().expect("it can go on") > 0);
    }
    drop(tracer);
    service.assert_unharmed();
}

#[test]
fn threads_that_come_and_go_are_all_caught() {
    let Some(mut service) = Service::start(&[("CHURN", 8), ("CLIENTS", 1)]) else {
        return;
    };
    let mut tracer = service.tracer();
    for _ in 0..rounds(50) {
        let world = tracer.stop().expect("it can be stopped");
        let born = std::fs::read_dir(format!("/proc/{}/task", service.pid())).map(Iterator::count);
        assert_eq!(born.ok(), Some(world.threads.len()));
        tracer.release().expect("it can go on");
        // The thread that the copy is made with may end before the copy does.
        tracer.snapshot().expect("nothing speaks against it");
        std::thread::sleep(std::time::Duration::from_millis(2));
        tracer.end_snapshot().expect("it can be removed");
    }
    drop(tracer);
    assert!(service.noticed().born > 50);
    service.assert_unharmed();
}

#[test]
fn a_process_that_was_stopped_before_stays_so() {
    let Some(mut service) = Service::start(&[("READERS", 1)]) else {
        return;
    };
    service.signal(Signal::SIGSTOP);
    eventually("stopped", || state(service.pid()) == 'T');
    for _ in 0..20 {
        let mut tracer = service.tracer();
        let world = tracer.stop().expect("it can be stopped");
        assert!(world.threads.iter().all(|thread| thread.was_stopped));
        tracer.release().expect("it can be let go");
        drop(tracer);
        eventually("stopped again", || state(service.pid()) == 'T');
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(state(service.pid()), 'T');
    service.signal(Signal::SIGCONT);
    eventually("running", || state(service.pid()) != 'T');
    assert_eq!(service.noticed().wrong, 0);
}

#[test]
fn signals_sent_while_it_is_held_arrive_once() {
    let Some(mut service) = Service::start(&[("CLIENTS", 2)]) else {
        return;
    };
    let mut tracer = service.tracer();
    let sent = 20;
    for _ in 0..sent {
        tracer.stop().expect("it can be stopped");
        service.signal(Signal::SIGUSR1);
        tracer.release().expect("it can go on");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    drop(tracer);
    assert_eq!(service.noticed().pokes, sent);
    service.assert_unharmed();
}

#[test]
fn the_end_of_a_held_process_is_reported() {
    let Some(service) = Service::start(&[("CLIENTS", 1)]) else {
        return;
    };
    let mut tracer = service.tracer();
    tracer.stop().expect("it can be stopped");
    assert!(!tracer.has_ended());
    service.signal(Signal::SIGKILL);
    eventually("its end", || tracer.has_ended());
    let how = format!("{:?}", tracer.ending());
    assert!(how.contains("number: 9"), "{how}");
    assert!(tracer.stop().is_err());
    tracer.release().expect("nothing is left to do");
}

/// Stopping asks for the very program that was attached to; a shell that calls exec is another.
#[test]
fn another_program_in_the_same_process_is_refused_until_it_is_accepted() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new("bash")
        .args(["-c", "read line; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("bash starts");
    let mut tracer = Tracer::start(program(), child.id()).expect("it can be traced");
    tracer.stop().expect("it can be stopped");
    tracer.release().expect("it can go on");
    let mut orders = child.stdin.take().expect("it is piped");
    orders.write_all(b"go\n").expect("it listens");
    eventually("cat", || field(child.id(), "Name") == "cat");
    let failure = tracer.stop().expect_err("it is another program");
    assert!(failure.to_string().contains("replaced its program"), "{failure}");
    assert_eq!(field(child.id(), "TracerPid"), "0");
    tracer.accept_program().expect("it answers");
    tracer.stop().expect("it can be stopped");
    drop(tracer);
    drop(orders);
    assert!(child.wait().expect("it is our child").success());
}

#[test]
fn what_cannot_be_attached_to_is_refused_with_its_cause() {
    use std::process::Command;
    let refused = |pid: u32| {
        let refused = Tracer::start(program(), pid).and_then(|mut tracer| tracer.stop());
        refused.expect_err("it is refused").to_string()
    };
    assert!(refused(std::process::id()).contains("this very program"));
    let mut child = Command::new("sleep").arg("60").spawn().expect("sleep starts");
    let mut first = Tracer::start(program(), child.id()).expect("it can be traced");
    first.stop().expect("it can be stopped");
    let second = refused(child.id());
    assert!(
        second.contains(&format!("process {} ", first.tracer_pid())),
        "{second}"
    );
    drop(first);
    child.kill().expect("it lives");
    eventually("a zombie", || state(child.id()) == 'Z');
    let zombie = refused(child.id());
    assert!(zombie.contains("zombie"), "{zombie}");
    child.wait().expect("it is our child");
    let gone = refused(child.id());
    assert!(gone.contains("there is no process"), "{gone}");
}
