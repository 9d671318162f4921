//! Bytes that lie together in the target: a piece of a mapped file, or memory copied out once.
//!
//! Go's read-only tables are megabytes that no core holds; they stay in the mapped executable and
//! are only looked at. When there is no executable, they are copied out of memory, if it has them.

use std::ops::Range;

use crate::base::{Addr, AddrRange, SharedBytes};
use crate::memory::{Memory, MemoryExt};
use crate::symbols::Image;

/// Immutable bytes and the runtime address of the first one. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Region {
    addr: Addr,
    bytes: SharedBytes,
    range: Range<usize>,
}

impl Region {
    /// All of `bytes`, as they lie at `addr`.
    #[must_use]
    pub fn new(addr: Addr, bytes: SharedBytes) -> Self {
        let range = 0..bytes.len();
        Self { addr, bytes, range }
    }

    /// The bytes of the image's file from `addr` to the end of what its segment has in the file.
    #[must_use]
    pub fn from_image(image: &Image, addr: Addr) -> Option<Self> {
        let elf = image.elf.as_ref()?;
        let linked = image.to_image(addr);
        let segment = elf.segments().iter().find(|segment| {
            linked
                .0
                .checked_sub(segment.vaddr.0)
                .is_some_and(|into| into < segment.file_size)
        })?;
        let into = linked.0.checked_sub(segment.vaddr.0)?;
        let start = usize::try_from(segment.file_offset.checked_add(into)?).ok()?;
        let end = usize::try_from(segment.file_offset.checked_add(segment.file_size)?).ok()?;
        let bytes = elf.bytes().clone();
        let end = end.min(bytes.len());
        (start < end).then(|| Self {
            addr,
            bytes,
            range: start..end,
        })
    }

    /// A copy of up to `limit` bytes of memory from `addr` on, as far as they are readable.
    #[must_use]
    pub fn from_memory(memory: &dyn Memory, addr: Addr, limit: usize) -> Option<Self> {
        const CHUNK: usize = 1 << 16;
        let mut copy = Vec::new();
        while copy.len() < limit {
            let at = copy.len();
            let wanted = CHUNK.min(limit - at);
            copy.resize(at + wanted, 0);
            let from = addr.checked_add(at as u64)?;
            let got = copy.get_mut(at..).map_or(0, |rest| memory.read_some(from, rest));
            if got < wanted {
                copy.truncate(at + got);
                break;
            }
        }
        (!copy.is_empty()).then(|| Self::new(addr, SharedBytes::new(copy)))
    }

    /// The file's bytes when there is a file, else memory's.
    #[must_use]
    pub fn find(images: &[Image], memory: &dyn Memory, addr: Addr, limit: usize) -> Option<Self> {
        images
            .iter()
            .filter(|image| image.range.contains(addr))
            .find_map(|image| Self::from_image(image, addr))
            .or_else(|| Self::from_memory(memory, addr, limit))
    }

    /// The first `len` bytes of this region, or all of it when it is shorter.
    #[must_use]
    pub fn first(mut self, len: usize) -> Self {
        self.range.end = self.range.end.min(self.range.start.saturating_add(len));
        self
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// Runtime address of the first byte.
    #[must_use]
    pub const fn addr(&self) -> Addr {
        self.addr
    }

    #[must_use]
    pub fn range(&self) -> AddrRange {
        AddrRange::sized(self.addr, self.range.len() as u64)
    }

    /// What follows the runtime address `addr`, when this region holds it.
    #[must_use]
    pub fn from(&self, addr: Addr) -> Option<&[u8]> {
        let into = usize::try_from(addr.0.checked_sub(self.addr.0)?).ok()?;
        self.bytes().get(into..)
    }
}

/// `len` bytes at `addr`: of the file where there is one, else of memory.
#[must_use]
pub fn code_bytes(images: &[Image], memory: &dyn Memory, addr: Addr, len: usize) -> Option<Vec<u8>> {
    let image = images.iter().find(|image| image.range.contains(addr));
    let in_file = image
        .and_then(|image| image.elf.as_ref()?.loaded_bytes(image.to_image(addr), len))
        .map(<[u8]>::to_vec);
    in_file.or_else(|| memory.read_bytes(addr, len).ok())
}
