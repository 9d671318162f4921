//! What each action does: short functions over the state, one per row of the table.

use crate::base::visible;
use crate::model::{DumpOptions, RunState, SourceOrigin, ValueForm};
use crate::ui::app::{AppState, Level};
use crate::ui::effect::Effect;
use crate::ui::motion::Motion;
use crate::ui::overlays::{self, Overlay, PromptKind};
use crate::ui::place::{Pane, Tab};

pub fn up(state: &mut AppState) {
    state.travel(Motion::Up);
}

pub fn down(state: &mut AppState) {
    state.travel(Motion::Down);
}

pub fn page_up(state: &mut AppState) {
    state.travel(Motion::PageUp);
}

pub fn page_down(state: &mut AppState) {
    state.travel(Motion::PageDown);
}

pub fn half_up(state: &mut AppState) {
    state.travel(Motion::HalfUp);
}

pub fn half_down(state: &mut AppState) {
    state.travel(Motion::HalfDown);
}

pub fn first(state: &mut AppState) {
    state.travel(Motion::First);
}

pub fn last(state: &mut AppState) {
    state.travel(Motion::Last);
}

pub fn left(state: &mut AppState) {
    state.go_left();
}

pub fn right(state: &mut AppState) {
    state.go_right();
}

pub fn enter(state: &mut AppState) {
    state.go_in();
}

pub fn back(state: &mut AppState) {
    state.go_back();
}

pub fn history_back(state: &mut AppState) {
    let height = state.rows_of(Pane::Source);
    if state.is_in_memory() && state.memory.go_back() || state.is_in_code() && state.code.go_back(height) {
        return;
    }
    match state.history.back(state.stack.subject) {
        Some(visit) => state.revisit(visit),
        None => state.say(Level::Info, "nothing before this"),
    }
}

pub fn history_forward(state: &mut AppState) {
    let height = state.rows_of(Pane::Source);
    if state.is_in_memory() && state.memory.go_forward()
        || state.is_in_code() && state.code.go_forward(height)
    {
        return;
    }
    match state.history.forward() {
        Some(visit) => state.revisit(visit),
        None => state.say(Level::Info, "nothing after this"),
    }
}

pub fn go_to_crash(state: &mut AppState) {
    if state.select_crash() {
        state.follow_selection();
    } else {
        state.say(Level::Info, "the place of the crash is not known");
    }
}

pub fn next_pane(state: &mut AppState) {
    let mut next = state.focus.next(1);
    // Where two panes share a place, Tab stops there once.
    if next == Pane::Details && state.screen().lower_is_shared() && !state.zoomed {
        next = next.next(1);
    }
    state.focus_on(next);
}

pub fn previous_pane(state: &mut AppState) {
    let mut next = state.focus.next(Pane::ALL.len() - 1);
    if next == Pane::Variables && state.focus == Pane::Details && state.screen().lower_is_shared() {
        next = Pane::Source;
    } else if next == Pane::Details && state.screen().lower_is_shared() {
        next = state.lower;
    }
    state.focus_on(next);
}

pub fn focus_goroutines(state: &mut AppState) {
    state.focus_on(Pane::Goroutines);
}

pub fn focus_stack(state: &mut AppState) {
    state.focus_on(Pane::Stack);
}

pub fn focus_source(state: &mut AppState) {
    state.focus_on(Pane::Source);
}

pub fn focus_variables(state: &mut AppState) {
    state.focus_on(Pane::Variables);
}

pub fn focus_details(state: &mut AppState) {
    state.focus_on(Pane::Details);
}

pub fn next_tab(state: &mut AppState) {
    state.step_tab(1);
}

pub fn previous_tab(state: &mut AppState) {
    state.step_tab(-1);
}

pub fn zoom(state: &mut AppState) {
    state.zoomed = !state.zoomed;
}

pub fn narrower(state: &mut AppState) {
    state.widen(-2);
}

pub fn wider(state: &mut AppState) {
    state.widen(2);
}

pub fn filter(state: &mut AppState) {
    if state.is_in_memory() {
        // There is no list to narrow: going to a place is what is wanted there.
        overlays::open_prompt(state, PromptKind::Address);
        return;
    }
    overlays::open_prompt(state, PromptKind::for_pane(state.focus));
}

pub fn command(state: &mut AppState) {
    overlays::open_prompt(state, PromptKind::Command);
}

pub fn next_match(state: &mut AppState) {
    state.find_again(false);
}

pub fn previous_match(state: &mut AppState) {
    state.find_again(true);
}

pub fn current_line(state: &mut AppState) {
    let height = state.rows_of(Pane::Source);
    state.show_source();
    state.source.to_current(height);
    state.code.to_current(height);
}

pub fn crash_card(state: &mut AppState) {
    state.overlays.push(Overlay::crash());
}

pub fn inspect(state: &mut AppState) {
    overlays::open_inspector(state);
}

pub fn follow(state: &mut AppState) {
    state.follow_value();
}

pub fn follow_back(state: &mut AppState) {
    if !state.step_out() {
        state.say(Level::Info, "nothing was followed here");
    }
}

pub fn type_in_full(state: &mut AppState) {
    match state.picked() {
        Some(picked) if !picked.value.type_name.is_empty() => state.show_type(&picked.value.type_name),
        _ => state.say(Level::Info, "no type is known here"),
    }
}

/// The expression under the cursor; nothing where there is none.
fn expression(state: &AppState) -> String {
    let picked = state.picked();
    picked.and_then(|picked| picked.expression).unwrap_or_default()
}

pub fn watch(state: &mut AppState) {
    let is_watched = state.variables.tab == Tab::Watch;
    let text = if is_watched {
        String::new()
    } else {
        expression(state)
    };
    overlays::open_prompt_with(state, PromptKind::Watch(None), &text);
}

pub fn unwatch(state: &mut AppState) {
    state.unwatch();
}

pub fn edit_watch(state: &mut AppState) {
    let watches = &state.variables.watches;
    let at = watches.selected().filter(|_| state.variables.tab == Tab::Watch);
    let text = at
        .and_then(|at| watches.expressions().get(at))
        .map(ToString::to_string);
    match text {
        Some(text) => overlays::open_prompt_with(state, PromptKind::Watch(at), &text),
        None => state.say(Level::Info, "only watched expressions can be changed"),
    }
}

pub fn watch_tab(state: &mut AppState) {
    state.show_tab(Tab::Watch);
}

pub fn print(state: &mut AppState) {
    let text = format!("print {}", expression(state));
    overlays::open_prompt_with(state, PromptKind::Command, &text);
}

fn copy_whole(state: &mut AppState, form: ValueForm) {
    match state.picked() {
        Some(picked) => state.copy_whole(picked, form),
        None => state.copy(None),
    }
}

pub fn copy_go(state: &mut AppState) {
    copy_whole(state, ValueForm::Go);
}

pub fn copy_json(state: &mut AppState) {
    copy_whole(state, ValueForm::Json);
}

pub fn copy_name(state: &mut AppState) {
    let name = state.picked().map(|picked| visible(&picked.path).into_owned());
    state.copy(name);
}

pub fn copy_type(state: &mut AppState) {
    let name = state
        .picked()
        .map(|picked| visible(&picked.value.type_name).into_owned());
    state.copy(name);
}

pub fn edit(state: &mut AppState) {
    let Some((file, line)) = state.position() else {
        state.say(Level::Info, "no source position here");
        return;
    };
    // The text on this machine may lie elsewhere than the binary says.
    let on_disk = state
        .source
        .text()
        .filter(|text| *text.file == *file)
        .map(|text| &text.origin);
    let path = match on_disk {
        Some(SourceOrigin::Disk(path)) => path.clone(),
        Some(SourceOrigin::Embedded) => {
            let text = "this source travels inside the debugger: there is no file to edit";
            state.say(Level::Info, text);
            return;
        }
        Some(SourceOrigin::Server(server)) => {
            let text = format!("this source came from {server}: there is no file to edit");
            state.say(Level::Info, text);
            return;
        }
        None if state.source.failed.is_some() => {
            state.say(Level::Info, format!("no file to edit: {file} was not found here"));
            return;
        }
        None => file,
    };
    state.emit(Effect::OpenEditor { file: path, line });
}

pub fn messages(state: &mut AppState) {
    state.overlays.push(Overlay::messages(state));
}

pub fn threads_tab(state: &mut AppState) {
    state.show_tab(Tab::Threads);
}

pub fn code_mode(state: &mut AppState) {
    state.next_code_mode();
}

pub fn syntax(state: &mut AppState) {
    state.next_syntax();
}

pub fn mark(state: &mut AppState) {
    state.mark();
}

pub fn go_to_mark(state: &mut AppState) {
    if state.marks.is_empty() {
        state.say(
            Level::Info,
            "nothing is marked: m marks the selected goroutine and frame",
        );
        return;
    }
    state.overlays.push(overlays::menu::marks(state));
}

pub fn map_tab(state: &mut AppState) {
    state.show_tab(Tab::Map);
}

pub fn memory_tab(state: &mut AppState) {
    state.show_tab(Tab::Memory);
}

/// The bytes of the selected value, or of the address in the selected row.
pub fn memory(state: &mut AppState) {
    if let Some(picked) = state.picked() {
        state.show_memory_of(&picked);
        return;
    }
    let address = match state.focus {
        Pane::Details if !state.is_in_memory() => overlays::address_in_row(state),
        _ => None,
    };
    match address {
        Some(address) => state.examine(&address),
        None => state.show_tab(Tab::Memory),
    }
}

pub fn go_to_address(state: &mut AppState) {
    let text = expression(state);
    overlays::open_prompt_with(state, PromptKind::Address, &text);
}

pub fn toggle_words(state: &mut AppState) {
    if state.is_in_memory() {
        state.toggle_words();
    } else {
        state.say(Level::Info, "only memory is shown as bytes or words");
    }
}

pub fn images_tab(state: &mut AppState) {
    state.show_tab(Tab::Images);
}

pub fn process_tab(state: &mut AppState) {
    state.show_tab(Tab::Process);
}

pub fn globals_tab(state: &mut AppState) {
    state.show_tab(Tab::Globals);
}

pub fn toggle_all(state: &mut AppState) {
    let show = !state.goroutines.show_system;
    state.goroutines.show_system = show;
    state.goroutines.rebuild();
    state.stack.set_show_runtime(show);
    let what = if show {
        "all goroutines and frames"
    } else {
        "user goroutines and frames"
    };
    state.say(Level::Info, what);
}

pub fn sort_menu(state: &mut AppState) {
    state.overlays.push(overlays::menu::sort(state));
}

pub fn toggle_groups(state: &mut AppState) {
    let key = match state.goroutines.grouping {
        Some(_) => None,
        None => Some(crate::model::GroupKey::Stack),
    };
    state.group_by(key);
}

pub fn group_menu(state: &mut AppState) {
    state.overlays.push(overlays::menu::group(state));
}

pub fn next_location(state: &mut AppState) {
    state.goroutines.location = crate::ui::panes::goroutines::next_location(state.goroutines.location);
    if !state.goroutines.filter_text.is_empty() {
        state.goroutines.rebuild();
    }
    let text = format!(
        "location: {}",
        crate::ui::panes::goroutines::location_name(state.goroutines.location)
    );
    state.say(Level::Info, text);
}

pub fn copy_row(state: &mut AppState) {
    let text = crate::ui::copy::row(state);
    state.copy(text);
}

pub fn copy_stack(state: &mut AppState) {
    let text = crate::ui::copy::stack(state);
    state.copy(text);
}

pub fn copy_goroutine(state: &mut AppState) {
    let text = crate::ui::copy::goroutine(state);
    state.copy(text);
}

pub fn copy_address(state: &mut AppState) {
    let text = crate::ui::copy::address(state);
    state.copy(text);
}

pub fn copy_position(state: &mut AppState) {
    let text = state.position().map(|(file, line)| format!("{file}:{line}"));
    state.copy(text);
}

pub fn copy_report(state: &mut AppState) {
    let text = crate::ui::copy::report(state);
    state.copy(text);
}

pub fn resume(state: &mut AppState) {
    state.resume();
}

pub fn pause(state: &mut AppState) {
    state.pause();
}

pub fn dump(state: &mut AppState) {
    state.dump(DumpOptions::default());
}

pub fn help(state: &mut AppState) {
    state.overlays.push(Overlay::help(state));
}

pub fn palette(state: &mut AppState) {
    state.overlays.push(Overlay::palette());
}

pub fn theme_menu(state: &mut AppState) {
    state.overlays.push(overlays::menu::theme(state));
}

pub fn redraw(state: &mut AppState) {
    state.emit(Effect::Redraw);
}

pub fn cancel(state: &mut AppState) {
    state.cancel_job();
}

pub fn suspend(state: &mut AppState) {
    if state.run_state() == Some(RunState::Held) {
        state.say(
            Level::Warning,
            "the process would stay stopped all the while: F5 lets it run on, then Ctrl-z",
        );
        return;
    }
    state.emit(Effect::Suspend);
}

pub fn quit(state: &mut AppState) {
    if state.dump_job().is_some() {
        state.overlays.push(overlays::menu::quit());
        return;
    }
    state.emit(Effect::Quit);
}
