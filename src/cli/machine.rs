//! What is done without a session: finding a process by its name, listing processes and
//! core dumps, `doctor`.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::invocation::{CoresRequest, DoctorRequest, Process, SessionArgs};
use super::run::{has_screen, headless, start_engine};
use super::{resolve, screen};
use crate::base::{CancelToken, Limits};
use crate::config;
use crate::engine::EngineHandle;
use crate::headless::{self, Client};
use crate::model::{Config, CoreQuery, Failure, FailureKind};
use crate::ui::{Start, checks};

/// The number of a process that was given by number or by name.
///
/// # Errors
/// When no process, or more than one, has that name.
pub(super) fn pid_of(process: &Process) -> Result<u32, Failure> {
    match process {
        Process::Pid(pid) => Ok(*pid),
        Process::Name(name) => {
            let engine = start_engine(Limits::default(), None)?;
            let client = Client::new(engine, CancelToken::new(), false);
            headless::find_process(client, std::process::id(), name)
        }
    }
}

/// `attach` without a process, where no screen can show a list: JSON is given one, a person is told
/// what to do.
pub(super) fn without_process(
    args: &SessionArgs,
    engine: EngineHandle,
    config: &Config,
) -> Result<u8, Failure> {
    if args.json && args.commands.is_empty() && args.script.is_none() {
        return headless(engine, config, true, |client, _, streams| {
            headless::list_processes(client, streams)
        });
    }
    Err(Failure::new(
        FailureKind::Usage,
        "no process was given, and there is no screen to pick one on",
    )
    .hint("usage: tinydbg-tui attach [OPTIONS] PID|NAME")
    .hint("to list the processes: tinydbg-tui attach --json"))
}

/// Lets one of the stored core dumps be picked, or prints them; 1 when there is none.
///
/// # Errors
/// When a second directory, or a second thing to look for, was given.
pub(super) fn cores(request: &CoresRequest) -> Result<u8, Failure> {
    let engine = start_engine(Limits::default(), None)?;
    let query = query_of(request)?;
    if has_screen() && !request.list && !request.json {
        let config = config::load(None, &Limits::default());
        let start = Start::PickCore(resolve::unknown_core(&config), query);
        return screen::run(engine, start, config);
    }
    headless(
        engine,
        &Config::default(),
        request.json,
        |client, options, streams| headless::list_cores(client, query, options, streams),
    )
}

/// Of the words that were given, what is a directory is looked in; the other is looked for.
fn query_of(request: &CoresRequest) -> Result<CoreQuery, Failure> {
    let mut query = CoreQuery {
        most: request.most,
        journal: request.journal.clone(),
        ..CoreQuery::default()
    };
    for what in &request.what {
        let is_second = if what.is_dir() {
            query.directory.replace(what.clone()).is_some()
        } else {
            let text = what.to_string_lossy().into_owned();
            query.wanted.replace(text).is_some()
        };
        if is_second {
            let message = format!(
                "one directory and one match can be given: {} is too much",
                what.display()
            );
            return Err(Failure::new(FailureKind::Usage, message)
                .hint("usage: tinydbg-tui cores [OPTIONS] [DIR] [MATCH]"));
        }
    }
    Ok(query)
}

/// The file of a core that was not given by its file, but by a process id or a program; `None`
/// where systemd stored none.
///
/// # Errors
/// When the one that was stored cannot be opened now.
pub(super) fn stored_core(given: &Path) -> Result<Option<PathBuf>, Failure> {
    let engine = start_engine(Limits::default(), None)?;
    let client = Client::new(engine, CancelToken::new(), false);
    headless::find_core(client, &given.to_string_lossy())
}

/// Looks at the surroundings; 1 when anything stands in the way.
pub(super) fn doctor(request: &DoctorRequest) -> Result<u8, Failure> {
    let pid = request.process.as_ref().map(pid_of).transpose()?;
    let engine = start_engine(Limits::default(), None)?;
    let terminal = terminal();
    headless(
        engine,
        &Config::default(),
        request.json,
        |client, options, streams| headless::doctor(client, pid, terminal, options, streams),
    )
}

fn terminal() -> Vec<crate::model::Check> {
    let variable = |name: &str| env::var(name).ok();
    let [term, colorterm, no_color, lc_all, lc_ctype, lang] =
        ["TERM", "COLORTERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"].map(variable);
    checks::check_terminal(&checks::Facts {
        is_terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
        size: checks::size(),
        term: term.as_deref(),
        colorterm: colorterm.as_deref(),
        no_color: no_color.as_deref(),
        lc_all: lc_all.as_deref(),
        lc_ctype: lc_ctype.as_deref(),
        lang: lang.as_deref(),
    })
}
