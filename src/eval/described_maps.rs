//! The representation of a map type that only the runtime describes.
//!
//! Its descriptor has the type of a group of entries. All else is the runtime's own types, which the
//! debug information does describe, but with `unsafe.Pointer` on the way to the groups:
//!
//! ```text
//!   runtime.hmap {.. buckets}                 buckets -> group
//!   maps.Map {.. dirPtr} -> -> maps.table {.. groups {data, lengthMask}}     data -> group
//! ```
//!
//! Copies of them lead on to the group, as the linker makes them for the types that it describes.

use super::described::Maker;
use crate::base::CancelToken;
use crate::go::{MAP_HEADERS, RuntimeType};
use crate::symbols::{Shape, Type, TypeRef};

impl Maker<'_> {
    /// A pointer to the header of maps of type `ty` whose entries lie in groups of type `group`.
    pub(super) fn map_header(&mut self, ty: &RuntimeType, group: TypeRef) -> Option<TypeRef> {
        let [classic, swiss, table] = MAP_HEADERS;
        let header = match self.runtime_type(swiss) {
            Some(header) => {
                let table = self.runtime_type(table)?;
                let groups = member(&table, "groups")?;
                let groups = self.loader.context.info.underlying(groups).ok()?;
                let data = self.pointer(ty, 7, group)?;
                let groups = self.copy(ty, 6, &groups, ("data", data))?;
                let table = self.copy(ty, 5, &table, ("groups", groups))?;
                let table = self.pointer(ty, 4, table)?;
                let directory = self.pointer(ty, 3, table)?;
                self.copy(ty, 2, &header, ("dirPtr", directory))?
            }
            None => {
                let header = self.runtime_type(classic)?;
                let buckets = self.pointer(ty, 3, group)?;
                self.copy(ty, 2, &header, ("buckets", buckets))?
            }
        };
        self.pointer(ty, 1, header)
    }

    fn runtime_type(&self, name: &str) -> Option<std::sync::Arc<Type>> {
        let info = self.loader.context.info;
        let found = info.types_named(name, &CancelToken::new()).ok()?;
        let exact = |id: &TypeRef| info.underlying(*id).ok().filter(|ty| &*ty.name == name);
        found.iter().find_map(exact)
    }

    fn pointer(&mut self, ty: &RuntimeType, part: u64, target: TypeRef) -> Option<TypeRef> {
        let target = Some(target);
        self.keep(ty, part, Some(8), Shape::Pointer { target })
    }

    /// A copy of the struct `of` in which the field `name` has another type of the same size.
    fn copy(
        &mut self,
        ty: &RuntimeType,
        part: u64,
        of: &Type,
        (name, other): (&str, TypeRef),
    ) -> Option<TypeRef> {
        let Shape::Struct { fields } = &of.shape else {
            return None;
        };
        let mut fields = fields.clone();
        fields.iter_mut().find(|field| &*field.name == name)?.ty = other;
        self.keep(ty, part, of.size, Shape::Struct { fields })
    }
}

fn member(ty: &Type, name: &str) -> Option<TypeRef> {
    let Shape::Struct { fields } = &ty.shape else {
        return None;
    };
    let field = fields.iter().find(|field| &*field.name == name);
    field.map(|field| field.ty)
}
