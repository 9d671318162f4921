//! Questions that need no session: the processes of this machine, and what stands in the way here.

use std::cmp::Reverse;
use std::io;

use serde::Serialize;

use super::client::Client;
use super::json;
use super::page::Page;
use super::script::{Options, Outcome, Streams};
use super::text;
use crate::model::{Check, CheckState, Failure, FailureKind, ProcessRow};

/// Processes named in a hint.
const NAMED: usize = 8;

/// Characters of a command line in a hint.
const SHOWN: usize = 60;

#[derive(Serialize)]
struct Processes<'a> {
    processes: &'a [ProcessRow],
}

#[derive(Serialize)]
struct Checks<'a> {
    checks: &'a [Check],
}

/// Writes the processes as a line of JSON: Go programs first, the larger before the smaller.
///
/// # Errors
/// Those of the outputs, a closed pipe included.
pub fn list_processes(mut client: Client, mut streams: Streams<'_>) -> io::Result<Outcome> {
    const COMMAND: &str = "processes";
    let mut rows = match client.processes() {
        Ok(rows) => rows.to_vec(),
        Err(failure) => return failed(COMMAND, &failure, true, &mut streams),
    };
    rows.sort_by_key(|row| {
        (
            row.go_version.is_none(),
            row.refusal.is_some(),
            Reverse(row.resident_bytes),
            row.pid,
        )
    });
    json::write_result(streams.out, COMMAND, &Processes { processes: &rows })?;
    streams.out.flush()?;
    Ok(Outcome::Done)
}

/// Writes what would keep things from working here, and with process `pid`. `terminal` are checks of
/// the screen. It has failed when anything stands in the way.
///
/// # Errors
/// Those of the outputs, a closed pipe included.
pub fn doctor(
    mut client: Client,
    pid: Option<u32>,
    terminal: Vec<Check>,
    options: Options,
    mut streams: Streams<'_>,
) -> io::Result<Outcome> {
    const COMMAND: &str = "doctor";
    let checks = match client.doctor(pid) {
        Ok(checks) => [checks.to_vec(), terminal].concat(),
        Err(failure) => return failed(COMMAND, &failure, options.json, &mut streams),
    };
    if options.json {
        json::write_result(streams.out, COMMAND, &Checks { checks: &checks })?;
    } else {
        text::write_checks(&mut Page::new(streams.out, options.color), &checks)?;
    }
    streams.out.flush()?;
    let is_bad = checks.iter().any(|check| check.state == CheckState::Bad);
    Ok(if is_bad { Outcome::Failed } else { Outcome::Done })
}

pub(super) fn failed(
    command: &str,
    failure: &Failure,
    json: bool,
    streams: &mut Streams<'_>,
) -> io::Result<Outcome> {
    if failure.kind == FailureKind::Cancelled {
        return Ok(Outcome::Interrupted);
    }
    if json {
        json::write_line(streams.out, command, Err(failure))?;
        streams.out.flush()?;
    } else {
        text::write_failure(&mut streams.complaints(), Some(command), failure)?;
    }
    Ok(Outcome::Failed)
}

/// The number of the only process that is called `name`, which may also be the whole path of its
/// executable. This process, `own`, does not count.
///
/// # Errors
/// When there is none, or more than one, which are then named.
pub fn find_process(mut client: Client, own: u32, name: &str) -> Result<u32, Failure> {
    let rows = client.processes()?;
    let named: Vec<&ProcessRow> = rows
        .iter()
        .filter(|row| row.pid != own && is_called(row, name))
        .collect();
    match named.as_slice() {
        [only] => Ok(only.pid),
        [] => Err(
            Failure::new(FailureKind::NotFound, format!("no process is called {name:?}"))
                .hint("to pick one from a list: tinydbg-tui attach"),
        ),
        several => Err(ambiguous(name, several)),
    }
}

fn is_called(row: &ProcessRow, name: &str) -> bool {
    let exe = row.exe.as_deref().unwrap_or_default();
    let exe = exe.strip_suffix(" (deleted)").unwrap_or(exe);
    row.name == name || exe == name || exe.rsplit('/').next() == Some(name)
}

fn ambiguous(name: &str, several: &[&ProcessRow]) -> Failure {
    let count = several.len();
    let failure = Failure::new(
        FailureKind::Usage,
        format!("{count} processes are called {name:?}: give the number of one"),
    );
    let failure = several.iter().take(NAMED).fold(failure, |failure, row| {
        let version = row.go_version.as_deref().unwrap_or("not Go");
        let size = text::size(row.resident_bytes);
        let command: String = row.command.chars().take(SHOWN).collect();
        failure.hint(format!("{}: {version}, {size}, {command}", row.pid))
    });
    match count.saturating_sub(NAMED) {
        0 => failure,
        more => failure.hint(format!("and {more} more")),
    }
}
