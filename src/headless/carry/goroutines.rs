//! `goroutines`, `goroutine`, `threads`, `thread`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{GoId, Tid};
use crate::engine::commands::{GoroutinesQuery, GroupBy};
use crate::headless::console::Console;
use crate::headless::reply::{
    GoroutineReply, GoroutinesReply, GroupsReply, Reply, RowStyle, Rows, ThreadReply,
};
use crate::model::{Failure, FailureKind, FrameId, Goroutine, GoroutineGroup, GoroutineList, Subject};

/// Members of each group that the text form shows, as Delve has it.
const GROUP_MEMBERS: usize = 5;

impl Console {
    pub(crate) fn show_goroutines(&mut self, query: &GoroutinesQuery) -> Result<Reply, Failure> {
        let list = self.client.goroutines()?;
        let style = RowStyle {
            location: query.location,
            labels: query.labels,
        };
        if let Some(by) = &query.group {
            return self.show_groups(query, by, &list, style);
        }
        let mut picked = query.select(&list.goroutines);
        let matching = picked.len();
        picked.truncate(query.limit.unwrap_or(matching));
        let goroutines = self.rows(&list, picked, query.stacks)?;
        Ok(Reply::Goroutines(GoroutinesReply {
            total: list.goroutines.len(),
            matching,
            shown: goroutines.len(),
            goroutines,
            problems: list.problems.clone(),
            style,
        }))
    }

    /// Rows of the list, with the innermost `depth` frames of each stack.
    fn rows(
        &mut self,
        list: &Arc<GoroutineList>,
        picked: Vec<u32>,
        depth: Option<usize>,
    ) -> Result<Rows, Failure> {
        let stacks = match depth {
            Some(depth) => {
                let rows = picked.iter().filter_map(|&row| list.goroutines.get(row as usize));
                let ids: Vec<GoId> = rows.map(|goroutine| goroutine.id).collect();
                self.client.stacks(&ids, depth)?
            }
            None => Vec::new(),
        };
        Ok(Rows::new(Arc::clone(list), picked, stacks))
    }

    fn show_groups(
        &mut self,
        query: &GoroutinesQuery,
        by: &GroupBy,
        list: &Arc<GoroutineList>,
        style: RowStyle,
    ) -> Result<Reply, Failure> {
        let rows: FxHashMap<GoId, u32> = (0..)
            .zip(&list.goroutines)
            .filter(|(_, goroutine)| query.accepts(goroutine))
            .map(|(row, goroutine)| (goroutine.id, row))
            .collect();
        let mut groups = match by {
            GroupBy::Key(key) => retain(&self.client.groups(key.clone())?.groups, &rows),
            GroupBy::Running => group_by(list, &rows, |g| {
                if g.thread.is_some() {
                    "on a thread"
                } else {
                    "not on a thread"
                }
            }),
            GroupBy::User => group_by(list, &rows, |g| if g.system { "runtime" } else { "user" }),
        };
        let all = groups.len();
        groups.truncate(query.limit.unwrap_or(usize::MAX));
        let mut members = Vec::new();
        if self.for_text {
            for group in &groups {
                let ids = group.goroutine_ids.iter().take(GROUP_MEMBERS);
                let picked = ids.filter_map(|id| rows.get(id).copied()).collect();
                members.push(self.rows(list, picked, query.stacks)?);
            }
        }
        Ok(Reply::Groups(GroupsReply {
            total: rows.len(),
            shown: groups.len(),
            more: all - groups.len(),
            groups,
            members,
            style,
        }))
    }

    pub(crate) fn show_goroutine(&mut self) -> Result<Reply, Failure> {
        let selected = self.selected()?;
        let id = match selected.subject {
            Subject::Goroutine(id) => id,
            Subject::Thread(tid) => self.thread(tid)?.goroutine.ok_or_else(|| {
                Failure::new(
                    FailureKind::NotFound,
                    format!("no goroutine runs on thread {tid}"),
                )
            })?,
        };
        let goroutine = self.goroutine(id)?;
        let frame = self.client.stack(selected.subject, selected.index, 1)?.frames;
        Ok(Reply::Goroutine(Box::new(GoroutineReply {
            goroutine,
            selected_frame: frame.into_iter().next(),
            switched_from: None,
        })))
    }

    pub(crate) fn select_goroutine(&mut self, id: GoId) -> Result<Reply, Failure> {
        let goroutine = self.goroutine(id)?;
        let subject = Subject::Goroutine(id);
        let before = self.selected_so_far();
        // The crash is selected in its goroutine, whichever way one comes there.
        let crash = match before {
            None => self.selected().ok().filter(|frame| frame.subject == subject),
            Some(frame) => Some(frame).filter(|frame| frame.subject == subject),
        };
        let frame = match crash {
            Some(frame) => self
                .client
                .stack(subject, frame.index, 1)?
                .frames
                .into_iter()
                .next(),
            None => self.user_frame(subject)?,
        };
        let switched_from = self.selected_so_far().map(|frame| frame.subject);
        let index = frame.as_ref().map_or(0, |frame| frame.index);
        self.select(FrameId { subject, index });
        Ok(Reply::Goroutine(Box::new(GoroutineReply {
            goroutine,
            selected_frame: frame,
            switched_from: switched_from.filter(|from| *from != subject),
        })))
    }

    pub(crate) fn show_threads(&mut self) -> Result<Reply, Failure> {
        Ok(Reply::Threads {
            threads: self.client.threads()?,
        })
    }

    pub(crate) fn select_thread(&mut self, tid: Tid) -> Result<Reply, Failure> {
        let thread = self.thread(tid)?;
        let subject = Subject::Thread(tid);
        let frame = self.client.stack(subject, 0, 1)?.frames.into_iter().next();
        let switched_from = self.selected_so_far().map(|frame| frame.subject);
        self.select(FrameId { subject, index: 0 });
        Ok(Reply::Thread(Box::new(ThreadReply {
            thread,
            selected_frame: frame,
            switched_from: switched_from.filter(|from| *from != subject),
        })))
    }

    fn goroutine(&mut self, id: GoId) -> Result<Goroutine, Failure> {
        let list = self.client.goroutines()?;
        let found = list.goroutines.iter().find(|goroutine| goroutine.id == id);
        found.cloned().ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("there is no goroutine {id}"))
                .hint("`goroutines` lists them")
        })
    }

    fn thread(&mut self, tid: Tid) -> Result<crate::model::Thread, Failure> {
        let threads = self.client.threads()?;
        let found = threads.iter().find(|thread| thread.tid == tid);
        found.cloned().ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("there is no thread {tid}"))
                .hint("`threads` lists them")
        })
    }
}

/// The groups without the goroutines that are not in `rows`; largest first.
fn retain(groups: &[GoroutineGroup], rows: &FxHashMap<GoId, u32>) -> Vec<GoroutineGroup> {
    let mut kept: Vec<GoroutineGroup> = groups.iter().filter_map(|group| retain_in(group, rows)).collect();
    kept.sort_by_key(|group| std::cmp::Reverse(group.count));
    kept
}

fn retain_in(group: &GoroutineGroup, rows: &FxHashMap<GoId, u32>) -> Option<GoroutineGroup> {
    let ids = group.goroutine_ids.iter().copied();
    let ids: Vec<GoId> = ids.filter(|id| rows.contains_key(id)).collect();
    Some(GoroutineGroup {
        key: group.key.clone(),
        count: ids.len(),
        example: *ids.first()?,
        goroutine_ids: ids,
    })
}

fn group_by(
    list: &GoroutineList,
    rows: &FxHashMap<GoId, u32>,
    key: impl Fn(&Goroutine) -> &'static str,
) -> Vec<GoroutineGroup> {
    let mut ids: BTreeMap<&'static str, Vec<GoId>> = BTreeMap::new();
    for goroutine in list.goroutines.iter().filter(|g| rows.contains_key(&g.id)) {
        ids.entry(key(goroutine)).or_default().push(goroutine.id);
    }
    let mut groups: Vec<GoroutineGroup> = ids
        .into_iter()
        .filter_map(|(key, goroutine_ids)| {
            Some(GoroutineGroup {
                key: key.to_owned(),
                count: goroutine_ids.len(),
                example: *goroutine_ids.first()?,
                goroutine_ids,
            })
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}
