//! What a frame costs with many goroutines, through the real engine and the real screen.
//!
//! The default run has enough of them to show work that grows with their number. For figures:
//!
//! ```text
//! TINYDBG_FRAMES=100000 cargo test --release --test frames -- --nocapture
//! ```

mod common;

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tinydbg_tui::base::Limits;
use tinydbg_tui::engine::EngineHandle;
use tinydbg_tui::model::OpenSpec;
use tinydbg_tui::ui::app::{AppState, Options, Start};
use tinydbg_tui::ui::effect::Effect;
use tinydbg_tui::ui::input::Input;
use tinydbg_tui::ui::key::parse_sequence;
use tinydbg_tui::ui::theme::Theme;
use tinydbg_tui::ui::update::update;
use tinydbg_tui::ui::view::view;

/// The interface without a terminal, with an engine of its own.
struct Screen {
    state: AppState,
    engine: EngineHandle,
    started: Instant,
    buffer: Buffer,
}

impl Screen {
    fn open(spec: OpenSpec, width: u16, height: u16) -> Self {
        let mut screen = Self {
            state: AppState::new(Options::default()),
            engine: EngineHandle::spawn(Limits::default()).expect("a thread starts"),
            started: Instant::now(),
            buffer: Buffer::empty(Rect::new(0, 0, width, height)),
        };
        screen.input(Input::Resize(width, height));
        let effects = screen.state.start(Start::Open(spec));
        screen.carry_out(effects);
        screen
    }

    fn input(&mut self, input: Input) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let effects = update(&mut self.state, input, now);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Send(command) = effect {
                self.engine.send(command);
            }
        }
    }

    /// Takes answers until none has come for a while.
    fn settle(&mut self) {
        while let Ok(event) = self.engine.events().recv_timeout(Duration::from_millis(500)) {
            self.input(Input::Engine(Box::new(event)));
            self.input(Input::Tick);
        }
    }

    fn key(&mut self, name: &str) {
        for key in parse_sequence(name).expect("a key") {
            self.input(Input::Key(key));
        }
    }

    fn draw(&mut self) {
        self.buffer.reset();
        view(&self.state, self.buffer.area, &Theme::default(), &mut self.buffer);
    }

    fn text(&self) -> String {
        self.buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }
}

#[test]
fn a_frame_costs_what_is_visible() {
    let count = std::env::var("TINYDBG_FRAMES").unwrap_or_else(|_| "20000".to_owned());
    let Some(_) = common::go::newest() else { return };
    let exe = common::go::Build::of("many").exe();
    let Some(crashed) = common::crash(&exe, &[&count]) else {
        return;
    };
    let spec = OpenSpec::Core {
        exe: Some(crashed.exe.clone()),
        core: crashed.core.clone(),
        sysroot: None,
        debug_dirs: Vec::new(),
        debuginfod: false,
        substitute_path: Vec::new(),
    };
    let start = Instant::now();
    let mut screen = Screen::open(spec, 200, 60);
    screen.settle();
    screen.draw();
    common::say(&format!(
        "{count} goroutines: settled after {:?}",
        start.elapsed()
    ));
    assert!(screen.text().contains("main.main"), "{}", screen.text());
    for (what, keys) in [
        ("walking down", &["1", "Down"][..]),
        ("to the end and back", &["1", "G", "g", "g"]),
        ("flat and grouped", &["1", "t"]),
    ] {
        let mut frames = Vec::new();
        for _ in 0..30 {
            for key in keys {
                let start = Instant::now();
                screen.key(key);
                screen.draw();
                frames.push(start.elapsed());
            }
            // What the engine answers in between is drawn as well, but is not a key press.
            while let Ok(event) = screen.engine.events().recv_timeout(Duration::from_millis(20)) {
                screen.input(Input::Engine(Box::new(event)));
            }
        }
        frames.sort();
        let (middle, worst) = (frames[frames.len() / 2], frames[frames.len() - 1]);
        common::say(&format!("  {what}: median {middle:?}, worst {worst:?}"));
        assert!(middle < Duration::from_millis(100), "{what}: {middle:?}");
    }
}
