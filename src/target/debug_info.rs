//! The debug information of each image, opened on first use and kept, failures included.

use std::sync::{Arc, OnceLock};

use crate::base::Limits;
use crate::go;
use crate::model::{DebugInfoKind, Failure, FailureKind, ImageInfo};
use crate::symbols::{DebugInfo, Image};

/// One slot an image.
#[derive(Debug)]
pub(super) struct DebugInfos {
    slots: Vec<OnceLock<Result<Arc<DebugInfo>, Failure>>>,
}

impl DebugInfos {
    pub(super) fn new(images: usize) -> Self {
        Self {
            slots: (0..images).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The debug information of the image at `index`, or why there is none.
    pub(super) fn get(
        &self,
        index: usize,
        image: &Image,
        limits: &Limits,
    ) -> Result<Arc<DebugInfo>, Failure> {
        let slot = self.slots.get(index).ok_or_else(|| unavailable(image))?;
        slot.get_or_init(|| open(image, limits)).clone()
    }
}

fn open(image: &Image, limits: &Limits) -> Result<Arc<DebugInfo>, Failure> {
    let Some(elf) = &image.elf else {
        return Err(unavailable(image).hint("name the executable that made this core"));
    };
    if !has_dwarf(image) {
        return Err(unavailable(image).hint(
            "it was stripped, or linked with -ldflags=-w or -s; stacks and goroutines do not need it",
        ));
    }
    DebugInfo::open(elf, limits)
        .map(Arc::new)
        .map_err(|error| unavailable(image).because(&error))
}

fn unavailable(image: &Image) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("no debug information, so no variables: {}", image.path),
    )
}

/// Offsets of the runtime's fields in the image's debug information; empty where it has none.
pub(super) fn runtime_layout(image: &Image, limits: &Limits) -> go::Overrides {
    let info = image
        .elf
        .as_ref()
        .and_then(|elf| DebugInfo::open(elf, limits).ok());
    let Some(info) = info else {
        return go::Overrides::default();
    };
    let described = info.struct_layouts(&go::RUNTIME_STRUCTS);
    go::overrides(&|structure, member| described.get(&(structure.to_owned(), member.to_owned())).copied())
}

pub(super) fn has_dwarf(image: &Image) -> bool {
    image
        .elf
        .as_ref()
        .is_some_and(|elf| elf.section(".debug_info").is_some() || elf.section(".zdebug_info").is_some())
}

/// An image for the list of images.
pub(super) fn describe(image: &Image, has_pclntab: bool) -> ImageInfo {
    let has_symbols = || {
        let elf = image.elf.as_ref();
        elf.is_some_and(|elf| elf.section(".symtab").is_some() || elf.section(".dynsym").is_some())
    };
    let debug_info = if has_dwarf(image) {
        DebugInfoKind::Dwarf
    } else if has_pclntab {
        DebugInfoKind::Pclntab
    } else if has_symbols() {
        DebugInfoKind::Symtab
    } else {
        DebugInfoKind::None
    };
    ImageInfo {
        path: image.path.to_string(),
        base: image.range.start,
        load_bias: crate::base::Addr(image.bias),
        build_id: image.build_id.as_ref().map(ToString::to_string),
        verified: image.verified,
        debug_info,
        from: image.from.clone(),
    }
}
