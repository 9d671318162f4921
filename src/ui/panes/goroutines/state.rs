//! What the goroutine pane knows: the list, the order and filter it is shown in, its groups.
//!
//! Rows are an index vector over the shared list, built in slices so that a million goroutines
//! never hold up a key.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::filter::{Filter, Sieve};
use super::groups::GroupRows;
use crate::base::{Addr, GoId};
use crate::engine::commands::{GoroutineFilter, GoroutinesQuery, LocationKind, SortKey};
use crate::model::{GoStatus, Goroutine, GoroutineGroups, GoroutineList, GroupKey};
use crate::ui::loadable::Loadable;
use crate::ui::widgets::ListState;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Goroutines {
    pub list: Loadable<Arc<GoroutineList>>,
    /// Indices into the list, in the order shown.
    pub rows: Vec<u32>,
    building: Option<Building>,
    pub filter_text: String,
    /// Filters set by the `goroutines` command, beside the typed one.
    pub filters: Vec<GoroutineFilter>,
    pub sort: SortKey,
    pub reversed: bool,
    /// Whether the runtime's own goroutines are shown.
    pub show_system: bool,
    pub location: LocationKind,
    pub grouping: Option<GroupKey>,
    pub groups: Loadable<Arc<GoroutineGroups>>,
    pub group_rows: GroupRows,
    pub scroll: ListState,
    /// The goroutine under the cursor, kept through sorting and filtering.
    pub selected: Option<GoId>,
    /// The goroutine that brought the program down.
    pub guilty: Option<GoId>,
    /// Goroutines at the stop before, while the list of the new one is awaited.
    before: Option<FxHashMap<GoId, (GoStatus, Addr)>>,
    /// Goroutines that are new or elsewhere since the stop before.
    pub changed: FxHashSet<GoId>,
    /// Digits of the highest id.
    pub id_width: usize,
    /// Whether any goroutine has a known wait time, or labels: columns are not wasted on nothing.
    pub has_waits: bool,
    pub has_labels: bool,
}

#[derive(Debug)]
struct Building {
    sieve: Sieve,
    query: GoroutinesQuery,
    next: usize,
    found: Vec<u32>,
}

/// Goroutines filtered in one go: about a millisecond's work, so that a key stays prompt on a
/// machine that others use as well.
const SLICE: usize = 10_000;

/// The locations in the order in which one key walks them.
#[must_use]
pub fn next_location(kind: LocationKind) -> LocationKind {
    match kind {
        LocationKind::User => LocationKind::Current,
        LocationKind::Current => LocationKind::Go,
        LocationKind::Go => LocationKind::Start,
        LocationKind::Start => LocationKind::User,
    }
}

#[must_use]
pub fn location_name(kind: LocationKind) -> &'static str {
    match kind {
        LocationKind::Current => "current",
        LocationKind::User => "user",
        LocationKind::Go => "go statement",
        LocationKind::Start => "start",
    }
}

/// The orders offered, each with its letter in the menu and its name.
pub const SORTS: [(char, SortKey, &str); 6] = [
    ('i', SortKey::Id, "id"),
    ('s', SortKey::Status, "status"),
    ('r', SortKey::WaitReason, "wait reason"),
    ('w', SortKey::Wait, "wait, longest first"),
    ('l', SortKey::Location, "location"),
    ('t', SortKey::Thread, "thread"),
];

impl Goroutines {
    /// The process was stopped anew: the next list is compared with the one shown now.
    pub fn begin_stop(&mut self) {
        self.before = self.list.ready().map(|list| {
            let place = |row: &Goroutine| (row.id, (row.status, row.current_loc.pc));
            list.goroutines.iter().map(place).collect()
        });
    }

    pub fn accept(&mut self, list: Arc<GoroutineList>) {
        let highest = list.goroutines.iter().map(|goroutine| goroutine.id.0).max();
        self.id_width = highest.map_or(1, |id| id.to_string().len());
        self.has_waits = list
            .goroutines
            .iter()
            .any(|goroutine| goroutine.wait_since_ns.is_some());
        self.has_labels = list
            .goroutines
            .iter()
            .any(|goroutine| !goroutine.labels.is_empty());
        let before = self.before.take();
        let moved = |row: &&Goroutine| {
            let before = before.as_ref().map(|before| before.get(&row.id));
            before.is_some_and(|before| before != Some(&(row.status, row.current_loc.pc)))
        };
        self.changed = list.goroutines.iter().filter(moved).map(|row| row.id).collect();
        self.list = Loadable::Ready(list);
        self.rebuild();
    }

    pub fn accept_groups(&mut self, key: &GroupKey, groups: Arc<GoroutineGroups>) {
        if self.grouping.as_ref() == Some(key) {
            self.groups = Loadable::Ready(groups);
            self.regroup();
        }
    }

    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Goroutine> {
        let list = self.list.ready()?;
        list.goroutines.get(usize::try_from(index).ok()?)
    }

    /// The goroutine with this id; the list is sorted by id.
    #[must_use]
    pub fn find(&self, id: GoId) -> Option<&Goroutine> {
        let list = &self.list.ready()?.goroutines;
        match list.binary_search_by_key(&id, |goroutine| goroutine.id) {
            Ok(at) => list.get(at),
            Err(_) => list.iter().find(|goroutine| goroutine.id == id),
        }
    }

    #[must_use]
    pub fn total(&self) -> usize {
        self.list.ready().map_or(0, |list| list.goroutines.len())
    }

    /// Rows shown.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.grouping.is_some() {
            self.group_rows.len()
        } else {
            self.rows.len()
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The goroutine that a row stands for: a group stands for its example.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<GoId> {
        if self.grouping.is_some() {
            return self.group_rows.at(row).map(|found| match found {
                super::groups::GroupRow::Heading { example, .. } => example,
                super::groups::GroupRow::Member { id, .. } => id,
            });
        }
        self.get(*self.rows.get(row)?).map(|goroutine| goroutine.id)
    }

    /// Starts to filter and sort anew; small lists are done at once.
    pub fn rebuild(&mut self) {
        if self.list.ready().is_none() {
            return;
        }
        self.building = Some(Building {
            sieve: Sieve::new(Filter::parse(&self.filter_text), self.location),
            query: GoroutinesQuery {
                filters: self.filters.clone(),
                ..GoroutinesQuery::default()
            },
            next: 0,
            found: Vec::new(),
        });
        self.step();
    }

    #[must_use]
    pub fn is_building(&self) -> bool {
        self.building.is_some()
    }

    /// Filters one more slice.
    pub fn step(&mut self) {
        let (Some(building), Some(list)) = (&mut self.building, self.list.ready()) else {
            return;
        };
        let all = &list.goroutines;
        if building.next > 0 && building.next == all.len() {
            self.finish();
            return;
        }
        let end = building.next.saturating_add(SLICE).min(all.len());
        for (at, goroutine) in all.iter().enumerate().take(end).skip(building.next) {
            let hidden = goroutine.system && !self.show_system && Some(goroutine.id) != self.guilty;
            if !hidden && building.sieve.passes(goroutine) && building.query.accepts(goroutine) {
                building.found.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        building.next = end;
        // Sorting many rows takes as long as filtering a slice: it waits for a step of its own.
        if end == all.len() && end <= SLICE {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let (Some(building), Some(list)) = (self.building.take(), self.list.ready()) else {
            return;
        };
        let mut rows = building.found;
        let order = GoroutinesQuery {
            sort: self.sort,
            location: self.location,
            ..GoroutinesQuery::default()
        };
        order.sort(&mut rows, &list.goroutines);
        if self.reversed {
            rows.reverse();
        }
        let guilty = rows.iter().position(|row| {
            list.goroutines.get(*row as usize).map(|g| g.id) == self.guilty && self.guilty.is_some()
        });
        if let Some(at) = guilty {
            rows[..=at].rotate_right(1);
        }
        self.rows = rows;
        if self.grouping.is_some() {
            self.regroup();
        }
        self.follow_selected();
    }

    /// Groups anew after a change of filter or groups.
    pub fn regroup(&mut self) {
        let (Some(groups), Some(list)) = (self.groups.ready(), self.list.ready()) else {
            self.group_rows = GroupRows::default();
            return;
        };
        let shown: FxHashSet<GoId> = self
            .rows
            .iter()
            .filter_map(|row| list.goroutines.get(*row as usize))
            .map(|goroutine| goroutine.id)
            .collect();
        let open = self.group_rows.open_examples();
        self.group_rows = GroupRows::new(groups, |id| shown.contains(&id));
        self.group_rows.reopen(&open);
        self.follow_selected();
    }

    /// Puts the cursor back on the selected goroutine after rows have moved.
    pub fn follow_selected(&mut self) {
        if let Some(row) = self.selected.and_then(|id| self.row_of(id)) {
            self.scroll.selected = row;
        }
    }

    /// The row of a goroutine, if it is shown.
    #[must_use]
    pub fn row_of(&self, id: GoId) -> Option<usize> {
        if self.grouping.is_some() {
            return self.group_rows.row_of(id);
        }
        self.rows
            .iter()
            .position(|row| self.get(*row).is_some_and(|goroutine| goroutine.id == id))
    }
}
