//! The wrong executable, none at all, and cores that end early: what is shown is marked.

use std::fs::{self, File};
use std::path::Path;

use crate::common::go::{Build, toolchains};
use crate::common::{Crashed, crash};
use crate::opened::{Opened, ask, tinydbg};
use crate::printed::goroutines;

fn nil_crash() -> Option<Crashed> {
    let toolchain = toolchains().last()?;
    crash(&Build::of("panics").with(toolchain).exe(), &["nil"])
}

#[test]
fn another_build_of_the_program_is_a_loud_mismatch() {
    for toolchain in toolchains() {
        let Some(crashed) = crash(&Build::of("panics").with(toolchain).exe(), &["nil"]) else {
            return;
        };
        for wrong in [
            Build::of("panics")
                .with(toolchain)
                .flags(&["-gcflags=-N -l"])
                .exe(),
            Build::of("panics").with(toolchain).flags(&["-ldflags=-s"]).exe(),
            Build::of("inline").with(toolchain).exe(),
        ] {
            let report = ask(Some(&wrong), &crashed.core, &["report"]).remove(0);
            let context = format!("{} {}", wrong.display(), toolchain.version);
            let warnings = report["warnings"].as_array().expect("a list");
            assert!(
                warnings.iter().any(|warning| warning["kind"] == "mismatch"),
                "{context}: {warnings:?}"
            );
        }
    }
}

#[test]
fn the_program_that_the_core_names_takes_the_place_of_a_wrong_one() {
    let Some(crashed) = nil_crash() else { return };
    let wrong = Build::of("inline").exe();
    let opened = Opened::files(Some(&wrong), &crashed.core);
    assert_eq!(opened.warnings(), ["mismatch"]);
    let message = opened.report["warnings"][0]["message"]
        .as_str()
        .unwrap_or_default();
    let right = crashed.exe.to_str().expect("a readable path");
    assert!(
        message.contains(&format!("{right}, which the core names")),
        "{message}"
    );
    assert_eq!(opened.site().function, "main.name");
}

#[test]
fn of_the_wrong_executable_nothing_is_told_as_a_fact() {
    let Some(toolchain) = toolchains().last() else {
        return;
    };
    let wrong = Build::of("inline").with(toolchain).exe();
    for flags in [&[][..], &["-buildmode=pie"]] {
        let exe = Build::of("panics").with(toolchain).flags(flags).exe();
        let scratch = tempfile::tempdir().expect("there is a place for scratch files");
        let copy = scratch.path().join("gone");
        fs::copy(&exe, &copy).expect("the scratch directory is writable");
        let Some(crashed) = crash(&copy, &["struct"]) else {
            return;
        };
        fs::remove_file(&copy).expect("it was made above");
        let args = ["core", text(&wrong), text(&crashed.core), "--color=never"];
        let output = tinydbg(&args);
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(report.starts_with("WARNING: "), "{flags:?}: {report}");
        assert!(!report.contains("unknown type"), "{flags:?}: {report}");
        assert!(
            report.contains("look for the one with build-id"),
            "{flags:?}: {report}"
        );
        let answers = ask(Some(&wrong), &crashed.core, &["report", "bt"]);
        assert_eq!(answers[1]["thread"], answers[0]["crash"]["thread"], "{flags:?}");
        for panic in answers[0]["panics"].as_array().expect("a list") {
            assert!(panic["message"].is_null(), "{flags:?}: {panic}");
            assert!(panic["unreadable"].is_string(), "{flags:?}: {panic}");
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a readable path")
}

#[test]
fn a_renamed_copy_of_the_right_executable_is_no_mismatch() {
    for toolchain in toolchains() {
        let Some(crashed) = crash(&Build::of("panics").with(toolchain).exe(), &["nil"]) else {
            return;
        };
        let copy = crashed.dir.path().join("something-else");
        fs::copy(&crashed.exe, &copy).expect("the scratch directory is writable");
        let opened = Opened::files(Some(&copy), &crashed.core);
        assert_eq!(opened.warnings(), Vec::<&str>::new(), "{}", toolchain.version);
        assert_eq!(opened.site().function, "main.name", "{}", toolchain.version);
    }
}

#[test]
fn the_executable_is_found_by_the_names_in_the_core() {
    let Some(crashed) = nil_crash() else { return };
    let opened = Opened::files(None, &crashed.core);
    assert_eq!(opened.site().function, "main.name");
    assert_eq!(opened.warnings(), Vec::<&str>::new());
}

#[test]
fn without_an_executable_threads_and_signal_remain() {
    let Some(crashed) = nil_crash() else { return };
    // Run a copy that is gone by the time the core is opened.
    let gone = crashed.dir.path().join("gone");
    fs::copy(&crashed.exe, &gone).expect("the scratch directory is writable");
    let Some(again) = crash(&gone, &["nil"]) else {
        return;
    };
    fs::remove_file(&gone).expect("the file is ours");
    let results = ask(None, &again.core, &["report", "threads"]);
    let report = &results[0];
    let warnings = report["warnings"].as_array().expect("a list");
    assert!(
        warnings.iter().any(|warning| warning["kind"] == "missing-file"),
        "{warnings:?}"
    );
    assert!(
        report["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
        "{report}"
    );
    assert!(
        results[1]["threads"]
            .as_array()
            .is_some_and(|threads| !threads.is_empty()),
        "{results:?}"
    );
}

#[test]
fn every_cut_of_a_core_is_told() {
    let Some(crashed) = nil_crash() else { return };
    let whole = Opened::of(&crashed);
    let length = fs::metadata(&crashed.core).expect("it is there").len();
    let cut = crashed.dir.path().join("cut");
    fs::copy(&crashed.core, &cut).expect("the scratch directory is writable");
    let file = File::options().write(true).open(&cut).expect("the file is ours");
    for part in (1..20).rev() {
        let kept = length * part / 20;
        file.set_len(kept).expect("the file is ours");
        let (exe, core) = (crashed.exe.to_str(), cut.to_str());
        let args = [
            "core",
            exe.unwrap_or_default(),
            core.unwrap_or_default(),
            "-x",
            "goroutines",
        ];
        let listed = tinydbg(&args);
        if !listed.status.success() {
            // The cut took the runtime's list itself: then that is said, beside the cut.
            let said = String::from_utf8_lossy(&listed.stderr);
            assert!(
                said.contains("cannot be listed"),
                "{kept} of {length} bytes: {said}"
            );
            continue;
        }
        let opened = Opened::files(Some(&crashed.exe), &cut);
        let warnings = opened.warnings();
        assert!(
            warnings.contains(&"truncated"),
            "{kept} of {length} bytes: {warnings:?}"
        );
        let printed = goroutines(&crashed.stderr);
        for row in opened.rows() {
            let id = row["id"].as_u64().unwrap_or_default();
            assert!(
                printed.contains_key(&id),
                "{kept} of {length} bytes: goroutine {id} is invented"
            );
        }
        if opened.reason() != whole.reason() {
            let warning = &opened.report["warnings"];
            assert!(!opened.reason().is_empty(), "{kept} of {length} bytes: {warning}");
        }
    }
}

#[test]
fn files_that_are_no_cores_are_refused_in_words() {
    let Some(crashed) = nil_crash() else { return };
    let directory = crashed.dir.path();
    let empty = directory.join("empty");
    let words = directory.join("words");
    fs::write(&empty, "").expect("the scratch directory is writable");
    fs::write(&words, "goroutine 1 [running]:\n".repeat(100)).expect("the scratch directory is writable");
    let fifo = directory.join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.is_ok_and(|status| status.success()));
    let files = [
        &empty,
        &words,
        &crashed.exe,
        &fifo,
        &directory.to_owned(),
        &directory.join("absent"),
    ];
    for file in files
        .into_iter()
        .map(AsRef::<Path>::as_ref)
        .chain([Path::new("/dev/zero"), Path::new("/dev/null")])
    {
        let exe = crashed.exe.to_str().expect("a readable path");
        let output = tinydbg(&[
            "core",
            exe,
            file.to_str().expect("a readable path"),
            "-x",
            "report",
        ]);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{}: {complaints}", file.display());
        let named = file
            .file_name()
            .is_some_and(|name| complaints.contains(&*name.to_string_lossy()));
        assert!(named, "{}: {complaints}", file.display());
        assert!(
            output.stdout.is_empty(),
            "{}: {:?}",
            file.display(),
            output.stdout
        );
        assert!(
            !complaints.contains("panicked"),
            "{}: {complaints}",
            file.display()
        );
    }
}
