//! Values as a tree that is opened step by step: an arena of nodes and the rows they make.

use crate::model::{Children, Failure, Value, ValueRef};

/// Index of a node in its tree.
pub type NodeId = usize;

/// A value and what is known of its children.
#[derive(Clone, Debug)]
pub struct Node {
    /// Without its children: those are nodes.
    pub value: Value,
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
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    /// Roots that exist and are not here.
    pub more_roots: u64,
    rows: Vec<TreeRow>,
    filter: String,
}

impl Tree {
    #[must_use]
    pub fn new(values: Vec<Value>, more: u64) -> Self {
        let mut tree = Self {
            more_roots: more,
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
        let id = self.nodes.len();
        self.nodes.push(Node {
            more: value.more,
            value,
            children: Vec::new(),
            depth,
            parent,
            open: false,
            loading: None,
            failed: None,
        });
        let ids: Vec<NodeId> = children
            .into_iter()
            .map(|child| self.add(child, Some(id), depth + 1))
            .collect();
        if let Some(node) = self.nodes.get_mut(id) {
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

    pub fn set_filter(&mut self, filter: &str) {
        self.filter = filter.to_lowercase();
        self.relist();
    }

    /// Opens a node. `Some` says which children have to be asked for.
    pub fn open(&mut self, id: NodeId, now: u64) -> Option<(ValueRef, u64)> {
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
        self.relist();
        wanted.map(|reference| (reference, 0))
    }

    pub fn close(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.open = false;
        }
        self.relist();
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

    /// The pages of a text that are here, as Go literals; `None` for anything else.
    #[must_use]
    pub fn text_pages(&self, id: NodeId) -> Option<Vec<String>> {
        let node = self.nodes.get(id)?;
        let is_text = matches!(node.value.reference, Some(ValueRef::Text { .. }));
        let pages = node.children.iter().filter_map(|child| self.nodes.get(*child));
        is_text.then(|| pages.map(|page| page.value.summary.plain()).collect())
    }

    pub fn accept(&mut self, id: NodeId, children: Children) {
        let Some(node) = self.nodes.get(id) else { return };
        let depth = node.depth + 1;
        if children.from != self.loaded(id) {
            return;
        }
        let ids: Vec<NodeId> = children
            .values
            .into_iter()
            .map(|value| self.add(value, Some(id), depth))
            .collect();
        if let Some(node) = self.nodes.get_mut(id) {
            node.children.extend(ids);
            node.more = children.more;
            node.loading = None;
        }
        self.relist();
    }

    pub fn fail(&mut self, id: NodeId, failure: Failure) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.loading = None;
            node.failed = Some(failure);
        }
        self.relist();
    }

    /// Lists the rows anew: cost proportional to what is open.
    fn relist(&mut self) {
        let mut rows = Vec::new();
        for root in &self.roots {
            let keep = self.filter.is_empty()
                || self
                    .nodes
                    .get(*root)
                    .is_some_and(|node| node.value.name.to_lowercase().contains(&self.filter));
            if keep {
                self.list_from(*root, &mut rows);
            }
        }
        self.rows = rows;
    }

    fn list_from(&self, root: NodeId, rows: &mut Vec<TreeRow>) {
        let mut pending = vec![TreeRow::Value(root)];
        while let Some(row) = pending.pop() {
            rows.push(row);
            let TreeRow::Value(id) = row else { continue };
            let Some(node) = self.nodes.get(id).filter(|node| node.open) else {
                continue;
            };
            if node.failed.is_some() {
                pending.push(TreeRow::Failure(id));
            }
            if node.more > 0 && !node.children.is_empty() {
                pending.push(TreeRow::More(id));
            }
            pending.extend(node.children.iter().rev().map(|child| TreeRow::Value(*child)));
        }
    }

    /// `a.b[3].c` as an expression of the program.
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
            if !path.is_empty() && !name.starts_with(['[', '*', '.']) {
                path.push('.');
            }
            path.push_str(&name);
        }
        path
    }
}

/// Whether a node has something inside.
#[must_use]
pub fn can_open(node: &Node) -> bool {
    !node.children.is_empty() || node.value.reference.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing;

    #[test]
    fn opening_asks_for_children_once() {
        let mut tree = Tree::new(testing::locals(), 0);
        let order = tree.rows().len();
        let (reference, from) = tree.open(0, 5).unwrap();
        assert_eq!(from, 0);
        assert!(tree.open(0, 6).is_none());
        tree.accept(0, testing::children(&reference));
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
        let mut tree = Tree::new(vec![long], 0);
        assert_eq!(tree.open(0, 5).unwrap().1, 0);
        tree.accept(0, page(0, 4095));
        assert_eq!(tree.load_more(0, 6).unwrap().1, 4095);
        tree.accept(0, page(4095, 4096));
        assert_eq!(tree.text_pages(0).unwrap().len(), 2);
        assert_eq!(tree.node(0).unwrap().more, 1809);
    }

    #[test]
    fn a_filter_keeps_roots_by_name() {
        let mut tree = Tree::new(testing::locals(), 0);
        tree.set_filter("TOT");
        assert_eq!(tree.rows().len(), 1);
    }
}
