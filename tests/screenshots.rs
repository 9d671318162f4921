//! The pictures in `screenshots/`, drawn from the program's own cells over its built-in demo.
//!
//! They are compared on every run, so they cannot rot. To draw them anew:
//!
//! ```text
//! BLESS=1 cargo test --test screenshots
//! ```
//!
//! Where `rsvg-convert` is installed, those of the README get a PNG beside them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tinydbg_tui::base::Limits;
use tinydbg_tui::engine::{Answer, EngineHandle};
use tinydbg_tui::model::OpenSpec;
use tinydbg_tui::ui::app::{AppState, Options, Start};
use tinydbg_tui::ui::effect::Effect;
use tinydbg_tui::ui::highlight::highlight_now;
use tinydbg_tui::ui::input::Input;
use tinydbg_tui::ui::key::parse_sequence;
use tinydbg_tui::ui::svg::{Terminal, svg};
use tinydbg_tui::ui::theme::{self, Tier};
use tinydbg_tui::ui::update::update;
use tinydbg_tui::ui::view::view;

/// One picture: file name, size, theme, keys pressed after the demo has opened.
struct Shot {
    name: &'static str,
    size: (u16, u16),
    theme: &'static str,
    keys: &'static [&'static str],
}

const fn shot(
    name: &'static str,
    size: (u16, u16),
    theme: &'static str,
    keys: &'static [&'static str],
) -> Shot {
    Shot {
        name,
        size,
        theme,
        keys,
    }
}

const SHOTS: &[Shot] = &[
    shot("crash", (120, 36), "dark", &[]),
    shot("crash-light", (120, 36), "light", &[]),
    shot("crash-card", (120, 36), "dark", &["c"]),
    shot("small", (80, 24), "dark", &[]),
    shot("smallest", (40, 12), "dark", &[]),
    shot("wide", (200, 60), "dark", &[]),
    shot("values", (120, 36), "dark", &["4", "Right", "Down", "Right"]),
    shot("groups", (120, 36), "dark", &["t"]),
    shot("help", (120, 36), "dark", &["?"]),
    shot("registers", (120, 36), "light", &["5"]),
    shot("theme-ansi", (100, 30), "ansi", &[]),
    shot("theme-mono", (100, 30), "mono", &[]),
    shot("theme-high-contrast", (100, 30), "high-contrast", &[]),
    shot("theme-colour-blind", (100, 30), "colour-blind", &[]),
];

/// Drawn as PNG as well, for readers that show no SVG.
const RASTER: &[&str] = &["crash", "crash-light", "values"];

/// The whole program but for its terminal: engine, state, view.
struct Stage {
    engine: EngineHandle,
    state: AppState,
    /// Milliseconds that the state believes in; pictures must not depend on a clock.
    now: u64,
    /// Requests without a last answer.
    open: usize,
}

impl Stage {
    fn start((width, height): (u16, u16), theme: &str) -> Self {
        let options = Options {
            themes: theme::names(&[]),
            theme: theme.to_owned(),
            ..Options::default()
        };
        let mut stage = Self {
            engine: EngineHandle::spawn(Limits::default()).unwrap(),
            state: AppState::new(options),
            now: 0,
            open: 0,
        };
        stage.input(Input::Resize(width, height));
        let effects = stage.state.start(Start::Open(OpenSpec::Demo));
        stage.carry_out(effects);
        stage.settle();
        stage
    }

    fn input(&mut self, input: Input) {
        let effects = update(&mut self.state, input, self.now);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(command) => {
                    self.open += 1;
                    assert!(self.engine.send(command), "the engine has ended");
                }
                Effect::Highlight(request) => {
                    if let Some(batch) = highlight_now(&request) {
                        self.input(Input::Highlighted(batch));
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes answers and lets time pass until nothing is left to happen.
    fn settle(&mut self) {
        for _ in 0..50 {
            while self.open > 0 {
                let event = self
                    .engine
                    .events()
                    .recv_timeout(Duration::from_secs(120))
                    .unwrap();
                self.open -= usize::from(!matches!(event.answer, Answer::Progress(_)));
                self.input(Input::Engine(Box::new(event)));
            }
            self.now += 200;
            self.input(Input::Tick);
            if self.open == 0 && self.state.wakes_at().is_none() && !self.state.is_animated() {
                return;
            }
        }
    }

    fn press(&mut self, keys: &str) {
        for key in parse_sequence(keys).unwrap() {
            self.input(Input::Key(key));
        }
        self.settle();
    }
}

fn draw(shot: &Shot) -> String {
    let mut stage = Stage::start(shot.size, shot.theme);
    for keys in shot.keys {
        stage.press(keys);
    }
    let tier = match shot.theme {
        "mono" => Tier::None,
        "ansi" => Tier::Ansi16,
        _ => Tier::TrueColor,
    };
    let theme = theme::load(shot.theme, tier, &[], &Limits::default()).theme;
    let area = Rect::new(0, 0, shot.size.0, shot.size.1);
    let mut buffer = Buffer::empty(area);
    view(&stage.state, area, &theme, &mut buffer);
    let ground = if shot.theme.contains("light") {
        Terminal::light()
    } else {
        Terminal::dark()
    };
    let title = Some("tinydbg-tui demo".to_owned());
    svg(&buffer, &Terminal { title, ..ground })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

fn bless(path: &Path, picture: &str, raster: bool) {
    fs::create_dir_all(folder()).unwrap();
    fs::write(path, picture).unwrap();
    if !raster {
        return;
    }
    // Not everybody has the converter; the SVG is what counts.
    let _ = Program::new("rsvg-convert")
        .arg(path)
        .arg("-o")
        .arg(path.with_extension("png"))
        .status();
}

#[test]
fn the_pictures_show_the_program_as_it_is() {
    let wanted = std::env::var_os("BLESS").is_some();
    let mut stale = Vec::new();
    for shot in SHOTS {
        let path = folder().join(shot.name).with_extension("svg");
        let picture = draw(shot);
        if wanted {
            bless(&path, &picture, RASTER.contains(&shot.name));
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&picture) {
            stale.push(shot.name);
        }
    }
    assert!(
        stale.is_empty(),
        "{} differ from the program: look at the change, then BLESS=1 cargo test --test screenshots",
        stale.join(", ")
    );
}
