//! Whatever is pressed, clicked, answered or resized: no panic, and every cell in its place.

use proptest::prelude::*;

use crate::base::{Epoch, JobId};
use crate::engine::{Answer, Event, Request};
use crate::model::{Failure, FailureKind, OpenSpec, Subject};
use crate::ui::input::{Input, Mouse, MouseAction};
use crate::ui::key::parse_sequence;
use crate::ui::testing::{Stage, answer};

const KEYS: &[&str] = &[
    "Up",
    "Down",
    "Left",
    "Right",
    "PgUp",
    "PgDn",
    "Ctrl-u",
    "Ctrl-d",
    "g",
    "G",
    "Enter",
    "Esc",
    "Tab",
    "Shift-Tab",
    "1",
    "2",
    "3",
    "4",
    "5",
    "[",
    "]",
    "z",
    "<",
    ">",
    "/",
    "n",
    "N",
    ".",
    "c",
    "v",
    "e",
    "u",
    "s",
    "t",
    "T",
    "o",
    "y",
    "?",
    ":",
    "Ctrl-p",
    "Ctrl-c",
    "Ctrl-l",
    "H",
    "L",
    "Space",
    "a",
    "!",
    "w",
    "Backspace",
    "F5",
    "Home",
    "End",
    "x",
    "m",
    "i",
    "S",
    "f",
    "-",
    "p",
    "'",
    "ga",
    "gt",
    "yv",
    "yj",
];

#[derive(Clone, Debug)]
enum Step {
    Key(usize),
    Click(u16, u16),
    Wheel(u16, u16, bool),
    Resize(u16, u16),
    Paste(String),
    Wait,
    /// An answer to something that may never have been asked.
    Answer(u64, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..KEYS.len()).prop_map(Step::Key),
        2 => (0_u16..220, 0_u16..70).prop_map(|(x, y)| Step::Click(x, y)),
        1 => (0_u16..220, 0_u16..70, any::<bool>()).prop_map(|(x, y, up)| Step::Wheel(x, y, up)),
        1 => (0_u16..220, 0_u16..70).prop_map(|(x, y)| Step::Resize(x, y)),
        1 => "\\PC{0,12}".prop_map(Step::Paste),
        2 => Just(Step::Wait),
        1 => (0_u64..60, 0_u8..10).prop_map(|(job, kind)| Step::Answer(job, kind)),
    ];
    proptest::collection::vec(step, 0..60)
}

fn wild_answer(kind: u8) -> Answer {
    let value = Box::new(crate::ui::testing::locals().remove(0));
    match kind {
        6 => Answer::Evaluated(value),
        7 => Answer::Watched {
            frame: None,
            values: vec![Ok(*value)],
        },
        8 => answer(&Request::Memory {
            addr: crate::base::Addr(u64::MAX - 0x1000),
            len: 9000,
            overlay: None,
        }),
        9 => answer(&Request::Disassemble {
            place: crate::model::CodePlace::At(crate::base::Addr(0x47_9000)),
            syntax: crate::model::AsmSyntax::Go,
        }),
        0 => Answer::Failed(Failure::new(FailureKind::Internal, "no\u{1b}[1m luck")),
        1 => Answer::Dropped,
        2 => Answer::Goroutines(std::sync::Arc::default()),
        3 => answer(&Request::Stack {
            subject: Subject::Thread(crate::base::Tid(4242)),
            from: 3,
            count: 9,
        }),
        4 => Answer::Crashed(Failure::new(FailureKind::Internal, "gone")),
        _ => answer(&Request::Report),
    }
}

fn take(stage: &mut Stage, step: Step) {
    let mouse = |column, row, action| Input::Mouse(Mouse { column, row, action });
    match step {
        Step::Key(at) => {
            for key in parse_sequence(KEYS[at]).unwrap() {
                stage.input(Input::Key(key));
            }
        }
        Step::Click(x, y) => stage.input(mouse(x, y, MouseAction::Click)),
        Step::Wheel(x, y, true) => stage.input(mouse(x, y, MouseAction::WheelUp)),
        Step::Wheel(x, y, false) => stage.input(mouse(x, y, MouseAction::WheelDown)),
        Step::Resize(width, height) => stage.input(Input::Resize(width, height)),
        Step::Paste(text) => stage.input(Input::Paste(text)),
        Step::Wait => stage.settle(),
        Step::Answer(job, kind) => stage.input(Input::Engine(Box::new(Event {
            job: JobId(job),
            epoch: Epoch(1),
            answer: wild_answer(kind),
        }))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_panics_and_nothing_escapes(width in 0_u16..220, height in 0_u16..70, answers: bool, steps in steps()) {
        let mut stage = if answers {
            Stage::new(width, height)
        } else {
            let mut stage = Stage::unanswered(width, height);
            let _ = stage.state.start(crate::ui::Start::Open(OpenSpec::Demo));
            stage
        };
        for step in steps {
            take(&mut stage, step);
            let buffer = stage.buffer();
            let clean = buffer.content().iter().all(|cell| !cell.symbol().chars().any(char::is_control));
            prop_assert!(clean);
        }
    }
}
