//! Core dumps that lie on this machine: the list, and the one that a name stands for.

use std::io;
use std::path::PathBuf;

use super::client::Client;
use super::json;
use super::machine::failed;
use super::page::Page;
use super::script::{Options, Outcome, Streams};
use super::text;
use crate::model::{CoreQuery, Failure, FailureKind, StoredCore, StoredState};

/// Writes the cores that fit `query`, the newest first. It has failed when there is none.
///
/// # Errors
/// Those of the outputs, a closed pipe included.
pub fn list_cores(
    mut client: Client,
    query: CoreQuery,
    options: Options,
    mut streams: Streams<'_>,
) -> io::Result<Outcome> {
    const COMMAND: &str = "cores";
    let directory = query.directory.clone();
    let cores = match client.cores(query) {
        Ok(cores) => cores,
        Err(failure) => return failed(COMMAND, &failure, options.json, &mut streams),
    };
    if options.json {
        json::write_result(streams.out, COMMAND, &*cores)?;
    } else {
        let by_number = directory.is_none();
        text::write_cores(&mut Page::new(streams.out, options.color), &cores, by_number)?;
        for unseen in &cores.unseen {
            streams.complaints().paragraph("note: ", unseen)?;
        }
    }
    streams.out.flush()?;
    Ok(match cores.cores.is_empty() {
        true => Outcome::Failed,
        false => Outcome::Done,
    })
}

/// The file of the newest stored core that `wanted` stands for: a process id, a program, an
/// executable. `None` when there is none.
///
/// # Errors
/// When there was one that cannot be opened now.
pub fn find_core(mut client: Client, wanted: &str) -> Result<Option<PathBuf>, Failure> {
    let cores = client.cores(CoreQuery {
        wanted: Some(wanted.to_owned()),
        ..CoreQuery::default()
    })?;
    let there = cores.cores.iter().find(|core| {
        let state = core.state;
        matches!(
            state,
            StoredState::Present | StoredState::Truncated | StoredState::Inaccessible
        )
    });
    match (there, cores.cores.first()) {
        (Some(core), _) => Ok(core.file.as_ref().map(PathBuf::from)),
        (None, Some(newest)) => Err(gone(newest)),
        (None, None) => Ok(None),
    }
}

fn gone(core: &StoredCore) -> Failure {
    let name = core.name.as_deref().unwrap_or("the program");
    let pid = core.pid.map_or_else(String::new, |pid| format!(" ({pid})"));
    let when = core
        .time
        .as_ref()
        .map_or_else(String::new, |time| format!(" at {time}"));
    let died = format!("{name}{pid} died{when}");
    let failure = |text: &str| Failure::new(FailureKind::NotFound, format!("{died}, {text}"));
    match core.state {
        StoredState::Journal => failure("and its core lies in the journal itself").hint(format!(
            "to write it to a file: coredumpctl dump -o FILE {}",
            core.pid.map_or_else(String::new, |pid| pid.to_string())
        )),
        StoredState::None => failure("and its core was not kept")
            .hint("ProcessSizeMax= and Storage= of coredump.conf, and `ulimit -c`, say what is kept"),
        _ => failure(&format!(
            "and its core is gone: {}",
            core.file.as_deref().unwrap_or("it was not kept")
        ))
        .hint("systemd removes cores after days, or when the disk is full: MaxUse= and KeepFree= of coredump.conf"),
    }
}
