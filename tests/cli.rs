//! The program as people and scripts start it: exit codes, what goes to which stream, closed pipes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinydbg-tui"));
    command
        .stdin(Stdio::null())
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env_remove("RUST_BACKTRACE");
    command
}

fn ran(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs, and checks the exit code, that stdout is empty, and that stderr is an error in our form.
fn refused(args: &[&str], code: i32) -> String {
    let output = ran(args);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
    assert_eq!(text(&output.stdout), "", "{args:?}");
    assert!(err.starts_with("error: "), "{args:?}: {err}");
    assert!(!err.contains("panicked"), "{args:?}: {err}");
    err
}

#[test]
fn wrong_usage_ends_with_2_and_says_why() {
    for args in [
        &["core"][..],
        &["core", "a", "b", "c"],
        &["core", "a", "--color", "red"],
        &["core", "a", "--substitute-path", "nonsense"],
        &["frobnicate"],
        &["attach", "0"],
        &["dump"],
        &["dump", "1", "--full", "--thin"],
        &["exec", "true"],
        &["cores", "a", "b"],
        &["attach"],
        &["attach", "-x", "bt"],
        &["attach", "--script", "/nonexistent"],
        &["doctor", "one", "two"],
        &["completions", "tcsh"],
    ] {
        refused(args, 2);
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["core", "--help"],
        &["demo", "-h"],
    ] {
        let output = ran(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(text(&output.stdout).contains("tinydbg-tui"), "{args:?}");
        assert_eq!(text(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn a_core_that_cannot_be_opened_is_told_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let cases = [
        dir.path().join("missing"),
        dir.path().to_owned(),
        file("empty", b""),
        file(
            "text",
            b"this is no core dump, however long it may be and whatever it says",
        ),
        file("short", b"\x7fELF"),
        file("zeros", &[0; 4096]),
    ];
    for path in &cases {
        let shown = path.to_str().unwrap();
        let err = refused(&["core", shown], 1);
        assert!(err.contains(shown), "{err}");
        refused(&["core", shown, "-x", "bt"], 1);
    }
}

#[test]
fn an_executable_is_not_taken_for_a_core() {
    let exe = env!("CARGO_BIN_EXE_tinydbg-tui");
    let err = refused(&["core", exe], 1);
    assert!(err.contains(exe), "{err}");
}

#[test]
fn a_file_without_permission_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, b"\x7fELF").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::File::open(&path).is_ok() {
        // The superuser may read everything: there is nothing to see here.
        return;
    }
    let err = refused(&["core", path.to_str().unwrap()], 1);
    assert!(err.to_lowercase().contains("permission denied"), "{err}");
}

#[test]
fn a_failed_opening_is_a_line_of_json_as_well() {
    let output = ran(&["core", "/nonexistent/core", "--json", "-x", "bt"]);
    assert_eq!(output.status.code(), Some(1));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["ok"], false);
    assert_eq!(line["error"]["kind"], "file");
    assert!(text(&output.stderr).starts_with("error: "));
}

#[test]
fn a_script_that_is_missing_is_an_error() {
    let err = refused(&["demo", "--script", "/nonexistent/script"], 1);
    assert!(err.contains("/nonexistent/script"), "{err}");
}

#[test]
fn a_broken_config_is_a_warning_and_no_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    fs::write(&config, "mouse = false\ncolour = 3\n").unwrap();
    let output = ran(&["demo", "--config", config.to_str().unwrap(), "-x", "help"]);
    assert_eq!(output.status.code(), Some(0));
    let err = text(&output.stderr);
    assert!(
        err.contains("config.toml:2: unknown key \"colour\"; did you mean \"color\"?"),
        "{err}"
    );
}

#[test]
fn completions_and_manual_page_are_printed() {
    for args in [
        &["completions", "bash"][..],
        &["completions", "zsh"],
        &["completions", "fish"],
        &["man"],
    ] {
        let output = ran(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(text(&output.stdout).contains("substitute"), "{args:?}");
        assert_eq!(text(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for args in [
        &["man"][..],
        &["completions", "zsh"],
        &["demo", "-x", "help; help; help"],
    ] {
        let mut child = program()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{args:?}: {err}");
        assert!(
            !err.contains("error") && !err.contains("panicked"),
            "{args:?}: {err}"
        );
    }
}

#[test]
fn the_demo_answers_in_text_and_in_json() {
    let report = ran(&["demo"]);
    assert_eq!(report.status.code(), Some(0));
    assert!(text(&report.stdout).contains("=>"), "{}", text(&report.stdout));
    let output = ran(&[
        "demo",
        "--json",
        "-x",
        "bt; locals",
        "-x",
        "threads",
        "-x",
        "images",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let commands: Vec<_> = lines
        .iter()
        .map(|line| line["command"].as_str().unwrap())
        .collect();
    assert_eq!(commands, ["bt", "locals", "threads", "images"]);
    let frames = lines[0]["result"]["frames"].as_array().unwrap();
    let is_ours = |frame: &serde_json::Value| {
        frame["function"]
            .as_str()
            .is_some_and(|name| name.starts_with("main."))
    };
    assert!(frames.iter().any(is_ours), "{}", lines[0]);
}

/// A run with more to say than a pipe holds, so that it waits for its reader, and its first line.
fn blocked_run() -> (Child, BufReader<ChildStdout>) {
    let mut command = program();
    command.args(["demo", "--json"]);
    for _ in 0..2000 {
        command.args(["-x", "bt 50"]);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::with_capacity(1, child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"command\":\"bt 50\",\"ok\":true"), "{line}");
    (child, out)
}

fn interrupt(child: &Child) {
    let pid = i32::try_from(child.id()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGINT).unwrap();
}

#[test]
fn an_interrupt_ends_it_with_130_after_the_running_command() {
    let (mut child, mut out) = blocked_run();
    interrupt(&child);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        rest.lines().count() < 1999,
        "the commands that were left were not run"
    );
    assert!(rest.ends_with('\n'), "no line is cut");
}

#[test]
fn a_second_interrupt_ends_it_with_130_at_once() {
    let (mut child, out) = blocked_run();
    // Nobody reads: only the second one can end it. Sent again, since two that come together are one.
    let deadline = Instant::now() + Duration::from_secs(60);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        interrupt(&child);
        thread::sleep(Duration::from_millis(20));
    };
    drop(out);
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_full_disk_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let output = program()
        .arg("man")
        .stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: cannot write the results"));
}

#[test]
fn the_log_is_for_its_owner_only_and_says_what_was_asked() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    ran(&["core", "/nonexistent/core", "--log", log.to_str().unwrap()]);
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("Open(") && text.contains("failed after"), "{text}");
}

#[test]
fn the_demo_tells_where_it_began_and_where_it_was_panicked_anew() {
    let output = ran(&["demo", "--json", "-x", "report; goroutines; sources pricing"]);
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let report = &lines[0]["result"];
    assert_eq!(report["crash"], report["origin"]);
    let innermost = &report["crash"]["frame"];
    assert_eq!(innermost["function"], "main.(*Shop).total");
    assert_eq!(
        report["last_panic"]["frame"]["function"],
        "main.(*Shop).total.func1"
    );
    let goroutines = lines[1]["result"]["goroutines"].as_array().unwrap();
    let current: Vec<_> = goroutines.iter().filter(|row| row["current"] == true).collect();
    assert_eq!(current.len(), 1, "one goroutine crashed");
    assert_eq!(current[0]["id"], report["crash"]["goroutine"]);
    let sources = lines[2]["result"]["sources"].as_array().unwrap();
    assert_eq!(sources, &["shop.example/orders/pricing.go"]);
}

/// The first process is an ancestor of everything, this test included.
#[test]
fn what_this_program_runs_in_is_not_attached_to() {
    let err = refused(&["attach", "1", "-x", "info"], 1);
    assert!(err.starts_with("error: cannot attach to process 1\n  because: this program runs inside it"));
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn processes_are_listed_as_json_with_the_reason_where_attaching_is_refused() {
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let output = ran(&["attach", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let line = json(&output);
    assert_eq!(
        (&line["command"], &line["ok"]),
        (&"processes".into(), &true.into())
    );
    let rows = line["result"]["processes"].as_array().unwrap();
    let row = |pid: u32| rows.iter().find(|row| row["pid"] == pid).unwrap();
    let sleep = row(child.id());
    assert_eq!(
        (&sleep["name"], &sleep["command"]),
        (&"sleep".into(), &"sleep 60".into())
    );
    assert!(sleep["go_version"].is_null() && sleep["threads"] == 1);
    for field in [
        "exe",
        "uid",
        "user",
        "resident_bytes",
        "age_s",
        "container",
        "refusal",
        "fix",
    ] {
        assert!(sleep.get(field).is_some(), "{field} is missing in {sleep}");
    }
    let own = row(std::process::id())["refusal"].as_str().unwrap().to_owned();
    assert!(own.contains("runs inside it"), "{own}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_process_is_found_by_its_name_where_only_one_has_it() {
    let err = refused(&["attach", "no-process-has-this-name", "-x", "info"], 1);
    assert!(
        err.contains("no process is called \"no-process-has-this-name\""),
        "{err}"
    );
    let dir = tempfile::tempdir().unwrap();
    let name = format!("sleeper-of-{}", std::process::id());
    let path = dir.path().join(&name);
    fs::copy("/bin/sleep", &path).unwrap();
    let mut first = Command::new(&path).arg("60").spawn().unwrap();
    let found = ran(&["doctor", &name, "--json"]);
    let checks = json(&found)["result"]["checks"].clone();
    let what = checks[0]["what"].as_str().unwrap().to_owned();
    assert!(what.contains(&first.id().to_string()), "{what}");
    let mut second = Command::new(&path).arg("60").spawn().unwrap();
    let err = refused(&["attach", &name, "-x", "info"], 2);
    assert!(err.contains("2 processes are called"), "{err}");
    assert!(err.contains(&format!("{}: not Go", second.id())), "{err}");
    for child in [&mut first, &mut second] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn doctor_says_what_stands_in_the_way_and_what_helps() {
    let output = ran(&["doctor", "--json"]);
    let checks = json(&output)["result"]["checks"].clone();
    let checks = checks.as_array().unwrap();
    let state = |name: &str| {
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        assert!(check["what"].is_string() && check.get("fix").is_some());
        check["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("terminal"), "warning");
    assert!(["ok", "bad"].contains(&state("yama").as_str()));
    let is_bad = checks.iter().any(|check| check["state"] == "bad");
    assert_eq!(output.status.code(), Some(i32::from(is_bad)));

    // This test is an ancestor of the program: it cannot be attached to.
    let own = std::process::id().to_string();
    let output = ran(&["doctor", &own]);
    assert_eq!(output.status.code(), Some(1));
    let out = text(&output.stdout);
    assert!(out.starts_with("BAD"), "{out}");
    assert!(out.contains(&format!("process {own} cannot be")), "{out}");
    assert!(out.contains("-> do it from another terminal"), "{out}");
}
