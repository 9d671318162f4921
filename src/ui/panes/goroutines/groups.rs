//! Rows of a grouped list: headings, and the members of those that are open.

use rustc_hash::FxHashSet;

use crate::base::GoId;
use crate::model::GoroutineGroups;

/// What a row of a grouped list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupRow {
    Heading {
        /// Index of the group.
        group: usize,
        example: GoId,
        count: usize,
        open: bool,
    },
    Member {
        group: usize,
        id: GoId,
    },
}

#[derive(Clone, Debug)]
struct Group {
    /// Index in the engine's list.
    index: usize,
    example: GoId,
    members: Vec<GoId>,
    open: bool,
    /// Row of the heading.
    start: usize,
}

/// The groups as rows.
#[derive(Clone, Debug, Default)]
pub struct GroupRows {
    groups: Vec<Group>,
    len: usize,
}

impl GroupRows {
    /// Groups without the goroutines that `shown` refuses; groups left empty vanish.
    #[must_use]
    pub fn new(groups: &GoroutineGroups, shown: impl Fn(GoId) -> bool) -> Self {
        let mut rows: Vec<Group> = Vec::new();
        for (index, group) in groups.groups.iter().enumerate() {
            let members: Vec<GoId> = group
                .goroutine_ids
                .iter()
                .copied()
                .filter(|id| shown(*id))
                .collect();
            let Some(first) = members.first().copied() else {
                continue;
            };
            let example = if members.contains(&group.example) {
                group.example
            } else {
                first
            };
            rows.push(Group {
                index,
                example,
                members,
                open: false,
                start: 0,
            });
        }
        rows.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
        let mut result = Self { groups: rows, len: 0 };
        result.number();
        result
    }

    fn number(&mut self) {
        let mut next = 0;
        for group in &mut self.groups {
            group.start = next;
            next += 1 + if group.open { group.members.len() } else { 0 };
        }
        self.len = next;
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.groups.len()
    }

    fn group_at(&self, row: usize) -> Option<usize> {
        if row >= self.len {
            return None;
        }
        self.groups
            .partition_point(|group| group.start <= row)
            .checked_sub(1)
    }

    #[must_use]
    pub fn at(&self, row: usize) -> Option<GroupRow> {
        let group = self.groups.get(self.group_at(row)?)?;
        Some(match row - group.start {
            0 => GroupRow::Heading {
                group: group.index,
                example: group.example,
                count: group.members.len(),
                open: group.open,
            },
            after => GroupRow::Member {
                group: group.index,
                id: *group.members.get(after - 1)?,
            },
        })
    }

    /// The row of a goroutine: its own when its group is open, else its group's heading.
    #[must_use]
    pub fn row_of(&self, id: GoId) -> Option<usize> {
        self.groups.iter().find_map(|group| {
            let at = group.members.iter().position(|member| *member == id)?;
            Some(if group.open && id != group.example {
                group.start + 1 + at
            } else {
                group.start
            })
        })
    }

    /// Opens or closes the group of a row. Returns the row of its heading.
    pub fn set_open(&mut self, row: usize, open: bool) -> Option<usize> {
        let at = self.group_at(row)?;
        let group = self.groups.get_mut(at)?;
        group.open = open;
        let start = group.start;
        self.number();
        Some(start)
    }

    /// Examples of the open groups: what to open again after rows were built anew.
    #[must_use]
    pub fn open_examples(&self) -> FxHashSet<GoId> {
        self.groups
            .iter()
            .filter(|group| group.open)
            .map(|group| group.example)
            .collect()
    }

    pub fn reopen(&mut self, examples: &FxHashSet<GoId>) {
        for group in &mut self.groups {
            group.open = examples.contains(&group.example);
        }
        self.number();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GoroutineGroup;

    fn groups() -> GoroutineGroups {
        let group = |key: &str, ids: &[u64]| GoroutineGroup {
            key: key.into(),
            count: ids.len(),
            goroutine_ids: ids.iter().map(|id| GoId(*id)).collect(),
            example: GoId(ids[0]),
        };
        GoroutineGroups {
            total: 4,
            groups: vec![group("a", &[1, 2, 3]), group("b", &[9])],
        }
    }

    #[test]
    fn an_open_group_shows_its_members() {
        let mut rows = GroupRows::new(&groups(), |_| true);
        assert_eq!(rows.len(), 2);
        rows.set_open(0, true);
        assert_eq!(rows.len(), 5);
        assert_eq!(
            rows.at(3),
            Some(GroupRow::Member {
                group: 0,
                id: GoId(3)
            })
        );
        assert!(matches!(rows.at(4), Some(GroupRow::Heading { group: 1, .. })));
        assert_eq!(rows.row_of(GoId(9)), Some(4));
        assert_eq!(rows.at(5), None);
    }

    #[test]
    fn a_filter_takes_members_and_empty_groups_away() {
        let rows = GroupRows::new(&groups(), |id| id == GoId(2));
        assert_eq!(rows.count(), 1);
        assert!(matches!(
            rows.at(0),
            Some(GroupRow::Heading {
                count: 1,
                example: GoId(2),
                ..
            })
        ));
    }
}
