//! What may be written where, and that nothing is left behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn listing(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_name_appears_with_the_last_byte_and_only_its_owner_may_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.core");
    let output = OutputFile::create(&path, false).unwrap();
    output.write_at(b"tail", 1 << 20).unwrap();
    output.write_at(b"head", 0).unwrap();
    assert_eq!(listing(directory.path()), ["x.core.part"]);
    let written = output.finish().unwrap();
    assert_eq!(listing(directory.path()), ["x.core"]);
    assert_eq!(
        (written.path.as_path(), written.bytes),
        (path.as_path(), (1 << 20) + 4)
    );
    assert!(written.disk_bytes < 1 << 20, "{written:?}");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn what_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let output = OutputFile::create(&directory.path().join("x"), false).unwrap();
    output.write_at(&[1; 5000], 0).unwrap();
    drop(output);
    assert_eq!(listing(directory.path()), Vec::<String>::new());
}

#[test]
fn nothing_that_exists_is_overwritten_or_followed() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("file"), b"old").unwrap();
    symlink(at("elsewhere"), at("link")).unwrap();
    nix::unistd::mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
    fs::create_dir(at("dir")).unwrap();
    let refused = |name: &str, replace| {
        OutputFile::create(&at(name), replace)
            .map(drop)
            .unwrap_err()
            .to_string()
    };
    assert!(refused("file", false).contains("exists already"));
    for replace in [false, true] {
        assert!(refused("link", replace).contains("is a symbolic link"));
        assert!(refused("pipe", replace).contains("is a named pipe"));
        assert!(refused("dir", replace).contains("is a directory"));
        assert!(refused("dir/", replace).contains("names no file"));
        assert!(refused("none/x", replace).contains("none: No such file"));
    }
    assert!(
        OutputFile::create(Path::new("/dev/null"), true)
            .unwrap_err()
            .to_string()
            .contains("character device")
    );
    assert_eq!(listing(directory.path()), ["dir", "file", "link", "pipe"]);
    OutputFile::create(&at("file"), true).unwrap().finish().unwrap();
    assert_eq!(fs::read(at("file")).unwrap(), b"");
}

#[test]
fn a_file_that_appears_meanwhile_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x");
    let output = OutputFile::create(&path, false).unwrap();
    assert!(matches!(
        OutputFile::create(&path, false),
        Err(OutputError::PartExists(_))
    ));
    fs::write(&path, b"other").unwrap();
    // The check before and the rename itself: both have to refuse.
    assert_eq!(
        rename_no_replace(&output.directory, &output.part, &output.name),
        Err(Errno::EEXIST)
    );
    assert!(matches!(output.finish(), Err(OutputError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), b"other");
    assert_eq!(listing(directory.path()), ["x"]);
}

#[test]
fn a_directory_that_vanishes_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let output = OutputFile::create(&inner.join("x"), false).unwrap();
    output.write_at(b"bytes", 0).unwrap();
    fs::remove_dir_all(&inner).unwrap();
    let error = output.finish().unwrap_err().to_string();
    assert!(error.contains("cannot rename the finished file"), "{error}");
    assert_eq!(listing(directory.path()), Vec::<String>::new());
}

#[test]
fn data_is_found_between_holes() {
    let directory = tempfile::tempdir().unwrap();
    let output = OutputFile::create(&directory.path().join("x"), false).unwrap();
    output.write_at(&[1; 4096], 1 << 20).unwrap();
    output.set_len(4 << 20).unwrap();
    let (start, end) = output.next_data(0).unwrap().unwrap();
    assert!(start <= 1 << 20 && end >= (1 << 20) + 4096, "{start} {end}");
    if start > 0 {
        assert_eq!(output.next_data(end).unwrap(), None);
    }
}
