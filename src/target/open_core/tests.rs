//! Inputs that are no cores, and what is said about them.

use super::*;

fn refusal(bytes: &[u8]) -> Failure {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("given");
    std::fs::write(&path, bytes).unwrap();
    open_core(None, &path, None, &Limits::default(), &CancelToken::new()).unwrap_err()
}

#[test]
fn compressed_cores_come_with_the_command_that_unpacks_them() {
    let failure = refusal(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]);
    assert!(failure.message.contains("is compressed (zstd)"), "{failure:?}");
    assert!(
        failure.hints[0].starts_with("unpack it first: zstd -d "),
        "{failure:?}"
    );
}

#[test]
fn an_executable_in_place_of_the_core_suggests_swapped_arguments() {
    let own = std::env::current_exe().unwrap();
    let failure = open_core(None, &own, None, &Limits::default(), &CancelToken::new()).unwrap_err();
    assert!(failure.hints[0].contains("swapped"), "{failure:?}");
}

#[test]
fn other_processors_are_named() {
    let mut header = [0_u8; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    header[16] = 4;
    header[18] = 183;
    let failure = refusal(&header);
    assert!(failure.causes[0].contains("aarch64"), "{failure:?}");
    header[4] = 1;
    header[18] = 3;
    let failure = refusal(&header);
    assert!(
        failure.causes[0].contains("32-bit little-endian ELF file for x86"),
        "{failure:?}"
    );
}

#[test]
fn directories_empty_files_and_text_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let failure = open_core(
        None,
        directory.path(),
        None,
        &Limits::default(),
        &CancelToken::new(),
    )
    .unwrap_err();
    assert!(failure.causes[0].contains("is a directory"), "{failure:?}");
    assert!(refusal(b"").causes[0].contains("is empty (0 bytes)"));
    assert!(refusal(b"hello\n").causes[0].contains("not an ELF file"));
    assert!(refusal(b"\x7fELF\x02\x01").causes[0].contains("the ELF header ends early"));
}
