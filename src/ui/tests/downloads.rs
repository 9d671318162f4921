//! Files that servers may have: the question, the wait, and what comes.

use crate::base::{JobId, Progress, Unit};
use crate::engine::{Answer, Request};
use crate::model::{Arrival, Failure, FailureKind, SourceOrigin, Subject};
use crate::ui::effect::Effect;
use crate::ui::overlays::Overlay;
use crate::ui::testing::{Stage, source};

fn is_asking(stage: &Stage) -> bool {
    matches!(stage.state.overlays.last(), Some(Overlay::Consent(_)))
}

fn consents(stage: &Stage) -> Vec<bool> {
    let requests = stage.requests.iter();
    requests
        .filter_map(|request| match request {
            Request::Consent(yes) => Some(*yes),
            _ => None,
        })
        .collect()
}

fn footer(stage: &Stage) -> String {
    stage.screen().lines().last().unwrap_or_default().to_owned()
}

/// Agreed to, and the download's job.
fn fetching(width: u16, height: u16) -> (Stage, JobId) {
    let mut stage = Stage::offering(width, height);
    stage.keys("y");
    assert_eq!(consents(&stage), [true]);
    let job = stage.last_job;
    (stage, job)
}

fn arrival(reopen: bool) -> Answer {
    Answer::SymbolsArrived(Box::new(Arrival {
        came: vec!["debug information of /srv/orders/orders from symbols.example".into()],
        failed: Vec::new(),
        reopen,
    }))
}

#[test]
fn screens() {
    for (width, height) in [(80, 24), (120, 40)] {
        let asking = Stage::offering(width, height);
        insta::assert_snapshot!(format!("consent_{width}x{height}"), asking.screen());
    }
}

#[test]
fn nothing_is_asked_where_no_server_may_be_asked() {
    assert!(!is_asking(&Stage::new(100, 30)));
}

#[test]
fn only_a_clear_answer_counts_and_it_is_asked_once() {
    let mut stage = Stage::offering(100, 30);
    stage.keys("j Enter x Tab");
    assert!(is_asking(&stage) && consents(&stage).is_empty());
    stage.keys("n");
    assert!(!is_asking(&stage));
    assert_eq!(consents(&stage), [false]);
    let missing = Failure::new(FailureKind::NotFound, "no such source");
    stage.answers = false;
    stage.keys("G");
    let job = stage.last_job;
    stage.hear(job, Answer::Failed(missing));
    stage.settle();
    assert!(!is_asking(&stage), "remembered for the session");
}

#[test]
fn escape_is_a_no() {
    let mut stage = Stage::offering(100, 30);
    stage.keys("Esc");
    assert_eq!(consents(&stage), [false]);
}

#[test]
fn the_question_waits_for_what_is_being_typed() {
    let mut stage = Stage::unanswered(100, 30);
    let spec = crate::model::OpenSpec::Demo;
    let effects = stage.state.start(crate::ui::app::Start::Open(spec));
    let Some(Effect::Send(open)) = effects.into_iter().next() else {
        panic!("nothing was opened");
    };
    stage.answers = true;
    stage.keys(": 'y'");
    let opened = Stage::offering(100, 30).state.session;
    let session = opened.ready().cloned().expect("a session");
    stage.hear(open.job, Answer::Opened(session));
    assert!(!is_asking(&stage));
    stage.keys("'y'");
    assert!(consents(&stage).is_empty());
    stage.keys("Esc");
    assert!(is_asking(&stage));
}

#[test]
fn a_download_shows_how_far_it_is_and_can_be_cancelled() {
    let (mut stage, job) = fetching(120, 30);
    let progress = Progress {
        phase: "downloading debug information from symbols.example".into(),
        done: 3 << 20,
        total: Some(12 << 20),
        unit: Unit::Bytes,
    };
    stage.hear(job, Answer::Progress(progress));
    let shown = footer(&stage);
    for part in ["symbols.example", "3.00 MiB of 12.0 MiB", "Ctrl-c cancels"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    stage.keys("Ctrl-c");
    let cancels = |effect: &Effect| matches!(effect, Effect::Cancel(_));
    assert!(stage.effects.iter().any(cancels));
    stage.hear(job, Answer::Dropped);
    assert!(footer(&stage).contains("was cancelled"), "{}", footer(&stage));
}

#[test]
fn what_comes_is_used_and_the_selection_stays() {
    let (mut stage, job) = fetching(120, 30);
    stage.keys("Up Up");
    let (subject, before) = (stage.state.stack.subject, stage.requests.len());
    assert!(matches!(subject, Some(Subject::Goroutine(_))));
    stage.hear(job, arrival(false));
    assert!(
        footer(&stage).contains("fetched debug information"),
        "{}",
        footer(&stage)
    );
    stage.settle();
    let asked = &stage.requests[before..];
    for request in [Request::Session, Request::Report, Request::Goroutines] {
        assert!(asked.contains(&request), "{request:?}: {asked:?}");
    }
    assert!(
        asked
            .iter()
            .any(|request| matches!(request, Request::Scope { .. }))
    );
    assert!(!asked.iter().any(|request| matches!(request, Request::Open(_))));
    assert_eq!(stage.state.stack.subject, subject);
    assert!(
        stage
            .state
            .session
            .ready()
            .is_some_and(|session| session.has_debug_info)
    );
}

#[test]
fn code_that_comes_opens_the_core_again() {
    let (mut stage, job) = fetching(120, 30);
    let before = stage.requests.len();
    stage.hear(job, arrival(true));
    let opens = |request: &Request| matches!(request, Request::Open(_));
    assert_eq!(
        stage.requests[before..]
            .iter()
            .filter(|request| opens(request))
            .count(),
        1
    );
    stage.settle();
    assert!(!is_asking(&stage));
    assert_eq!(consents(&stage), [true], "the same file is not asked for twice");
}

#[test]
fn what_did_not_come_is_told_with_the_reason() {
    let (mut stage, job) = fetching(120, 30);
    let arrival = Arrival {
        failed: vec!["debug information of /srv/orders/orders: no server has it".into()],
        ..Arrival::default()
    };
    stage.hear(job, Answer::SymbolsArrived(Box::new(arrival)));
    assert!(footer(&stage).contains("no server has it"), "{}", footer(&stage));
}

#[test]
fn a_source_on_its_way_says_so_until_it_is_here() {
    let (mut stage, _) = fetching(120, 30);
    stage.answers = false;
    stage.state.turn_source(Some("/far/away.go".into()), Some(1));
    for effect in stage.state.take_effects() {
        if let Effect::Send(command) = effect {
            stage.last_job = command.job;
        }
    }
    let job = stage.last_job;
    stage.hear(job, Answer::Begun);
    stage.settle();
    let screen = stage.screen();
    assert!(screen.contains("asking the servers for it"), "{screen}");
    let mut text = source();
    text.file = "/far/away.go".into();
    text.origin = SourceOrigin::Server("symbols.example".into());
    stage.hear(job, Answer::Source(text));
    assert!(
        !stage.screen().contains("asking the servers"),
        "{}",
        stage.screen()
    );
    assert!(stage.screen().contains("package main"), "{}", stage.screen());
}
