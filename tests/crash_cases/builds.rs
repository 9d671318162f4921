//! One crash in many builds: without symbols, without sections, position-independent, unoptimised,
//! trimmed, with the race detector, with a plugin. What is said must be the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::go::{Build, Toolchain, toolchains};
use crate::common::{crash, skipped};
use crate::opened::{Opened, Row, ask};
use crate::printed::{assert_same_goroutines, fault_addr};

/// The facts that no way of building may change.
#[track_caller]
fn assert_same_crash(exe: &Path, context: &str) -> Option<Opened> {
    let crashed = crash(exe, &["nil"])?;
    let opened = Opened::of(&crashed);
    assert!(
        opened.reason().contains("nil pointer dereference"),
        "{context}: {}",
        opened.reason()
    );
    assert_eq!(opened.report["signal"]["name"], "SIGSEGV", "{context}");
    let addr = fault_addr(&crashed.stderr);
    assert_eq!(opened.report["fault_addr"].as_str(), addr, "{context}");
    assert_eq!(opened.site().function, "main.name", "{context}");
    assert_eq!(opened.site().file, "main.go", "{context}");
    assert_eq!(opened.stack["end"], "complete", "{context}");
    assert_same_goroutines(&opened, &crashed.stderr, context);
    Some(opened)
}

fn user_rows(opened: &Opened) -> Vec<Row> {
    let mut rows = opened.stack_rows();
    rows.retain(|row| row.function.starts_with("main."));
    rows
}

fn built(toolchain: &Toolchain, flags: &[&str]) -> PathBuf {
    Build::of("panics").with(toolchain).flags(flags).exe()
}

#[test]
fn stripped_builds_tell_the_same_as_whole_ones() {
    for toolchain in toolchains() {
        let Some(whole) = assert_same_crash(&built(toolchain, &[]), &toolchain.version) else {
            return;
        };
        for flags in [
            &["-ldflags=-w"][..],
            &["-ldflags=-s"],
            &["-buildmode=pie"],
            &["-buildmode=pie", "-ldflags=-s"],
        ] {
            let context = format!("{flags:?} {}", toolchain.version);
            let Some(other) = assert_same_crash(&built(toolchain, flags), &context) else {
                return;
            };
            assert_eq!(user_rows(&other), user_rows(&whole), "{context}");
        }
    }
}

#[test]
fn unoptimised_builds_tell_the_same() {
    for toolchain in toolchains() {
        let flags = ["-gcflags=all=-N -l"];
        let context = format!("{flags:?} {}", toolchain.version);
        if assert_same_crash(&built(toolchain, &flags), &context).is_none() {
            return;
        }
    }
}

#[test]
fn executables_without_section_headers_tell_the_same() {
    for toolchain in toolchains() {
        let stripped = built(toolchain, &["-ldflags=-s"]);
        let bare = stripped.with_extension("nosections");
        let mut bytes = fs::read(&stripped).expect("the executable is readable");
        // e_shoff, then e_shentsize, e_shnum and e_shstrndx of the ELF header.
        bytes[0x28..0x30].fill(0);
        bytes[0x3a..0x40].fill(0);
        write_executable(&bare, &bytes);
        let context = format!("no sections {}", toolchain.version);
        if assert_same_crash(&bare, &context).is_none() {
            return;
        }
    }
}

pub fn write_executable(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, bytes).expect("the target directory is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
}

#[test]
fn trimmed_paths_still_name_files_and_lines() {
    for toolchain in toolchains() {
        let exe = built(toolchain, &["-trimpath"]);
        let Some(crashed) = crash(&exe, &["nil"]) else {
            return;
        };
        let opened = Opened::of(&crashed);
        let file = opened.report["crash"]["frame"]["file"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(
            file, "example.com/programs/panics/main.go",
            "{}",
            toolchain.version
        );
    }
}

#[test]
fn trimmed_library_sources_are_found_in_goroot() {
    // Only the machine's own toolchain is what `go env GOROOT` names.
    let Some(toolchain) = toolchains().iter().find(|toolchain| toolchain.select == "local") else {
        return;
    };
    let exe = built(toolchain, &["-trimpath"]);
    let Some(crashed) = crash(&exe, &["nil"]) else {
        return;
    };
    let rows = Opened::of(&crashed).stack_rows();
    let index = rows
        .iter()
        .position(|row| row.function == "runtime.main")
        .expect("it is there");
    let listing = ask(
        Some(&crashed.exe),
        &crashed.core,
        &[&format!("frame {index}"), "list"],
    )
    .remove(1);
    assert_eq!(listing["file"], "runtime/proc.go", "{listing}");
    assert_eq!(listing["origin"], "disk", "{listing}");
}

#[test]
fn race_detector_builds_tell_the_same() {
    if !cgo_works() {
        return;
    }
    for toolchain in toolchains() {
        let exe = Build::of("panics").with(toolchain).cgo().flags(&["-race"]).exe();
        let context = format!("-race {}", toolchain.version);
        if assert_same_crash(&exe, &context).is_none() {
            return;
        }
    }
}

#[test]
fn a_crash_beside_a_plugin_names_functions_of_both() {
    if !cgo_works() {
        return;
    }
    for toolchain in toolchains() {
        let host = Build::of("plugged").with(toolchain).cgo().exe();
        let plugin = Build::of("plugged/plug")
            .with(toolchain)
            .cgo()
            .flags(&["-buildmode=plugin"])
            .exe();
        let Some(crashed) = crash(&host, &[plugin.to_str().expect("a readable path")]) else {
            return;
        };
        let opened = Opened::of(&crashed);
        let context = &toolchain.version;
        assert_eq!(opened.site().function, "main.die", "{context}");
        let parked: Vec<&str> = opened
            .rows()
            .iter()
            .filter_map(|row| row["user_loc"]["function"].as_str())
            .filter(|function| function.ends_with(".park"))
            .collect();
        assert_eq!(parked.len(), 1, "{context}: {:#?}", opened.rows());
        assert_same_goroutines(&opened, &crashed.stderr, context);
    }
}

pub fn cgo_works() -> bool {
    let works = Command::new("cc").arg("--version").output().is_ok();
    if !works {
        skipped("there is no C compiler for cgo");
    }
    works
}

/// A release that the tables have never heard of: the version string is all that differs.
#[test]
fn an_unknown_release_is_checked_and_marked_not_refused() {
    let Some(toolchain) = toolchains().last() else {
        return;
    };
    let version = toolchain.version.as_bytes();
    let future: Vec<u8> = toolchain
        .version
        .bytes()
        .map(|byte| if byte == b'2' { b'9' } else { byte })
        .collect();
    for flags in [&[][..], &["-ldflags=-s"]] {
        let exe = built(toolchain, flags);
        let strange = exe.with_extension("future");
        let mut bytes = fs::read(&exe).expect("the executable is readable");
        let places: Vec<usize> = (0..bytes.len() - version.len())
            .filter(|&at| bytes[at..].starts_with(version))
            .collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + version.len()].copy_from_slice(&future);
        }
        write_executable(&strange, &bytes);
        let context = format!("{flags:?} {}", String::from_utf8_lossy(&future));
        let Some(opened) = assert_same_crash(&strange, &context) else {
            return;
        };
        let expected: &[&str] = if flags.is_empty() {
            &["guessed"]
        } else {
            &["guessed", "no-debug-info"]
        };
        assert_eq!(opened.warnings(), expected, "{context}");
        assert_eq!(
            opened.report["go_version"],
            *String::from_utf8_lossy(&future),
            "{context}"
        );
    }
}
