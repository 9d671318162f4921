//! Stored core dumps as a table.

use std::io;

use super::process::size;
use crate::headless::page::{Page, count};
use crate::model::{Role, StoredCore, StoredCores, StoredState};

const HEADS: [&str; 7] = ["TIME (UTC)", "PID", "USER", "SIGNAL", "SIZE", "STATE", "PROGRAM"];
/// Columns with numbers.
const RIGHT: [bool; 7] = [false, true, false, false, true, false, false];

/// Writes the cores; `by_number` when a process id is enough to open one.
///
/// # Errors
/// Those of the output.
pub(in crate::headless) fn write_cores(
    page: &mut Page<'_>,
    cores: &StoredCores,
    by_number: bool,
) -> io::Result<()> {
    if cores.cores.is_empty() {
        return page.line("no core dump was found");
    }
    let rows: Vec<[String; 7]> = cores.cores.iter().map(|core| cells(core, by_number)).collect();
    let widths: [usize; 7] = std::array::from_fn(|at| {
        let cells = rows.iter().filter_map(|row| row.get(at).map(String::as_str));
        let heads = HEADS.get(at).copied();
        cells
            .chain(heads)
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    });
    page.line(page.show(Role::Dim, &line(HEADS.map(str::to_owned), widths)))?;
    for (row, core) in rows.into_iter().zip(&cores.cores) {
        let role = match core.state {
            StoredState::Present | StoredState::Truncated => Role::Text,
            _ => Role::Missing,
        };
        page.line(page.show(role, &line(row, widths)))?;
    }
    let hidden = cores.total.saturating_sub(cores.cores.len());
    let more = match hidden {
        0 => String::new(),
        hidden => format!(", {hidden} older not shown"),
    };
    let how = if by_number { "core PID" } else { "core FILE" };
    page.line(format_args!(
        "[{}{more}; to open one: tinydbg-tui {how}]",
        count(cores.cores.len(), "core dump")
    ))
}

fn cells(core: &StoredCore, by_number: bool) -> [String; 7] {
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let program = core.exe.clone().or_else(|| core.name.clone());
    let program = match (&core.file, by_number) {
        (Some(file), false) => format!("{}  {file}", known(program)),
        _ => known(program),
    };
    [
        known(
            core.time
                .as_ref()
                .map(|time| time.replace('T', " ").replace('Z', "")),
        ),
        known(core.pid.map(|pid| pid.to_string())),
        known(core.user.clone().or_else(|| core.uid.map(|uid| uid.to_string()))),
        known(core.signal_name.clone()),
        known(core.bytes.map(size)),
        state(core.state).to_owned(),
        program,
    ]
}

const fn state(state: StoredState) -> &'static str {
    match state {
        StoredState::Present => "present",
        StoredState::Truncated => "truncated",
        StoredState::Missing => "missing",
        StoredState::Inaccessible => "no access",
        StoredState::Journal => "journal",
        StoredState::None => "none",
    }
}

fn line(cells: [String; 7], widths: [usize; 7]) -> String {
    let columns = cells.into_iter().zip(widths).zip(RIGHT);
    let padded = columns.map(|((cell, width), right)| match right {
        true => format!("{cell:>width$}"),
        false => format!("{cell:<width$}"),
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}
