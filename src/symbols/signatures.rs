//! What functions take and give, by the parameters that the debug information lists.

use gimli::DwAt;

use super::dies::{Die, Dies, Unit, flag, origin, type_of};
use super::dwarf::DebugInfo;
use super::types::TypeRef;
use crate::base::ImageAddr;

/// Marks results among the parameters: Go's compiler sets it there and nowhere else.
const IS_RESULT: DwAt = gimli::DW_AT_variable_parameter;

/// Parameters of a function, the receiver of a method among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    pub parameters: Vec<TypeRef>,
    pub results: Vec<TypeRef>,
}

impl DebugInfo {
    /// The signature of the function whose code begins at `entry`.
    #[must_use]
    pub fn signature(&self, entry: ImageAddr) -> Option<Signature> {
        let function = self.function_at(entry).ok()?;
        let dies = self.dies();
        let unit = dies.unit(function.unit).ok()?;
        let die = unit.entry(function.offset).ok()?;
        // Of a function that is inlined elsewhere, the abstract entry has all parameters; its own
        // one leaves out those that are not used.
        match origin(&unit, &die).and_then(|offset| dies.entry(offset).ok()) {
            Some(entry) => dies.signature(&entry.unit, &entry.die),
            None => dies.signature(&unit, &die),
        }
    }
}

impl<'a> Dies<'a> {
    fn signature(&self, unit: &Unit<'a>, function: &Die<'a>) -> Option<Signature> {
        let mut signature = Signature::default();
        let most = self.info.limits.value_nodes;
        let mut is_whole = true;
        let mut names: Vec<String> = Vec::new();
        self.each_child(unit, function, &mut |die| {
            if die.tag != gimli::DW_TAG_formal_parameter {
                return true;
            }
            let name = self.name(unit, die).unwrap_or_default();
            let name = name.trim_start_matches('&');
            // A result that moved to the heap is listed twice (Go 1.19 to 1.27).
            if names
                .iter()
                .any(|known| known == name && !matches!(name, "" | "_"))
            {
                return true;
            }
            names.push(name.to_owned());
            let is_result = |_: &Unit<'a>, die: &Die<'a>| flag(die, IS_RESULT).then_some(());
            let list = if self.along_origins(unit, die, is_result).is_some() {
                &mut signature.results
            } else {
                &mut signature.parameters
            };
            match self.along_origins(unit, die, type_of) {
                Some(ty) => list.push(TypeRef(ty)),
                None => is_whole = false,
            }
            names.len() < most
        })
        .ok()?;
        is_whole.then_some(signature)
    }
}
