//! The `:` line: the language of headless mode, carried out on the screen.
//!
//! Grammar and table are the engine's ([`crate::engine::commands`]); here is what each command
//! shows, the few that only a screen has, and completion. Names of actions are commands too.

use std::sync::Arc;

use super::action::{self, ACTIONS};
use super::app::{AppState, Level};
use super::effect::Effect;
use super::overlays::Overlay;
use super::panes::goroutines::SORTS;
use super::panes::memory::Unit;
use super::place::{Pane, Tab};
use crate::base::{GoId, Pattern};
use crate::engine::Request;
use crate::engine::commands::{
    COMMANDS, GoroutinesQuery, GroupBy, MemoryFormat, UserCommand, find, nearest, parse, split_line,
};
use crate::model::{CodePlace, Failure, FailureKind, Subject};

/// A way to go on typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word to show.
    pub word: String,
    /// What it means, in one line.
    pub doc: &'static str,
    /// The whole line with it.
    pub line: String,
}

/// Commands that only a screen has.
const OWN: &[(&str, &str)] = &[
    ("theme", "NAME: choose a theme"),
    ("sort", "KEY: order of the goroutines"),
    ("filter", "TEXT: filter the focused list"),
    ("messages", "everything that was said"),
    ("watch", "EXPR: watch an expression in every frame"),
];

const SHOWN: usize = 8;

/// Carries out one line; what is wrong with it is said in the footer.
pub fn run_line(state: &mut AppState, line: &str) {
    for part in split_line(line) {
        if let Err(failure) = run(state, part.trim()) {
            state.messages.fail(&failure, state.now);
            return;
        }
    }
}

fn run(state: &mut AppState, line: &str) -> Result<(), Failure> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    if let Some((name, _)) = OWN.iter().find(|(name, _)| *name == word) {
        return run_own(state, name, rest);
    }
    if find(word).is_err()
        && let Some(found) = action::find(word)
    {
        action::perform(state, found);
        return Ok(());
    }
    match parse(line) {
        Ok(command) => {
            carry_out(state, command);
            Ok(())
        }
        Err(failure) => Err(better_hint(word, failure)),
    }
}

/// An unknown word may be nearest to something that only the screen knows.
fn better_hint(word: &str, mut failure: Failure) -> Failure {
    let names = OWN
        .iter()
        .map(|(name, _)| *name)
        .chain(ACTIONS.iter().map(|action| action.name));
    let known = COMMANDS.iter().flat_map(|spec| spec.names());
    if find(word).is_err()
        && nearest(word, known).is_none()
        && let Some(name) = nearest(word, names)
    {
        failure.hints = vec![format!("did you mean `{name}`?")];
    }
    failure
}

fn run_own(state: &mut AppState, name: &str, rest: &str) -> Result<(), Failure> {
    match name {
        "theme" => choose_theme(state, rest),
        "sort" => choose_sort(state, rest),
        "filter" => {
            state.set_filter(rest);
            Ok(())
        }
        "watch" if rest.is_empty() => {
            state.show_tab(Tab::Watch);
            Ok(())
        }
        "watch" => {
            state.watch(None, rest);
            Ok(())
        }
        _ => {
            state.overlays.push(Overlay::messages(state));
            Ok(())
        }
    }
}

fn choose_theme(state: &mut AppState, name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        state.overlays.push(super::overlays::menu::theme(state));
        return Ok(());
    }
    if !state.options.themes.iter().any(|known| known == name) {
        let failure = Failure::new(FailureKind::NotFound, format!("no theme is called {name:?}"));
        let known = state.options.themes.iter().map(String::as_str);
        return Err(match nearest(name, known) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint(format!("themes: {}", state.options.themes.join(", "))),
        });
    }
    name.clone_into(&mut state.options.theme);
    state.emit(Effect::Theme(name.to_owned()));
    Ok(())
}

fn choose_sort(state: &mut AppState, name: &str) -> Result<(), Failure> {
    let found = SORTS
        .iter()
        .find(|(_, _, known)| !name.is_empty() && known.starts_with(name));
    let Some((_, key, _)) = found else {
        let names: Vec<&str> = SORTS.iter().map(|(_, _, name)| *name).collect();
        return Err(Failure::new(
            FailureKind::Usage,
            format!("sort needs one of: {}", names.join("; ")),
        ));
    };
    state.goroutines.sort = *key;
    state.goroutines.rebuild();
    Ok(())
}

fn carry_out(state: &mut AppState, command: UserCommand) {
    match command {
        UserCommand::Report => state.overlays.push(Overlay::crash()),
        UserCommand::Goroutines(query) => show_goroutines(state, query),
        UserCommand::Goroutine(id) => select_goroutine(state, id),
        UserCommand::Threads => state.show_tab(Tab::Threads),
        UserCommand::Thread(tid) => {
            state.select_subject(Subject::Thread(tid), None);
            state.focus_on(Pane::Stack);
        }
        UserCommand::Stack { goroutine, .. } => {
            if goroutine.is_some() {
                select_goroutine(state, goroutine);
            }
            state.focus_on(Pane::Stack);
        }
        UserCommand::Frame(index) => select_frame(state, index),
        UserCommand::Up(by) => step(state, by, 1),
        UserCommand::Down(by) => step(state, by, -1),
        UserCommand::Locals(name) => show_variables(state, Tab::Locals, name),
        UserCommand::Args(name) => show_variables(state, Tab::Args, name),
        UserCommand::Vars(pattern) => {
            let filter = pattern.map(|pattern| pattern.as_str().to_owned());
            show_variables(state, Tab::Globals, filter);
        }
        UserCommand::Registers { .. } => state.show_tab(Tab::Registers),
        UserCommand::List { file, line } => list(state, file, line),
        UserCommand::Sources(pattern) => {
            state.ask_sources(pattern.unwrap_or_else(|| Pattern::literal("")));
        }
        UserCommand::Images => state.show_tab(Tab::Images),
        UserCommand::MemoryMap => state.show_tab(Tab::Map),
        UserCommand::Environment | UserCommand::Info => state.show_tab(Tab::Process),
        // What a screen shows of a place is shown by going there.
        UserCommand::Within { select, command } => {
            carry_out(state, *select);
            carry_out(state, *command);
        }
        UserCommand::Help(None) => {
            let help = Overlay::help(state);
            state.overlays.push(help);
        }
        UserCommand::Help(Some(word)) => explain(state, &word),
        UserCommand::Continue => live_only(state, "continue", AppState::resume),
        UserCommand::Halt => live_only(state, "halt", AppState::pause),
        UserCommand::Dump(options) => live_only(state, "dump", |state| state.dump(options)),
        UserCommand::Detach => live_only(state, "detach", action::quit),
        UserCommand::Quit => action::quit(state),
        command => look_up(state, command),
    }
}

/// Commands about expressions, types, memory and code.
fn look_up(state: &mut AppState, command: UserCommand) {
    let page = |state: &mut AppState, title: &str, request| state.open_page(title, Vec::new(), 0, request);
    let all = |filter: Option<Pattern>| filter.unwrap_or_else(|| Pattern::literal(""));
    match command {
        UserCommand::Print { expression, all } => state.print(&expression, all),
        UserCommand::WhatIs(expression) | UserCommand::TypeLayout(expression) => state.show_type(&expression),
        UserCommand::Types(filter) => page(state, "Types", Request::Types { filter: all(filter) }),
        UserCommand::Functions(filter) => {
            page(state, "Functions", Request::Functions { filter: all(filter) });
        }
        UserCommand::Packages(filter) => page(state, "Packages", Request::Packages { filter: all(filter) }),
        UserCommand::Defers => state.show_defers(),
        UserCommand::ListSpec(spec) => state.locate(&spec),
        UserCommand::Disassemble { spec, range, syntax } => {
            state.code.syntax = syntax.unwrap_or(state.code.syntax);
            match range {
                Some((start, end)) => state.show_code(CodePlace::Range(start, end)),
                None => state.disassemble(spec.as_deref().unwrap_or_default()),
            }
        }
        UserCommand::Examine(query) => {
            if query.format == MemoryFormat::Addr {
                state.memory.unit = Unit::Words;
            }
            state.examine(&query.place);
        }
        _ => {}
    }
}

fn live_only(state: &mut AppState, name: &str, run: impl FnOnce(&mut AppState)) {
    if state.is_live() {
        run(state);
    } else {
        state.say(Level::Warning, format!("{name} needs a live process"));
    }
}

fn show_goroutines(state: &mut AppState, query: GoroutinesQuery) {
    state.goroutines.filters = query.filters;
    state.goroutines.sort = query.sort;
    state.goroutines.location = query.location;
    state.goroutines.rebuild();
    let key = match query.group {
        Some(GroupBy::Key(key)) => Some(key),
        Some(GroupBy::Running | GroupBy::User) => {
            state.say(
                Level::Warning,
                "the screen groups by stack, places, status, wait reason and labels",
            );
            None
        }
        None => None,
    };
    if key != state.goroutines.grouping {
        state.group_by(key);
    }
    state.focus_on(Pane::Goroutines);
}

fn select_goroutine(state: &mut AppState, id: Option<GoId>) {
    let Some(id) = id else {
        state.focus_on(Pane::Goroutines);
        return;
    };
    if state.goroutines.find(id).is_none() {
        state.say(Level::Error, format!("no goroutine has the id {id}"));
        return;
    }
    state.select_subject(Subject::Goroutine(id), None);
    if state.goroutines.row_of(id).is_none() {
        state.say(Level::Info, format!("goroutine {id} is hidden by the filter"));
    }
    state.follow_selection();
}

fn select_frame(state: &mut AppState, index: usize) {
    if index >= state.stack.depth && !state.stack.is_open_ended() {
        let depth = state.stack.depth;
        state.say(Level::Error, format!("no frame {index}: the stack has {depth}"));
        return;
    }
    state.stack.depth = state.stack.depth.max(index.saturating_add(1));
    state.stack.set_run_open(index, true);
    state.select_frame(index);
    state.follow_selection();
}

fn step(state: &mut AppState, by: usize, direction: isize) {
    let by = isize::try_from(by)
        .unwrap_or(isize::MAX)
        .saturating_mul(direction);
    state.step_frame(by);
}

fn show_variables(state: &mut AppState, tab: Tab, name: Option<String>) {
    state.show_tab(tab);
    state.set_filter(&name.unwrap_or_default());
}

/// Shows source: of a file, at a line.
pub fn list(state: &mut AppState, file: Option<String>, line: Option<u32>) {
    if let Some(file) = file {
        let full = known_file(state, &file).unwrap_or_else(|| file.into());
        state.turn_source(Some(full), None);
    } else if line.is_none() {
        state.show_source();
    }
    state.focus_on(Pane::Source);
    if let Some(line) = line {
        let (len, height) = (state.source.len(), state.rows_of(Pane::Source));
        let row = (line as usize).saturating_sub(1);
        state.source.wanted_line = state.source.is_empty().then_some(line);
        state.source.scroll = super::motion::reveal(state.source.scroll, row, len, height);
    }
}

/// The recorded path that ends in `text`, among the places at hand.
fn known_file(state: &AppState, text: &str) -> Option<Arc<str>> {
    let frames = state
        .stack
        .loaded()
        .filter_map(|frame| frame.location.file.as_ref());
    let list = state.goroutines.list.ready();
    let goroutines = list
        .iter()
        .flat_map(|list| &list.goroutines)
        .filter_map(|goroutine| goroutine.user_loc.file.as_ref());
    let ends = |path: &&Arc<str>| {
        path.strip_suffix(text)
            .is_some_and(|head| head.is_empty() || head.ends_with('/') || text.starts_with('/'))
    };
    frames.chain(goroutines).find(ends).cloned()
}

fn explain(state: &mut AppState, word: &str) {
    let text = match find(word) {
        Ok(spec) => {
            let details = if spec.details.is_empty() {
                String::new()
            } else {
                format!("\n\n{}", spec.details)
            };
            format!("{}\n\n{}{details}", spec.usage, spec.summary)
        }
        Err(failure) => failure.to_string(),
    };
    super::overlays::open_text(state, "Help", &text);
}

/// Ways to complete the first word of a line; for `theme` and `sort`, the second.
#[must_use]
pub fn candidates(line: &str) -> Vec<Candidate> {
    let word = line.trim_start();
    if word.contains(char::is_whitespace) {
        return Vec::new();
    }
    let commands = COMMANDS
        .iter()
        .flat_map(|spec| spec.names().map(move |name| (name, spec.summary)));
    let actions = ACTIONS.iter().map(|action| (action.name, action.doc));
    let mut seen = std::collections::BTreeSet::new();
    commands
        .chain(OWN.iter().copied())
        .chain(actions)
        .filter(|(name, _)| name.starts_with(word) && !word.is_empty() && seen.insert(*name))
        .take(SHOWN)
        .map(|(name, doc)| Candidate {
            word: name.to_owned(),
            doc,
            line: name.to_owned(),
        })
        .collect()
}
