//! The sample crash that travels inside the program. Needs no Go and no kernel that dumps.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::opened::{Opened, json, rows};
use crate::printed::{PrintedFrame, assert_same_goroutines, stacks};

fn printed() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/orders.stderr");
    fs::read_to_string(path).expect("it lies beside the sample crash")
}

fn demo(commands: &[&str]) -> Vec<Value> {
    json(&["demo"], commands)
}

fn opened() -> Opened {
    Opened::answers(demo(&Opened::COMMANDS))
}

#[test]
fn the_verdict_names_order_cause_and_line() {
    let opened = opened();
    assert!(
        opened.reason().contains("nil pointer dereference"),
        "{}",
        opened.reason()
    );
    assert_eq!(opened.report["signal"]["name"], "SIGSEGV");
    assert_eq!(opened.report["fault_addr"], "0x20");
    let panics = opened.panics();
    assert_eq!(panics.len(), 2, "{panics:?}");
    assert!(
        panics[0].ends_with("invalid memory address or nil pointer dereference"),
        "{panics:?}"
    );
    assert!(
        panics[1].starts_with("pricing order A-1042, line 2: "),
        "{panics:?}"
    );
    assert_eq!(opened.report["panics"][0]["recovered"], true);
    let site = opened.site();
    let place = (site.function.as_str(), site.file.as_str(), site.line);
    assert_eq!(place, ("main.(*Shop).total", "pricing.go", 51));
}

#[test]
fn goroutines_are_those_the_runtime_printed() {
    let opened = opened();
    assert_same_goroutines(&opened, &printed(), "demo");
    let guilty = opened
        .rows()
        .iter()
        .find(|row| row["current"] == true)
        .expect("one is current");
    assert_eq!(guilty["labels"]["order"], "A-1042");
    for (reason, count) in [
        ("chan send", 1),
        ("sync.Mutex.Lock", 2),
        ("IO wait", 1),
        ("select", 1),
        ("sleep", 1),
    ] {
        let waiting = opened
            .rows()
            .iter()
            .filter(|row| row["wait_reason"] == reason)
            .count();
        assert_eq!(waiting, count, "{reason}");
    }
    assert!(
        guilty["labels"]["worker"]
            .as_str()
            .is_some_and(|name| name.starts_with("packer-"))
    );
}

#[test]
fn every_frame_is_the_one_the_runtime_printed() {
    let printed = stacks(&printed());
    assert!(printed.len() > 30);
    let commands: Vec<String> = printed
        .keys()
        .map(|id| format!("bt 200 -goroutine {id}"))
        .collect();
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    for ((id, wanted), stack) in printed.iter().zip(demo(&commands)) {
        assert_eq!(stack["end"], "complete", "goroutine {id}");
        let ours: Vec<PrintedFrame> = stack["frames"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|frame| PrintedFrame {
                function: frame["function"].as_str().unwrap_or_default().to_owned(),
                file: frame["file"].as_str().unwrap_or_default().to_owned(),
                line: frame["line"].as_u64().unwrap_or_default(),
            })
            .collect();
        assert!(ours.len() >= wanted.len(), "goroutine {id}: {ours:#?}");
        // In front of it are the frames by which the runtime died while it printed, or those of a
        // system call: there the runtime shows where the call was announced, we where it is.
        let in_call = usize::from(wanted[0].function == "syscall.Syscall");
        assert_eq!(
            ours[ours.len() - wanted.len() + in_call..],
            wanted[in_call..],
            "goroutine {id}"
        );
    }
}

#[test]
fn the_guilty_line_and_its_variables_are_at_hand() {
    let stack = rows(&demo(&["bt 50"]).remove(0));
    let site = opened().site();
    let index = stack.iter().position(|row| row.function == site.function);
    let index = index.expect("it is on the stack");
    let caller = &stack[index + 1];
    assert_eq!(
        (caller.function.as_str(), caller.inlined),
        ("main.(*Shop).price", true)
    );
    let results = demo(&[&format!("frame {index}"), "args", "locals", "list"]);
    let order = named(&results[1], "order");
    assert_eq!(order["type"], "*main.Order");
    let bill = named(&results[2], "bill");
    assert!(
        bill["value"]
            .as_str()
            .is_some_and(|text| text.contains("Position: 2")),
        "{bill}"
    );
    let listing = &results[3];
    assert_eq!(listing["origin"], "embedded");
    let (start, current) = (&listing["start"], &listing["current"]);
    let row = current
        .as_u64()
        .zip(start.as_u64())
        .map(|(current, start)| current - start);
    let line = row.and_then(|row| listing["lines"].get(usize::try_from(row).ok()?)?.as_str());
    assert!(
        line.is_some_and(|line| line.contains("product.Price *")),
        "{listing}"
    );
}

fn named<'a>(variables: &'a Value, name: &str) -> &'a Value {
    let list = variables["variables"].as_array().expect("a list");
    list.iter()
        .find(|variable| variable["name"] == name)
        .expect("it is there")
}
