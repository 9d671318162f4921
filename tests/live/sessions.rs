//! Whole sessions of the real program with the service: on the screen, in scripts, and ended in
//! every way.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::common::go::Build;
use crate::pty::Session;
use crate::service::{Service, field, program};

fn service() -> Option<Service> {
    Service::start(&[("HEAP_MB", 8), ("CLIENTS", 2), ("READERS", 1)])
}

fn ran(args: &[&str]) -> Output {
    Command::new(program()).args(args).output().expect("it starts")
}

/// The results of JSON lines, in order.
fn results(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let results: Vec<Value> = lines
        .map(|line| {
            assert_eq!(line["ok"], true, "{line}");
            line["result"].clone()
        })
        .collect();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    results
}

/// What is compared between a live process and its core: everything but the length of waits, which
/// goes on, and what only the kernel knew.
fn comparable(mut row: Value) -> Value {
    if let Some(row) = row.as_object_mut() {
        row.remove("wait_since_ns");
        row.remove("current");
        // The kernel appends " (deleted)" to the names of files that were replaced.
        let frames = row
            .get_mut("stack")
            .and_then(|stack| stack["frames"].as_array_mut());
        for frame in frames.into_iter().flatten().filter_map(Value::as_object_mut) {
            frame.remove("image");
        }
        // Timers count down to a moment.
        if let Some(blocked) = row.get_mut("blocked_on").and_then(Value::as_object_mut) {
            blocked.remove("detail");
        }
    }
    row
}

fn goroutines(list: &Value) -> BTreeMap<u64, Value> {
    let rows = list["goroutines"].as_array().expect("rows");
    let by_id = |row: &Value| (row["id"].as_u64().expect("an id"), comparable(row.clone()));
    rows.iter().map(by_id).collect()
}

/// Names the goroutines that differ; whole rows would fill screens.
fn assert_same(live: &BTreeMap<u64, Value>, dead: &BTreeMap<u64, Value>, what: &str) {
    let ids = live.keys().chain(dead.keys());
    let differing: Vec<_> = ids.filter(|id| live.get(id) != dead.get(id)).collect();
    let first = differing.first().map(|id| (live.get(id), dead.get(id)));
    let text = format!("{first:?}");
    assert!(
        differing.is_empty(),
        "{what}: goroutines {differing:?}: {}",
        text.get(..4000).unwrap_or(&text)
    );
}

#[test]
fn a_dump_holds_exactly_what_the_held_process_showed() {
    let Some(mut service) = service() else { return };
    let scratch = tempfile::tempdir().expect("a directory");
    for method in ["-snapshot", "-stop"] {
        let core = scratch.path().join(format!("{method}.core"));
        let core = core.to_str().expect("text");
        let pid = service.pid().to_string();
        let dump = format!("dump {method} {core}");
        let questions = ["goroutines", "goroutines -t 50", "threads"];
        let mut live = vec!["attach", &pid, "--json"];
        for question in questions {
            live.extend(["-x", question]);
        }
        live.extend(["-x", &dump]);
        let mut dead = vec!["core", core, "--json"];
        for question in questions {
            dead.extend(["-x", question]);
        }
        let (live, dead) = (results(&ran(&live)), results(&ran(&dead)));
        assert_same(&goroutines(&live[0]), &goroutines(&dead[0]), method);
        assert_same(&goroutines(&live[1]), &goroutines(&dead[1]), method);
        let places = |threads: &Value| -> BTreeMap<u64, Value> {
            let rows = threads["threads"].as_array().expect("rows");
            let place = |row: &Value| (row["tid"].as_u64().expect("a tid"), row["loc"].clone());
            rows.iter().map(place).collect()
        };
        assert_eq!(places(&live[2]), places(&dead[2]), "{method}: threads");
        registers_agree(&places(&live[2]), core);
    }
    service.assert_unharmed();
}

#[test]
fn the_core_of_a_replaced_program_needs_no_file() {
    if service().is_none() {
        return;
    }
    let scratch = tempfile::tempdir().expect("a directory");
    let exe = scratch.path().join("service");
    std::fs::copy(Build::of("service").exe(), &exe).expect("a copy");
    let mut service = Service::start_as(&exe, &[("CLIENTS", 1)]);
    std::fs::remove_file(&exe).expect("it is ours");
    std::fs::write(&exe, "another program").expect("it is ours");
    let core = scratch.path().join("lost.core");
    let core = core.to_str().expect("text");
    let pid = service.pid().to_string();
    let question = "goroutines -t 50";
    let dump = format!("dump {core}");
    let live = results(&ran(&["attach", &pid, "--json", "-x", question, "-x", &dump]));
    let dead = results(&ran(&["core", core, "--json", "-x", question]));
    assert!(goroutines(&live[0]).len() > 4);
    assert_same(
        &goroutines(&live[0]),
        &goroutines(&dead[0]),
        "the replaced program",
    );
    service.assert_unharmed();
}

/// Registers of each thread of the core exist and begin at the place that was shown live.
fn registers_agree(places: &BTreeMap<u64, Value>, core: &str) {
    for (tid, place) in places {
        let select = format!("thread {tid}; regs");
        let results = results(&ran(&["core", core, "--json", "-x", &select]));
        let registers = results[1]["registers"].as_array().expect("registers");
        let rip = registers.iter().find(|row| row["name"] == "rip").expect("rip");
        let number = |text: &Value| {
            let text = text.as_str().expect("text").trim_start_matches("0x").to_owned();
            u64::from_str_radix(&text, 16).expect("hex")
        };
        assert_eq!(number(&rip["value"]), number(&place["pc"]), "thread {tid}");
    }
}

#[test]
fn the_dump_verb_never_stops_the_service_for_long() {
    let Some(mut service) = service() else { return };
    let scratch = tempfile::tempdir().expect("a directory");
    let core = scratch.path().join("service.core");
    let pid = service.pid().to_string();
    let output = ran(&["dump", &pid, "-o", core.to_str().expect("text"), "--json"]);
    let summary = &results(&output)[0];
    assert_eq!(summary["method"], "snapshot", "{summary}");
    assert!(
        summary["pause_ns"].as_u64() < summary["took_ns"].as_u64(),
        "{summary}"
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("runs on: paused for") && said.contains("; 0 bytes written"),
        "{said}"
    );
    only_file(scratch.path(), "service.core");
    let again = ran(&["dump", &pid, "-o", core.to_str().expect("text")]);
    assert_eq!(again.status.code(), Some(1), "an existing file is kept");
    service.assert_unharmed();
}

fn only_file(dir: &Path, name: &str) {
    let found: Vec<String> = std::fs::read_dir(dir)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(found, [name]);
}

#[test]
fn variables_of_a_running_goroutine_are_read_and_live_commands_obeyed() {
    let Some(mut service) = service() else { return };
    let pid = service.pid().to_string();
    let output = ran(&[
        "attach",
        &pid,
        "--json",
        "-x",
        "report",
        "-x",
        "continue",
        "-x",
        "halt",
        "-x",
        "goroutines -limit 1",
    ]);
    let results = results(&output);
    assert_eq!(results[0]["kind"], "live");
    assert_eq!(results[0]["crash"], Value::Null);
    assert_eq!(results[1]["live"]["state"], "running");
    assert_eq!(
        (&results[2]["live"]["state"], &results[2]["live"]["stops"]),
        (&"held".into(), &2.into())
    );
    assert!(results[3]["total"].as_u64() > Some(4));
    service.assert_unharmed();
}

#[test]
fn what_has_to_be_read_from_a_running_process_is_refused() {
    let Some(mut service) = service() else { return };
    let pid = service.pid().to_string();
    let output = ran(&["attach", &pid, "-x", "continue", "-x", "bt"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("is running"), "{said}");
    service.assert_unharmed();
}

fn attached(service: &Service) -> Session {
    let pid = service.pid().to_string();
    let mut session = Session::start(&["attach", &pid], (120, 40), &[]);
    session.wait_for("the process", |screen| {
        screen.contains("LIVE") && screen.contains("alive: ")
    });
    session
}

#[test]
fn on_the_screen_it_is_stopped_run_dumped_and_left() {
    let Some(mut service) = service() else { return };
    let mut session = attached(&service);
    assert_eq!(field(service.pid(), "State").chars().next(), Some('t'));
    session.press("\x1b[15~");
    session.wait_for("it to run", |screen| screen.contains("RUNNING"));
    service.assert_unharmed();
    session.press("\x1b[17~");
    session.wait_for("it to stop", |screen| screen.contains("LIVE"));
    let scratch = tempfile::tempdir().expect("a directory");
    let core = scratch.path().join("screen.core");
    session.press(&format!(":dump {}\r", core.display()));
    session.wait_for("the dump", |screen| {
        screen.contains("wrote ") && screen.contains("paused for")
    });
    assert!(core.exists());
    session.press("q");
    assert!(session.end().success());
    session.assert_restored();
    assert!(
        session.text().contains("runs on: stopped 2 times"),
        "{}",
        session.text()
    );
    service.assert_unharmed();
}

#[test]
fn however_the_debugger_ends_the_service_runs_on() {
    let Some(mut service) = service() else { return };
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] {
        let mut session = attached(&service);
        session.signal(signal);
        session.end();
        session.assert_restored();
        service.assert_unharmed();
    }
    for _ in 0..3 {
        let mut session = attached(&service);
        session.signal(Signal::SIGKILL);
        session.end();
        service.assert_unharmed();
    }
    assert!(attached(&service).ends_when_the_terminal_is_lost());
    service.assert_unharmed();
    let pid = service.pid().to_string();
    let mut session = Session::start(&["attach", &pid], (120, 40), &[("TINYDBG_TUI_FAULT", "1")]);
    session.wait_for("the process", |screen| screen.contains("alive: "));
    session.press("j");
    session.end();
    session.assert_restored();
    service.assert_unharmed();
}

#[test]
fn the_end_of_the_process_is_told() {
    let Some(service) = service() else { return };
    let mut session = attached(&service);
    service.signal(Signal::SIGKILL);
    session.wait_for("the end", |screen| {
        screen.contains("ENDED") && screen.contains("SIGKILL")
    });
    session.press("q");
    assert!(session.end().success());
    session.assert_restored();
}
