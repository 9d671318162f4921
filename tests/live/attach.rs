//! Stopping and letting go.

use nix::sys::signal::Signal;

use crate::service::{Service, eventually, rounds, state};

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
