//! How overlays look.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picker::PickerRow;
use super::prompt::{Prompt, PromptKind};
use super::{Menu, Overlay, Pager, Picker};
use crate::base::visible;
use crate::ui::action::Action;
use crate::ui::app::AppState;
use crate::ui::key::sequence_name;
use crate::ui::loadable::Loadable;
use crate::ui::panes::goroutines::FIELDS;
use crate::ui::place::Pane;
use crate::ui::text::foreign;
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::styled;
use crate::ui::widgets::{
    List, Paragraph, Popup, ellipsis_end, fill, pad_end, pad_start, put, put_line, width, wrap_text,
};

/// Rows of a picker above its list: the input line and a blank.
pub const PICKER_HEAD: usize = 2;

/// Widest box of a picker.
const PICKER_COLUMNS: u16 = 90;

/// Draws what lies over the panes.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    if let Loadable::Failed(_) = state.session {
        draw_opening_failure(state, area, theme, buf);
    }
    for overlay in &state.overlays {
        match overlay {
            Overlay::Prompt(prompt) => draw_candidates(prompt, area, theme, buf),
            Overlay::Picker(picker) => draw_picker(state, picker, area, theme, buf),
            Overlay::Menu(menu) => draw_menu(menu, area, theme, buf),
            Overlay::Pager(pager) => draw_pager(state, pager, area, theme, buf),
            Overlay::Result(view) => super::result::draw(state, view, area, theme, buf),
            Overlay::Processes(picker) => super::processes_view::draw(state, picker, area, theme, buf),
            Overlay::Cores(picker) => super::cores_view::draw(state, picker, area, theme, buf),
            Overlay::Consent(consent) => consent.draw(area, theme, buf),
        }
    }
    draw_which_key(state, area, theme, buf);
}

/// The area inside an overlay, for the mouse.
#[must_use]
pub fn inside(state: &AppState, overlay: &Overlay) -> Rect {
    let screen = Rect::new(0, 0, state.width, state.height);
    let size = match overlay {
        Overlay::Prompt(_) => return Rect::ZERO,
        Overlay::Picker(_) => picker_size(screen),
        Overlay::Menu(menu) => menu_size(menu),
        Overlay::Pager(_) => Pager::inner_size(screen.width, screen.height),
        Overlay::Result(_) => super::ResultView::inner_size(screen.width, screen.height),
        Overlay::Consent(consent) => consent.size(screen),
        Overlay::Processes(_) | Overlay::Cores(_) => (screen.width, screen.height),
    };
    let around = match overlay {
        Overlay::Processes(_) | Overlay::Cores(_) => super::processes_view::place(screen),
        _ => screen,
    };
    let place = Popup {
        size,
        ..Popup::default()
    }
    .place(around);
    Rect {
        x: place.x.saturating_add(2),
        y: place.y.saturating_add(1),
        width: place.width.saturating_sub(4),
        height: place.height.saturating_sub(2),
    }
}

pub(super) fn keys_line(keys: &[(&str, &str)], theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (index, (key, does)) in keys.iter().enumerate() {
        let gap = if index > 0 { " " } else { "" };
        spans.push(Span::raw(gap));
        spans.push(Span::styled((*key).to_owned(), theme.style(Scope::PopupTitle)));
        spans.push(Span::styled(format!(" {does} "), theme.style(Scope::TextDim)));
    }
    Line::from(spans)
}

/// The input line, in the footer. `false` when none is open.
pub fn draw_footer_prompt(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) -> bool {
    let Some(Overlay::Prompt(prompt)) = state.overlays.last() else {
        return false;
    };
    fill(buf, area, theme.style(Scope::Background));
    let placeholder = match prompt.kind {
        PromptKind::Command => "a command or action; Tab completes".to_owned(),
        PromptKind::Search if state.is_in_code() => "text of an instruction, or an address".to_owned(),
        PromptKind::Search => "text in the source".to_owned(),
        PromptKind::Filter if state.focus == Pane::Goroutines => {
            let fields: Vec<String> = FIELDS.iter().map(|(name, _)| format!("{name}:")).collect();
            format!("text, !text, {}", fields.join(" "))
        }
        PromptKind::Filter if state.focus == Pane::Variables => "name, type or value".to_owned(),
        PromptKind::Filter => "text".to_owned(),
        PromptKind::Address => "0x... or an expression that points there".to_owned(),
        PromptKind::Watch(_) => "an expression of the program".to_owned(),
    };
    let note = note_of(state, prompt);
    let columns = u16::try_from(width(&note)).unwrap_or(0);
    let room = area
        .width
        .saturating_sub(if columns > 0 { columns + 1 } else { 0 });
    prompt.input.draw(
        Rect { width: room, ..area },
        prompt.kind.sign(),
        &placeholder,
        theme,
        buf,
    );
    put(
        buf,
        (area.x + room, area.y),
        columns + 1,
        &format!(" {note}"),
        theme.style(Scope::TextDim),
    );
    true
}

/// How much the text finds so far.
fn note_of(state: &AppState, prompt: &Prompt) -> String {
    match prompt.kind {
        PromptKind::Filter if state.focus == Pane::Goroutines => {
            format!("{} of {}", state.goroutines.rows.len(), state.goroutines.total())
        }
        _ => String::new(),
    }
}

/// Words that complete the command, above the footer.
fn draw_candidates(prompt: &Prompt, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let rows: Vec<Line<'static>> = prompt
        .candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| {
            let chosen = prompt.chosen == Some(at);
            let name = pad_end(&candidate.word, 14);
            let line = Line::from(vec![
                Span::styled(format!(" {name} "), theme.style(Scope::TextStrong)),
                Span::styled(format!("{} ", candidate.doc), theme.style(Scope::TextDim)),
            ]);
            if chosen {
                line.style(theme.style(Scope::Selection))
            } else {
                line
            }
        })
        .collect();
    draw_box_above_footer(&rows, None, area, theme, buf);
}

/// Keys that go on from those pressed.
fn draw_which_key(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    if state.pending.is_empty() {
        return;
    }
    let found = state.options.keymap.continuations(state.focus, &state.pending);
    let key_width = found.iter().map(|(keys, _)| width(keys)).max().unwrap_or(1);
    let rows: Vec<Line<'static>> = found
        .iter()
        .map(|(keys, action)| {
            let (key, doc) = match action.refusal(state) {
                Some(_) => (Scope::FooterDisabled, Scope::FooterDisabled),
                None => (Scope::PopupTitle, Scope::Text),
            };
            let why = action
                .refusal(state)
                .map(|why| format!("({why}) "))
                .unwrap_or_default();
            Line::from(vec![
                Span::styled(format!(" {} ", pad_start(keys, key_width)), theme.style(key)),
                Span::styled(format!(" {} {why}", action.doc), theme.style(doc)),
            ])
        })
        .collect();
    let title = sequence_name(&state.pending);
    draw_box_above_footer(&rows, Some(&title), area, theme, buf);
}

/// A box in the lower right corner, as high as its rows.
fn draw_box_above_footer(
    rows: &[Line<'static>],
    title: Option<&str>,
    area: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) {
    if rows.is_empty() {
        return;
    }
    let wide = rows.iter().map(crate::ui::widgets::line_width).max().unwrap_or(0);
    let columns = u16::try_from(wide)
        .unwrap_or(area.width)
        .saturating_add(4)
        .min(area.width);
    let count = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let height = count.saturating_add(2).min(area.height.saturating_sub(2));
    let place = Rect {
        x: area.right().saturating_sub(columns),
        y: area.bottom().saturating_sub(1 + height),
        width: columns,
        height,
    };
    let popup = Popup {
        title: title.unwrap_or_default(),
        size: (columns.saturating_sub(4), height.saturating_sub(2)),
        ..Popup::default()
    };
    let inner = popup.draw(place, theme, buf);
    for (y, line) in (inner.top()..inner.bottom()).zip(rows) {
        put_line(buf, (inner.x, y), inner.width, line);
        if line.style != ratatui::style::Style::new() {
            buf.set_style(
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
                line.style,
            );
        }
    }
}

fn picker_size(area: Rect) -> (u16, u16) {
    let rows = u16::try_from(Picker::rows_shown(area.height)).unwrap_or(area.height);
    (area.width.saturating_sub(8).min(PICKER_COLUMNS), rows + 2)
}

fn draw_picker(state: &AppState, picker: &Picker, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let title = match picker.pane {
        Some(pane) => format!("Keys in {}", pane.title()),
        None => "Actions".to_owned(),
    };
    let popup = Popup {
        title: &title,
        bottom: keys_line(&[("Enter", "does it"), ("Esc", "closes")], theme),
        size: picker_size(area),
    };
    let inner = popup.draw(area, theme, buf);
    let input = Rect {
        height: inner.height.min(1),
        ..inner
    };
    picker.input.draw(input, "> ", "type to filter", theme, buf);
    let body = Rect {
        y: inner.y.saturating_add(2),
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let list = List {
        len: picker.rows.len(),
        state: picker.list,
        focused: true,
        empty: "no action matches",
    };
    list.draw(body, theme, buf, |index, columns| match picker.rows.get(index) {
        Some(PickerRow::Heading(text)) => styled(*text, theme.style(Scope::Group)),
        Some(PickerRow::Action(action)) => action_line(state, action, usize::from(columns), theme),
        None => Line::default(),
    });
}

fn action_line(state: &AppState, action: &'static Action, columns: usize, theme: &Theme) -> Line<'static> {
    let keys = state.options.keymap.keys_of(action.name).join(", ");
    let refusal = action.refusal(state);
    let (key, text) = match refusal {
        Some(_) => (Scope::FooterDisabled, Scope::TextDim),
        None => (Scope::PopupTitle, Scope::Text),
    };
    let key_columns = 16.min(columns / 3);
    let keys = ellipsis_end(&keys, key_columns, theme.glyphs.ellipsis);
    let mut spans = vec![
        Span::styled(pad_start(&keys, key_columns), theme.style(key)),
        Span::raw("  "),
        Span::styled(action.doc, theme.style(text)),
    ];
    if let Some(why) = refusal {
        spans.push(Span::styled(format!("  ({why})"), theme.style(Scope::TextDim)));
    } else if columns > 70 {
        spans.push(Span::styled(
            format!("  {}", action.name),
            theme.style(Scope::TextDim),
        ));
    }
    Line::from(spans)
}

fn menu_size(menu: &Menu) -> (u16, u16) {
    let widest = menu
        .items
        .iter()
        .map(|item| width(&item.label))
        .max()
        .unwrap_or(0);
    let columns = widest.max(width(menu.title)).saturating_add(8);
    (
        u16::try_from(columns).unwrap_or(40),
        u16::try_from(menu.items.len()).unwrap_or(u16::MAX),
    )
}

fn draw_menu(menu: &Menu, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let popup = Popup {
        title: menu.title,
        bottom: Line::default(),
        size: menu_size(menu),
    };
    let inner = popup.draw(area, theme, buf);
    let list = List {
        len: menu.items.len(),
        state: menu.list,
        focused: true,
        empty: "",
    };
    list.draw(inner, theme, buf, |index, _| {
        let Some(item) = menu.items.get(index) else {
            return Line::default();
        };
        let letter = item.letter.map_or(' ', |letter| letter);
        let sign = if item.active { theme.glyphs.bullet } else { " " };
        Line::from(vec![
            Span::styled(format!("{sign} "), theme.style(Scope::Success)),
            Span::styled(format!("{letter}  "), theme.style(Scope::PopupTitle)),
            foreign(&item.label, theme.style(Scope::Text)),
        ])
    });
}

fn draw_pager(state: &AppState, pager: &Pager, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let (columns, most) = Pager::inner_size(area.width, area.height);
    let document = pager.document(state, usize::from(columns));
    let enter = if matches!(pager.page, super::Page::Crash) {
        "goes there"
    } else {
        "closes"
    };
    let keys = [
        ("Enter", enter),
        ("/", "searches"),
        ("y", "copies"),
        ("Esc", "closes"),
    ];
    let bottom = match (&pager.page, pager.search.is_empty()) {
        (super::Page::Text { loading: Some(_), .. }, _) => keys_line(&[("Esc", "cancels")], theme),
        (_, false) => keys_line(
            &[("n", "next"), ("N", "previous"), ("Esc", "ends the search")],
            theme,
        ),
        _ => keys_line(&keys, theme),
    };
    let rows = u16::try_from(document.len()).unwrap_or(most);
    let popup = Popup {
        title: &visible(&pager.title),
        bottom,
        size: (columns, rows.clamp(3.min(most), most)),
    };
    let inner = popup.draw(area, theme, buf);
    let height = usize::from(inner.height);
    let first = pager.list.offset.min(document.len().saturating_sub(height));
    let seen = first..document.len().min(first + height);
    for (y, index) in (inner.top()..inner.bottom()).zip(seen.clone()) {
        let line = document.row(index, &pager.search, theme);
        put_line(buf, (inner.x, y), inner.width, &line);
    }
    let bar = Rect {
        x: inner.right().saturating_add(1),
        width: 1,
        ..inner
    };
    crate::ui::widgets::draw_scrollbar(buf, bar, &seen, document.len(), theme);
    if let Some(typing) = &pager.typing {
        let last = Rect {
            y: inner.bottom().saturating_sub(1),
            height: inner.height.min(1),
            ..inner
        };
        fill(buf, last, theme.style(Scope::Popup));
        typing.draw(last, "search: ", "text", theme, buf);
    }
}

fn draw_opening_failure(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let Loadable::Failed(failure) = &state.session else {
        return;
    };
    let columns = area.width.saturating_sub(8).min(90);
    let mut rows = Vec::new();
    let mut say = |text: &str, scope: Scope| {
        for line in wrap_text(&visible(text), usize::from(columns)) {
            rows.push(styled(line, theme.style(scope)));
        }
    };
    say(&failure.message, Scope::Error);
    for cause in &failure.causes {
        say(&format!("because {cause}"), Scope::Text);
    }
    for hint in &failure.hints {
        say("", Scope::Text);
        say(hint, Scope::TextStrong);
    }
    let keys: &[_] = if state.picks() {
        &[("Esc", "back to the list"), ("q", "quits")]
    } else {
        &[("q", "quits")]
    };
    let popup = Popup {
        title: "Cannot open",
        bottom: keys_line(keys, theme),
        size: (
            columns,
            u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(1),
        ),
    };
    let inner = popup.draw(area, theme, buf);
    Paragraph {
        rows: &rows,
        offset: 0,
    }
    .draw(inner, buf);
}
