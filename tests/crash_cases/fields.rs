//! The JSON that scripts rely on, field by field: what the real program says of the sample crash.
//!
//! A shape is a text such as `{id: int, labels: {}, parent: int?}`: every field named must be
//! there and of that kind, `?` allows null, `[x]` is a list of x that is not empty, `[x]*` one that
//! may be, `{}` any object and `any` anything. Fields beyond those named are allowed.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use serde_json::Value;

use crate::opened::{json, tinydbg};

const LOCATION: &str = "{pc: addr, function: text?, file: text?, line: int?}";
const KNOWN_LOCATION: &str = "{pc: addr, function: text, file: text, line: int}";
const VALUE: &str = "{name: text, type: text, kind: text, addr: addr?, value: text, len: int?, cap: int?, \
                     children: list, more: int, unreadable: text?}";

fn ask(command: &str) -> Value {
    json(&["demo"], &[command]).remove(0)
}

/// Reads a shape and checks a value against it at once.
struct Shape<'a> {
    rest: &'a str,
}

impl<'a> Shape<'a> {
    fn skip(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        let found = self.rest.strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = self.rest.find(|character| !is_part(character));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    /// Checks one value; `None` where there is none to check, as in an empty list.
    fn check(&mut self, value: Option<&Value>, path: &str) {
        let absent = value.is_some_and(Value::is_null);
        let inner = value.filter(|_| !absent);
        if self.skip("{") {
            assert!(
                inner.is_none_or(Value::is_object),
                "{path} is no object: {value:?}"
            );
            while !self.skip("}") {
                let name = self.word();
                assert!(self.skip(":"), "bad shape at {:?}", self.rest);
                let path = format!("{path}.{name}");
                let field =
                    inner.map(|object| object.get(name).unwrap_or_else(|| panic!("{path} is missing")));
                self.check(field, &path);
                self.skip(",");
            }
        } else if self.skip("[") {
            let items = inner.map(|list| {
                list.as_array()
                    .unwrap_or_else(|| panic!("{path} is no list: {list}"))
            });
            let start = self.rest;
            self.check(None, path);
            for (index, item) in items.into_iter().flatten().enumerate() {
                self.rest = start;
                self.check(Some(item), &format!("{path}[{index}]"));
            }
            assert!(self.skip("]"), "bad shape at {:?}", self.rest);
            let may_be_empty = self.skip("*");
            assert!(
                may_be_empty || items.is_none_or(|items| !items.is_empty()),
                "{path} is empty"
            );
        } else {
            let kind = self.word();
            assert!(
                inner.is_none_or(|value| is(value, kind)),
                "{path} is no {kind}: {value:?}"
            );
        }
        assert!(self.skip("?") || !absent, "{path} is null");
    }
}

fn is(value: &Value, kind: &str) -> bool {
    let is_addr = |text: &str| {
        text.strip_prefix("0x")
            .is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok())
    };
    match kind {
        "any" => true,
        "addr" => value.as_str().is_some_and(is_addr),
        "text" => value.is_string(),
        "int" => value.is_u64() || value.is_i64(),
        "bool" => value.is_boolean(),
        "list" => value.is_array(),
        other => panic!("no kind is called {other:?}"),
    }
}

#[track_caller]
fn has_shape(value: &Value, shape: &str) {
    let shape = shape
        .replace("KNOWN", KNOWN_LOCATION)
        .replace("LOCATION", LOCATION)
        .replace("VALUE", VALUE);
    Shape { rest: &shape }.check(Some(value), "result");
}

fn goroutine_shape() -> &'static str {
    "{id: int, status: text, wait_reason: text?, wait_since_ns: int?, thread: int?, current: bool, system: bool, \
     current_loc: LOCATION, user_loc: LOCATION, go_loc: LOCATION, start_loc: LOCATION, parent: int?, labels: {}, \
     blocked_on: {kind: text, addr: addr?, detail: text}?}"
}

fn find<'a>(list: &'a Value, field: &str, wanted: impl Into<Value>) -> &'a Value {
    let wanted = wanted.into();
    let rows = list.as_array().expect("a list");
    rows.iter()
        .find(|row| row[field] == wanted)
        .expect("it is in the list")
}

#[test]
fn a_shape_refuses_what_it_does_not_describe() {
    let value = serde_json::json!({"id": 1, "rows": [{"pc": "0x1f"}], "why": null});
    has_shape(&value, "{id: int, rows: [{pc: addr}], why: text?}");
    for wrong in [
        "{gone: any}",
        "{id: text}",
        "{why: text}",
        "{rows: [{pc: int}]}",
        "{rows: {}}",
    ] {
        let checked = std::panic::catch_unwind(|| has_shape(&value, wrong));
        assert!(checked.is_err(), "{wrong}");
    }
}

#[test]
fn every_line_names_its_command_and_how_it_went() {
    let output = tinydbg(&["demo", "--json", "-x", "bt 1", "-x", "frame 900"]);
    assert_eq!(output.status.code(), Some(1), "one command failed");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    has_shape(&lines[0], "{command: text, ok: bool, result: {}}");
    has_shape(
        &lines[1],
        "{command: text, ok: bool, error: {kind: text, message: text, hints: [text]*}}",
    );
    let said = |line: usize| (lines[line]["command"].as_str(), lines[line]["ok"].as_bool());
    assert_eq!(
        (said(0), said(1)),
        ((Some("bt 1"), Some(true)), (Some("frame 900"), Some(false)))
    );
    assert!(lines[0].get("error").is_none() && lines[1].get("result").is_none());
}

#[test]
fn report_has_its_fields() {
    let report = ask("report");
    has_shape(
        &report,
        "{kind: text, exe: text, pid: int, signal: {number: int, name: text, code: int?, meaning: text, \
         fault_addr: addr?, sender_pid: int?}?, fault_addr: addr?, reason: text, \
         panics: [{type: text?, message: text?, recovered: bool, repanicked: bool}], \
         crash: {goroutine: int?, frame: KNOWN}, goroutine_count: int, \
         groups: [{key: text, count: int, goroutine_ids: [int], example: int}], \
         warnings: [{kind: text, message: text}]*, go_version: text, build_id: text}",
    );
    // As the runtime printed it: goroutine 7, [signal ... addr=0x20 pc=0x4b91ea].
    assert_eq!(report["kind"], "core");
    assert_eq!(report["crash"]["goroutine"], 7);
    assert_eq!(report["crash"]["frame"]["pc"], "0x4b91ea");
    assert_eq!(report["crash"]["frame"]["line"], 51);
    assert_eq!(report["fault_addr"], "0x20");
    assert_eq!(report["goroutine_count"], ask("goroutines")["total"]);
}

#[test]
fn goroutines_have_their_fields() {
    let list = ask("goroutines");
    let shape = format!("{{total: int, shown: int, goroutines: [{}]}}", goroutine_shape());
    has_shape(&list, &shape);
    assert_eq!(
        list["goroutines"].as_array().map(Vec::len),
        list["shown"].as_u64().map(|shown| shown as usize)
    );
    let guilty = find(&list["goroutines"], "id", 7);
    assert_eq!(guilty["current"], true);
    assert_eq!(guilty["status"], "running");
    assert_eq!(guilty["wait_reason"], Value::Null);
    assert_eq!(guilty["parent"], 1);
    assert_eq!(guilty["start_loc"]["function"], "main.(*Shop).work");
    assert_eq!(guilty["go_loc"]["line"], 34);
    let waiting = find(&list["goroutines"], "id", 1);
    assert_eq!(waiting["wait_reason"], "sync.WaitGroup.Wait");
    assert_eq!(waiting["current_loc"]["pc"], "0x47ba4e");
    assert_eq!(waiting["user_loc"]["pc"], "0x488285");
    assert_eq!(waiting["blocked_on"]["kind"], "semaphore");
    let page = ask("goroutines -limit 3");
    assert_eq!(
        (&page["total"], &page["shown"]),
        (&list["total"], &Value::from(3))
    );
    has_shape(&ask("goroutine 1"), goroutine_shape());
}

#[test]
fn groups_have_their_fields_and_count_everyone_once() {
    let groups = ask("goroutines -group user");
    has_shape(
        &groups,
        "{total: int, groups: [{key: text, count: int, goroutine_ids: [int], example: int}]}",
    );
    let mut ids: Vec<i64> = Vec::new();
    for group in groups["groups"].as_array().expect("a list") {
        let members = group["goroutine_ids"].as_array().expect("a list");
        assert_eq!(group["count"], members.len());
        assert!(members.contains(&group["example"]));
        ids.extend(members.iter().filter_map(Value::as_i64));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(groups["total"], ids.len());
}

#[test]
fn stacks_have_their_fields() {
    let stack = ask("bt 60");
    has_shape(
        &stack,
        "{goroutine: int?, thread: int?, end: text, frames: [{index: int, pc: addr, function: text?, file: text?, \
         line: int?, inlined: bool, cfa: addr?, trust: text, image: text?}]}",
    );
    assert_eq!(
        (&stack["goroutine"], &stack["end"]),
        (&Value::from(7), &Value::from("complete"))
    );
    // As the runtime printed it: its fp is the CFA.
    let dying = find(&stack["frames"], "function", "main.(*Shop).total");
    assert_eq!(
        (&dying["pc"], &dying["cfa"]),
        (&Value::from("0x4b91ea"), &Value::from("0x8f7236d2eb0"))
    );
    assert_eq!(
        (&dying["inlined"], &dying["trust"]),
        (&Value::from(false), &Value::from("pcsp"))
    );
    assert_eq!(
        find(&stack["frames"], "function", "main.(*Shop).price")["inlined"],
        true
    );
    let frames = stack["frames"].as_array().expect("a list");
    assert!((0..).zip(frames).all(|(index, frame)| frame["index"] == index));
    assert_eq!(ask("bt 2")["end"], "limit");
}

#[test]
fn threads_registers_and_images_have_their_fields() {
    let threads = ask("threads");
    has_shape(
        &threads,
        "{threads: [{tid: int, current: bool, goroutine: int?, loc: LOCATION, name: text?, signal: {name: text}?}]}",
    );
    let current = find(&threads["threads"], "current", true);
    assert_eq!(current["goroutine"], 7);
    assert_eq!(current["signal"]["name"], "SIGABRT");

    let registers = ask("regs");
    has_shape(&registers, "{registers: [{name: text, value: text?}]}");
    let value = |name: &str| {
        let text = find(&registers["registers"], "name", name)["value"]
            .as_str()
            .unwrap_or("0x");
        u64::from_str_radix(&text[2..], 16).ok()
    };
    // pc= of the signal and sp= of the frame that it interrupted, as the runtime printed them.
    assert_eq!(value("rip"), Some(0x4b_91ea));
    assert_eq!(value("rsp"), Some(0x8f7_236d_2d68));

    let images = ask("images");
    has_shape(
        &images,
        "{images: [{path: text, base: addr, build_id: text?, verified: text, debug_info: text, from: text}]}",
    );
    let program = &images["images"][0];
    assert_eq!(program["path"], ask("report")["exe"]);
    assert_eq!(
        (&program["verified"], &program["debug_info"]),
        (&"yes".into(), &"dwarf".into())
    );
}

#[test]
fn variables_have_their_fields() {
    for command in ["args", "locals"] {
        let variables = ask(command);
        has_shape(&variables, "{variables: [VALUE]}");
    }
    let order = find(&ask("args")["variables"], "name", "order").clone();
    assert_eq!(
        (&order["type"], &order["kind"]),
        (&"*main.Order".into(), &"pointer".into())
    );
    has_shape(&order["children"], "[VALUE]");
    let number = find(&order["children"], "name", "ID");
    assert_eq!(number["value"], "\"A-1042\"");
    assert_eq!(number["len"], 6);
    let lines = find(&order["children"], "name", "Lines");
    has_shape(lines, "{len: int, cap: int, children: list, more: int}");
    let shown = lines["children"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(
        lines["len"].as_u64(),
        lines["more"].as_u64().map(|more| more + shown)
    );
}

#[test]
fn listings_have_their_fields() {
    let listing = ask("list");
    has_shape(
        &listing,
        "{file: text, origin: text, start: int, current: int?, lines: [text]}",
    );
    assert_eq!(listing["file"], "shop.example/orders/pricing.go");
    assert_eq!(listing["current"], 51);
    let at = listing["current"]
        .as_u64()
        .zip(listing["start"].as_u64())
        .map(|(at, start)| at - start);
    let line = at.and_then(|at| listing["lines"].get(usize::try_from(at).ok()?)?.as_str());
    let source = include_str!("../../assets/demo/pricing.go");
    assert_eq!(line, source.lines().nth(50));
}

#[test]
fn the_other_commands_have_their_fields() {
    has_shape(&ask("env"), "{env: [text]}");
    has_shape(
        &ask("memmap"),
        "{regions: [{start: addr, end: addr, permissions: text, file: text?}]}",
    );
    has_shape(
        &ask("info"),
        "{session: {kind: text, exe: text, go_version: text}, process: {pid: int, args: [text]}}",
    );
    has_shape(
        &ask("help"),
        "{commands: [{name: text, aliases: list, usage: text, summary: text}]}",
    );
    has_shape(&ask("sources"), "{sources: [text]}");
    let frame = "{goroutine: int?, thread: int?, frame: {index: int, pc: addr, trust: text}}";
    for command in ["frame 1", "up", "down"] {
        has_shape(&ask(command), frame);
    }
    let thread = ask("threads")["threads"][1]["tid"].to_string();
    has_shape(
        &ask(&format!("thread {thread}")),
        "{tid: int, current: bool, goroutine: int?, loc: LOCATION}",
    );
}
