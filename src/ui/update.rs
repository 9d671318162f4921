//! What happens, applied to the state: a pure function from an input to effects.
//!
//! No I/O and no clock: time comes in with each input. Keys go to the top overlay, else through
//! the keymap to an action; what the engine says goes to [`AppState::accept`].

use super::action;
use super::app::AppState;
use super::effect::Effect;
use super::input::{Input, Mouse, MouseAction};
use super::key::Key;
use super::keymap::Lookup;
use super::layout::Class;
use super::overlays::{self, Overlay};
use super::place::{Pane, Tab};
use crossterm::event::KeyCode;

/// Rows moved by one notch of the wheel.
const WHEEL: isize = 3;

/// Applies one input that happened at `now` milliseconds.
pub fn update(state: &mut AppState, input: Input, now: u64) -> Vec<Effect> {
    state.now = state.now.max(now);
    match input {
        Input::Key(key) => on_key(state, key),
        Input::Mouse(mouse) => on_mouse(state, mouse),
        Input::Paste(text) => on_paste(state, &text),
        Input::Resize(width, height) => resize(state, width, height),
        Input::Engine(event) => state.accept(*event),
        Input::Highlighted(batch) => state.source.highlights.accept(batch),
        Input::Tick => {}
        Input::Terminate => state.emit(Effect::Quit),
        Input::Notice(text) => state.say(super::app::Level::Warning, text),
    }
    if state.goroutines.is_building() {
        state.goroutines.step();
    }
    state.settle();
    state.load_what_is_needed();
    state.take_effects()
}

/// Selected rows keep their distance from the top of their pane.
fn resize(state: &mut AppState, width: u16, height: u16) {
    (state.width, state.height) = (width, height);
    state.shift = super::layout::clamp_shift(&state.shape());
    let rows = state.rows_of(Pane::Goroutines);
    state.goroutines.scroll = state.goroutines.scroll.resized(state.goroutines.len(), rows);
    let rows = state.rows_of(Pane::Stack);
    state.stack.scroll = state.stack.scroll.resized(state.stack.rows(), rows);
    let rows = state.rows_of(Pane::Source);
    state.source.scroll = state.source.scroll.resized(state.source.len(), rows);
    for overlay in &mut state.overlays {
        if let Overlay::Pager(pager) = overlay {
            pager.fit(width, height);
        }
    }
}

fn on_key(state: &mut AppState, key: Key) {
    state.messages.seen();
    if Class::of(state.width, state.height) == Class::TooSmall {
        return on_key_of_tiny_screen(state, key);
    }
    if overlays::on_key(state, key) {
        return;
    }
    if key.code == KeyCode::Esc && state.pick_again() {
        return;
    }
    if key.code == KeyCode::Esc && !state.pending.is_empty() {
        state.pending.clear();
        return;
    }
    state.pending.push(key);
    let keymap = std::sync::Arc::clone(&state.options.keymap);
    match keymap.lookup(state.focus, &state.pending) {
        Lookup::Action(found) => {
            state.pending.clear();
            action::perform(state, found);
        }
        Lookup::Prefix => {}
        Lookup::Nothing => {
            let typed = super::key::sequence_name(&state.pending);
            let longer = state.pending.len() > 1;
            state.pending.clear();
            if longer {
                state.say(
                    super::app::Level::Info,
                    format!("{typed} means nothing here; ? lists the keys"),
                );
            } else if let Lookup::Action(elsewhere) = lookup_anywhere(&keymap, key) {
                let name = elsewhere.name;
                state.say(
                    super::app::Level::Info,
                    format!("{typed} ({name}) does nothing in this pane"),
                );
            }
        }
    }
}

fn lookup_anywhere(keymap: &super::keymap::Keymap, key: Key) -> Lookup {
    let found = Pane::ALL.iter().map(|pane| keymap.lookup(*pane, &[key]));
    found
        .into_iter()
        .find(|found| matches!(found, Lookup::Action(_)))
        .unwrap_or(Lookup::Nothing)
}

/// A screen that shows nothing takes no commands but to leave.
fn on_key_of_tiny_screen(state: &mut AppState, key: Key) {
    match key.code {
        KeyCode::Char('q') => state.emit(Effect::Quit),
        KeyCode::Char('c') if !key.modifiers.is_empty() => state.cancel_job(),
        _ => {}
    }
}

fn on_paste(state: &mut AppState, text: &str) {
    match state.overlays.pop() {
        Some(Overlay::Prompt(mut prompt)) => {
            prompt.paste(state, text);
            state.overlays.push(Overlay::Prompt(prompt));
        }
        Some(Overlay::Picker(mut picker)) => {
            picker.paste(text);
            state.overlays.push(Overlay::Picker(picker));
        }
        Some(Overlay::Processes(mut picker)) => {
            picker.paste(text);
            state.overlays.push(Overlay::Processes(picker));
        }
        Some(Overlay::Cores(mut picker)) => {
            picker.paste(text);
            state.overlays.push(Overlay::Cores(picker));
        }
        Some(Overlay::Pager(mut pager)) => {
            pager.paste(text);
            state.overlays.push(Overlay::Pager(pager));
        }
        Some(other) => state.overlays.push(other),
        None => {}
    }
}

fn on_mouse(state: &mut AppState, mouse: Mouse) {
    let rows = match mouse.action {
        MouseAction::Click => return on_click(state, mouse),
        MouseAction::WheelUp => -WHEEL,
        MouseAction::WheelDown => WHEEL,
    };
    if let Some(top) = state.overlays.last_mut() {
        match top {
            Overlay::Pager(pager) => pager.wheel(rows),
            Overlay::Picker(picker) => {
                let len = picker.rows.len();
                picker.list =
                    picker
                        .list
                        .scrolled(rows, len, super::overlays::Picker::rows_shown(state.height));
            }
            Overlay::Processes(picker) => picker.wheel(rows, state.height),
            Overlay::Cores(picker) => picker.wheel(rows, state.height),
            Overlay::Result(view) => view.wheel(rows, state.height),
            Overlay::Menu(_) | Overlay::Prompt(_) | Overlay::Consent(_) => {}
        }
        return;
    }
    let screen = state.screen();
    if let Some(area) = screen.pane_at(mouse.column, mouse.row) {
        let pane = area.pane;
        if pane == Pane::Details && state.details.tab == Tab::Memory {
            let grid = state.memory_grid();
            state.memory.wheel(rows, &grid);
            return;
        }
        state.travel_in(pane, |list, len, height| list.scrolled(rows, len, height));
    }
}

fn on_click(state: &mut AppState, mouse: Mouse) {
    if !state.overlays.is_empty() {
        // A click beside an overlay closes it, as Esc does.
        overlays::click(state, mouse.column, mouse.row);
        return;
    }
    let screen = state.screen();
    if let Some(tabs) = screen.tabs
        && mouse.row == tabs.y
    {
        if let Some(pane) = super::view::pane_tab_at(state, usize::from(mouse.column)) {
            state.focus_on(pane);
        }
        return;
    }
    let Some(area) = screen.pane_at(mouse.column, mouse.row).copied() else {
        return;
    };
    if mouse.row == area.frame.y
        && screen.has_borders()
        && let Some(tab) = super::view::tab_at(state, &area, mouse.column)
    {
        state.show_tab(tab);
        return;
    }
    let was_focused = state.focus == area.pane;
    state.focus_on(area.pane);
    if mouse.row < area.inner.y || mouse.row >= area.inner.bottom() {
        return;
    }
    if state.is_in_memory() {
        let (column, line) = (
            mouse.column.saturating_sub(area.inner.x),
            mouse.row - area.inner.y,
        );
        state.click_memory(usize::from(column), usize::from(line));
        return;
    }
    let heading = state.head_rows(area.pane);
    let Some(line) = usize::from(mouse.row - area.inner.y).checked_sub(heading) else {
        return;
    };
    let before = selected_row(state, area.pane);
    state.travel_in(area.pane, |list, len, height| {
        match list.row_at(line, len, height) {
            Some(row) => list.select(row, len, height),
            None => list,
        }
    });
    // A click on what is already selected goes in.
    if was_focused && before == selected_row(state, area.pane) && before.is_some() && opens_by_click(state) {
        state.go_in();
    }
}

fn opens_by_click(state: &AppState) -> bool {
    state.focus == Pane::Variables || state.focus == Pane::Details && state.details.tab == Tab::Threads
}

fn selected_row(state: &AppState, pane: Pane) -> Option<usize> {
    match pane {
        Pane::Variables => state.variables.branch().map(|branch| branch.scroll.selected),
        Pane::Details => Some(state.details.scroll().selected),
        _ => None,
    }
}
