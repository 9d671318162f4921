//! Offsets of runtime fields as a binary's own debug information gives them.
//!
//! For releases that no measurement covers: what the compiler wrote about itself beats the nearest
//! known release. Knows no DWARF: offsets are asked for by structure and member name.

use super::fields::Field;
use super::layout::Overrides;

/// The structures that have to be described, by the names the compiler gives them.
pub const RUNTIME_STRUCTS: [&str; 13] = [
    "runtime.g",
    "runtime.m",
    "runtime.p",
    "runtime.schedt",
    "runtime.sudog",
    "runtime.hchan",
    "runtime._panic",
    "runtime._defer",
    "runtime.moduledata",
    "runtime.timer",
    "runtime.pollDesc",
    "runtime.gobuf",
    "runtime.stack",
];

/// Members that are structures themselves, and their type.
const NESTED: [(&str, &str); 2] = [("sched", "runtime.gobuf"), ("stack", "runtime.stack")];

/// All fields that `offset_of` (structure, member) knows.
#[must_use]
pub fn overrides(offset_of: &dyn Fn(&str, &str) -> Option<u64>) -> Overrides {
    Field::ALL
        .iter()
        .filter_map(|&field| {
            let structure = format!("runtime.{}", field.structure());
            let offset = resolve(&structure, field.name(), offset_of)?;
            Some((field, u32::try_from(offset).ok()?))
        })
        .collect()
}

fn resolve(structure: &str, name: &str, offset_of: &dyn Fn(&str, &str) -> Option<u64>) -> Option<u64> {
    let Some((outer, inner)) = name.split_once('.') else {
        return offset_of(structure, name);
    };
    let (_, nested) = NESTED.iter().find(|(member, _)| *member == outer)?;
    offset_of(structure, outer)?.checked_add(offset_of(nested, inner)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_members_add_up_and_unknown_ones_stay_as_they_are() {
        let described = |structure: &str, member: &str| match (structure, member) {
            ("runtime.g", "sched") => Some(64),
            ("runtime.gobuf", "pc") => Some(8),
            ("runtime.g", "goid") => Some(160),
            _ => None,
        };
        let found = overrides(&described);
        assert_eq!(found.get(&Field::GSchedPc), Some(&72));
        assert_eq!(found.get(&Field::GGoid), Some(&160));
        assert_eq!(found.len(), 2);
    }
}
