//! The dynamic linker's list of loaded libraries, for cores that do not name their files.
//!
//! ```text
//!   PT_DYNAMIC of the program: DT_DEBUG -> r_debug { version, r_map } (+8)
//!   link_map { l_addr, l_name, l_ld, l_next, l_prev }                 one per library
//! ```
//!
//! Delve's dumps have no NT_FILE; this list is in memory all the same (`link.h`, stable for decades
//! because debuggers read it).

use crate::base::{Addr, Limits};
use crate::elf::ElfFile;
use crate::memory::{Memory, MemoryExt};

const DT_NULL: u64 = 0;
const DT_DEBUG: u64 = 21;

/// One library as the dynamic linker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoadedLibrary {
    pub path: Vec<u8>,
    pub bias: u64,
}

/// The libraries of a program, in the linker's order, without the program and the vdso.
pub(super) fn libraries(
    memory: &dyn Memory,
    program: &ElfFile,
    bias: u64,
    limits: &Limits,
) -> Vec<LoadedLibrary> {
    let mut found = Vec::new();
    let Some(mut next) = first_entry(memory, program, bias) else {
        return found;
    };
    // The list may be damaged into a ring; nothing is loaded more often than files are opened.
    for _ in 0..limits.files {
        let (Ok(bias), Ok(name), Ok(following)) = (
            memory.read_u64(next),
            memory.read_addr(next.offset(8)),
            memory.read_addr(next.offset(24)),
        ) else {
            break;
        };
        let path = memory.read_c_string(name, limits.text_bytes).unwrap_or_default();
        if path.starts_with(b"/") {
            found.push(LoadedLibrary { path, bias });
        }
        if following.is_null() {
            break;
        }
        next = following;
    }
    found
}

fn first_entry(memory: &dyn Memory, program: &ElfFile, bias: u64) -> Option<Addr> {
    const MOST_TAGS: i64 = 4096;
    let dynamic = program.dynamic_addr()?.to_runtime(bias);
    let entries = (0..MOST_TAGS).map_while(|index| {
        let entry = dynamic.offset(index * 16);
        Some((
            memory.read_u64(entry).ok()?,
            memory.read_addr(entry.offset(8)).ok()?,
        ))
    });
    let (_, debug) = entries
        .take_while(|(tag, _)| *tag != DT_NULL)
        .find(|(tag, _)| *tag == DT_DEBUG)?;
    memory
        .read_addr(debug.offset(8))
        .ok()
        .filter(|map| !map.is_null())
}
