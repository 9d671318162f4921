//! Which keys mean which action: the defaults of the action table under the user's settings.
//!
//! A sequence is looked up in the focused pane. Two actions may share a sequence only when no
//! pane knows both; anything else is a conflict and is reported, not guessed at.

use std::collections::BTreeMap;

use super::action::{ACTIONS, Action};
use super::key::{Key, parse_sequence, sequence_name};
use super::place::Pane;

/// The bindings in force.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

#[derive(Clone, Debug)]
struct Binding {
    keys: Vec<Key>,
    action: &'static Action,
}

/// What a sequence of keys means so far.
#[derive(Clone, Copy, Debug)]
pub enum Lookup {
    Action(&'static Action),
    /// It begins longer sequences.
    Prefix,
    Nothing,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&BTreeMap::new()).0
    }
}

impl Keymap {
    /// The default keys, replaced where `settings` names an action. Returns what was wrong with
    /// the settings as sentences; a wrong one leaves the defaults in place.
    #[must_use]
    pub fn new(settings: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let mut complaints = Vec::new();
        for name in settings.keys() {
            if super::action::find(name).is_none() {
                complaints.push(format!("keys: no action is called {name:?}"));
            }
        }
        let mut bindings = Vec::new();
        for action in ACTIONS {
            let defaults = || {
                action
                    .keys
                    .iter()
                    .map(|key| (*key).to_owned())
                    .collect::<Vec<_>>()
            };
            let wanted = settings.get(action.name).cloned().unwrap_or_else(defaults);
            for text in wanted {
                match parse_sequence(&text) {
                    Ok(keys) => bindings.push(Binding { keys, action }),
                    Err(error) => complaints.push(format!("keys: {}: {error}", action.name)),
                }
            }
        }
        let map = Self { bindings };
        complaints.extend(map.conflicts());
        (map, complaints)
    }

    /// Pairs of bindings of which one can never be reached, as sentences.
    fn conflicts(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, one) in self.bindings.iter().enumerate() {
            for other in self.bindings.iter().skip(at + 1) {
                let clash = one.keys.starts_with(&other.keys) || other.keys.starts_with(&one.keys);
                if clash
                    && one.action.panes.overlaps(other.action.panes)
                    && one.action.name != other.action.name
                {
                    found.push(format!(
                        "keys: {} ({}) and {} ({}) get in each other's way",
                        sequence_name(&one.keys),
                        one.action.name,
                        sequence_name(&other.keys),
                        other.action.name
                    ));
                }
            }
        }
        found
    }

    #[must_use]
    pub fn lookup(&self, pane: Pane, keys: &[Key]) -> Lookup {
        let mut prefix = false;
        for binding in &self.bindings {
            if !binding.action.panes.has(pane) {
                continue;
            }
            if binding.keys == keys {
                return Lookup::Action(binding.action);
            }
            prefix |= binding.keys.starts_with(keys);
        }
        if prefix { Lookup::Prefix } else { Lookup::Nothing }
    }

    /// The continuations of a prefix: the rest of the keys, and what they do.
    #[must_use]
    pub fn continuations(&self, pane: Pane, prefix: &[Key]) -> Vec<(String, &'static Action)> {
        let here = self
            .bindings
            .iter()
            .filter(|binding| binding.action.panes.has(pane));
        here.filter_map(|binding| {
            let rest = binding.keys.strip_prefix(prefix)?;
            (!rest.is_empty()).then(|| (sequence_name(rest), binding.action))
        })
        .collect()
    }

    /// All sequences of an action as text, the first being the one to show.
    #[must_use]
    pub fn keys_of(&self, name: &str) -> Vec<String> {
        let own = self.bindings.iter().filter(|binding| binding.action.name == name);
        own.map(|binding| sequence_name(&binding.keys)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Key> {
        parse_sequence(text).unwrap()
    }

    #[test]
    fn the_defaults_have_no_conflicts() {
        let (_, complaints) = Keymap::new(&BTreeMap::new());
        assert_eq!(complaints, Vec::<String>::new());
    }

    #[test]
    fn sequences_pass_through_their_prefixes() {
        let map = Keymap::default();
        assert!(matches!(map.lookup(Pane::Stack, &keys("g")), Lookup::Prefix));
        assert!(matches!(map.lookup(Pane::Stack, &keys("gg")), Lookup::Action(a) if a.name == "first"));
        assert!(matches!(map.lookup(Pane::Stack, &keys("gx")), Lookup::Nothing));
        assert!(map.continuations(Pane::Stack, &keys("Space")).len() > 5);
    }

    #[test]
    fn settings_replace_keys_and_mistakes_are_named() {
        let settings = BTreeMap::from([
            ("zoom".to_owned(), vec!["F2".to_owned()]),
            ("quit".to_owned(), vec!["k".to_owned()]),
            ("fly".to_owned(), vec!["x".to_owned()]),
            ("sort".to_owned(), vec!["Hyper-s".to_owned()]),
        ]);
        let (map, complaints) = Keymap::new(&settings);
        assert_eq!(map.keys_of("zoom"), ["F2"]);
        let all = complaints.join("\n");
        assert!(
            all.contains("\"fly\"") && all.contains("Hyper-s") && all.contains("k (up) and k (quit)"),
            "{all}"
        );
    }
}
