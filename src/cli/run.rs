//! Does what an invocation says, prints what went wrong, decides the exit code.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use super::invocation::{DumpRequest, Invocation, SessionArgs, Stop, parse};
use super::{docs, interrupt, machine, resolve, screen};
use crate::base::Limits;
use crate::config;
use crate::engine::commands::UserCommand;
use crate::engine::{EngineHandle, TRACER_VERB, serve_tracer};
use crate::headless::{self, Client, Options, Outcome, Page, Step, Streams};
use crate::model::{ColorChoice, Config, Failure, FailureKind, OpenSpec};
use crate::ui::Start;

/// Opening, or a command, failed.
const FAILED: u8 = 1;
/// Wrong usage.
const USAGE: u8 = 2;
/// Ended by ctrl-c: 128 and the signal's number, as shells have it.
const INTERRUPTED: u8 = 130;

/// Bytes of results written at once: what a pipe takes.
const OUT_BUFFER: usize = 1 << 16;

/// Columns of every terminal that a person reads on.
const PERSON_WIDTH: usize = 80;

/// Runs the program with the arguments and the environment of the process.
#[must_use]
pub fn main() -> ExitCode {
    if env::args_os().nth(1).is_some_and(|verb| verb == TRACER_VERB) {
        return trace();
    }
    let outcome = match parse(env::args_os()) {
        Ok(invocation) => run(invocation),
        Err(Stop::Clap(error)) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
        Err(Stop::Usage(failure)) => Err(failure),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let mut err = io::stderr();
            let mut page = Page::new(&mut err, false).wrapped_at(stderr_width());
            let _ = headless::write_failure(&mut page, None, &failure);
            match failure.kind {
                FailureKind::Usage => ExitCode::from(USAGE),
                FailureKind::Cancelled => ExitCode::from(INTERRUPTED),
                _ => ExitCode::from(FAILED),
            }
        }
    }
}

/// The hidden verb: this process is the tracer of another one of the same program.
fn trace() -> ExitCode {
    match serve_tracer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

fn run(invocation: Invocation) -> Result<u8, Failure> {
    match invocation {
        Invocation::Session(args) => run_session(&args),
        Invocation::Dump(request) => run_dump(&request),
        Invocation::Cores(request) => machine::cores(&request),
        Invocation::Doctor(request) => machine::doctor(&request),
        Invocation::Man => print(&docs::man_page()),
        Invocation::Completions(shell) => print(&docs::completions(shell)),
    }
}

fn run_session(args: &SessionArgs) -> Result<u8, Failure> {
    let limits = Limits::default();
    let config = settings(args, &limits);
    let start = resolve::start(&args.subject, &config)?;
    let engine = start_engine(limits.clone(), args.log.as_deref())?;
    if wants_screen(args) {
        return screen::run(engine, start, config);
    }
    let Start::Open(spec) = start else {
        return machine::without_process(args, engine, &config);
    };
    let mut lines = args.commands.clone();
    if let Some(path) = &args.script {
        lines.extend(read_script(path, &limits)?);
    }
    if args.commands.is_empty() && args.script.is_none() {
        lines.push("report".to_owned());
    }
    run_headless(engine, spec, &config, &Step::all_of(&lines), args.json)
}

/// Dumps a process without a session.
fn run_dump(request: &DumpRequest) -> Result<u8, Failure> {
    let limits = Limits::default();
    let config = Config::default();
    let spec = resolve::process(machine::pid_of(&request.process)?, false, &config);
    let command = UserCommand::Dump(request.options.clone());
    let engine = start_engine(limits, None)?;
    let steps = [Step {
        text: "dump".to_owned(),
        command: Ok(command),
    }];
    run_headless(engine, spec, &config, &steps, request.json)
}

/// The config file, overruled by the arguments.
fn settings(args: &SessionArgs, limits: &Limits) -> Config {
    let mut config = config::load(args.config.as_deref(), limits);
    config.theme = args.theme.clone().or(config.theme);
    config.color = args.color.unwrap_or(config.color);
    config.sysroot = args.sysroot.clone().or(config.sysroot);
    // Rules given now come before those of the file: the first that fits wins.
    config
        .substitute_path
        .splice(0..0, args.substitute_path.iter().cloned());
    config.no_debuginfod |= args.no_debuginfod;
    config.debug_dirs.splice(0..0, args.debug_dirs.iter().cloned());
    config
}

/// Commands or `--json` ask for text, and a screen needs a terminal that can draw one.
fn wants_screen(args: &SessionArgs) -> bool {
    args.commands.is_empty() && args.script.is_none() && !args.json && has_screen()
}

/// Whether there is a terminal on both sides that can draw.
pub(super) fn has_screen() -> bool {
    io::stdin().is_terminal()
        && io::stdout().is_terminal()
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

pub(super) fn start_engine(limits: Limits, log: Option<&Path>) -> Result<EngineHandle, Failure> {
    let engine = match log {
        None => EngineHandle::spawn(limits),
        Some(path) => EngineHandle::spawn_logged(limits, create_log(path)?),
    };
    engine.map_err(|error| {
        Failure::new(FailureKind::Internal, "cannot start the engine's thread").because(&error)
    })
}

/// A log may hold paths and names of the crashed service: it is for its owner only.
fn create_log(path: &Path) -> Result<File, Failure> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| {
            Failure::new(
                FailureKind::File,
                format!("cannot write the log {}", path.display()),
            )
            .because(&error)
        })
}

fn read_script(path: &Path, limits: &Limits) -> Result<Vec<String>, Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            FailureKind::File,
            format!("cannot read the script {}", path.display()),
        )
        .because(&error)
    };
    let mut text = String::new();
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    source
        .take(limits.source_bytes)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn run_headless(
    engine: EngineHandle,
    spec: OpenSpec,
    config: &Config,
    steps: &[Step],
    json: bool,
) -> Result<u8, Failure> {
    headless(engine, config, json, |client, options, streams| {
        headless::run(client, spec, steps, options, streams)
    })
}

/// Does `work` with the standard streams, and makes an exit code of how it went.
pub(super) fn headless(
    engine: EngineHandle,
    config: &Config,
    json: bool,
    work: impl FnOnce(Client, Options, Streams<'_>) -> io::Result<Outcome>,
) -> Result<u8, Failure> {
    let interrupt = interrupt::watch()
        .map_err(|error| Failure::new(FailureKind::Internal, "cannot listen for signals").because(&error))?;
    let client = Client::new(engine, interrupt.token.clone(), io::stderr().is_terminal());
    let mut err = io::stderr();
    for complaint in &config.complaints {
        let mut page = Page::new(&mut err, false).wrapped_at(stderr_width());
        let _ = headless::write_complaint(&mut page, complaint);
    }
    let options = Options {
        json,
        color: !json && wants_color(config),
    };
    let mut out = BufWriter::with_capacity(OUT_BUFFER, plain_stdout()?);
    let streams = Streams {
        out: &mut out,
        err: &mut err,
        err_width: stderr_width(),
    };
    let result = work(client, options, streams);
    let result = result.and_then(|outcome| out.flush().map(|()| outcome));
    match result {
        Ok(Outcome::Done) => Ok(0),
        Ok(Outcome::Failed) => Ok(FAILED),
        Ok(Outcome::Interrupted) => Ok(interrupt.exit_code()),
        Err(error) => {
            // What is still buffered would fail again when it is dropped.
            let _ = out.into_parts();
            writing_failed(&error)
        }
    }
}

/// Standard output without Rust's own buffer, which looks for line ends in all that passes.
fn plain_stdout() -> Result<File, Failure> {
    let own = io::stdout().as_fd().try_clone_to_owned();
    let own = own
        .map_err(|error| Failure::new(FailureKind::File, "cannot write to standard output").because(&error));
    Ok(File::from(own?))
}

/// Complaints are broken into lines for a person, and left whole for a program to search.
fn stderr_width() -> Option<usize> {
    io::stderr().is_terminal().then_some(PERSON_WIDTH)
}

fn wants_color(config: &Config) -> bool {
    match config.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            io::stdout().is_terminal()
                && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

fn print(text: &[u8]) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(0),
        Err(error) => writing_failed(&error),
    }
}

/// A reader that has seen enough closes the pipe: that is no fault. Anything else is.
fn writing_failed(error: &io::Error) -> Result<u8, Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(0);
    }
    Err(Failure::new(FailureKind::File, "cannot write the results").because(error))
}
