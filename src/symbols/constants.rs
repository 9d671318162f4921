//! Named constants of named types: which names a number has.
//!
//! Go's compiler describes the integer constants of each package in that package's unit (1.19 to
//! 1.27); those of strings and floats it leaves out. Only the package of a type is looked through:
//! other packages' constants of it are numbers that somebody needed, not its names.

use std::sync::{Arc, PoisonError};

use super::dies::{Dies, type_of};
use super::dwarf::DebugInfo;
use super::globals::top_level;
use super::types::{Shape, TypeRef};

/// A constant of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedConstant {
    /// Without its package.
    pub name: String,
    /// With the sign that the type gives it, cut to the size of the type.
    pub value: i128,
}

/// Types whose constants are kept; more are collected again when needed.
const CACHED: usize = 1 << 12;

impl DebugInfo {
    /// The named integer constants of the type `id`, in the order of their declaration. Empty for
    /// types that have none and for types that have no name of their own.
    #[must_use]
    pub fn constants_of(&self, id: TypeRef) -> Arc<[NamedConstant]> {
        let mut cache = self.constants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cache.get(&id.0) {
            return known.clone();
        }
        let found: Arc<[NamedConstant]> = self.collect_constants(id).unwrap_or_default().into();
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(id.0, found.clone());
        found
    }

    /// Value and type of the integer constant `name` of a package, by its import path or the end of
    /// one; the first found.
    #[must_use]
    pub fn constant_named(&self, package: &str, name: &str) -> Option<(i128, TypeRef)> {
        let dies = self.dies();
        let is_meant = |path: &str| {
            let front = path.strip_suffix(package);
            front.is_some_and(|front| front.is_empty() || front.ends_with('/'))
        };
        let units = self.units.units.iter().enumerate();
        let mut units = units.filter(|(_, unit)| unit.is_go && is_meant(&unit.name));
        units.find_map(|(index, unit)| dies.constant(index, &format!("{}.{name}", unit.name)))
    }

    fn collect_constants(&self, id: TypeRef) -> Option<Vec<NamedConstant>> {
        let name = self.type_at(id).ok()?.name.clone();
        let underlying = self.underlying(id).ok()?;
        let is_signed = match underlying.shape {
            Shape::Int => true,
            Shape::Uint => false,
            _ => return None,
        };
        let size = underlying.size?;
        let cut = |number: i64| match (size, is_signed) {
            (1, true) => i128::from(number as i8),
            (1, false) => i128::from(number as u8),
            (2, true) => i128::from(number as i16),
            (2, false) => i128::from(number as u16),
            (4, true) => i128::from(number as i32),
            (4, false) => i128::from(number as u32),
            (_, true) => i128::from(number),
            (_, false) => i128::from(number as u64),
        };
        let package = self.package_of_type(&name)?;
        let dies = self.dies();
        let mut found = Vec::new();
        // What is written in assembler has a unit of its own, of the same name.
        for (index, _) in self
            .units
            .units
            .iter()
            .enumerate()
            .filter(|(_, unit)| unit.name == package)
        {
            dies.integer_constants(index, id, &mut found);
        }
        let named = |(name, number): (String, i64)| NamedConstant {
            name: name.get(package.len() + 1..).unwrap_or(&name).to_owned(),
            value: cut(number),
        };
        Some(found.into_iter().map(named).collect())
    }

    /// The path of the package that a type named `name` belongs to.
    fn package_of_type(&self, name: &str) -> Option<&str> {
        let owners = self.units.units.iter().filter(|unit| {
            let rest = name.strip_prefix(&*unit.name).filter(|_| unit.is_go);
            let rest = rest.and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| !rest.contains('/') && !rest.is_empty())
        });
        owners.map(|unit| &*unit.name).max_by_key(|package| package.len())
    }
}

impl Dies<'_> {
    /// The integer constant of unit `index` that has this full name.
    fn constant(&self, index: usize, full: &str) -> Option<(i128, TypeRef)> {
        let unit = self.unit(index).ok()?;
        let mut found = None;
        let wanted = |tag| tag == gimli::DW_TAG_constant;
        // A damaged unit keeps what stands before the damage.
        let _ = top_level(&unit, &wanted, &mut |die| {
            if found.is_some() || self.own_name(&unit, die).as_deref() != Some(full) {
                return;
            }
            let value = die.attr_value(gimli::DW_AT_const_value);
            let number = value.and_then(|value| value.sdata_value());
            found = number.zip(type_of(&unit, die));
        });
        found.map(|(number, ty)| (number.into(), TypeRef(ty)))
    }

    /// Adds the constants of the type `id` that unit `index` has, by full name.
    fn integer_constants(&self, index: usize, id: TypeRef, found: &mut Vec<(String, i64)>) {
        let Ok(unit) = self.unit(index) else { return };
        let most = self.info.limits.value_nodes;
        // A damaged unit keeps what stands before the damage.
        let wanted = |tag| tag == gimli::DW_TAG_constant;
        let _ = top_level(&unit, &wanted, &mut |die| {
            if type_of(&unit, die) != Some(id.0) || found.len() >= most {
                return;
            }
            let value = die.attr_value(gimli::DW_AT_const_value);
            let number = value.and_then(|value| value.sdata_value());
            if let (Some(name), Some(number)) = (self.own_name(&unit, die), number) {
                found.push((name.into_owned(), number));
            }
        });
    }
}
