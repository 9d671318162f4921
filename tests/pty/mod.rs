//! The real binary in a real pseudo-terminal.

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
pub struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Guarded,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    written: Vec<u8>,
    screen: vt100::Parser,
    modes_before: String,
}

impl Session {
    pub fn start(arguments: &[&str], size: (u16, u16), environment: &[(&str, &str)]) -> Self {
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

    pub fn demo(size: (u16, u16)) -> Self {
        let mut session = Self::start(&["demo"], size, &[]);
        session.wait_for("the crash", |screen| {
            screen.contains("CORE") && screen.contains("panic")
        });
        session
    }

    /// The program's pid.
    pub fn pid(&self) -> u32 {
        self.child.0.process_id().unwrap()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads until the screen's text is as wanted.
    pub fn wait_for(&mut self, what: &str, shown: impl Fn(&str) -> bool) {
        self.wait_until(what, |screen| shown(&screen.contents()));
    }

    /// Reads until the screen is as wanted.
    pub fn wait_until(&mut self, what: &str, shown: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !shown(self.screen.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("waiting for {what}: {error}\n{}", self.text()),
            }
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.screen.set_size(cells(size.1), cells(size.0));
        self.master.resize(pty_size(size)).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.0.process_id().unwrap()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    /// Reads until the program has ended and says how it did.
    pub fn end(&mut self) -> ExitStatus {
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

    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Takes the terminal away, and says whether the program ended.
    pub fn ends_when_the_terminal_is_lost(self) -> bool {
        let Self {
            master,
            mut child,
            mut keyboard,
            output,
            ..
        } = self;
        // The reading thread holds an end of the terminal until its next bytes find no receiver.
        drop(output);
        keyboard.write_all(b"j").unwrap();
        drop(keyboard);
        drop(master);
        let deadline = Instant::now() + PATIENCE;
        while child.0.try_wait().unwrap().is_none() {
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Everything that was switched on is off, and the line discipline is as it was.
    pub fn assert_restored(&self) {
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
    pub fn assert_clean(&self) {
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

/// The terminal's line discipline (raw or cooked, echo, ...) as text.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios())
}

// Both users name all of it, which keeps `dead_code` useful.
const _: fn() = || {
    let _ = (
        Session::demo,
        Session::pid,
        Session::text,
        Session::screen,
        Session::resize,
        Session::signal,
        Session::assert_clean,
        Session::assert_restored,
        Session::ends_when_the_terminal_is_lost,
    );
};
