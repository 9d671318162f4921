//! How values look: name, type and one line of value, under one another.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Variables;
use super::tree::{Node, NodeId, Tree, TreeRow, can_open};
use crate::base::visible;
use crate::model::{Failure, Value, ValueState, VariableRole};
use crate::ui::app::AppState;
use crate::ui::loadable::Loadable;
use crate::ui::panes::source::matches;
use crate::ui::place::{Pane, Tab};
use crate::ui::text::{foreign, short_type};
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{
    self, Fold, List, ellipsis_end, ellipsis_start, pad_end, put_line, thousands, width,
};

/// Names and types wider than this do not push the values to the right.
const WIDEST_NAME: usize = 18;
const WIDEST_TYPE: usize = 18;

/// Filter and remarks, for the frame.
#[must_use]
pub fn labels(state: &AppState, theme: &Theme) -> Labels {
    let pane = &state.variables;
    let filter = if pane.tab == Tab::Globals {
        &pane.globals_filter
    } else {
        &pane.filter_text
    };
    let right = if filter.is_empty() {
        Line::default()
    } else {
        Line::from(vec![
            Span::styled("/", theme.style(Scope::Prompt)),
            foreign(filter, theme.style(Scope::Match)),
        ])
    };
    let remark = pane.scope.ready().and_then(|scope| scope.note.clone());
    let bottom = match remark {
        _ if pane.tab != Tab::Globals && !filter.is_empty() => searched(pane, theme),
        Some(note) if matches!(pane.tab, Tab::Locals | Tab::Args) && !pane.is_empty() => Line::from(foreign(
            &format!("{} {note}", theme.glyphs.warning),
            theme.style(Scope::Warning),
        )),
        _ => Line::default(),
    };
    Labels {
        right,
        bottom,
        ..Labels::default()
    }
}

/// How much a filter has looked at: what is not loaded may hold more.
fn searched(pane: &Variables, theme: &Theme) -> Line<'static> {
    let count = pane.branch().map_or(0, |branch| branch.tree.loaded_count());
    let text = match count {
        1 => "only the 1 loaded value is searched".to_owned(),
        count => format!("only the {} loaded values are searched", thousands(count as u64)),
    };
    styled(text, theme.style(Scope::TitleNote))
}

/// Rows above the tree: the way to what is followed.
#[must_use]
pub fn head_rows(pane: &Variables) -> usize {
    usize::from(pane.branch().is_some_and(|branch| branch.tree.top().is_some()))
}

/// Draws the rows. Returns those seen and how many there are.
pub fn view(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) -> (Range<usize>, usize) {
    let pane = &state.variables;
    let empty = empty_text(state);
    let branch = pane.branch();
    let list = List {
        len: pane.len(),
        state: branch.map(|branch| branch.scroll).unwrap_or_default(),
        focused: state.focus == Pane::Variables,
        empty: &empty,
    };
    let Some(branch) = branch else {
        return (list.draw(area, theme, buf, |_, _| Line::default()), 0);
    };
    let head = u16::try_from(head_rows(pane)).unwrap_or(0).min(area.height);
    if head > 0 {
        draw_way(state, &branch.tree, area, theme, buf);
    }
    let area = Rect {
        y: area.y + head,
        height: area.height - head,
        ..area
    };
    let look = Look {
        tree: &branch.tree,
        now: state.now,
        found: match pane.tab {
            Tab::Globals => &pane.globals_filter,
            _ => &pane.filter_text,
        },
        theme,
    };
    (draw_tree(&look, list, area, buf), list.len)
}

/// `o › Next  - back`: where what is shown hangs.
fn draw_way(state: &AppState, tree: &Tree, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let Some(top) = tree.top() else { return };
    let keys = state.options.keymap.keys_of("follow-back");
    let back = keys
        .into_iter()
        .next()
        .map(|key| format!("  {key} back "))
        .unwrap_or_default();
    let room = usize::from(area.width).saturating_sub(width(&back) + 3);
    let path = visible(&tree.path(top)).into_owned();
    let line = Line::from(vec![
        Span::styled(
            format!(" {} ", theme.glyphs.arrow_right),
            theme.style(Scope::TreeFold),
        ),
        Span::styled(
            ellipsis_start(&path, room, theme.glyphs.ellipsis),
            theme.style(Scope::TextStrong),
        ),
        Span::styled(back, theme.style(Scope::TextDim)),
    ]);
    put_line(buf, (area.x, area.y), area.width, &line);
}

/// What the rows of a tree are drawn from.
#[derive(Debug)]
pub struct Look<'a> {
    pub tree: &'a Tree,
    pub now: u64,
    /// Text to mark.
    pub found: &'a str,
    pub theme: &'a Theme,
}

/// Draws the rows of a tree. Returns those seen.
pub fn draw_tree(look: &Look<'_>, list: List<'_>, area: Rect, buf: &mut Buffer) -> Range<usize> {
    let (tree, theme) = (look.tree, look.theme);
    let window = list.state.window(list.len, usize::from(area.height));
    let widths = Widths::of(tree, window, usize::from(area.width));
    widgets::Tree(list).draw(area, theme, buf, |index, columns| match tree.rows().get(index) {
        Some(TreeRow::Value(id)) => tree
            .node(*id)
            .map(|node| value_row(look, *id, node, &widths))
            .unwrap_or_default(),
        Some(TreeRow::More(id)) => more_row(tree, *id, theme),
        Some(TreeRow::Failure(id)) => failure_row(tree, *id, usize::from(columns), theme),
        None => widgets::TreeRow {
            content: styled(
                format!("+{} more: Enter loads them", thousands(tree.more_roots)),
                theme.style(Scope::TextDim),
            ),
            ..widgets::TreeRow::default()
        },
    })
}

/// Columns of names and types: what the rows in sight need, within reason.
struct Widths {
    name: usize,
    type_name: usize,
}

impl Widths {
    fn of(tree: &Tree, window: Range<usize>, room: usize) -> Self {
        let rows = tree.rows().iter().skip(window.start).take(window.len());
        let nodes = rows.filter_map(|row| match row {
            TreeRow::Value(id) => tree.node(*id),
            _ => None,
        });
        let (mut name, mut type_name) = (0, 0);
        for node in nodes {
            if node.failed.is_some() && node.parent.is_none() {
                continue;
            }
            name = name.max(width(&visible(&node.value.name)) + 2 * tree.depth(node));
            type_name = type_name.max(width(&visible(&short_type(&node.value.type_name))));
        }
        Self {
            name: name.min(WIDEST_NAME).min(room / 3),
            type_name: type_name.min(WIDEST_TYPE).min(room / 3),
        }
    }
}

fn value_row(look: &Look<'_>, id: NodeId, node: &Node, widths: &Widths) -> widgets::TreeRow<'static> {
    let (value, theme) = (&node.value, look.theme);
    let depth = look.tree.depth(node);
    let fold = fold_of(look, id, node);
    if let Some(failure) = node
        .failed
        .as_ref()
        .filter(|_| node.parent.is_none() && !can_open(node))
    {
        return widgets::TreeRow {
            depth,
            fold,
            content: faulty(&value.name, failure, theme),
        };
    }
    let ellipsis = theme.glyphs.ellipsis;
    let room = widths.name.saturating_sub(2 * depth).max(3);
    let name = ellipsis_end(&visible(&value.name), room, ellipsis);
    let type_name = ellipsis_end(
        &visible(&short_type(&value.type_name)),
        widths.type_name,
        ellipsis,
    );
    let name_scope = if value.shadowed {
        Scope::TextDim
    } else {
        Scope::RoleName
    };
    let mut spans = vec![
        Span::styled(format!("{} ", pad_end(&name, room)), theme.style(name_scope)),
        Span::styled(
            format!("{} ", pad_end(&type_name, widths.type_name)),
            theme.style(Scope::RoleType),
        ),
    ];
    spans.extend(value_spans(value, theme));
    widgets::TreeRow {
        depth,
        fold,
        content: Line::from(mark_found(spans, look.found, theme.style(Scope::Match))),
    }
}

/// An expression that failed, the part at fault marked.
fn faulty(expression: &str, failure: &Failure, theme: &Theme) -> Line<'static> {
    let plain = theme.style(Scope::RoleName);
    let (before, at, after) = cut_at(expression, failure);
    Line::from(vec![
        foreign(before, plain),
        foreign(at, plain.patch(theme.style(Scope::Error))),
        foreign(after, plain),
    ])
}

/// What stands before, at and after the place that is at fault.
fn cut_at<'a>(expression: &'a str, failure: &Failure) -> (&'a str, &'a str, &'a str) {
    let cut = |from: usize, to: usize| expression.get(from..to);
    let end = expression.len();
    let range = failure.at.clone().unwrap_or(0..end);
    let (from, to) = (range.start.min(end), range.end.clamp(range.start.min(end), end));
    match (cut(0, from), cut(from, to), cut(to, end)) {
        (Some(before), Some(at), Some(after)) => (before, at, after),
        _ => ("", expression, ""),
    }
}

/// Marks where the text of spans contains what is searched.
fn mark_found(spans: Vec<Span<'static>>, found: &str, style: Style) -> Vec<Span<'static>> {
    if found.is_empty() {
        return spans;
    }
    let mut out = Vec::new();
    for span in spans {
        let mut rest = 0;
        for range in matches(&span.content, found, false) {
            let piece = |range: Range<usize>| span.content.get(range).unwrap_or_default().to_owned();
            out.push(Span::styled(piece(rest..range.start), span.style));
            out.push(Span::styled(piece(range.clone()), span.style.patch(style)));
            rest = range.end;
        }
        let last = span.content.get(rest..).unwrap_or_default().to_owned();
        out.push(Span::styled(last, span.style));
    }
    out
}

fn fold_of(look: &Look<'_>, id: NodeId, node: &Node) -> Fold {
    match node.loading {
        Some(since) => Fold::Loading(usize::try_from(look.now.saturating_sub(since) / 100).unwrap_or(0)),
        None if !can_open(node) => Fold::Leaf,
        None if look.tree.is_unfolded(id) => Fold::Open,
        None => Fold::Closed,
    }
}

fn value_spans(value: &Value, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = summary_spans(value, theme);
    let missing = match value.state {
        ValueState::Ok => None,
        ValueState::Partial => Some("partly lost"),
        ValueState::OptimizedOut => Some("optimised away"),
        ValueState::Unreadable => Some("unreadable"),
        ValueState::Unsupported => Some("not read by this version"),
    };
    if let Some(word) = missing {
        let why = value.unreadable.as_deref().unwrap_or(word);
        let plain = value.summary.plain();
        if plain.is_empty() {
            spans.push(foreign(why, theme.style(Scope::RoleMissing)));
        } else if !plain.contains(why) {
            spans.push(foreign(&format!("  ({why})"), theme.style(Scope::RoleMissing)));
        }
    }
    let remark = match (value.role, value.shadowed) {
        (_, true) => "  (shadowed)",
        (VariableRole::Result, _) => "  (result)",
        (VariableRole::Captured, _) => "  (captured)",
        _ => "",
    };
    spans.push(Span::styled(remark, theme.style(Scope::TextDim)));
    spans
}

/// The summary without the type at its start: the column before it says the type.
fn summary_spans(value: &Value, theme: &Theme) -> Vec<Span<'static>> {
    let plain = value.summary.plain();
    let rest = plain.strip_prefix(&value.type_name).map(str::trim_start);
    // `T {..}`, `T len: 3` and `T nil` read as well without their `T`; a conversion `T(..)` does not.
    let mut skip = match rest {
        Some(rest) if rest.starts_with(['{', '[']) || rest.starts_with("len: ") || rest == "nil" => {
            plain.len() - rest.len()
        }
        _ => 0,
    };
    let mut spans = Vec::new();
    for run in &value.summary.0 {
        let hidden = skip.min(run.text.len());
        skip -= hidden;
        let shown = run.text.get(hidden..).unwrap_or(&run.text);
        if !shown.is_empty() {
            spans.push(foreign(shown, theme.role(run.role)));
        }
    }
    spans
}

fn more_row(tree: &Tree, id: usize, theme: &Theme) -> widgets::TreeRow<'static> {
    let node = tree.node(id);
    widgets::TreeRow {
        depth: node.map_or(0, |node| tree.depth(node) + 1),
        fold: Fold::Leaf,
        content: styled(
            format!(
                "+{} more: Enter loads them",
                thousands(node.map_or(0, |node| node.more))
            ),
            theme.style(Scope::TextDim),
        ),
    }
}

fn failure_row(tree: &Tree, id: usize, columns: usize, theme: &Theme) -> widgets::TreeRow<'static> {
    let node = tree.node(id);
    let Some((node, failure)) = node.and_then(|node| Some((node, node.failed.as_ref()?))) else {
        return widgets::TreeRow::default();
    };
    let style = theme.style(Scope::RoleMissing);
    if node.parent.is_some() || can_open(node) {
        return widgets::TreeRow {
            depth: tree.depth(node) + 1,
            fold: Fold::Leaf,
            content: Line::from(foreign(&failure.to_string(), style)),
        };
    }
    let content = match &failure.at {
        Some(_) => caret_line(&node.value.name, failure, columns.saturating_sub(2), theme),
        None => Line::from(foreign(&failure.to_string(), style)),
    };
    widgets::TreeRow {
        depth: tree.depth(node),
        fold: Fold::Leaf,
        content,
    }
}

/// `    ^^^ no such field`, under the expression; the words go before the carets where there is more
/// room.
#[must_use]
pub fn caret_line(expression: &str, failure: &Failure, columns: usize, theme: &Theme) -> Line<'static> {
    let (before, at, _) = cut_at(expression, failure);
    let indent = width(&visible(before));
    let carets = "^".repeat(width(&visible(at)).clamp(1, columns.saturating_sub(indent).max(1)));
    let message = visible(&failure.to_string()).into_owned();
    let (error, words) = (theme.style(Scope::Error), theme.style(Scope::RoleMissing));
    let after = columns.saturating_sub(indent + carets.len() + 1);
    if width(&message) > after && indent > after {
        let message = ellipsis_end(&message, indent.saturating_sub(1), theme.glyphs.ellipsis);
        return Line::from(vec![
            Span::styled(pad_end(&message, indent), words),
            Span::styled(carets, error),
        ]);
    }
    Line::from(vec![
        Span::raw(" ".repeat(indent)),
        Span::styled(format!("{carets} "), error),
        Span::styled(message, words),
    ])
}

fn empty_text(state: &AppState) -> String {
    let pane = &state.variables;
    if pane.tab == Tab::Globals {
        return match &pane.globals {
            Loadable::Failed(failure) => failure_text(failure),
            Loadable::Loading { since } => waiting_text(state, *since, "loading package variables"),
            Loadable::Ready(_) if !pane.globals_filter.is_empty() => {
                format!(
                    "no package variable contains {}: Esc clears the filter",
                    visible(&pane.globals_filter)
                )
            }
            _ => "no package variables are known: the program has no debug information".to_owned(),
        };
    }
    if pane.tab == Tab::Watch {
        return match pane.watches.expressions().len() {
            0 => watch_hint(state),
            _ => format!(
                "no watched value contains {}: Esc clears the filter",
                visible(&pane.filter_text)
            ),
        };
    }
    match &pane.scope {
        Loadable::Failed(failure) => failure_text(failure),
        Loadable::Loading { since } => waiting_text(state, *since, "loading variables"),
        Loadable::Empty => String::new(),
        Loadable::Ready(_) if !pane.filter_text.is_empty() => {
            format!(
                "nothing that is loaded contains {}: Esc clears the filter",
                visible(&pane.filter_text)
            )
        }
        Loadable::Ready(scope) => {
            let what = if pane.tab == Tab::Args {
                "arguments"
            } else {
                "locals"
            };
            match &scope.note {
                Some(note) => format!("no {what}: {}", visible(note)),
                None => format!("this frame has no {what}; [ and ] show the other tabs"),
            }
        }
    }
}

fn watch_hint(state: &AppState) -> String {
    let keys = state.options.keymap.keys_of("watch");
    match keys.first() {
        Some(key) => {
            format!("nothing is watched: {key} takes an expression, which is evaluated anew in every frame")
        }
        None => "nothing is watched: `:watch EXPR` takes an expression".to_owned(),
    }
}
