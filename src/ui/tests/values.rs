//! Values: filtered, followed, watched, printed, shown in full, copied.

use crate::engine::Request;
use crate::model::ValueForm;
use crate::ui::effect::Effect;
use crate::ui::overlays::Overlay;
use crate::ui::place::Tab;
use crate::ui::testing::Stage;

fn stage(keys: &str) -> Stage {
    let mut stage = Stage::new(100, 30);
    stage.keys(keys);
    stage
}

fn copied(stage: &Stage) -> Option<&str> {
    stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn screens() {
    for (name, keys) in [
        ("filtered", "4 Right / 'milk' Enter"),
        ("followed", "4 Right Down Down Down f"),
        (
            "watched",
            "w 'o.Next' Enter w 'o.Nxt.ID' Enter w 'm' Enter Right Down Right",
        ),
        ("watch_empty", "4 Space w"),
        ("watch_prompt", "4 w"),
        ("printed", ": 'p_o' Enter"),
        ("print_failed", ": 'p_o.Nxt.ID' Enter"),
        ("whole", "4 Down Enter"),
        ("whole_searched", "4 v / 'item_150' Enter"),
        ("type", "4 gt"),
        ("copy_menu", "4 y"),
    ] {
        insta::assert_snapshot!(format!("values_{name}"), stage(keys).screen());
    }
}

#[test]
fn a_filter_says_that_only_what_is_loaded_is_searched_and_n_goes_on() {
    let mut stage = stage("4 Right / 'e' Enter");
    assert!(stage.screen().contains("loaded values are searched"));
    let row = |stage: &Stage| stage.state.variables.branch().unwrap().scroll.selected;
    let first = row(&stage);
    stage.keys("n");
    assert_ne!(row(&stage), first);
    stage.keys("N");
    assert_eq!(row(&stage), first);
    stage.keys("Esc");
    assert_eq!(stage.state.variables.filter_text, "");
}

#[test]
fn a_followed_pointer_stands_alone_until_esc() {
    let mut stage = stage("4 f");
    assert_eq!(stage.state.variables.len(), 5);
    stage.keys("Down Down Down f");
    assert!(stage.screen().contains("o.Next"), "{}", stage.screen());
    stage.keys("Esc");
    assert_eq!(stage.state.variables.len(), 9);
    stage.keys("- -");
    assert_eq!(stage.state.variables.branch().unwrap().tree.top(), None);
    assert_eq!(stage.state.focus, crate::ui::place::Pane::Variables);
}

#[test]
fn watches_are_evaluated_anew_for_each_frame_and_stay_open() {
    let mut stage = stage("w 'o' Enter Right");
    let asked = |stage: &Stage| {
        let watch = |request: &&Request| matches!(request, Request::Watch { .. });
        stage.requests.iter().filter(watch).count()
    };
    assert_eq!((asked(&stage), stage.state.variables.tab), (1, Tab::Watch));
    assert_eq!(stage.state.variables.len(), 5);
    stage.keys("2 Down");
    assert_eq!(asked(&stage), 2);
    assert_eq!(stage.state.variables.len(), 5, "{}", stage.screen());
    stage.keys("1 Down");
    assert_eq!(asked(&stage), 3);
}

#[test]
fn a_watch_that_fails_shows_the_caret_and_leaves_the_others_alone() {
    let stage = stage("w 'o.Nxt.ID' Enter w 'total' Enter");
    let screen = stage.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines.iter().position(|line| line.contains("o.Nxt.ID")).unwrap();
    let column = |line: &str, text: &str| line.find(text).map(|at| line[..at].chars().count());
    assert_eq!(column(lines[at + 1], "^^^"), column(lines[at], "Nxt"));
    assert!(lines[at + 1].contains("has no field Nxt") && lines[at + 2].contains("12"));
}

#[test]
fn watches_are_changed_and_removed() {
    let mut stage = stage("w 'o' Enter w 'total' Enter");
    let texts = |stage: &Stage| stage.state.variables.watches.expressions().join(" ");
    assert_eq!(texts(&stage), "o total");
    stage.keys("e 'x' Enter");
    assert_eq!(texts(&stage), "o totalx");
    stage.keys("x x");
    assert_eq!(texts(&stage), "");
    stage.keys(": 'watch_o.ID' Enter");
    assert_eq!(texts(&stage), "o.ID");
    stage.keys("w Up Enter");
    assert_eq!(texts(&stage), "o.ID totalx");
}

#[test]
fn the_prompts_begin_with_the_value_under_the_cursor() {
    let mut stage = stage("4 Right Down p");
    assert!(stage.screen().contains("print o.ID"));
    stage.keys("Esc w Enter");
    assert_eq!(&*stage.state.variables.watches.expressions()[0], "o.ID");
}

#[test]
fn a_value_in_full_is_asked_for_and_its_failure_leaves_what_is_known() {
    let mut stage = stage("4 v");
    let asked = stage
        .requests
        .iter()
        .any(|request| matches!(request, Request::Whole { form: ValueForm::Go, value } if value.name == "o"));
    assert!(asked);
    assert!(stage.screen().contains("*main.Order{"), "{}", stage.screen());
    stage.keys("End");
    assert!(stage.screen().contains("+5 more"));
    stage.keys("y");
    assert!(copied(&stage).unwrap().contains("item 199"));
    stage.keys("Esc");
    stage.answers = false;
    stage.keys("v Esc");
    assert!(
        stage
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Cancel(_)))
    );
    assert!(stage.state.overlays.is_empty());
}

#[test]
fn a_type_is_shown_with_offsets_and_padding() {
    let screen = stage("4 gt").screen();
    for text in ["main.Order", "Ready bool", "7 unused", "methods (1)", "Small = 1"] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
    let screen = stage("4 Down gt").screen();
    assert!(screen.contains("no type is called int"), "{screen}");
}

#[test]
fn everything_of_a_value_can_be_copied() {
    for (keys, wanted) in [
        ("4 Right Down yn", "o.ID"),
        ("4 yt", "*main.Order"),
        ("4 yj", "{\"ID\": 1}"),
        ("4 ya", "0xc0002040"),
        ("4 Down yy", "12"),
    ] {
        assert_eq!(copied(&stage(keys)), Some(wanted), "{keys}");
    }
    assert!(copied(&stage("4 yv")).unwrap().contains("\tItems"));
}

#[test]
fn a_printed_tree_opens_and_closes() {
    let mut stage = stage(": 'p_o' Enter");
    assert!(matches!(stage.state.overlays.last(), Some(Overlay::Result(_))));
    assert!(stage.screen().contains("Items"));
    stage.keys("Down Down Down Right");
    assert!(
        stage.screen().matches("[]string").count() == 2,
        "{}",
        stage.screen()
    );
    stage.keys("w");
    assert_eq!(&*stage.state.variables.watches.expressions()[0], "o.Next");
    stage.keys(": 'print_total' Enter");
    assert!(matches!(stage.state.overlays.last(), Some(Overlay::Pager(_))));
}

#[test]
fn a_new_stop_shows_no_value_of_the_stop_before() {
    let mut stage = Stage::live(100, 30);
    stage.keys("2 Down");
    let scopes = |stage: &Stage| {
        let scope = |request: &&Request| matches!(request, Request::Scope { .. });
        stage.requests.iter().filter(scope).count()
    };
    let before = scopes(&stage);
    stage.keys("F5 F6 1");
    assert!(scopes(&stage) > before);
}
