//! [`DebugInfo`]: the debug information of one image, opened once and read lazily.
//!
//! Opening unpacks the sections and builds the unit table. Everything below a unit's root is parsed
//! when somebody asks for it, and kept where asking again is likely.

use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::FxHashMap;

use super::constants::NamedConstant;
use super::dies::{self, Dies, Dwarf};
use super::error::SymbolError;
use super::functions::FunctionIndex;
use super::globals::GlobalIndex;
use super::runtime_types::RuntimeTypeIndex;
use super::sections::Sections;
use super::type_names::TypeNameIndex;
use super::types::Type;
use super::units::UnitTable;
use crate::base::{ImageAddr, Limits};
use crate::elf::ElfFile;

/// The DWARF of one image. Shared freely; all indexes inside fill themselves on first use.
#[derive(Debug)]
pub struct DebugInfo {
    sections: Sections,
    /// What this file shares with others (`dwz`); empty for most.
    supplement: Option<Sections>,
    pub(super) units: UnitTable,
    /// Per unit, in the order of the table.
    pub(super) functions: Vec<OnceLock<FunctionIndex>>,
    pub(super) types: Mutex<FxHashMap<u64, Arc<Type>>>,
    /// Types from elsewhere, by their references.
    pub(super) made_types: Mutex<FxHashMap<u64, Arc<Type>>>,
    pub(super) constants: Mutex<FxHashMap<u64, Arc<[NamedConstant]>>>,
    pub(super) globals: OnceLock<GlobalIndex>,
    pub(super) runtime_types: OnceLock<RuntimeTypeIndex>,
    pub(super) type_names: OnceLock<TypeNameIndex>,
    pub(super) limits: Limits,
    warnings: Vec<String>,
}

impl DebugInfo {
    /// Unpacks the debug sections of `elf` and lists its units.
    ///
    /// Costs about 10 ms for each MB of compressed sections; nothing below the units is parsed.
    pub fn open(elf: &ElfFile, limits: &Limits) -> Result<Self, SymbolError> {
        Self::open_with(elf, None, limits)
    }

    /// The same for a file that shares a part of its names with `supplement`.
    pub fn open_with(
        elf: &ElfFile,
        supplement: Option<&ElfFile>,
        limits: &Limits,
    ) -> Result<Self, SymbolError> {
        let (sections, mut errors) = Sections::load(elf, limits);
        let info_is_missing = sections.get(gimli::SectionId::DebugInfo).is_empty();
        if info_is_missing {
            return Err(errors
                .into_iter()
                .next()
                .map_or(SymbolError::NoDebugInfo, SymbolError::Section));
        }
        let supplement = supplement.map(|elf| {
            let (sections, more) = Sections::load(elf, limits);
            errors.extend(more);
            sections
        });
        let mut info = Self::from_parts(sections, supplement, limits);
        info.warnings.extend(errors.iter().map(ToString::to_string));
        Ok(info)
    }

    #[cfg(test)]
    pub(super) fn from_sections(sections: Sections, limits: &Limits) -> Self {
        Self::from_parts(sections, None, limits)
    }

    fn from_parts(sections: Sections, supplement: Option<Sections>, limits: &Limits) -> Self {
        let units = UnitTable::build(&borrow(&sections, supplement.as_ref()));
        Self {
            functions: units.units.iter().map(|_| OnceLock::new()).collect(),
            types: Mutex::default(),
            made_types: Mutex::default(),
            constants: Mutex::default(),
            globals: OnceLock::new(),
            runtime_types: OnceLock::new(),
            type_names: OnceLock::new(),
            limits: limits.clone(),
            warnings: units.problems.clone(),
            units,
            sections,
            supplement,
        }
    }

    /// What is damaged or missing, one sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Units that can be read.
    #[must_use]
    pub fn unit_count(&self) -> usize {
        self.units.units.len()
    }

    /// Address ranges that units claim.
    #[must_use]
    pub fn covers(&self, pc: ImageAddr) -> bool {
        self.units.by_address.find(pc).is_some()
    }

    /// Whether units claim any of `start..end`: whether this is the debug information of that code.
    #[must_use]
    pub fn covers_any(&self, start: ImageAddr, end: ImageAddr) -> bool {
        self.units.by_address.touches(start, end)
    }

    /// Bytes of a section; none where it is missing.
    pub(super) fn section(&self, id: gimli::SectionId) -> &[u8] {
        self.sections.get(id)
    }

    pub(super) fn dies(&self) -> Dies<'_> {
        Dies {
            info: self,
            dwarf: borrow(&self.sections, self.supplement.as_ref()),
        }
    }

    /// The address that unit `unit` calls `index` (`DW_OP_addrx`), as linked.
    #[must_use]
    pub fn indexed_address(&self, unit: usize, index: usize) -> Option<ImageAddr> {
        let dies = self.dies();
        let unit = dies.unit(unit).ok()?;
        let address = dies.dwarf.address(&unit, gimli::DebugAddrIndex(index));
        address.ok().map(ImageAddr)
    }
}

/// Sections as `gimli` wants them, with those that are shared.
fn borrow<'a>(sections: &'a Sections, supplement: Option<&'a Sections>) -> Dwarf<'a> {
    let mut dwarf = dies::borrow(|id| sections.get(id));
    if let Some(shared) = supplement {
        dwarf.set_sup(dies::borrow(|id| shared.get(id)));
    }
    dwarf
}
