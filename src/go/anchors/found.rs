//! [`Anchors`]: the addresses that were found, and what finding them needs.

use crate::base::{Addr, AddrRange};
use crate::go::{GoCode, Layout, code_bytes};
use crate::memory::Memory;
use crate::symbols::Image;

/// Where the runtime keeps its state. What was not found is `None` and named in `missing`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// Number of entries behind `allgptr`.
    pub allglen: Option<Addr>,
    /// Pointer to the array of all g's, exited ones included.
    pub allgptr: Option<Addr>,
    /// The slice over the same array.
    pub allgs: Option<Addr>,
    /// Head of the list of all m's.
    pub allm: Option<Addr>,
    /// The slice of all p's.
    pub allp: Option<Addr>,
    /// The scheduler's state.
    pub sched: Option<Addr>,
    /// Array of strings: what goroutines wait for.
    pub wait_reasons: Option<Addr>,
    /// Ring of the last bytes printed before the runtime began to die.
    pub backlog: Option<Addr>,
    /// Next position to be written in that ring.
    pub backlog_index: Option<Addr>,
    /// Who waits for semaphores: mutexes, wait groups.
    pub semtable: Option<Addr>,
    /// Where a thread's g lies, relative to its thread pointer (`fs_base`), in bytes.
    pub tls_g: Option<i64>,
    /// Names of what was not found.
    pub missing: Vec<&'static str>,
}

/// What finding needs to look at.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a trait object")]
pub struct Surroundings<'a> {
    pub code: &'a GoCode,
    pub images: &'a [Image],
    pub memory: &'a dyn Memory,
    pub layout: &'a Layout,
}

impl Surroundings<'_> {
    /// The instructions of the function called `name`.
    pub(super) fn code_of(&self, name: &str) -> Option<(Addr, Vec<u8>)> {
        /// Enough for every function that is looked at; most are under 300 bytes.
        const MOST_BYTES: u64 = 8192;
        let func = self.code.find_name(name)?;
        let len = AddrRange::between(func.entry(), func.end()).len().min(MOST_BYTES);
        let bytes = code_bytes(self.images, self.memory, func.entry(), usize::try_from(len).ok()?)?;
        Some((func.entry(), bytes))
    }

    /// Whether the program may write at `addr`.
    pub(super) fn is_writable(&self, addr: Addr) -> bool {
        // Not only where the file is mapped: .bss may begin on a page of its own behind that.
        self.images.iter().any(|image| {
            let writable = crate::go::moduledata::writable_ranges(image);
            writable.iter().any(|range| range.contains(addr))
        })
    }
}

impl Anchors {
    /// Finds what can be found; never fails.
    #[must_use]
    pub fn find(around: &Surroundings<'_>) -> Self {
        super::rules::find(around)
    }
}
