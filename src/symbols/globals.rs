//! Package variables by full name, and the layouts of named structs.
//!
//! The index over all units is made once, on first use, by as many threads as the machine has: it is
//! the only thing here that reads all of the debug information.

use std::collections::BTreeMap;

use super::dies::{Die, Dies, Unit, type_of};
use super::dwarf::DebugInfo;
use super::scopes::{Expression, VariableLocation, constant_bytes};
use super::types::{Shape, TypeRef};
use crate::base::{CancelToken, Cancelled, Pattern};

/// A package variable or a C global.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// Full name: `main.counter`.
    pub name: String,
    unit: usize,
    /// Of its entry in `.debug_info`.
    offset: u64,
    ty: u64,
}

/// All package variables, sorted by name.
#[derive(Debug, Default)]
pub(super) struct GlobalIndex {
    globals: Vec<Global>,
}

impl Global {
    #[must_use]
    pub const fn ty(&self) -> TypeRef {
        TypeRef(self.ty)
    }
}

impl DebugInfo {
    /// Package variables whose full name `filter` fits, by name.
    pub fn globals(&self, filter: &Pattern, cancel: &CancelToken) -> Result<Vec<&Global>, Cancelled> {
        if self.globals.get().is_none() {
            let index = self.index_globals(cancel)?;
            let _ = self.globals.set(index);
        }
        let globals = self.globals.get().map_or(&[][..], |index| &index.globals);
        Ok(globals
            .iter()
            .filter(|global| filter.fits(&global.name))
            .collect())
    }

    /// Where a package variable lives.
    #[must_use]
    pub fn global_location(&self, global: &Global) -> VariableLocation<'_> {
        let dies = self.dies();
        let Ok(entry) = dies.entry(global.offset) else {
            return VariableLocation::Damaged("its entry is damaged".into());
        };
        match entry.die.attr_value(gimli::DW_AT_location) {
            Some(gimli::AttributeValue::Exprloc(expression)) => VariableLocation::Expression(Expression {
                bytes: expression.0.slice(),
                encoding: entry.unit.encoding(),
                unit: global.unit,
            }),
            Some(_) => VariableLocation::Damaged("its location has an unknown form".into()),
            None => {
                let constant = entry.die.attr_value(gimli::DW_AT_const_value);
                let bytes = constant.and_then(|value| constant_bytes(&value));
                bytes.map_or(VariableLocation::Nowhere, VariableLocation::Constant)
            }
        }
    }

    fn index_globals(&self, cancel: &CancelToken) -> Result<GlobalIndex, Cancelled> {
        let units = self.units.units.len();
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let share = units.div_ceil(threads).max(1);
        let mut globals = Vec::new();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..units)
                .step_by(share)
                .map(|first| {
                    let last = first.saturating_add(share).min(units);
                    scope.spawn(move || self.globals_of(first..last, cancel))
                })
                .collect();
            for worker in workers {
                globals.extend(worker.join().unwrap_or_default());
            }
        });
        cancel.check()?;
        globals.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(GlobalIndex { globals })
    }

    fn globals_of(&self, units: std::ops::Range<usize>, cancel: &CancelToken) -> Vec<Global> {
        let dies = self.dies();
        let mut globals = Vec::new();
        for index in units {
            if cancel.is_cancelled() {
                break;
            }
            if let Ok(unit) = dies.unit(index) {
                // A damaged unit keeps what stands before the damage.
                let wanted = |tag| tag == gimli::DW_TAG_variable;
                let _ = top_level(&unit, &wanted, &mut |die| {
                    globals.extend(dies.global(index, &unit, die));
                });
            }
        }
        globals
    }

    /// Field offsets of the structs with these full names, as this binary was compiled:
    /// (struct, field) -> bytes. Structs that are not described are absent.
    #[must_use]
    pub fn struct_layouts(&self, names: &[&str]) -> BTreeMap<(String, String), u64> {
        let dies = self.dies();
        let mut layouts = BTreeMap::new();
        for index in 0..self.units.units.len() {
            let Some(entry) = self.units.units.get(index) else {
                break;
            };
            // Go's linker puts the types of all packages into one unit named like this (1.19 to 1.27).
            let here = |name: &&str| entry.name == package_of(name) || entry.name == "runtime";
            if !names.iter().any(here) {
                continue;
            }
            let Ok(unit) = dies.unit(index) else { continue };
            let wanted = |tag| tag == gimli::DW_TAG_structure_type;
            let _ = top_level(&unit, &wanted, &mut |die| {
                let name = dies.own_name(&unit, die).unwrap_or_default();
                let Some(name) = names.iter().find(|wanted| **wanted == name) else {
                    return;
                };
                let Some(offset) = die.offset.to_debug_info_offset(&unit.header) else {
                    return;
                };
                let Ok(decoded) = self.type_at(TypeRef(offset.0 as u64)) else {
                    return;
                };
                if let Shape::Struct { fields } = &decoded.shape {
                    for field in fields {
                        layouts.insert(((*name).to_owned(), field.name.to_string()), field.offset);
                    }
                }
            });
        }
        layouts
    }
}

impl<'a> Dies<'a> {
    fn global(&self, index: usize, unit: &Unit<'a>, die: &Die<'a>) -> Option<Global> {
        if !die.has_attr(gimli::DW_AT_location) {
            return None;
        }
        Some(Global {
            name: self.name(unit, die)?.into_owned(),
            unit: index,
            offset: die.offset.to_debug_info_offset(&unit.header)?.0 as u64,
            ty: self.along_origins(unit, die, type_of)?,
        })
    }
}

/// Calls `visit` with each entry of a `wanted` tag that stands directly in the unit.
pub(super) fn top_level<'a>(
    unit: &Unit<'a>,
    wanted: &dyn Fn(gimli::DwTag) -> bool,
    visit: &mut dyn FnMut(&Die<'a>),
) -> gimli::Result<()> {
    let mut entries = unit.entries_raw(None)?;
    let mut die = Die::null();
    while !entries.is_empty() {
        let depth = entries.next_depth();
        let offset = entries.next_offset();
        let Some(abbreviation) = entries.read_abbreviation()? else {
            continue;
        };
        if depth != 1 || !wanted(abbreviation.tag()) {
            entries.skip_attributes(abbreviation.attributes())?;
            continue;
        }
        die.tag = abbreviation.tag();
        die.has_children = abbreviation.has_children();
        die.offset = offset;
        entries.read_attributes(abbreviation.attributes(), &mut die.attrs)?;
        visit(&die);
    }
    Ok(())
}

/// Import path of a full name: `net/http` of `net/http.Server`.
///
/// In functions' names the last element's dots are written `%2e`; type arguments may hold paths.
#[must_use]
pub fn package_of(name: &str) -> &str {
    let plain = name.split('[').next().unwrap_or_default();
    let last = plain.rfind('/').map_or(0, |slash| slash + 1);
    let dot = plain.get(last..).and_then(|rest| rest.find('.'));
    dot.and_then(|dot| plain.get(..last + dot)).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_what_stands_before_the_last_elements_dot() {
        assert_eq!(package_of("net/http.Server"), "net/http");
        assert_eq!(package_of("gopkg.in/yaml.v3.Node"), "gopkg.in/yaml");
        assert_eq!(package_of("main.T"), "main");
        assert_eq!(package_of("slices.Sort[go.shape.[]example.com/a.T]"), "slices");
    }
}
