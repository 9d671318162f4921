//! A log of the conversation: what was asked, how long it took, how it ended.

use std::io::Write;
use std::time::Instant;

use super::protocol::{Answer, Command};
use super::serve::Serve;
use crate::base::{Epoch, ProgressSink, visible};
use crate::model::Failure;

/// Writes a line before and after each request that `inner` serves. A log that cannot be written
/// is no reason to fail.
#[derive(Debug)]
pub(super) struct Journal<S, W> {
    inner: S,
    log: W,
    begun: Instant,
}

impl<S: Serve, W: Write> Journal<S, W> {
    pub(super) fn new(inner: S, log: W) -> Self {
        Self {
            inner,
            log,
            begun: Instant::now(),
        }
    }

    fn note(&mut self, text: &str) {
        let at = self.begun.elapsed().as_secs_f64();
        let _ = writeln!(self.log, "{at:10.6} {}", visible(text));
        let _ = self.log.flush();
    }
}

impl<S: Serve, W: Write + 'static> Serve for Journal<S, W> {
    fn epoch(&self) -> Epoch {
        self.inner.epoch()
    }

    fn serve(&mut self, command: &Command, progress: ProgressSink<'_>) -> Result<Answer, Failure> {
        self.note(&format!("{:?}", command.request));
        let begun = Instant::now();
        let answer = self.inner.serve(command, progress);
        let took = begun.elapsed();
        match &answer {
            Ok(_) => self.note(&format!("  answered after {took:?}")),
            Err(failure) => self.note(&format!("  failed after {took:?}: {failure}")),
        }
        answer
    }

    fn close(&mut self) -> Option<Answer> {
        let answer = self.inner.close();
        if let Some(answer) = &answer {
            self.note(&format!("{answer:?}"));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{CancelToken, JobId, Limits};
    use crate::engine::{Outbox, Request, Session};

    #[test]
    fn each_request_leaves_its_outcome() {
        let mut log = Vec::new();
        let mut journal = Journal::new(Session::new(Limits::default(), Outbox::closed()), Vec::new());
        let command = Command {
            job: JobId(1),
            request: Request::Threads,
            cancel: CancelToken::new(),
        };
        let _ = journal.serve(&command, &|_| ());
        log.append(&mut journal.log);
        let log = String::from_utf8(log).unwrap();
        let lines: Vec<_> = log.lines().collect();
        assert!(lines[0].ends_with(" Threads"), "{log}");
        assert!(lines[1].ends_with(": nothing is open"), "{log}");
    }
}
