//! Keys and clicks, and what they lead to.

use crate::base::{Epoch, GoId, JobId};
use crate::engine::{Answer, Event, Request};
use crate::model::{FrameId, Subject};
use crate::ui::effect::Effect;
use crate::ui::input::{Input, Mouse, MouseAction};
use crate::ui::place::{Pane, Tab};
use crate::ui::testing::Stage;

fn stage(keys: &str) -> Stage {
    let mut stage = Stage::new(80, 24);
    stage.keys(keys);
    stage
}

fn subject(id: u64) -> Option<Subject> {
    Some(Subject::Goroutine(GoId(id)))
}

#[test]
fn it_opens_on_the_crash() {
    let stage = stage("");
    assert_eq!(stage.state.stack.subject, subject(35));
    assert_eq!(stage.state.stack.selected, 3);
    assert_eq!(stage.state.source.current_line, Some(27));
    assert!(stage.screen().contains("nil pointer") || stage.screen().contains("invalid memory"));
}

#[test]
fn moving_in_goroutines_takes_stack_source_and_variables_along() {
    let stage = stage("Down");
    assert_eq!(stage.state.stack.subject, subject(1));
    let frame = FrameId {
        subject: Subject::Goroutine(GoId(1)),
        index: 0,
    };
    assert!(stage.requests.contains(&Request::Scope { frame }));
    assert!(stage.requests.contains(&Request::Registers { frame }));
}

#[test]
fn only_the_newest_selection_is_asked_for_while_the_cursor_runs() {
    let mut stage = stage("");
    let before = stage.requests.len();
    stage.keys("Down Down Down Down Down Down");
    let asked: Vec<_> = stage.requests[before..]
        .iter()
        .filter_map(|request| match request {
            Request::Stack { subject, .. } => Some(*subject),
            _ => None,
        })
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked.last().copied(), stage.state.stack.subject);
}

#[test]
fn a_filter_narrows_while_typing_and_esc_takes_it_back() {
    let mut stage = stage("/ 'process'");
    assert_eq!(stage.state.goroutines.rows.len(), 1);
    stage.keys("Enter");
    assert_eq!(stage.state.goroutines.filter_text, "process");
    stage.keys("Esc");
    assert_eq!(stage.state.goroutines.rows.len(), 10);
}

#[test]
fn esc_never_quits_and_q_does() {
    let mut stage = stage("Esc Esc Esc Esc");
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    stage.keys("q");
    assert!(stage.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn history_goes_back_and_forward() {
    let mut stage = stage("Down Down H");
    assert_eq!(stage.state.stack.subject, subject(1));
    stage.keys("H");
    assert_eq!(
        (stage.state.stack.subject, stage.state.stack.selected),
        (subject(35), 3)
    );
    stage.keys("L");
    assert_eq!(stage.state.stack.subject, subject(1));
}

#[test]
fn commands_are_those_of_the_headless_mode() {
    let mut stage = stage(": 'gr_20' Enter");
    assert_eq!(stage.state.stack.subject, subject(20));
    stage.keys(": 'frame_99' Enter");
    assert!(
        stage
            .state
            .messages
            .log()
            .last()
            .unwrap()
            .text
            .contains("no frame 99")
    );
    stage.keys(": 'memmap' Enter");
    assert_eq!(
        (stage.state.focus, stage.state.details.tab),
        (Pane::Details, Tab::Map)
    );
    stage.keys(": 'gorutines' Enter");
    assert!(
        stage
            .state
            .messages
            .log()
            .last()
            .unwrap()
            .text
            .contains("goroutines")
    );
    stage.keys(": 'theme_light' Enter");
    assert!(
        stage
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Theme(name) if name == "light"))
    );
}

#[test]
fn live_actions_say_what_they_need() {
    let stage = stage("F5");
    assert!(
        stage
            .state
            .messages
            .log()
            .last()
            .unwrap()
            .text
            .contains("needs a live process")
    );
}

#[test]
fn folds_open_and_close() {
    let mut stage = stage("2 gg");
    assert_eq!(stage.state.stack.rows(), 5);
    stage.keys("Right");
    assert_eq!(stage.state.stack.rows(), 7);
    stage.keys("Left");
    assert_eq!(stage.state.stack.rows(), 5);
}

#[test]
fn copying_a_stack_gives_a_traceback() {
    let stage = stage("ys");
    let text = stage.effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let text = text.unwrap();
    assert!(text.starts_with("goroutine 35 [running]:\n"), "{text}");
    assert!(text.contains("main.process(...)\n\t/srv"), "{text}");
}

#[test]
fn the_editor_opens_at_the_frames_line() {
    let stage = stage("2 e");
    let found = stage
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::OpenEditor { line: 27, .. }));
    assert!(found, "{:?}", stage.effects);
}

#[test]
fn a_click_selects_and_the_wheel_scrolls_what_is_below_it() {
    let mut stage = stage("");
    let click = |column, row| {
        Input::Mouse(Mouse {
            column,
            row,
            action: MouseAction::Click,
        })
    };
    stage.input(click(5, 3));
    stage.settle();
    assert_eq!(stage.state.stack.subject, subject(1));
    let top = stage.state.source.scroll.offset;
    stage.input(Input::Mouse(Mouse {
        column: 60,
        row: 5,
        action: MouseAction::WheelDown,
    }));
    assert_eq!(stage.state.focus, Pane::Goroutines);
    assert_ne!(stage.state.source.scroll.offset, top);
    let args = stage
        .screen()
        .lines()
        .position(|line| line.contains("· Args ·"))
        .unwrap();
    let column = stage
        .screen()
        .lines()
        .nth(args)
        .unwrap()
        .chars()
        .take_while(|c| *c != 'A')
        .count();
    stage.input(click(
        u16::try_from(column).unwrap(),
        u16::try_from(args).unwrap(),
    ));
    assert_eq!(stage.state.variables.tab, Tab::Args);
}

#[test]
fn answers_of_an_older_stop_are_dropped() {
    let mut stage = stage("");
    stage.state.epoch = Epoch(5);
    let total = stage.state.goroutines.total();
    stage.input(Input::Engine(Box::new(Event {
        job: JobId(9999),
        epoch: Epoch(4),
        answer: Answer::Goroutines(std::sync::Arc::default()),
    })));
    assert_eq!(stage.state.goroutines.total(), total);
}

#[test]
fn nothing_from_the_target_reaches_the_screen_unescaped() {
    for keys in ["c", "Space p G", "c End"] {
        let screen = stage(keys).screen();
        assert!(!screen.chars().any(|c| c.is_control() && c != '\n'));
    }
    assert!(stage("c").screen().contains("\\x1b[31mevil"));
}

#[test]
fn resizing_keeps_the_selection_in_sight() {
    let mut stage = stage("Down Down Down Down Down");
    let selected = stage.state.goroutines.selected;
    for (width, height) in [(40, 12), (10, 3), (200, 60), (0, 0), (80, 24)] {
        stage.input(Input::Resize(width, height));
    }
    assert_eq!(stage.state.goroutines.selected, selected);
    let id = selected.unwrap().to_string();
    assert!(
        stage
            .screen()
            .lines()
            .any(|line| line.contains('▌') && line.contains(&id))
    );
}

#[test]
fn the_keys_of_a_tiny_screen_only_leave() {
    let mut stage = Stage::new(30, 8);
    stage.keys("Down : q");
    assert!(stage.state.overlays.is_empty());
    assert!(stage.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    assert!(stage.screen().contains("40x12"));
}

#[test]
fn looking_for_the_end_of_a_stack_is_not_pushed_out_by_the_next_page() {
    let mut stage = stage("2");
    stage.state.stack.end = Some(crate::model::StackEnd::Limit);
    let before = stage.requests.len();
    stage.keys("G");
    let asked: Vec<_> = stage.requests[before..]
        .iter()
        .filter_map(|request| match request {
            Request::Stack { count, .. } => Some(*count),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [1]);
}
