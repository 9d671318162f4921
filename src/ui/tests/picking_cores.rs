//! Choosing a stored core dump to open.

use std::path::Path;

use crate::engine::Request;
use crate::model::OpenSpec;
use crate::ui::effect::Effect;
use crate::ui::overlays::{CorePicker, Overlay};
use crate::ui::testing::Stage;

fn stage(keys: &str) -> Stage {
    let mut stage = Stage::picking_core(80, 24);
    stage.keys(keys);
    stage
}

fn picker(stage: &Stage) -> &CorePicker {
    match stage.state.overlays.last() {
        Some(Overlay::Cores(picker)) => picker,
        other => panic!("no list of cores: {other:?}"),
    }
}

fn pids(stage: &Stage) -> Vec<Option<u32>> {
    let picker = picker(stage);
    (0..picker.len())
        .filter_map(|index| Some(picker.row(index)?.pid))
        .collect()
}

fn opened(stage: &Stage) -> Option<&Path> {
    stage.requests.iter().find_map(|request| match request {
        Request::Open(OpenSpec::Core { core, .. }) => Some(core.as_path()),
        _ => None,
    })
}

#[test]
fn enter_opens_the_selected_core() {
    let stage = stage("Enter");
    let file = Path::new("/var/lib/systemd/coredump/core.orders.1000.4242.zst");
    assert_eq!(opened(&stage), Some(file));
    assert!(stage.state.overlays.is_empty() && stage.state.session.ready().is_some());
}

#[test]
fn what_cannot_be_opened_says_why_and_stays() {
    for (keys, why) in [
        ("Down Enter", "another user"),
        ("Down Down Enter", "was removed"),
        ("End Enter", "not kept"),
    ] {
        let stage = stage(keys);
        assert_eq!(opened(&stage), None);
        assert!(stage.screen().contains(why), "{keys}: {}", stage.screen());
    }
}

#[test]
fn typing_filters_by_program_number_and_unit() {
    assert_eq!(pids(&stage("'orders'")), [Some(4242), Some(3999)]);
    assert_eq!(pids(&stage("'4001'")), [Some(4001)]);
    assert_eq!(pids(&stage("'search.service'")), [Some(77)]);
    assert_eq!(pids(&stage("'nothing'")), []);
    assert_eq!(pids(&stage("'nothing' Esc")).len(), 4);
}

#[test]
fn leaving_the_list_leaves_the_program() {
    for keys in ["q", "Esc", "Ctrl-c"] {
        let quits = |effect: &Effect| matches!(effect, Effect::Quit);
        assert!(stage(keys).effects.iter().any(quits), "{keys}");
    }
}

#[test]
fn the_list_fits_every_screen() {
    for (name, width, height) in [("80x24", 80, 24), ("120x40", 120, 40), ("40x12", 40, 12)] {
        let stage = Stage::picking_core(width, height);
        insta::assert_snapshot!(format!("cores_{name}"), stage.screen());
    }
}
