//! The whole screen from the state: a pure function, cost proportional to what is seen.
//!
//! Header, panes, footer; overlays last. Also where tabs are, for the mouse.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::app::AppState;
use super::bars;
use super::layout::{Class, PaneArea, SMALLEST, Screen};
use super::overlays;
use super::panes::code::CodeMode;
use super::panes::{code, details, goroutines, source, stack, variables};
use super::place::{Pane, Tab};
use super::theme::{Scope, Theme};
use super::widgets::{Panel, Tabs, draw_scrollbar, fill, line_width, put, put_line, width};

/// What a pane says in its frame.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// After the title.
    pub note: Line<'static>,
    /// At the right end of the upper frame.
    pub right: Line<'static>,
    /// At the right end of the lower frame.
    pub bottom: Line<'static>,
}

/// Draws everything.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    fill(buf, area, theme.style(Scope::Background));
    let screen = state.screen();
    if screen.class == Class::TooSmall {
        draw_notice(state, area, theme, buf);
        return;
    }
    bars::draw_header(state, screen.header, theme, buf);
    if let Some(tabs) = screen.tabs {
        draw_pane_tabs(state, tabs, theme, buf);
    }
    // The focused one last: its colour wins on shared borders.
    let (focused, others): (Vec<_>, Vec<_>) = screen.panes.iter().partition(|area| area.pane == state.focus);
    for area in others.into_iter().chain(focused) {
        draw_pane(state, &screen, area, theme, buf);
    }
    bars::draw_footer(state, screen.footer, theme, buf);
    overlays::view(state, area, theme, buf);
}

fn draw_notice(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let (width_needed, height_needed) = SMALLEST;
    let long = format!(
        "terminal {}x{} is too small, need {width_needed}x{height_needed} (q quits)",
        state.width, state.height
    );
    let short = format!("need {width_needed}x{height_needed}, q quits");
    let text = if width(&long) <= usize::from(area.width) {
        long
    } else {
        short
    };
    let columns = u16::try_from(width(&text)).unwrap_or(area.width);
    let x = area.x + area.width.saturating_sub(columns) / 2;
    let y = area.y + area.height.saturating_sub(1) / 2;
    put(buf, (x, y), area.width, &text, theme.style(Scope::Warning));
}

/// The line of panes on a small screen: `1 Gor 2 Stk 3 Src 4 Var 5 Reg`, and what the pane says.
fn draw_pane_tabs(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    fill(buf, area, theme.style(Scope::Background));
    let mut x = area.x;
    for pane in Pane::ALL {
        let scope = if pane == state.focus {
            Scope::TitleFocused
        } else {
            Scope::Tab
        };
        x += put(
            buf,
            (x, area.y),
            area.right().saturating_sub(x),
            &small_title(pane),
            theme.style(scope),
        );
    }
    let labels = labels(
        state,
        state.focus,
        usize::from(area.right().saturating_sub(x)),
        theme,
    );
    let room = area.right().saturating_sub(x + 1);
    let note = if line_width(&labels.right) > 0 {
        labels.right
    } else {
        labels.note
    };
    if line_width(&note) <= usize::from(room) {
        let columns = u16::try_from(line_width(&note)).unwrap_or(room);
        put_line(
            buf,
            (area.right().saturating_sub(columns), area.y),
            columns,
            &note,
        );
    }
}

fn small_title(pane: Pane) -> String {
    format!(" {} {} ", pane.digit(), pane.abbreviation())
}

/// The pane whose title on the tab line is at a column.
#[must_use]
pub fn pane_tab_at(_: &AppState, column: usize) -> Option<Pane> {
    let mut start = 0;
    Pane::ALL.into_iter().find(|pane| {
        let end = start + width(&small_title(*pane));
        let hit = (start..end).contains(&column);
        start = end;
        hit
    })
}

fn draw_pane(state: &AppState, screen: &Screen, area: &PaneArea, theme: &Theme, buf: &mut Buffer) {
    let focused = state.focus == area.pane;
    let mut bar = Rect {
        x: area.inner.right().saturating_sub(1),
        width: 1,
        ..area.inner
    };
    if screen.has_borders() {
        let room = usize::from(area.frame.width).saturating_sub(14);
        let labels = labels(state, area.pane, room, theme);
        let panel = Panel {
            digit: Some(area.pane.digit()),
            title: title(state, area.pane),
            note: labels.note,
            right: labels.right,
            bottom: labels.bottom,
            focused,
        };
        bar = panel.draw(area.frame, theme, buf).scrollbar;
    }
    let (window, len) = draw_body(state, area.pane, area.inner, theme, buf);
    if focused {
        draw_scrollbar(buf, bar, &window, len, theme);
    }
}

fn title(state: &AppState, pane: Pane) -> &'static str {
    match pane {
        // Their tabs are their titles.
        Pane::Variables | Pane::Details => "",
        Pane::Source => match state.code.mode {
            CodeMode::Disassembly => "Disassembly",
            CodeMode::Mixed => "Source and code",
            CodeMode::Usual | CodeMode::Source => pane.title(),
        },
        pane => pane.title(),
    }
}

fn labels(state: &AppState, pane: Pane, room: usize, theme: &Theme) -> Labels {
    let mut labels = match pane {
        Pane::Goroutines => goroutines::labels(state, room, theme),
        Pane::Stack => stack::labels(state, theme),
        Pane::Source if state.code.mode.is_code() => code::labels(state, theme),
        Pane::Source => source::labels(state, room, theme),
        Pane::Variables => variables::labels(state, theme),
        Pane::Details => details::labels(state, theme),
    };
    if let Some(tabs) = TabLine::of(state, pane) {
        labels.note = tabs.line(room, theme);
    }
    labels
}

fn draw_body(
    state: &AppState,
    pane: Pane,
    area: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) -> (std::ops::Range<usize>, usize) {
    match pane {
        Pane::Goroutines => goroutines::view(state, area, theme, buf),
        Pane::Stack => stack::view(state, area, theme, buf),
        Pane::Source => draw_source(state, area, theme, buf),
        Pane::Variables => variables::view(state, area, theme, buf),
        Pane::Details => details::view(state, area, theme, buf),
    }
}

/// Source, instructions, or one above the other.
fn draw_source(
    state: &AppState,
    area: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) -> (std::ops::Range<usize>, usize) {
    let (above, below) = state.source_areas();
    let Some(below) = below else {
        return source::view(state, area, theme, buf);
    };
    if state.code.mode.is_code() {
        return code::view(state, false, below, theme, buf);
    }
    let seen = source::view(state, above, theme, buf);
    let border = theme.style(Scope::Border);
    let line = theme.glyphs.horizontal.repeat(usize::from(area.width));
    put(buf, (area.x, above.bottom()), area.width, &line, border);
    let label = code::labels(state, theme).note;
    let columns = u16::try_from(line_width(&label))
        .unwrap_or(0)
        .min(area.width.saturating_sub(4));
    if columns > 0 {
        put(
            buf,
            (area.x + 1, above.bottom()),
            columns + 2,
            &" ".repeat(usize::from(columns) + 2),
            border,
        );
        put_line(buf, (area.x + 2, above.bottom()), columns, &label);
    }
    code::view(state, true, below, theme, buf);
    seen
}

/// The tabs in the frame of a pane.
struct TabLine {
    tabs: Vec<Tab>,
    titles: Vec<&'static str>,
    active: usize,
}

impl TabLine {
    fn of(state: &AppState, pane: Pane) -> Option<Self> {
        let tab = state.tab(pane)?;
        let screen = state.screen();
        let shared = screen.lower_is_shared() && screen.class != Class::Single;
        let tabs: Vec<Tab> = if shared {
            Tab::ALL.to_vec()
        } else {
            pane.tabs().to_vec()
        };
        Some(Self {
            titles: tabs.iter().map(|tab| tab.title()).collect(),
            active: tabs.iter().position(|known| *known == tab).unwrap_or(0),
            tabs,
        })
    }

    fn widget(&self) -> Tabs<'_> {
        Tabs {
            titles: &self.titles,
            active: self.active,
        }
    }

    fn line(&self, room: usize, theme: &Theme) -> Line<'static> {
        self.widget().line(room, theme)
    }
}

/// The tab at a column of the upper frame of a pane.
#[must_use]
pub fn tab_at(state: &AppState, area: &PaneArea, column: u16) -> Option<Tab> {
    let tabs = TabLine::of(state, area.pane)?;
    let room = usize::from(area.frame.width).saturating_sub(14);
    // Left corner, " 4 ", and a blank.
    let x = usize::from(column.checked_sub(area.frame.x + 5)?);
    tabs.tabs.get(tabs.widget().at(x, room)?).copied()
}

/// A line of one style.
#[must_use]
pub fn styled(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

/// What a pane says while its data is awaited: nothing for a moment, so that quick loads do not
/// flicker.
#[must_use]
pub fn waiting_text(state: &AppState, since: u64, what: &str) -> String {
    if state.now.saturating_sub(since) < 100 {
        return String::new();
    }
    match state.jobs.shown(state.now).and_then(|job| job.progress.as_ref()) {
        Some(progress) if !progress.phase.is_empty() => format!("{what}: {}...", progress.phase),
        _ => format!("{what}..."),
    }
}

/// A failure in the place of the data: what, why, what to do.
#[must_use]
pub fn failure_text(failure: &crate::model::Failure) -> String {
    let mut text = crate::base::visible(&failure.to_string()).into_owned();
    for hint in &failure.hints {
        text.push_str("\n\n");
        text.push_str(&crate::base::visible(hint));
    }
    text
}
