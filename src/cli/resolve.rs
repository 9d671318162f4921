//! From an [`super::Invocation`] to what the engine opens: the one look at files that needs.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::invocation::{CoreFiles, Subject};
use super::machine::{pid_of, stored_core};
use crate::model::{Config, Failure, OpenSpec};
use crate::ui::Start;

/// `e_type` of a core dump, in the ELF header's bytes 16 and 17.
const ET_CORE: u8 = 4;

/// What to begin with. Of two bare files the core dump may come first: then they change places.
///
/// # Errors
/// When no process, or more than one, has the name that was given, and when a stored core that was
/// named is gone.
pub(super) fn start(subject: &Subject, config: &Config) -> Result<Start, Failure> {
    Ok(match subject {
        Subject::Demo => Start::Open(OpenSpec::Demo),
        Subject::Process(chosen) => Start::Open(process(pid_of(chosen)?, true, config)),
        // Its number comes with the choice.
        Subject::SomeProcess => Start::Pick(process(0, true, config)),
        Subject::Core(files) => {
            let files = in_order(files.clone(), is_core_dump);
            Start::Open(core(with_stored(files, stored_core)?, config))
        }
    })
}

/// A core whose file comes with the choice.
pub(super) fn unknown_core(config: &Config) -> OpenSpec {
    let files = CoreFiles {
        exe: None,
        core: PathBuf::new(),
        by_position: false,
    };
    core(files, config)
}

fn core(files: CoreFiles, config: &Config) -> OpenSpec {
    OpenSpec::Core {
        exe: files.exe,
        core: files.core,
        sysroot: config.sysroot.clone(),
        debug_dirs: config.debug_dirs.clone(),
        substitute_path: config.substitute_path.clone(),
        debuginfod: !config.no_debuginfod,
    }
}

/// A running process. The tracer is this very program, also when its file was replaced.
pub(super) fn process(pid: u32, stop: bool, config: &Config) -> OpenSpec {
    OpenSpec::Live {
        pid,
        tracer: PathBuf::from("/proc/self/exe"),
        stop,
        debug_dirs: config.debug_dirs.clone(),
        substitute_path: config.substitute_path.clone(),
        debuginfod: !config.no_debuginfod,
    }
}

/// A core that is no file here may be the process id, the program or the executable of one that
/// systemd stored.
fn with_stored(
    files: CoreFiles,
    stored: impl FnOnce(&Path) -> Result<Option<PathBuf>, Failure>,
) -> Result<CoreFiles, Failure> {
    let is_file = fs::symlink_metadata(&files.core).is_ok();
    if is_file || files.exe.is_some() {
        return Ok(files);
    }
    Ok(match stored(&files.core)? {
        Some(core) => CoreFiles { core, ..files },
        // Opening it says that it is not there.
        None => files,
    })
}

fn in_order(files: CoreFiles, is_core: impl Fn(&Path) -> bool) -> CoreFiles {
    match files.exe {
        Some(exe) if files.by_position && is_core(&exe) && !is_core(&files.core) => CoreFiles {
            exe: Some(files.core),
            core: exe,
            by_position: true,
        },
        exe => CoreFiles { exe, ..files },
    }
}

/// Whether a regular file begins like an ELF core dump. Anything in doubt is not one: opening it
/// then says what is wrong with it.
fn is_core_dump(path: &Path) -> bool {
    // A pipe or a device would block, or run dry before the engine reads it.
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let mut header = [0; 18];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"\x7fELF") && header.ends_with(&[ET_CORE, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(first: &str, second: &str) -> CoreFiles {
        CoreFiles {
            exe: Some(PathBuf::from(first)),
            core: PathBuf::from(second),
            by_position: true,
        }
    }

    #[test]
    fn two_files_in_the_wrong_order_change_places() {
        let is_core = |path: &Path| path.ends_with("c");
        assert_eq!(in_order(files("c", "p"), is_core), files("p", "c"));
        assert_eq!(in_order(files("p", "c"), is_core), files("p", "c"));
        assert_eq!(in_order(files("p", "q"), is_core), files("p", "q"));
        let by_name = CoreFiles {
            by_position: false,
            ..files("c", "p")
        };
        assert_eq!(in_order(by_name.clone(), is_core), by_name);
    }

    #[test]
    fn what_is_no_file_may_name_a_stored_core() {
        let none_here = CoreFiles {
            exe: None,
            core: PathBuf::from("4711"),
            by_position: false,
        };
        let stored = |_: &Path| Ok(Some(PathBuf::from("/var/core")));
        assert_eq!(
            with_stored(none_here.clone(), stored).unwrap().core,
            Path::new("/var/core")
        );
        assert_eq!(with_stored(none_here.clone(), |_| Ok(None)).unwrap(), none_here);
        let given = CoreFiles {
            core: std::env::current_exe().unwrap(),
            ..none_here
        };
        assert_eq!(with_stored(given.clone(), stored).unwrap(), given);
        let with_program = files("p", "no-such-core");
        assert_eq!(with_stored(with_program.clone(), stored).unwrap(), with_program);
    }

    #[test]
    fn only_an_elf_core_counts_as_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0".to_vec();
        fs::write(&path, &header).unwrap();
        assert!(is_core_dump(&path));
        header[16] = 2;
        fs::write(&path, &header).unwrap();
        assert!(!is_core_dump(&path));
        fs::write(&path, b"\x7fELF").unwrap();
        assert!(!is_core_dump(&path));
        assert!(!is_core_dump(dir.path()));
        assert!(!is_core_dump(&dir.path().join("none")));
    }
}
