//! The table of keys as Markdown, for the README and the documentation.

use std::fmt::Write as _;

use super::{ACTIONS, Group, Needs};

/// All actions with their default keys, a table per group.
#[must_use]
pub fn key_table() -> String {
    let mut out = String::new();
    let mut group: Option<Group> = None;
    for action in ACTIONS {
        if group != Some(action.group) {
            group = Some(action.group);
            let _ = write!(
                out,
                "\n**{}**\n\n| keys | does | name |\n|---|---|---|\n",
                action.group.title()
            );
        }
        let keys: Vec<String> = action
            .keys
            .iter()
            .map(|key| format!("`{}`", key.replace('|', "\\|")))
            .collect();
        let live = if action.needs != Needs::Nothing {
            " (live only)"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "| {} | {}{live} | `{}` |",
            keys.join(" "),
            action.doc,
            action.name
        );
    }
    out.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::action::find;

    #[test]
    fn every_action_is_in_the_table_once() {
        let table = key_table();
        for action in ACTIONS {
            assert_eq!(
                table.matches(&format!("| `{}` |", action.name)).count(),
                1,
                "{}",
                action.name
            );
            assert!(find(action.name).is_some());
            assert!(!action.doc.ends_with('.'));
        }
    }

    #[test]
    fn no_plain_letter_drives_a_process() {
        for action in ACTIONS.iter().filter(|action| action.needs != Needs::Nothing) {
            for key in action.keys {
                let letter = key.len() == 1 && key.chars().all(|c| c.is_ascii_lowercase());
                assert!(!letter || action.name == "breakpoint", "{}", action.name);
            }
        }
    }
}
