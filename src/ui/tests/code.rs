//! Instructions: beside the source, alone and mixed; jumps followed and back.

use crate::engine::Request;
use crate::model::{AsmSyntax, CodePlace};
use crate::ui::effect::Effect;
use crate::ui::panes::code::CodeMode;
use crate::ui::place::Pane;
use crate::ui::testing::Stage;

fn stage(keys: &str) -> Stage {
    let mut stage = Stage::new(120, 40);
    stage.keys(keys);
    stage
}

fn asked(stage: &Stage) -> Vec<CodePlace> {
    let places = stage.requests.iter().filter_map(|request| match request {
        Request::Disassemble { place, .. } => Some(place.clone()),
        _ => None,
    });
    places.collect()
}

fn cursor(stage: &Stage) -> u64 {
    stage.state.code.cursor_addr().unwrap().0
}

#[test]
fn screens() {
    for (name, (width, height), keys) in [
        ("80x24", (80, 24), "i"),
        ("120x40", (120, 40), "i"),
        ("200x60", (200, 60), ""),
        ("200x60_mixed", (200, 60), "i i i"),
        ("mixed", (120, 40), "i i"),
        ("40x12", (40, 12), "i"),
        ("searched", (100, 30), "i / 'jle' Enter"),
        ("followed", (100, 30), "i / 'call' Enter Enter"),
        ("failed", (100, 30), ": 'disass_nowhere' Enter"),
    ] {
        let mut stage = Stage::new(width, height);
        stage.keys(keys);
        insta::assert_snapshot!(format!("code_{name}"), stage.screen());
    }
}

#[test]
fn i_goes_round_and_the_cursor_stays_on_its_instruction() {
    let mut stage = stage("");
    assert!(asked(&stage).is_empty(), "what is not in sight is not asked for");
    stage.keys("i");
    assert_eq!(
        (stage.state.focus, stage.state.code.mode),
        (Pane::Source, CodeMode::Disassembly)
    );
    assert_eq!(cursor(&stage), 0x47_1000 + 17 * 4);
    stage.keys("Down Down i");
    assert_eq!(stage.state.code.mode, CodeMode::Mixed);
    assert_eq!(cursor(&stage), 0x47_1000 + 19 * 4);
    stage.keys("i");
    assert_eq!(stage.state.code.mode, CodeMode::Usual);
    assert_eq!(asked(&stage).len(), 1);
}

#[test]
fn wide_screens_show_both_and_i_may_hide_the_instructions() {
    let mut stage = Stage::new(200, 60);
    assert_eq!(asked(&stage).len(), 1);
    assert!(stage.screen().contains("=>"));
    stage.keys("i");
    assert_eq!(stage.state.code.mode, CodeMode::Source);
    assert!(!stage.screen().contains("=>"));
    stage.keys("i i i");
    assert_eq!(stage.state.code.mode, CodeMode::Usual);
}

#[test]
fn jumps_and_calls_are_followed_and_back_returns() {
    let mut stage = stage("i gg Down Down Enter");
    assert_eq!(cursor(&stage), 0x47_1000 + 12 * 4);
    stage.keys("Esc");
    assert_eq!(cursor(&stage), 0x47_1000 + 2 * 4);
    stage.keys("Down Down Down Down Enter");
    assert_eq!(
        asked(&stage).last(),
        Some(&CodePlace::At(crate::base::Addr(0x47_2000)))
    );
    assert!(stage.screen().contains("main.other"));
    stage.keys("-");
    assert_eq!(cursor(&stage), 0x47_1000 + 6 * 4);
    stage.keys("L");
    assert_eq!(cursor(&stage), 0x47_2000);
    stage.keys(".");
    assert_eq!(cursor(&stage), 0x47_1000 + 17 * 4);
}

#[test]
fn another_frame_takes_the_code_along() {
    let mut stage = stage("i gg Down Down Down Down Down Down Enter 2 Down");
    let frames = asked(&stage)
        .iter()
        .filter(|place| matches!(place, CodePlace::Frame(_)))
        .count();
    assert_eq!(frames, 2);
    assert!(stage.screen().contains("main.process"));
    stage.keys("3 Esc");
    assert_eq!(
        stage.state.focus,
        Pane::Stack,
        "nothing to go back to in the code"
    );
}

#[test]
fn the_syntax_changes_and_the_cursor_stays() {
    let mut stage = stage("i gg Down Down Down S");
    assert_eq!(stage.state.code.syntax, AsmSyntax::Gnu);
    assert!(stage.screen().contains("%rsp"));
    assert_eq!(cursor(&stage), 0x47_1000 + 3 * 4);
    stage.keys("S");
    assert!(stage.screen().contains("0x8(SP), AX"));
}

#[test]
fn instructions_are_searched_copied_and_edited() {
    let mut stage = stage("i / 'jmp' Enter");
    assert_eq!(cursor(&stage), 0x47_1000 + 20 * 4);
    stage.keys("yy");
    let copied = |stage: &Stage| {
        stage.effects.iter().rev().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text.clone()),
            _ => None,
        })
    };
    assert_eq!(copied(&stage).unwrap(), "0x471050  jmp 0x471028");
    stage.keys("ya");
    assert_eq!(copied(&stage).unwrap(), "0x471050");
    stage.keys("e");
    let edits = |effect: &Effect| matches!(effect, Effect::OpenEditor { line: 28, .. });
    assert!(stage.effects.iter().any(edits));
}

#[test]
fn huge_functions_cost_what_is_seen() {
    let mut stage = stage("i gg / 'call' Enter n Enter");
    assert_eq!(
        asked(&stage).last(),
        Some(&CodePlace::At(crate::base::Addr(0x47_2000)))
    );
    stage.keys("- .  Down Down Enter");
    assert_eq!(stage.state.code.len(), 20_001);
    stage.keys("G");
    assert!(stage.screen().contains("+12 more"));
}

#[test]
fn marks_are_found_again() {
    let mut stage = stage("m Down m '");
    assert!(
        stage.screen().contains("goroutine 35  frame 3"),
        "{}",
        stage.screen()
    );
    stage.keys("a");
    assert_eq!(stage.state.goroutines.selected, Some(crate::base::GoId(35)));
    stage.keys("' b");
    assert_eq!(stage.state.goroutines.selected, Some(crate::base::GoId(1)));
}

#[test]
fn beside_the_source_the_frame_s_row_has_the_colour_of_the_current_line() {
    let stage = Stage::new(200, 60);
    let buffer = stage.buffer();
    let mut rows = 0..buffer.area.height;
    let is_sign = |x: u16, y: u16| buffer[(x, y)].symbol() == "=" && buffer[(x + 1, y)].symbol() == ">";
    let row = rows
        .rfind(|y| (0..buffer.area.width - 1).any(|x| is_sign(x, *y)))
        .expect("the row of the frame");
    let at = (0..buffer.area.width)
        .find(|x| buffer[(*x, row)].symbol() == "=")
        .expect("its sign");
    let current = stage.theme.style(crate::ui::theme::Scope::CurrentLine).bg;
    for x in [at, at + 60] {
        assert_eq!(Some(buffer[(x, row)].bg), current, "column {x} of row {row}");
    }
}
