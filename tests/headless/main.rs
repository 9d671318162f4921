//! The headless session over a crash made by hand: text forms, JSON shapes, selection, outcomes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod fake;
mod machine;

use std::io;

use fake::Fake;
use serde_json::Value;
use tinydbg_tui::base::CancelToken;
use tinydbg_tui::engine::EngineHandle;
use tinydbg_tui::headless::{Client, Options, Outcome, Step, Streams, run};
use tinydbg_tui::model::OpenSpec;

struct Ran {
    outcome: Outcome,
    out: String,
    err: String,
}

fn ran(fake: Fake, json: bool, script: &str) -> Ran {
    let engine = EngineHandle::spawn_with(move |_| fake).unwrap();
    let client = Client::new(engine, CancelToken::new(), false);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams {
        out: &mut out,
        err: &mut err,
        err_width: None,
    };
    let options = Options { json, color: false };
    let lines: Vec<String> = script.lines().map(str::to_owned).collect();
    let outcome = run(client, OpenSpec::Demo, &Step::all_of(&lines), options, streams).unwrap();
    Ran {
        outcome,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

fn text(script: &str) -> String {
    let ran = ran(Fake::default(), false, script);
    assert_eq!(ran.err, "");
    assert_eq!(ran.outcome, Outcome::Done);
    ran.out
}

fn lines_of_json(script: &str) -> Vec<Value> {
    let ran = ran(Fake::default(), true, script);
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The result of one command.
fn result(command: &str) -> Value {
    let lines = lines_of_json(command);
    assert_eq!(lines.len(), 1, "{command}");
    assert_eq!(lines[0]["command"], command);
    assert_eq!(lines[0]["ok"], true, "{}", lines[0]);
    lines[0]["result"].clone()
}

fn has_fields(value: &Value, fields: &[&str]) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {value}"));
    for field in fields {
        assert!(object.contains_key(*field), "{field} is missing in {value}");
    }
}

const LOCATION: [&str; 4] = ["pc", "function", "file", "line"];

// ---- text ----

#[test]
fn the_report_says_the_verdict_first() {
    insta::assert_snapshot!(text("report"));
}

#[test]
fn a_report_of_the_wrong_executable_says_so_first() {
    let doubtful = Fake {
        doubtful: true,
        ..Fake::default()
    };
    let ran = ran(doubtful, false, "report");
    let mut lines = ran.out.lines();
    assert_eq!(
        lines.next(),
        Some("WARNING: the executable is not the one that crashed: build ids aa and bb")
    );
    assert_eq!(
        lines.next(),
        Some("panic: again: index out of range [7] with length 3")
    );
    assert_eq!(ran.err, "");
}

#[test]
fn other_commands_are_warned_about_on_stderr() {
    let doubtful = Fake {
        doubtful: true,
        ..Fake::default()
    };
    let ran = ran(doubtful, false, "bt");
    assert!(
        ran.err.starts_with("WARNING: the executable is not"),
        "{}",
        ran.err
    );
}

#[test]
fn goroutines_read_like_delve() {
    insta::assert_snapshot!(text(
        "goroutines -l\ngrs -with user -sort wait -limit 1\ngrs -t 2 -with label kind=blue\ngrs -group stack -without user"
    ));
}

#[test]
fn goroutine_and_thread_show_and_select() {
    insta::assert_snapshot!(text("gr\ngr 6\nthreads\nthread 101\nbt 1"));
}

#[test]
fn stacks_read_like_delve() {
    insta::assert_snapshot!(text("bt\nbt 2\nbt -goroutine 7\nbt 4 -full"));
}

#[test]
fn frames_variables_and_registers() {
    insta::assert_snapshot!(text(
        "frame 2\nargs\nlocals\nlocals s\nregs\nregs -a\nup\ndown 1\nlist\nlist 3\nvars\nvars total"
    ));
}

#[test]
fn process_facts() {
    insta::assert_snapshot!(text("images\nmemmap\nenv\ninfo"));
}

#[test]
fn help_lists_and_explains() {
    insta::assert_snapshot!(text("help\nhelp bt"));
}

#[test]
fn nothing_that_a_terminal_obeys_gets_through() {
    let script = "report\ngrs -l -t\ngr 6\nbt -full\nlocals\nenv\ninfo\nmemmap\nimages\nthreads";
    assert!(
        !text(script)
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
    );
}

#[test]
fn colour_is_there_when_asked_for() {
    let engine = EngineHandle::spawn_with(|_| Fake::default()).unwrap();
    let client = Client::new(engine, CancelToken::new(), false);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = Options {
        json: false,
        color: true,
    };
    let streams = Streams {
        out: &mut out,
        err: &mut err,
        err_width: None,
    };
    run(
        client,
        OpenSpec::Demo,
        &Step::all_of(&["bt".to_owned()]),
        options,
        streams,
    )
    .unwrap();
    assert!(
        String::from_utf8(out)
            .unwrap()
            .contains("\x1b[1mmain.pick\x1b[0m")
    );
}

// ---- JSON ----

#[test]
fn one_line_per_command_in_order() {
    let lines = lines_of_json("bt 1; nonsense\nframe 99\n# a comment\nthreads");
    let commands: Vec<_> = lines
        .iter()
        .map(|line| line["command"].as_str().unwrap())
        .collect();
    assert_eq!(commands, ["bt 1", "nonsense", "frame 99", "threads"]);
    let ok: Vec<_> = lines.iter().map(|line| line["ok"].as_bool().unwrap()).collect();
    assert_eq!(ok, [true, false, false, true]);
    has_fields(&lines[1]["error"], &["kind", "message", "hints"]);
    assert_eq!(lines[1]["error"]["kind"], "usage");
    assert_eq!(lines[2]["error"]["kind"], "not-found");
    assert!(lines[1].get("result").is_none());
}

#[test]
fn goroutines_have_the_promised_fields() {
    let found = result("goroutines");
    assert_eq!((&found["total"], &found["shown"]), (&4.into(), &4.into()));
    for row in found["goroutines"].as_array().unwrap() {
        has_fields(
            row,
            &[
                "id",
                "status",
                "wait_reason",
                "wait_since_ns",
                "thread",
                "current",
                "system",
                "parent",
                "labels",
                "blocked_on",
            ],
        );
        for place in ["current_loc", "user_loc", "go_loc", "start_loc"] {
            has_fields(&row[place], &LOCATION);
        }
    }
    let first = &found["goroutines"][0];
    assert_eq!(first["user_loc"]["pc"], "0x4b3f65");
    assert_eq!(first["status"], "running");
    assert_eq!(first["wait_reason"], Value::Null);
    assert_eq!(first["thread"], 100);
    assert_eq!(found["goroutines"][2]["wait_since_ns"], 308_000_000_000_u64);
}

#[test]
fn rows_are_the_goroutines_and_their_stacks_field_by_field() {
    let rows = result("goroutines -t 2");
    let goroutines = serde_json::to_value(fake::goroutines().goroutines).unwrap();
    for (row, goroutine) in rows["goroutines"]
        .as_array()
        .unwrap()
        .iter()
        .zip(goroutines.as_array().unwrap())
    {
        let mut row = row.clone();
        let stack = row.as_object_mut().unwrap().remove("stack").unwrap();
        assert_eq!(row, *goroutine);
        let bt = result(&format!("bt 2 -goroutine {}", goroutine["id"]));
        assert_eq!(stack["goroutine"], goroutine["id"]);
        assert_eq!(
            (&stack["frames"], &stack["end"], &stack["depth"]),
            (&bt["frames"], &bt["end"], &bt["depth"])
        );
    }
}

#[test]
fn groups_have_the_promised_fields() {
    let found = result("goroutines -group stack -limit 1");
    assert_eq!(found["total"], 4);
    assert_eq!(found["groups"].as_array().unwrap().len(), 1);
    assert_eq!(found["more"], 2);
    has_fields(&found["groups"][0], &["key", "count", "goroutine_ids", "example"]);
    let user = result("goroutines -group user -with running");
    assert_eq!(user["groups"][0]["goroutine_ids"], serde_json::json!([1]));
}

#[test]
fn filters_sort_and_limit_count_what_they_leave_out() {
    let found = result("goroutines -with user -limit 2 -sort wait");
    assert_eq!((&found["total"], &found["matching"]), (&4.into(), &3.into()));
    assert_eq!(found["shown"], 2);
    assert_eq!(found["goroutines"][0]["id"], 6);
}

#[test]
fn a_stack_has_the_promised_fields() {
    let found = result("bt");
    assert_eq!(
        (&found["goroutine"], &found["end"]),
        (&1.into(), &"complete".into())
    );
    let fields = [
        "index", "pc", "function", "file", "line", "inlined", "cfa", "trust", "image",
    ];
    has_fields(&found["frames"][0], &fields);
    assert_eq!(found["frames"][2]["inlined"], true);
    assert_eq!(result("bt 2")["end"], "limit");
    has_fields(&result("bt -full")["frames"][2], &["args", "locals"]);
    has_fields(
        &result("goroutines -t 1")["goroutines"][0]["stack"],
        &["frames", "end"],
    );
}

#[test]
fn variables_have_the_promised_fields() {
    let fields = [
        "name",
        "type",
        "kind",
        "addr",
        "value",
        "len",
        "cap",
        "children",
        "more",
        "unreadable",
    ];
    for command in ["locals", "args", "vars"] {
        for row in result(command)["variables"].as_array().unwrap() {
            has_fields(row, &fields);
        }
    }
    let slice = &result("locals s")["variables"][0];
    assert_eq!(slice["children"].as_array().unwrap().len(), 2);
    assert_eq!((&slice["more"], &slice["len"]), (&1.into(), &3.into()));
    assert_eq!(
        result("locals err")["variables"][0]["unreadable"],
        "optimised away at this pc"
    );
}

#[test]
fn the_rest_has_the_promised_fields() {
    let thread = &result("threads")["threads"][0];
    has_fields(thread, &["tid", "current", "goroutine", "loc", "name", "signal"]);
    has_fields(&thread["loc"], &LOCATION);
    has_fields(&result("regs")["registers"][0], &["name", "value"]);
    assert_eq!(result("regs")["registers"][1]["value"], Value::Null);
    let list = result("list");
    has_fields(&list, &["file", "origin", "start", "current", "lines"]);
    assert_eq!(
        (&list["start"], &list["current"], &list["origin"]),
        (&6.into(), &11.into(), &"disk".into())
    );
    let image = &result("images")["images"][0];
    has_fields(
        image,
        &["path", "base", "build_id", "verified", "debug_info", "from"],
    );
    assert_eq!(
        (&image["verified"], &image["debug_info"]),
        (&"yes".into(), &"dwarf".into())
    );
    has_fields(&result("memmap")["regions"][0], &["start", "end"]);
    has_fields(&result("env"), &["env"]);
    has_fields(&result("info"), &["session", "process"]);
    has_fields(&result("help")["commands"][0], &["name", "usage", "summary"]);
}

#[test]
fn the_report_has_the_promised_fields() {
    let report = result("report");
    let fields = [
        "kind",
        "exe",
        "pid",
        "signal",
        "fault_addr",
        "reason",
        "panics",
        "crash",
        "goroutine_count",
        "groups",
        "warnings",
        "go_version",
        "build_id",
    ];
    has_fields(&report, &fields);
    has_fields(&report["panics"][0], &["type", "message", "recovered"]);
    has_fields(&report["crash"]["frame"], &LOCATION);
    assert_eq!(
        (&report["kind"], &report["fault_addr"]),
        (&"core".into(), &"0x10".into())
    );
    assert_eq!(report["crash"]["goroutine"], 1);
}

// ---- selection and outcomes ----

#[test]
fn the_session_starts_at_the_crash() {
    let frame = &lines_of_json("up")[0]["result"]["frame"];
    assert_eq!(frame["index"], 3);
    assert_eq!(frame["function"], "main.crash");
}

#[test]
fn a_goroutine_is_entered_at_the_users_frame() {
    let lines = lines_of_json("goroutine 6\ngoroutine 1\nframe 4\ngoroutine 1");
    let selected: Vec<_> = lines
        .iter()
        .map(|line| {
            let result = &line["result"];
            result.get("selected_frame").or(result.get("frame")).unwrap()["index"].clone()
        })
        .collect();
    assert_eq!(selected, [1, 2, 4, 4]);
}

#[test]
fn a_command_that_fails_leaves_the_selection_and_the_rest_is_run() {
    let ran = ran(Fake::default(), false, "frame 77\nup 99\ndown 9\ngr 5\nup");
    assert_eq!(ran.outcome, Outcome::Failed);
    assert!(ran.out.starts_with("Frame 3: "), "{}", ran.out);
    let messages: Vec<_> = ran
        .err
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(
        messages,
        [
            "error: frame 77: there is no frame 77: this stack has 6 frames",
            "error: up 99: there is no frame 101: this stack has 6 frames",
            "error: down 9: cannot move 9 frames from frame 2",
            "error: gr 5: there is no goroutine 5",
        ]
    );
}

#[test]
fn quit_ends_the_script() {
    let lines = lines_of_json("threads; quit; bt");
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["ok"], true);
}

#[test]
fn list_finds_a_file_by_the_end_of_its_path() {
    assert_eq!(result("list main.go:3")["file"], fake::MAIN);
    assert_eq!(result("list crash/main.go:3")["start"], 1);
    assert_eq!(result("sources other")["sources"][0], "/src/crash/other.go");
    assert_eq!(
        result("sources '/o[a-z]*\\.go$'")["sources"],
        serde_json::json!(["/src/crash/other.go"])
    );
    let lines = lines_of_json("list proc.go:3; list ain.go:3; list main.go:15");
    assert_eq!(
        lines[0]["error"]["message"],
        "there is no source file /go/src/runtime/proc.go"
    );
    assert_eq!(lines[1]["error"]["message"], "there is no source file ain.go");
    assert!(
        lines[2]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("has 14 lines")
    );
}

#[test]
fn a_session_that_cannot_open_fails_in_text_and_in_json() {
    let broken = Fake {
        broken: true,
        ..Fake::default()
    };
    let as_text = ran(broken.clone(), false, "bt");
    assert_eq!((as_text.outcome, as_text.out.as_str()), (Outcome::Failed, ""));
    assert_eq!(
        as_text.err,
        "error: not a core dump: /srv/crash.core\n  hint: a core dump begins with 7f 45 4c 46\n"
    );
    let as_json = ran(broken, true, "bt");
    let line: Value = serde_json::from_str(&as_json.out).unwrap();
    assert_eq!((&line["command"], &line["ok"]), (&"open".into(), &false.into()));
    assert_eq!(line["error"]["kind"], "format");
}

#[test]
fn an_interrupt_ends_the_script() {
    let engine = EngineHandle::spawn_with(|_| Fake::default()).unwrap();
    let interrupt = CancelToken::new();
    interrupt.cancel();
    let client = Client::new(engine, interrupt, false);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams {
        out: &mut out,
        err: &mut err,
        err_width: None,
    };
    let lines = ["bt".to_owned()];
    let outcome = run(
        client,
        OpenSpec::Demo,
        &Step::all_of(&lines),
        Options::default(),
        streams,
    )
    .unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
}

#[test]
fn a_closed_pipe_ends_the_script_with_its_error() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for json in [false, true] {
        let engine = EngineHandle::spawn_with(|_| Fake::default()).unwrap();
        let client = Client::new(engine, CancelToken::new(), false);
        let streams = Streams {
            out: &mut Closed,
            err: &mut Vec::new(),
            err_width: None,
        };
        let options = Options { json, color: false };
        let error = run(
            client,
            OpenSpec::Demo,
            &Step::all_of(&["bt".to_owned()]),
            options,
            streams,
        )
        .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "json: {json}");
    }
}
