//! The screens as pictures, one per size and per thing that can lie over the panes.

use crate::ui::testing::Stage;

fn screen(width: u16, height: u16, keys: &str) -> String {
    let mut stage = Stage::new(width, height);
    stage.keys(keys);
    stage.screen()
}

#[test]
fn sizes() {
    for (width, height) in [(20, 5), (40, 12), (80, 24), (81, 46), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("size_{width}x{height}"), screen(width, height, ""));
    }
}

#[test]
fn overlays() {
    for (name, keys) in [
        ("help", "?"),
        ("help_filtered", "? 'zoom'"),
        ("palette", "Ctrl-p 'group'"),
        ("command", ": 'go'"),
        ("crash_card", "c"),
        ("sort_menu", "s"),
        ("which_key_copy", "y"),
        ("which_key_space", "Space"),
        ("filter", "/ 'wait:chan_!fn:main.main'"),
        ("inspector", "4 v"),
    ] {
        insta::assert_snapshot!(format!("overlay_{name}"), screen(80, 24, keys));
    }
}

#[test]
fn tabs_and_modes() {
    for (name, keys) in [
        ("grouped", "t Right"),
        ("all", "u"),
        ("order_open", "4 Right"),
        ("registers", "5"),
        ("threads", "Space T"),
        ("memory_map", "Space M"),
        ("process", "Space p"),
        ("zoomed_source", "3 z"),
        ("search", "3 / 'sum' Enter"),
    ] {
        insta::assert_snapshot!(format!("mode_{name}"), screen(100, 30, keys));
    }
}

#[test]
fn processes_to_attach_to() {
    for (name, (width, height), keys) in [
        ("40x12", (40, 12), ""),
        ("80x24", (80, 24), ""),
        ("120x40", (120, 40), ""),
        ("refused", (80, 24), "Down Down Enter"),
        ("filtered", (80, 24), "'ord'"),
        ("nothing", (80, 24), "'xyzzy'"),
    ] {
        let mut stage = Stage::picking(width, height);
        stage.keys(keys);
        insta::assert_snapshot!(format!("processes_{name}"), stage.screen());
    }
}

#[test]
fn small_screens_show_one_pane() {
    for (name, keys) in [
        ("stack", "2"),
        ("source", "3"),
        ("variables", "4"),
        ("registers", "5"),
    ] {
        insta::assert_snapshot!(format!("small_{name}"), screen(40, 12, keys));
    }
}
