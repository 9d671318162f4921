//! One line of JSON per command.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::reply::Reply;
use crate::model::{Failure, FailureKind};

/// Bytes written at once.
const BUFFER: usize = 1 << 16;

#[derive(Serialize)]
struct Line<'a> {
    command: &'a str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Reply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error<'a>>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: FailureKind,
    /// With its causes, as one sentence.
    message: String,
    hints: &'a [String],
}

/// Writes what a command gave. `command` is the command as typed.
///
/// # Errors
/// Those of the output.
pub(super) fn write_line(
    out: &mut dyn Write,
    command: &str,
    outcome: Result<&Reply, &Failure>,
) -> io::Result<()> {
    let line = Line {
        command,
        ok: outcome.is_ok(),
        result: outcome.ok(),
        error: outcome.err().map(|failure| Error {
            kind: failure.kind,
            message: failure.to_string(),
            hints: &failure.hints,
        }),
    };
    // The serializer writes token by token: not each through a pointer to a function.
    let mut out = BufWriter::with_capacity(BUFFER, out);
    serde_json::to_writer(&mut out, &line)?;
    out.write_all(b"\n")?;
    out.flush()
}
