//! A live process on the screen: stopping, running on, dumping, its end.

use crate::base::JobId;
use crate::engine::{Answer, Request};
use crate::model::{DumpMethod, DumpProgress, DumpSummary, RunState, Subject};
use crate::ui::effect::Effect;
use crate::ui::testing::Stage;

fn quits(stage: &Stage) -> bool {
    stage.effects.iter().any(|effect| matches!(effect, Effect::Quit))
}

fn header(stage: &Stage) -> String {
    stage.screen().lines().next().unwrap_or_default().to_owned()
}

fn footer(stage: &Stage) -> String {
    stage.screen().lines().last().unwrap_or_default().to_owned()
}

/// A dump that is under way, and its job.
fn dumping(width: u16, height: u16) -> (Stage, JobId) {
    let mut stage = Stage::live(width, height);
    stage.keys("D");
    let asked = stage
        .requests
        .iter()
        .rev()
        .find(|request| matches!(request, Request::Dump(_)));
    assert!(asked.is_some(), "{:?}", stage.requests);
    let job = stage.last_job;
    let progress = DumpProgress {
        phase: "copying memory".into(),
        threads: (12, 12),
        bytes: (412 << 20, 1 << 30),
        holes: 96 << 20,
        bytes_per_second: 1300 << 20,
        eta_ms: Some(480),
        held: false,
    };
    stage.hear(job, Answer::DumpProgress(progress));
    (stage, job)
}

#[test]
fn screens() {
    for (width, height) in [(80, 24), (120, 40)] {
        let held = Stage::live(width, height);
        insta::assert_snapshot!(format!("live_held_{width}x{height}"), held.screen());
        let mut running = Stage::live(width, height);
        running.keys("F5");
        insta::assert_snapshot!(format!("live_running_{width}x{height}"), running.screen());
        let (dump, _) = dumping(width, height);
        insta::assert_snapshot!(format!("live_dump_{width}x{height}"), dump.screen());
    }
}

#[test]
fn the_header_says_how_it_stands_and_for_how_long_it_is_held() {
    let mut stage = Stage::live(100, 30);
    assert!(
        header(&stage).starts_with(" LIVE  held 10s "),
        "{}",
        header(&stage)
    );
    stage.keys("F5");
    assert!(header(&stage).starts_with(" RUNNING "), "{}", header(&stage));
    assert!(!header(&stage).contains("held"), "{}", header(&stage));
}

#[test]
fn a_new_stop_asks_anew_and_keeps_the_selection() {
    let mut stage = Stage::live(100, 30);
    stage.keys("Down Down");
    let subject = stage.state.stack.subject;
    stage.keys("F5");
    let before = stage.requests.len();
    stage.keys("F6");
    let after = &stage.requests[before..];
    assert_eq!(after[0], Request::Pause);
    assert!(
        after.contains(&Request::Goroutines) && after.contains(&Request::Report),
        "{after:?}"
    );
    let again = |request: &Request| matches!(request, Request::Stack { subject: asked, .. } if Some(*asked) == subject);
    assert!(after.iter().any(again), "{after:?}");
    assert_eq!(stage.state.stack.subject, subject);
    assert_eq!(stage.state.run_state(), Some(RunState::Held));
}

#[test]
fn what_is_pointless_is_refused_with_the_way_out() {
    let mut stage = Stage::live(100, 30);
    let before = stage.requests.len();
    stage.keys("F6");
    assert_eq!(stage.requests.len(), before);
    let mut core = Stage::new(100, 30);
    let before = core.requests.len();
    core.keys("D F5 F6");
    assert_eq!(core.requests.len(), before, "a core is neither dumped nor run");
}

#[test]
fn ctrl_c_pauses_a_running_process() {
    let mut stage = Stage::live(100, 30);
    stage.keys("F5 Ctrl-c");
    assert_eq!(stage.state.run_state(), Some(RunState::Held));
}

#[test]
fn ctrl_z_never_leaves_a_process_held_behind_a_shell() {
    let mut stage = Stage::live(100, 30);
    stage.keys("Ctrl-z");
    let suspends = |stage: &Stage| {
        stage
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Suspend))
    };
    assert!(!suspends(&stage));
    stage.keys("F5 Ctrl-z");
    assert!(suspends(&stage));
}

#[test]
fn a_dump_shows_its_gauge_refuses_a_second_one_and_browsing_goes_on() {
    let (mut stage, _) = dumping(120, 40);
    let gauge = footer(&stage);
    for part in [
        "copying memory",
        "12/12 threads",
        "412 MiB of 1.00 GiB",
        "96.0 MiB holes",
        "1.27 GiB/s",
        "480ms left",
    ] {
        assert!(gauge.contains(part), "{part}: {gauge}");
    }
    let dumps = |stage: &Stage| {
        stage
            .requests
            .iter()
            .filter(|request| matches!(request, Request::Dump(_)))
            .count()
    };
    stage.keys("D");
    assert_eq!(dumps(&stage), 1);
    let before = stage.state.stack.subject;
    stage.keys("Up");
    assert_ne!(stage.state.stack.subject, before);
    assert!(matches!(stage.state.stack.subject, Some(Subject::Goroutine(_))));
}

#[test]
fn esc_cancels_a_dump_first() {
    let (mut stage, job) = dumping(100, 30);
    stage.keys("Esc");
    assert!(
        stage
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Cancel(_)))
    );
    stage.hear(job, Answer::Dropped);
    assert!(stage.state.dump_job().is_none());
    assert!(
        footer(&stage).contains("nothing of it is left"),
        "{}",
        footer(&stage)
    );
}

#[test]
fn a_finished_dump_says_where_and_how_long_the_process_stood_still() {
    let (mut stage, job) = dumping(160, 30);
    let summary = DumpSummary {
        path: "orders.4242.core".into(),
        method: DumpMethod::Snapshot,
        memory_bytes: 300 << 20,
        disk_bytes: 301 << 20,
        pause_ns: 1_400_000,
        ..DumpSummary::default()
    };
    stage.hear(job, Answer::Dumped(Box::new(summary)));
    let said = footer(&stage);
    for part in ["orders.4242.core", "300 MiB", "snapshot, paused for", "1.4ms"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn leaving_during_a_dump_asks() {
    let (mut stage, _) = dumping(100, 30);
    stage.keys("q");
    assert!(!quits(&stage));
    stage.keys("s");
    assert!(!quits(&stage));
    stage.keys("q d");
    assert!(quits(&stage));
}

#[test]
fn a_dump_outlives_the_stop_it_was_begun_in() {
    let (mut stage, job) = dumping(100, 30);
    stage.keys("F5 F6");
    assert!(stage.state.dump_job().is_some());
    stage.epoch = 1;
    stage.hear(job, Answer::Dumped(Box::default()));
    assert!(stage.state.dump_job().is_none());
}

#[test]
fn the_end_of_the_process_is_said_and_what_was_read_stays() {
    let mut stage = Stage::live(100, 30);
    stage.hear(JobId(0), Answer::Ended("killed by SIGKILL".into()));
    assert!(header(&stage).starts_with(" ENDED "), "{}", header(&stage));
    assert!(footer(&stage).contains("killed by SIGKILL"), "{}", footer(&stage));
    assert!(stage.screen().contains("main.process"));
}
