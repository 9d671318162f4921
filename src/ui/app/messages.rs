//! What was said to the user: the newest for some seconds in the footer, all of it in the log.

use crate::model::Failure;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Info,
    Warning,
    Error,
}

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub level: Level,
    pub text: String,
    /// When, in milliseconds since the start.
    pub at: u64,
}

/// Everything said in this session, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    log: Vec<Message>,
    /// Until when the newest is shown in the footer.
    shown_until: u64,
    /// What comes back after newer messages until a key is pressed.
    standing: Option<Message>,
}

const KEPT: usize = 1000;
/// Milliseconds for which a message stays in the footer.
const SHOWN_FOR: u64 = 5000;

impl Messages {
    pub fn say(&mut self, level: Level, text: impl Into<String>, now: u64) {
        if self.log.len() >= KEPT {
            self.log.remove(0);
        }
        self.log.push(Message {
            level,
            text: text.into(),
            at: now,
        });
        self.shown_until = now + SHOWN_FOR;
    }

    pub fn fail(&mut self, failure: &Failure, now: u64) {
        let mut text = failure.to_string();
        for hint in &failure.hints {
            text.push_str(" - ");
            text.push_str(hint);
        }
        self.say(Level::Error, text, now);
    }

    /// Says what must not be missed: it stays in the footer until a key is pressed.
    pub fn insist(&mut self, level: Level, text: impl Into<String>, now: u64) {
        self.say(level, text, now);
        self.standing = self.log.last().cloned();
    }

    /// The message for the footer.
    #[must_use]
    pub fn current(&self, now: u64) -> Option<&Message> {
        let newest = (now < self.shown_until).then(|| self.log.last()).flatten();
        newest.or(self.standing.as_ref())
    }

    /// When the footer has to be drawn again because its message is over.
    #[must_use]
    pub fn expires(&self, now: u64) -> Option<u64> {
        (now < self.shown_until).then_some(self.shown_until)
    }

    /// A key was pressed: what was shown has been seen.
    pub fn seen(&mut self) {
        self.shown_until = 0;
        self.standing = None;
    }

    #[must_use]
    pub fn log(&self) -> &[Message] {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_missed_comes_back_until_a_key_is_pressed() {
        let mut messages = Messages::default();
        messages.insist(Level::Error, "the wrong executable", 0);
        messages.say(Level::Info, "copied", 10);
        let text = |messages: &Messages, now| messages.current(now).map(|message| message.text.clone());
        assert_eq!(text(&messages, 20).as_deref(), Some("copied"));
        assert_eq!(text(&messages, 60_000).as_deref(), Some("the wrong executable"));
        messages.seen();
        assert_eq!(text(&messages, 60_000), None);
    }
}
