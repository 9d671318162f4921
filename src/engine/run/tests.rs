//! The loop with a fake behind it: coalescing, cancelling, panics, the pace of progress, the end.

use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::*;
use crate::base::{CancelToken, GoId, ProgressSink, Unit};
use crate::engine::EngineHandle;
use crate::model::{FrameId, GroupKey, Scope, Subject};

const WAIT: Duration = Duration::from_secs(20);

/// Holds each `Threads` request until the test lets it go; panics, fails or reports on request.
struct Fake {
    started: Sender<()>,
    gate: Receiver<()>,
}

impl Serve for Fake {
    fn epoch(&self) -> Epoch {
        Epoch(7)
    }

    fn serve(&mut self, command: &Command, progress: ProgressSink<'_>) -> Result<Answer, Failure> {
        let cancel = &command.cancel;
        match &command.request {
            Request::Threads => {
                let _ = self.started.send(());
                let _ = self.gate.recv_timeout(WAIT);
                Ok(Answer::Threads(Arc::new([])))
            }
            Request::Goroutines => {
                let _ = self.started.send(());
                while cancel.check().is_ok() {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(Failure::new(FailureKind::Cancelled, "cancelled"))
            }
            Request::Report => panic!("index 3 of 2"),
            Request::Groups { .. } => {
                for done in 0..100_000 {
                    progress(Progress {
                        phase: "walking".to_owned(),
                        done,
                        total: None,
                        unit: Unit::Items,
                    });
                }
                Ok(Answer::Images(Arc::new([])))
            }
            Request::Scope { frame } => Ok(Answer::Scope {
                frame: *frame,
                scope: Scope::default(),
            }),
            _ => Ok(Answer::Images(Arc::new([]))),
        }
    }
}

struct Bench {
    engine: EngineHandle,
    started: Receiver<()>,
    release: Sender<()>,
    jobs: u64,
}

impl Bench {
    fn new() -> Self {
        let (started, started_receiver) = unbounded();
        let (release, gate) = unbounded();
        Self {
            engine: EngineHandle::spawn_with(move |_| Fake { started, gate }).unwrap(),
            started: started_receiver,
            release,
            jobs: 0,
        }
    }

    fn send(&mut self, request: Request) -> (JobId, CancelToken) {
        self.jobs += 1;
        let cancel = CancelToken::new();
        let command = Command {
            job: JobId(self.jobs),
            request,
            cancel: cancel.clone(),
        };
        assert!(self.engine.send(command));
        (JobId(self.jobs), cancel)
    }

    fn next(&self) -> (u64, String) {
        let event = self.engine.events().recv_timeout(WAIT).unwrap();
        assert!(matches!(event.epoch, Epoch(7) | Epoch(0)));
        let text = format!("{:?}", event.answer);
        let end = text.find(['(', ' ', '{']).unwrap_or(text.len());
        (event.job.0, text[..end].to_owned())
    }
}

fn scope(index: usize) -> Request {
    Request::Scope {
        frame: FrameId {
            subject: Subject::Goroutine(GoId(1)),
            index,
        },
    }
}

fn job(number: u64, name: &str) -> (u64, String) {
    (number, name.to_owned())
}

#[test]
fn the_newest_request_of_a_slot_replaces_those_that_wait() {
    let mut bench = Bench::new();
    bench.send(Request::Threads);
    bench.started.recv_timeout(WAIT).unwrap();
    bench.send(scope(1));
    bench.send(Request::Images);
    bench.send(scope(2));
    bench.send(scope(3));
    bench.release.send(()).unwrap();
    let events: Vec<_> = (0..5).map(|_| bench.next()).collect();
    assert_eq!(
        events,
        [
            job(1, "Threads"),
            job(2, "Dropped"),
            job(4, "Dropped"),
            job(3, "Images"),
            job(5, "Scope"),
        ]
    );
}

#[test]
fn requests_without_a_slot_are_all_answered_in_order() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.send(Request::Images);
    }
    let jobs: Vec<_> = (0..5).map(|_| bench.next().0).collect();
    assert_eq!(jobs, [1, 2, 3, 4, 5]);
}

#[test]
fn a_running_request_stops_when_its_token_is_set() {
    let mut bench = Bench::new();
    let (_, cancel) = bench.send(Request::Goroutines);
    bench.started.recv_timeout(WAIT).unwrap();
    cancel.cancel();
    assert_eq!(bench.next(), job(1, "Dropped"));
}

#[test]
fn a_request_cancelled_while_it_waits_is_never_served() {
    let mut bench = Bench::new();
    bench.send(Request::Threads);
    bench.started.recv_timeout(WAIT).unwrap();
    let (_, cancel) = bench.send(Request::Report);
    cancel.cancel();
    bench.release.send(()).unwrap();
    assert_eq!(bench.next(), job(1, "Threads"));
    assert_eq!(bench.next(), job(2, "Dropped"));
}

#[test]
fn a_panic_is_an_answer_and_the_session_goes_on() {
    let mut bench = Bench::new();
    bench.send(Request::Report);
    let event = bench.engine.events().recv_timeout(WAIT).unwrap();
    let Answer::Failed(failure) = event.answer else {
        panic!("{event:?}");
    };
    assert_eq!(failure.kind, FailureKind::Internal);
    assert!(failure.causes[0].starts_with("index 3 of 2 ("), "{failure:?}");
    assert!(failure.causes[0].contains("tests.rs:"), "{failure:?}");
    bench.send(Request::Images);
    assert_eq!(bench.next(), job(2, "Images"));
}

#[test]
fn a_session_that_only_panics_is_given_up() {
    let mut bench = Bench::new();
    for _ in 0..FAULTS_IN_A_ROW {
        bench.send(Request::Report);
    }
    for number in 1..u64::from(FAULTS_IN_A_ROW) {
        assert_eq!(bench.next(), job(number, "Failed"));
    }
    assert_eq!(bench.next(), job(u64::from(FAULTS_IN_A_ROW), "Crashed"));
    assert!(bench.engine.events().recv_timeout(WAIT).is_err());
}

#[test]
fn progress_is_thinned_out() {
    let mut bench = Bench::new();
    let begin = Instant::now();
    bench.send(Request::Groups { key: GroupKey::Stack });
    let mut reports: u128 = 0;
    while bench.next().1 == "Progress" {
        reports += 1;
    }
    let most = begin.elapsed().as_millis() / PROGRESS_PACE.as_millis() + 1;
    assert!((1..=most).contains(&reports), "{reports} reports, at most {most}");
}

#[test]
fn dropping_the_handle_stops_what_runs() {
    let mut bench = Bench::new();
    bench.send(Request::Goroutines);
    bench.started.recv_timeout(WAIT).unwrap();
    let begin = Instant::now();
    drop(bench);
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[test]
fn shutdown_is_answered_with_closed() {
    let mut bench = Bench::new();
    bench.send(Request::Shutdown);
    assert_eq!(bench.next(), job(1, "Closed"));
    assert!(!bench.engine.events().iter().any(|_| true));
}
