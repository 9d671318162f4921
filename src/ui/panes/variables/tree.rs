//! Values as a tree that is opened step by step: an arena of nodes and the rows they make.

use std::collections::BTreeSet;

use crate::model::{Children, Failure, Value, ValueRef};
use crate::ui::text::holds;

/// Index of a node in its tree.
pub type NodeId = usize;

/// Tells a tree from those that stood in its place before, whose answers may still come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TreeId(pub u64);

/// Children that somebody has to ask for: of which node, with what, from which on.
pub type Wanted = (NodeId, ValueRef, u64);

/// A value and what is known of its children.
#[derive(Clone, Debug)]
pub struct Node {
    /// Without its children and its key: those are nodes.
    pub value: Value,
    /// Of an entry of a map whose key has something inside.
    pub key: Option<NodeId>,
    /// This is the key of its parent.
    pub is_key: bool,
    pub children: Vec<NodeId>,
    /// Children that exist and are not here.
    pub more: u64,
    pub depth: usize,
    pub parent: Option<NodeId>,
    pub open: bool,
    /// Since when children are awaited.
    pub loading: Option<u64>,
    pub failed: Option<Failure>,
}

/// What a row of the tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeRow {
    Value(NodeId),
    /// "+N more" below the children of a node.
    More(NodeId),
    /// Why the children of a node did not come.
    Failure(NodeId),
}

/// A forest of values. Ids stay valid until it is built anew.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub id: TreeId,
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    /// Roots that exist and are not here.
    pub more_roots: u64,
    rows: Vec<TreeRow>,
    filter: String,
    /// What the filter makes of each node; empty without one.
    hits: Vec<Hit>,
    /// Nodes that were followed, one into the other: the last stands alone at the top.
    followed: Vec<NodeId>,
    /// Paths that open by themselves as soon as they are here.
    reopening: BTreeSet<String>,
}

/// What the filter makes of a node.
#[derive(Clone, Copy, Debug, Default)]
struct Hit {
    /// It fits itself.
    own: bool,
    /// Something below it fits.
    below: bool,
    /// Something above it fits.
    above: bool,
}

impl TreeRow {
    /// The node that the row is, or belongs to.
    #[must_use]
    pub fn node(self) -> NodeId {
        match self {
            Self::Value(id) | Self::More(id) | Self::Failure(id) => id,
        }
    }
}

impl Tree {
    #[must_use]
    pub fn new(id: TreeId, values: Vec<Value>, more: u64) -> Self {
        let mut tree = Self {
            id,
            ..Self::default()
        };
        tree.add_roots(values, more);
        tree
    }

    pub fn add_roots(&mut self, values: Vec<Value>, more: u64) {
        for value in values {
            let id = self.add(value, None, 0);
            self.roots.push(id);
        }
        self.more_roots = more;
        self.relist();
    }

    /// Adds a value and the children that came with it. Values are trees of bounded depth
    /// (`Limits::value_depth`), so the recursion is bounded too.
    fn add(&mut self, mut value: Value, parent: Option<NodeId>, depth: usize) -> NodeId {
        let children = std::mem::take(&mut value.children);
        let key = value.key.as_deref().filter(|key| has_inside(key)).cloned();
        let id = self.nodes.len();
        self.nodes.push(Node {
            more: value.more,
            value,
            key: None,
            is_key: false,
            children: Vec::new(),
            depth,
            parent,
            open: false,
            loading: None,
            failed: None,
        });
        let key = key.map(|mut key| {
            "key".clone_into(&mut key.name);
            let key = self.add(key, Some(id), depth + 1);
            if let Some(node) = self.nodes.get_mut(key) {
                node.is_key = true;
            }
            key
        });
        let ids: Vec<NodeId> = children
            .into_iter()
            .map(|child| self.add(child, Some(id), depth + 1))
            .collect();
        if let Some(node) = self.nodes.get_mut(id) {
            node.key = key;
            node.children = ids;
        }
        id
    }

    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    #[must_use]
    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    #[must_use]
    pub fn root_count(&self) -> usize {
        self.roots.len()
    }

    #[must_use]
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// The place of a root among the roots.
    #[must_use]
    pub fn root_index(&self, id: NodeId) -> Option<usize> {
        self.roots.iter().position(|root| *root == id)
    }

    /// Values that are here, open or not.
    #[must_use]
    pub fn loaded_count(&self) -> usize {
        self.nodes.len()
    }

    /// Steps from the top of what is shown.
    #[must_use]
    pub fn depth(&self, node: &Node) -> usize {
        let top = self.top().and_then(|id| self.nodes.get(id));
        node.depth.saturating_sub(top.map_or(0, |top| top.depth))
    }

    pub fn set_filter(&mut self, filter: &str) {
        self.filter = filter.to_lowercase();
        self.relist();
    }

    /// Whether a row fits the filter itself, and not what is above or below it.
    #[must_use]
    pub fn is_match(&self, row: usize) -> bool {
        let id = self.rows.get(row).map(|row| row.node());
        id.and_then(|id| self.hits.get(id)).is_some_and(|hit| hit.own)
    }

    /// The next row after `from`, or with `back` the one before, that fits the filter itself; wraps.
    #[must_use]
    pub fn next_match(&self, from: usize, back: bool) -> Option<usize> {
        let total = self.rows.len();
        let step = |by: usize| {
            let by = if back { total.saturating_sub(by) } else { by };
            from.saturating_add(by).checked_rem(total)
        };
        (1..=total).filter_map(step).find(|row| self.is_match(*row))
    }

    /// Opens a node. `Some` says which children have to be asked for.
    pub fn open(&mut self, id: NodeId, now: u64) -> Option<(ValueRef, u64)> {
        let wanted = self.open_quietly(id, now);
        self.relist();
        wanted.map(|reference| (reference, 0))
    }

    fn open_quietly(&mut self, id: NodeId, now: u64) -> Option<ValueRef> {
        let node = self.nodes.get_mut(id)?;
        if !can_open(node) {
            return None;
        }
        node.open = true;
        let wanted = (node.children.is_empty() && node.loading.is_none())
            .then(|| node.value.reference.clone())
            .flatten();
        if wanted.is_some() {
            node.loading = Some(now);
            node.failed = None;
        }
        wanted
    }

    pub fn close(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.open = false;
        }
        self.relist();
    }

    /// Shows a node alone with what is inside it, as if it were the only root. `false` when that
    /// is so already.
    pub fn follow(&mut self, id: NodeId) -> bool {
        if self.top() == Some(id) || self.nodes.get(id).is_none() {
            return false;
        }
        self.followed.push(id);
        self.relist();
        true
    }

    /// Takes the last [`Self::follow`] back. The node that was followed; `None` when none was.
    pub fn unfollow(&mut self) -> Option<NodeId> {
        let left = self.followed.pop();
        self.relist();
        left
    }

    /// The node that stands alone at the top.
    #[must_use]
    pub fn top(&self) -> Option<NodeId> {
        self.followed.last().copied()
    }

    /// Asks for the children after those that are here.
    pub fn load_more(&mut self, id: NodeId, now: u64) -> Option<(ValueRef, u64)> {
        let node = self.nodes.get_mut(id)?;
        if node.loading.is_some() || node.more == 0 {
            return None;
        }
        let reference = node.value.reference.clone()?;
        node.loading = Some(now);
        Some((reference, self.loaded(id)))
    }

    /// Children of a node that are here; of a text, bytes.
    fn loaded(&self, id: NodeId) -> u64 {
        let Some(node) = self.nodes.get(id) else { return 0 };
        if !matches!(node.value.reference, Some(ValueRef::Text { .. })) {
            return node.children.len() as u64;
        }
        let pages = node.children.iter().filter_map(|child| self.nodes.get(*child));
        pages.filter_map(|page| page.value.len).sum()
    }

    /// Takes children in. What is to be open among them asks for its own.
    pub fn accept(&mut self, id: NodeId, children: Children, now: u64) -> Vec<Wanted> {
        let Some(node) = self.nodes.get(id) else {
            return Vec::new();
        };
        let depth = node.depth + 1;
        if children.from != self.loaded(id) {
            return Vec::new();
        }
        let first = self.nodes.len();
        let ids: Vec<NodeId> = children
            .values
            .into_iter()
            .map(|value| self.add(value, Some(id), depth))
            .collect();
        if let Some(node) = self.nodes.get_mut(id) {
            node.children.extend(ids);
            node.more = children.more;
            node.loading = None;
            node.failed = None;
        }
        let wanted = self.reopen_from(first, now);
        self.relist();
        wanted
    }

    pub fn fail(&mut self, id: NodeId, failure: Failure) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.loading = None;
            node.open = true;
            node.failed = Some(failure);
        }
        self.relist();
    }

    /// A node as a value again, with all that is here of its children; of a text, none of its
    /// pages.
    #[must_use]
    pub fn value(&self, id: NodeId) -> Option<Value> {
        let mut order = Vec::new();
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            let node = self.nodes.get(id)?;
            order.push(id);
            if !matches!(node.value.reference, Some(ValueRef::Text { .. })) {
                pending.extend(node.children.iter().rev());
            }
        }
        // Children come after their parents in that order: taken from its end they are ready first.
        let mut ready: Vec<(NodeId, Value)> = Vec::new();
        for id in order.into_iter().rev() {
            let node = self.nodes.get(id)?;
            let mut value = node.value.clone();
            let count = match value.reference {
                Some(ValueRef::Text { .. }) => 0,
                _ => node.children.len(),
            };
            let first = ready.len().checked_sub(count)?;
            value.children = ready.drain(first..).rev().map(|(_, child)| child).collect();
            value.more = node.more;
            ready.push((id, value));
        }
        ready.pop().map(|(_, value)| value)
    }

    /// Says that a root is awaited.
    pub fn await_roots(&mut self, now: u64) {
        for root in &self.roots {
            if let Some(node) = self.nodes.get_mut(*root) {
                node.loading = Some(now);
            }
        }
    }

    /// The paths of all nodes that are open, and of those that wait to be.
    #[must_use]
    pub fn open_paths(&self) -> BTreeSet<String> {
        let is_open = |node: &Node| node.open && can_open(node);
        let open = self.nodes.iter().enumerate().filter(|(_, node)| is_open(node));
        let mut paths: BTreeSet<String> = open.map(|(id, _)| self.path(id)).collect();
        paths.extend(self.reopening.iter().cloned());
        paths
    }

    /// Opens what has one of these paths, now and as it comes.
    pub fn reopen(&mut self, paths: BTreeSet<String>, now: u64) -> Vec<Wanted> {
        self.reopening = paths;
        let wanted = self.reopen_from(0, now);
        self.relist();
        wanted
    }

    fn reopen_from(&mut self, first: NodeId, now: u64) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        if self.reopening.is_empty() {
            return wanted;
        }
        for id in first..self.nodes.len() {
            let opens = self.nodes.get(id).is_some_and(can_open);
            if opens && self.reopening.remove(&self.path(id)) {
                let reference = self.open_quietly(id, now);
                wanted.extend(reference.map(|reference| (id, reference, 0)));
            }
        }
        wanted
    }

    /// Lists the rows anew: cost proportional to what is open; with a filter, to what is here.
    fn relist(&mut self) {
        self.hits = if self.filter.is_empty() {
            Vec::new()
        } else {
            self.find_hits()
        };
        let mut rows = Vec::new();
        match self.top() {
            Some(top) => self.list_from(top, &mut rows),
            None => {
                for root in &self.roots {
                    self.list_from(*root, &mut rows);
                }
            }
        }
        self.rows = rows;
    }

    /// Parents come before their children in the arena, so two passes tell all.
    fn find_hits(&self) -> Vec<Hit> {
        let mut hits = vec![Hit::default(); self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate() {
            let parent = node.parent.and_then(|parent| hits.get(parent)).copied();
            if let Some(hit) = hits.get_mut(id) {
                hit.own = fits(&node.value, &self.filter);
                hit.above = parent.is_some_and(|parent| parent.own || parent.above);
            }
        }
        for (id, node) in self.nodes.iter().enumerate().rev() {
            let counts = hits.get(id).is_some_and(|hit| hit.own || hit.below);
            if let Some(parent) = node.parent.and_then(|parent| hits.get_mut(parent)) {
                parent.below |= counts;
            }
        }
        hits
    }

    fn is_shown(&self, id: NodeId) -> bool {
        let hit = self.hits.get(id);
        self.hits.is_empty() || hit.is_some_and(|hit| hit.own || hit.below || hit.above)
    }

    /// Whether what is inside a node is listed: it is open, or the filter found something there.
    #[must_use]
    pub fn is_unfolded(&self, id: NodeId) -> bool {
        let is_open = self.nodes.get(id).is_some_and(|node| node.open);
        is_open || self.hits.get(id).is_some_and(|hit| hit.below)
    }

    fn list_from(&self, root: NodeId, rows: &mut Vec<TreeRow>) {
        let mut pending = vec![TreeRow::Value(root)];
        while let Some(row) = pending.pop() {
            if !self.is_shown(row.node()) {
                continue;
            }
            rows.push(row);
            let TreeRow::Value(id) = row else { continue };
            let Some(node) = self.nodes.get(id).filter(|_| self.is_unfolded(id)) else {
                continue;
            };
            if node.failed.is_some() {
                pending.push(TreeRow::Failure(id));
            }
            if node.more > 0 && !node.children.is_empty() {
                pending.push(TreeRow::More(id));
            }
            pending.extend(node.children.iter().rev().map(|child| TreeRow::Value(*child)));
            pending.extend(node.key.map(TreeRow::Value));
        }
    }

    /// `a.b[3].c`: the names on the way to a node, as an expression of the program where its
    /// language has one.
    #[must_use]
    pub fn path(&self, id: NodeId) -> String {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some(node) = next.and_then(|id| self.nodes.get(id)) {
            let name = node.value.name.as_str();
            names.push(match node.value.key {
                Some(_) => format!("[{name}]"),
                None => name.to_owned(),
            });
            next = node.parent;
        }
        let mut path = String::new();
        for name in names.into_iter().rev() {
            if name == "*" && !path.is_empty() {
                path.insert(0, '*');
                continue;
            }
            if path.starts_with('*') {
                path = format!("({path})");
            }
            if !path.is_empty() && !name.starts_with(['[', '.']) {
                path.push('.');
            }
            path.push_str(&name);
        }
        path
    }

    /// The path, where it is an expression: not of keys, nor of what is in them.
    #[must_use]
    pub fn expression(&self, id: NodeId) -> Option<String> {
        let mut next = Some(id);
        while let Some(node) = next.and_then(|id| self.nodes.get(id)) {
            if node.is_key {
                return None;
            }
            next = node.parent;
        }
        Some(self.path(id)).filter(|path| !path.is_empty())
    }
}

/// Whether a value fits a filter, which is in lower case.
fn fits(value: &Value, filter: &str) -> bool {
    let texts = [value.name.as_str(), value.type_name.as_str()];
    texts.into_iter().any(|text| holds(text, filter)) || holds(&value.summary.plain(), filter)
}

fn has_inside(value: &Value) -> bool {
    !value.children.is_empty() || value.reference.is_some()
}

/// Whether a node has something inside.
#[must_use]
pub fn can_open(node: &Node) -> bool {
    !node.children.is_empty() || node.key.is_some() || node.value.reference.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing;

    #[test]
    fn opening_asks_for_children_once() {
        let mut tree = Tree::new(TreeId(1), testing::locals(), 0);
        let order = tree.rows().len();
        let (reference, from) = tree.open(0, 5).unwrap();
        assert_eq!(from, 0);
        assert!(tree.open(0, 6).is_none());
        tree.accept(0, testing::children(&reference), 0);
        assert!(tree.rows().len() > order);
        tree.close(0);
        assert_eq!(tree.rows().len(), order);
        assert!(tree.open(0, 7).is_none());
        assert!(tree.rows().len() > order);
    }

    #[test]
    fn a_text_goes_on_where_its_bytes_end() {
        let mut long = testing::locals().remove(0);
        long.reference = Some(ValueRef::Text {
            addr: crate::base::Addr(0x1000),
            len: 10_000,
        });
        long.children.clear();
        let page = |from: u64, len: u64| {
            let mut value = testing::locals().remove(1);
            value.len = Some(len);
            Children {
                from,
                values: vec![value],
                more: 10_000 - from - len,
            }
        };
        let mut tree = Tree::new(TreeId(1), vec![long], 0);
        assert_eq!(tree.open(0, 5).unwrap().1, 0);
        tree.accept(0, page(0, 4095), 0);
        assert_eq!(tree.load_more(0, 6).unwrap().1, 4095);
        tree.accept(0, page(4095, 4096), 0);
        assert_eq!(tree.node(0).unwrap().children.len(), 2);
        assert_eq!(tree.node(0).unwrap().more, 1809);
    }

    fn opened() -> Tree {
        let mut tree = Tree::new(TreeId(1), testing::locals(), 0);
        let (reference, _) = tree.open(0, 5).unwrap();
        tree.accept(0, testing::children(&reference), 5);
        tree
    }

    fn names(tree: &Tree) -> Vec<&str> {
        let values = tree.rows().iter().filter_map(|row| match row {
            TreeRow::Value(id) => tree.node(*id),
            _ => None,
        });
        values.map(|node| node.value.name.as_str()).collect()
    }

    #[test]
    fn a_filter_looks_at_names_types_and_values_also_inside() {
        let mut tree = opened();
        tree.close(0);
        tree.set_filter("TOT");
        assert_eq!(names(&tree), ["total"]);
        tree.set_filter("[]string");
        assert_eq!(names(&tree), ["o", "Items"]);
        tree.set_filter("milk");
        assert_eq!(names(&tree), ["o", "Items"]);
        assert_eq!(tree.next_match(0, false), Some(1));
        assert_eq!(tree.next_match(1, false), Some(1));
        tree.set_filter("");
        assert_eq!(names(&tree), ["o", "total", "sum"]);
        assert_eq!(tree.next_match(0, false), None);
    }

    #[test]
    fn following_shows_one_node_alone_and_back() {
        let mut tree = opened();
        let next = tree.node(0).unwrap().children[2];
        assert!(tree.follow(0) && tree.follow(next) && !tree.follow(next));
        assert_eq!(names(&tree), ["Next"]);
        assert_eq!(tree.path(next), "o.Next");
        assert_eq!(tree.depth(tree.node(next).unwrap()), 0);
        assert_eq!(tree.unfollow(), Some(next));
        assert_eq!(names(&tree), ["o", "ID", "Items", "Next"]);
        assert_eq!(tree.unfollow(), Some(0));
        assert_eq!(tree.unfollow(), None);
        assert_eq!(names(&tree).len(), 6);
    }

    #[test]
    fn what_was_open_opens_again_as_it_comes() {
        let paths = opened().open_paths();
        let mut anew = Tree::new(TreeId(2), testing::locals(), 0);
        let wanted = anew.reopen(paths, 9);
        assert_eq!(wanted.len(), 1);
        assert_eq!((wanted[0].0, wanted[0].2), (0, 0));
        anew.accept(0, testing::children(&wanted[0].1), 9);
        assert_eq!(names(&anew), names(&opened()));
    }

    #[test]
    fn a_key_with_fields_is_a_row_of_its_own() {
        let mut tree = Tree::new(TreeId(1), testing::entries(), 0);
        tree.open(0, 1);
        assert_eq!(names(&tree)[1], "key");
        let key = tree.node(0).unwrap().key.unwrap();
        assert_eq!(tree.expression(key), None);
        assert!(tree.open(key, 1).is_some());
    }

    #[test]
    fn paths_are_expressions_of_the_language() {
        let mut pointer = testing::locals().remove(0);
        let mut star = testing::locals().remove(0);
        star.name = "*".into();
        star.children = testing::locals();
        pointer.children = vec![star];
        let tree = Tree::new(TreeId(1), vec![pointer], 0);
        assert_eq!(tree.path(1), "*o");
        assert_eq!(tree.path(2), "(*o).o");
    }
}
