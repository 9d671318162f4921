//! The crash card: everything known about the death, as lines with a meaning.

use super::app::AppState;
use super::loadable::Loadable;
use super::text::short_function;
use super::theme::Scope;
use super::widgets::thousands;
use crate::model::{CrashReport, Location, Warning, WarningKind};

type Lines = Vec<(Scope, String)>;

/// Groups listed.
const GROUPS: usize = 12;

/// The card, before wrapping.
#[must_use]
pub fn lines(state: &AppState) -> Lines {
    match &state.report {
        Loadable::Ready(report) => card(report),
        Loadable::Failed(failure) => vec![
            (Scope::Error, failure.to_string()),
            (Scope::TextDim, failure.hints.join("; ")),
        ],
        Loadable::Loading { .. } => vec![(Scope::Busy, "finding out why it died...".to_owned())],
        Loadable::Empty => vec![(Scope::TextDim, "nothing is open yet".to_owned())],
    }
}

fn card(report: &CrashReport) -> Lines {
    // Of the wrong executable nothing else can be believed.
    let is_mismatch = |warning: &&Warning| warning.kind == WarningKind::Mismatch;
    let (doubts, warnings): (Vec<_>, Vec<_>) = report.warnings.iter().partition(is_mismatch);
    let mut lines: Lines = doubts.into_iter().map(warning_line).collect();
    lines.push((Scope::HeaderVerdict, report.reason.clone()));
    if let Some(site) = &report.crash {
        let who = match (site.goroutine, site.thread) {
            (Some(id), _) => format!("in goroutine {id}"),
            (None, Some(tid)) => format!("in thread {tid}"),
            (None, None) => "somewhere".to_owned(),
        };
        lines.push((
            Scope::Guilty,
            format!("{who}, frame {}: {}", site.frame_index, place(&site.frame)),
        ));
        let others = [
            ("raised in", &report.origin),
            ("panicked anew in", &report.last_panic),
        ];
        for (what, other) in others {
            if let Some(other) = other
                && other.frame_index != site.frame_index
            {
                lines.push((
                    Scope::Warning,
                    format!("{what} frame {}: {}", other.frame_index, place(&other.frame)),
                ));
            }
        }
    }
    lines.extend(warnings.into_iter().map(warning_line));
    panics(report, &mut lines);
    if let Some(signal) = &report.signal {
        heading(&mut lines, "Signal");
        lines.push((Scope::Text, signal.to_string()));
    }
    if let Some(words) = &report.last_words {
        heading(&mut lines, "Last words");
        lines.extend(
            words
                .lines()
                .take(40)
                .map(|line| (Scope::RoleText, line.to_owned())),
        );
    }
    groups(report, &mut lines);
    heading(&mut lines, "Program");
    let facts = [
        report.exe.clone(),
        report.pid.map(|pid| format!("pid {pid}")),
        report.go_version.clone(),
        report.build_id.as_ref().map(|id| format!("build id {id}")),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    lines.push((Scope::TextDim, facts.join(", ")));
    lines
}

fn warning_line(warning: &Warning) -> (Scope, String) {
    (Scope::Warning, format!("! {}", warning.message))
}

fn panics(report: &CrashReport, lines: &mut Lines) {
    if report.panics.is_empty() {
        return;
    }
    heading(
        lines,
        if report.panics.len() > 1 {
            "Panics, oldest first"
        } else {
            "Panic"
        },
    );
    for panic in &report.panics {
        let mut text = panic.text().into_owned();
        if panic.recovered {
            text.push_str(" [recovered]");
        }
        if panic.repanicked {
            text.push_str(" [repanicked]");
        }
        let scope = if panic.recovered {
            Scope::TextDim
        } else {
            Scope::Error
        };
        lines.push((scope, text));
        if let Some(name) = &panic.type_name {
            lines.push((Scope::RoleType, format!("    {name}")));
        }
    }
}

fn groups(report: &CrashReport, lines: &mut Lines) {
    if report.groups.is_empty() {
        return;
    }
    let count = thousands(report.goroutine_count as u64);
    let threads = thousands(report.thread_count as u64);
    heading(
        lines,
        &format!("What the {count} goroutines on {threads} threads were doing"),
    );
    for group in report.groups.iter().take(GROUPS) {
        lines.push((
            Scope::Text,
            format!("{:>7} x  {}", thousands(group.count as u64), group.key),
        ));
    }
    let rest = report.groups.len().saturating_sub(GROUPS);
    if rest > 0 {
        lines.push((
            Scope::TextDim,
            format!("        and {rest} more groups: t in the goroutine pane"),
        ));
    }
}

fn heading(lines: &mut Lines, text: &str) {
    lines.push((Scope::Text, String::new()));
    lines.push((Scope::Group, text.to_owned()));
}

/// `main.process at /src/main.go:27`.
fn place(location: &Location) -> String {
    let name = match &location.function {
        Some(name) => short_function(name).into_owned(),
        None => location.pc.to_string(),
    };
    match (&location.file, location.line) {
        (Some(file), Some(line)) => format!("{name} at {file}:{line}"),
        _ => name,
    }
}
