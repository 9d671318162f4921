//! How values look: name, type and one line of value, under one another.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::tree::{Node, Tree, TreeRow, can_open};
use crate::base::visible;
use crate::model::{Value, ValueState, VariableRole};
use crate::ui::app::AppState;
use crate::ui::loadable::Loadable;
use crate::ui::place::{Pane, Tab};
use crate::ui::text::{foreign, short_type};
use crate::ui::theme::{Scope, Theme};
use crate::ui::view::{Labels, failure_text, styled, waiting_text};
use crate::ui::widgets::{self, Fold, List, ellipsis_end, pad_end, thousands, width};

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
        Some(note) if pane.tab != Tab::Globals && !pane.is_empty() => Line::from(foreign(
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
    let tree = &branch.tree;
    let window = branch.scroll.window(list.len, usize::from(area.height));
    let widths = Widths::of(tree, window, usize::from(area.width));
    let seen = widgets::Tree(list).draw(area, theme, buf, |index, _| match tree.rows().get(index) {
        Some(TreeRow::Value(id)) => tree
            .node(*id)
            .map(|node| value_row(state, node, &widths, theme))
            .unwrap_or_default(),
        Some(TreeRow::More(id)) => more_row(tree, *id, theme),
        Some(TreeRow::Failure(id)) => failure_row(tree, *id, theme),
        None => widgets::TreeRow {
            content: styled(
                format!("+{} more: Enter loads them", thousands(tree.more_roots)),
                theme.style(Scope::TextDim),
            ),
            ..widgets::TreeRow::default()
        },
    });
    (seen, list.len)
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
            name = name.max(width(&visible(&node.value.name)) + 2 * node.depth);
            type_name = type_name.max(width(&visible(&short_type(&node.value.type_name))));
        }
        Self {
            name: name.min(WIDEST_NAME).min(room / 3),
            type_name: type_name.min(WIDEST_TYPE).min(room / 3),
        }
    }
}

fn value_row(state: &AppState, node: &Node, widths: &Widths, theme: &Theme) -> widgets::TreeRow<'static> {
    let value = &node.value;
    let ellipsis = theme.glyphs.ellipsis;
    let room = widths.name.saturating_sub(2 * node.depth).max(3);
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
        depth: node.depth,
        fold: fold_of(state, node),
        content: Line::from(spans),
    }
}

fn fold_of(state: &AppState, node: &Node) -> Fold {
    match node.loading {
        Some(since) => Fold::Loading(usize::try_from(state.now.saturating_sub(since) / 100).unwrap_or(0)),
        None if !can_open(node) => Fold::Leaf,
        None if node.open => Fold::Open,
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
        depth: node.map_or(0, |node| node.depth + 1),
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

fn failure_row(tree: &Tree, id: usize, theme: &Theme) -> widgets::TreeRow<'static> {
    let node = tree.node(id);
    let text = node
        .and_then(|node| node.failed.as_ref())
        .map(ToString::to_string)
        .unwrap_or_default();
    widgets::TreeRow {
        depth: node.map_or(0, |node| node.depth + 1),
        fold: Fold::Leaf,
        content: Line::from(foreign(&text, theme.style(Scope::RoleMissing))),
    }
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
    match &pane.scope {
        Loadable::Failed(failure) => failure_text(failure),
        Loadable::Loading { since } => waiting_text(state, *since, "loading variables"),
        Loadable::Empty => String::new(),
        Loadable::Ready(_) if !pane.filter_text.is_empty() => {
            format!(
                "no variable contains {}: Esc clears the filter",
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
