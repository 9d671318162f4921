//! From the runtime's type descriptors to the types of the debug information.
//!
//! An interface value names its dynamic type by the address of a descriptor; the debug information
//! says of about half of its types which descriptor belongs to them.

use gimli::DwTag;
use rustc_hash::FxHashMap;

use super::dwarf::DebugInfo;
use super::globals::top_level;
use super::types::{TypeRef, runtime_type};

/// Descriptor's offset from the start of the runtime's types -> the type's entry.
pub(super) type RuntimeTypeIndex = FxHashMap<u64, u64>;

/// The unit into which Go's linker puts the types of all packages (1.19 to 1.27).
pub(super) const HOME: &str = "runtime";

impl DebugInfo {
    /// The type whose descriptor lies `offset` bytes behind the start of the runtime's types.
    ///
    /// The first call reads all entries of the unit that holds the types.
    #[must_use]
    pub fn type_of_descriptor(&self, offset: u64) -> Option<TypeRef> {
        let index = self.runtime_types.get_or_init(|| self.index_runtime_types());
        index.get(&offset).copied().map(TypeRef)
    }

    fn index_runtime_types(&self) -> RuntimeTypeIndex {
        let mut index = RuntimeTypeIndex::default();
        let units = self.units.units.iter().enumerate();
        let go: Vec<_> = units.filter(|(_, unit)| unit.is_go).collect();
        for (at, _) in go.iter().filter(|(_, unit)| unit.name == HOME) {
            self.collect_runtime_types(*at, &mut index);
        }
        if index.is_empty() {
            for (at, _) in go {
                self.collect_runtime_types(at, &mut index);
            }
        }
        index
    }

    fn collect_runtime_types(&self, unit: usize, index: &mut RuntimeTypeIndex) {
        let Ok(unit) = self.dies().unit(unit) else { return };
        // A damaged unit keeps what stands before the damage.
        let _ = top_level(&unit, &is_type, &mut |die| {
            let offset = die.offset.to_debug_info_offset(&unit.header);
            if let (Some(descriptor), Some(offset)) = (runtime_type(die), offset) {
                index.entry(descriptor).or_insert(offset.0 as u64);
            }
        });
    }
}

pub(super) const fn is_type(tag: DwTag) -> bool {
    matches!(
        tag,
        gimli::DW_TAG_base_type
            | gimli::DW_TAG_structure_type
            | gimli::DW_TAG_array_type
            | gimli::DW_TAG_pointer_type
            | gimli::DW_TAG_subroutine_type
            | gimli::DW_TAG_typedef
    )
}
