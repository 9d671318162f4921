//! Choosing a process to attach to.

use crate::base::{Epoch, JobId};
use crate::engine::{Answer, Event, Request};
use crate::model::{Failure, FailureKind, OpenSpec, ProcessRow};
use crate::ui::effect::Effect;
use crate::ui::input::{Input, Mouse, MouseAction};
use crate::ui::overlays::{Overlay, ProcessPicker};
use crate::ui::testing::{Stage, processes};

fn stage(keys: &str) -> Stage {
    let mut stage = Stage::picking(80, 24);
    stage.keys(keys);
    stage
}

fn picker(stage: &Stage) -> &ProcessPicker {
    match stage.state.overlays.last() {
        Some(Overlay::Processes(picker)) => picker,
        other => panic!("no list of processes: {other:?}"),
    }
}

fn pids(stage: &Stage) -> Vec<u32> {
    let picker = picker(stage);
    (0..picker.len())
        .filter_map(|index| Some(picker.row(index)?.pid))
        .collect()
}

fn quits(stage: &Stage) -> bool {
    stage.effects.iter().any(|effect| matches!(effect, Effect::Quit))
}

fn attached(stage: &Stage) -> Option<u32> {
    stage.requests.iter().find_map(|request| match request {
        Request::Open(OpenSpec::Live { pid, .. }) => Some(*pid),
        _ => None,
    })
}

fn answer(stage: &mut Stage, job: u64, answer: Answer) {
    let (job, epoch) = (JobId(job), Epoch(1));
    stage.input(Input::Engine(Box::new(Event { job, epoch, answer })));
}

#[test]
fn go_programs_come_first_then_what_can_be_attached_to_then_the_larger() {
    assert_eq!(pids(&stage("")), [4242, 61, 5151, 1300, 77, 900]);
    assert_eq!(pids(&stage("Tab")), [61, 4242, 5151, 77, 1300, 900]);
    assert_eq!(pids(&stage("Tab Tab")), [61, 4242, 5151, 77, 1300, 900]);
}

#[test]
fn enter_attaches_to_the_selected_process() {
    let stage = stage("Down Enter");
    assert_eq!(attached(&stage), Some(61));
    assert!(stage.state.overlays.is_empty() && stage.state.session.ready().is_some());
}

#[test]
fn what_cannot_be_attached_to_says_why_and_stays() {
    let mut stage = Stage::picking(120, 24);
    stage.keys("Down Down");
    stage.input(Input::Key(crate::ui::key::parse_sequence("Enter").unwrap()[0]));
    assert_eq!(attached(&stage), None);
    assert!(
        stage
            .screen()
            .contains("5151 cannot be attached to: it belongs to user 0")
    );
    assert_eq!(picker(&stage).selected().map(|row| row.pid), Some(5151));
}

#[test]
fn typing_filters_by_name_number_and_container() {
    assert_eq!(pids(&stage("'cach'")), [61]);
    assert_eq!(pids(&stage("'4242'")), [4242]);
    assert_eq!(pids(&stage("'docker'")), [4242]);
    assert_eq!(pids(&stage("'ordr'")), [4242]);
    // Every command line has these letters somewhere.
    assert_eq!(pids(&stage("'usen'")), [0; 0]);
    // Letters that do something while nothing is typed are text after a slash, or later.
    assert_eq!(pids(&stage("/ 'postgres'")), [1300]);
    assert!(!quits(&stage("'bq'")));
    let stage = stage("'cach' Esc");
    assert_eq!(pids(&stage).len(), 6);
    assert!(!quits(&stage));
}

#[test]
fn esc_and_q_leave() {
    for keys in ["Esc", "q", "Ctrl-c", "'cach' Esc Esc"] {
        assert!(quits(&stage(keys)), "{keys}");
    }
}

#[test]
fn rows_appear_as_they_are_known_and_the_cursor_stays_on_its_process() {
    let mut stage = Stage::picking(80, 24);
    stage.answers = false;
    stage.keys("Down r");
    assert_eq!(picker(&stage).selected().map(|row| row.pid), Some(61));
    let asked = stage
        .requests
        .iter()
        .filter(|request| **request == Request::Processes);
    assert_eq!(asked.count(), 2);
    // A whole list stays until the new one is whole.
    answer(&mut stage, 2, Answer::SomeProcesses(processes().split_off(3)));
    assert_eq!(picker(&stage).total(), 6);
    let mut larger = processes();
    larger[0].resident_bytes = 1 << 40;
    answer(&mut stage, 2, Answer::Processes(larger.into()));
    assert_eq!((picker(&stage).list.selected, pids(&stage)[0]), (0, 61));

    let mut stage = Stage::unanswered(80, 24);
    let _ = stage.state.start(crate::ui::Start::Pick(OpenSpec::Demo));
    answer(&mut stage, 1, Answer::SomeProcesses(processes().split_off(4)));
    assert_eq!(pids(&stage), [5151, 1300]);
    answer(&mut stage, 1, Answer::SomeProcesses(processes()[..4].to_vec()));
    assert_eq!(picker(&stage).selected().map(|row| row.pid), Some(4242));
    // Rows of a list that nobody waits for any more are not taken for news.
    answer(&mut stage, 99, Answer::SomeProcesses(vec![ProcessRow::default()]));
    assert_eq!(picker(&stage).total(), 6);
}

#[test]
fn a_failed_attach_leads_back_to_the_list() {
    let mut stage = Stage::picking(80, 24);
    stage.answers = false;
    stage.keys("Enter");
    assert_eq!(attached(&stage), Some(4242));
    let failure = Failure::new(FailureKind::Permission, "cannot attach to process 4242");
    answer(&mut stage, 2, Answer::Failed(failure));
    stage.settle();
    assert!(stage.screen().contains("back to the list"), "{}", stage.screen());
    stage.answers = true;
    stage.keys("Esc");
    assert_eq!(pids(&stage).len(), 6);
    assert!(!quits(&stage));
}

#[test]
fn a_list_that_cannot_be_read_says_why() {
    let mut stage = Stage::unanswered(80, 24);
    let _ = stage.state.start(crate::ui::Start::Pick(OpenSpec::Demo));
    let failure = Failure::new(FailureKind::File, "cannot list the processes in /proc");
    answer(&mut stage, 1, Answer::Failed(failure));
    assert!(
        stage.screen().contains("cannot list the processes"),
        "{}",
        stage.screen()
    );
}

#[test]
fn a_click_selects_and_a_second_one_attaches() {
    let mut stage = stage("");
    let click = |row| {
        Input::Mouse(Mouse {
            column: 20,
            row,
            action: MouseAction::Click,
        })
    };
    // Header, frame, input, headings: the second row of the list.
    stage.input(click(5));
    assert_eq!(picker(&stage).selected().map(|row| row.pid), Some(61));
    stage.input(click(5));
    assert_eq!(attached(&stage), Some(61));
}

#[test]
fn any_size_and_any_keys_are_survived() {
    for (width, height) in [(0, 0), (1, 1), (20, 5), (40, 12), (41, 8), (300, 90)] {
        let mut stage = Stage::picking(width, height);
        stage.keys("Down PgDn End 'x' Backspace Home Up Tab Right Left F5 Alt-x r Ctrl-r Ctrl-n Ctrl-p");
        let _ = stage.screen();
        stage.input(Input::Paste("orders\n".into()));
        let _ = stage.screen();
        stage.input(Input::Mouse(Mouse {
            column: 9,
            row: 4,
            action: MouseAction::WheelDown,
        }));
        stage.input(Input::Resize(80, 24));
        let _ = stage.screen();
    }
}
