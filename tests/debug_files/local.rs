//! Debug files on this machine.

use std::fs;

use tinydbg_tui::model::DebugInfoKind;

use super::common::go::{newest, toolchains};
use super::common::say;
use super::setup::{Parts, all_seen, crash_frame, has_tool, main_image, open, run};

#[test]
fn a_stripped_program_with_its_debug_file_shows_all_that_the_whole_one_shows() {
    for toolchain in toolchains() {
        let Some(parts) = Parts::of(toolchain) else { return };
        let truth = all_seen(&parts.open(&parts.whole, &[]));
        assert!(truth.len() > 40, "{truth:#?}");
        let alone = parts.open(&parts.stripped, &[]);
        assert!(!alone.session().has_debug_info);
        assert_ne!(all_seen(&alone), truth);
        // By build-id where there is one, by the name that people give where there is none.
        let (dir, proof) = match parts.debug_dir() {
            Some(dir) => (dir, "same build-id"),
            None => {
                let dir = parts.dir.path().join("named");
                fs::create_dir(&dir).unwrap();
                fs::copy(&parts.debug, dir.join("service.debug")).unwrap();
                (dir, "same Go build id")
            }
        };
        let target = parts.open(&parts.stripped, &[dir]);
        assert!(target.session().has_debug_info, "{}", toolchain.version);
        assert_eq!(all_seen(&target), truth, "{}", toolchain.version);
        let image = main_image(&target);
        assert_eq!(image.debug_info, DebugInfoKind::Dwarf);
        assert_eq!(image.debug_proof.as_deref(), Some(proof), "{}", toolchain.version);
        say(&format!(
            "{}: {} lines seen through a debug file ({proof})",
            toolchain.version,
            truth.len()
        ));
    }
}

#[test]
fn a_debug_link_leads_to_the_file_whose_check_sum_it_holds() {
    let Some(parts) = newest().and_then(Parts::of) else {
        return;
    };
    let linked = parts.dir.path().join("linked");
    let mut option = std::ffi::OsString::from("--add-gnu-debuglink=");
    option.push(&parts.debug);
    run(
        "objcopy",
        &[&option, parts.stripped.as_os_str(), linked.as_os_str()],
    );
    let truth = all_seen(&parts.open(&parts.whole, &[]));
    for place in ["elsewhere.debug", ".debug/elsewhere.debug"] {
        let path = parts.dir.path().join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&parts.debug, &path).unwrap();
        let target = parts.open(&linked, &[]);
        assert_eq!(all_seen(&target), truth, "{place}");
        fs::remove_file(path).unwrap();
    }
    assert!(!parts.open(&linked, &[]).session().has_debug_info);
}

#[test]
fn the_debug_file_of_another_program_is_refused_by_name_and_reason() {
    let Some(parts) = newest().and_then(Parts::of) else {
        return;
    };
    let Some(dir) = parts.debug_dir() else { return };
    let other = super::common::go::Build::of("panics").exe();
    let id = super::setup::build_id(&parts.whole).unwrap();
    let place = dir
        .join(".build-id")
        .join(&id[..2])
        .join(format!("{}.debug", &id[2..]));
    fs::remove_file(&place).unwrap();
    fs::copy(other, &place).unwrap();
    let target = parts.open(&parts.stripped, &[dir]);
    assert!(!target.session().has_debug_info);
    let refused = main_image(&target).debug_refused;
    assert!(
        matches!(&refused[..], [why] if why.contains("its build-id is") && why.contains(&id)),
        "{refused:?}"
    );
    // Bytes of no ELF file at all.
    fs::write(&place, b"<html>not found</html>").unwrap();
    let target = parts.open(&parts.stripped, &[place.ancestors().nth(3).unwrap().to_owned()]);
    assert_eq!(main_image(&target).debug_refused.len(), 1);
}

#[test]
fn compressed_debug_sections_are_read_in_both_formats() {
    let Some(parts) = newest().and_then(Parts::of) else {
        return;
    };
    let Some(dir) = parts.debug_dir() else { return };
    let truth = all_seen(&parts.open(&parts.whole, &[]));
    let id = super::setup::build_id(&parts.whole).unwrap();
    let place = dir
        .join(".build-id")
        .join(&id[..2])
        .join(format!("{}.debug", &id[2..]));
    for format in ["none", "zlib", "zlib-gnu", "zstd"] {
        let option = std::ffi::OsString::from(format!("--compress-debug-sections={format}"));
        let plain = parts.dir.path().join("plain");
        run(
            "objcopy",
            &[
                "--decompress-debug-sections".as_ref(),
                parts.debug.as_os_str(),
                plain.as_os_str(),
            ],
        );
        let made = std::process::Command::new("objcopy")
            .arg(&option)
            .args([&plain, &place])
            .output()
            .unwrap();
        if !made.status.success() {
            super::common::skipped(&format!("objcopy here does not write {format}"));
            continue;
        }
        let target = open(&parts.stripped, &parts.core, std::slice::from_ref(&dir));
        assert_eq!(all_seen(&target), truth, "{format}");
    }
}

#[test]
fn without_a_build_id_the_reason_is_given() {
    let Some(old) = toolchains().iter().find(|toolchain| toolchain.minor() < 24) else {
        return;
    };
    if !has_tool("objcopy") {
        return;
    }
    let Some(parts) = Parts::of(old) else { return };
    let seen = parts.open(&parts.stripped, &[]);
    let frame = crash_frame(&seen);
    let failure = seen
        .scope(frame, &tinydbg_tui::base::CancelToken::new())
        .unwrap_err();
    assert!(
        failure.hints.iter().any(|hint| hint.contains("no build-id")),
        "{failure:?}"
    );
}
