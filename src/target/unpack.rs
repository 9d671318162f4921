//! Compressed cores: recognised by their first bytes, unpacked into a nameless sparse file.
//!
//! ```text
//!   X.core.zst --> decoder --> 1 MiB --> pages of zeros left out --> nameless file --> mapped
//! ```
//!
//! The file lies in the cache directory of this user, else beside the core, else in the directory
//! for temporary files. A frame that is cut or damaged gives what came before the damage, with a
//! warning. Bombs: zeros take no room, anything else stops before the disk is full, and all of it
//! can be cancelled. Knows nothing of cores.

mod decoder;

use std::io;
use std::path::{Path, PathBuf};

use self::decoder::{Decoder, Form};
use super::core_failure;
use super::inferior::OpenContext;
use crate::base::{Progress, Unit};
use crate::model::{Failure, FailureKind, Warning, WarningKind};
use crate::os::{self, FileError, MappedFile, ScratchFile};

/// Bytes unpacked at once; between two of these a cancel is heard.
const STEP: usize = 1 << 20;
/// Bytes written between two looks at the room that is left.
const ROOM_STEP: u64 = 64 << 20;
/// A directory is good when it has room for so many times the compressed size.
const LIKELY_RATIO: u64 = 4;
/// The directory below that of the caches.
const APPLICATION: &str = env!("CARGO_PKG_NAME");

/// What was in a compressed file.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub file: MappedFile,
    /// Why it may not be all.
    pub damage: Option<Warning>,
}

/// How much may be unpacked.
#[derive(Clone, Copy, Debug)]
struct Budget {
    bytes: u64,
    /// Bytes of the file system that are left to others.
    reserve: u64,
}

/// How unpacking ended, but for the end of the file.
#[derive(Debug)]
enum Ended {
    Whole,
    Damaged(io::Error),
    OverBudget,
}

/// Unpacks `file`, which is `path`; `None` when it is not compressed, or not in a form known here.
///
/// # Errors
/// When cancelled, when nothing at all can be unpacked, and when there is no room for it.
pub(super) fn unpack(
    path: &Path,
    file: &MappedFile,
    context: OpenContext<'_>,
) -> Result<Option<Unpacked>, Failure> {
    let Some(form) = Form::of(&file.bytes) else {
        return Ok(None);
    };
    let name = core_failure::shown(path);
    let mut scratch = choose(&directories(path), file.bytes.len() as u64)?;
    let budget = Budget {
        bytes: context.limits.unpacked_core_bytes,
        reserve: scratch.free_bytes().unwrap_or_default().min(10 << 30) / 10,
    };
    let packed: &[u8] = &file.bytes;
    let mut decoder = Decoder::new(form, packed).map_err(|error| useless(&name, form, &error))?;
    let ended = inflate(&mut decoder, &mut scratch, budget, context)?;
    let size = scratch.size();
    let damage = match ended {
        Ended::Damaged(error) if size == 0 => return Err(useless(&name, form, &error)),
        Ended::Damaged(error) => Some(format!(
            "{name} is cut or damaged ({}: {error}): the {size} bytes before that are shown",
            form.name()
        )),
        Ended::OverBudget => Some(format!(
            "{name} unpacks to more than {size} bytes; what comes after them is shown as missing"
        )),
        Ended::Whole => None,
    };
    let lost = |error| {
        let path = path.to_owned();
        core_failure::unreadable(core_failure::Role::Core, &FileError::Read { path, error })
    };
    let unpacked = scratch.finish().map_err(lost)?;
    let mapped = os::map_open(&unpacked, path)
        .map_err(|error| core_failure::unreadable(core_failure::Role::Core, &error))?;
    Ok(Some(Unpacked {
        file: MappedFile {
            modified: file.modified,
            ..mapped
        },
        damage: damage.map(|text| Warning::new(WarningKind::Truncated, text)),
    }))
}

/// The first bytes of what `packed` holds, at most `most`; `None` when it is not compressed in a form known here.
pub(super) fn head(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(Form::of(packed)?, packed).ok()?;
    let mut head = vec![0; most];
    let (got, _) = decoder.fill(&mut head);
    head.truncate(got);
    Some(head)
}

fn inflate(
    decoder: &mut Decoder<'_>,
    scratch: &mut ScratchFile,
    budget: Budget,
    context: OpenContext<'_>,
) -> Result<Ended, Failure> {
    let total = decoder.left();
    let mut buffer = vec![0; STEP];
    let (mut taken, mut looked_at) = (0_u64, 0);
    loop {
        context.cancel.check().map_err(|_| core_failure::cancelled())?;
        (context.progress)(Progress {
            phase: "unpacking the core".to_owned(),
            done: total - decoder.left().min(total),
            total: Some(total),
            unit: Unit::Bytes,
        });
        let (got, error) = decoder.fill(&mut buffer);
        let left = budget.bytes.saturating_sub(scratch.size());
        let kept = got.min(usize::try_from(left).unwrap_or(usize::MAX));
        taken += scratch
            .push(buffer.get(..kept).unwrap_or_default())
            .map_err(|error| no_room(scratch, taken, Some(&error)))?;
        if kept < got {
            return Ok(Ended::OverBudget);
        }
        if let Some(error) = error {
            return Ok(Ended::Damaged(error));
        }
        if got < buffer.len() {
            return Ok(Ended::Whole);
        }
        if taken >= looked_at {
            let free = scratch.free_bytes();
            if free.is_some_and(|free| free < budget.reserve) {
                return Err(no_room(scratch, taken, None));
            }
            looked_at = taken.saturating_add(ROOM_STEP);
        }
    }
}

/// Where the unpacked core may lie, best first.
fn directories(core: &Path) -> Vec<PathBuf> {
    use etcetera::BaseStrategy;
    let cache = etcetera::choose_base_strategy()
        .ok()
        .map(|base| base.cache_dir().join(APPLICATION));
    let beside = match core.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    cache.into_iter().chain([beside, std::env::temp_dir()]).collect()
}

/// The first directory with room enough, else the one that has most.
fn choose(directories: &[PathBuf], packed: u64) -> Result<ScratchFile, Failure> {
    let wanted = packed.saturating_mul(LIKELY_RATIO);
    let mut best: Option<(u64, ScratchFile)> = None;
    let mut failure = Failure::new(
        FailureKind::File,
        "there is no directory in which the compressed core could be unpacked",
    );
    for directory in directories {
        match ScratchFile::create(directory) {
            Ok(scratch) => {
                let free = scratch.free_bytes().unwrap_or(u64::MAX);
                if free >= wanted {
                    return Ok(scratch);
                }
                if best.as_ref().is_none_or(|(most, _)| free > *most) {
                    best = Some((free, scratch));
                }
            }
            Err(error) => failure.causes.push(format!("{}: {error}", directory.display())),
        }
    }
    let failure = failure.hint("XDG_CACHE_HOME or TMPDIR can name one that may be written to");
    best.map(|(_, scratch)| scratch).ok_or(failure)
}

fn useless(name: &str, form: Form, error: &io::Error) -> Failure {
    let form = form.name();
    Failure::new(
        FailureKind::Format,
        format!("{name} is compressed ({form}) and cannot be unpacked"),
    )
    .because(error)
    .hint(format!("`{form} -t {name}` says whether the file is whole"))
}

fn no_room(scratch: &ScratchFile, taken: u64, error: Option<&io::Error>) -> Failure {
    let directory = scratch.directory().display();
    let failure = Failure::new(
        FailureKind::File,
        format!(
            "there is too little room in {directory} to unpack the core: {taken} bytes were not all of it"
        ),
    );
    let failure = match error {
        Some(error) => failure.because(error),
        None => failure,
    };
    failure.hint("make room, or let XDG_CACHE_HOME name a directory on another disk")
}

#[cfg(test)]
mod tests;
