//! What goroutines wait for, against facts that the program itself printed.

#![expect(clippy::unwrap_used, reason = "a test")]

mod common;
mod go_target;

use std::collections::BTreeMap;

use go_target::Opened;
use tinydbg_tui::model::Goroutine;

fn facts(stdout: &str) -> BTreeMap<&str, &str> {
    stdout
        .lines()
        .filter_map(|line| line.strip_prefix("fact ")?.split_once(' '))
        .collect()
}

fn started<'g>(goroutines: &'g [Goroutine], function: &str) -> Vec<&'g Goroutine> {
    let found: Vec<_> = goroutines
        .iter()
        .filter(|goroutine| goroutine.start_loc.function.as_deref() == Some(function))
        .collect();
    assert!(!found.is_empty(), "no goroutine started with {function}");
    found
}

/// Kind, address and detail.
fn blocked(goroutine: &Goroutine) -> (String, Option<String>, String) {
    assert!(goroutine.blocked_on.is_some(), "nothing known of {goroutine:?}");
    let blocked = goroutine.blocked_on.clone().unwrap();
    (
        blocked.kind.to_owned(),
        blocked.addr.map(|addr| addr.to_string()),
        blocked.detail.to_string(),
    )
}

#[test]
fn objects_waited_for_are_found() {
    for toolchain in common::go::toolchains() {
        let exe = common::go::Build::of("states")
            .with(toolchain)
            .flags(&["-ldflags=-s"])
            .exe();
        let Some(crashed) = common::Run::of(&exe, &[]).killed_by("ABRT") else {
            continue;
        };
        let facts = facts(&crashed.stdout);
        let opened = Opened::new(&crashed.exe, &crashed.core);
        let runtime = opened.runtime();
        let list = opened.goroutines(&runtime).goroutines;
        let version = &toolchain.version;
        let one = |function: &str| blocked(started(&list, function)[0]);
        let at = |name: &str| Some(facts[name].to_owned());

        let user = list.iter().filter(|goroutine| !goroutine.system).count();
        assert_eq!(user.to_string(), facts["goroutines"], "{version}");

        let full = format!("chan {} (2 of 2 buffered)", facts["full"]);
        let empty = format!("chan {} (unbuffered)", facts["empty"]);
        assert_eq!(
            one("main.waitReceive"),
            ("chan".into(), at("empty"), empty.clone()),
            "{version}"
        );
        assert_eq!(
            one("main.waitSend"),
            ("chan".into(), at("full"), full.clone()),
            "{version}"
        );
        assert_eq!(one("main.waitLocked").1, at("empty"), "{version}");
        assert_eq!(one("main.waitNil").0, "chan");
        let (kind, _, detail) = one("main.waitSelect");
        assert_eq!(kind, "select");
        assert!(
            detail.contains(&full) && detail.contains(&empty),
            "{version}: {detail}"
        );
        assert_eq!(one("main.waitForever").0, "select");
        for waiter in started(&list, "main.waitMutex") {
            let (kind, addr, detail) = blocked(waiter);
            assert_eq!((kind.as_str(), addr), ("mutex", at("mutex")), "{version}");
            assert!(detail.ends_with("(locked, 3 waiters)"), "{version}: {detail}");
        }
        assert_eq!(one("main.waitGroup").0, "semaphore", "{version}");
        assert!(
            one("main.waitGroup").2.ends_with("(counter 1)"),
            "{version}: {:?}",
            one("main.waitGroup")
        );
        assert_eq!(one("main.waitWriteLock").0, "mutex", "{version}");
        assert_eq!(one("main.waitReadLock").0, "mutex", "{version}");
        assert_eq!(one("main.waitCond").0, "cond", "{version}");
        assert_eq!(
            one("main.waitRead").2,
            format!("fd {} (read)", facts["iofd"]),
            "{version}"
        );
        let (kind, _, detail) = one("main.waitSleep");
        assert_eq!(kind, "timer");
        assert!(detail.starts_with("until +359"), "{version}: {detail}");

        let labelled = started(&list, "main.waitLabelled")[0];
        let labels: Vec<_> = labelled
            .labels
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(labels, [("req", "42"), ("worker", "w1")], "{version}");
        let locked: Vec<_> = list.iter().filter(|goroutine| goroutine.locked).collect();
        assert_eq!(locked.len(), 1, "{version}");
        assert!(
            started(&list, "main.waitReceive")[0].wait_since_ns.is_some(),
            "{version}"
        );
    }
}

#[test]
fn anchors_and_function_flags_equal_the_symbol_table() {
    let mut wrong = Vec::new();
    for toolchain in common::go::toolchains() {
        for flags in [&[][..], &["-gcflags=all=-N -l"], &["-buildmode=pie"]] {
            let exe = common::go::Build::of("states").with(toolchain).flags(flags).exe();
            let Some(crashed) = common::Run::of(&exe, &[]).killed_by("ABRT") else {
                continue;
            };
            let opened = Opened::new(&crashed.exe, &crashed.core);
            let runtime = opened.runtime();
            let symbols = opened.images[0].elf.as_ref().unwrap().symbols();
            let anchors = &runtime.anchors;
            for (name, found) in [
                ("allglen", anchors.allglen),
                ("allgptr", anchors.allgptr),
                ("allgs", anchors.allgs),
                ("allm", anchors.allm),
                ("allp", anchors.allp),
                ("sched", anchors.sched),
                ("waitReasonStrings", anchors.wait_reasons),
                ("printBacklog", anchors.backlog),
                ("printBacklogIndex", anchors.backlog_index),
                ("semtable", anchors.semtable),
                (
                    "firstmoduledata",
                    runtime.modules.first().map(|module| module.addr),
                ),
            ] {
                let full = format!("runtime.{name}");
                let symbol = symbols.iter().find(|symbol| symbol.name == full);
                let symbol = symbol.map(|symbol| opened.images[0].to_runtime(symbol.addr));
                if found != symbol {
                    wrong.push(format!(
                        "{} {flags:?} {name}: {found:?}, symbol {symbol:?}",
                        toolchain.version
                    ));
                }
            }
            // The funcID of wrappers is the highest; every wrapper lies in no file of its own.
            let wrapper = runtime.code.funcs().find(|func| func.is_wrapper());
            let file = wrapper.and_then(|func| func.file_line(func.entry()).0);
            if file != Some("<autogenerated>") {
                wrong.push(format!(
                    "{} {flags:?}: wrapper {wrapper:?} in {file:?}",
                    toolchain.version
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
