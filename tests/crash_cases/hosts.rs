//! Go where others would not look for it: in a library of a C program and of Python, and in
//! executables of which strippers left nothing but what the loader needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::builds::{cgo_works, write_executable};
use crate::common::go::{Build, Toolchain, newest, toolchains};
use crate::common::{Crashed, crash, skipped};
use crate::opened::Opened;
use crate::printed::assert_same_goroutines;

/// Runs a tool that is part of every C toolchain.
fn tool(name: &str, args: &[&Path]) {
    let output = Command::new(name)
        .args(args)
        .output()
        .expect("binutils and gcc are here");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {args:?}: {complaints}");
}

/// The library, stripped, and the C program that calls it.
fn host(toolchain: &Toolchain) -> PathBuf {
    let library = Build::of("hosted")
        .with(toolchain)
        .cgo()
        .flags(&["-buildmode=c-shared", "-ldflags=-s"])
        .exe();
    let host = library.with_file_name("host");
    if !host.exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/hosted/host/host.c");
        let part = library.with_file_name(format!("host.{}", std::process::id()));
        let [optimised, output] = ["-O1", "-o"].map(Path::new);
        tool("cc", &[optimised, output, &part, &source, &library]);
        fs::rename(&part, &host).expect("the target directory is writable");
    }
    host
}

/// The crash is that of the library, and below it is the program that called it.
#[track_caller]
fn assert_hosted(crashed: &Crashed, callers: &[&str], context: &str) {
    let opened = Opened::of(crashed);
    assert!(
        opened.reason().contains("nil pointer dereference"),
        "{context}: {}",
        opened.reason()
    );
    assert_eq!(opened.site().function, "main.read", "{context}");
    assert_same_goroutines(&opened, &crashed.stderr, context);
    assert_eq!(opened.stack["end"], "complete", "{context}");
    let rows = opened.stack_rows();
    let mut functions = rows.iter().map(|row| row.function.as_str());
    for wanted in ["main.read", "main.Enter", "runtime.cgocallback", "crosscall2"]
        .iter()
        .chain(callers)
    {
        assert!(
            functions.any(|function| function == *wanted),
            "{context}: no {wanted} in {rows:#?}"
        );
    }
    assert_eq!(opened.goroutines_in("main.wait").len(), 1, "{context}");
    assert_eq!(opened.faults(), [""; 0], "{context}");
}

#[test]
fn go_in_a_library_of_a_c_program_is_found() {
    if !cgo_works() {
        return;
    }
    for toolchain in toolchains() {
        let host = host(toolchain);
        for (args, callers) in [
            (&[][..], &["Enter", "middle", "main"][..]),
            (&["thread"], &["Enter", "middle", "other"]),
        ] {
            let Some(crashed) = crash(&host, args) else { return };
            assert_hosted(&crashed, callers, &format!("{args:?} {}", toolchain.version));
        }
    }
}

#[test]
fn go_in_a_library_of_python_is_found() {
    let python = Path::new("/usr/bin/python3");
    let Some(toolchain) = newest().filter(|_| cgo_works()) else {
        return;
    };
    if !python.exists() {
        return skipped("there is no /usr/bin/python3");
    }
    host(toolchain);
    let library = Build::of("hosted")
        .with(toolchain)
        .cgo()
        .flags(&["-buildmode=c-shared", "-ldflags=-s"])
        .exe();
    let script = format!(
        "import ctypes; ctypes.CDLL({:?}).Enter(1)",
        library.display().to_string()
    );
    let Some(crashed) = crash(python, &["-c", &script]) else {
        return;
    };
    assert_hosted(&crashed, &["Enter"], &toolchain.version);
}

/// `-s`, `strip` and no section headers at all: nothing names the function table. Up to Go 1.25 a
/// PIE of the C linker has no section of its own for it to begin with.
#[test]
fn executables_of_the_c_linker_need_no_names_of_sections() {
    if !cgo_works() {
        return;
    }
    for toolchain in toolchains() {
        for mode in ["exe", "pie"] {
            let flags = [&*format!("-buildmode={mode}"), "-ldflags=-s -linkmode=external"];
            let linked = Build::of("panics").with(toolchain).cgo().flags(&flags).exe();
            let bare = linked.with_extension("bare");
            let stripped = linked.with_extension("stripped");
            fs::copy(&linked, &stripped).expect("the target directory is writable");
            tool("strip", &[&stripped]);
            let mut bytes = fs::read(&stripped).expect("the executable is readable");
            bytes[0x28..0x30].fill(0);
            bytes[0x3a..0x40].fill(0);
            write_executable(&bare, &bytes);
            let context = format!("{flags:?} {}", toolchain.version);
            for exe in [&stripped, &bare] {
                let Some(crashed) = crash(exe, &["nil"]) else {
                    return;
                };
                let opened = Opened::of(&crashed);
                assert_eq!(opened.site().function, "main.name", "{context}");
                assert_eq!(opened.stack["end"], "complete", "{context}");
                assert_same_goroutines(&opened, &crashed.stderr, &context);
            }
        }
    }
}
