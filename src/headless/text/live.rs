//! A running process in words: how it stands, what a dump came to, how it was let go.

use std::io;

use super::size;
use crate::base::visible;
use crate::headless::page::Page;
use crate::model::{DumpMethod, DumpSummary, LiveState, Release, Role, RunState};

pub(super) fn write_state(page: &mut Page<'_>, live: Option<&LiveState>) -> io::Result<()> {
    let Some(live) = live else { return Ok(()) };
    match live.state {
        RunState::Held => page.line(format_args!(
            "stopped after {} (stop {})",
            duration(live.stopping_ns),
            live.stops
        )),
        RunState::Running => page.line(format_args!(
            "running; held for {} so far",
            duration(live.held_ns)
        )),
        RunState::Ended => {
            let end = page.show(Role::Plain, live.end.as_deref().unwrap_or("it is gone"));
            page.line(format_args!("ended: {end}"))
        }
    }
}

pub(super) fn write_summary(page: &mut Page<'_>, dump: &DumpSummary) -> io::Result<()> {
    let path = page.show(Role::Plain, &dump.path.display().to_string());
    page.line(format_args!("{path}"))?;
    page.line(format_args!(
        "  {} of memory, {} on disk ({} were never touched or are zero), {} threads",
        size(dump.memory_bytes),
        size(dump.disk_bytes),
        size(dump.hole_bytes),
        dump.threads
    ))?;
    let method = match dump.method {
        DumpMethod::Stop => "held while it was copied",
        DumpMethod::Auto | DumpMethod::Snapshot => "copied from a snapshot while the process ran on",
    };
    page.line(format_args!(
        "  {method}: paused for {}, done after {}",
        duration(dump.pause_ns),
        duration(dump.took_ns)
    ))?;
    if let Some(why) = &dump.fallback {
        page.line(format_args!("  no snapshot: {}", visible(why)))?;
    }
    for range in &dump.inexact {
        page.line(format_args!("  not frozen: {}", visible(range)))?;
    }
    for range in &dump.unreadable {
        page.line(format_args!("  could not be read: {}", visible(range)))?;
    }
    Ok(())
}

/// One line: what the process had to bear.
///
/// # Errors
/// Those of the output.
pub fn write_release(page: &mut Page<'_>, release: &Release) -> io::Result<()> {
    let Release {
        pid,
        stops,
        held_ns,
        longest_ns,
        dump_pause_ns,
        written,
        end,
    } = release;
    if let Some(end) = end {
        return page.line(format_args!("process {pid} has ended: {}", visible(end)));
    }
    let held = match stops {
        0 if *dump_pause_ns > 0 => format!("paused for {}", duration(*dump_pause_ns)),
        0 => "never stopped".to_owned(),
        1 => format!("stopped once, for {}", duration(*held_ns)),
        _ => format!(
            "stopped {stops} times, for {} in all and {} at most",
            duration(*held_ns),
            duration(*longest_ns)
        ),
    };
    page.line(format_args!(
        "process {pid} runs on: {held}; {written} bytes written"
    ))
}

/// `41.3 ms`, `2.50 s`.
fn duration(nanoseconds: u64) -> String {
    match nanoseconds {
        0..1_000_000 => format!("{} µs", nanoseconds / 1000),
        1_000_000..1_000_000_000 => {
            let tenths = nanoseconds / 100_000;
            format!("{}.{} ms", tenths / 10, tenths % 10)
        }
        _ => {
            let hundredths = nanoseconds / 10_000_000;
            format!("{}.{:02} s", hundredths / 100, hundredths % 100)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_three_digits_or_so() {
        assert_eq!(duration(900), "0 µs");
        assert_eq!(duration(41_300_000), "41.3 ms");
        assert_eq!(duration(2_504_000_000), "2.50 s");
    }

    #[test]
    fn the_farewell_says_what_was_done_to_the_process() {
        let mut out = Vec::new();
        let release = Release {
            pid: 77,
            stops: 1,
            held_ns: 41_000_000,
            longest_ns: 41_000_000,
            dump_pause_ns: 0,
            written: 0,
            end: None,
        };
        write_release(&mut Page::new(&mut out, false), &release).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "process 77 runs on: stopped once, for 41.0 ms; 0 bytes written\n"
        );
    }
}
