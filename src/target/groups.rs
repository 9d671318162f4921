//! Goroutines that are alike, gathered: 100,000 workers are one line when they wait at one place.
//!
//! Pure over the goroutine rows; stacks come in as one hash a goroutine.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::base::GoId;
use crate::model::{Goroutine, GoroutineGroup, GoroutineGroups, GroupKey, Location};

/// Groups `goroutines` by `key`, largest group first, ties in the order of their first member.
#[must_use]
pub fn group<'a>(goroutines: impl Iterator<Item = &'a Goroutine>, key: &GroupKey) -> GoroutineGroups {
    match key {
        GroupKey::Stack | GroupKey::UserLoc => group_by_place(goroutines, |row| &row.user_loc),
        GroupKey::CurrentLoc => group_by_place(goroutines, |row| &row.current_loc),
        GroupKey::GoLoc => group_by_place(goroutines, |row| &row.go_loc),
        GroupKey::StartLoc => group_by_place(goroutines, |row| &row.start_loc),
        GroupKey::Status => group_by(goroutines, |row| row.status, |status| status.name().to_owned()),
        GroupKey::WaitReason => group_by(goroutines, Goroutine::state, |key| (*key).to_owned()),
        GroupKey::Label(name) => group_by(
            goroutines,
            |row| row.labels.get(name),
            |value| match value {
                Some(value) => format!("{name}={value}"),
                None => format!("no label {name}"),
            },
        ),
    }
}

/// By function and line; by pc where there is no line.
fn group_by_place<'a>(
    goroutines: impl Iterator<Item = &'a Goroutine>,
    location_of: impl Fn(&'a Goroutine) -> &'a Location,
) -> GoroutineGroups {
    group_by(
        goroutines,
        |row| {
            let location = location_of(row);
            let line = location.file.as_deref().zip(location.line);
            let pc = line.is_none().then_some(location.pc);
            (location.function.as_deref(), line, pc)
        },
        |&(function, line, pc)| {
            let function = function.unwrap_or("?");
            match (line, pc) {
                (Some((file, line)), _) => format!("{function} {file}:{line}"),
                (None, pc) => format!("{function} {}", pc.unwrap_or_default()),
            }
        },
    )
}

/// Groups by whole stack: `hashes` has one of all pcs for each goroutine, the text is the example's.
#[must_use]
pub fn group_by_stack(goroutines: &[Goroutine], hashes: &[u64]) -> GoroutineGroups {
    let mut hashes = hashes.iter().copied();
    let stack_of = |_: &Goroutine| hashes.next().unwrap_or_default();
    let mut groups = group_by(goroutines.iter(), stack_of, u64::to_string);
    let rows: FxHashMap<GoId, &Goroutine> = goroutines.iter().map(|row| (row.id, row)).collect();
    for group in &mut groups.groups {
        if let Some(example) = rows.get(&group.example) {
            group.key = format!("{} at {}", example.state(), place(&example.user_loc));
        }
    }
    groups
}

fn group_by<'a, K: Hash + Eq>(
    goroutines: impl Iterator<Item = &'a Goroutine>,
    mut key_of: impl FnMut(&'a Goroutine) -> K,
    text_of: impl Fn(&K) -> String,
) -> GoroutineGroups {
    let mut slots: FxHashMap<K, usize> = FxHashMap::default();
    let mut groups: Vec<GoroutineGroup> = Vec::new();
    for goroutine in goroutines {
        let key = key_of(goroutine);
        let slot = match slots.get(&key) {
            Some(&slot) => slot,
            None => {
                groups.push(GoroutineGroup {
                    key: text_of(&key),
                    count: 0,
                    goroutine_ids: Vec::new(),
                    example: goroutine.id,
                });
                slots.insert(key, groups.len() - 1);
                groups.len() - 1
            }
        };
        if let Some(group) = groups.get_mut(slot) {
            group.count += 1;
            group.goroutine_ids.push(goroutine.id);
        }
    }
    groups.sort_by(|a, b| b.count.cmp(&a.count).then(a.example.cmp(&b.example)));
    GoroutineGroups {
        total: groups.iter().map(|group| group.count).sum(),
        groups,
    }
}

fn place(location: &Location) -> String {
    let function = location.function.as_deref().unwrap_or("?");
    match (&location.file, location.line) {
        (Some(file), Some(line)) => format!("{function} {file}:{line}"),
        _ => format!("{function} {}", location.pc),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Addr;
    use crate::model::GoStatus;

    fn waiting(id: u64, reason: &str) -> Goroutine {
        let nowhere = Arc::new(Location::default());
        Goroutine {
            id: GoId(id),
            addr: Addr(0xc000_0000 + id),
            status: GoStatus::Waiting,
            wait_reason: Some(reason.into()),
            wait_since_ns: None,
            thread: None,
            current: false,
            system: false,
            current_loc: Arc::clone(&nowhere),
            user_loc: Arc::clone(&nowhere),
            go_loc: Arc::clone(&nowhere),
            start_loc: nowhere,
            parent: None,
            labels: Arc::default(),
            blocked_on: None,
            locked: false,
            damaged: None,
        }
    }

    #[test]
    fn the_largest_group_comes_first_and_keeps_all_ids() {
        let rows = [waiting(1, "select"), waiting(2, "sleep"), waiting(3, "sleep")];
        let groups = group(rows.iter(), &GroupKey::WaitReason);
        assert_eq!(groups.total, 3);
        assert_eq!(groups.groups[0].key, "sleep");
        assert_eq!(groups.groups[0].goroutine_ids, [GoId(2), GoId(3)]);
        assert_eq!(groups.groups[1].count, 1);
    }

    #[test]
    fn goroutines_with_one_stack_are_one_group() {
        let rows = [waiting(1, "select"), waiting(2, "select"), waiting(3, "select")];
        let groups = group_by_stack(&rows, &[1, 0, 1]);
        assert_eq!(groups.groups.iter().map(|g| g.count).collect::<Vec<_>>(), [2, 1]);
    }
}
