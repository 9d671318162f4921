//! One sentence: why the program died.

use super::facts::{CrashFacts, Throwing};
use crate::model::SignalInfo;

/// The sentence for a dying Go runtime; `None` when it is not dying.
///
/// `signal` is the signal that truly started it, found by unwinding, when there was one.
#[must_use]
pub fn reason(facts: &CrashFacts, signal: Option<&SignalInfo>) -> Option<String> {
    let throwing = facts.throwing?;
    if let Some(fatal) = &facts.fatal_error {
        return Some(match &facts.fatal_detail {
            Some(detail) => format!("fatal error: {fatal} ({detail})"),
            None => format!("fatal error: {fatal}"),
        });
    }
    if throwing == Throwing::Panic
        && let Some(last) = facts.panics.last()
    {
        let Some(message) = &last.message else {
            return Some("a panic whose value cannot be read".to_owned());
        };
        let first_line = message.lines().next().unwrap_or_default();
        let rest = if first_line.len() < message.trim_end().len() {
            " ..."
        } else {
            ""
        };
        return Some(format!("panic: {first_line}{rest}"));
    }
    Some(signal.map_or_else(|| "fatal error in the Go runtime".to_owned(), ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PanicEntry;

    fn panic(message: &str) -> PanicEntry {
        PanicEntry {
            type_name: Some("string".to_owned()),
            message: Some(message.to_owned()),
            unreadable: None,
            recovered: false,
            repanicked: false,
        }
    }

    #[test]
    fn the_newest_panic_gives_the_reason() {
        let facts = CrashFacts {
            throwing: Some(Throwing::Panic),
            panics: vec![panic("first"), panic("second\nline")],
            ..CrashFacts::default()
        };
        assert_eq!(reason(&facts, None).as_deref(), Some("panic: second ..."));
    }

    #[test]
    fn a_fatal_error_tells_what_led_to_it() {
        let facts = CrashFacts {
            throwing: Some(Throwing::RuntimeError),
            fatal_error: Some("fault".to_owned()),
            fatal_detail: Some("unexpected fault address 0xdead0000".to_owned()),
            ..CrashFacts::default()
        };
        assert_eq!(
            reason(&facts, None).as_deref(),
            Some("fatal error: fault (unexpected fault address 0xdead0000)")
        );
    }

    #[test]
    fn a_signal_from_outside_names_its_sender() {
        let facts = CrashFacts {
            throwing: Some(Throwing::RuntimeError),
            ..CrashFacts::default()
        };
        let signal = SignalInfo {
            number: 6,
            name: "SIGABRT".to_owned(),
            code: Some(0),
            meaning: "sent by kill".to_owned(),
            fault_addr: None,
            sender_pid: Some(123),
        };
        assert_eq!(
            reason(&facts, Some(&signal)).as_deref(),
            Some("SIGABRT: sent by kill, from process 123")
        );
        assert_eq!(reason(&CrashFacts::default(), Some(&signal)), None);
    }
}
