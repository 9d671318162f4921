//! One ELF object in the address space: identity, load bias, and its file when there is one.

use std::sync::Arc;

use crate::base::{Addr, AddrRange, ImageAddr};
use crate::elf::{BuildId, ElfFile};
use crate::model::Verified;

/// An image. Cheap to share; everything derived from `elf` lives in indexes of its own.
#[derive(Clone, Debug)]
pub struct Image {
    /// As the target names it.
    pub path: Arc<str>,
    /// Where the file was read from, or why it could not be.
    pub from: String,
    /// The file, when it could be opened and is believed to be the one that was mapped.
    pub elf: Option<Arc<ElfFile>>,
    /// What is added to link-time addresses.
    pub bias: u64,
    /// All addresses that mappings of this file cover, lowest to highest.
    pub range: AddrRange,
    pub build_id: Option<BuildId>,
    pub verified: Verified,
    /// The program itself, not a library.
    pub is_main: bool,
}

impl Image {
    #[must_use]
    pub fn to_image(&self, addr: Addr) -> ImageAddr {
        addr.to_image(self.bias)
    }

    #[must_use]
    pub fn to_runtime(&self, addr: ImageAddr) -> Addr {
        addr.to_runtime(self.bias)
    }
}
