//! Pages of text to scroll through: the crash card, the messages, a value in full.

use std::sync::Arc;

use crossterm::event::KeyCode;

use crate::ui::app::{AppState, Level};
use crate::ui::copy;
use crate::ui::effect::Effect;
use crate::ui::key::Key;
use crate::ui::panes::variables::NodeKey;
use crate::ui::theme::Scope;
use crate::ui::widgets::{ListState, thousands, wrap_text};

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    Crash,
    Messages,
    /// A value, with what of it is loaded.
    Value(NodeKey),
    /// Recorded paths of source files.
    Sources(Arc<[Arc<str>]>),
    Text(String),
}

/// A page and how far it is scrolled; `list.offset` is the first line shown.
#[derive(Clone, Debug)]
pub struct Pager {
    pub page: Page,
    pub list: ListState,
}

impl Pager {
    #[must_use]
    pub fn new(page: Page) -> Self {
        Self {
            page,
            list: ListState::default(),
        }
    }

    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.page {
            Page::Crash => "Why it died",
            Page::Messages => "Messages",
            Page::Value(_) => "Value",
            Page::Sources(_) => "Source files",
            Page::Text(_) => "In full",
        }
    }

    /// Its lines before wrapping: what they are, and raw text.
    #[must_use]
    pub fn content(&self, state: &AppState) -> Vec<(Scope, String)> {
        match &self.page {
            Page::Crash => super::super::crash_card::lines(state),
            Page::Messages => messages(state),
            Page::Value(key) => value(state, key),
            Page::Sources(files) if files.is_empty() => {
                vec![(Scope::TextDim, "no source file of the binary fits".to_owned())]
            }
            Page::Sources(files) => files.iter().map(|file| (Scope::Text, file.to_string())).collect(),
            Page::Text(text) => text
                .split('\n')
                .map(|line| (Scope::Text, line.to_owned()))
                .collect(),
        }
    }

    /// Its lines as they are shown in `columns`.
    #[must_use]
    pub fn lines(&self, state: &AppState, columns: usize) -> Vec<(Scope, String)> {
        let mut lines = Vec::new();
        for (scope, text) in self.content(state) {
            let text = crate::base::visible(&text).into_owned();
            if text.is_empty() {
                lines.push((scope, text));
                continue;
            }
            lines.extend(
                wrap_text(&text, columns.max(1))
                    .into_iter()
                    .map(|line| (scope, line)),
            );
        }
        lines
    }

    /// Columns and rows inside its frame on a screen of this size.
    #[must_use]
    pub fn inner_size(width: u16, height: u16) -> (u16, u16) {
        (width.saturating_sub(8).min(110), height.saturating_sub(6))
    }

    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let (columns, rows) = Self::inner_size(state.width, state.height);
        let rows = usize::from(rows.max(1));
        let total = self.lines(state, usize::from(columns)).len();
        let most = total.saturating_sub(rows);
        let page = rows.saturating_sub(1).max(1);
        let at = self.list.offset.min(most);
        self.list.offset = match key.code {
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => at + 1,
            KeyCode::PageUp => at.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => at + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => most,
            KeyCode::Char('y') => {
                let text: Vec<String> = self
                    .content(state)
                    .into_iter()
                    .map(|(_, line)| crate::base::visible(&line).into_owned())
                    .collect();
                state.emit(Effect::Copy(text.join("\n")));
                at
            }
            KeyCode::Enter if self.page == Page::Crash => {
                state.select_crash();
                state.follow_selection();
                return None;
            }
            KeyCode::Esc | KeyCode::Char('q' | 'c' | 'v') | KeyCode::Enter => return None,
            _ => at,
        }
        .min(most);
        let goes_on = matches!(
            key.code,
            KeyCode::Down | KeyCode::PageDown | KeyCode::End | KeyCode::Char('j' | ' ' | 'G')
        );
        if let (Page::Value(value), true) = (&self.page, goes_on && self.list.offset == most) {
            state.load_more(value);
        }
        Some(self)
    }

    pub fn wheel(&mut self, rows: isize) {
        self.list.offset = self.list.offset.saturating_add_signed(rows);
    }
}

fn messages(state: &AppState) -> Vec<(Scope, String)> {
    let log = state.messages.log();
    if log.is_empty() {
        return vec![(Scope::TextDim, "nothing has been said yet".to_owned())];
    }
    log.iter()
        .map(|message| {
            let scope = match message.level {
                Level::Info => Scope::Text,
                Level::Warning => Scope::Warning,
                Level::Error => Scope::Error,
            };
            let (minutes, seconds) = (message.at / 60_000, message.at / 1000 % 60);
            (scope, format!("{minutes:02}:{seconds:02}  {}", message.text))
        })
        .collect()
}

fn value(state: &AppState, key: &NodeKey) -> Vec<(Scope, String)> {
    let Some(tree) = state.variables.tree(key) else {
        return vec![(Scope::RoleMissing, "the frame has changed".to_owned())];
    };
    let Some(node) = tree.node(key.node) else {
        return Vec::new();
    };
    let mut lines = vec![
        (Scope::TextStrong, tree.path(key.node)),
        (Scope::RoleType, node.value.type_name.clone()),
    ];
    if let Some(addr) = node.value.addr {
        lines.push((Scope::RoleAddress, format!("at {addr}")));
    }
    if node.value.shadowed {
        lines.push((
            Scope::Warning,
            "hidden by a variable of the same name further in".to_owned(),
        ));
    }
    lines.push((Scope::Text, String::new()));
    let shown = match tree.text_pages(key.node).filter(|pages| !pages.is_empty()) {
        Some(pages) => text_lines(&pages),
        None => copy::value_lines(tree, key.node),
    };
    lines.extend(shown.into_iter().map(|line| (Scope::Text, line)));
    if node.loading.is_some() {
        lines.push((Scope::Busy, "loading more...".to_owned()));
    } else if node.more > 0 && !node.children.is_empty() {
        let text = format!("{} more: go on down", thousands(node.more));
        lines.push((Scope::TextDim, text));
    }
    lines
}

/// One Go literal of all pages of a text, a line of the screen for each of its lines.
fn text_lines(pages: &[String]) -> Vec<String> {
    let inner = |page: &String| {
        let open = page.strip_prefix('"').unwrap_or(page);
        open.strip_suffix('"').unwrap_or(open).to_owned()
    };
    let all: String = pages.iter().map(inner).collect();
    let mut lines = vec![String::from('"')];
    let mut characters = all.chars();
    while let Some(character) = characters.next() {
        let escaped = (character == '\\').then(|| characters.next()).flatten();
        if let Some(line) = lines.last_mut() {
            line.push(character);
            line.extend(escaped);
        }
        if escaped == Some('n') {
            lines.push(String::new());
        }
    }
    if let Some(line) = lines.last_mut() {
        line.push('"');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_line_for_each_of_its_own() {
        let pages = ["\"one\\ntw".to_owned() + "\"", "\"o\\\\n\"".to_owned()];
        assert_eq!(text_lines(&pages), ["\"one\\n", "two\\\\n\""]);
    }
}
