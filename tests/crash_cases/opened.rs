//! A session of the real program, driven by commands, read as JSON.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::Crashed;

/// What the usual commands gave for one core.
#[derive(Debug)]
pub struct Opened {
    pub report: Value,
    pub goroutines: Value,
    pub threads: Value,
    /// The stack of the goroutine or thread that the session opens on.
    pub stack: Value,
}

/// One row of a stack, as far as the tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub function: String,
    /// Last part of the path.
    pub file: String,
    pub line: u64,
    pub inlined: bool,
}

/// Runs `tinydbg-tui` with `args`.
pub fn tinydbg(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tinydbg-tui"))
        .args(args)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program under test starts")
}

/// The result of each command on `core`; every one of them must succeed.
pub fn ask(exe: Option<&Path>, core: &Path, commands: &[&str]) -> Vec<Value> {
    let mut args = vec!["core"];
    args.extend(exe.and_then(Path::to_str));
    args.push(core.to_str().expect("a readable path"));
    json(&args, commands)
}

/// The result of each command in the session that `args` open; every one of them must succeed.
pub fn json(args: &[&str], commands: &[&str]) -> Vec<Value> {
    let mut args = [args, &["--json", "--no-debuginfod"]].concat();
    args.extend(commands.iter().flat_map(|command| ["-x", *command]));
    let output = tinydbg(&args);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{args:?}: {}\n{complaints}",
        output.status
    );
    let lines: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line of --json is JSON"))
        .collect();
    assert_eq!(lines.len(), commands.len(), "one line per command: {complaints}");
    lines
        .into_iter()
        .map(|line| {
            assert_eq!(line["ok"], true, "{line}");
            line["result"].clone()
        })
        .collect()
}

impl Opened {
    pub const COMMANDS: [&str; 4] = ["report", "goroutines", "threads", "bt 200"];

    pub fn of(crashed: &Crashed) -> Self {
        Self::files(Some(&crashed.exe), &crashed.core)
    }

    pub fn files(exe: Option<&Path>, core: &Path) -> Self {
        Self::answers(ask(exe, core, &Self::COMMANDS))
    }

    /// What [`Self::COMMANDS`] gave.
    pub fn answers(results: Vec<Value>) -> Self {
        let results: [Value; 4] = results.try_into().expect("as many as asked");
        let [report, goroutines, threads, stack] = results;
        Self {
            report,
            goroutines,
            threads,
            stack,
        }
    }

    pub fn reason(&self) -> &str {
        self.report["reason"].as_str().unwrap_or_default()
    }

    /// Messages of the panic chain, oldest first.
    pub fn panics(&self) -> Vec<&str> {
        let entries = self.report["panics"].as_array().expect("panics is a list");
        entries
            .iter()
            .filter_map(|entry| entry["message"].as_str())
            .collect()
    }

    /// Kinds of the warnings.
    pub fn warnings(&self) -> Vec<&str> {
        let warnings = self.report["warnings"].as_array().expect("warnings is a list");
        warnings
            .iter()
            .filter_map(|warning| warning["kind"].as_str())
            .collect()
    }

    /// The same without the one that stripped programs deserve.
    pub fn faults(&self) -> Vec<&str> {
        let mut warnings = self.warnings();
        warnings.retain(|kind| *kind != "no-debug-info");
        warnings
    }

    pub fn rows(&self) -> &[Value] {
        self.goroutines["goroutines"]
            .as_array()
            .expect("goroutines is a list")
    }

    /// The only goroutine whose user location or start lies in `function`.
    pub fn goroutine_in(&self, function: &str) -> &Value {
        let mut found = self.goroutines_in(function);
        assert_eq!(found.len(), 1, "goroutines in {function}: {found:#?}");
        found.remove(0)
    }

    pub fn goroutines_in(&self, function: &str) -> Vec<&Value> {
        let places = ["user_loc", "start_loc"];
        self.rows()
            .iter()
            .filter(|row| places.iter().any(|place| row[*place]["function"] == function))
            .collect()
    }

    pub fn stack_rows(&self) -> Vec<Row> {
        rows(&self.stack)
    }

    /// Where the report says it died.
    pub fn site(&self) -> Row {
        row(&self.report["crash"]["frame"])
    }
}

/// The frames of the result of `bt`.
pub fn rows(stack: &Value) -> Vec<Row> {
    let frames = stack["frames"].as_array().expect("frames is a list");
    frames.iter().map(row).collect()
}

fn row(frame: &Value) -> Row {
    let file = frame["file"].as_str().unwrap_or_default();
    Row {
        function: frame["function"].as_str().unwrap_or_default().to_owned(),
        file: file.rsplit('/').next().unwrap_or_default().to_owned(),
        line: frame["line"].as_u64().unwrap_or_default(),
        inlined: frame["inlined"].as_bool().unwrap_or_default(),
    }
}

/// The number of the only line of a test program that contains `text`.
pub fn line_with(program: &str, text: &str) -> u64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/programs")
        .join(program)
        .join("main.go");
    let source = std::fs::read_to_string(path).expect("the program has a main.go");
    let mut lines = (1..).zip(source.lines()).filter(|(_, line)| line.contains(text));
    let (number, _) = lines.next().expect("the text is in the program");
    assert_eq!(lines.next(), None, "{text:?} is there more than once");
    number
}
