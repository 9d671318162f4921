//! How the list of stored core dumps looks: a table over all panes, and the selected one in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::cores::{CorePicker, obstacle};
use super::processes::ProcessPicker;
use super::processes_view;
use crate::base::visible;
use crate::model::{StoredCore, StoredState};
use crate::ui::app::{AppState, Purpose};
use crate::ui::text::foreign;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{failure_text, styled};
use crate::ui::widgets::{
    Align, Column, List, Popup, bytes, draw_scrollbar, ellipsis_end, fit_columns, put, put_line, row, width,
};

/// The table's headings.
const HEADINGS: [&str; 7] = ["DIED (UTC)", "PID", "PROGRAM", "SIGNAL", "SIZE", "USER", "CORE"];

pub(super) fn draw(state: &AppState, picker: &CorePicker, screen: Rect, theme: &Theme, buf: &mut Buffer) {
    let mut keys = vec![("Enter", "opens")];
    if picker.input.is_empty() {
        keys.extend([("r", "reads anew"), ("q", "leaves")]);
    } else {
        keys.push(("Esc", "all of them"));
    }
    let popup = Popup {
        title: "Open a core dump",
        bottom: super::view::keys_line(&keys, theme),
        size: (screen.width, screen.height),
    };
    let inner = popup.draw(processes_view::place(screen), theme, buf);
    let line = |y: u16| Rect {
        y: inner.y.saturating_add(y),
        height: u16::from(y < inner.height),
        ..inner
    };
    draw_input(state, picker, line(0), theme, buf);
    let columns = columns(picker);
    let widths = fit_columns(&columns, inner.width.saturating_sub(List::MARGIN));
    let dim = theme.style(Scope::TextDim);
    let cells = HEADINGS.map(|heading| styled(heading, dim)).to_vec();
    let heading = row(&columns, &widths, cells, theme.glyphs.ellipsis);
    if line(1).height > 0 {
        let at = (inner.x.saturating_add(List::MARGIN), line(1).y);
        put_line(buf, at, inner.width.saturating_sub(List::MARGIN), &heading);
    }
    let head = u16::try_from(ProcessPicker::HEAD).unwrap_or(0);
    let height = u16::try_from(ProcessPicker::rows_shown(state.height)).unwrap_or(inner.height);
    let body = Rect {
        y: inner.y.saturating_add(head),
        height: height.min(inner.height.saturating_sub(head)),
        ..inner
    };
    let list = List {
        len: picker.len(),
        state: picker.list,
        focused: true,
        empty: &nothing(picker),
    };
    let seen = list.draw(body, theme, buf, |index, _| match picker.row(index) {
        Some(core) => row(&columns, &widths, cells_of(core, theme), theme.glyphs.ellipsis),
        None => Line::default(),
    });
    let bar = Rect {
        x: inner.right().saturating_add(1),
        width: 1,
        ..body
    };
    draw_scrollbar(buf, bar, &seen, picker.len(), theme);
    let foot = u16::try_from(ProcessPicker::FOOT).unwrap_or(0);
    draw_selected(picker, line(inner.height.saturating_sub(foot)), theme, buf);
}

fn draw_input(state: &AppState, picker: &CorePicker, area: Rect, theme: &Theme, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let total = picker.all().map_or(0, |all| all.cores.len());
    let mut note = format!("{} of {total}", picker.len());
    if state.jobs.has(&Purpose::Cores) {
        note.push_str(", reading");
    }
    let columns = u16::try_from(width(&note)).unwrap_or(0).min(area.width);
    let left = area.width - columns;
    let input = Rect {
        width: left.saturating_sub(1),
        ..area
    };
    picker.input.draw(input, "> ", "type to filter", theme, buf);
    let at = (area.x + left, area.y);
    put(buf, at, columns, &note, theme.style(Scope::TextDim));
}

/// Why there are no rows.
fn nothing(picker: &CorePicker) -> String {
    match (&picker.failed, picker.all()) {
        (Some(failure), _) => failure_text(failure),
        (None, None) => String::new(),
        (None, Some(all)) if !all.cores.is_empty() => "no core fits; Esc shows all of them".to_owned(),
        (None, Some(all)) => {
            let mut text = "there is no core dump here".to_owned();
            for unseen in &all.unseen {
                text.push_str("\n\n");
                text.push_str(&visible(unseen));
            }
            text
        }
    }
}

/// Wide enough for what is in them.
fn columns(picker: &CorePicker) -> [Column; 7] {
    let column = |least, wanted, importance, grow, align| Column {
        least,
        wanted,
        importance,
        grow,
        align,
    };
    let rows = || (0..picker.len()).filter_map(|index| picker.row(index));
    let users = rows().map(|core| width(&user(core))).max().unwrap_or(0);
    let user = u16::try_from(users.clamp(4, 12)).unwrap_or(4);
    [
        column(19, 19, 80, 0, Align::Left),
        column(5, 7, 90, 0, Align::Right),
        column(12, 24, 100, 1, Align::Left),
        column(7, 8, 70, 0, Align::Left),
        column(8, 8, 50, 0, Align::Right),
        column(user, user, 40, 0, Align::Left),
        column(9, 9, 60, 0, Align::Left),
    ]
}

fn cells_of(core: &StoredCore, theme: &Theme) -> Vec<Line<'static>> {
    let closed = obstacle(core.state).is_some();
    let scope = |usual| if closed { Scope::FooterDisabled } else { usual };
    let plain = theme.style(scope(Scope::Text));
    let dim = theme.style(scope(Scope::TextDim));
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let time = known(
        core.time
            .as_ref()
            .map(|time| time.replace('T', " ").replace('Z', "")),
    );
    let program = core.name.as_deref().or(core.exe.as_deref()).unwrap_or("-");
    vec![
        styled(time, plain),
        styled(known(core.pid.map(|pid| pid.to_string())), plain),
        Line::from(foreign(program, theme.style(scope(Scope::TextStrong)))),
        styled(known(core.signal_name.clone()), plain),
        styled(known(core.bytes.map(bytes)), plain),
        Line::from(foreign(&user(core), plain)),
        styled(state_word(core.state), dim),
    ]
}

const fn state_word(state: StoredState) -> &'static str {
    match state {
        StoredState::Present => "whole",
        StoredState::Truncated => "truncated",
        StoredState::Missing => "gone",
        StoredState::Inaccessible => "no access",
        StoredState::Journal => "journal",
        StoredState::None => "not kept",
    }
}

fn user(core: &StoredCore) -> String {
    let number = || core.uid.map(|uid| uid.to_string());
    core.user
        .clone()
        .or_else(number)
        .unwrap_or_else(|| "-".to_owned())
}

/// The command; where it lies, or why it cannot be opened; what else could not be seen.
fn draw_selected(picker: &CorePicker, area: Rect, theme: &Theme, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let columns = usize::from(area.width);
    let mut say = |line: u16, text: &str, scope: Scope| {
        let text = ellipsis_end(&visible(text), columns, theme.glyphs.ellipsis);
        let at = (area.x, area.y + line);
        put(buf, at, area.width, &text, theme.style(scope));
    };
    if let Some(core) = picker.selected() {
        let command = core.command.as_ref().or(core.exe.as_ref()).or(core.name.as_ref());
        say(0, command.map_or("", String::as_str), Scope::Text);
        let mut place = core.file.clone().unwrap_or_default();
        if let Some(unit) = &core.unit {
            place = format!("{unit}  {place}");
        }
        match obstacle(core.state) {
            None => say(1, &place, Scope::TextDim),
            Some(why) => say(1, &format!("cannot be opened: {why}"), Scope::Warning),
        }
    }
    let unseen = picker.all().and_then(|all| all.unseen.first());
    if let Some(unseen) = unseen.filter(|_| !picker.is_empty()) {
        say(2, unseen, Scope::TextDim);
    }
}
