//! [`Overlay`]: one of the kinds, and how keys reach the top one.

use super::{Menu, Page, Pager, Picker, ProcessPicker, Prompt, PromptKind};
use crate::ui::app::AppState;
use crate::ui::key::Key;
use crate::ui::place::Pane;

/// Something over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    Prompt(Prompt),
    Picker(Picker),
    Menu(Menu),
    Pager(Pager),
    Processes(Box<ProcessPicker>),
}

impl Overlay {
    #[must_use]
    pub fn crash() -> Self {
        Self::Pager(Pager::new(Page::Crash))
    }

    #[must_use]
    pub fn messages(state: &AppState) -> Self {
        let mut pager = Pager::new(Page::Messages);
        pager.list.offset = state.messages.log().len();
        Self::Pager(pager)
    }

    #[must_use]
    pub fn help(state: &AppState) -> Self {
        Self::Picker(Picker::help(state.focus))
    }

    #[must_use]
    pub fn processes(picker: ProcessPicker) -> Self {
        Self::Processes(Box::new(picker))
    }

    #[must_use]
    pub fn palette() -> Self {
        Self::Picker(Picker::palette())
    }
}

/// Gives a key to the top overlay. `false` when there is none.
pub fn on_key(state: &mut AppState, key: Key) -> bool {
    let Some(top) = state.overlays.pop() else {
        return false;
    };
    let kept = match top {
        Overlay::Prompt(prompt) => prompt.on_key(state, key).map(Overlay::Prompt),
        Overlay::Picker(picker) => picker.on_key(state, key).map(Overlay::Picker),
        Overlay::Menu(menu) => menu.on_key(state, key).map(Overlay::Menu),
        Overlay::Pager(pager) => pager.on_key(state, key).map(Overlay::Pager),
        Overlay::Processes(picker) => picker.on_key(state, key).map(Overlay::processes),
    };
    // What a closing overlay opened lies above it already.
    if let Some(overlay) = kept {
        state.overlays.push(overlay);
    }
    true
}

/// Opens an input line in the footer.
pub fn open_prompt(state: &mut AppState, kind: PromptKind) {
    if kind == PromptKind::Search {
        state.focus_on(Pane::Source);
    }
    let text = match kind {
        PromptKind::Command => String::new(),
        PromptKind::Filter | PromptKind::Search => state.filter_text().to_owned(),
    };
    state.overlays.push(Overlay::Prompt(Prompt::new(kind, &text)));
}

/// Shows the selected value or row in full.
pub fn open_inspector(state: &mut AppState) {
    let page = if state.focus == Pane::Variables {
        state
            .variables
            .node()
            .map(|node| Page::Value(state.variables.key(node)))
    } else {
        crate::ui::copy::row(state).map(Page::Text)
    };
    if let Some(page) = page {
        if let Page::Value(_) = page {
            state.open_text_value();
        }
        state.overlays.push(Overlay::Pager(Pager::new(page)));
    }
}

/// A click while an overlay is open: on a choice it chooses, beside the box it closes.
pub fn click(state: &mut AppState, column: u16, row: u16) {
    let Some(top) = state.overlays.pop() else { return };
    let area = super::view::inside(state, &top);
    let at = ratatui::layout::Position::new(column, row);
    if !area.contains(at) {
        if let Overlay::Prompt(_) | Overlay::Processes(_) = top {
            state.overlays.push(top);
        }
        return;
    }
    let line = usize::from(row - area.y);
    match top {
        Overlay::Menu(menu) if line < menu.items.len() => menu.choose(state, line),
        Overlay::Picker(picker) => {
            let height = Picker::rows_shown(state.height);
            let found = line.checked_sub(super::view::PICKER_HEAD);
            match found.and_then(|line| picker.list.row_at(line, picker.rows.len(), height)) {
                Some(row) => picker.run(state, row),
                None => state.overlays.push(Overlay::Picker(picker)),
            }
        }
        Overlay::Processes(picker) => {
            let kept = picker.click(state, line);
            state.overlays.extend(kept.map(Overlay::processes));
        }
        other => state.overlays.push(other),
    }
}
