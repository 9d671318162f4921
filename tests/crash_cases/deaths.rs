//! Every way in which a Go program dies, and what must be said about it.

use crate::common::go::{Build, toolchains};
use crate::common::{Crashed, Run, crash};
use crate::opened::{Opened, line_with};
use crate::printed::{assert_same_goroutines, fault_addr};

/// What must be found out about one death.
#[derive(Clone, Copy, Debug)]
struct Death {
    program: &'static str,
    kind: &'static str,
    /// All of it must be in the one sentence.
    reason: &'static [&'static str],
    /// What the messages of the panics contain, oldest first.
    panics: &'static [&'static str],
    signal: Option<&'static str>,
    /// The user's function that died, and a text that only the guilty line has.
    site: Option<(&'static str, &'static str)>,
}

const PANIC: Death = Death {
    program: "panics",
    kind: "",
    reason: &[],
    panics: &[],
    signal: None,
    site: None,
};

const FATAL: Death = Death {
    program: "fatal",
    ..PANIC
};

impl Death {
    /// Builds, runs and opens it with every toolchain.
    #[track_caller]
    fn holds(self) {
        for toolchain in toolchains() {
            let exe = Build::of(self.program).with(toolchain).exe();
            let Some(crashed) = crash(&exe, &[self.kind]) else {
                return;
            };
            self.check(&crashed, &format!("{} {}", self.kind, toolchain.version));
        }
    }

    #[track_caller]
    fn check(&self, crashed: &Crashed, context: &str) -> Opened {
        let opened = Opened::of(crashed);
        for part in self.reason {
            let reason = opened.reason();
            assert!(reason.contains(part), "{context}: {part:?} is not in {reason:?}");
        }
        let panics = opened.panics();
        assert_eq!(panics.len(), self.panics.len(), "{context}: {panics:?}");
        for (message, part) in panics.iter().zip(self.panics) {
            assert!(
                message.contains(part),
                "{context}: {part:?} is not in {message:?}"
            );
        }
        if let Some(signal) = self.signal {
            assert_eq!(opened.report["signal"]["name"], signal, "{context}");
        }
        // Which address a nil dereference touches is the compiler's choice.
        let addr = fault_addr(&crashed.stderr);
        assert_eq!(opened.report["fault_addr"].as_str(), addr, "{context}");
        if let Some((function, text)) = self.site {
            let site = opened.site();
            assert_eq!(site.function, function, "{context}: {site:?}");
            assert_eq!(site.line, line_with(self.program, text), "{context}: {site:?}");
        }
        assert_eq!(
            opened.stack["end"],
            "complete",
            "{context}: {:?}",
            opened.stack_rows()
        );
        assert_same_goroutines(&opened, &crashed.stderr, context);
        assert_guilty_thread(&opened, context);
        assert_eq!(opened.faults(), Vec::<&str>::new(), "{context}");
        opened
    }
}

/// One thread is current, and it is the one that runs the guilty goroutine.
#[track_caller]
fn assert_guilty_thread(opened: &Opened, context: &str) {
    let threads = opened.threads["threads"].as_array().expect("threads is a list");
    assert_eq!(opened.report["thread_count"], threads.len(), "{context}");
    let current: Vec<_> = threads
        .iter()
        .filter(|thread| thread["current"] == true)
        .collect();
    assert_eq!(current.len(), 1, "{context}: {threads:?}");
    assert_eq!(
        current[0]["goroutine"], opened.report["crash"]["goroutine"],
        "{context}"
    );
}

#[test]
fn nil_dereference_names_signal_address_and_line() {
    Death {
        kind: "nil",
        reason: &["nil pointer dereference"],
        panics: &["invalid memory address or nil pointer dereference"],
        signal: Some("SIGSEGV"),
        site: Some(("main.name", "return r.name")),
        ..PANIC
    }
    .holds();
}

#[test]
fn nil_dereference_stack_reaches_from_raise_to_goexit() {
    for toolchain in toolchains() {
        let exe = Build::of("panics").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &["nil"]) else {
            return;
        };
        let functions: Vec<String> = Opened::of(&crashed)
            .stack_rows()
            .into_iter()
            .map(|row| row.function)
            .collect();
        let wanted = [
            "runtime.raise",
            "runtime.fatalpanic",
            "runtime.gopanic",
            "runtime.sigpanic",
            "main.name",
            "main.main",
            "runtime.main",
            "runtime.goexit",
        ];
        let found: Vec<&str> = functions
            .iter()
            .map(String::as_str)
            .filter(|function| wanted.contains(function))
            .collect();
        assert_eq!(dedup(&found), wanted, "{}: {functions:?}", toolchain.version);
    }
}

/// raise is there twice where the signal handler aborts again from within.
fn dedup<'a>(functions: &[&'a str]) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for function in functions {
        if !seen.contains(function) {
            seen.push(*function);
        }
    }
    seen
}

#[test]
fn runtime_errors_are_told_in_the_runtimes_words() {
    for (kind, message, site) in [
        (
            "index",
            "index out of range [5] with length 3",
            ("main.element", "return values[index]"),
        ),
        (
            "divide",
            "integer divide by zero",
            ("main.divide", "return a / b"),
        ),
    ] {
        let reason: &'static [&'static str] = Box::leak(Box::new([message]));
        Death {
            kind,
            reason,
            panics: reason,
            site: Some(site),
            ..PANIC
        }
        .holds();
    }
}

#[test]
fn runtime_errors_in_main_are_told() {
    for (kind, message) in [
        ("nilmap", "assignment to entry in nil map"),
        ("convert", "interface conversion: interface {} is string, not int"),
        ("closed", "close of closed channel"),
        ("negative", "makeslice: len out of range"),
    ] {
        let reason: &'static [&'static str] = Box::leak(Box::new([message]));
        Death {
            kind,
            reason,
            panics: reason,
            ..PANIC
        }
        .holds();
    }
}

#[test]
fn panic_values_of_every_kind_are_told() {
    for (kind, message) in [
        ("error", "disk on fire"),
        ("wrapped", "load config: file does not exist"),
        ("string", "plain words"),
        ("int", "42"),
        ("float", "1.5"),
        ("struct", "main.point"),
        ("pointer", "*main.point"),
        ("named", "hello"),
        ("stringer", "level 7"),
        ("nothing", "panic called with nil"),
    ] {
        let parts: &'static [&'static str] = Box::leak(Box::new([message]));
        Death {
            kind,
            reason: parts,
            panics: parts,
            ..PANIC
        }
        .holds();
    }
}

#[test]
fn a_chain_of_panics_is_told_oldest_first_and_died_where_it_began() {
    Death {
        kind: "repanic",
        reason: &["wrap 1: wrap 0: inner"],
        panics: &["inner", "wrap 0: inner", "wrap 1: wrap 0: inner"],
        site: Some(("main.rewrap", "panic(errors.New(\"inner\"))")),
        ..PANIC
    }
    .holds();
    Death {
        kind: "second",
        reason: &["second"],
        panics: &["first", "second"],
        site: Some(("main.secondInDefer", "panic(errors.New(\"first\"))")),
        ..PANIC
    }
    .holds();
}

#[test]
fn recovered_panics_are_marked() {
    for toolchain in toolchains() {
        let exe = Build::of("panics").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &["repanic"]) else {
            return;
        };
        let opened = Opened::of(&crashed);
        let panics = opened.report["panics"].as_array().expect("a list");
        let recovered: Vec<bool> = panics
            .iter()
            .map(|entry| entry["recovered"].as_bool().unwrap_or_default())
            .collect();
        assert_eq!(recovered, [true, true, false], "{}", toolchain.version);
    }
}

#[test]
fn goexit_is_no_panic() {
    Death {
        kind: "goexit",
        reason: &["from the deferred call"],
        panics: &["from the deferred call"],
        ..PANIC
    }
    .holds();
}

#[test]
fn escape_sequences_in_messages_stay_data_in_json_and_are_shown_in_text() {
    let Some(toolchain) = toolchains().last() else {
        return;
    };
    let exe = Build::of("panics").with(toolchain).exe();
    let Some(crashed) = crash(&exe, &["multiline"]) else {
        return;
    };
    let opened = Opened::of(&crashed);
    assert_eq!(opened.panics(), ["first line\nsecond \u{1b}[31mline"]);
    let text = crate::opened::tinydbg(&[
        "core",
        crashed.exe.to_str().expect("a readable path"),
        crashed.core.to_str().expect("a readable path"),
        "--color=never",
    ]);
    let text = String::from_utf8_lossy(&text.stdout);
    assert!(text.contains("second \\x1b[31mline"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn concurrent_map_writes_are_a_fatal_error() {
    for toolchain in toolchains() {
        let exe = Build::of("fatal").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &["mapwrites"]) else {
            return;
        };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        assert!(
            opened.reason().contains("concurrent map writes"),
            "{context}: {}",
            opened.reason()
        );
        assert_eq!(opened.panics(), Vec::<&str>::new(), "{context}");
        // The others run on while it dies, so that only this one's state is certain.
        assert_eq!(opened.site().function, "main.mapWriter", "{context}");
        assert_eq!(opened.goroutines_in("main.mapWriter").len(), 8, "{context}");
        assert_eq!(opened.stack["end"], "complete", "{context}");
    }
}

#[test]
fn a_deadlock_has_no_guilty_goroutine() {
    for toolchain in toolchains() {
        let exe = Build::of("fatal").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &["deadlock"]) else {
            return;
        };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        let reason = opened.reason();
        assert!(
            reason.contains("all goroutines are asleep - deadlock!"),
            "{context}: {reason}"
        );
        assert!(
            opened.report["crash"]["goroutine"].is_null(),
            "{context}: {}",
            opened.report["crash"]
        );
        assert_same_goroutines(&opened, &crashed.stderr, context);
        let holder = opened.goroutine_in("main.holdAndWait");
        assert_eq!(holder["wait_reason"], "chan receive", "{context}");
    }
}

#[test]
fn a_stack_overflow_is_told_and_its_stack_is_whole() {
    for toolchain in toolchains() {
        let exe = Build::of("fatal").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &["overflow"]) else {
            return;
        };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        assert!(
            opened.reason().contains("stack"),
            "{context}: {}",
            opened.reason()
        );
        assert!(
            opened.reason().contains("overflow"),
            "{context}: {}",
            opened.reason()
        );
        assert_eq!(opened.site().function, "main.recurse", "{context}");
        assert_eq!(opened.stack["end"], "limit", "{context}: more than 200 frames");
        let recursing = opened
            .stack_rows()
            .iter()
            .filter(|row| row.function == "main.recurse")
            .count();
        assert!(recursing > 150, "{context}: {recursing}");
    }
}

#[test]
fn a_stray_address_is_told_with_its_pc() {
    Death {
        kind: "fault",
        reason: &["0xdead0000"],
        signal: Some("SIGSEGV"),
        site: Some(("main.peek", "return *(*int)")),
        ..FATAL
    }
    .holds();
}

#[test]
fn out_of_memory_is_told_with_the_goroutine_that_asked() {
    Death {
        kind: "oom",
        reason: &["out of memory"],
        site: Some(("main.hoard", "make([]byte, 64<<20)")),
        ..FATAL
    }
    .holds();
}

#[test]
fn unlock_of_an_unlocked_mutex_is_a_fatal_error() {
    Death {
        kind: "unlock",
        reason: &["sync: unlock of unlocked mutex"],
        site: Some(("main.unlockTwice", "// once too often")),
        ..FATAL
    }
    .holds();
}

#[test]
fn the_program_is_blamed_before_the_standard_library() {
    let builder = Death {
        kind: "builder",
        reason: &["out of memory"],
        site: Some(("main.join", "// grows for ever")),
        ..FATAL
    };
    let unlock = Death {
        kind: "unlock",
        site: Some(("main.unlockTwice", "// once too often")),
        ..FATAL
    };
    let repeat = Death {
        kind: "repeat",
        reason: &["strings: negative Repeat count"],
        panics: &["strings: negative Repeat count"],
        site: Some(("main.underline", "strings.Repeat")),
        ..PANIC
    };
    builder.holds();
    repeat.holds();
    for flags in [&["-trimpath"][..], &["-trimpath", "-ldflags=-s"]] {
        for death in [builder, unlock, repeat] {
            let exe = Build::of(death.program).flags(flags).exe();
            let Some(crashed) = crash(&exe, &[death.kind]) else {
                return;
            };
            death.check(&crashed, &format!("{} {flags:?}", death.kind));
        }
    }
}

#[test]
fn signals_from_outside_name_signal_and_sender() {
    for toolchain in toolchains() {
        let exe = Build::of("states").with(toolchain).exe();
        for (signal, name) in [("ABRT", "SIGABRT"), ("SEGV", "SIGSEGV"), ("QUIT", "SIGQUIT")] {
            let Some(crashed) = Run::of(&exe, &[]).killed_by(signal) else {
                return;
            };
            let opened = Opened::of(&crashed);
            let context = format!("{signal} {}", toolchain.version);
            assert!(opened.reason().contains(name), "{context}: {}", opened.reason());
            assert_eq!(opened.report["signal"]["name"], name, "{context}");
            let sender = opened.report["signal"]["sender_pid"].as_u64();
            assert!(
                sender.is_some_and(|pid| pid > 0),
                "{context}: {}",
                opened.report["signal"]
            );
            assert!(
                opened.report["fault_addr"].is_null(),
                "{context}: nothing faulted"
            );
        }
    }
}

#[test]
fn inlined_calls_are_frames_of_their_own() {
    for toolchain in toolchains() {
        let exe = Build::of("inline").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &[]) else { return };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        let rows: Vec<(String, u64, bool)> = opened
            .stack_rows()
            .into_iter()
            .filter(|row| row.function.starts_with("main."))
            .map(|row| (row.function, row.line, row.inlined))
            .collect();
        let line = |text| line_with("inline", text);
        let wanted = [
            ("main.third".to_owned(), line("dies here"), true),
            ("main.second".to_owned(), line("return third"), true),
            ("main.first".to_owned(), line("return second"), true),
            ("main.outer".to_owned(), line("return first"), false),
            ("main.main".to_owned(), line("os.Exit"), false),
        ];
        assert_eq!(rows, wanted, "{context}");
        assert_eq!(opened.site().function, "main.third", "{context}");
        assert_eq!(opened.site().line, line("dies here"), "{context}");
    }
}

#[test]
fn loop_bodies_over_functions_are_found() {
    for toolchain in toolchains().iter().filter(|toolchain| toolchain.minor() >= 23) {
        let exe = Build::of("rangefunc").with(toolchain).exe();
        let Some(crashed) = crash(&exe, &[]) else { return };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        let site = opened.site();
        assert!(site.function.starts_with("main.table"), "{context}: {site:?}");
        assert_eq!(site.line, line_with("rangefunc", "dies here"), "{context}");
        assert!(
            opened.stack_rows().iter().any(|row| row.function == "main.table"),
            "{context}"
        );
        assert_eq!(opened.stack["end"], "complete", "{context}");
    }
}
