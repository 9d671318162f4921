//! One line of JSON per command.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::reply::{GoroutinesReply, Reply};
use crate::model::{Failure, FailureKind};

/// Rows worth the help of other threads.
const MANY: usize = 1000;

/// Bytes written at once.
const BUFFER: usize = 1 << 16;

#[derive(Serialize)]
struct Line<'a, R> {
    command: &'a str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error<'a>>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: FailureKind,
    /// With its causes, as one sentence.
    message: String,
    /// Start and end of the part of the expression that is at fault, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<[usize; 2]>,
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
    if let Ok(Reply::Goroutines(list)) = outcome
        && list.goroutines.len() > MANY
    {
        return write_many(out, command, list);
    }
    let line = Line {
        command,
        ok: outcome.is_ok(),
        result: outcome.ok(),
        error: outcome.err().map(|failure| Error {
            kind: failure.kind,
            message: failure.to_string(),
            at: failure.at.as_ref().map(|at| [at.start, at.end]),
            hints: &failure.hints,
        }),
    };
    write(out, &line)
}

/// Writes what a question gave that is no command of a session.
///
/// # Errors
/// Those of the output.
pub(super) fn write_result(out: &mut dyn Write, command: &str, result: &impl Serialize) -> io::Result<()> {
    let line = Line {
        command,
        ok: true,
        result: Some(result),
        error: None,
    };
    write(out, &line)
}

fn write(out: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    // The serializer writes token by token: not each through a pointer to a function.
    let mut out = BufWriter::with_capacity(BUFFER, out);
    serde_json::to_writer(&mut out, line)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The same for a long list of goroutines, whose rows are made by several threads.
fn write_many(out: &mut dyn Write, command: &str, list: &GoroutinesReply) -> io::Result<()> {
    let GoroutinesReply {
        total,
        matching,
        shown,
        goroutines,
        problems,
        style: _,
    } = list;
    let command = serde_json::to_string(command)?;
    write!(
        out,
        "{{\"command\":{command},\"ok\":true,\"result\":{{\"total\":{total},\"matching\":{matching},\
         \"shown\":{shown},\"goroutines\":["
    )?;
    goroutines.write_json(out)?;
    writeln!(out, "],\"problems\":{}}}}}", serde_json::to_string(problems)?)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::GoId;
    use crate::headless::reply::{RowStyle, Rows};
    use crate::model::{GoStatus, Goroutine, GoroutineList, Location};

    fn goroutine(id: u64) -> Goroutine {
        let place = Arc::new(Location {
            function: Some(format!("main.worker{}", id % 7).into()),
            ..Location::default()
        });
        Goroutine {
            id: GoId(id),
            addr: crate::base::Addr(id * 64),
            status: GoStatus::Runnable,
            wait_reason: None,
            wait_since_ns: None,
            thread: None,
            current: id == 1,
            system: false,
            current_loc: Arc::clone(&place),
            user_loc: Arc::clone(&place),
            go_loc: Arc::clone(&place),
            start_loc: place,
            parent: None,
            labels: Arc::default(),
            blocked_on: None,
            locked: false,
            damaged: Some("\"quoted\"".into()),
        }
    }

    #[test]
    fn many_rows_are_written_as_few_are() {
        let list = Arc::new(GoroutineList {
            goroutines: (1..3000).map(goroutine).collect(),
            problems: vec!["a \"problem\"".to_owned()],
        });
        let picked: Vec<u32> = (0..2999).rev().collect();
        let reply = Reply::Goroutines(GoroutinesReply {
            total: 2999,
            matching: 2999,
            shown: 2999,
            goroutines: Rows::new(list, picked, Vec::new()),
            problems: vec!["a \"problem\"".to_owned()],
            style: RowStyle::default(),
        });
        let mut many = Vec::new();
        write_line(&mut many, "goroutines \"x\"", Ok(&reply)).unwrap();
        let line = Line {
            command: "goroutines \"x\"",
            ok: true,
            result: Some(&reply),
            error: None,
        };
        let mut plain = serde_json::to_vec(&line).unwrap();
        plain.push(b'\n');
        assert_eq!(
            String::from_utf8(many).unwrap(),
            String::from_utf8(plain).unwrap()
        );
    }
}
