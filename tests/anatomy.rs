//! Types, deferred calls and machine code of a real program: against what the program says of
//! itself, against its source, and against `go tool objdump`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

mod common;

use std::collections::BTreeMap;
use std::process::Command;

use common::{Crashed, go};
use serde_json::Value;

/// The results of commands on a core.
fn ask(crashed: &Crashed, commands: &[&str]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinydbg-tui"));
    command
        .arg("core")
        .arg(&crashed.exe)
        .arg(&crashed.core)
        .arg("--json");
    for one in commands {
        command.args(["-x", one]);
    }
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let results = out.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["ok"], true, "{line}");
        line["result"].clone()
    });
    results.collect()
}

fn each_crash(check: impl Fn(&Crashed, &str)) {
    for toolchain in go::toolchains() {
        for flags in [&[][..], &["-gcflags=all=-N -l"]] {
            let exe = go::Build::of("anatomy").with(toolchain).flags(flags).exe();
            if let Some(crashed) = common::crash(&exe, &[]) {
                check(&crashed, &format!("{} {flags:?}", toolchain.version));
            }
        }
    }
}

#[test]
fn fields_lie_where_the_program_says() {
    each_crash(|crashed, version| {
        let layout = ask(crashed, &["ptype server"]).remove(0);
        let told = crashed
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("field "));
        let told: Vec<(String, u64, u64)> = told
            .map(|line| {
                let mut words = line.split(' ');
                let name = words.next().unwrap().to_owned();
                let mut number = || words.next().unwrap().parse().unwrap();
                (name, number(), number())
            })
            .collect();
        let mut ours: Vec<(String, u64, u64)> = layout["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| {
                let number = |key: &str| field[key].as_u64().unwrap();
                (
                    field["name"].as_str().unwrap().to_owned(),
                    number("offset"),
                    number("size"),
                )
            })
            .collect();
        let whole = |key: &str| layout[key].as_u64().unwrap();
        ours.push(("-".to_owned(), whole("size"), whole("align")));
        assert_eq!(ours, told, "{version}");
        let held: u64 = ours.iter().rev().skip(1).map(|(_, _, size)| size).sum();
        assert_eq!(held + whole("padding"), whole("size"), "{version}");
        let methods: BTreeMap<&str, &Value> = layout["methods"]
            .as_array()
            .unwrap()
            .iter()
            .map(|method| (method["name"].as_str().unwrap(), method))
            .collect();
        assert_eq!(
            methods["Serve"]["signature"], "func([]string) (int, error)",
            "{version}"
        );
        assert_eq!(methods["Serve"]["through"], Value::Null, "{version}");
        assert_eq!(methods["Rename"]["through"], "base", "{version}");
    });
}

#[test]
fn deferred_calls_are_listed_in_the_order_in_which_they_will_run() {
    each_crash(|crashed, version| {
        let goroutines = ask(crashed, &["goroutines"]).remove(0);
        let rows = goroutines["goroutines"].as_array().unwrap();
        let waiting = rows
            .iter()
            .find(|row| row["start_loc"]["function"] == "main.main.func2");
        let id = waiting.unwrap_or_else(|| panic!("{version}: {goroutines}"))["id"].clone();
        let defers = ask(crashed, &[&format!("goroutine {id}"), "defers"]).remove(1);
        let calls: Vec<&str> = defers["defers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| call["call"]["function"].as_str().unwrap())
            .collect();
        let expected = [
            "main.cleanup",
            "main.cleanup",
            "main.(*conn).Close",
            "main.cleanup",
            "sync.(*Mutex).Unlock",
        ];
        assert_eq!(calls, expected, "{version}");
        let by: Vec<&str> = defers["defers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| call["by"]["function"].as_str().unwrap())
            .collect();
        assert_eq!(by[..3], ["main.loop", "main.loop", "main.open"], "{version}");
    });
}

/// `0x..` of each instruction, and its text as Go's own tool writes it.
fn objdump(crashed: &Crashed, functions: &str) -> BTreeMap<String, String> {
    let mut command = Command::new("go");
    command
        .args(["tool", "objdump", "-s", functions])
        .arg(&crashed.exe);
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let instructions = out.lines().filter_map(|line| {
        let mut columns = line
            .split('\t')
            .map(str::trim)
            .filter(|column| !column.is_empty());
        let addr = columns.nth(1)?;
        let text = columns.nth(1)?;
        Some((addr.to_owned(), text.replace(".abi0(", "(")))
    });
    instructions.collect()
}

#[test]
fn code_reads_as_gos_own_tools_write_it() {
    let Some(toolchain) = go::newest() else { return };
    let exe = go::Build::of("anatomy").with(toolchain).exe();
    let Some(crashed) = common::crash(&exe, &[]) else {
        return;
    };
    let functions = [
        "main.open",
        "main.loop",
        "main.main",
        "runtime.mallocgc",
        "runtime.gopanic",
        "runtime.schedule",
    ];
    let commands: Vec<String> = functions
        .iter()
        .map(|name| format!("disass {name} -syntax go"))
        .collect();
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let truth = objdump(
        &crashed,
        r"^(main\.|runtime\.)(open|loop|main|mallocgc|gopanic|schedule)$",
    );
    let (mut same, mut different) = (0, Vec::new());
    for code in ask(&crashed, &commands) {
        for instruction in code["instructions"].as_array().unwrap() {
            let addr = instruction["addr"].as_str().unwrap();
            let text = instruction["text"].as_str().unwrap();
            match truth.get(addr) {
                Some(theirs) if theirs == text => same += 1,
                theirs => different.push(format!("{addr} {text:?} {theirs:?}")),
            }
        }
    }
    assert!(
        same > 500,
        "only {same} instructions were compared: {different:#?}"
    );
    assert!(different.len() * 100 <= same, "{different:#?}");
}
