//! [`Consent`]: the question whether servers may be asked for files, put once.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::base::visible;
use crate::model::DownloadOffer;
use crate::ui::app::AppState;
use crate::ui::key::Key;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::styled;
use crate::ui::widgets::{Paragraph, Popup, wrap_text};

/// Widest text.
const COLUMNS: u16 = 76;
/// Files and servers named; of more, only how many.
const NAMED: usize = 5;

/// The question; only a clear answer ends it.
#[derive(Clone, Debug)]
pub struct Consent {
    offer: DownloadOffer,
}

impl Consent {
    #[must_use]
    pub fn new(offer: DownloadOffer) -> Self {
        Self { offer }
    }

    pub fn on_key(self, state: &mut AppState, key: Key) -> Option<Self> {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('y') if !is_control => state.consent(true),
            KeyCode::Char('n' | 'q') if !is_control => state.consent(false),
            KeyCode::Char('c') if is_control => state.consent(false),
            KeyCode::Esc => state.consent(false),
            _ => return Some(self),
        }
        None
    }

    /// Columns and rows of the text on `screen`.
    #[must_use]
    pub(super) fn size(&self, screen: Rect) -> (u16, u16) {
        let columns = screen.width.saturating_sub(6).min(COLUMNS);
        let rows = self.lines(usize::from(columns)).len();
        (columns, u16::try_from(rows).unwrap_or(u16::MAX))
    }

    /// What is said, in lines.
    fn lines(&self, columns: usize) -> Vec<(String, Scope)> {
        let mut all = Vec::new();
        let mut say = |text: &str, indent: usize, scope: Scope| {
            if text.is_empty() {
                all.push((String::new(), scope));
            }
            for line in wrap_text(&visible(text), columns.saturating_sub(indent)) {
                all.push((format!("{:indent$}{line}", ""), scope));
            }
        };
        if self.offer.files.is_empty() {
            say("Not on this machine:", 0, Scope::Text);
            say("sources of this program", 2, Scope::TextStrong);
        } else {
            say("Not on this machine:", 0, Scope::Text);
            list(&self.offer.files, |text| say(text, 2, Scope::TextStrong));
            say("and sources, each when it is first shown", 2, Scope::Text);
        }
        say("", 0, Scope::Text);
        say("Servers that may have them, in this order:", 0, Scope::Text);
        list(&self.offer.servers, |text| say(text, 2, Scope::TextStrong));
        say("", 0, Scope::Text);
        say(
            "They learn the build-ids of files and the paths of sources; nothing of the program's \
             memory. What comes is kept in the cache of debuginfod.",
            0,
            Scope::TextDim,
        );
        all
    }

    pub(super) fn draw(&self, area: Rect, theme: &Theme, buf: &mut Buffer) {
        let size = self.size(area);
        let keys = [("y", "fetches them"), ("n", "asks no server in this session")];
        let popup = Popup {
            title: "Download what is missing?",
            bottom: super::view::keys_line(&keys, theme),
            size,
        };
        let inner = popup.draw(area, theme, buf);
        let lines = self.lines(usize::from(size.0)).into_iter();
        let rows: Vec<Line<'static>> = lines
            .map(|(text, scope)| styled(text, theme.style(scope)))
            .collect();
        Paragraph {
            rows: &rows,
            offset: 0,
        }
        .draw(inner, buf);
    }
}

/// The first of `all`, and how many more there are.
fn list(all: &[String], mut say: impl FnMut(&str)) {
    // One more line than is named holds one more name as well.
    let named = if all.len() == NAMED + 1 { NAMED + 1 } else { NAMED };
    for one in all.iter().take(named) {
        say(one);
    }
    if all.len() > named {
        say(&format!("and {} more", all.len() - named));
    }
}
