//! The real binary in a real pseudo-terminal: it starts, obeys, resizes, and however it ends, the
//! terminal is as it was.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// The program, killed when a test ends without having ended it.
struct Guarded(Box<dyn Child + Send + Sync>);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// Long enough for a loaded machine; a test that passes never waits for it.
const PATIENCE: Duration = Duration::from_secs(90);

/// The program in a terminal, and everything it has written.
struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Guarded,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    written: Vec<u8>,
    screen: vt100::Parser,
    modes_before: String,
}

impl Session {
    fn start(arguments: &[&str], size: (u16, u16), environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tinydbg-tui"));
        command.args(arguments);
        let home = tempfile::tempdir().unwrap().keep();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "C.UTF-8"),
        ] {
            command.env(name, value);
        }
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, &home);
        }
        for name in ["NO_COLOR", "COLORFGBG", "LC_ALL", "LC_CTYPE"] {
            command.env_remove(name);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let modes_before = modes(pair.master.as_ref());
        let child = Guarded(pair.slave.spawn_command(command).unwrap());
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keyboard: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            output,
            written: Vec::new(),
            screen: vt100::Parser::new(cells(size.1), cells(size.0), 0),
            modes_before,
        }
    }

    fn demo(size: (u16, u16)) -> Self {
        let mut session = Self::start(&["demo"], size, &[]);
        session.wait_for("the crash", |screen| {
            screen.contains("CORE") && screen.contains("panic")
        });
        session
    }

    fn take(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads until the screen's text is as wanted.
    fn wait_for(&mut self, what: &str, shown: impl Fn(&str) -> bool) {
        self.wait_until(what, |screen| shown(&screen.contents()));
    }

    /// Reads until the screen is as wanted.
    fn wait_until(&mut self, what: &str, shown: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !shown(self.screen.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("waiting for {what}: {error}\n{}", self.text()),
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    fn resize(&mut self, size: (u16, u16)) {
        self.screen.set_size(cells(size.1), cells(size.0));
        self.master.resize(pty_size(size)).unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.0.process_id().unwrap()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    /// Reads until the program has ended and says how it did.
    fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end\n{}", self.text());
            match self.output.recv_timeout(Duration::from_millis(50)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(10)),
            }
        };
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(300)) {
            self.take(&bytes);
        }
        status
    }

    /// Everything that was switched on is off, and the line discipline is as it was.
    fn assert_restored(&self) {
        let written = String::from_utf8_lossy(&self.written);
        let mut wrong = String::new();
        for mode in ["1049", "1000", "1002", "1003", "1006", "1015", "2004", "1004"] {
            let on = written.rfind(&format!("\x1b[?{mode}h"));
            let off = written.rfind(&format!("\x1b[?{mode}l"));
            if on.is_some() && on > off {
                let _ = write!(wrong, " mode {mode} is left on;");
            }
        }
        if written.rfind("\x1b[?25l") > written.rfind("\x1b[?25h") {
            wrong.push_str(" the cursor is left hidden;");
        }
        assert!(written.contains("\x1b[?1049h"), "it never took the screen over");
        assert_eq!(wrong, "");
        assert_eq!(
            modes(self.master.as_ref()),
            self.modes_before,
            "the line discipline"
        );
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }

    /// No part of an escape sequence stands on the screen as text.
    fn assert_clean(&self) {
        let text = self.text();
        for piece in [
            "\x1b", "[?1049", "[?25", "[38;", "[48;", "[0m", "]11;", "\u{fffd}",
        ] {
            assert!(!text.contains(piece), "{piece:?} stands on the screen:\n{text}");
        }
    }
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn first_line(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// The terminal's line discipline (raw or cooked, echo, ...) as text.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios())
}

#[test]
fn it_opens_on_the_crash_obeys_keys_and_quits_with_the_terminal_restored() {
    let mut session = Session::demo((120, 40));
    session.assert_clean();
    session.wait_for("the goroutines", |screen| screen.contains("1 Goroutines"));
    session.press("?");
    session.wait_for("help", |screen| screen.contains("next pane"));
    session.press("\x1b");
    session.wait_for("help to close", |screen| !screen.contains("next pane"));
    session.press("\t");
    session.press("z");
    session.wait_for("the stack alone", |screen| !screen.contains("1 Goroutines"));
    session.press("z");
    session.wait_for("all panes", |screen| screen.contains("1 Goroutines"));
    session.assert_clean();
    session.press("q");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn it_follows_every_size_and_comes_back() {
    let mut session = Session::demo((120, 40));
    for size in [(80, 24), (200, 60), (40, 12), (20, 5), (1, 1), (81, 46)] {
        session.resize(size);
        if size.0 >= 40 {
            session.wait_for("the header", |screen| {
                screen.lines().next().is_some_and(|line| line.contains("CORE"))
            });
        }
        session.assert_clean();
    }
    session.press("q");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn the_first_key_after_a_resize_counts() {
    let mut session = Session::demo((120, 40));
    // Only a program that has read a key before has set out to listen for sizes as well.
    session.press("?");
    session.wait_for("help", |screen| screen.contains("next pane"));
    session.resize((90, 30));
    session.wait_for("the new size", |screen| {
        screen.lines().all(|line| line.chars().count() <= 90) && screen.contains("next pane")
    });
    session.press("\x1b");
    session.wait_for("help to close", |screen| !screen.contains("next pane"));
    session.resize((100, 30));
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn the_header_says_less_in_less_room_but_always_that_it_died_and_of_what() {
    let mut session = Session::demo((200, 60));
    let verdict = "panic: pricing order A-1042, line 2: runtime error: invalid memory address";
    session.wait_for("all facts", |screen| {
        let line = first_line(screen);
        let all = ["CORE", "orders", verdict, "39 goroutines", "pid 5", "go1.26.8"];
        all.iter().all(|fact| line.contains(fact))
    });
    for (size, said, left_out) in [
        ((120, 40), &["CORE", "orders", verdict, "39"][..], &["pid 5"][..]),
        (
            (80, 24),
            &["CORE", "orders", "panic: pricing order A-1042, line 2", "g 39"],
            &["goroutines"],
        ),
        (
            (60, 20),
            &["CORE", "orders", "panic: pricing order A-1042", "g 39"],
            &["go1.26"],
        ),
        (
            (40, 12),
            &["CORE", "orders", "panic: pricing", "g 39"],
            &["go1.26"],
        ),
    ] {
        session.resize(size);
        session.wait_for(&format!("the header at {size:?}"), |screen| {
            let line = first_line(screen);
            said.iter().all(|fact| line.contains(fact)) && !left_out.iter().any(|fact| line.contains(fact))
        });
    }
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn a_fault_of_the_screen_gives_the_terminal_back_and_says_where() {
    let mut session = Session::start(&["demo"], (100, 30), &[("TINYDBG_TUI_FAULT", "1")]);
    session.wait_for("the crash", |screen| {
        screen.contains("CORE") && screen.contains("panic")
    });
    session.press("j");
    let status = session.end();
    assert_eq!(status.exit_code(), 101, "as Rust programs end that met a fault");
    session.assert_restored();
    let text = session.text();
    assert!(text.contains("panicked at src/ui/run.rs:"), "{text}");
    assert!(text.contains("a fault was asked for"), "{text}");
}

#[test]
fn signals_end_it_with_the_terminal_restored() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT] {
        let mut session = Session::demo((100, 30));
        session.signal(signal);
        session.end();
        session.assert_restored();
    }
}

#[test]
fn without_colours_the_selection_is_still_seen() {
    let mut session = Session::start(&["demo"], (100, 30), &[("NO_COLOR", "1")]);
    // Badge and title of the focused pane alone are 20 cells; the selected row is longer than that.
    session.wait_until("a selected row", |screen| {
        cells_of(screen).filter(|cell| cell.inverse()).count() > 40
    });
    let plain = vt100::Color::Default;
    let coloured = |cell: &vt100::Cell| cell.fgcolor() != plain || cell.bgcolor() != plain;
    assert!(
        !cells_of(session.screen.screen()).any(coloured),
        "a colour is used"
    );
    session.press("q");
    assert!(session.end().success());
    session.assert_restored();
}

fn cells_of(screen: &vt100::Screen) -> impl Iterator<Item = &vt100::Cell> {
    (0..30).flat_map(move |row| (0..100).filter_map(move |column| screen.cell(row, column)))
}

#[test]
fn a_lost_terminal_ends_it() {
    let Session {
        master,
        mut child,
        mut keyboard,
        output,
        ..
    } = Session::demo((100, 30));
    // The reading thread holds an end of the terminal until its next bytes find no receiver.
    drop(output);
    keyboard.write_all(b"j").unwrap();
    drop(keyboard);
    drop(master);
    let deadline = Instant::now() + PATIENCE;
    while child.0.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it lives on without a terminal");
        thread::sleep(Duration::from_millis(20));
    }
}
