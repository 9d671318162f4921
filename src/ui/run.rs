//! The event loop: waits, updates, draws once, does what update wants done.

use std::io::{self, Write as _};
use std::process::Command as Program;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, after, never, select, unbounded};
use crossterm::clipboard::CopyToClipboard;

use super::app::{AppState, Level, Options, Start};
use super::ask::{Heard, LateReply, ask};
use super::effect::Effect;
use super::feed::{Feeds, Outside};
use super::highlight::Highlighter;
use super::input::Input;
use super::keymap::Keymap;
use super::term::{self, Terminal};
use super::theme::{self, Background, Surroundings, Theme};
use super::update::update;
use super::view::view;
use super::widgets::Glyphs;
use crate::base::Limits;
use crate::engine::{Command, EngineHandle, Event};
use crate::model::Config;

/// Frames a second while something moves.
const FRAME: Duration = Duration::from_millis(100);
/// Inputs applied before the screen is drawn again, however many wait.
const BATCH: usize = 1000;
/// Bytes that terminals are known to accept for the clipboard.
const CLIPBOARD: usize = 74_994;

/// Shows what `start` opens, or what the user picks, until the user leaves. Returns the exit code.
///
/// # Errors
/// When the terminal cannot be taken over or written to.
pub fn run(engine: &EngineHandle, config: &Config, start: Start) -> io::Result<i32> {
    let (keymap, mut complaints) = Keymap::new(&config.keys);
    complaints.extend(config.complaints.iter().cloned());
    let screen = Terminal::take_over(config.mouse)?;
    let (theme, named, heard) = choose_theme(config, &mut complaints);
    let options = Options {
        keymap: Arc::new(keymap),
        themes: theme::names(&config.theme_dirs),
        theme: named,
        complaints,
    };
    let (sender, outside) = unbounded();
    let notices = sender.clone();
    term::guard_panics(screen.taken(), move |text| {
        let _ = notices.send(Outside::Input(Input::Notice(text)));
    });
    for key in heard.typed {
        let _ = sender.send(Outside::Input(Input::Key(key)));
    }
    let feeds = Feeds::start(&sender, &screen.taken(), LateReply::new(!heard.is_done))?;
    let mut session = Session {
        engine,
        config,
        screen,
        feeds,
        highlighter: start_highlighter(&sender),
        theme,
        state: AppState::new(options),
        started: Instant::now(),
        ending: None,
    };
    session.begin(start)?;
    session.run(&outside, engine.events())
}

struct Session<'a> {
    engine: &'a EngineHandle,
    config: &'a Config,
    screen: Terminal,
    feeds: Feeds,
    highlighter: Option<Highlighter>,
    theme: Theme,
    state: AppState,
    started: Instant,
    /// Exit code, once the end is decided.
    ending: Option<i32>,
}

impl Session<'_> {
    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn begin(&mut self, start: Start) -> io::Result<()> {
        let (width, height) = term::size();
        self.apply(Input::Resize(width, height))?;
        let effects = self.state.start(start);
        for effect in effects {
            self.carry_out(effect)?;
        }
        self.draw()
    }

    fn run(&mut self, outside: &Receiver<Outside>, events: &Receiver<Event>) -> io::Result<i32> {
        let mut events = events.clone();
        loop {
            let tick = self.next_tick();
            select! {
                recv(outside) -> happened => match happened {
                    Ok(happened) => self.take(happened)?,
                    Err(_) => return Ok(1),
                },
                recv(events) -> event => match event {
                    Ok(event) => self.apply(Input::Engine(Box::new(event)))?,
                    Err(_) => events = never(),
                },
                recv(tick) -> _ => self.apply(Input::Tick)?,
            }
            // Everything that waits is applied before one frame is drawn.
            for _ in 0..BATCH {
                if let Ok(happened) = outside.try_recv() {
                    self.take(happened)?;
                } else if let Ok(event) = events.try_recv() {
                    self.apply(Input::Engine(Box::new(event)))?;
                } else {
                    break;
                }
            }
            if let Some(code) = self.ending {
                return Ok(code);
            }
            self.draw()?;
        }
    }

    /// When to wake without a happening: never while nothing moves and nothing is due.
    fn next_tick(&self) -> Receiver<Instant> {
        if self.state.goroutines.is_building() {
            return after(Duration::from_millis(1));
        }
        if self.state.is_animated() {
            return after(FRAME);
        }
        match self.state.wakes_at() {
            Some(at) => after(Duration::from_millis(at.saturating_sub(self.now()).max(1))),
            None => never(),
        }
    }

    fn take(&mut self, happened: Outside) -> io::Result<()> {
        match happened {
            Outside::Input(input) => self.apply(input),
            Outside::End(code) => {
                self.ending = Some(code);
                Ok(())
            }
            Outside::Suspend => self.suspend(),
        }
    }

    fn apply(&mut self, input: Input) -> io::Result<()> {
        if cfg!(debug_assertions) && matches!(input, Input::Key(_)) {
            fault_on_request();
        }
        let input = match input {
            Input::Resize(width, height) => {
                self.screen.resize(width, height)?;
                let area = term::capped(width, height);
                Input::Resize(area.width, area.height)
            }
            other => other,
        };
        let now = self.now();
        for effect in update(&mut self.state, input, now) {
            self.carry_out(effect)?;
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let (state, theme) = (&self.state, &self.theme);
        self.screen.draw(|frame| {
            let area = frame.area();
            view(state, area, theme, frame.buffer_mut());
        })
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Send(command) => self.send(command),
            Effect::Cancel(token) => token.cancel(),
            Effect::Quit => self.ending = Some(0),
            Effect::Suspend => return self.suspend(),
            Effect::Redraw => return self.screen.forget(),
            Effect::Copy(text) => self.copy(&text),
            Effect::OpenEditor { file, line } => return self.edit(&file, line),
            Effect::Theme(name) => self.load_theme(&name),
            Effect::Highlight(request) => {
                if let Some(highlighter) = &self.highlighter {
                    highlighter.request(request);
                }
            }
        }
        Ok(())
    }

    fn send(&self, command: Command) {
        // An engine that has ended has said so by an event.
        let _ = self.engine.send(command);
    }

    fn copy(&mut self, text: &str) {
        if text.len() > CLIPBOARD {
            let size = text.len();
            self.state.say(
                Level::Error,
                format!("{size} bytes are too much for the terminal's clipboard"),
            );
            return;
        }
        let mut out = io::stdout();
        let sent =
            crossterm::queue!(out, CopyToClipboard::to_clipboard_from(text)).and_then(|()| out.flush());
        match sent {
            Ok(()) => {
                let first = text.lines().next().unwrap_or_default();
                let size = text.len();
                self.state.say(
                    Level::Info,
                    format!("sent {size} bytes to the clipboard: {first}"),
                );
            }
            Err(error) => self
                .state
                .say(Level::Error, format!("the clipboard was not reached: {error}")),
        }
    }

    fn load_theme(&mut self, name: &str) {
        let loaded = theme::load(name, self.theme.tier, &self.config.theme_dirs, &Limits::default());
        for complaint in loaded.complaints {
            self.state.say(Level::Warning, complaint.to_string());
        }
        self.theme = loaded.theme.with_glyphs(self.theme.glyphs);
    }

    /// Ctrl-z: the shell's turn, until it says `fg`.
    fn suspend(&mut self) -> io::Result<()> {
        self.feeds.pause(true);
        let stopped = self
            .screen
            .lend(|| signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP));
        self.feeds.pause(false);
        stopped?.unwrap_or_default();
        // The terminal may have another size by now.
        let (width, height) = term::size();
        self.apply(Input::Resize(width, height))
    }

    fn edit(&mut self, file: &str, line: u32) -> io::Result<()> {
        let editor = ["VISUAL", "EDITOR"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.trim().is_empty())
            .unwrap_or_else(|| "vi".to_owned());
        let mut words = editor.split_whitespace();
        let program = words.next().unwrap_or("vi").to_owned();
        let mut command = Program::new(&program);
        command.args(words);
        command.args(editor_arguments(&program, file, line));
        self.feeds.pause(true);
        let ended = self.screen.lend(|| command.status());
        self.feeds.pause(false);
        match ended? {
            Ok(status) if status.success() => {}
            Ok(status) => self
                .state
                .say(Level::Warning, format!("{program} ended with {status}")),
            Err(error) => {
                let text = format!("{program} could not be started: {error}; set VISUAL or EDITOR");
                self.state.say(Level::Error, text);
            }
        }
        let (width, height) = term::size();
        self.apply(Input::Resize(width, height))
    }
}

/// How editors are told the line; `+LINE FILE` is what most understand.
fn editor_arguments(program: &str, file: &str, line: u32) -> Vec<String> {
    let name = program.rsplit('/').next().unwrap_or(program);
    match name {
        // They show a file and know of no lines.
        "cat" | "bat" | "open" | "xdg-open" => vec![file.to_owned()],
        "code" | "codium" | "cursor" => {
            vec!["--wait".to_owned(), "--goto".to_owned(), format!("{file}:{line}")]
        }
        "hx" | "helix" | "zed" | "subl" => vec![format!("{file}:{line}")],
        _ => vec![format!("+{line}"), file.to_owned()],
    }
}

/// The theme, its name, and what the terminal said when it was asked for its background.
fn choose_theme(config: &Config, complaints: &mut Vec<String>) -> (Theme, String, Heard) {
    let (no_color, colorterm, term) = (variable("NO_COLOR"), variable("COLORTERM"), variable("TERM"));
    let choose = |background| {
        theme::choose(&Surroundings {
            color: config.color,
            theme: config.theme.as_deref(),
            no_color: no_color.as_deref(),
            colorterm: colorterm.as_deref(),
            term: term.as_deref(),
            background,
        })
    };
    // The terminal is asked only where its answer changes something.
    let matters = choose(Some(Background::Light)) != choose(Some(Background::Dark));
    let heard = if matters {
        ask()
    } else {
        Heard {
            is_done: true,
            ..Heard::default()
        }
    };
    let hint = || variable("COLORFGBG").and_then(|value| theme::background_from_colorfgbg(&value));
    let choice = choose(heard.background.or_else(hint));
    let loaded = theme::load(&choice.theme, choice.tier, &config.theme_dirs, &Limits::default());
    complaints.extend(loaded.complaints.iter().map(ToString::to_string));
    let glyphs = Glyphs::choose(config.ascii || !shows_unicode());
    (loaded.theme.with_glyphs(glyphs), choice.theme, heard)
}

/// Lets a test see what a fault of this thread does to the terminal.
fn fault_on_request() {
    assert!(variable("TINYDBG_TUI_FAULT").is_none(), "a fault was asked for");
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether the locale promises a terminal that shows more than ASCII.
fn shows_unicode() -> bool {
    let values = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable);
    let [lc_all, lc_ctype, lang] = values.each_ref().map(Option::as_deref);
    theme::locale_is_utf8(lc_all, lc_ctype, lang)
}

/// Source is shown without colours when no thread can be had for them.
fn start_highlighter(sender: &Sender<Outside>) -> Option<Highlighter> {
    let sender = sender.clone();
    Highlighter::spawn(move |batch| {
        let _ = sender.send(Outside::Input(Input::Highlighted(batch)));
    })
    .ok()
}
