//! The gauge: reports many times a second while the copy runs, with speed and time left.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::copy::Counts;
use crate::model::DumpProgress;

/// Time between two reports.
const INTERVAL: Duration = Duration::from_millis(40);
/// Speed is measured over the last reports, this many.
const WINDOW: usize = 25;

/// Makes reports out of counters.
pub(super) struct Gauge<'a> {
    pub report: &'a dyn Fn(DumpProgress),
    pub threads: u64,
    /// Bytes of all segments, and of those what is expected to be read.
    pub total: u64,
    pub populated: u64,
    pub held: bool,
    moments: VecDeque<(Instant, u64, u64)>,
}

impl<'a> Gauge<'a> {
    pub fn new(report: &'a dyn Fn(DumpProgress), threads: u64, held: bool) -> Self {
        Self {
            report,
            threads,
            total: 0,
            populated: 0,
            held,
            moments: VecDeque::new(),
        }
    }

    /// Reports `phase` while `is_running`; the workers wake this thread when they are done.
    pub fn watch(&mut self, phase: &str, counts: &Counts, is_running: impl Fn() -> bool) {
        while is_running() {
            self.tell(phase, counts);
            thread::park_timeout(INTERVAL);
        }
        self.tell(phase, counts);
    }

    pub fn tell(&mut self, phase: &str, counts: &Counts) {
        let passed = counts.passed.load(Ordering::Relaxed);
        let read = counts.read.load(Ordering::Relaxed);
        let written = counts.written.load(Ordering::Relaxed);
        self.moments.push_back((Instant::now(), passed, read));
        if self.moments.len() > WINDOW {
            self.moments.pop_front();
        }
        let (speed, reading) = self.speeds();
        let left = self.populated.saturating_sub(read);
        let eta_ms = left
            .saturating_mul(1000)
            .checked_div(reading)
            .filter(|_| passed < self.total);
        (self.report)(DumpProgress {
            phase: phase.to_owned(),
            threads: (self.threads, self.threads),
            bytes: (passed.min(self.total), self.total),
            holes: passed.saturating_sub(written),
            bytes_per_second: speed,
            eta_ms,
            held: self.held,
        });
    }

    /// Bytes dealt with, and bytes read, per second.
    fn speeds(&self) -> (u64, u64) {
        let (Some(first), Some(last)) = (self.moments.front(), self.moments.back()) else {
            return (0, 0);
        };
        let micros = u64::try_from((last.0 - first.0).as_micros()).unwrap_or(u64::MAX);
        let speed = |from: u64, to: u64| {
            let bytes = u128::from(to.saturating_sub(from)) * 1_000_000;
            let speed = bytes.checked_div(u128::from(micros)).unwrap_or(0);
            u64::try_from(speed).unwrap_or(u64::MAX)
        };
        (speed(first.1, last.1), speed(first.2, last.2))
    }
}
