//! Values of a crashed program's variables against the program's own words about them.
//!
//! The program prints each variable as it sees it and then dies under GOTRACEBACK=crash; the runtime
//! prints its stack with pc, sp and fp of every frame. From these two texts, the executable and the
//! core the same variables are read here. A value may be said to be optimised away; it may never
//! differ. Skips, with a reason, what Go toolchains are not at hand.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's helpers fail by panicking and say on stdout what they skipped"
)]

mod crash;

use std::collections::BTreeMap;

use crash::{Crash, Truth, context, crash, variables};
use tinydbg_tui::base::{CancelToken, Pattern};
use tinydbg_tui::eval::{expand, globals};
use tinydbg_tui::model::{Scope, Value, ValueKind, ValueRef, ValueState};

/// `got` against `want`, in which `?` stands for any text up to where both go on alike.
fn matches(got: &str, want: &str) -> bool {
    let mut parts = want.split('?');
    let Some(mut rest) = parts.next().and_then(|first| got.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        if at + 1 == parts.len() && !part.is_empty() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    parts.last().is_some_and(|last| last.is_empty()) || rest.is_empty()
}

#[derive(Default, Debug)]
struct Tally {
    equal: usize,
    unknown: Vec<String>,
    wrong: Vec<String>,
}

fn compare(tally: &mut Tally, truth: &Truth, value: Option<&Value>) {
    let name = format!("{}: {}", truth.function, truth.name);
    let Some(value) = value else {
        // Go describes no locals of which nothing is left (1.21 to 1.27).
        tally.unknown.push(format!("{name}: not described"));
        return;
    };
    let got = value.summary.plain();
    if matches!(value.state, ValueState::OptimizedOut | ValueState::Unreadable) {
        tally.unknown.push(format!("{name}: {got}"));
        return;
    }
    if value.state == ValueState::Partial && !got.contains("more") {
        tally.unknown.push(format!("{name}: {got}"));
        return;
    }
    // Without the dictionary the shape is shown, and said to be one.
    let got = got.replace("go.shape.int32", "main.MyInt");
    let text = matches(&got, &truth.value) || cut_text(&got, &truth.value);
    let len = truth.len.is_none() || value.len == truth.len;
    let cap = truth.cap.is_none() || value.cap == truth.cap;
    let addr = truth.addr.is_empty() || value.addr.map(|addr| addr.to_string()).as_ref() == Some(&truth.addr);
    // Go's own name of a type is short; the debug information has the import path.
    let stars = value.type_name.len() - value.type_name.trim_start_matches('*').len();
    let last = value.type_name.trim_start_matches('*').rsplit('/').next();
    let short = format!("{}{}", "*".repeat(stars), last.unwrap_or_default());
    let shape = truth.type_name.contains('[') || short.contains("go.shape");
    if text && len && cap && addr && (shape || short == truth.type_name) {
        tally.equal += 1;
    } else {
        tally.wrong.push(format!(
            "{name}: want {} {} {:?} {:?} {}, got {} {got} {:?} {:?} {:?}",
            truth.type_name,
            truth.value,
            truth.len,
            truth.cap,
            truth.addr,
            value.type_name,
            value.len,
            value.cap,
            value.addr
        ));
    }
}

/// A line that was cut says how much it leaves out; what it shows has to be the start of the truth.
fn cut_text(got: &str, want: &str) -> bool {
    let Some((shown, left)) = got.split_once("…+") else {
        return false;
    };
    let shown = shown.trim_end_matches([' ', ',']).trim_end_matches('"');
    left.contains("more") && !shown.is_empty() && matches(&want[..shown.len().min(want.len())], shown)
}

fn check(version: &str, flags: &[&str], most_unknown: usize) {
    let Some(crash) = crash(version, "values_basic", flags) else {
        return;
    };
    let scopes = scopes(&crash);
    assert!(scopes.len() >= 9, "{:?}", crash.frames);
    assert!(crash.truth.len() > 30, "the program said too little");
    compare_all(&crash, &scopes, &format!("{version} {flags:?}"), most_unknown);
    shadows_and_pages(&crash, &scopes);
    type_arguments(&scopes["main.generic[...]"], flags == UNOPTIMISED);
    every_frame_has_its_own_variables(&crash);
}

/// Interfaces, maps, channels, functions: package variables, of which all is known.
fn check_kinds(version: &str, flags: &[&str]) {
    let Some(crash) = crash(version, "values_kinds", flags) else {
        return;
    };
    let all = globals(
        &context(&crash),
        &Pattern::literal("main."),
        0,
        1000,
        &CancelToken::new(),
    )
    .unwrap();
    let mut tally = Tally::default();
    for truth in &crash.truth {
        let value = all.values.iter().find(|value| value.name == truth.name);
        compare(&mut tally, truth, value);
        if let (Some(entries), Some(value)) = (&truth.entries, value) {
            compare_entries(&crash, truth, entries, value);
        }
        if let (Some(captured), Some(value)) = (&truth.captured, value) {
            compare_captured(&crash, truth, captured, (value, !flags.contains(&UNOPTIMISED[0])));
        }
    }
    tally.report(&format!("{version} {flags:?} kinds"), 0);
    let named = |name: &str| all.values.iter().find(|value| value.name == name).unwrap();
    senders_and_receivers(&crash, named("main.awaited"), named("main.unbuffered"));
}

/// The first goroutine sends 2, the second 3, a select 5; another one and the select receive.
fn senders_and_receivers(crash: &Crash, awaited: &Value, unbuffered: &Value) {
    let texts = |value: &Value| -> Vec<String> {
        let children = children(crash, value);
        children.iter().map(|child| child.summary.plain()).collect()
    };
    assert_eq!(texts(awaited), ["1", "2", "3", "5"]);
    assert_eq!(texts(unbuffered), ["waiting", "waiting"]);
    let [Some(sender), Some(receiver)] = [awaited, unbuffered].map(|value| {
        value
            .children
            .last()
            .map(|child| child.name.replace("sends", "receives"))
    }) else {
        panic!("{awaited:?} {unbuffered:?}");
    };
    assert_eq!(sender, receiver, "the select waits in both");
}

/// Types whose values are summarised: package variables, of which all is known.
fn check_known(version: &str, flags: &[&str]) {
    let Some(crash) = crash(version, "values_known", flags) else {
        return;
    };
    let all = globals(
        &context(&crash),
        &Pattern::literal("main."),
        0,
        1000,
        &CancelToken::new(),
    )
    .unwrap();
    let mut tally = Tally::default();
    assert!(crash.truth.len() > 100, "the program said too little");
    for truth in &crash.truth {
        let (name, index) = truth.name.split_once('[').unwrap_or((&truth.name, "]"));
        let value = all.values.iter().find(|value| value.name == name);
        match index.trim_end_matches(']').parse::<usize>() {
            Ok(index) => compare(&mut tally, truth, value.map(|value| &value.children[index])),
            Err(_) => compare(&mut tally, truth, value),
        }
    }
    tally.report(&format!("{version} {flags:?} known"), 0);
}

/// All children of a value: those that came with it, and the pages behind them.
fn children(crash: &Crash, value: &Value) -> Vec<Value> {
    let mut children = value.children.clone();
    let mut more = value.more;
    while more > 0 {
        let reference = value.reference.as_ref().unwrap();
        let from = children.len() as u64;
        let page = expand(&context(crash), reference, from, 100, &CancelToken::new()).unwrap();
        assert_eq!(page.from, from);
        assert!(!page.values.is_empty(), "{}: no page at {from}", value.name);
        children.extend(page.values);
        more = page.more;
    }
    children
}

fn compare_entries(crash: &Crash, truth: &Truth, entries: &[[String; 2]], value: &Value) {
    let value = match value.kind {
        ValueKind::Interface => &value.children[0],
        _ => value,
    };
    let mut left = children(crash, value);
    assert_eq!(left.len(), entries.len(), "{}", truth.name);
    for [key, elem] in entries {
        let fits = |child: &Value| {
            let own = child.key.as_ref().unwrap().summary.plain();
            assert_eq!(child.name, own);
            matches(&own, key) && matches(&child.summary.plain(), elem)
        };
        let found = left.iter().position(fits);
        let found = found.unwrap_or_else(|| panic!("{}: no {key}: {elem} in {left:#?}", truth.name));
        left.swap_remove(found);
    }
}

/// Before Go 1.23 the debug information does not say what a closure captured; in optimised code it
/// never tells the receivers of method values.
fn compare_captured(
    crash: &Crash,
    truth: &Truth,
    captured: &[[String; 2]],
    (value, may_be_optimised): (&Value, bool),
) {
    let go = &crash.go.build.as_ref().unwrap().version.text;
    let is_silent = ["go1.20", "go1.21", "go1.22"]
        .iter()
        .any(|old| go.starts_with(old));
    let is_receiver = captured.first().is_some_and(|[name, _]| name == "receiver");
    if is_silent || (is_receiver && may_be_optimised) {
        assert!(value.children.is_empty());
        return;
    }
    assert_eq!(value.children.len(), captured.len(), "{go}: {}", truth.name);
    for [name, text] in captured {
        let found = value.children.iter().find(|child| child.name == *name);
        let found = found.unwrap_or_else(|| panic!("{}: no {name}: {:#?}", truth.name, value.children));
        assert!(
            matches(&found.summary.plain(), text),
            "{name}: {text}: {found:#?}"
        );
    }
}

/// The variables of the functions of `main` on the stack that crashed.
fn scopes(crash: &Crash) -> BTreeMap<&str, Scope> {
    let mut scopes: BTreeMap<&str, Scope> = BTreeMap::new();
    for (index, frame) in crash.frames.iter().enumerate() {
        if frame.function.starts_with("main.") {
            scopes
                .entry(&frame.function)
                .or_insert_with(|| variables(crash, &crash.frames, index).unwrap());
        }
    }
    scopes
}

fn compare_all(crash: &Crash, scopes: &BTreeMap<&str, Scope>, build: &str, most_unknown: usize) {
    let mut tally = Tally::default();
    for truth in &crash.truth {
        let scope = scopes.get(truth.function.as_str());
        let scope = scope.unwrap_or_else(|| panic!("no frame of {}: {:?}", truth.function, scopes.keys()));
        let all = scope.args.iter().chain(&scope.locals);
        let value = all
            .filter(|value| !value.shadowed)
            .find(|value| value.name == truth.name);
        compare(&mut tally, truth, value);
    }
    tally.report(build, most_unknown);
}

impl Tally {
    fn report(&self, build: &str, most_unknown: usize) {
        println!("{build}: {} equal, {} unknown", self.equal, self.unknown.len());
        for line in &self.unknown {
            println!("  unknown {line}");
        }
        assert!(self.wrong.is_empty(), "{build}:\n{}", self.wrong.join("\n"));
        let unknown = self.unknown.len();
        assert!(unknown <= most_unknown, "{build}: too much is unknown");
    }
}

/// Function and inlined calls at every pc that the runtime printed are those that it printed.
fn every_frame_has_its_own_variables(crash: &Crash) {
    let mut count = 0;
    for frames in crash.others.iter().chain([&crash.frames]) {
        for (index, frame) in frames.iter().enumerate() {
            match variables(crash, frames, index) {
                Ok(_) => count += 1,
                Err(error) => panic!("{frame:x?}: {error}"),
            }
        }
    }
    assert!(count > 30, "only {count} frames");
}

/// Where the dictionary is at hand, variables have the types of the call; else those of the shape.
fn type_arguments(scope: &Scope, has_dictionary: bool) {
    let wanted = if has_dictionary {
        [
            ("m", "map[string]int"),
            ("list", "[]main.MyInt"),
            ("zero", "main.MyInt"),
        ]
    } else {
        [
            ("m", "map[go.shape.string]int"),
            ("list", "[]go.shape.int32"),
            ("zero", "go.shape.int32"),
        ]
    };
    for (name, wanted) in wanted {
        let all = scope.args.iter().chain(&scope.locals);
        let found = all
            .filter(|value| value.name == name)
            .map(|value| &*value.type_name);
        assert!(
            found.clone().all(|found| found == wanted),
            "{name}: {:?}",
            found.collect::<Vec<_>>()
        );
    }
}

fn shadows_and_pages(crash: &Crash, scopes: &BTreeMap<&str, Scope>) {
    let hidden = scopes["main.scopes"]
        .args
        .iter()
        .filter(|value| value.name == "x" && value.shadowed);
    assert_eq!(hidden.count(), 1, "the parameter x is shown as shadowed");
    let context = context(crash);
    let cancel = CancelToken::new();
    let sink = globals(&context, &Pattern::literal("main.sink"), 0, 10, &cancel).unwrap();
    assert_eq!(sink.values.len(), 1);
    assert_eq!(sink.values[0].summary.plain(), "*9");
    let long = scopes["main.scalars"]
        .locals
        .iter()
        .find(|value| value.name == "long")
        .unwrap();
    if let Some(reference @ ValueRef::Text { .. }) = &long.reference {
        let page = expand(&context, reference, 0, u64::MAX, &cancel).unwrap();
        assert_eq!(page.more, 0);
        assert_eq!(
            page.values[0].summary.plain(),
            format!("\"{}\"", "héllo\\x00".repeat(100))
        );
        // A page never ends within a character: the 9th byte is the first of two.
        let page = expand(&context, reference, 0, 9, &cancel).unwrap();
        assert_eq!(page.values[0].name, "[0:8]");
        assert_eq!(page.values[0].summary.plain(), "\"héllo\\x00h\"");
        assert_eq!(page.more, 692);
    }
}

const UNOPTIMISED: &[&str] = &["-gcflags=all=-N -l"];

/// Values of both programs, optimised and not.
fn check_release(version: &str) {
    check(version, &[], 12);
    check(version, UNOPTIMISED, 0);
    check_kinds(version, &[]);
    check_kinds(version, UNOPTIMISED);
    check_known(version, &[]);
    check_known(version, UNOPTIMISED);
}

#[test]
fn values_of_go_1_21_equal_the_programs_own() {
    check_release("go1.21.13");
}

#[test]
fn values_of_go_1_24_equal_the_programs_own() {
    check_release("go1.24.11");
}

#[test]
fn values_of_go_1_27_equal_the_programs_own() {
    check_release("go1.27.3");
}

#[test]
fn values_of_this_machines_go_equal_the_programs_own() {
    check_release("local");
    check("local", &["-buildmode=pie"], 12);
    check("local", &["-ldflags=-compressdwarf=false"], 12);
    check_kinds("local", &["-buildmode=pie"]);
}

/// More releases, when somebody names them.
#[test]
fn values_of_named_releases_equal_the_programs_own() {
    let named = std::env::var("TINYDBG_GO_VERSIONS").unwrap_or_default();
    for version in named.split([',', ' ']).filter(|version| !version.is_empty()) {
        check_release(version);
    }
}
