//! Goroutines, groups of them, and threads.

use std::collections::BTreeMap;
use std::io;

use super::place::{place, span};
use super::stack::write_shape;
use crate::engine::commands::{LocationKind, location_of};
use crate::headless::once::Once;
use crate::headless::page::{Page, count};
use crate::headless::reply::{GoroutineReply, GoroutinesReply, GroupsReply, RowRef, RowStyle, ThreadReply};
use crate::model::{Frame, GoStatus, Goroutine, Location, Role, StackShape, Subject, Thread};

pub(super) fn write_list(page: &mut Page<'_>, list: &GoroutinesReply) -> io::Result<()> {
    let mut shared = Shared::default();
    for row in list.goroutines.iter() {
        write_row(page, row, (list.style, ""), &mut shared)?;
    }
    let more = list.matching.saturating_sub(list.shown);
    if more > 0 {
        page.line(format_args!("(+{more} more)"))?;
    }
    for problem in &list.problems {
        let problem = page.show(Role::Plain, problem);
        page.line(format_args!("(incomplete: {problem})"))?;
    }
    if list.matching == list.total {
        page.line(format_args!("[{}]", count(list.total, "goroutine")))
    } else {
        let total = count(list.total, "goroutine");
        page.line(format_args!("[{} of {total}]", list.matching))
    }
}

pub(super) fn write_groups(page: &mut Page<'_>, reply: &GroupsReply) -> io::Result<()> {
    let mut shared = Shared::default();
    for (group, members) in reply.groups.iter().zip(&reply.members) {
        let key = page.show(Role::Function, &group.key);
        page.line(key)?;
        for row in members.iter() {
            write_row(page, row, (reply.style, "\t"), &mut shared)?;
        }
        let more = group.count.saturating_sub(members.len());
        if more > 0 {
            page.line(format_args!("\t(+{more} more)"))?;
        }
        page.line(format_args!("\tTotal: {}\n", group.count))?;
    }
    if reply.more > 0 {
        page.line(format_args!("(+{} more groups)", reply.more))?;
    }
    let groups = count(reply.shown + reply.more, "group");
    page.line(format_args!("[{} in {groups}]", count(reply.total, "goroutine")))
}

/// What thousands of rows have in common, put into words once.
#[derive(Default)]
struct Shared<'a> {
    places: Once<'a, Location, String>,
    stacks: Once<'a, StackShape, Vec<u8>>,
}

fn write_row<'a>(
    page: &mut Page<'_>,
    row: RowRef<'a>,
    (style, indent): (RowStyle, &str),
    shared: &mut Shared<'a>,
) -> io::Result<()> {
    let goroutine = row.goroutine;
    let mark = if goroutine.current { '*' } else { ' ' };
    let at = location_of(goroutine, style.location);
    page.line(format_args!(
        "{indent}{mark} Goroutine {} - {}: {}{}",
        goroutine.id,
        kind_word(style.location),
        shared.places.of(at, |at| place(page, at)),
        state(page, goroutine)
    ))?;
    if style.labels && !goroutine.labels.is_empty() {
        let labels = labels(page, &goroutine.labels);
        page.line(format_args!("{indent}\tLabels: {labels}"))?;
    }
    let Some(stack) = row.stack else {
        return Ok(());
    };
    // All rows of one list have the same indent.
    let lines = shared.stacks.of(&stack.shape, |shape| {
        let mut lines = Vec::new();
        // Writing into memory does not fail.
        let _ = write_shape(&mut page.beside(&mut lines), shape, &format!("{indent}\t"));
        lines
    });
    page.lines(lines)
}

const fn kind_word(kind: LocationKind) -> &'static str {
    match kind {
        LocationKind::User => "User",
        LocationKind::Current => "Runtime",
        LocationKind::Go => "Go",
        LocationKind::Start => "Start",
    }
}

/// ` (thread 7) [chan receive, 5m8s]`: what follows the place.
fn state(page: &Page<'_>, goroutine: &Goroutine) -> String {
    let mut text = match goroutine.thread {
        Some(tid) => format!(" (thread {tid})"),
        None => String::new(),
    };
    if let Some(state) = bracketed(page, goroutine) {
        text.push_str(&format!(" [{state}]"));
    }
    if let Some(why) = &goroutine.damaged {
        text.push_str(&format!(" (damaged: {})", page.show(Role::Doubtful, why)));
    }
    text
}

/// What a traceback has in brackets; nothing for one that simply runs.
pub(super) fn bracketed(page: &Page<'_>, goroutine: &Goroutine) -> Option<String> {
    if goroutine.status == GoStatus::Running && goroutine.thread.is_some() {
        return None;
    }
    let reason = page.show(Role::Plain, goroutine.state());
    let leaked = if goroutine.status == GoStatus::Leaked {
        ", leaked"
    } else {
        ""
    };
    Some(match goroutine.wait_since_ns {
        Some(since) => format!("{reason}{leaked}, {}", span(since)),
        None => format!("{reason}{leaked}"),
    })
}

fn labels(page: &Page<'_>, labels: &BTreeMap<String, String>) -> String {
    let one = |(key, value): (&String, &String)| {
        format!(
            "\"{}\":\"{}\"",
            page.show(Role::Name, key),
            page.show(Role::Text, value)
        )
    };
    labels.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn write_one(page: &mut Page<'_>, reply: &GoroutineReply) -> io::Result<()> {
    let goroutine = &reply.goroutine;
    write_switch(page, reply.switched_from, &format!("goroutine {}", goroutine.id))?;
    let state = state(page, goroutine);
    page.line(format_args!("Goroutine {}:{state}", goroutine.id))?;
    let places = [
        ("Runtime", &goroutine.current_loc),
        ("User", &goroutine.user_loc),
        ("Go", &goroutine.go_loc),
        ("Start", &goroutine.start_loc),
    ];
    for (word, location) in places {
        let place = place(page, location);
        page.line(format_args!("\t{word}: {place}"))?;
    }
    if let Some(parent) = goroutine.parent {
        page.line(format_args!("\tStarted by: goroutine {parent}"))?;
    }
    if let Some(object) = &goroutine.blocked_on {
        let detail = page.show(Role::Plain, &object.detail);
        page.line(format_args!("\tBlocked on: {detail}"))?;
    }
    if goroutine.locked {
        page.line("\tLocked to its thread")?;
    }
    if !goroutine.labels.is_empty() {
        let labels = labels(page, &goroutine.labels);
        page.line(format_args!("\tLabels: {labels}"))?;
    }
    write_selected(page, reply.selected_frame.as_ref())
}

pub(super) fn write_threads(page: &mut Page<'_>, threads: &[Thread]) -> io::Result<()> {
    for thread in threads {
        let mark = if thread.current { '*' } else { ' ' };
        let text = thread_line(page, thread);
        page.line(format_args!("{mark} {text}"))?;
    }
    page.line(format_args!("[{}]", count(threads.len(), "thread")))
}

/// `Thread 7 at 0x4814a1 file:line function (goroutine 1) name SIGABRT`.
fn thread_line(page: &Page<'_>, thread: &Thread) -> String {
    let mut text = format!(
        "Thread {} at {} {} {}",
        thread.tid,
        page.addr(thread.loc.pc),
        super::place::file_line(page, &thread.loc),
        super::place::function(page, &thread.loc)
    );
    if let Some(goroutine) = thread.goroutine {
        text.push_str(&format!(" (goroutine {goroutine})"));
    }
    if let Some(name) = &thread.name {
        text.push_str(&format!(" {}", page.show(Role::Text, name)));
    }
    if let Some(signal) = &thread.signal {
        text.push_str(&format!(" {}", page.show(Role::Error, &signal.name)));
    }
    text
}

pub(super) fn write_thread(page: &mut Page<'_>, reply: &ThreadReply) -> io::Result<()> {
    write_switch(page, reply.switched_from, &format!("thread {}", reply.thread.tid))?;
    let text = thread_line(page, &reply.thread);
    page.line(text)?;
    write_selected(page, reply.selected_frame.as_ref())
}

fn write_switch(page: &mut Page<'_>, from: Option<Subject>, to: &str) -> io::Result<()> {
    match from {
        Some(Subject::Goroutine(id)) => page.line(format_args!("Switched from goroutine {id} to {to}")),
        Some(Subject::Thread(tid)) => page.line(format_args!("Switched from thread {tid} to {to}")),
        None => Ok(()),
    }
}

fn write_selected(page: &mut Page<'_>, frame: Option<&Frame>) -> io::Result<()> {
    let Some(frame) = frame else {
        return Ok(());
    };
    let place = place(page, &frame.location);
    page.line(format_args!("Frame {}: {place}", frame.index))
}
