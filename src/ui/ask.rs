//! Asks the terminal for its background colour, before anything else reads keys.
//!
//! ```text
//!   we write    ESC ] 11 ; ? ESC \      the question (OSC 11), which some terminals ignore
//!               ESC [ c                 one that all of them answer (DA1): the end of the wait
//!   we read     ESC ] 11 ; rgb:1e1e/1e1e/2e2e ESC \   and   ESC [ ? 62 ; 22 c
//! ```
//!
//! What was typed meanwhile is kept and handed on. An answer that comes after the wait, over a
//! slow line, is no typing either: [`LateReply`] takes it out of the keys.

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyModifiers};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::key::Key;
use super::theme::{Background, background_from_osc11};

/// How long the answer may take. Terminals on the same machine need about one millisecond.
const PATIENCE: Duration = Duration::from_millis(90);
/// Bytes looked at: an answer has 40, the rest is typing.
const MOST: usize = 4096;
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";

/// What came in after the question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub background: Option<Background>,
    /// Keys that were pressed meanwhile.
    pub typed: Vec<Key>,
    /// Whether the terminal has answered: nothing of an answer can still come.
    pub is_done: bool,
}

/// Asks and waits a moment. The terminal has to be in raw mode.
#[must_use]
pub fn ask() -> Heard {
    let mut out = io::stdout();
    if out.write_all(QUESTION).and_then(|()| out.flush()).is_err() {
        return Heard::default();
    }
    let start = Instant::now();
    let mut bytes = Vec::new();
    while bytes.len() < MOST {
        let left = PATIENCE.saturating_sub(start.elapsed());
        if left.is_zero() || !read_some(&mut bytes, left) || hear(&bytes).is_done {
            break;
        }
    }
    hear(&bytes)
}

/// Waits for input and adds it. `false` when nothing came or the terminal fails.
fn read_some(bytes: &mut Vec<u8>, patience: Duration) -> bool {
    let input = io::stdin();
    let mut fds = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
    let wait = PollTimeout::try_from(patience).unwrap_or(PollTimeout::ZERO);
    match poll(&mut fds, wait) {
        Ok(0) => return false,
        Ok(_) => {}
        Err(nix::errno::Errno::EINTR) => return true,
        Err(_) => return false,
    }
    let mut buffer = [0; 256];
    match nix::unistd::read(&input, &mut buffer) {
        Ok(count) if count > 0 => {
            bytes.extend(buffer.iter().take(count));
            true
        }
        _ => false,
    }
}

/// Takes answers and keys apart.
#[must_use]
pub fn hear(bytes: &[u8]) -> Heard {
    let text = String::from_utf8_lossy(bytes);
    let mut heard = Heard::default();
    let mut rest = text.as_ref();
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match (first, after.chars().next()) {
            ('\x1b', Some(']')) => {
                let (reply, after) = split_reply(after);
                heard.background = background_from_osc11(reply).or(heard.background);
                after
            }
            ('\x1b', Some('[' | 'O')) => {
                let end = after
                    .char_indices()
                    .skip(1)
                    .find(|(_, byte)| ('@'..='~').contains(byte));
                let (sequence, after) = match end {
                    Some((at, byte)) => after.split_at(at + byte.len_utf8()),
                    None => (after, ""),
                };
                heard.is_done |= sequence.starts_with("[?") && sequence.ends_with('c');
                heard.typed.extend(key_of_sequence(sequence));
                after
            }
            _ => {
                heard.typed.extend(key_of(first));
                after
            }
        };
    }
    heard
}

/// Up to BEL or ESC \ and what follows.
fn split_reply(text: &str) -> (&str, &str) {
    let bell = text.find('\x07').map(|at| (at, 1));
    let string_end = text.find("\x1b\\").map(|at| (at, 2));
    let end = [bell, string_end].into_iter().flatten().min();
    end.and_then(|(at, len)| Some((text.get(..at)?, text.get(at + len..)?)))
        .unwrap_or((text, ""))
}

fn key_of(typed: char) -> Option<Key> {
    let code = match typed {
        '\r' | '\n' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\x1b' => KeyCode::Esc,
        '\x7f' => KeyCode::Backspace,
        '\x01'..='\x1a' => {
            let letter = char::from_u32(u32::from(typed) + 0x60)?;
            return Some(Key::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
        }
        typed if typed.is_control() => return None,
        typed => KeyCode::Char(typed),
    };
    Some(Key::new(code, KeyModifiers::NONE))
}

/// The keys without a character that are likely so early.
fn key_of_sequence(sequence: &str) -> Option<Key> {
    let code = match sequence {
        "[A" | "OA" => KeyCode::Up,
        "[B" | "OB" => KeyCode::Down,
        "[C" | "OC" => KeyCode::Right,
        "[D" | "OD" => KeyCode::Left,
        "[H" | "OH" => KeyCode::Home,
        "[F" | "OF" => KeyCode::End,
        "[5~" => KeyCode::PageUp,
        "[6~" => KeyCode::PageDown,
        _ => return None,
    };
    Some(Key::new(code, KeyModifiers::NONE))
}

/// Takes one late answer out of the keys: crossterm 0.29 does not know it and reports
/// `Alt-]`, each character, and `Alt-\` or `Ctrl-g` as pressed.
#[derive(Debug)]
pub struct LateReply {
    /// Whether an answer can still come.
    is_due: bool,
    /// Keys of it that were taken, once it has begun.
    taken: Option<usize>,
}

/// An answer is not longer than this.
const LONGEST: usize = 40;

impl LateReply {
    #[must_use]
    pub fn new(is_due: bool) -> Self {
        Self { is_due, taken: None }
    }

    /// Whether this key is a part of the answer and no key at all.
    pub fn takes(&mut self, key: Key) -> bool {
        if !self.is_due {
            return false;
        }
        let Some(taken) = self.taken else {
            let begins = key == Key::new(KeyCode::Char(']'), KeyModifiers::ALT);
            self.taken = begins.then_some(0);
            return begins;
        };
        let is_end = key == Key::new(KeyCode::Char('\\'), KeyModifiers::ALT)
            || key == Key::new(KeyCode::Char('g'), KeyModifiers::CONTROL);
        let is_part = matches!(
            key.code,
            KeyCode::Char('0'..='9' | 'a'..='z' | 'A'..='F' | ';' | ':' | '/')
        ) && key.modifiers.is_empty();
        self.taken = Some(taken + 1);
        self.is_due = is_part && taken < LONGEST;
        is_end || is_part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(heard: &Heard) -> String {
        heard.typed.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn answers_are_told_from_keys_typed_meanwhile() {
        let heard = hear(b"j\x1b]11;rgb:ffff/ffff/ffff\x1b\\g\x1b[?62;22cG\x1b[B");
        assert_eq!(heard.background, Some(Background::Light));
        assert!(heard.is_done);
        assert_eq!(chars(&heard), "jgGDown");
        let heard = hear(b"\x1b]11;rgb:1e/1e/2e\x07\x1b[?6c");
        assert_eq!(heard.background, Some(Background::Dark));
        assert!(heard.typed.is_empty());
    }

    #[test]
    fn a_terminal_that_answers_only_the_second_question_is_done() {
        let heard = hear(b"\x1b[?1;2c");
        assert_eq!((heard.background, heard.is_done), (None, true));
    }

    #[test]
    fn half_an_answer_is_no_key() {
        for half in [&b"\x1b]11;rg"[..], b"\x1b[?6", b"\x1b]", b"\x1b["] {
            let heard = hear(half);
            assert!(heard.typed.is_empty() && !heard.is_done, "{half:?}");
        }
    }

    #[test]
    fn a_late_answer_is_taken_out_of_the_keys_once() {
        let keys = "]11;rgb:ffff/ffff/ffff";
        let mut late = LateReply::new(true);
        for (at, typed) in keys.chars().enumerate() {
            let modifiers = if at == 0 {
                KeyModifiers::ALT
            } else {
                KeyModifiers::NONE
            };
            assert!(late.takes(Key::new(KeyCode::Char(typed), modifiers)), "{typed}");
        }
        assert!(late.takes(Key::new(KeyCode::Char('\\'), KeyModifiers::ALT)));
        assert!(!late.takes(Key::new(KeyCode::Char('g'), KeyModifiers::NONE)));
        assert!(!late.takes(Key::new(KeyCode::Char(']'), KeyModifiers::ALT)));
        assert!(!LateReply::new(false).takes(Key::new(KeyCode::Char(']'), KeyModifiers::ALT)));
    }

    #[test]
    fn typing_is_let_through_while_an_answer_is_awaited() {
        let mut late = LateReply::new(true);
        assert!(!late.takes(Key::new(KeyCode::Char('g'), KeyModifiers::NONE)));
        assert!(!late.takes(Key::new(KeyCode::Esc, KeyModifiers::NONE)));
    }
}
