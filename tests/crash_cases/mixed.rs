//! Stacks that go from Go to C and back: both sides in their order, C as gdb sees it.

use std::process::Command;

use serde_json::Value;

use crate::builds::cgo_works;
use crate::common::go::{Build, toolchains};
use crate::common::{Crashed, Run, skipped};
use crate::opened::{Opened, ask, rows};

/// Frames that gdb finds on the stack of the thread that is called `tid`, innermost first: pc, and
/// the name where it has one.
fn by_gdb(crashed: &Crashed, tid: u64) -> Option<Vec<(u64, String)>> {
    let find =
        format!("python [t.switch() for t in gdb.selected_inferior().threads() if t.ptid[1] == {tid}]");
    let walk = r#"python exec("f = gdb.newest_frame()\nwhile f is not None:\n  print('FRAME %#x %s' % (f.pc(), f.name()))\n  f = f.older()")"#;
    let output = Command::new("gdb")
        .args([
            "-nx",
            "-batch",
            "-iex",
            "set auto-load off",
            "-iex",
            "set backtrace limit 100",
        ])
        .args(["-ex", &find, "-ex", walk])
        .args([&crashed.exe, &crashed.core])
        .output();
    let Ok(output) = output else {
        skipped("gdb is not installed");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let frames = text.lines().filter_map(|line| {
        let (pc, name) = line.strip_prefix("FRAME 0x")?.split_once(' ')?;
        Some((u64::from_str_radix(pc, 16).ok()?, name.to_owned()))
    });
    Some(frames.collect())
}

fn crashed_in(how: &str, run: impl Fn(Run) -> Option<Crashed>, check: impl Fn(&Crashed, &str)) {
    if !cgo_works() {
        return;
    }
    for toolchain in toolchains() {
        for flags in [&[][..], &["-buildmode=pie", "-ldflags=-s"]] {
            let exe = Build::of("stacks_cgo").with(toolchain).cgo().flags(flags).exe();
            let Some(crashed) = run(Run::of(&exe, &[how])) else {
                return;
            };
            check(&crashed, &format!("{how} {flags:?} {}", toolchain.version));
        }
    }
}

fn functions(opened: &Opened) -> Vec<String> {
    opened.stack_rows().into_iter().map(|row| row.function).collect()
}

#[track_caller]
fn assert_in_order(functions: &[String], wanted: &[&str], context: &str) {
    let mut rest = functions.iter();
    for name in wanted {
        assert!(
            rest.any(|function| function == name),
            "{context}: no {name} in its place: {functions:#?}"
        );
    }
}

#[test]
fn a_crash_in_c_says_so_and_names_the_go_function_that_called_it() {
    crashed_in("c", Run::until_death, |crashed, context| {
        let opened = Opened::of(crashed);
        let reason = opened.reason();
        let place = match context.contains("-s") {
            true => "C code of stacks_cgo",
            false => "the C function c_crash",
        };
        let expected = format!("SIGSEGV in {place}, called by main.enter: address not mapped, at 0x0");
        assert_eq!(reason, expected, "{context}");
        let mut wanted = vec![
            "runtime.asmcgocall",
            "runtime.cgocall",
            "main._Cfunc_c_crash",
            "main.enter",
        ];
        wanted.extend([
            "runtime.cgocallback",
            "crosscall2",
            "runtime.asmcgocall",
            "main._Cfunc_c_outer",
            "main.main",
        ]);
        assert_in_order(&functions(&opened), &wanted, context);
    });
}

/// Not after a panic that nobody recovered: before the runtime dies it puts g0 back to where the
/// callback found it (`unwindm`) and goes on to print there, over the frames of C.
#[test]
fn go_in_c_in_go_is_one_stack_in_its_order() {
    crashed_in(
        "asleep",
        |run| run.killed_by("ABRT"),
        |crashed, context| {
            let opened = Opened::of(crashed);
            let id = opened.goroutine_in("main.enter")["id"].clone();
            let stack = &ask(
                Some(&crashed.exe),
                &crashed.core,
                &[&format!("bt 100 -goroutine {id}")],
            )[0];
            let functions: Vec<String> = rows(stack).into_iter().map(|row| row.function).collect();
            let mut wanted = Vec::new();
            if !context.contains("-s") {
                wanted.push("c_sleep");
            }
            wanted.extend([
                "runtime.asmcgocall",
                "runtime.cgocall",
                "main._Cfunc_c_sleep",
                "main.enter",
            ]);
            wanted.extend(["runtime.cgocallback", "crosscall2"]);
            if !context.contains("-s") {
                wanted.extend(["enter", "c_outer"]);
            }
            wanted.extend(["runtime.asmcgocall", "runtime.cgocall", "main._Cfunc_c_outer"]);
            assert_in_order(&functions, &wanted, context);
            assert_eq!(stack["end"], "complete", "{context}");
        },
    );
}

#[test]
fn frames_of_c_are_those_that_gdb_finds() {
    let go = |name: &str| name.starts_with("runtime.") || name.starts_with("main.") || name == "crosscall2";
    crashed_in(
        "asleep",
        |run| run.killed_by("ABRT"),
        |crashed, context| {
            // Without names gdb goes on where C ends, into nowhere.
            if context.contains("-s") {
                return;
            }
            let answers = ask(Some(&crashed.exe), &crashed.core, &["threads"]);
            let mut compared = 0;
            for thread in answers[0]["threads"].as_array().expect("a list") {
                let tid = thread["tid"].as_u64().expect("a number");
                let Some(theirs) = by_gdb(crashed, tid) else {
                    return;
                };
                // What a handler of signals does is Go's; below it is what was interrupted.
                let handled = theirs.iter().rposition(|(_, name)| name == "__restore_rt");
                let in_c: Vec<u64> = theirs[handled.map_or(0, |at| at + 1)..]
                    .iter()
                    .take_while(|(_, name)| !go(name))
                    .map(|(pc, _)| *pc)
                    .collect();
                if in_c.is_empty() {
                    continue;
                }
                let commands = [&*format!("thread {tid}"), "bt 100"];
                let stack = &ask(Some(&crashed.exe), &crashed.core, &commands)[1];
                let frames = stack["frames"].as_array().expect("a list");
                let pc =
                    |frame: &Value| u64::from_str_radix(frame["pc"].as_str()?.strip_prefix("0x")?, 16).ok();
                let ours: Vec<u64> = frames
                    .iter()
                    .filter(|frame| frame["inlined"] == false)
                    .filter_map(pc)
                    .collect();
                let same = ours.windows(in_c.len()).any(|window| window == in_c);
                assert!(same, "{context}, thread {tid}: {in_c:#x?} {ours:#x?}");
                compared += in_c.len();
            }
            assert!(compared >= 4, "{context}: {compared}");
        },
    );
}
