//! Pages of text to scroll through and to search: the crash card, the messages, a value or a type
//! in full.

use crossterm::event::{KeyCode, KeyModifiers};

use super::document::{DocLine, Document};
use crate::model::Failure;
use crate::ui::app::{AppState, Level, Purpose};
use crate::ui::effect::Effect;
use crate::ui::key::Key;
use crate::ui::theme::Scope;
use crate::ui::widgets::{InputLine, ListState};

/// What is shown.
#[derive(Clone, Debug)]
pub enum Page {
    Crash,
    Messages,
    /// Text that is here, or on its way to the page with this number.
    Text {
        id: u64,
        text: Document,
        /// Lines that stay when the rest arrives.
        head: usize,
        /// Since when it is awaited.
        loading: Option<u64>,
    },
}

/// A page and how far it is scrolled; `list.offset` is the first row shown.
#[derive(Clone, Debug)]
pub struct Pager {
    pub page: Page,
    pub title: String,
    pub list: ListState,
    /// What is searched.
    pub search: String,
    /// The search while it is typed.
    pub typing: Option<InputLine>,
}

impl Pager {
    #[must_use]
    pub fn new(page: Page) -> Self {
        let title = match page {
            Page::Crash => "Why it died",
            Page::Messages => "Messages",
            Page::Text { .. } => "In full",
        };
        Self {
            page,
            title: title.to_owned(),
            list: ListState::default(),
            search: String::new(),
            typing: None,
        }
    }

    /// Text that is all here.
    #[must_use]
    pub fn of(title: impl Into<String>, text: Document) -> Self {
        Self {
            title: title.into(),
            ..Self::new(Page::Text {
                id: 0,
                text,
                head: 0,
                loading: None,
            })
        }
    }

    /// Its text, cut to `columns`.
    #[must_use]
    pub fn document(&self, state: &AppState, columns: usize) -> Document {
        let of_lines = |lines: Vec<(Scope, String)>| {
            Document::new(
                lines
                    .iter()
                    .map(|(scope, text)| DocLine::of(text, *scope))
                    .collect(),
            )
        };
        let mut document = match &self.page {
            Page::Crash => of_lines(super::super::crash_card::lines(state)),
            Page::Messages => of_lines(messages(state)),
            Page::Text { text, .. } => text.clone(),
        };
        document.fit(columns);
        document
    }

    /// Cuts its text anew after the screen has changed, once for all the frames to come.
    pub fn fit(&mut self, width: u16, height: u16) {
        let (columns, _) = Self::inner_size(width, height);
        if let Page::Text { text, .. } = &mut self.page {
            text.fit(usize::from(columns));
        }
    }

    /// Columns and rows inside its frame on a screen of this size.
    #[must_use]
    pub fn inner_size(width: u16, height: u16) -> (u16, u16) {
        (width.saturating_sub(8).min(110), height.saturating_sub(6))
    }

    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        if self.typing.is_some() {
            return Some(self.on_search_key(state, key));
        }
        let (columns, rows) = Self::inner_size(state.width, state.height);
        let rows = usize::from(rows.max(1));
        let document = self.document(state, usize::from(columns));
        let most = document.len().saturating_sub(rows);
        let page = rows.saturating_sub(1).max(1);
        let at = self.list.offset.min(most);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        self.list.offset = match key.code {
            KeyCode::Char('c') if control => return self.leave(state),
            KeyCode::Char('d') if control => at + rows / 2,
            KeyCode::Char('u') if control => at.saturating_sub(rows / 2),
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => at + 1,
            KeyCode::PageUp => at.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => at + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => most,
            KeyCode::Char('/') => {
                self.typing = Some(InputLine::with_text(&self.search));
                at
            }
            KeyCode::Char('n') => self.find(&document, state, false).unwrap_or(at),
            KeyCode::Char('N') => self.find(&document, state, true).unwrap_or(at),
            KeyCode::Char('y') => {
                state.emit(Effect::Copy(document.plain()));
                at
            }
            KeyCode::Enter if matches!(self.page, Page::Crash) => {
                state.select_crash();
                state.follow_selection();
                return None;
            }
            KeyCode::Esc if !self.search.is_empty() => {
                self.search.clear();
                at
            }
            KeyCode::Esc | KeyCode::Char('q' | 'c' | 'v') | KeyCode::Enter => return self.leave(state),
            _ => at,
        }
        .min(most);
        Some(self)
    }

    fn on_search_key(mut self, state: &mut AppState, key: Key) -> Self {
        let Some(mut typing) = self.typing.take() else {
            return self;
        };
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter => {
                typing.text().clone_into(&mut self.search);
                let (columns, _) = Self::inner_size(state.width, state.height);
                let document = self.document(state, usize::from(columns));
                if let Some(row) = self.find(&document, state, false) {
                    self.list.offset = row;
                }
            }
            _ => {
                typing.key(key.into());
                self.typing = Some(typing);
            }
        }
        self
    }

    fn find(&self, document: &Document, state: &mut AppState, back: bool) -> Option<usize> {
        if self.search.is_empty() {
            state.say(Level::Info, "nothing to find: / starts a search");
            return None;
        }
        let found = document.find(&self.search, self.list.offset, back);
        if found.is_none() {
            state.say(Level::Warning, format!("not found: {}", self.search));
        }
        found
    }

    /// Closes the page; what is still on its way to it is cancelled.
    fn leave(self, state: &mut AppState) -> Option<Self> {
        if let Page::Text {
            id, loading: Some(_), ..
        } = self.page
            && let Some(job) = state.jobs.find(&Purpose::Page(id))
        {
            let token = job.cancel.clone();
            state.emit(Effect::Cancel(token));
        }
        None
    }

    pub fn wheel(&mut self, rows: isize) {
        self.list.offset = self.list.offset.saturating_add_signed(rows);
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(typing) = &mut self.typing {
            typing.insert(text);
        }
    }
}

/// A failure as lines: what, why, what to do.
#[must_use]
pub fn failure_lines(failure: &Failure) -> Vec<DocLine> {
    let mut lines = vec![DocLine::of(&failure.message, Scope::Error)];
    for cause in &failure.causes {
        lines.push(DocLine::of(&format!("because {cause}"), Scope::Text));
    }
    for hint in &failure.hints {
        lines.push(DocLine::default());
        lines.push(DocLine::of(hint, Scope::TextStrong));
    }
    lines
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
