//! What closures carry: the variables that a function literal captured, by offset in its closure.
//!
//! Compilers since Go 1.23 say so; method values carry their receiver under the name `.this`.

use super::dies::{Die, Dies, Unit, go_attr, number, origin, type_of};
use super::dwarf::DebugInfo;
use super::error::SymbolError;
use super::types::TypeRef;
use crate::base::ImageAddr;

/// A captured variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Without the `&` by which the compiler marks what is captured by reference.
    pub name: String,
    /// The closure holds its address; `ty` is then a pointer.
    pub by_reference: bool,
    pub ty: TypeRef,
    /// In bytes from the start of the closure, which begins with the address of the code.
    pub offset: u64,
}

impl DebugInfo {
    /// Variables captured by the closures of the function at `entry`, in order of their offsets.
    /// None for functions that capture nothing, and where the compiler does not say.
    pub fn captured_by(&self, entry: ImageAddr) -> Result<Vec<Captured>, SymbolError> {
        let function = self.function_at(entry)?;
        let dies = self.dies();
        let unit = dies.unit(function.unit)?;
        let damaged = SymbolError::at(function.offset.0);
        let root = unit.entry(function.offset).map_err(damaged)?;
        let mut found = Vec::new();
        dies.collect_captured(&unit, &root, &mut found)?;
        // Of a function that is inlined elsewhere, the rest stands in the abstract one.
        if let Some(entry) = origin(&unit, &root).and_then(|offset| dies.entry(offset).ok()) {
            dies.collect_captured(&entry.unit, &entry.die, &mut found)?;
        }
        found.sort_by_key(|captured| captured.offset);
        found.dedup_by_key(|captured| captured.offset);
        Ok(found)
    }
}

impl<'a> Dies<'a> {
    fn collect_captured(
        &self,
        unit: &Unit<'a>,
        function: &Die<'a>,
        found: &mut Vec<Captured>,
    ) -> Result<(), SymbolError> {
        let most = self.info.limits.value_nodes;
        self.each_child(unit, function, &mut |die| {
            if die.tag == gimli::DW_TAG_variable {
                found.extend(self.captured(unit, die));
            }
            found.len() < most
        })
    }

    fn captured(&self, unit: &Unit<'a>, die: &Die<'a>) -> Option<Captured> {
        let offset = |_: &Unit<'a>, die: &Die<'a>| number(die, go_attr::CLOSURE_OFFSET);
        let offset = self.along_origins(unit, die, offset)?;
        let name = self.name(unit, die)?;
        Some(Captured {
            by_reference: name.starts_with('&'),
            name: name.trim_start_matches('&').to_owned(),
            ty: TypeRef(self.along_origins(unit, die, type_of)?),
            offset,
        })
    }
}
