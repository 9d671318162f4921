//! The one way by which text from outside reaches a person.
//!
//! Names, paths, labels, strings and messages come out of a target that may be hostile. A terminal
//! obeys control characters, so none may pass: they are shown as visible text. Bidirectional and
//! zero-width characters, which can make a line read as something else, are shown by number.
//!
//! Nothing is lost: each escape names the character or byte it stands for.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with everything that a terminal could obey or hide made visible.
///
/// Tabs and line ends are escaped as well: the result is always one line.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if visible_len_is_same(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_plain(character) => out.push(character),
            _ if (character as u32) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", character as u32);
            }
            _ => {
                let _ = write!(out, "\\u{{{:x}}}", character as u32);
            }
        }
    }
    Cow::Owned(out)
}

/// Whether [`visible`] would return `text` unchanged.
#[must_use]
pub fn visible_len_is_same(text: &str) -> bool {
    // Nearly all text is ASCII, which needs no decoding.
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || text.chars().all(is_plain)
}

fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_become_text() {
        assert_eq!(visible("\x1b]0;owned\x07"), "\\x1b]0;owned\\x07");
        assert_eq!(visible("a\u{9b}31m"), "a\\x9b31m");
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(visible("naïve 世界"), "naïve 世界");
    }

    proptest! {
        #[test]
        fn no_control_character_passes(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(char::is_control));
        }
    }
}
