//! `runtime.moduledata`: where a module keeps its code, types and tables.
//!
//! Its first word points at the function table, so it is found by looking for that address in
//! writable memory. Found exactly once in every binary tried, Go 1.19 to 1.27.

use rustc_hash::FxHashSet;

use super::fields::Field;
use super::pclntab::{Header, Pclntab, TextBase};
use super::{Constant, GoError, Layout, Region, Scratch, View};
use crate::base::{Addr, AddrRange, Limits};
use crate::memory::{Memory, MemoryExt};
use crate::symbols::Image;

/// Since Go 1.26 moduledata is a section of its own.
const SECTION: &str = ".go.module";
/// Offset of `ftab.len`; the first 256 bytes have not changed since Go 1.18.
const FTAB_LEN: u64 = 136;

/// One module. All addresses are runtime ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moduledata {
    pub addr: Addr,
    /// The function table.
    pub pc_header: Addr,
    /// `runtime.text .. runtime.etext`.
    pub text: AddrRange,
    /// Type descriptors: name and type offsets count from its start.
    pub types: AddrRange,
    pub rodata: Addr,
    /// The funcdata blob.
    pub gofunc: Addr,
    /// More than one text section: offsets of functions are not simply added to `text`.
    pub has_text_sections: bool,
    pub has_main: bool,
    pub next: Option<Addr>,
}

/// Where moduledata is read: memory holds it as the loader left it, a file as it was linked.
struct Source<'a> {
    memory: &'a dyn Memory,
    /// What to add to pointers.
    relocate: u64,
}

impl Moduledata {
    /// The moduledata that owns `table`, in memory; in the image's file when memory lacks it.
    pub fn find(
        image: &Image,
        table: &Region,
        memory: &dyn Memory,
        layout: &Layout,
    ) -> Result<Self, GoError> {
        let functions = Header::parse(table.bytes())?.functions as u64;
        let file = FileMemory(image);
        let sources = [
            Source { memory, relocate: 0 },
            Source {
                memory: &file,
                relocate: image.bias,
            },
        ];
        sources
            .iter()
            .find_map(|source| source.find(image, table.addr(), functions, layout))
            .ok_or(GoError::NoModuledata(table.addr()))
    }

    /// This module and those linked behind it: plugins, in order of loading.
    #[must_use]
    pub fn chain(self, memory: &dyn Memory, layout: &Layout, limits: &Limits) -> Vec<Self> {
        let mut seen = FxHashSet::from_iter([self.addr]);
        let mut modules = vec![self];
        let source = Source { memory, relocate: 0 };
        while modules.len() < limits.chain {
            let Some(next) = modules.last().and_then(|module| module.next) else {
                break;
            };
            if !seen.insert(next) {
                break;
            }
            let Some(module) = source.read(next, layout) else {
                break;
            };
            modules.push(module);
        }
        modules
    }

    /// The function table of this module.
    pub fn pclntab(
        &self,
        images: &[Image],
        memory: &dyn Memory,
        layout: &Layout,
        limits: &Limits,
    ) -> Result<Pclntab, GoError> {
        let budget = usize::try_from(limits.unpacked_bytes).unwrap_or(usize::MAX);
        let region = Region::find(images, memory, self.pc_header, budget).ok_or(GoError::NoPclntab)?;
        let base = TextBase {
            text: self.text,
            funcdata: Region::find(images, memory, self.gofunc, budget),
            wrapper_id: layout
                .constant(Constant::WrapperFuncId)
                .and_then(|id| u8::try_from(id).ok())
                .unwrap_or(u8::MAX),
        };
        Pclntab::new(region, base)
    }
}

impl Source<'_> {
    fn find(&self, image: &Image, table: Addr, functions: u64, layout: &Layout) -> Option<Moduledata> {
        let word = table.0.wrapping_sub(self.relocate);
        let accept = |at: Addr| {
            let len = self.memory.read_u64(at.checked_add(FTAB_LEN)?).ok()?;
            (len == functions.checked_add(1)?).then(|| self.read(at, layout))?
        };
        let section = image.elf.as_ref().and_then(|elf| elf.section(SECTION));
        let by_section = section
            .map(|section| image.to_runtime(section.addr))
            .filter(|&at| self.memory.read_u64(at) == Ok(word))
            .and_then(accept);
        by_section.or_else(|| {
            writable_ranges(image)
                .into_iter()
                .find_map(|range| find_word(self.memory, range, word, accept))
        })
    }

    fn read(&self, addr: Addr, layout: &Layout) -> Option<Moduledata> {
        let mut scratch = Scratch::default();
        let view = View::read(layout, self.memory, Field::ModuledataSize, addr, &mut scratch).ok()?;
        let pointer = |field| {
            let addr = view.non_nil(field)?;
            Some(Addr(addr.0.wrapping_add(self.relocate)))
        };
        let range = |start, end| Some(AddrRange::between(pointer(start)?, pointer(end)?));
        Some(Moduledata {
            addr,
            pc_header: pointer(Field::ModuledataPcHeader)?,
            text: range(Field::ModuledataText, Field::ModuledataEtext)?,
            types: range(Field::ModuledataTypes, Field::ModuledataEtypes).unwrap_or_default(),
            rodata: pointer(Field::ModuledataRodata).unwrap_or_default(),
            gofunc: pointer(Field::ModuledataGofunc).unwrap_or_default(),
            has_text_sections: view
                .u64(Field::ModuledataTextsectmapLen)
                .is_some_and(|len| len > 1),
            has_main: view.bool(Field::ModuledataHasmain).unwrap_or(false),
            next: view.non_nil(Field::ModuledataNext),
        })
    }
}

/// The parts of an image that the program may write, or all of it when its file is not here.
pub(super) fn writable_ranges(image: &Image) -> Vec<AddrRange> {
    let Some(elf) = image.elf.as_ref() else {
        return vec![image.range];
    };
    elf.segments()
        .iter()
        .filter(|segment| segment.writable)
        .map(|segment| AddrRange::sized(image.to_runtime(segment.vaddr), segment.mem_size))
        .collect()
}

/// Looks for an aligned word in readable memory; the first place that `accept` takes wins.
fn find_word<T>(
    memory: &dyn Memory,
    range: AddrRange,
    word: u64,
    accept: impl Fn(Addr) -> Option<T>,
) -> Option<T> {
    scan(memory, range, |at, chunk| {
        let (words, _) = chunk.as_chunks::<8>();
        words
            .iter()
            .enumerate()
            .filter(|(_, bytes)| u64::from_le_bytes(**bytes) == word)
            .find_map(|(index, _)| accept(at.checked_add(index as u64 * 8)?))
    })
}

/// Hands the readable parts of `range` to `look`, 1 MiB at a time, each starting on a multiple of 16.
///
/// Holes cost one step whatever their size. A damaged header may promise an image of any size, made
/// of zeros or of scattered pages: no true one has as many as are looked at here.
pub(super) fn scan<T>(
    memory: &dyn Memory,
    range: AddrRange,
    mut look: impl FnMut(Addr, &[u8]) -> Option<T>,
) -> Option<T> {
    const CHUNK: u64 = 1 << 20;
    const PAGE: u64 = 4096;
    const BUDGET: u64 = 1 << 30;
    let mut buffer = Vec::new();
    let mut at = range.start;
    let mut spent = 0;
    while spent < BUDGET {
        at = Addr(memory.next_readable(at)?.0.checked_next_multiple_of(16)?);
        let wanted = CHUNK.min(range.end.0.checked_sub(at.0)?);
        if wanted == 0 {
            return None;
        }
        buffer.resize(usize::try_from(wanted).ok()?, 0);
        let got = memory.read_some(at, &mut buffer);
        spent += PAGE + got as u64;
        if let Some(found) = look(at, buffer.get(..got)?) {
            return Some(found);
        }
        let passed = at.checked_add(got as u64)?;
        // A hole: go on at the next page.
        let resume = if (got as u64) < wanted {
            (passed.0 | (PAGE - 1)).checked_add(1)?
        } else {
            passed.0
        };
        at = Addr(resume);
    }
    None
}

/// An image's file as memory: data as it was before the program ran.
#[derive(Debug)]
struct FileMemory<'a>(&'a Image);

impl Memory for FileMemory<'_> {
    fn read_some(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        let Some(region) = Region::from_image(self.0, addr) else {
            return 0;
        };
        let bytes = region.bytes();
        let count = bytes.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        count
    }

    fn slice(&self, _: Addr, _: usize) -> Option<&[u8]> {
        None
    }

    fn origin(&self, _: Addr) -> crate::memory::Origin {
        crate::memory::Origin::UnverifiedFile
    }
}
