//! How goroutines look: one row each, or one per group.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::groups::GroupRow;
use super::state::{Goroutines, SORTS, location_name};
use crate::base::visible;
use crate::engine::commands::{LocationKind, SortKey, location_of};
use crate::model::{Goroutine, GroupKey};
use crate::ui::app::AppState;
use crate::ui::loadable::Loadable;
use crate::ui::place::Pane;
use crate::ui::text::{base_name, file_line, fitting_function, foreign, short_function};
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{Align, Column, List, duration, fit_columns, line_width, row, thousands, width};

/// Counts, filter and order, for a frame with `room` columns beside its title.
#[must_use]
pub fn labels(state: &AppState, room: usize, theme: &Theme) -> Labels {
    let pane = &state.goroutines;
    let note = theme.style(Scope::TitleNote);
    let count = count(pane, room);
    let right = if pane.filter_text.is_empty() {
        Line::default()
    } else {
        Line::from(vec![
            Span::styled("/", theme.style(Scope::Prompt)),
            foreign(&pane.filter_text, theme.style(Scope::Match)),
        ])
    };
    let mut modes = Vec::new();
    modes.push(if pane.show_system {
        "all".to_owned()
    } else {
        "user".to_owned()
    });
    if pane.location != LocationKind::User {
        modes.push(format!("at {}", location_name(pane.location)));
    }
    if pane.sort != SortKey::Id {
        let name = SORTS
            .iter()
            .find(|(_, key, _)| *key == pane.sort)
            .map_or("", |(_, _, name)| *name);
        modes.push(format!("by {name}"));
    }
    if pane.reversed {
        modes.push("reversed".to_owned());
    }
    if !pane.filters.is_empty() {
        modes.push("filtered by command".to_owned());
    }
    let modes = modes.join(&format!(" {} ", theme.glyphs.separator));
    let right = if line_width(&right) == 0 {
        styled(modes, note)
    } else {
        right
    };
    Labels {
        note: styled(count, note),
        right,
        bottom: Line::default(),
    }
}

/// `33 of 39`, in little room `33`: half a number misleads, and the header has the whole.
fn count(pane: &Goroutines, room: usize) -> String {
    /// Corners and blanks around it.
    const AROUND: usize = 5;
    let (shown, total) = (pane.rows.len(), pane.total());
    let short = thousands(shown as u64);
    let long = if total == 0 {
        return String::new();
    } else if pane.grouping.is_some() {
        let groups = thousands(pane.group_rows.count() as u64);
        format!("{short} in {groups} groups")
    } else if shown == total {
        return short;
    } else {
        format!("{short} of {}", thousands(total as u64))
    };
    if width(&long) + AROUND <= room {
        long
    } else {
        short
    }
}

/// Draws the rows. Returns those seen and how many there are.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) -> (Range<usize>, usize) {
    let pane = &state.goroutines;
    let empty = empty_text(state);
    let list = List {
        len: pane.len(),
        state: pane.scroll,
        focused: state.focus == Pane::Goroutines,
        empty: &empty,
    };
    let window = list.state.window(list.len, usize::from(area.height));
    let in_sight: Vec<&Goroutine> = window
        .filter_map(|at| pane.at(at))
        .filter_map(|id| pane.find(id))
        .collect();
    let table = Table::fit(pane, &in_sight, area.width.saturating_sub(List::MARGIN));
    let seen = list.draw(area, theme, buf, |index, room| {
        if pane.grouping.is_some() {
            return match pane.group_rows.at(index) {
                Some(GroupRow::Heading {
                    group,
                    example,
                    count,
                    open,
                }) => heading(pane, group, pane.find(example), (count, open), theme),
                Some(GroupRow::Member { id, .. }) => match pane.find(id) {
                    Some(goroutine) => member(pane, goroutine, (&table, room), theme),
                    None => styled(id.to_string(), theme.style(Scope::RoleMissing)),
                },
                None => Line::default(),
            };
        }
        let goroutine = pane.rows.get(index).and_then(|row| pane.get(*row));
        goroutine.map_or_else(Line::default, |goroutine| {
            table.row(
                cells(
                    pane,
                    goroutine,
                    (table.short, room_of_function(&table.widths)),
                    theme,
                ),
                theme,
            )
        })
    });
    (seen, pane.len())
}

/// The columns of the goroutines in sight.
struct Table {
    columns: [Column; 7],
    widths: Vec<u16>,
    /// Whether file names go without their ending: with it something would be cut.
    short: bool,
}

impl Table {
    fn fit(pane: &Goroutines, in_sight: &[&Goroutine], room: u16) -> Self {
        let roomy = room >= ROOMY;
        let whole = columns(pane, in_sight, (false, roomy));
        let widths = fit_columns(&whole, room);
        // Waits and labels, the last two, do not count: labels are cut more often than not.
        let is_cut = whole
            .iter()
            .zip(&widths)
            .take(5)
            .any(|(column, width)| *width < column.wanted);
        if !is_cut {
            return Self {
                columns: whole,
                widths,
                short: false,
            };
        }
        let columns = columns(pane, in_sight, (true, roomy));
        Self {
            widths: fit_columns(&columns, room),
            columns,
            short: true,
        }
    }

    fn row(&self, cells: Vec<Line<'static>>, theme: &Theme) -> Line<'static> {
        row(&self.columns, &self.widths, cells, theme.glyphs.ellipsis)
    }
}

/// Columns from which on `chan receive` and a method's name are shown whole; one long file name in
/// sight must not take their place.
const ROOMY: u16 = 34;

/// Columns as wide as the goroutines in sight need, within reason.
fn columns(pane: &Goroutines, in_sight: &[&Goroutine], (short, roomy): (bool, bool)) -> [Column; 7] {
    let (mut state, mut function, mut place) = (0, 0, 0);
    for goroutine in in_sight {
        let here = location_of(goroutine, pane.location);
        state = state.max(width(goroutine.state()));
        function = function.max(
            here.function
                .as_deref()
                .map_or(8, |name| width(&short_function(name))),
        );
        place = place.max(file_line(here, short).map_or(0, |text| width(&text)));
    }
    let columns = |text: usize, most: u16| u16::try_from(text).unwrap_or(most).min(most);
    let fixed = |width: u16, importance: u8| Column {
        least: width,
        wanted: width,
        importance,
        ..Column::default()
    };
    let flexible = |least: u16, wanted: u16, importance: u8| Column {
        least: least.min(wanted),
        wanted,
        importance,
        ..Column::default()
    };
    let (least_state, least_function) = if roomy { (12, 16) } else { (8, 10) };
    let optional = |is_there: bool, column: Column| if is_there { column } else { fixed(0, 0) };
    [
        fixed(1, 100),
        Column {
            align: Align::Right,
            ..fixed(columns(pane.id_width, 12), 90)
        },
        flexible(least_state, columns(state, 22), 70),
        // The end of a name says most: the method, the file and line.
        Column {
            align: Align::Path,
            ..flexible(least_function, columns(function, 44), 80)
        },
        Column {
            align: Align::Path,
            ..flexible(12, columns(place, 28), 40)
        },
        optional(pane.has_waits, fixed(6, 30)),
        optional(
            pane.has_labels,
            Column {
                grow: 1,
                ..flexible(12, 24, 20)
            },
        ),
    ]
}

fn room_of_function(widths: &[u16]) -> usize {
    widths.get(3).copied().map_or(0, usize::from)
}

fn cells(
    pane: &Goroutines,
    goroutine: &Goroutine,
    (short, room): (bool, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let guilty = pane.guilty == Some(goroutine.id);
    let place = location_of(goroutine, pane.location);
    let base = base_style(goroutine, guilty, theme);
    let function = match &place.function {
        Some(name) => Line::from(foreign(&fitting_function(name, room), base)),
        None => styled(place.pc.to_string(), theme.style(Scope::RoleAddress)),
    };
    let wait = goroutine.wait_since_ns.map(duration).unwrap_or_default();
    let dim = theme.style(Scope::TextDim);
    vec![
        mark(goroutine, (guilty, pane.changed.contains(&goroutine.id)), theme),
        styled(goroutine.id.to_string(), if guilty { base } else { dim }),
        Line::from(foreign(goroutine.state(), state_style(goroutine, theme))),
        function,
        styled(file_line(place, short).unwrap_or_default(), dim),
        styled(wait, dim),
        labels_line(goroutine, theme),
    ]
}

fn base_style(goroutine: &Goroutine, guilty: bool, theme: &Theme) -> Style {
    theme.style(if guilty {
        Scope::Guilty
    } else if goroutine.system {
        Scope::RuntimeFrame
    } else {
        Scope::Text
    })
}

fn state_style(goroutine: &Goroutine, theme: &Theme) -> Style {
    if goroutine.system {
        theme.style(Scope::RuntimeFrame)
    } else {
        theme.status(goroutine.status)
    }
}

fn mark(goroutine: &Goroutine, (guilty, changed): (bool, bool), theme: &Theme) -> Line<'static> {
    if guilty {
        styled(theme.glyphs.guilty, theme.style(Scope::Guilty))
    } else if goroutine.damaged.is_some() {
        styled(theme.glyphs.warning, theme.style(Scope::Warning))
    } else if changed {
        styled(theme.glyphs.changed, theme.style(Scope::Changed))
    } else if goroutine.thread.is_some() {
        styled(theme.glyphs.bullet, theme.status(goroutine.status))
    } else {
        Line::default()
    }
}

fn labels_line(goroutine: &Goroutine, theme: &Theme) -> Line<'static> {
    let texts: Vec<String> = goroutine
        .labels
        .iter()
        .map(|(key, value)| format!("{}={}", visible(key), visible(value)))
        .collect();
    styled(texts.join(" "), theme.style(Scope::Label))
}

fn heading(
    pane: &Goroutines,
    group: usize,
    example: Option<&Goroutine>,
    (count, open): (usize, bool),
    theme: &Theme,
) -> Line<'static> {
    let sign = if open {
        theme.glyphs.unfolded
    } else {
        theme.glyphs.folded
    };
    let mut spans = vec![
        Span::styled(format!("{sign} "), theme.style(Scope::TreeFold)),
        Span::styled(
            format!("{:>4} x ", thousands(count as u64)),
            theme.style(Scope::Group),
        ),
    ];
    let by_stack = matches!(pane.grouping, Some(GroupKey::Stack) | None);
    match example {
        Some(goroutine) if by_stack => {
            let guilty = pane.guilty == Some(goroutine.id);
            spans.push(foreign(
                &format!("{} ", goroutine.state()),
                state_style(goroutine, theme),
            ));
            let place = location_of(goroutine, pane.location);
            let name = place.function.as_deref().map(short_function).unwrap_or_default();
            spans.push(foreign(&name, base_style(goroutine, guilty, theme)));
            if let (Some(file), Some(line)) = (&place.file, place.line) {
                let text = format!(" {}:{line}", base_name(file));
                spans.push(foreign(&text, theme.style(Scope::TextDim)));
            }
        }
        _ => {
            let key = pane.groups.ready().and_then(|groups| groups.groups.get(group));
            let text = key.map_or("?", |group| group.key.as_str());
            spans.push(foreign(text, theme.style(Scope::Text)));
        }
    }
    Line::from(spans)
}

/// A goroutine below the heading of its group.
fn member(
    pane: &Goroutines,
    goroutine: &Goroutine,
    (table, room): (&Table, u16),
    theme: &Theme,
) -> Line<'static> {
    let widths = fit_columns(&table.columns, room.saturating_sub(2));
    let mut spans = vec![Span::styled(
        format!("{} ", theme.glyphs.tree_guide),
        theme.style(Scope::TreeGuide),
    )];
    let cells = cells(pane, goroutine, (table.short, room_of_function(&widths)), theme);
    spans.extend(row(&table.columns, &widths, cells, theme.glyphs.ellipsis).spans);
    Line::from(spans)
}

fn empty_text(state: &AppState) -> String {
    let pane = &state.goroutines;
    match (&state.session, &pane.list) {
        (Loadable::Failed(_), _) => String::new(),
        (_, Loadable::Failed(failure)) => failure_text(failure),
        (_, Loadable::Loading { since }) => waiting_text(state, *since, "reading goroutines"),
        (_, Loadable::Empty) => String::new(),
        (_, Loadable::Ready(list)) => {
            if let (Some(_), Loadable::Loading { since }) = (&pane.grouping, &pane.groups) {
                return waiting_text(state, *since, "grouping goroutines");
            }
            if let Loadable::Failed(failure) = &pane.groups {
                return failure_text(failure);
            }
            if list.goroutines.is_empty() {
                let why = list.problems.first().map_or("", String::as_str);
                return format!("no goroutines were found {}", visible(why));
            }
            if pane.is_building() {
                return "filtering...".to_owned();
            }
            if pane.filter_text.is_empty() {
                return "only the runtime's own goroutines are here: u shows them".to_owned();
            }
            format!(
                "nothing matches {}: Esc clears the filter",
                visible(&pane.filter_text)
            )
        }
    }
}
