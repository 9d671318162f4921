//! How long a service stands still, as it sees it itself: ours, Delve and gcore in one run.
//!
//! `cargo test --test live measure -- --ignored --nocapture`; `TINYDBG_MEASURE_MB=64,1024,4096`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::say;
use crate::service::Service;

const ROUNDS: usize = 40;

fn quantiles(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values[((values.len() - 1) as f64 * part) as usize];
    format!("p50 {:.2} p90 {:.2} max {:.2} ms", at(0.5), at(0.9), at(1.0))
}

/// The service's own longest gap while `what` is done, in milliseconds.
fn gap_during(service: &mut Service, what: impl FnOnce()) -> f64 {
    service.noticed();
    what();
    let noticed = service.noticed();
    noticed.max_gap_ns as f64 / 1e6
}

fn run(program: &str, args: &[&str], directory: &Path) -> Option<Duration> {
    let began = Instant::now();
    // Neither tool's status says whether there is a file.
    Command::new(program)
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    let dumps = std::fs::read_dir(directory).ok()?.flatten();
    let written = dumps
        .filter(|dump| dump.file_name().to_string_lossy().contains(".core"))
        .filter_map(|dump| std::fs::remove_file(dump.path()).ok());
    (written.count() > 0).then(|| began.elapsed())
}

#[test]
#[ignore = "measures for minutes"]
fn pauses() {
    let sizes = std::env::var("TINYDBG_MEASURE_MB").unwrap_or_else(|_| "64,1024".to_owned());
    for megabytes in sizes.split(',').filter_map(|size| size.parse().ok()) {
        let Some(mut service) = Service::start(&[("HEAP_MB", megabytes), ("CLIENTS", 2)]) else {
            return;
        };
        say(&format!("{megabytes} MB:"));
        let idle = gap_during(&mut service, || std::thread::sleep(Duration::from_secs(2)));
        say(&format!("  no tool: {idle:.2} ms"));
        pauses_of_ours(&mut service);
        let directory = tempfile::tempdir_in(crate::common::go::scratch_root()).expect("a directory");
        pauses_of_others(&mut service, directory.path());
        service.assert_unharmed();
    }
}

fn pauses_of_ours(service: &mut Service) {
    let mut tracer = service.tracer();
    let (mut told, mut seen) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        seen.push(gap_during(service, || {
            tracer.stop().expect("it can be stopped");
            told.push(tracer.release().expect("it can go on") as f64 / 1e6);
        }));
    }
    say(&format!("  stop and release: told {}", quantiles(told)));
    say(&format!("                    seen {}", quantiles(seen)));
    let (mut told, mut seen, mut end) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        seen.push(gap_during(service, || {
            told.push(tracer.snapshot().expect("nothing against it").pause_ns as f64 / 1e6);
        }));
        end.push(gap_during(service, || {
            tracer.end_snapshot().expect("it can be removed");
        }));
    }
    say(&format!("  snapshot: told {}", quantiles(told)));
    say(&format!("            seen {}", quantiles(seen)));
    say(&format!("  its end:  seen {}", quantiles(end)));
}

fn pauses_of_others(service: &mut Service, directory: &Path) {
    let pid = service.pid().to_string();
    let script = directory.join("dump.dlv");
    std::fs::write(&script, "dump delve.core\nexit -c\n").expect("writable");
    let script = script.display().to_string();
    let delve = [
        "attach",
        &pid,
        "--allow-non-terminal-interactive=true",
        "--init",
        &script,
    ];
    let home = std::env::var("HOME").unwrap_or_default();
    for (name, program, args) in [
        ("delve dump", format!("{home}/go/bin/dlv"), &delve[..]),
        ("gcore", "gcore".to_owned(), &["-o", "gcore.core", &pid][..]),
    ] {
        let mut took = None;
        let gap = gap_during(service, || took = run(&program, args, directory));
        match took {
            Some(took) => say(&format!(
                "  {name}: seen {gap:.0} ms, took {:.1} s",
                took.as_secs_f64()
            )),
            None => say(&format!("  {name}: did not work (gap {gap:.0} ms)")),
        }
    }
}

/// Ten thousand threads: all are seen, and the service lives.
#[test]
#[ignore = "needs ten thousand threads"]
fn many_threads() {
    let Some(mut service) = Service::start(&[("THREADS", 10_000), ("CLIENTS", 2)]) else {
        return;
    };
    let mut tracer = service.tracer();
    for _ in 0..3 {
        let world = tracer.stop().expect("it can be stopped");
        assert!(world.threads.len() > 10_000 && world.stuck.is_empty());
        let held = tracer.release().expect("it can go on");
        say(&format!(
            "{} threads: stopped in {:.1} ms, held {:.1} ms",
            world.threads.len(),
            world.stopping_ns as f64 / 1e6,
            held as f64 / 1e6
        ));
        let snapshot = tracer.snapshot().expect("nothing speaks against it");
        say(&format!("  snapshot: {:.1} ms", snapshot.pause_ns as f64 / 1e6));
        tracer.end_snapshot().expect("it can be removed");
    }
    drop(tracer);
    service.assert_unharmed();
}
