//! How the list of processes looks: a table over all panes, and the selected process in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::processes::ProcessPicker;
use crate::base::visible;
use crate::model::ProcessRow;
use crate::ui::app::AppState;
use crate::ui::text::foreign;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{failure_text, styled};
use crate::ui::widgets::{
    Align, Column, List, Popup, bytes, draw_scrollbar, ellipsis_end, fit_columns, put, put_line, row, width,
};

/// The table's headings.
const HEADINGS: [&str; 8] = ["PID", "PROCESS", "GO", "MEMORY", "THR", "AGE", "USER", "RUNS IN"];

/// The box: all of the screen but header and footer.
#[must_use]
pub(super) fn place(screen: Rect) -> Rect {
    Rect {
        y: screen.y.saturating_add(1),
        height: screen.height.saturating_sub(2),
        ..screen
    }
}

pub(super) fn draw(state: &AppState, picker: &ProcessPicker, screen: Rect, theme: &Theme, buf: &mut Buffer) {
    let order = format!("sorted by {}", picker.order.name());
    let mut keys = vec![("Enter", "attaches"), ("Tab", order.as_str())];
    if picker.input.is_empty() {
        keys.extend([("r", "reads anew"), ("q", "leaves")]);
    } else {
        keys.push(("Esc", "all of them"));
    }
    let popup = Popup {
        title: "Attach to a process",
        bottom: super::view::keys_line(&keys, theme),
        size: (screen.width, screen.height),
    };
    let inner = popup.draw(place(screen), theme, buf);
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
    let heading_place = line(1);
    if heading_place.height > 0 {
        let at = (inner.x.saturating_add(List::MARGIN), heading_place.y);
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
        Some(process) => row(&columns, &widths, cells_of(process, theme), theme.glyphs.ellipsis),
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

fn draw_input(state: &AppState, picker: &ProcessPicker, area: Rect, theme: &Theme, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let mut note = format!("{} of {}", picker.len(), picker.total());
    if state.jobs.has(&crate::ui::app::Purpose::Processes) {
        note.push_str(", reading");
    }
    let columns = u16::try_from(width(&note)).unwrap_or(0).min(area.width);
    let left = area.width - columns;
    let input = Rect {
        width: left.saturating_sub(1),
        ..area
    };
    picker.input.draw(input, "> ", "type to filter", theme, buf);
    put(
        buf,
        (area.x + left, area.y),
        columns,
        &note,
        theme.style(Scope::TextDim),
    );
}

/// Why there are no rows.
fn nothing(picker: &ProcessPicker) -> String {
    match &picker.failed {
        Some(failure) => failure_text(failure),
        None if picker.total() > 0 => "no process fits; Esc shows all of them".to_owned(),
        None if picker.complete => "no process is to be seen here".to_owned(),
        None => String::new(),
    }
}

/// Wide enough for what is in them.
fn columns(picker: &ProcessPicker) -> [Column; 8] {
    let column = |least, wanted, importance, grow, align| Column {
        least,
        wanted,
        importance,
        grow,
        align,
    };
    let rows = || (0..picker.len()).filter_map(|index| picker.row(index));
    let widest = |text: fn(&ProcessRow) -> usize, most: usize| {
        u16::try_from(rows().map(text).max().unwrap_or(0).min(most)).unwrap_or(0)
    };
    let version = widest(|process| width(version(process)), 12).max(2);
    let user = widest(|process| width(&user(process)), 12).max(4);
    let container = widest(
        |process| width(process.container.as_deref().unwrap_or_default()),
        28,
    )
    .max(7);
    [
        column(5, 7, 90, 0, Align::Right),
        column(12, 24, 100, 1, Align::Left),
        column(version, version, 80, 0, Align::Left),
        column(8, 8, 70, 0, Align::Right),
        column(4, 5, 50, 0, Align::Right),
        column(4, 4, 60, 0, Align::Right),
        column(user, user, 40, 0, Align::Left),
        column(12.min(container), container, 30, 0, Align::Left),
    ]
}

fn cells_of(process: &ProcessRow, theme: &Theme) -> Vec<Line<'static>> {
    let refused = process.refusal.is_some();
    let scope = |usual| if refused { Scope::FooterDisabled } else { usual };
    let plain = theme.style(scope(Scope::Text));
    let dim = theme.style(scope(Scope::TextDim));
    let age = process.age_s.map_or_else(|| "?".to_owned(), age);
    // Without colours the sign alone says that it cannot be attached to.
    let sign = if refused { theme.glyphs.error } else { " " };
    let name = Line::from(vec![
        Span::styled(format!("{sign} "), dim),
        foreign(&process.name, theme.style(scope(Scope::TextStrong))),
        foreign(&arguments(process), dim),
    ]);
    vec![
        styled(process.pid.to_string(), plain),
        name,
        Line::from(foreign(version(process), theme.style(scope(Scope::Success)))),
        styled(bytes(process.resident_bytes), plain),
        styled(process.threads.to_string(), plain),
        styled(age, plain),
        Line::from(foreign(&user(process), plain)),
        Line::from(foreign(process.container.as_deref().unwrap_or_default(), dim)),
    ]
}

/// Go's version, a dash for other programs, a question mark where that may not be known.
fn version(process: &ProcessRow) -> &str {
    match (&process.go_version, &process.exe) {
        (Some(version), _) => version.strip_prefix("go").unwrap_or(version),
        (None, Some(_)) => "-",
        (None, None) => "?",
    }
}

/// What follows the program's name on the command line.
fn arguments(process: &ProcessRow) -> String {
    match process.command.split_once(' ') {
        Some((_, arguments)) => format!(" {arguments}"),
        None => String::new(),
    }
}

fn user(process: &ProcessRow) -> String {
    process.user.clone().unwrap_or_else(|| process.uid.to_string())
}

/// `5s`, `12m`, `3h`, `40d`: the largest unit, rounded down.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The command; then where it runs, or why it cannot be attached to and what helps.
fn draw_selected(picker: &ProcessPicker, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let Some(process) = picker.selected().filter(|_| area.height > 0) else {
        return;
    };
    let columns = usize::from(area.width);
    let mut say = |line: u16, text: &str, scope: Scope| {
        let text = ellipsis_end(&visible(text), columns, theme.glyphs.ellipsis);
        put(
            buf,
            (area.x, area.y + line),
            area.width,
            &text,
            theme.style(scope),
        );
    };
    let command = match (process.command.as_str(), &process.exe) {
        ("", Some(exe)) => exe,
        ("", None) => &process.name,
        (command, _) => command,
    };
    say(0, command, Scope::Text);
    match (&process.refusal, &process.fix) {
        (None, _) => say(1, &whereabouts(process), Scope::TextDim),
        (Some(reason), fix) => {
            say(1, &format!("cannot be attached to: {reason}"), Scope::Warning);
            say(2, fix.as_deref().unwrap_or_default(), Scope::TextStrong);
        }
    }
}

fn whereabouts(process: &ProcessRow) -> String {
    let mut text = match (&process.go_version, &process.exe) {
        (Some(version), _) => version.clone(),
        (None, Some(_)) => "not a Go program: threads and C frames only".to_owned(),
        (None, None) => "its executable may not be looked at".to_owned(),
    };
    text.push_str(&format!(", user {}", user(process)));
    if let Some(container) = &process.container {
        text.push_str(&format!(", in {container}"));
    }
    if let Some(exe) = &process.exe {
        text.push_str(&format!(", {exe}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_have_one_unit() {
        assert_eq!(
            [0, 59, 60, 3599, 3600, 86_400].map(age),
            ["0s", "59s", "1m", "59m", "1h", "1d"]
        );
    }
}
