//! Asking another program of this machine: bounded in time and in bytes, and never a shell.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::base::CancelToken;

/// How often a wait looks whether it was cancelled.
const PACE: Duration = Duration::from_millis(5);

/// What a tool said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    /// Why that may not be all.
    pub cut: Option<Cut>,
    pub succeeded: bool,
}

/// Why a tool was not heard to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Time,
    Bytes,
    Cancelled,
}

/// How long a tool may take, and how much it may say.
#[derive(Clone, Copy, Debug)]
pub struct ToolBounds {
    pub time: Duration,
    pub bytes: u64,
}

/// Runs `program`, which is found in the search path when it has no slash, without standard input
/// and in no language but English. It is killed when it exceeds its bounds.
///
/// # Errors
/// When it cannot be started.
pub fn ask_tool<I>(program: &Path, args: I, bounds: ToolBounds, cancel: &CancelToken) -> io::Result<Said>
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    let mut child = Command::new(program)
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let out = listen(child.stdout.take(), bounds.bytes);
    let err = listen(child.stderr.take(), bounds.bytes);
    let deadline = Instant::now() + bounds.time;
    let mut cut = None;
    while !(out.is_finished() && err.is_finished()) {
        cut = match cancel.is_cancelled() {
            true => Some(Cut::Cancelled),
            false => (Instant::now() >= deadline).then_some(Cut::Time),
        };
        if cut.is_some() {
            break;
        }
        thread::sleep(PACE);
    }
    let succeeded = end(&mut child, cut.is_some());
    // A grandchild may hold the pipes open: what is not finished now is left behind.
    let (out, err) = (heard(out, bounds.bytes), heard(err, bounds.bytes));
    let too_much = out.1 || err.1;
    Ok(Said {
        out: out.0,
        err: err.0,
        cut: cut.or(too_much.then_some(Cut::Bytes)),
        succeeded,
    })
}

fn listen(stream: Option<impl Read + Send + 'static>, bytes: u64) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut heard = Vec::new();
        if let Some(stream) = stream {
            // What came before an error is good.
            let _ = stream.take(bytes.saturating_add(1)).read_to_end(&mut heard);
        }
        heard
    })
}

/// What was said up to the limit, and whether there was more.
fn heard(listener: JoinHandle<Vec<u8>>, bytes: u64) -> (Vec<u8>, bool) {
    if !listener.is_finished() {
        thread::sleep(PACE);
    }
    if !listener.is_finished() {
        return (Vec::new(), true);
    }
    let mut heard = listener.join().unwrap_or_default();
    let more = heard.len() as u64 > bytes;
    heard.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
    (heard, more)
}

/// Waits for a child whose pipes are closed, which ends by itself or by the broken pipe.
fn end(child: &mut Child, kill: bool) -> bool {
    if kill {
        let _ = child.kill();
    }
    let patience = Instant::now() + Duration::from_secs(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < patience => thread::sleep(PACE),
            _ => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(millis: u64, bytes: u64) -> ToolBounds {
        ToolBounds {
            time: Duration::from_millis(millis),
            bytes,
        }
    }

    fn shell(line: &str, bounds: ToolBounds) -> Said {
        ask_tool(Path::new("/bin/sh"), ["-c", line], bounds, &CancelToken::new()).unwrap()
    }

    #[test]
    fn both_outputs_and_the_outcome_are_told() {
        let said = shell("echo out; echo err >&2", bounds(10_000, 100));
        assert_eq!(
            (said.out.as_slice(), said.err.as_slice()),
            (&b"out\n"[..], &b"err\n"[..])
        );
        assert!(said.succeeded && said.cut.is_none());
        assert!(!shell("exit 3", bounds(10_000, 100)).succeeded);
        assert!(ask_tool(Path::new("/no/such"), [""; 0], bounds(1, 1), &CancelToken::new()).is_err());
    }

    #[test]
    fn who_does_not_end_is_ended() {
        let begin = Instant::now();
        let said = shell("exec sleep 600", bounds(50, 100));
        assert_eq!(said.cut, Some(Cut::Time));
        let said = shell("exec yes", bounds(30_000, 1000));
        assert_eq!((said.cut, said.out.len()), (Some(Cut::Bytes), 1000));
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_cancel_is_heard() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let said = ask_tool(Path::new("sleep"), ["600"], bounds(600_000, 1), &cancel).unwrap();
        assert_eq!(said.cut, Some(Cut::Cancelled));
    }
}
