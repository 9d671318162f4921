//! Type parameters: what they stand for in this call, by the dictionary that the call was given.
//!
//! One compiled body serves all types of one shape; what differs comes in a hidden first argument:
//!
//! ```text
//!   .dict -> | descriptor of a type that the body names | descriptor | ... | other things |
//!              slot 0                                     slot 1
//! ```

use super::load::{Loader, kind_of};
use super::place::Machine;
use super::scope::with_object;
use crate::base::Addr;
use crate::symbols::{DICTIONARY, Type, TypeRef, Variable};

/// Slots of a dictionary that are believed to hold types.
const SLOTS: u64 = 1 << 16;

/// The dictionary of the function whose variables these are.
pub(super) fn dictionary(
    loader: &Loader<'_>,
    machine: &Machine<'_>,
    variables: &[Variable<'_>],
) -> Option<Addr> {
    let variable = variables.iter().find(|variable| variable.name == DICTIONARY)?;
    let word = with_object(machine, &variable.location, Some(8), |object| {
        object.and_then(|object| loader.word(object))
    });
    word.ok().map(Addr).filter(|addr| !addr.is_null())
}

impl Loader<'_> {
    /// Name of the type that a type parameter stands for, and the type.
    ///
    /// Only a type of the same kind and size as the shape is believed: whatever else the slot holds,
    /// the value can be read by its shape.
    pub(super) fn type_argument(&self, slot: u64, shape: &Type) -> Option<(String, TypeRef)> {
        let offset = slot.checked_mul(8).filter(|_| slot < SLOTS)?;
        let at = self.dictionary?.checked_add(offset)?;
        let descriptor = self.word(super::bytes::Object::Memory(at)).ok()?;
        let (name, real) = self.type_by_descriptor(Addr(descriptor))?;
        let real = real?;
        let info = self.context.info;
        let fits = kind_of(&info.underlying(real).ok()?.shape) == kind_of(&shape.shape)
            && info.size_of(real) == info.size_of(shape.id);
        fits.then(|| (info.type_at(real).map_or(name, |ty| ty.name.to_string()), real))
    }
}
