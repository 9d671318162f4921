//! The real binary in a real pseudo-terminal: it starts, obeys, resizes, and however it ends, the
//! terminal is as it was.

#[path = "pty/mod.rs"]
mod pty;

use nix::sys::signal::Signal;
use pty::Session;

fn first_line(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
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
    // Not what is left of the larger screen, and not the empty one in between.
    session.wait_for("the new size", |screen| {
        let border = screen.lines().nth(1).unwrap_or_default();
        border.chars().count() == 90 && border.ends_with('┐') && screen.contains("next pane")
    });
    session.press("\x1b");
    session.wait_for("help to close", |screen| {
        screen.contains("1 Goroutines") && !screen.contains("next pane")
    });
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
    assert!(!cells_of(session.screen()).any(coloured), "a colour is used");
    session.press("q");
    assert!(session.end().success());
    session.assert_restored();
}

fn cells_of(screen: &vt100::Screen) -> impl Iterator<Item = &vt100::Cell> {
    (0..30).flat_map(move |row| (0..100).filter_map(move |column| screen.cell(row, column)))
}

#[test]
fn a_lost_terminal_ends_it() {
    let session = Session::demo((100, 30));
    assert!(
        session.ends_when_the_terminal_is_lost(),
        "it lives on without a terminal"
    );
}
