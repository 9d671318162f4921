//! Type parameters: what they stand for in this call, by the dictionary that the call was given.
//!
//! One compiled body serves all types of one shape; what differs comes in a hidden first argument:
//!
//! ```text
//!   .dict -> | descriptor of a type that the body names | descriptor | ... | other things |
//!              slot 0                                     slot 1
//! ```

use super::bytes::Object;
use super::load::Loader;
use super::place::Machine;
use super::scope::with_object;
use crate::base::Addr;
use crate::symbols::{DICTIONARY, TypeRef, Variable};

/// Slots of a dictionary that are believed to hold types.
const SLOTS: u64 = 1 << 16;

/// Gives the variables whose type is a type parameter the type that it stands for, as far as the
/// dictionary among them is at hand.
pub(super) fn resolve_type_arguments(
    loader: &Loader<'_>,
    machine: &Machine<'_>,
    variables: &mut [Variable<'_>],
) {
    let hidden = variables.iter().find(|variable| variable.name == DICTIONARY);
    let Some(hidden) = hidden else { return };
    let word = with_object(machine, &hidden.location, Some(8), |object| {
        object.and_then(|object| loader.word(object))
    });
    let Some(dictionary) = word.ok().map(Addr).filter(|addr| !addr.is_null()) else {
        return;
    };
    for variable in variables {
        let real = variable.ty.and_then(|ty| loader.type_argument(dictionary, ty));
        variable.ty = real.or(variable.ty);
    }
}

impl Loader<'_> {
    /// The type that the type parameter `ty` stands for.
    ///
    /// Only a type of the same kind and size as the shape is believed: whatever else the slot holds,
    /// the value can be read by its shape.
    fn type_argument(&self, dictionary: Addr, ty: TypeRef) -> Option<TypeRef> {
        let info = self.context.info;
        let slot = info.type_at(ty).ok()?.dict_index.filter(|slot| *slot < SLOTS)?;
        let at = dictionary.checked_add(slot.checked_mul(8)?)?;
        let descriptor = self.word(Object::Memory(at)).ok()?;
        let (_, real) = self.type_by_descriptor(Addr(descriptor))?;
        let real = real?;
        let kind = |ty| info.underlying(ty).map(|ty| ty.shape.kind()).ok();
        (kind(real)? == kind(ty)? && info.size_of(real) == info.size_of(ty)).then_some(real)
    }
}
