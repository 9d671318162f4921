//! What the Go runtime printed about goroutines while the program died: the truth.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::opened::Opened;

/// Id to status words, for every goroutine that the runtime printed.
///
/// Number 0 is left out: the runtime prints its own system stacks under it. The lines look like `goroutine 7 gp=0xc000002380 m=nil [chan receive, 2 minutes]:`, without gp
/// and m before Go 1.23.
pub fn goroutines(stderr: &str) -> BTreeMap<u64, String> {
    stderr.lines().filter_map(header).collect()
}

fn header(line: &str) -> Option<(u64, String)> {
    let (id, rest) = line.strip_prefix("goroutine ")?.split_once(' ')?;
    let (_, brackets) = rest.strip_suffix(':')?.split_once('[')?;
    // Labels stand behind the brackets from Go 1.27 on; waiting times behind a comma.
    let (words, _) = brackets.split_once(']')?;
    let status = words.split(',').next()?.trim_end_matches(" (scan)");
    let id = id.parse().ok().filter(|&id| id != 0)?;
    Some((id, status.to_owned()))
}

/// The address of `[signal SIGSEGV: segmentation violation code=0x1 addr=0x10 pc=0x47bba0]`.
pub fn fault_addr(stderr: &str) -> Option<&str> {
    let line = stderr.lines().find(|line| line.starts_with("[signal "))?;
    line.split_whitespace()
        .find_map(|word| word.strip_prefix("addr="))
}

/// A frame as the runtime prints it: `main.serve(0x0, {...})`, then `file.go:12 +0x1d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedFrame {
    pub function: String,
    pub file: String,
    pub line: u64,
}

/// The stack of every goroutine, innermost frame first. Of a goroutine that panicked the runtime
/// leaves out its own innermost frames.
pub fn stacks(stderr: &str) -> BTreeMap<u64, Vec<PrintedFrame>> {
    let mut found: BTreeMap<u64, Vec<PrintedFrame>> = BTreeMap::new();
    let mut current = None;
    let mut function = None;
    for line in stderr.lines() {
        if let Some((id, _)) = header(line) {
            // A goroutine may be printed again by its own thread; the first time counts.
            current = (!found.contains_key(&id)).then_some(id);
        } else if line.is_empty() || line.starts_with("created by ") {
            current = None;
        } else if let (Some(id), Some(place)) = (current, line.strip_prefix('\t')) {
            let frame = function.take().and_then(|function| frame(function, place));
            found.entry(id).or_default().extend(frame);
        } else {
            // Arguments hold no parentheses, so that the last one opens them.
            function = line.rfind('(').map(|end| &line[..end]);
        }
    }
    found
}

fn frame(function: &str, place: &str) -> Option<PrintedFrame> {
    let (file, line) = place.split_whitespace().next()?.rsplit_once(':')?;
    let function = if function == "panic" {
        "runtime.gopanic"
    } else {
        function
    };
    Some(PrintedFrame {
        function: function.to_owned(),
        file: file.to_owned(),
        line: line.parse().ok()?,
    })
}

/// Our goroutines must be those that the runtime printed, in the same states.
///
/// Goroutines of the runtime itself may start, park and wake while the text is printed; of those
/// only the ids must not be invented.
#[track_caller]
pub fn assert_same_goroutines(opened: &Opened, stderr: &str, context: &str) {
    let printed = goroutines(stderr);
    assert!(
        !printed.is_empty(),
        "{context}: the runtime printed no goroutine: {stderr}"
    );
    let mut ours = BTreeMap::new();
    for row in opened.rows().iter().filter(|row| row["system"] == false) {
        ours.insert(row["id"].as_u64().unwrap_or_default(), state(row));
    }
    for (id, status) in &ours {
        assert_eq!(
            printed.get(id),
            Some(status),
            "{context}: goroutine {id} as we show it"
        );
    }
    let all: Vec<u64> = opened
        .rows()
        .iter()
        .filter_map(|row| row["id"].as_u64())
        .collect();
    for (id, status) in &printed {
        assert!(
            all.contains(id),
            "{context}: goroutine {id} [{status}] is not shown: {all:?}"
        );
    }
    assert_eq!(opened.report["goroutine_count"], all.len(), "{context}");
}

fn state(row: &Value) -> String {
    let reason = row["wait_reason"].as_str().filter(|reason| !reason.is_empty());
    match (row["status"].as_str(), reason) {
        (Some("waiting"), Some(reason)) => reason.to_owned(),
        (status, _) => status.unwrap_or("none").to_owned(),
    }
}

#[test]
fn headers_of_all_versions_are_read() {
    let text = "\
goroutine 1 [running]:
goroutine 7 gp=0xc000002380 m=nil [chan receive, 2 minutes]:
goroutine 9 gp=0xc000002380 m=3 mp=0xc000080008 [select (no cases), locked to thread]:
goroutine 12 gp=0xc000002380 m=nil [sleep] {req: 42, path: a[0]}:
goroutine 0 gp=0x5bb4e0 m=0 mp=0x5bc000 [idle]:
created by main.main in goroutine 1
";
    let found = goroutines(text);
    let words: Vec<(u64, &str)> = found.iter().map(|(id, status)| (*id, status.as_str())).collect();
    assert_eq!(
        words,
        [
            (1, "running"),
            (7, "chan receive"),
            (9, "select (no cases)"),
            (12, "sleep")
        ]
    );
}
