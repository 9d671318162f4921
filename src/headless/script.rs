//! Runs a list of commands over one session and says how it went.

use std::io::{self, Write};

use super::client::Client;
use super::console::Console;
use super::json;
use super::page::Page;
use super::reply::Reply;
use super::text;
use crate::engine::commands::{UserCommand, parse, split_line};
use crate::model::{Failure, FailureKind, OpenSpec, SessionInfo, TargetKind};

/// One command of a script: as it was written, and as it was understood.
#[derive(Clone, Debug)]
pub struct Step {
    pub text: String,
    pub command: Result<UserCommand, Failure>,
}

impl Step {
    /// The commands of lines of text.
    #[must_use]
    pub fn all_of(lines: &[String]) -> Vec<Self> {
        let texts = lines.iter().flat_map(|line| split_line(line));
        texts
            .map(|text| Self {
                text: text.to_owned(),
                command: parse(text),
            })
            .collect()
    }
}

/// What the caller decided.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// JSON lines instead of text.
    pub json: bool,
    /// Colour on stdout.
    pub color: bool,
}

/// How it went, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Opening, or at least one command, failed.
    Failed,
    Interrupted,
}

/// Where results and complaints go.
pub struct Streams<'a> {
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
    /// Columns at which complaints are broken into lines.
    pub err_width: Option<usize>,
}

impl Streams<'_> {
    pub(super) fn complaints(&mut self) -> Page<'_> {
        Page::new(self.err, false).wrapped_at(self.err_width)
    }
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Streams")
    }
}

/// Opens `spec` and carries out `steps` in order; a failing command does not stop the rest.
///
/// # Errors
/// Those of the outputs, a closed pipe included.
pub fn run(
    mut client: Client,
    spec: OpenSpec,
    steps: &[Step],
    options: Options,
    mut streams: Streams<'_>,
) -> io::Result<Outcome> {
    let opened = client
        .open(spec.clone())
        .and_then(|info| client.complete(spec, info));
    let info = match opened {
        Ok(info) => info,
        Err(failure) => return report_opening(&failure, options, &mut streams),
    };
    if steps.iter().any(|step| step.command != Ok(UserCommand::Report)) {
        warn(&info, &mut streams)?;
    }
    let mut console = Console::new(client, info, !options.json);
    let mut outcome = Outcome::Done;
    for step in steps {
        let command = step.command.clone();
        let reply = command.and_then(|command| console.carry_out(&command));
        write_outcome(&step.text, &reply, options, &mut streams)?;
        match reply {
            Ok(Reply::Quit) => break,
            Ok(_) => {}
            Err(failure) if failure.kind == FailureKind::Cancelled => {
                outcome = Outcome::Interrupted;
                break;
            }
            Err(_) => outcome = Outcome::Failed,
        }
    }
    streams.out.flush()?;
    if console.info.kind == TargetKind::Core {
        console.client.leave();
    } else if let Some(release) = console.close() {
        text::write_release(&mut streams.complaints(), &release)?;
        streams.err.flush()?;
    }
    Ok(outcome)
}

fn write_outcome(
    command: &str,
    reply: &Result<Reply, Failure>,
    options: Options,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    if options.json {
        json::write_line(streams.out, command, reply.as_ref())?;
    } else {
        match reply {
            Ok(reply) => text::write_reply(&mut Page::new(streams.out, options.color), reply)?,
            Err(failure) => {
                streams.out.flush()?;
                text::write_failure(&mut streams.complaints(), Some(command), failure)?;
            }
        }
    }
    streams.out.flush()
}

fn report_opening(failure: &Failure, options: Options, streams: &mut Streams<'_>) -> io::Result<Outcome> {
    if failure.kind == FailureKind::Cancelled {
        return Ok(Outcome::Interrupted);
    }
    if options.json {
        json::write_line(streams.out, "open", Err(failure))?;
        streams.out.flush()?;
    }
    text::write_failure(&mut streams.complaints(), None, failure)?;
    Ok(Outcome::Failed)
}

/// What has to be known before any result is believed; the report says it itself.
fn warn(info: &SessionInfo, streams: &mut Streams<'_>) -> io::Result<()> {
    let mut page = streams.complaints();
    for warning in &info.warnings {
        text::write_warning(&mut page, warning)?;
    }
    streams.err.flush()
}
