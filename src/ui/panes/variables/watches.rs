//! Watched expressions: they stay while frames come and go, and each may fail by itself.

use std::sync::Arc;

use super::state::Branch;
use super::tree::{Tree, TreeId, Wanted};
use crate::base::Epoch;
use crate::model::{Failure, FailureKind, FrameId, Runs, Value, ValueKind, ValueState, VariableRole};

/// What the values shown were asked for.
pub type Asked = (Epoch, Option<FrameId>);

/// The list and what came of it.
#[derive(Debug, Default)]
pub struct Watches {
    expressions: Vec<Arc<str>>,
    /// One root for each expression.
    pub branch: Branch,
    /// `None` when the list has changed since.
    asked: Option<Asked>,
}

/// Expressions watched at once.
const MOST: usize = 200;

impl Watches {
    #[must_use]
    pub fn expressions(&self) -> &[Arc<str>] {
        &self.expressions
    }

    /// Adds an expression, or puts it in the place of the one at `at`. `false` when it is there
    /// already, or too much.
    pub fn set(&mut self, at: Option<usize>, expression: &str) -> bool {
        let known = self.expressions.iter().any(|known| **known == *expression);
        let room = self.expressions.len() < MOST;
        match at.and_then(|at| self.expressions.get_mut(at)) {
            _ if known => return false,
            Some(slot) => *slot = expression.into(),
            None if room => self.expressions.push(expression.into()),
            None => return false,
        }
        self.asked = None;
        true
    }

    /// The expression that is removed from the list.
    pub fn remove(&mut self, at: usize) -> Option<Arc<str>> {
        (at < self.expressions.len()).then(|| {
            self.asked = None;
            self.expressions.remove(at)
        })
    }

    /// The place in the list of the expression under the cursor, or that the cursor is inside of.
    #[must_use]
    pub fn selected(&self) -> Option<usize> {
        let tree = &self.branch.tree;
        let mut id = tree.rows().get(self.branch.scroll.selected)?.node();
        while let Some(parent) = tree.node(id)?.parent {
            id = parent;
        }
        tree.root_index(id)
    }

    /// Whether the values have to be asked for anew.
    #[must_use]
    pub fn is_stale(&self, now: Asked) -> bool {
        !self.expressions.is_empty() && self.asked != Some(now)
    }

    /// The values have to be asked for anew, wherever they are seen from.
    pub fn forget(&mut self) {
        self.asked = None;
    }

    /// The values are being asked for: until they come only the expressions are shown, since the
    /// old values may be wrong here.
    pub fn begin(&mut self, asked: Asked, id: TreeId, now: u64) {
        let blanks = self.expressions.iter().map(|expression| blank(expression));
        let blanks = blanks.collect();
        self.replace(id, blanks, now);
        self.branch.tree.await_roots(now);
        self.asked = Some(asked);
    }

    /// Takes the values in. What was open is opened again.
    pub fn accept(&mut self, id: TreeId, values: Vec<Result<Value, Failure>>, now: u64) -> Vec<Wanted> {
        let mut failures = Vec::new();
        let mut roots = Vec::new();
        let mut values = values.into_iter();
        for (at, expression) in self.expressions.iter().enumerate() {
            let answer = values.next().unwrap_or_else(|| {
                Err(Failure::new(
                    FailureKind::Internal,
                    "there was no answer for this one",
                ))
            });
            match answer {
                Ok(value) => roots.push(Value {
                    name: expression.to_string(),
                    ..value
                }),
                Err(failure) => {
                    roots.push(blank(expression));
                    failures.push((at, failure));
                }
            }
        }
        let wanted = self.replace(id, roots, now);
        self.fail_roots(failures);
        wanted
    }

    /// None of the values can be had.
    pub fn fail(&mut self, id: TreeId, failure: &Failure, now: u64) {
        let failures = self.expressions.iter().map(|_| Err(failure.clone()));
        let failures = failures.collect();
        self.accept(id, failures, now);
    }

    fn fail_roots(&mut self, failures: Vec<(usize, Failure)>) {
        let ids: Vec<_> = self.branch.tree.roots().to_vec();
        for (at, failure) in failures {
            if let Some(id) = ids.get(at) {
                self.branch.tree.fail(*id, failure);
            }
        }
    }

    fn replace(&mut self, id: TreeId, roots: Vec<Value>, now: u64) -> Vec<Wanted> {
        let paths = self.branch.tree.open_paths();
        self.branch.tree = Tree::new(id, roots, 0);
        self.branch.tree.reopen(paths, now)
    }
}

/// An expression without a value.
fn blank(expression: &str) -> Value {
    Value {
        name: expression.to_owned(),
        key: None,
        type_name: String::new(),
        kind: ValueKind::Unknown,
        addr: None,
        target: None,
        summary: Runs::new(),
        len: None,
        cap: None,
        children: Vec::new(),
        more: 0,
        unreadable: None,
        state: ValueState::Ok,
        role: VariableRole::Local,
        shadowed: false,
        decl_line: None,
        reference: None,
    }
}
