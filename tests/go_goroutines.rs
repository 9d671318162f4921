//! Goroutine lists against what the Go runtime itself printed as it died.
//!
//! Under GOTRACEBACK=crash it prints every goroutine's header, frames and creator just before the
//! core is written: an independent truth for every row, on stripped binaries of every release.

#![expect(clippy::unwrap_used, reason = "a test")]

mod common;
mod go_target;

use std::collections::BTreeMap;
use std::time::Duration;

use common::Crashed;
use go_target::Opened;
use tinydbg_tui::go::naming;
use tinydbg_tui::model::{GoStatus, Goroutine, Location};

const BUILDS: [&[&str]; 3] = [&[], &["-ldflags=-s"], &["-buildmode=pie", "-ldflags=-s -w"]];

/// One goroutine as the runtime printed it.
#[derive(Debug, Default)]
struct Told {
    id: u64,
    gp: Option<String>,
    /// `chan receive`, `running`, ...
    state: String,
    locked: bool,
    frames: Vec<Line>,
    created_by: Option<(Line, Option<u64>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    function: String,
    place: String,
}

/// Takes the runtime's text apart.
fn told(stderr: &str) -> BTreeMap<u64, Told> {
    let mut found: Vec<Told> = Vec::new();
    let mut open = false;
    let mut lines = stderr.lines();
    while let Some(line) = lines.next() {
        if let Some(header) = line.strip_prefix("goroutine ").and_then(parse_header) {
            found.push(header);
            open = true;
        } else if line.is_empty() || line.starts_with("-----") {
            open = false;
        } else if open && !line.starts_with("...") && !line.starts_with("\tgoroutine running on other thread")
        {
            let place = lines.next().unwrap_or_default().trim();
            let place = place.split_whitespace().next().unwrap_or_default().to_owned();
            let current = found.last_mut().unwrap();
            if let Some(creator) = line.strip_prefix("created by ") {
                let (function, parent) = match creator.split_once(" in goroutine ") {
                    Some((function, parent)) => (function, parent.parse().ok()),
                    None => (creator, None),
                };
                let function = function.to_owned();
                current.created_by = Some((Line { function, place }, parent));
            } else {
                let function = line.rsplit_once('(').map_or(line, |(name, _)| name).to_owned();
                let function = if function == "panic" {
                    "runtime.gopanic".to_owned()
                } else {
                    function
                };
                current.frames.push(Line { function, place });
            }
        }
    }
    // A goroutine may be printed twice, first as the one that died.
    let mut by_id = BTreeMap::new();
    for goroutine in found {
        if goroutine.id != 0 {
            by_id.entry(goroutine.id).or_insert(goroutine);
        }
    }
    by_id
}

fn parse_header(text: &str) -> Option<Told> {
    let (before, after) = text.split_once('[')?;
    let inside = after.rsplit_once(']')?.0;
    let mut words = before.split_whitespace();
    let id = words.next()?.parse().ok()?;
    let gp = words.find_map(|word| word.strip_prefix("gp=")).map(str::to_owned);
    let state = inside.split(", ").next()?.replace(" (scan)", "");
    Some(Told {
        id,
        gp,
        state,
        locked: inside.contains("locked to thread"),
        ..Told::default()
    })
}

/// What the runtime leaves out of generic names.
fn printed_name(name: &str) -> String {
    match (name.find('['), name.rfind(']')) {
        (Some(start), Some(end)) if start < end => format!("{}[...]{}", &name[..start], &name[end + 1..]),
        _ => name.to_owned(),
    }
}

fn line_of(location: &Location) -> Line {
    let file = location.file.as_deref().unwrap_or("?");
    let line = location.line.map_or("?".to_owned(), |line| line.to_string());
    Line {
        function: printed_name(location.function.as_deref().unwrap_or("?")),
        place: format!("{file}:{line}"),
    }
}

fn state_of(goroutine: &Goroutine) -> String {
    match (goroutine.status, &goroutine.wait_reason) {
        (GoStatus::Waiting, Some(reason)) => reason.to_string(),
        (status, _) => format!("{status:?}").to_lowercase(),
    }
}

/// Compares every row with what was printed; one line per difference.
fn differences(crashed: &Crashed, name: &str, tells_interrupted: bool) -> Vec<String> {
    let opened = Opened::new(&crashed.exe, &crashed.core);
    let runtime = opened.runtime();
    let list = opened.goroutines(&runtime);
    let mut wrong = Vec::new();
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            wrong.push(format!("{name}: {what}: ours {ours}, the runtime's {theirs}"));
        }
    };
    differ("warnings", format!("{:?}", runtime.warnings), "[]".to_owned());
    differ("problems", format!("{:?}", list.problems), "[]".to_owned());
    let told = told(&crashed.stderr);
    assert!(!told.is_empty(), "{name}: nothing printed: {}", crashed.stderr);
    let ids = |ids: Vec<u64>| format!("{ids:?}");
    differ(
        "ids",
        ids(list.goroutines.iter().map(|goroutine| goroutine.id.0).collect()),
        ids(told.keys().copied().collect()),
    );
    for goroutine in &list.goroutines {
        let Some(told) = told.get(&goroutine.id.0) else {
            continue;
        };
        let id = goroutine.id;
        let mut differ = |what: &str, ours: String, theirs: String| {
            differ(&format!("goroutine {id} {what}"), ours, theirs);
        };
        if let Some(gp) = &told.gp {
            differ("gp", goroutine.addr.to_string(), gp.clone());
        }
        differ("state", state_of(goroutine), told.state.clone());
        differ("locked", goroutine.locked.to_string(), told.locked.to_string());
        differ("damaged", format!("{:?}", goroutine.damaged), "None".to_owned());
        if let Some((creator, parent)) = &told.created_by {
            differ(
                "creator",
                format!("{:?}", line_of(&goroutine.go_loc)),
                format!("{creator:?}"),
            );
            if parent.is_some() {
                differ(
                    "parent",
                    format!("{:?}", goroutine.parent.map(|id| id.0)),
                    format!("{parent:?}"),
                );
            }
        }
        let user = told.frames.iter().find(|frame| naming::is_user(&frame.function));
        // Up to Go 1.20 the runtime takes the pc that a preemption interrupted for a return address.
        let is_misprinted = !tells_interrupted
            && told
                .frames
                .iter()
                .any(|frame| frame.function == "runtime.asyncPreempt");
        if let Some(user) = user.or(told.frames.first())
            && user.function != "runtime.goexit"
            && !is_misprinted
        {
            differ(
                "user_loc",
                format!("{:?}", line_of(&goroutine.user_loc)),
                format!("{user:?}"),
            );
        }
        let is_parked = !matches!(goroutine.status, GoStatus::Running | GoStatus::Syscall);
        if let (true, Some(top)) = (is_parked, told.frames.first()) {
            differ(
                "current_loc",
                format!("{:?}", line_of(&goroutine.current_loc)),
                format!("{top:?}"),
            );
        }
    }
    wrong
}

#[test]
fn every_row_equals_what_the_runtime_printed() {
    let mut wrong = Vec::new();
    for toolchain in common::go::toolchains() {
        for flags in BUILDS {
            let build = |program: &str| common::go::Build::of(program).with(toolchain).flags(flags).exe();
            let name = |what: &str| format!("{} {flags:?} {what}", toolchain.version);
            if let Some(crashed) = common::crash(&build("panics"), &["nil"]) {
                wrong.extend(differences(&crashed, &name("panics nil"), toolchain.minor() > 20));
            }
            let run = common::Run::of(&build("states"), &["spin"]);
            if let Some(crashed) = run.killed_by("ABRT") {
                wrong.extend(differences(&crashed, &name("states"), toolchain.minor() > 20));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What this thread has used so far; other work on the machine does not count.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = text.split_whitespace().next().unwrap().parse().unwrap();
    Duration::from_nanos(nanoseconds)
}

#[test]
fn a_hundred_thousand_goroutines_are_listed_whole() {
    const COUNT: usize = 100_000;
    let exe = common::go::Build::of("many").flags(&["-ldflags=-s"]).exe();
    let Some(crashed) = common::Run::of(&exe, &[&COUNT.to_string()])
        .env("GOTRACEBACK", "crash")
        .until_death()
    else {
        return;
    };
    let opened = Opened::new(&crashed.exe, &crashed.core);
    let runtime = opened.runtime();
    let started = processor_time();
    let list = opened.goroutines(&runtime);
    let spent = processor_time().saturating_sub(started);
    println!(
        "{} goroutines in {spent:?} of processor time",
        list.goroutines.len()
    );
    assert_eq!(list.problems, Vec::<String>::new());
    let user: Vec<_> = list
        .goroutines
        .iter()
        .filter(|goroutine| !goroutine.system)
        .collect();
    assert!(user.len() > COUNT, "{}", user.len());
    let parked = user
        .iter()
        .filter(|goroutine| goroutine.blocked_on.is_some())
        .count();
    assert!(parked >= COUNT, "{parked}");
}
