//! The debug information of each image, opened on first use and kept, failures included.

use std::sync::{Arc, OnceLock};

use super::debug_files::{DebugFiles, DebugSearch, Symbols};
use crate::base::Limits;
use crate::go;
use crate::model::{DebugInfoKind, Failure, FailureKind, ImageInfo};
use crate::symbols::{DebugInfo, Image};

/// One slot an image.
#[derive(Debug)]
pub(super) struct DebugInfos {
    files: Arc<DebugFiles>,
    slots: Vec<OnceLock<Result<Arc<DebugInfo>, Failure>>>,
}

impl DebugInfos {
    pub(super) fn new(files: Arc<DebugFiles>, images: usize) -> Self {
        Self {
            files,
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
        slot.get_or_init(|| open(image, &self.files.of(index, image), self.files.search(), limits))
            .clone()
    }

    /// Looks again, when next asked, for what was not found.
    pub(super) fn search_again(&mut self) {
        self.files.search_again();
        for slot in &mut self.slots {
            if slot.get().is_some_and(Result::is_err) {
                *slot = OnceLock::new();
            }
        }
    }

    pub(super) fn files(&self) -> &Arc<DebugFiles> {
        &self.files
    }

    /// Whether the image at `index` has debug information, its own or a separate file's.
    pub(super) fn exists(&self, index: usize, image: &Image) -> bool {
        self.files.of(index, image).dwarf(image).is_some()
    }

    /// An image for the list of images.
    pub(super) fn describe(&self, index: usize, image: &Image, has_pclntab: bool) -> ImageInfo {
        describe(image, &self.files.of(index, image), has_pclntab)
    }

    /// Whether a debug file was cut while it was in use.
    pub(super) fn was_cut(&self) -> bool {
        self.files.was_cut()
    }
}

fn open(
    image: &Image,
    symbols: &Symbols,
    search: &DebugSearch,
    limits: &Limits,
) -> Result<Arc<DebugInfo>, Failure> {
    let Some((elf, supplement)) = symbols.dwarf(image) else {
        return Err(missing(image, symbols, search));
    };
    DebugInfo::open_with(elf, supplement.map(AsRef::as_ref), limits)
        .map(Arc::new)
        .map_err(|error| unavailable(image).because(&error))
}

/// Says what was tried, and what can be tried next.
fn missing(image: &Image, symbols: &Symbols, search: &DebugSearch) -> Failure {
    let mut failure = unavailable(image);
    failure.causes.clone_from(&symbols.refused);
    failure = failure.hint(if image.elf.is_none() {
        "name the executable that made this core"
    } else {
        "it was stripped, or linked with -ldflags=-w or -s; stacks and goroutines do not need it"
    });
    let dirs: Vec<String> = search
        .dirs()
        .iter()
        .map(|dir| dir.display().to_string())
        .collect();
    if dirs.is_empty() {
        return failure;
    }
    let id = match &image.build_id {
        Some(id) => format!("build-id {id}"),
        None => "no build-id: go1.24 is the first release that writes one, -ldflags=-B=gobuildid does since go1.22"
            .to_owned(),
    };
    failure.hint(format!(
        "a separate debug file is looked for in {} ({id}); --debug-dir names more directories",
        dirs.join(", ")
    ))
}

fn unavailable(image: &Image) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("no debug information, so no variables: {}", image.path),
    )
}

/// Offsets of the runtime's fields in the debug information of `image`, which is the one at `index`;
/// empty where it has none.
pub(super) fn runtime_layout(
    infos: &DebugInfos,
    index: usize,
    image: &Image,
    limits: &Limits,
) -> go::Overrides {
    let Ok(info) = infos.get(index, image, limits) else {
        return go::Overrides::default();
    };
    let described = info.struct_layouts(&go::RUNTIME_STRUCTS);
    go::overrides(&|structure, member| described.get(&(structure.to_owned(), member.to_owned())).copied())
}

fn describe(image: &Image, symbols: &Symbols, has_pclntab: bool) -> ImageInfo {
    let file = symbols.file.as_ref();
    let has_symbols = || {
        let elf = image.elf.as_ref();
        file.is_some()
            || elf.is_some_and(|elf| elf.section(".symtab").is_some() || elf.section(".dynsym").is_some())
    };
    let debug_info = if symbols.dwarf(image).is_some() {
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
        debug_file: file.map(|file| file.from.clone()),
        debug_proof: file.map(|file| file.proof.to_owned()),
        debug_refused: symbols.refused.clone(),
    }
}
