//! The value of an expression as a tree over the panes.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::keys_line;
use crate::model::ValueForm;
use crate::ui::app::{AppState, Picked};
use crate::ui::key::Key;
use crate::ui::motion::Motion;
use crate::ui::panes::variables::{Branch, Look, Tree, TreeRow, can_open, draw_tree};
use crate::ui::theme::Theme;
use crate::ui::widgets::{List, ListState, Popup};

/// Columns from which the keys are told in words.
const WORDY: u16 = 76;

/// The tree and its cursor.
#[derive(Clone, Debug)]
pub struct ResultView {
    pub branch: Branch,
}

impl ResultView {
    #[must_use]
    pub fn new(tree: Tree) -> Self {
        Self {
            branch: Branch {
                tree,
                scroll: ListState::default(),
            },
        }
    }

    /// Columns and rows inside its frame.
    #[must_use]
    pub fn inner_size(width: u16, height: u16) -> (u16, u16) {
        (width.saturating_sub(8).min(130), height.saturating_sub(6))
    }

    pub fn on_key(mut self, state: &mut AppState, key: Key) -> Option<Self> {
        let (_, rows) = Self::inner_size(state.width, state.height);
        let len = self.branch.tree.rows().len();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let motion = match key.code {
            KeyCode::Char('c') if control => return None,
            KeyCode::Char('d') if control => Motion::HalfDown,
            KeyCode::Char('u') if control => Motion::HalfUp,
            KeyCode::Up | KeyCode::Char('k') => Motion::Up,
            KeyCode::Down | KeyCode::Char('j') => Motion::Down,
            KeyCode::PageUp => Motion::PageUp,
            KeyCode::PageDown | KeyCode::Char(' ') => Motion::PageDown,
            KeyCode::Home | KeyCode::Char('g') => Motion::First,
            KeyCode::End | KeyCode::Char('G') => Motion::Last,
            KeyCode::Left | KeyCode::Char('h') => {
                self.branch.close();
                return Some(self);
            }
            KeyCode::Right | KeyCode::Char('l') => {
                self.open(state);
                return Some(self);
            }
            KeyCode::Esc | KeyCode::Char('q') => return None,
            _ => return self.act(state, key.code),
        };
        self.branch.scroll = motion.apply(self.branch.scroll, len, usize::from(rows));
        Some(self)
    }

    /// Keys that do something with the value under the cursor. What they open lies above this.
    fn act(mut self, state: &mut AppState, code: KeyCode) -> Option<Self> {
        let Some(row) = self.branch.row() else {
            return Some(self);
        };
        let node = self.branch.tree.node(row.node());
        let (opens, is_open) = node.map_or((false, false), |node| (can_open(node), node.open));
        if code == KeyCode::Enter && opens {
            if is_open && matches!(row, TreeRow::Value(_)) {
                self.branch.close();
            } else {
                self.open(state);
            }
            return Some(self);
        }
        let picked = Picked::of(&self.branch.tree, row.node());
        let Some(picked) = picked else {
            return Some(self);
        };
        match code {
            KeyCode::Char('y') => state.copy_whole(picked, ValueForm::Go),
            KeyCode::Char('w') => {
                if let Some(expression) = picked.expression {
                    state.watch(None, &expression);
                }
                return None;
            }
            KeyCode::Char('m') => {
                state.show_memory_of(&picked);
                return None;
            }
            KeyCode::Enter | KeyCode::Char('v') => {
                state.overlays.push(super::Overlay::result(self));
                state.show_whole(picked);
                return None;
            }
            KeyCode::Char('t') => {
                state.overlays.push(super::Overlay::result(self));
                state.show_type(&picked.value.type_name);
                return None;
            }
            _ => {}
        }
        Some(self)
    }

    fn open(&mut self, state: &mut AppState) {
        if let Some((key, reference, from)) = self.branch.open(state.now) {
            state.ask_children(key, reference, from);
        }
    }

    pub fn wheel(&mut self, rows: isize, height: u16) {
        let len = self.branch.tree.rows().len();
        let (_, shown) = Self::inner_size(0, height);
        self.branch.scroll = self.branch.scroll.scrolled(rows, len, usize::from(shown));
    }
}

/// Draws the tree in a box as high as it needs.
pub fn draw(state: &AppState, view: &ResultView, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let (columns, most) = ResultView::inner_size(area.width, area.height);
    let tree = &view.branch.tree;
    // Said as far as it fits, the way out first of all.
    let short = columns < WORDY;
    let keys = [
        (if short { "Enter" } else { "Right" }, "opens"),
        ("v", if short { "full" } else { "in full" }),
        ("t", "type"),
        ("m", "memory"),
        ("w", if short { "watch" } else { "watches" }),
        ("y", if short { "copy" } else { "copies" }),
        ("Esc", "closes"),
    ];
    let rows = u16::try_from(tree.rows().len()).unwrap_or(most);
    let popup = Popup {
        title: "Value",
        bottom: keys_line(&keys, theme),
        size: (columns, rows.clamp(3.min(most), most)),
    };
    let inner = popup.draw(area, theme, buf);
    let list = List {
        len: tree.rows().len(),
        state: view.branch.scroll,
        focused: true,
        empty: "",
    };
    let look = Look {
        tree,
        now: state.now,
        found: "",
        theme,
    };
    draw_tree(&look, list, inner, buf);
}
