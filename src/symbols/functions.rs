//! pc -> function, and the calls that were inlined around that pc.
//!
//! Each unit has an index of its functions that is made on first use, by one flat walk over its
//! entries: no recursion, whatever the nesting.

use gimli::UnitOffset;

use super::dies::{Die, Dies, Unit};
use super::dwarf::DebugInfo;
use super::error::SymbolError;
use super::ranges::RangeIndex;
use super::units::code_ranges;
use crate::base::ImageAddr;

/// Code ranges taken from one function; the compiler splits hot from cold, not more.
const RANGES_PER_FUNCTION: usize = 4096;

/// The functions with code in one unit.
#[derive(Debug)]
pub(super) struct FunctionIndex {
    by_address: RangeIndex<UnitOffset>,
}

/// Where a function's entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionRef {
    /// Index of the unit.
    pub(super) unit: usize,
    pub(super) offset: UnitOffset,
}

impl DebugInfo {
    /// The function whose code covers `pc`; of inlined ones the one they were inlined into.
    pub fn function_at(&self, pc: ImageAddr) -> Result<FunctionRef, SymbolError> {
        let unit = self
            .units
            .by_address
            .find(pc)
            .ok_or(SymbolError::NoFunction(pc))?;
        let slot = self.functions.get(unit).ok_or(SymbolError::NoUnit(unit as u64))?;
        let index = slot.get_or_init(|| self.index_functions(unit));
        let offset = index.by_address.find(pc).ok_or(SymbolError::NoFunction(pc))?;
        Ok(FunctionRef { unit, offset })
    }

    /// Names of the functions at `pc`, the innermost inlined call first.
    pub fn function_names_at(&self, pc: ImageAddr) -> Result<Vec<String>, SymbolError> {
        let function = self.function_at(pc)?;
        let dies = self.dies();
        let body = dies.body_at(function, pc, &crate::base::CancelToken::new())?;
        Ok(body.levels.iter().rev().map(|level| level.name.clone()).collect())
    }

    /// Walks a unit once. Where it is damaged, the functions before that place are kept.
    fn index_functions(&self, unit: usize) -> FunctionIndex {
        let dies = self.dies();
        let mut ranges = Vec::new();
        if let Ok(unit) = dies.unit(unit) {
            let _ = collect_functions(&dies, &unit, &mut ranges);
        }
        FunctionIndex {
            by_address: RangeIndex::new(ranges),
        }
    }
}

fn collect_functions<'a>(
    dies: &Dies<'a>,
    unit: &Unit<'a>,
    ranges: &mut Vec<(u64, u64, UnitOffset)>,
) -> gimli::Result<()> {
    let mut entries = unit.entries_raw(None)?;
    let mut die = Die::null();
    while !entries.is_empty() {
        let offset = entries.next_offset();
        let Some(abbreviation) = entries.read_abbreviation()? else {
            continue;
        };
        if abbreviation.tag() != gimli::DW_TAG_subprogram {
            entries.skip_attributes(abbreviation.attributes())?;
            continue;
        }
        die.tag = abbreviation.tag();
        die.offset = offset;
        entries.read_attributes(abbreviation.attributes(), &mut die.attrs)?;
        for (start, end) in code_ranges(&dies.dwarf, unit, &die, RANGES_PER_FUNCTION) {
            ranges.push((start, end, offset));
        }
    }
    Ok(())
}
