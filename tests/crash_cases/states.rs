//! Goroutines in every state: reasons, objects, peers, labels, threads; and lists of many.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::go::{Build, Toolchain, toolchains};
use crate::common::{Crashed, Run, Writer, crash};
use crate::opened::{Opened, ask, rows};
use crate::printed::{assert_same_goroutines, goroutines};

/// Facts that the program printed about itself.
fn facts(crashed: &Crashed) -> BTreeMap<&str, &str> {
    let lines = crashed
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("fact "));
    lines.filter_map(|line| line.split_once(' ')).collect()
}

/// What the runtime of `toolchain` calls the waiting of each function of the program.
fn reasons(toolchain: &Toolchain) -> Vec<(&'static str, &'static str)> {
    let group = if toolchain.minor() >= 24 {
        "sync.WaitGroup.Wait"
    } else {
        "semacquire"
    };
    vec![
        ("main.waitReadLock", "sync.RWMutex.RLock"),
        ("main.waitWriteLock", "sync.RWMutex.Lock"),
        ("main.waitGroup", group),
        ("main.waitCond", "sync.Cond.Wait"),
        ("main.waitReceive", "chan receive"),
        ("main.waitSend", "chan send"),
        ("main.waitNil", "chan receive (nil chan)"),
        ("main.waitSelect", "select"),
        ("main.waitForever", "select (no cases)"),
        ("main.waitSleep", "sleep"),
        ("main.waitRead", "IO wait"),
        ("main.waitLocked", "chan receive"),
    ]
}

#[track_caller]
fn assert_states(opened: &Opened, crashed: &Crashed, toolchain: &Toolchain, context: &str) {
    for (function, reason) in reasons(toolchain) {
        let row = opened.goroutine_in(function);
        assert_eq!(row["status"], "waiting", "{context}: {function}");
        assert_eq!(row["wait_reason"], reason, "{context}: {function}");
        assert!(row["parent"] == 1, "{context}: {function}: {}", row["parent"]);
    }
    let waiting = opened.goroutines_in("main.waitMutex");
    assert_eq!(waiting.len(), 3, "{context}");
    for row in waiting {
        assert_eq!(row["wait_reason"], "sync.Mutex.Lock", "{context}");
    }
    assert_eq!(
        opened.goroutine_in("main.waitSyscall")["status"],
        "syscall",
        "{context}"
    );
    let labels = &opened.goroutine_in("main.waitLabelled")["labels"];
    assert_eq!(labels["req"], "42", "{context}");
    assert_eq!(labels["worker"], "w1", "{context}");
    let wanted = facts(crashed)["goroutines"].parse::<usize>().expect("a number");
    let user = opened.rows().iter().filter(|row| row["system"] == false).count();
    assert_eq!(user, wanted, "{context}: runtime.NumGoroutine() said so");
    assert_eq!(
        opened.report["pid"].to_string(),
        facts(crashed)["pid"],
        "{context}"
    );
}

#[test]
fn every_state_is_named_as_the_runtime_names_it() {
    for toolchain in toolchains() {
        let exe = Build::of("states").with(toolchain).exe();
        let Some(crashed) = Run::of(&exe, &[]).killed_by("ABRT") else {
            return;
        };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        assert_states(&opened, &crashed, toolchain, context);
        assert_same_goroutines(&opened, &crashed.stderr, context);
    }
}

#[test]
fn what_a_goroutine_waits_for_is_the_object_the_program_used() {
    for toolchain in toolchains() {
        let exe = Build::of("states").with(toolchain).exe();
        let Some(crashed) = Run::of(&exe, &[]).killed_by("ABRT") else {
            return;
        };
        let (opened, facts) = (Opened::of(&crashed), facts(&crashed));
        let context = &toolchain.version;
        for (function, object) in [("main.waitReceive", "empty"), ("main.waitSend", "full")] {
            let blocked = &opened.goroutine_in(function)["blocked_on"];
            assert_eq!(blocked["kind"], "chan", "{context}: {function}");
            assert_eq!(blocked["addr"], facts[object], "{context}: {function}");
        }
        for row in opened.goroutines_in("main.waitMutex") {
            let addr = row["blocked_on"]["addr"].as_str().unwrap_or_default();
            let mutex = number(facts["mutex"]);
            // The semaphore is the second word of the mutex.
            assert!([mutex, mutex + 4].contains(&number(addr)), "{context}: {row}");
        }
    }
}

fn number(text: &str) -> u64 {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_default()
}

#[test]
fn each_goroutine_has_its_stack() {
    let Some(toolchain) = toolchains().last() else {
        return;
    };
    let exe = Build::of("states").with(toolchain).exe();
    let Some(crashed) = Run::of(&exe, &[]).killed_by("ABRT") else {
        return;
    };
    let opened = Opened::of(&crashed);
    let ids: Vec<String> = opened
        .rows()
        .iter()
        .map(|row| format!("bt 100 -goroutine {}", row["id"]))
        .collect();
    let commands: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (command, stack) in commands
        .iter()
        .zip(ask(Some(&crashed.exe), &crashed.core, &commands))
    {
        assert_eq!(stack["end"], "complete", "{command}: {:#?}", rows(&stack));
        let bottom = rows(&stack).pop().expect("a frame");
        assert_eq!(bottom.function, "runtime.goexit", "{command}");
    }
}

#[test]
fn a_preempted_loop_is_shown_where_it_was() {
    for toolchain in toolchains() {
        let exe = Build::of("states").with(toolchain).exe();
        let Some(crashed) = Run::of(&exe, &["spin"]).killed_by("QUIT") else {
            return;
        };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        let spinning = opened.goroutine_in("main.spin");
        let command = format!("bt -goroutine {}", spinning["id"]);
        let stack = ask(Some(&crashed.exe), &crashed.core, &[&command]).remove(0);
        let found: Vec<String> = rows(&stack).into_iter().map(|row| row.function).collect();
        assert!(
            found.iter().any(|function| function == "main.spin"),
            "{context}: {found:?}"
        );
        assert_eq!(stack["end"], "complete", "{context}: {found:?}");
    }
}

#[test]
fn cores_of_gcore_and_delve_show_the_same_states() {
    for toolchain in toolchains() {
        let exe = Build::of("states").with(toolchain).exe();
        for writer in [Writer::Gcore, Writer::Delve] {
            let Some(crashed) = Run::of(&exe, &[]).once_ready(writer) else {
                continue;
            };
            let opened = Opened::of(&crashed);
            let context = format!("{writer:?} {}", toolchain.version);
            assert_states(&opened, &crashed, toolchain, &context);
        }
    }
}

#[test]
fn a_living_process_dumped_is_not_called_crashed() {
    let Some(toolchain) = toolchains().last() else {
        return;
    };
    let exe = Build::of("states").with(toolchain).exe();
    let Some(crashed) = Run::of(&exe, &[]).once_ready(Writer::Gcore) else {
        return;
    };
    let opened = Opened::of(&crashed);
    assert_eq!(opened.panics(), Vec::<&str>::new());
    assert!(opened.report["fault_addr"].is_null(), "{}", opened.report);
}

/// 100,000 take a second more to make than to open; the default is enough to show a quadratic loop.
#[test]
fn many_goroutines_are_listed_and_grouped_quickly() {
    let Some(toolchain) = toolchains().last() else {
        return;
    };
    let exe = Build::of("many").with(toolchain).exe();
    let Some(crashed) = crash(&exe, &["20000"]) else {
        return;
    };
    let start = Instant::now();
    let results = ask(
        Some(&crashed.exe),
        &crashed.core,
        &["goroutines", "goroutines -group stack"],
    );
    let took = start.elapsed();
    assert_eq!(
        results[0]["goroutines"].as_array().map(Vec::len),
        Some(count(&results[0], "total"))
    );
    let printed = goroutines(&crashed.stderr);
    assert!(printed.len() > 20_000, "the runtime printed {}", printed.len());
    assert_eq!(count(&results[0], "total"), printed.len());
    let groups = results[1]["groups"].as_array().expect("a list");
    let sum: usize = groups.iter().map(|group| count(group, "count")).sum();
    assert_eq!(sum, printed.len());
    let biggest = &groups[0];
    assert_eq!(count(biggest, "count"), 10_000, "half of them wait in reader");
    assert!(took < Duration::from_secs(20), "{took:?} for 20,000 goroutines");
}

fn count(value: &Value, field: &str) -> usize {
    value[field]
        .as_u64()
        .and_then(|count| count.try_into().ok())
        .unwrap_or_default()
}
