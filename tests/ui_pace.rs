//! How long keys and frames take with many goroutines. Depends on the machine, so run by hand:
//!
//! ```text
//! cargo test --release --test ui_pace -- --ignored --nocapture
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tinydbg_tui::base::{Addr, GoId};
use tinydbg_tui::engine::commands::SortKey;
use tinydbg_tui::model::{
    GoStatus, Goroutine, GoroutineGroup, GoroutineGroups, GoroutineList, GroupKey, Location,
};
use tinydbg_tui::ui::app::{AppState, Options};
use tinydbg_tui::ui::input::Input;
use tinydbg_tui::ui::key::parse_sequence;
use tinydbg_tui::ui::loadable::Loadable;
use tinydbg_tui::ui::theme::Theme;
use tinydbg_tui::ui::update::update;
use tinydbg_tui::ui::view::view;

const GOROUTINES: u64 = 100_000;
const PLACES: u64 = 1000;
/// A frame at 60 Hz.
const KEY: Duration = Duration::from_millis(16);
const FRAME: Duration = Duration::from_millis(2);

fn goroutine(id: u64, places: &[Arc<Location>], reasons: &[Arc<str>; 2]) -> Goroutine {
    let place = |at: u64| Arc::clone(&places[(at % PLACES) as usize]);
    Goroutine {
        id: GoId(id),
        addr: Addr(0xc000_0000 + id * 448),
        status: GoStatus::Waiting,
        wait_reason: Some(Arc::clone(&reasons[usize::from(id.is_multiple_of(3))])),
        wait_since_ns: Some(id.wrapping_mul(7_919) % 1_000_000_007),
        thread: None,
        current: false,
        system: false,
        current_loc: place(id),
        user_loc: place(id * 17),
        go_loc: place(id / 7),
        start_loc: place(id / 9),
        parent: Some(GoId(1)),
        labels: Arc::new([("tenant".to_owned(), format!("t{}", id % 50))].into()),
        blocked_on: None,
        locked: false,
        damaged: None,
    }
}

fn list() -> Arc<GoroutineList> {
    let places: Vec<_> = (0..PLACES)
        .map(|at| {
            Arc::new(Location {
                pc: Addr(0x48_0000 + at * 64),
                function: Some(format!("example.com/service/pkg{}.(*Worker).serve{at}", at % 40).into()),
                file: Some(format!("/srv/service/pkg{}/worker.go", at % 40).into()),
                line: u32::try_from(at).ok(),
            })
        })
        .collect();
    let reasons = ["chan receive".into(), "select".into()];
    let goroutines = (1..=GOROUTINES)
        .map(|id| goroutine(id, &places, &reasons))
        .collect();
    Arc::new(GoroutineList {
        goroutines,
        problems: Vec::new(),
    })
}

fn groups() -> Arc<GoroutineGroups> {
    let group = |at: u64| {
        let goroutine_ids: Vec<GoId> = (1..=GOROUTINES)
            .filter(|id| id % PLACES == at)
            .map(GoId)
            .collect();
        GoroutineGroup {
            key: format!("serve{at}"),
            count: goroutine_ids.len(),
            example: goroutine_ids[0],
            goroutine_ids,
        }
    };
    Arc::new(GoroutineGroups {
        total: GOROUTINES as usize,
        groups: (0..PLACES).map(group).collect(),
    })
}

/// Rounds of which the fastest counts: what is longer in the others was the machine's doing.
const ROUNDS: usize = 5;

/// One change of the state, and the frame after it.
#[derive(Clone)]
struct Step {
    name: String,
    key: Duration,
    frame: Duration,
}

/// All steps of one round.
#[derive(Default)]
struct Round(Vec<Step>);

impl Round {
    /// Times one change of the state, all that follows it step by step, and each frame between.
    fn step(&mut self, name: &str, state: &mut AppState, change: impl FnOnce(&mut AppState)) {
        let mut change = Some(change);
        while change.is_some() || state.goroutines.is_building() {
            let begin = Instant::now();
            match change.take() {
                Some(change) => change(state),
                None => state.goroutines.step(),
            }
            let took = begin.elapsed();
            self.0.push(Step {
                name: name.to_owned(),
                key: took,
                frame: time_of_frame(state),
            });
        }
    }

    /// For each step the shorter times of two rounds.
    fn fastest(self, other: Self) -> Self {
        assert_eq!(self.0.len(), other.0.len(), "rounds are alike");
        let each = self.0.into_iter().zip(other.0);
        let fastest = each.map(|(one, two)| Step {
            key: one.key.min(two.key),
            frame: one.frame.min(two.frame),
            ..one
        });
        Self(fastest.collect())
    }
}

fn time_of_frame(state: &AppState) -> Duration {
    let area = Rect::new(0, 0, 200, 60);
    let mut buffer = Buffer::empty(area);
    let begin = Instant::now();
    view(state, area, &Theme::default(), &mut buffer);
    begin.elapsed()
}

#[test]
#[ignore = "measures this machine"]
fn no_key_and_no_frame_waits_for_a_hundred_thousand_goroutines() {
    let (list, groups) = (list(), groups());
    let rounds = (0..ROUNDS).map(|_| round(Arc::clone(&list), Arc::clone(&groups)));
    let Round(steps) = rounds.reduce(Round::fastest).unwrap();
    for Step { name, key, frame } in &steps {
        eprintln!("{name:28} key {key:>10.1?}  frame {frame:>10.1?}");
    }
    let slow_key = steps.iter().max_by_key(|step| step.key).unwrap();
    let slow_frame = steps.iter().max_by_key(|step| step.frame).unwrap();
    assert!(slow_key.key < KEY, "{}: {:?}", slow_key.name, slow_key.key);
    assert!(
        slow_frame.frame < FRAME,
        "{}: {:?}",
        slow_frame.name,
        slow_frame.frame
    );
}

/// All that is timed, once.
fn round(list: Arc<GoroutineList>, groups: Arc<GoroutineGroups>) -> Round {
    let mut state = AppState::new(Options::default());
    update(&mut state, Input::Resize(200, 60), 1);
    let mut steps = Round::default();
    steps.step("list arrives", &mut state, |state| state.goroutines.accept(list));
    for text in ["s", "se", "serve9", "!status:running", "tenant=t3", ""] {
        steps.step(&format!("filter {text:?}"), &mut state, |state| {
            state.set_filter(text);
        });
    }
    for key in [
        SortKey::Location,
        SortKey::Wait,
        SortKey::WaitReason,
        SortKey::Status,
        SortKey::Id,
    ] {
        steps.step(&format!("sort {key:?}"), &mut state, |state| {
            state.goroutines.sort = key;
            state.goroutines.rebuild();
        });
    }
    state.goroutines.grouping = Some(GroupKey::UserLoc);
    state.goroutines.groups = Loadable::Loading { since: 1 };
    steps.step("groups arrive", &mut state, |state| {
        state.goroutines.accept_groups(&GroupKey::UserLoc, groups);
    });
    steps.step("filter \"serve1\" in groups", &mut state, |state| {
        state.set_filter("serve1");
    });
    for keys in ["G", "g", "Down", "PgDn", "Up"] {
        steps.step(keys, &mut state, |state| {
            for key in parse_sequence(keys).expect("keys") {
                update(state, Input::Key(key), 10);
            }
        });
    }
    steps
}
