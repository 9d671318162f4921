//! What the journal knows of crashes, as `journalctl -o json` prints it: a line for each.
//!
//! Understands text only; who runs journalctl is [`super::list`]'s business.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::found::Found;
use crate::model::StoredState;

/// `SD_MESSAGE_COREDUMP` (`sd-messages.h`).
const MESSAGE: &str = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1";
/// `COREDUMP` is the core itself, where it lies in the journal: journalctl prints `null` for what
/// is that long.
const FIELDS: &str = "COREDUMP,COREDUMP_TIMESTAMP,COREDUMP_PID,COREDUMP_UID,COREDUMP_GID,\
    COREDUMP_SIGNAL,COREDUMP_COMM,COREDUMP_EXE,COREDUMP_CMDLINE,COREDUMP_UNIT,COREDUMP_USER_UNIT,\
    COREDUMP_FILENAME,COREDUMP_TRUNCATED";

/// Arguments that make journalctl print the newest `most` crashes.
pub(super) fn arguments(most: usize) -> Vec<OsString> {
    let most = most.to_string();
    [
        "--no-pager",
        "--output=json",
        "--reverse",
        "-n",
        &most,
        "--output-fields",
        FIELDS,
        MESSAGE,
    ]
    .map(OsString::from)
    .to_vec()
}

/// All lines that can be understood.
pub(super) fn parse(lines: &[u8]) -> Vec<Found> {
    lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| Some(entry(&serde_json::from_slice(line).ok()?)))
        .collect()
}

fn entry(fields: &Map<String, Value>) -> Found {
    let text = |name: &str| fields.get(name).and_then(text);
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    let id = |name: &str| number(name).and_then(|id| u32::try_from(id).ok());
    let path = text("COREDUMP_FILENAME").map(PathBuf::from);
    let truncated = text("COREDUMP_TRUNCATED").is_some_and(|word| word == "1" || word == "yes");
    Found {
        micros: number("COREDUMP_TIMESTAMP").or_else(|| number("__REALTIME_TIMESTAMP")),
        pid: id("COREDUMP_PID"),
        uid: id("COREDUMP_UID"),
        gid: id("COREDUMP_GID"),
        signal: number("COREDUMP_SIGNAL").and_then(|signal| i32::try_from(signal).ok()),
        name: text("COREDUMP_COMM"),
        exe: text("COREDUMP_EXE"),
        command: text("COREDUMP_CMDLINE"),
        unit: text("COREDUMP_UNIT").or_else(|| text("COREDUMP_USER_UNIT")),
        state: match (&path, truncated) {
            (Some(_), true) => StoredState::Truncated,
            (Some(_), false) => StoredState::Present,
            (None, _) if fields.contains_key("COREDUMP") => StoredState::Journal,
            (None, _) => StoredState::None,
        },
        path,
        bytes: None,
    }
}

/// A field is text, its bytes one by one where they are no UTF-8, or a list where it occurs twice.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => {
            let bytes: Option<Vec<u8>> = items
                .iter()
                .map(|item| u8::try_from(item.as_u64()?).ok())
                .collect();
            match bytes {
                Some(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                None => items.first().and_then(Value::as_str).map(str::to_owned),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_crash_and_what_is_no_line_is_none() {
        let lines = br#"{"__REALTIME_TIMESTAMP":"9","COREDUMP_TIMESTAMP":"1700000000000000","COREDUMP_PID":"77","COREDUMP_UID":"5","COREDUMP_SIGNAL":"6","COREDUMP_COMM":"orders","COREDUMP_EXE":"/srv/orders","COREDUMP_UNIT":"orders.service","COREDUMP_FILENAME":"/x/core.z","COREDUMP_TRUNCATED":"1"}
not json
{"COREDUMP_PID":"78","COREDUMP":null,"COREDUMP_CMDLINE":[97,255,98]}
{"COREDUMP_PID":["79","80"],"COREDUMP_COMM":["a","b"]}

[1]"#;
        let found = parse(lines);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].micros, Some(1_700_000_000_000_000));
        assert_eq!(
            (found[0].pid, found[0].uid, found[0].signal),
            (Some(77), Some(5), Some(6))
        );
        assert_eq!(found[0].unit.as_deref(), Some("orders.service"));
        assert_eq!(found[0].state, StoredState::Truncated);
        assert_eq!(found[1].state, StoredState::Journal);
        assert_eq!(found[1].command.as_deref(), Some("a\u{fffd}b"));
        assert_eq!(found[2].state, StoredState::None);
        assert_eq!((found[2].pid, found[2].name.as_deref()), (Some(79), Some("a")));
    }
}
