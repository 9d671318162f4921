//! What needs no session: processes by name and as JSON, and the checks of doctor.

use serde_json::Value;
use tinydbg_tui::base::CancelToken;
use tinydbg_tui::engine::EngineHandle;
use tinydbg_tui::headless::{self, Client, Options, Outcome, Streams};
use tinydbg_tui::model::{Check, CheckState, Failure, FailureKind};

use crate::fake::Fake;

fn client() -> Client {
    let engine = EngineHandle::spawn_with(move |_| Fake::default()).unwrap();
    Client::new(engine, CancelToken::new(), false)
}

/// What was written to standard output, and the outcome.
fn written(work: impl FnOnce(Client, Streams<'_>) -> std::io::Result<Outcome>) -> (String, Outcome) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams {
        out: &mut out,
        err: &mut err,
        err_width: None,
    };
    let outcome = work(client(), streams).unwrap();
    assert!(err.is_empty());
    (String::from_utf8(out).unwrap(), outcome)
}

fn find(name: &str) -> Result<u32, Failure> {
    headless::find_process(client(), 40, name)
}

#[test]
fn a_name_stands_for_the_only_process_that_has_it() {
    assert_eq!(find("orders"), Ok(10));
    assert_eq!(find("/srv/orders"), Ok(10));
    // The kernel calls it by a name of its own; its executable was replaced since.
    assert_eq!(find("gateway"), Ok(30));
    // 40 is we ourselves.
    assert_eq!(find("tool"), Ok(41));
}

#[test]
fn a_name_of_none_or_of_several_is_refused_with_what_to_do() {
    let none = find("order").unwrap_err();
    assert_eq!(none.kind, FailureKind::NotFound);
    let several = find("worker").unwrap_err();
    assert_eq!(several.kind, FailureKind::Usage);
    assert!(several.message.starts_with("10 processes are called \"worker\""));
    assert_eq!(several.hints[0], "20: go1.26.8, 1 MiB, worker -n 20");
    assert_eq!(several.hints.len(), 9);
    assert_eq!(several.hints[8], "and 2 more");
}

#[test]
fn the_list_has_go_programs_first_then_the_larger() {
    let (out, outcome) = written(headless::list_processes);
    assert_eq!(outcome, Outcome::Done);
    let line: Value = serde_json::from_str(&out).unwrap();
    let rows = line["result"]["processes"].as_array().unwrap();
    let pids: Vec<u64> = rows.iter().map(|row| row["pid"].as_u64().unwrap()).collect();
    assert_eq!(pids[..3], [10, 20, 21]);
    assert_eq!(pids[10..], [29, 30, 40, 41]);
    assert!(rows[0]["container"].is_null());
}

#[test]
fn doctor_fails_only_for_what_stands_in_the_way() {
    let json = Options {
        json: true,
        color: false,
    };
    let (out, outcome) = written(|client, streams| headless::doctor(client, None, Vec::new(), json, streams));
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(
        out,
        "{\"command\":\"doctor\",\"ok\":true,\"result\":{\"checks\":[\
         {\"name\":\"yama\",\"state\":\"ok\",\"what\":\"this kernel has none\",\"fix\":null},\
         {\"name\":\"debuginfod\",\"state\":\"warning\",\"what\":\"no server is set\",\"fix\":\"set one\"}]}}\n"
    );
    let terminal = vec![Check {
        name: "terminal size".into(),
        state: CheckState::Bad,
        what: "9x9 is too small".into(),
        fix: None,
    }];
    let text = Options::default();
    let (out, outcome) =
        written(|client, streams| headless::doctor(client, Some(7), terminal, text, streams));
    assert_eq!(outcome, Outcome::Failed);
    assert_eq!(
        out,
        "ok       yama           this kernel has none\n\
         warning  debuginfod     no server is set\n\
         \x20                       -> set one\n\
         BAD      attaching      process 7 cannot be attached to\n\
         BAD      terminal size  9x9 is too small\n\
         [1 ok, 1 warning, 2 bad]\n"
    );
}
