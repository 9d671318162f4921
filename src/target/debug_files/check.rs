//! Whether a file is the debug file of an image. Never by its name.

use crate::elf::{BuildId, ElfFile, crc32};

/// What is known of the image that a debug file is wanted for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Identity<'a> {
    /// The image's own file, when it is here.
    pub elf: Option<&'a ElfFile>,
    /// Of the file, or out of memory.
    pub build_id: Option<&'a BuildId>,
    /// What `.gnu_debuglink` says of the file in question.
    pub crc: Option<u32>,
}

/// By what a debug file is proved to be the right one, in a few words; `Err` says why it is not.
pub(super) fn belongs(image: Identity<'_>, file: &ElfFile) -> Result<&'static str, String> {
    let proof = same_identity(image, file)?;
    if let Some(elf) = image.elf {
        same_code(elf, file)?;
    }
    if has_symbols(file) {
        Ok(proof)
    } else {
        Err("it holds neither debug information nor symbols".to_owned())
    }
}

/// The strongest identity that both have decides; a weaker one is not asked then.
fn same_identity(image: Identity<'_>, file: &ElfFile) -> Result<&'static str, String> {
    if let (Some(wanted), Some(found)) = (image.build_id, file.gnu_build_id()) {
        return if *wanted == found {
            Ok("same build-id")
        } else {
            Err(format!("its build-id is {found}, that of the program {wanted}"))
        };
    }
    let go_id = image.elf.and_then(ElfFile::go_build_id);
    if let (Some(wanted), Some(found)) = (go_id, file.go_build_id()) {
        return if wanted == found {
            Ok("same Go build id")
        } else {
            Err("its Go build id is another one".to_owned())
        };
    }
    match image.crc {
        Some(wanted) => {
            let found = crc32(file.bytes());
            if wanted == found {
                Ok("same check sum")
            } else {
                Err(format!(
                    "its check sum is {found:08x}, the debug link wants {wanted:08x}"
                ))
            }
        }
        None => Err("neither has a build-id to compare".to_owned()),
    }
}

/// `objcopy` and `strip` leave the addresses of code alone: where they differ, so do the programs,
/// whatever their ids say.
fn same_code(elf: &ElfFile, file: &ElfFile) -> Result<(), String> {
    let text = |elf: &ElfFile| elf.section(".text").map(|section| (section.addr, section.size));
    match (text(elf), text(file)) {
        (Some(wanted), Some(found)) if wanted != found => Err(format!(
            "its code is {} bytes at {}, that of the program {} bytes at {}",
            found.1, found.0, wanted.1, wanted.0
        )),
        _ => Ok(()),
    }
}

pub(super) fn has_dwarf(file: &ElfFile) -> bool {
    file.section(".debug_info").is_some() || file.section(".zdebug_info").is_some()
}

pub(super) fn has_symbols(file: &ElfFile) -> bool {
    has_dwarf(file) || file.section(".symtab").is_some()
}
