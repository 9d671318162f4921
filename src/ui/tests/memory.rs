//! Memory: what is seen, gone to, followed, and asked for.

use crate::engine::Request;
use crate::ui::effect::Effect;
use crate::ui::input::{Input, Mouse, MouseAction};
use crate::ui::panes::memory::Unit;
use crate::ui::place::{Pane, Tab};
use crate::ui::testing::Stage;

fn stage(keys: &str) -> Stage {
    let mut stage = Stage::new(120, 40);
    stage.keys(keys);
    stage
}

fn asked(stage: &Stage) -> Vec<(u64, u64)> {
    let ranges = stage.requests.iter().filter_map(|request| match request {
        Request::Memory { addr, len, .. } => Some((addr.0, *len)),
        _ => None,
    });
    ranges.collect()
}

#[test]
fn screens() {
    for (name, (width, height), keys) in [
        ("80x24", (80, 24), "4 m"),
        ("120x40", (120, 40), "4 m"),
        ("200x60", (200, 60), "4 m"),
        ("200x60_zoomed", (200, 60), "4 m z"),
        ("40x12", (40, 12), "4 m"),
        ("words", (120, 40), "4 m t"),
        ("holes", (120, 40), "ga '0xc0002fe0' Enter"),
        ("unmapped_and_absent", (120, 40), "ga '0xc00037f0' Enter"),
        ("unchecked", (120, 40), "ga '0x471000' Enter"),
        ("failed", (120, 40), "ga '0xf000000000002000' Enter"),
    ] {
        let mut stage = Stage::new(width, height);
        stage.keys(keys);
        insta::assert_snapshot!(format!("memory_{name}"), stage.screen());
    }
}

#[test]
fn a_value_is_shown_where_its_data_is_and_esc_goes_back() {
    let mut stage = stage("4 m");
    assert_eq!(
        (stage.state.focus, stage.state.details.tab),
        (Pane::Details, Tab::Memory)
    );
    assert_eq!(stage.state.memory.cursor, 0xc000_2040);
    assert!(stage.screen().contains("ID int 8"), "{}", stage.screen());
    stage.keys("Esc");
    assert_eq!(stage.state.focus, Pane::Variables);
}

#[test]
fn words_are_followed_back_and_forward() {
    let mut stage = stage("ga '0xc0001008' Enter Enter");
    assert_eq!(stage.state.memory.cursor, 0xc000_2040);
    stage.keys("H");
    assert_eq!(stage.state.memory.cursor, 0xc000_1008);
    stage.keys("L");
    assert_eq!(stage.state.memory.cursor, 0xc000_2040);
    stage.keys("-");
    assert_eq!(stage.state.memory.cursor, 0xc000_1008);
    stage.keys("ga '0' Enter");
    assert!(
        stage.state.memory.cursor == 0xc000_2040,
        "an expression is asked for"
    );
    stage.keys(": 'x_-fmt_hex_-count_4_o.Nxt' Enter");
    assert!(stage.screen().contains("^^^"));
}

#[test]
fn pages_come_as_they_are_needed_and_once() {
    let mut stage = stage("ga '0xc0001000' Enter");
    let first = asked(&stage);
    assert!(
        first.contains(&(0xc000_0000, 0x2000)) || first.contains(&(0xc000_1000, 0x1000)),
        "{first:x?}"
    );
    stage.keys("Down Up Down Up");
    let before = asked(&stage).len();
    stage.keys("Down Up");
    assert_eq!(asked(&stage).len(), before);
    for _ in 0..60 {
        stage.keys("PgDn");
    }
    assert!(asked(&stage).len() > before);
    let screen = stage.screen();
    assert!(screen.contains("--") || screen.contains("00"), "{screen}");
}

#[test]
fn both_ends_of_the_address_space_are_walls() {
    let mut stage = stage("ga '0x0' Enter Up Left PgUp");
    assert_eq!(stage.state.memory.cursor, 0);
    assert!(stage.screen().contains("not mapped"));
    stage.keys("ga '0xffffffffffffffff' Enter Down Right PgDn G");
    assert_eq!(stage.state.memory.cursor, u64::MAX);
}

#[test]
fn a_click_puts_the_cursor_on_a_byte_and_the_wheel_scrolls() {
    let mut stage = stage("4 m");
    let area = stage.state.screen().inner(Pane::Details);
    let grid = stage.state.memory_grid();
    let top = stage.state.memory.window(&grid).start;
    let column = area.x + u16::try_from(grid.hex_column(3)).unwrap();
    stage.input(Input::Mouse(Mouse {
        column,
        row: area.y + 1,
        action: MouseAction::Click,
    }));
    assert_eq!(stage.state.memory.cursor, top + grid.per_row + 3);
    stage.input(Input::Mouse(Mouse {
        column,
        row: area.y + 1,
        action: MouseAction::WheelDown,
    }));
    assert_eq!(stage.state.memory.top, top + 3 * grid.per_row);
}

#[test]
fn bytes_turn_into_words_and_rows_are_copied() {
    let mut stage = stage("4 m t");
    assert_eq!(stage.state.memory.unit, Unit::Words);
    stage.keys("yy");
    let copied = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert!(copied.unwrap().starts_with("0000c0002040 0000000000000008"));
    stage.keys("ya");
    assert!(matches!(stage.effects.last(), Some(Effect::Copy(text)) if text == "0xc0002040"));
}

#[test]
fn a_register_leads_to_what_it_points_at() {
    let stage = stage("5 Down m");
    assert_eq!(stage.state.memory.cursor, 0xc000_0040);
}
