//! One key press as a value, and its text form in configuration, help and tests.
//!
//! Owns the names of keys (`Ctrl-p`, `Alt-Enter`, `F10`, `Space`) and how terminals' variants of
//! the same press become equal. Knows nothing of what a key does.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, in the one spelling that compares equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

/// A key name that nothing on a keyboard has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key is called {0:?}")]
pub struct UnknownKey(pub String);

const NAMES: &[(&str, KeyCode)] = &[
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
];

const MODIFIERS: &[(&str, KeyModifiers)] = &[
    ("Ctrl-", KeyModifiers::CONTROL),
    ("Alt-", KeyModifiers::ALT),
    ("Shift-", KeyModifiers::SHIFT),
];

impl Key {
    #[must_use]
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Self {
                code: KeyCode::Tab,
                modifiers: known | KeyModifiers::SHIFT,
            },
            // The character itself says whether Shift was held.
            KeyCode::Char(character) => Self {
                code: KeyCode::Char(character),
                modifiers: known - KeyModifiers::SHIFT,
            },
            code => Self {
                code,
                modifiers: known,
            },
        }
    }

    #[must_use]
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, KeyModifiers::NONE)
    }

    /// The character this key types into a text field, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }

    fn parse(token: &str) -> Option<Self> {
        let mut rest = token;
        let mut modifiers = KeyModifiers::NONE;
        while let Some((name, bit)) = MODIFIERS
            .iter()
            .find(|(name, _)| rest.len() > name.len() && starts_with_name(rest, name))
        {
            modifiers |= *bit;
            rest = &rest[name.len()..];
        }
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest));
        if let Some((_, code)) = named {
            return Some(Self::new(*code, modifiers));
        }
        if let Some(number) = rest.strip_prefix(['F', 'f']).and_then(|n| n.parse::<u8>().ok()) {
            return (1..=24)
                .contains(&number)
                .then(|| Self::new(KeyCode::F(number), modifiers));
        }
        let mut characters = rest.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => Some(Self::new(KeyCode::Char(only), modifiers)),
            _ => None,
        }
    }
}

fn starts_with_name(text: &str, name: &str) -> bool {
    text.get(..name.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(name))
}

/// Parses a sequence: keys apart by spaces, where a word that is no key name is one key per
/// letter: `gg`, `Space g`, `Ctrl-p`.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, UnknownKey> {
    let mut keys = Vec::new();
    for token in text.split_whitespace() {
        match Key::parse(token) {
            Some(key) => keys.push(key),
            None if token.chars().all(char::is_alphanumeric) && token.chars().count() <= 3 => {
                keys.extend(token.chars().map(|letter| Key::plain(KeyCode::Char(letter))));
            }
            None => return Err(UnknownKey(token.to_owned())),
        }
    }
    if keys.is_empty() {
        return Err(UnknownKey(text.to_owned()));
    }
    Ok(keys)
}

/// The text form of a sequence, as [`parse_sequence`] reads it.
#[must_use]
pub fn sequence_name(keys: &[Key]) -> String {
    let letters = keys.iter().all(|key| key.typed().is_some_and(|c| c != ' '));
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(if letters { "" } else { " " })
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl From<Key> for KeyEvent {
    fn from(key: Key) -> Self {
        Self::new(key.code, key.modifiers)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, bit) in MODIFIERS {
            if self.modifiers.contains(*bit) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_they_are_written() {
        for name in [
            "gg",
            "Space g",
            "Alt-Enter",
            "Shift-F11",
            "Ctrl-p",
            "?",
            "Shift-Tab",
            "PgDn",
            "G",
            "<",
            "yy",
        ] {
            assert_eq!(sequence_name(&parse_sequence(name).unwrap()), name);
        }
    }

    #[test]
    fn variants_of_one_press_are_equal() {
        let shifted = Key::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(shifted, Key::plain(KeyCode::Char('G')));
        let back_tab = Key::new(KeyCode::BackTab, KeyModifiers::NONE);
        assert_eq!(vec![back_tab], parse_sequence("Shift-Tab").unwrap());
    }

    #[test]
    fn wrong_names_are_refused() {
        assert!(parse_sequence("Hyper-x").is_err());
        assert!(parse_sequence("").is_err());
        assert!(parse_sequence("F99").is_ok_and(|keys| keys.len() == 3));
    }
}
