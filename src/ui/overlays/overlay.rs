//! [`Overlay`]: one of the kinds, and how keys reach the top one.

use super::{
    Consent, CorePicker, Document, Menu, Page, Pager, Picker, ProcessPicker, Prompt, PromptKind, ResultView,
};
use crate::ui::app::AppState;
use crate::ui::key::Key;
use crate::ui::place::Pane;
use crate::ui::theme::Scope;

/// Something over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    Prompt(Prompt),
    Picker(Picker),
    Menu(Menu),
    Pager(Pager),
    Result(Box<ResultView>),
    Processes(Box<ProcessPicker>),
    Cores(Box<CorePicker>),
    Consent(Consent),
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
    pub fn cores(picker: CorePicker) -> Self {
        Self::Cores(Box::new(picker))
    }

    #[must_use]
    pub fn result(view: ResultView) -> Self {
        Self::Result(Box::new(view))
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
        Overlay::Result(view) => view.on_key(state, key).map(Overlay::result),
        Overlay::Processes(picker) => picker.on_key(state, key).map(Overlay::processes),
        Overlay::Cores(picker) => picker.on_key(state, key).map(Overlay::cores),
        Overlay::Consent(consent) => consent.on_key(state, key).map(Overlay::Consent),
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
        PromptKind::Filter | PromptKind::Search => state.filter_text().to_owned(),
        _ => String::new(),
    };
    open_prompt_with(state, kind, &text);
}

/// Opens an input line in the footer that holds `text`.
pub fn open_prompt_with(state: &mut AppState, kind: PromptKind, text: &str) {
    state.overlays.push(Overlay::Prompt(Prompt::new(kind, text)));
}

/// Shows the selected value or row in full.
pub fn open_inspector(state: &mut AppState) {
    if let Some((expression, failure)) = state.failed_watch() {
        state.not_printed(&expression, &failure);
    } else if let Some(picked) = state.picked() {
        state.show_whole(picked);
    } else if let Some(text) = crate::ui::copy::row(state) {
        open_text(state, "In full", &text);
    }
}

/// The first address in the selected row of a table.
#[must_use]
pub fn address_in_row(state: &AppState) -> Option<String> {
    let row = crate::ui::copy::row(state)?;
    let words = row.split_whitespace();
    words
        .filter_map(|word| word.get(word.find("0x")?..))
        .map(str::to_owned)
        .next()
}

/// Shows text in a page.
pub fn open_text(state: &mut AppState, title: &str, text: &str) {
    let mut pager = Pager::of(title, Document::of_text(text, Scope::Text));
    pager.fit(state.width, state.height);
    state.overlays.push(Overlay::Pager(pager));
}

/// A click while an overlay is open: on a choice it chooses, beside the box it closes.
pub fn click(state: &mut AppState, column: u16, row: u16) {
    let Some(top) = state.overlays.pop() else { return };
    let area = super::view::inside(state, &top);
    let at = ratatui::layout::Position::new(column, row);
    if !area.contains(at) {
        if let Overlay::Prompt(_) | Overlay::Processes(_) | Overlay::Cores(_) | Overlay::Consent(_) = top {
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
        Overlay::Cores(picker) => {
            let kept = picker.click(state, line);
            state.overlays.extend(kept.map(Overlay::cores));
        }
        other => state.overlays.push(other),
    }
}
