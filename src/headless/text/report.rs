//! The report: what someone reads at night. The verdict first, then what makes it doubtful, then
//! the guilty line, the panics, the stack, and what everyone else was doing.

use std::io;

use super::goroutines::bracketed;
use super::place::{file_line, function, place};
use super::source::write_lines;
use super::stack;
use super::write_warning;
use crate::headless::page::{Page, count};
use crate::headless::reply::ReportReply;
use crate::model::{CrashSite, GoroutineGroup, PanicEntry, Role, WarningKind};

/// Groups of goroutines described.
const GROUPS: usize = 10;

/// Goroutines of a group named.
const IDS: usize = 4;

pub(super) fn write(page: &mut Page<'_>, reply: &ReportReply) -> io::Result<()> {
    let report = &reply.report;
    let reason = match (report.reason.as_str(), &report.signal) {
        ("", Some(signal)) => format!("ended by {}: why is not known", signal.name),
        ("", None) => "why it ended is not known".to_owned(),
        (reason, _) => reason.to_owned(),
    };
    // Of the wrong executable nothing else can be believed.
    let (doubts, others): (Vec<_>, Vec<_>) = report
        .warnings
        .iter()
        .partition(|warning| warning.kind == WarningKind::Mismatch);
    for warning in doubts {
        write_warning(page, warning)?;
    }
    page.line(page.show(Role::Error, &reason))?;
    for warning in others {
        write_warning(page, warning)?;
    }
    page.line("")?;
    write_facts(page, reply)?;
    write_panics(page, &report.panics)?;
    if let Some(site) = &report.crash {
        write_site(page, reply, site)?;
    }
    write_others(page, reply)
}

fn write_facts(page: &mut Page<'_>, reply: &ReportReply) -> io::Result<()> {
    let report = &reply.report;
    let mut program = report
        .exe
        .clone()
        .unwrap_or_else(|| "unknown executable".to_owned());
    if let Some(pid) = report.pid {
        program.push_str(&format!(" (pid {pid})"));
    }
    if let Some(version) = &report.go_version {
        program.push_str(&format!(", {version}"));
    }
    write_fact(page, "program", &program)?;
    if let Some(core) = &reply.core {
        write_fact(page, "core", core)?;
    }
    if let Some(signal) = &report.signal {
        write_fact(page, "signal", &signal.to_string())?;
    }
    if let Some(words) = &report.last_words
        && !report.reason.contains(words.as_str())
    {
        write_fact(page, "last words", words)?;
    }
    Ok(())
}

fn write_fact(page: &mut Page<'_>, name: &str, value: &str) -> io::Result<()> {
    let name = page.show(Role::Dim, &format!("{name:<10}"));
    let value = page.show(Role::Plain, value);
    page.line(format_args!("{name}  {value}"))
}

/// The chain as the runtime prints it, types added.
fn write_panics(page: &mut Page<'_>, panics: &[PanicEntry]) -> io::Result<()> {
    if panics.is_empty() {
        return Ok(());
    }
    page.line("")?;
    for (depth, panic) in panics.iter().enumerate() {
        let indent = if depth == 0 { "" } else { "        " };
        let text = panic.text();
        let mut lines = text.lines();
        let message = page.show(Role::Text, lines.next().unwrap_or_default());
        let mut marks = String::new();
        if panic.recovered {
            marks.push_str(" [recovered]");
        }
        if panic.repanicked {
            marks.push_str(" [repanicked]");
        }
        // A dying runtime replaces errors by their texts, so that `string` tells nothing.
        if let Some(name) = panic.type_name.as_deref().filter(|name| *name != "string") {
            marks.push_str(&format!("  ({})", page.show(Role::TypeName, name)));
        }
        page.line(format_args!("{indent}panic: {message}{marks}"))?;
        for line in lines {
            let line = page.show(Role::Text, line);
            page.line(format_args!("{indent}       {line}"))?;
        }
    }
    Ok(())
}

fn write_site(page: &mut Page<'_>, reply: &ReportReply, site: &CrashSite) -> io::Result<()> {
    let mut whose = match site.goroutine {
        Some(id) => format!("goroutine {id}"),
        None => "a thread without goroutine".to_owned(),
    };
    if let Some(tid) = site.thread {
        whose.push_str(&format!(" (thread {tid})"));
    }
    page.line("")?;
    if site.goroutine.is_none() && in_the_runtime(reply) {
        return page.line(format_args!(
            "no goroutine was running: the runtime ended the program (`bt` shows how)"
        ));
    }
    write_place(page, &format!("died in {whose}"), site)?;
    match &reply.source {
        Some(Ok(listing)) => write_lines(page, listing)?,
        Some(Err(why)) => {
            let why = page.show(Role::Missing, why);
            page.line(format_args!("    (no source: {why})"))?;
        }
        None => {}
    }
    let elsewhere = |other: &&CrashSite| other.frame_index != site.frame_index;
    let report = &reply.report;
    if let Some(origin) = report.origin.as_ref().filter(elsewhere) {
        write_place(page, "the signal was raised", origin)?;
    }
    if let Some(last) = report.last_panic.as_ref().filter(elsewhere) {
        write_place(page, "panicked anew", last)?;
    }
    let Some(stack) = reply.stack.as_ref().filter(|stack| stack.frames.len() > 1) else {
        return Ok(());
    };
    page.line("")?;
    let above = stack.frames.first().map_or(0, |row| row.frame.index);
    if above > 0 {
        page.line(format_args!(
            "stack, without the {} of the crash itself (`bt` shows all):",
            count(above, "frame")
        ))?;
    } else {
        page.line("stack:")?;
    }
    stack::write(page, stack)
}

fn write_place(page: &mut Page<'_>, what: &str, site: &CrashSite) -> io::Result<()> {
    let place = place(page, &site.frame);
    page.line(format_args!("{what}, frame {}:", site.frame_index))?;
    page.line(format_args!("    {place}"))
}

fn in_the_runtime(reply: &ReportReply) -> bool {
    let innermost = reply.stack.as_ref().and_then(|stack| stack.frames.first());
    innermost.is_some_and(|row| row.frame.runtime)
}

fn write_others(page: &mut Page<'_>, reply: &ReportReply) -> io::Result<()> {
    let report = &reply.report;
    page.line("")?;
    let threads = count(report.thread_count, "thread");
    if report.goroutine_count == 0 {
        // Every Go program has some: none means that they could not be read.
        return page.line(format_args!("{threads}; the goroutines could not be listed"));
    }
    let goroutines = count(report.goroutine_count, "goroutine");
    page.line(format_args!("{goroutines} on {threads}, alike by place:"))?;
    let is_system = |group: &&GoroutineGroup| {
        let example = reply.examples.get(&group.example);
        example.is_some_and(|goroutine| goroutine.system)
    };
    let (system, user): (Vec<_>, Vec<_>) = report.groups.iter().partition(is_system);
    let digits = report.groups.iter().map(|group| group.count).max().unwrap_or(0);
    let digits = digits.to_string().len().max(3);
    for group in user.iter().take(GROUPS) {
        write_group(page, reply, group, digits)?;
    }
    let left_out = user.get(GROUPS..).unwrap_or_default();
    if !left_out.is_empty() {
        let goroutines: usize = left_out.iter().map(|group| group.count).sum();
        page.line(format_args!(
            "{goroutines:>digits$}  in {} (`goroutines -group stack` shows all)",
            count(left_out.len(), "smaller group")
        ))?;
    }
    let goroutines: usize = system.iter().map(|group| group.count).sum();
    if goroutines > 0 {
        page.line(format_args!("{goroutines:>digits$}  of the runtime's own"))?;
    }
    Ok(())
}

/// `  5  main.worker.func1 main.go:16 [chan receive]  6 7 8 9 ...`.
fn write_group(
    page: &mut Page<'_>,
    reply: &ReportReply,
    group: &GoroutineGroup,
    digits: usize,
) -> io::Result<()> {
    let what = match reply.examples.get(&group.example) {
        Some(example) => {
            let state = bracketed(page, example).unwrap_or_else(|| "running".to_owned());
            let location = &example.user_loc;
            format!(
                "{} {} [{state}]",
                function(page, location),
                file_line(page, location)
            )
        }
        None => page.show(Role::Plain, &group.key),
    };
    let ids: Vec<String> = group
        .goroutine_ids
        .iter()
        .take(IDS)
        .map(ToString::to_string)
        .collect();
    let rest = if group.count > ids.len() { " ..." } else { "" };
    let ids = page.show(Role::Dim, &format!("goroutine {}{rest}", ids.join(" ")));
    page.line(format_args!("{:>digits$}  {what}  {ids}", group.count))
}
