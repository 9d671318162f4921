//! Which declared variables a person sees at a line, and which of them hide others. Pure.

use rustc_hash::FxHashMap;

use crate::model::VariableRole;
use crate::symbols::{Variable, VariableLocation};

/// A variable that is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown<'a> {
    pub(super) variable: Variable<'a>,
    /// An inner variable has the same name.
    pub(super) shadowed: bool,
}

/// Picks what exists on `line`, in the order in which it was declared.
///
/// A Go variable exists from the line after its declaration on; parameters, results and captured
/// variables exist from the start. The compiler's own variables are left out.
pub(super) fn visible_variables<'a>(
    variables: Vec<Variable<'a>>,
    is_go: bool,
    line: Option<u32>,
) -> Vec<Shown<'a>> {
    let mut kept: Vec<Variable<'a>> = Vec::with_capacity(variables.len());
    for variable in variables {
        if (is_go && is_hidden(&variable.name)) || !exists(&variable, line) {
            continue;
        }
        match kept.iter().position(|other| is_same(other, &variable)) {
            Some(at) => {
                if let Some(other) = kept.get_mut(at) {
                    merge(other, variable);
                }
            }
            None => kept.push(variable),
        }
    }
    mark_shadowed(kept)
}

/// `.dict`, `.closureptr`, `~r0`, `~b1`, `#yield1`, `#state1`, `_`.
fn is_hidden(name: &str) -> bool {
    name.is_empty() || name == "_" || name.starts_with(['.', '#', '~'])
}

fn exists(variable: &Variable<'_>, line: Option<u32>) -> bool {
    let (Some(line), Some(declared)) = (line, variable.decl_line) else {
        return true;
    };
    variable.role != VariableRole::Local || declared < line
}

/// Two entries of one variable: a result that is captured or moved to the heap is listed twice, as a
/// result and once more; so is a parameter that was moved to the heap.
fn is_same(a: &Variable<'_>, b: &Variable<'_>) -> bool {
    let parameter = |role| matches!(role, VariableRole::Argument | VariableRole::Result);
    a.name == b.name
        && a.name != "_"
        && a.decl_line == b.decl_line
        && (a.block == b.block || parameter(a.role) || parameter(b.role))
        && (a.role == b.role || parameter(a.role) || parameter(b.role))
        && (a.escaped || b.escaped || a.role == b.role && parameter(a.role))
}

/// Keeps the role of the parameter and the location that is more than nothing; the heap's copy is
/// the living one.
fn merge<'a>(kept: &mut Variable<'a>, other: Variable<'a>) {
    let known = |variable: &Variable<'a>| variable.location != VariableLocation::Nowhere;
    let role = match kept.role {
        VariableRole::Argument | VariableRole::Result => kept.role,
        _ => other.role,
    };
    let better = (known(&other), other.escaped) > (known(kept), kept.escaped);
    if better {
        *kept = other;
    }
    kept.role = role;
}

/// Of the variables of one name the innermost, latest one counts.
fn mark_shadowed(kept: Vec<Variable<'_>>) -> Vec<Shown<'_>> {
    let mut winners: FxHashMap<String, usize> = FxHashMap::default();
    let rank = |variable: &Variable<'_>| (variable.block, variable.decl_line);
    for (at, variable) in kept.iter().enumerate() {
        let best = winners.get(&variable.name).and_then(|at| kept.get(*at));
        if best.is_none_or(|best| rank(best) <= rank(variable)) {
            winners.insert(variable.name.clone(), at);
        }
    }
    kept.into_iter()
        .enumerate()
        .map(|(at, variable)| Shown {
            shadowed: winners.get(&variable.name).is_some_and(|winner| *winner != at),
            variable,
        })
        .collect()
}
