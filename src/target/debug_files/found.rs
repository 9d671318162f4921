//! What was found for each image, searched on first use and kept, failures included.

use std::sync::{Arc, Mutex, PoisonError};

use super::search::DebugSearch;
use crate::base::Limits;
use crate::elf::ElfFile;
use crate::os::FileWatch;
use crate::symbols::Image;

/// A separate debug file that was proved to belong to an image.
#[derive(Clone, Debug)]
pub(in crate::target) struct SymbolFile {
    pub elf: Arc<ElfFile>,
    /// What it shares with other debug files.
    pub supplement: Option<Arc<ElfFile>>,
    /// Where it was found.
    pub from: String,
    /// By what it was proved, in a few words.
    pub proof: &'static str,
    pub watch: Option<FileWatch>,
}

/// Where names and types of one image come from.
#[derive(Clone, Debug, Default)]
pub(in crate::target) struct Symbols {
    /// The image has debug information of its own; no other is looked for then.
    pub has_own: bool,
    /// Belongs to the image's own debug information.
    pub supplement: Option<Arc<ElfFile>>,
    pub file: Option<SymbolFile>,
    /// Files that were found and are not used, each with the reason.
    pub refused: Vec<String>,
}

impl Symbols {
    /// The file with debug information, and what supplements it.
    pub(in crate::target) fn dwarf<'a>(
        &'a self,
        image: &'a Image,
    ) -> Option<(&'a Arc<ElfFile>, Option<&'a Arc<ElfFile>>)> {
        if self.has_own {
            return Some((image.elf.as_ref()?, self.supplement.as_ref()));
        }
        let file = self.file.as_ref()?;
        super::check::has_dwarf(&file.elf).then_some((&file.elf, file.supplement.as_ref()))
    }
}

/// One slot an image, in their order.
#[derive(Debug)]
pub(in crate::target) struct DebugFiles {
    search: DebugSearch,
    limits: Limits,
    slots: Vec<Mutex<Option<Arc<Symbols>>>>,
}

impl DebugFiles {
    pub(in crate::target) fn new(search: DebugSearch, images: usize, limits: &Limits) -> Self {
        Self {
            search,
            limits: limits.clone(),
            slots: (0..images).map(|_| Mutex::default()).collect(),
        }
    }

    pub(in crate::target) fn search(&self) -> &DebugSearch {
        &self.search
    }

    /// What the image at `index` has; looked for when first asked.
    pub(in crate::target) fn of(&self, index: usize, image: &Image) -> Arc<Symbols> {
        let Some(slot) = self.slots.get(index) else {
            return Arc::default();
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let symbols = slot.get_or_insert_with(|| Arc::new(self.search.symbols(image, &self.limits)));
        Arc::clone(symbols)
    }

    /// Looks again, when next asked, for what was not found.
    pub(in crate::target) fn search_again(&self) {
        for slot in &self.slots {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            slot.take_if(|symbols| !symbols.has_own && symbols.file.is_none());
        }
    }

    /// Whether a debug file was cut while it was in use.
    pub(in crate::target) fn was_cut(&self) -> bool {
        self.slots.iter().any(|slot| {
            let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let file = slot.as_ref().and_then(|symbols| symbols.file.as_ref());
            file.and_then(|file| file.watch.as_ref())
                .is_some_and(FileWatch::was_cut)
        })
    }
}
