//! What `doctor` found: a line for each check, and below it what helps.

use std::io;

use crate::base::visible;

use crate::headless::page::Page;
use crate::model::{Check, CheckState, Role};

/// Columns that lines have: people read this, programs read the JSON.
const WIDTH: usize = 80;
/// Columns of the longest word for an outcome.
const WORD: usize = 7;
/// Before what helps.
const ARROW: &str = "-> ";

/// Writes the checks and how many came out how.
///
/// # Errors
/// Those of the output.
pub(in crate::headless) fn write_checks(page: &mut Page<'_>, checks: &[Check]) -> io::Result<()> {
    let names = checks.iter().map(|check| check.name.chars().count());
    let columns = names.max().unwrap_or(0);
    for check in checks {
        let (word, role) = match check.state {
            CheckState::Good => ("ok", Role::Text),
            CheckState::Note => ("warning", Role::Doubtful),
            CheckState::Bad => ("BAD", Role::Error),
        };
        let word = page.show(role, &format!("{word:<WORD$}"));
        let name = page.show(Role::Function, &format!("{:<columns$}", check.name));
        let indent = WORD + columns + 4;
        let room = WIDTH.saturating_sub(indent);
        let mut head = format!("{word}  {name}  ");
        for line in wrap(&check.what, room) {
            page.line(format_args!("{head}{line}"))?;
            head = " ".repeat(indent);
        }
        let Some(fix) = &check.fix else { continue };
        let mut arrow = ARROW;
        for line in wrap(fix, room.saturating_sub(ARROW.len())) {
            page.line(format_args!("{:indent$}{arrow:<3}{line}", ""))?;
            arrow = "";
        }
    }
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let warnings = crate::headless::page::count(count(CheckState::Note), "warning");
    page.line(format_args!(
        "[{} ok, {warnings}, {} bad]",
        count(CheckState::Good),
        count(CheckState::Bad)
    ))
}

/// Lines of at most `room` columns, broken between words; at least one.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let text = visible(text);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_is_a_line_and_what_helps_another() {
        let check = |name: &str, state, fix: Option<&str>| Check {
            name: name.into(),
            state,
            what: format!("{name} was \x1b looked at"),
            fix: fix.map(Into::into),
        };
        let checks = [
            check("yama", CheckState::Good, None),
            check("core limit", CheckState::Bad, Some("ulimit -c unlimited")),
            check("size", CheckState::Note, None),
        ];
        let mut out = Vec::new();
        write_checks(&mut Page::new(&mut out, false), &checks).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "ok       yama        yama was \\x1b looked at\n\
             BAD      core limit  core limit was \\x1b looked at\n\
             \x20                    -> ulimit -c unlimited\n\
             warning  size        size was \\x1b looked at\n\
             [1 ok, 1 warning, 1 bad]\n"
        );
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let checks = [Check {
            name: "yama".into(),
            state: CheckState::Bad,
            what: "word ".repeat(30).trim().to_owned(),
            fix: Some(format!("sudo {}", "x".repeat(100))),
        }];
        let mut out = Vec::new();
        write_checks(&mut Page::new(&mut out, false), &checks).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[0].starts_with("BAD      yama  word") && lines[1].starts_with("               word"));
        assert!(lines[..4].iter().all(|line| line.len() <= WIDTH), "{text}");
        assert!(lines[3].contains("-> sudo") && lines[4].starts_with("                  xxx"));
    }
}
