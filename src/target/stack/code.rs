//! [`CodeMap`]: all code of a process, as rules for unwinding and as names.

use std::sync::{Arc, OnceLock};

use crate::arch::{RegisterFile, amd64};
use crate::base::{Addr, AddrRange, Limits, RangeMap};
use crate::go::GoStacks;
use crate::memory::Memory;
use crate::symbols::{Image, SymbolTable};
use crate::target::debug_files::DebugFiles;
use crate::unwind::{
    CfiTable, FoundRule, RuleSource, UnwindError, UnwindRule, frame_pointer_rule, is_sigreturn,
};

/// The images by address, with their lazy tables, and Go's code.
#[derive(Debug)]
pub(super) struct CodeMap {
    images: Vec<ImageCode>,
    by_addr: RangeMap<usize>,
    pub(super) go: Option<Arc<GoStacks>>,
}

/// One image's code.
#[derive(Debug)]
pub(super) struct ImageCode {
    pub(super) image: Image,
    index: usize,
    /// Where more names may come from than the image has itself.
    debug_files: Option<Arc<DebugFiles>>,
    cfi: Option<CfiTable>,
    symbols: OnceLock<SymbolTable>,
    /// `None`: the file is not here, so any part of it may be code.
    executable: Option<Vec<AddrRange>>,
}

impl CodeMap {
    pub(super) fn new(images: &[Image], go: Option<Arc<GoStacks>>, limits: &Limits) -> Self {
        let by_addr = RangeMap::from_layers(
            images
                .iter()
                .enumerate()
                .map(|(index, image)| (image.range, index)),
        );
        Self {
            images: images
                .iter()
                .enumerate()
                .map(|(index, image)| ImageCode::new(index, image, limits))
                .collect(),
            by_addr,
            go,
        }
    }

    /// The image that `pc` lies in.
    pub(super) fn image(&self, pc: Addr) -> Option<&ImageCode> {
        let (_, index) = self.by_addr.find(pc)?;
        self.images.get(*index)
    }

    /// Lets names come from these files, too.
    pub(super) fn take_debug_files(&mut self, files: &Arc<DebugFiles>) {
        for image in &mut self.images {
            image.debug_files = Some(Arc::clone(files));
        }
    }

    /// The pc to look a frame's code up with. A return address belongs to the instruction after
    /// the call, which may be on another line or in another function; a pc at a function's entry
    /// is no return address, whatever it was saved as: the goroutine has not begun yet.
    pub(super) fn lookup_pc(&self, pc: Addr, exact: bool) -> Addr {
        let at_entry = || {
            let go = self.go.as_ref()?;
            Some(go.code().find_func(pc)?.entry() == pc)
        };
        if exact || pc.is_null() || at_entry() == Some(true) {
            pc
        } else {
            pc.offset(-1)
        }
    }
}

impl ImageCode {
    fn new(index: usize, image: &Image, limits: &Limits) -> Self {
        let cfi = image
            .elf
            .as_ref()
            .map(|elf| CfiTable::new(Arc::clone(elf), image.bias, limits));
        let executable = image.elf.as_ref().map(|elf| {
            elf.segments()
                .iter()
                .filter(|segment| segment.executable)
                .map(|segment| AddrRange::sized(image.to_runtime(segment.vaddr), segment.mem_size))
                .collect()
        });
        Self {
            index,
            debug_files: None,
            image: image.clone(),
            cfi,
            symbols: OnceLock::new(),
            executable,
        }
    }

    fn is_code(&self, pc: Addr) -> bool {
        self.executable
            .as_ref()
            .is_none_or(|ranges| ranges.iter().any(|range| range.contains(pc)))
    }

    fn symbols(&self) -> &SymbolTable {
        let files = self.debug_files.as_deref();
        self.symbols
            .get_or_init(|| symbol_table(&self.image, self.index, files))
    }

    /// What the symbol table has at `addr`: its name, where it lies, whether it is a function. Marks
    /// without a size name their own address only, unless they are functions.
    pub(super) fn named(&self, addr: Addr) -> Option<(&str, AddrRange, bool)> {
        let found = self.symbols().find(self.image.to_image(addr))?;
        let start = Addr(addr.0.wrapping_sub(found.offset));
        let is_known = found.is_function || found.size > 0 || found.offset == 0;
        is_known.then_some((found.name, AddrRange::sized(start, found.size), found.is_function))
    }

    /// Name and entry of the function at `pc`, from the symbol table.
    pub(super) fn symbol(&self, pc: Addr) -> Option<(&str, Addr)> {
        let symbols = self.symbols();
        let found = symbols
            .find(self.image.to_image(pc))
            .filter(|found| found.is_function)?;
        Some((found.name, Addr(pc.0.wrapping_sub(found.offset))))
    }
}

/// The symbols of the separate debug file where there is one: a stripped library keeps only those
/// that others call.
fn symbol_table(image: &Image, index: usize, debug_files: Option<&DebugFiles>) -> SymbolTable {
    let own = image.elf.as_deref();
    if own.is_some_and(|elf| elf.section(".symtab").is_some()) {
        return own.map(SymbolTable::of).unwrap_or_default();
    }
    let symbols = debug_files.map(|files| files.of(index, image));
    let file = symbols.as_ref().and_then(|symbols| symbols.file.as_ref());
    file.map(|file| SymbolTable::of(&file.elf))
        .filter(|table| !table.is_empty())
        .or_else(|| own.map(SymbolTable::of))
        .unwrap_or_default()
}

impl RuleSource for CodeMap {
    fn rule(
        &self,
        registers: &RegisterFile,
        exact: bool,
        memory: &dyn Memory,
    ) -> Result<FoundRule, UnwindError> {
        let pc = Addr(
            registers
                .get(amd64::RIP)
                .ok_or(UnwindError::Register(amd64::RIP))?,
        );
        if is_sigreturn(pc, memory) {
            return Ok(FoundRule {
                rule: UnwindRule::SignalReturn,
                trust: crate::model::FrameTrust::SignalContext,
            });
        }
        let cfi = self.image(pc).and_then(|image| image.cfi.as_ref());
        let by_cfi = cfi.map_or(Err(UnwindError::NoRule(pc)), |cfi| {
            cfi.rule(registers, exact, memory)
        });
        by_cfi.or_else(|first| frame_pointer_rule(registers, memory).map_err(|_| first))
    }

    fn is_code(&self, pc: Addr) -> bool {
        let is_go = |go: &Arc<GoStacks>| go.code().contains(pc);
        self.go.as_ref().is_some_and(is_go) || self.image(pc).is_some_and(|image| image.is_code(pc))
    }
}
