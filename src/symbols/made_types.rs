//! Types that the debug information lacks, put together elsewhere and kept beside it.
//!
//! Their references lie above all offsets that sections can have, so that whoever follows a
//! [`TypeRef`] need not know where its type came from. Knows nothing of where that is.

use std::sync::{Arc, PoisonError};

use super::dwarf::DebugInfo;
use super::types::{Type, TypeRef};

/// Types kept; beyond them there are none.
const MOST: usize = 1 << 16;
/// No section is that large.
const FIRST: u64 = 1 << 63;

impl TypeRef {
    /// The reference of a made type, by a number that its maker chooses: below 2^63.
    #[must_use]
    pub const fn made(number: u64) -> Option<Self> {
        match number < FIRST {
            true => Some(Self(FIRST | number)),
            false => None,
        }
    }

    pub(super) const fn is_made(self) -> bool {
        self.0 >= FIRST
    }
}

impl DebugInfo {
    /// The made type of this reference, when there is one.
    #[must_use]
    pub fn made_type(&self, id: TypeRef) -> Option<Arc<Type>> {
        let made = self.made_types.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(&id.0).cloned()
    }

    /// The made types of which `is_wanted` says that the name is the wanted one.
    pub(super) fn made_types_named(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<TypeRef> {
        let made = self.made_types.lock().unwrap_or_else(PoisonError::into_inner);
        let named = made.values().filter(|ty| is_wanted(&ty.name));
        let mut found: Vec<_> = named.map(|ty| ty.id).collect();
        found.sort_unstable();
        found
    }

    /// Whether another `count` types can be kept.
    #[must_use]
    pub fn has_room_for_types(&self, count: usize) -> bool {
        let made = self.made_types.lock().unwrap_or_else(PoisonError::into_inner);
        made.len().saturating_add(count) <= MOST
    }

    /// Keeps `types`, all of which have references from [`TypeRef::made`]; those that are kept
    /// already stay as they are.
    pub fn keep_types(&self, types: Vec<Type>) {
        let mut made = self.made_types.lock().unwrap_or_else(PoisonError::into_inner);
        for ty in types.into_iter().filter(|ty| ty.id.is_made()) {
            if made.len() >= MOST {
                break;
            }
            made.entry(ty.id.0).or_insert_with(|| Arc::new(ty));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::synth::Synth;
    use crate::symbols::{Shape, SymbolError};

    #[test]
    fn made_types_are_found_like_described_ones_and_unknown_ones_are_said_to_be() {
        let mut synth = Synth::new();
        let int = synth.base("int", 5, 8);
        let info = synth.finish();
        let id = TypeRef::made(0x1000).unwrap();
        assert_eq!(info.size_of(id), None);
        assert_eq!(info.type_at(id), Err(SymbolError::Undescribed));
        let shape = Shape::Array { elem: int, count: 3 };
        info.keep_types(vec![Type::plain(id, "main.T", None, shape)]);
        assert_eq!(info.size_of(id), Some(24));
        assert_eq!(&*info.underlying(id).unwrap().name, "main.T");
        assert_eq!(TypeRef::made(u64::MAX), None);
    }
}
