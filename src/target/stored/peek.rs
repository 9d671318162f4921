//! What the beginning of a core file says of the crash: all notes that name it come first in cores
//! of the kernel and of gcore, so that compressed ones need not be unpacked.

use std::path::Path;

use super::found::Found;
use crate::base::{Addr, CancelToken, Limits, SharedBytes};
use crate::elf::CoreFile;
use crate::model::StoredState;
use crate::os::{self, MappedFile};
use crate::target::core_threads;
use crate::target::placement::AT_ENTRY;
use crate::target::unpack;

/// Bytes unpacked of a compressed core.
const HEAD: usize = 1 << 20;

/// Facts of a core file; `None` when it is no core, or cannot be read.
pub(super) fn peek(path: &Path, limits: &Limits, cancel: &CancelToken) -> Option<Found> {
    let file = os::map_file(path).ok()?;
    let head = unpack::head(&file.bytes, HEAD);
    let whole = head.is_none();
    let bytes = head.map_or_else(|| file.bytes.clone(), SharedBytes::new);
    let core = CoreFile::parse(bytes, limits, cancel).ok()?;
    Some(facts(&core, &file, whole))
}

fn facts(core: &CoreFile, file: &MappedFile, whole: bool) -> Found {
    let notes = core.notes();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let process = notes.process.as_ref();
    let (present, promised) = core.size();
    let entry = notes.aux(AT_ENTRY).map(Addr);
    let program = entry.and_then(|entry| {
        let mut mappings = notes.files.mappings.iter();
        mappings.find(|mapping| mapping.range.contains(entry))
    });
    // Delve records arguments with zeros between.
    let args = process.map(|process| text(&process.args).replace('\0', " "));
    let signal = core_threads::threads(core)
        .into_iter()
        .find_map(|thread| thread.signal);
    Found {
        pid: process.map(|process| process.pid).filter(|pid| *pid != 0),
        uid: process.map(|process| process.uid),
        gid: process.map(|process| process.gid),
        signal: signal.map(|signal| signal.number),
        name: process
            .map(|process| text(&process.comm))
            .filter(|name| !name.is_empty()),
        exe: program.map(|mapping| text(&mapping.path)),
        command: args.filter(|args| !args.is_empty()),
        bytes: Some(file.bytes.len() as u64),
        state: if whole && present < promised {
            StoredState::Truncated
        } else {
            StoredState::Present
        },
        ..Found::default()
    }
}
