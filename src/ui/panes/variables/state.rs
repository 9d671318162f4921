//! What the variables pane knows: locals and arguments of the frame, globals, what is open in them.

use super::tree::{NodeId, Tree, TreeId, TreeRow, Wanted, can_open};
use super::watches::Watches;
use crate::model::{Children, Failure, FrameId, Scope, Value, ValueRef};
use crate::ui::loadable::Loadable;
use crate::ui::place::Tab;
use crate::ui::widgets::ListState;

/// A node, wherever it is: answers to an expansion find their way by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeKey {
    pub tree: TreeId,
    pub node: NodeId,
}

/// One tab: a tree, its cursor and why it may be empty.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    pub tree: Tree,
    pub scroll: ListState,
}

/// The variables of one frame.
#[derive(Clone, Debug, Default)]
pub struct FrameVariables {
    pub locals: Branch,
    pub args: Branch,
    pub note: Option<String>,
}

/// The pane's state.
#[derive(Debug)]
pub struct Variables {
    pub tab: Tab,
    /// Someone chose the tab; until then it follows what the frame has.
    tab_is_chosen: bool,
    pub frame: Option<FrameId>,
    pub scope: Loadable<FrameVariables>,
    /// Frames seen lately with what was open in them.
    recent: Vec<(FrameId, FrameVariables)>,
    pub globals: Loadable<Branch>,
    pub globals_filter: String,
    pub watches: Watches,
    /// Filter over what is loaded of locals, arguments and watched values.
    pub filter_text: String,
    /// Trees made so far.
    grown: u64,
}

const KEPT: usize = 24;

impl Default for Variables {
    fn default() -> Self {
        Self {
            tab: Tab::Locals,
            tab_is_chosen: false,
            frame: None,
            scope: Loadable::Empty,
            recent: Vec::new(),
            globals: Loadable::Empty,
            globals_filter: String::new(),
            watches: Watches::default(),
            grown: 0,
            filter_text: String::new(),
        }
    }
}

impl Variables {
    /// Turns to another frame. Returns whether its variables have to be asked for.
    pub fn show(&mut self, frame: Option<FrameId>, now: u64) -> bool {
        if self.frame == frame && !self.scope.is_wanted() {
            return false;
        }
        self.put_away();
        self.frame = frame;
        let Some(frame) = frame else { return false };
        if let Some(at) = self.recent.iter().position(|(known, _)| *known == frame) {
            self.scope = Loadable::Ready(self.recent.remove(at).1);
            self.settle();
            return false;
        }
        self.scope = Loadable::Loading { since: now };
        true
    }

    fn put_away(&mut self) {
        if let (Some(frame), Loadable::Ready(known)) = (self.frame, std::mem::take(&mut self.scope)) {
            self.recent.push((frame, known));
            if self.recent.len() > KEPT {
                self.recent.remove(0);
            }
        }
    }

    /// Forgets everything that was answered before.
    pub fn forget(&mut self) {
        self.frame = None;
        self.scope = Loadable::Empty;
        self.recent.clear();
        self.globals = Loadable::Empty;
        self.watches.forget();
    }

    /// An id for a tree that is about to be made.
    pub fn new_tree_id(&mut self) -> TreeId {
        self.grown += 1;
        TreeId(self.grown)
    }

    fn grow(&mut self, values: Vec<Value>, more: u64) -> Branch {
        Branch {
            tree: Tree::new(self.new_tree_id(), values, more),
            scroll: ListState::default(),
        }
    }

    pub fn accept(&mut self, frame: FrameId, scope: Scope) {
        if self.frame != Some(frame) {
            return;
        }
        self.scope = Loadable::Ready(FrameVariables {
            locals: self.grow(scope.locals, 0),
            args: self.grow(scope.args, 0),
            note: scope.note,
        });
        self.settle();
    }

    /// Turns to a tab for good.
    pub fn choose_tab(&mut self, tab: Tab) {
        self.tab = tab;
        self.tab_is_chosen = true;
    }

    /// Fits filter and tab to the variables that came: arguments alone are not left behind an
    /// empty tab.
    fn settle(&mut self) {
        self.apply_filter();
        let Some(scope) = self.scope.ready().filter(|_| !self.tab_is_chosen) else {
            return;
        };
        self.tab = if scope.locals.tree.is_empty() && !scope.args.tree.is_empty() {
            Tab::Args
        } else {
            Tab::Locals
        };
    }

    pub fn fail(&mut self, frame: FrameId, failure: Failure) {
        if self.frame == Some(frame) {
            self.scope = Loadable::Failed(failure);
        }
    }

    pub fn accept_globals(&mut self, page: Children) {
        match &mut self.globals {
            Loadable::Ready(branch) if page.from > 0 => {
                if page.from == branch.tree.root_count() as u64 {
                    branch.tree.add_roots(page.values, page.more);
                }
            }
            _ => self.globals = Loadable::Ready(self.grow(page.values, page.more)),
        }
    }

    /// Takes the values of watched expressions in.
    pub fn accept_watched(&mut self, values: Vec<Result<Value, Failure>>, now: u64) -> (TreeId, Vec<Wanted>) {
        let id = self.new_tree_id();
        let wanted = self.watches.accept(id, values, now);
        self.apply_filter();
        (id, wanted)
    }

    /// The tree of the tab that is shown.
    #[must_use]
    pub fn branch(&self) -> Option<&Branch> {
        match self.tab {
            Tab::Globals => self.globals.ready(),
            Tab::Watch => Some(&self.watches.branch),
            Tab::Args => self.scope.ready().map(|scope| &scope.args),
            _ => self.scope.ready().map(|scope| &scope.locals),
        }
    }

    pub fn branch_mut(&mut self) -> Option<&mut Branch> {
        match self.tab {
            Tab::Globals => self.globals.ready_mut(),
            Tab::Watch => Some(&mut self.watches.branch),
            Tab::Args => self.scope.ready_mut().map(|scope| &mut scope.args),
            _ => self.scope.ready_mut().map(|scope| &mut scope.locals),
        }
    }

    /// The tree that a key points into, if it is still there.
    pub fn tree_mut(&mut self, id: TreeId) -> Option<&mut Tree> {
        let recent = self.recent.iter_mut().map(|(_, known)| known);
        let frames = self.scope.ready_mut().into_iter().chain(recent);
        let branches = frames.flat_map(|known| [&mut known.locals, &mut known.args]);
        branches
            .chain(self.globals.ready_mut())
            .chain([&mut self.watches.branch])
            .map(|branch| &mut branch.tree)
            .find(|tree| tree.id == id)
    }

    #[must_use]
    pub fn row(&self) -> Option<TreeRow> {
        let branch = self.branch()?;
        branch.tree.rows().get(branch.scroll.selected).copied()
    }

    /// The node that the cursor is on, or that its row belongs to.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        self.row().map(TreeRow::node)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.branch().map_or(0, |branch| {
            branch.tree.rows().len() + usize::from(self.tab == Tab::Globals && branch.tree.more_roots > 0)
        })
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn set_filter(&mut self, text: &str) {
        self.filter_text = text.to_owned();
        self.apply_filter();
    }

    fn apply_filter(&mut self) {
        if let Some(scope) = self.scope.ready_mut() {
            scope.locals.tree.set_filter(&self.filter_text);
            scope.args.tree.set_filter(&self.filter_text);
        }
        self.watches.branch.tree.set_filter(&self.filter_text);
    }

    /// Right: opens the node under the cursor, or loads what "+N more" stands for.
    pub fn open(&mut self, now: u64) -> Option<(NodeKey, ValueRef, u64)> {
        self.branch_mut()?.open(now)
    }

    /// Left: closes the node under the cursor, else goes to its parent. `false` at a closed root.
    pub fn close(&mut self) -> bool {
        self.branch_mut().is_some_and(Branch::close)
    }
}

impl Branch {
    /// The row under the cursor.
    #[must_use]
    pub fn row(&self) -> Option<TreeRow> {
        self.tree.rows().get(self.scroll.selected).copied()
    }

    /// Opens the node under the cursor, or asks for what "+N more" stands for.
    pub fn open(&mut self, now: u64) -> Option<(NodeKey, ValueRef, u64)> {
        let row = self.row()?;
        let tree = &mut self.tree;
        let (node, wanted) = match row {
            TreeRow::Value(id) | TreeRow::Failure(id) => (id, tree.open(id, now)),
            TreeRow::More(id) => (id, tree.load_more(id, now)),
        };
        let (reference, from) = wanted?;
        let tree = tree.id;
        Some((NodeKey { tree, node }, reference, from))
    }

    /// Closes the node under the cursor, else goes to its parent. `false` at a closed root.
    pub fn close(&mut self) -> bool {
        let Some(row) = self.row() else { return false };
        let (id, inner) = match row {
            TreeRow::Value(id) => (id, false),
            TreeRow::More(id) | TreeRow::Failure(id) => (id, true),
        };
        let Some(node) = self.tree.node(id) else {
            return false;
        };
        let target = if node.open && !inner && can_open(node) {
            self.tree.close(id);
            return true;
        } else if inner {
            Some(id)
        } else {
            node.parent
        };
        target.is_some_and(|target| self.go_to(target))
    }

    /// Puts the cursor on a node. `false` when it is not listed.
    pub fn go_to(&mut self, node: NodeId) -> bool {
        let rows = self.tree.rows();
        let found = rows.iter().position(|row| *row == TreeRow::Value(node));
        if let Some(at) = found {
            self.scroll.selected = at;
        }
        found.is_some()
    }

    /// Shows the node under the cursor alone, opened. What has to be asked for, if it can be
    /// followed at all.
    pub fn follow(&mut self, now: u64) -> Option<Option<(NodeKey, ValueRef, u64)>> {
        let id = self.row()?.node();
        if !self.tree.node(id).is_some_and(can_open) || !self.tree.follow(id) {
            return None;
        }
        self.scroll = ListState::default();
        Some(self.open(now))
    }

    /// Takes the last [`Self::follow`] back. `false` when nothing was followed.
    pub fn unfollow(&mut self) -> bool {
        let left = self.tree.unfollow();
        left.is_some_and(|node| {
            self.go_to(node);
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::GoId;
    use crate::model::Subject;
    use crate::ui::testing;

    fn shown(pane: &mut Variables, index: usize, locals: bool, args: bool) -> Tab {
        let frame = FrameId {
            subject: Subject::Goroutine(GoId(1)),
            index,
        };
        let some = |wanted: bool| if wanted { testing::locals() } else { Vec::new() };
        pane.show(Some(frame), 0);
        pane.accept(
            frame,
            Scope {
                locals: some(locals),
                args: some(args),
                note: None,
            },
        );
        pane.tab
    }

    #[test]
    fn a_frame_with_arguments_alone_shows_them_until_a_tab_is_chosen() {
        let mut pane = Variables::default();
        assert_eq!(shown(&mut pane, 0, false, true), Tab::Args);
        assert_eq!(shown(&mut pane, 1, true, true), Tab::Locals);
        assert_eq!(shown(&mut pane, 2, false, false), Tab::Locals);
        pane.choose_tab(Tab::Locals);
        assert_eq!(shown(&mut pane, 3, false, true), Tab::Locals);
    }
}
