//! One line on stderr that shows how far a long job has come, and leaves no trace.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::text::size;
use crate::base::{Progress, Unit, visible};
use crate::model::DumpProgress;

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

    pub(super) fn show_dump(&mut self, progress: &DumpProgress) {
        if self.enabled {
            let _ = write!(io::stderr(), "\r\x1b[K{}", dump_line(progress));
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

/// `copying memory  4 of 4 threads  412.0 of 1024.0 MiB (40 %)  88.1 MiB holes  1.2 GiB/s  0.5 s left`
fn dump_line(progress: &DumpProgress) -> String {
    let DumpProgress {
        phase,
        threads,
        bytes,
        holes,
        bytes_per_second,
        eta_ms,
        held,
    } = progress;
    let mut line = visible(phase).into_owned();
    line.push_str(&format!("  {} of {} threads", threads.0, threads.1));
    if bytes.1 > 0 {
        let percent = u128::from(bytes.0) * 100 / u128::from(bytes.1);
        line.push_str(&format!("  {} of {} ({percent} %)", size(bytes.0), size(bytes.1)));
        line.push_str(&format!(
            "  {} holes  {}/s",
            size(*holes),
            size(*bytes_per_second)
        ));
    }
    if let Some(eta_ms) = eta_ms {
        line.push_str(&format!("  {}.{} s left", eta_ms / 1000, eta_ms % 1000 / 100));
    }
    if *held {
        line.push_str("  HELD");
    }
    line
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
