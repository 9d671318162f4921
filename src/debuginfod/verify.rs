//! Whether a file that came, or that lies in the cache, is what was asked for.

use std::path::Path;

use super::wanted::{Artefact, Wanted};
use crate::base::Limits;
use crate::elf::ElfFile;
use crate::os;

/// `Err` says what is wrong with it.
pub(super) fn check(wanted: &Wanted, path: &Path, limits: &Limits) -> Result<(), String> {
    let file = os::map_file(path).map_err(|error| error.to_string())?;
    if let Artefact::Source(_) = wanted.artefact {
        return source(&file.bytes);
    }
    let elf =
        ElfFile::parse(file.bytes, limits).map_err(|error| format!("what came is no ELF file: {error}"))?;
    match elf.gnu_build_id() {
        Some(found) if found == wanted.build_id => {}
        Some(found) => return Err(format!("what came has another build-id, {found}")),
        None => return Err("what came has no build-id".to_owned()),
    }
    let is_code = !elf.is_debug_only();
    let has_names = [".debug_info", ".zdebug_info", ".symtab"]
        .iter()
        .any(|name| elf.section(name).is_some());
    match wanted.artefact {
        Artefact::Executable if !is_code => Err("what came holds no code".to_owned()),
        Artefact::Debuginfo if !has_names => Err("what came holds no debug information".to_owned()),
        _ => Ok(()),
    }
}

/// A source has no id. At least it is text, and not the page of a gateway that wants a password.
fn source(bytes: &[u8]) -> Result<(), String> {
    const LOOKED_AT: usize = 4096;
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if head.contains(&0) {
        return Err("what came is no text".to_owned());
    }
    let start = head
        .trim_ascii_start()
        .get(..14)
        .unwrap_or_default()
        .to_ascii_lowercase();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        return Err("what came is a web page".to_owned());
    }
    Ok(())
}
