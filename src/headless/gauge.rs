//! One line on stderr that shows how far a long job has come, and leaves no trace.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::base::{Progress, Unit, visible};

/// A job that ends sooner than this shows nothing.
const SILENT: Duration = Duration::from_millis(400);

/// Draws over one line of the terminal behind stderr.
#[derive(Debug)]
pub(super) struct Gauge {
    enabled: bool,
    begun: Option<Instant>,
    drawn: bool,
}

impl Gauge {
    pub(super) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            begun: None,
            drawn: false,
        }
    }

    pub(super) fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        let is_late = self.begun.is_some_and(|begun| begun.elapsed() >= SILENT);
        if self.enabled && is_late {
            let _ = write!(io::stderr(), "\r\x1b[K{}", line_of(progress));
            self.drawn = true;
        }
    }

    pub(super) fn end(&mut self) {
        self.begun = None;
        if std::mem::take(&mut self.drawn) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn line_of(progress: &Progress) -> String {
    let amount = |count: u64| match progress.unit {
        Unit::Items => count.to_string(),
        Unit::Bytes => format!("{} MiB", count >> 20),
    };
    let phase = visible(&progress.phase);
    match (progress.total, progress.fraction()) {
        (Some(total), Some(share)) => format!(
            "{phase} {} of {} ({:.0} %)",
            amount(progress.done),
            amount(total),
            share * 100.0
        ),
        _ => format!("{phase} {}", amount(progress.done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_known() {
        let mut progress = Progress {
            phase: "reading goroutines".to_owned(),
            done: 25,
            total: Some(100),
            unit: Unit::Items,
        };
        assert_eq!(line_of(&progress), "reading goroutines 25 of 100 (25 %)");
        progress.total = None;
        assert_eq!(line_of(&progress), "reading goroutines 25");
    }
}
