//! Types by their descriptors: those of the debug information, and the ones that it lacks.
//!
//! Up to Go 1.24 the linker describes a type only where code names it, so optimised programs hold
//! values of types that nothing but the runtime's descriptors knows. Such a type is put together
//! from its descriptor, with all that it refers to, and kept beside the debug information: loading,
//! opening and expressions then need not know the difference.

use rustc_hash::FxHashSet;

use super::load::Loader;
use crate::base::Addr;
use crate::go::{GoRuntime, Made, RuntimeType};
use crate::symbols::{Field, Shape, Type, TypeRef};

/// Puts one type together, and those that it refers to.
pub(super) struct Maker<'a> {
    pub(super) loader: &'a Loader<'a>,
    go: &'a GoRuntime,
    /// Referred to and not yet made.
    pending: Vec<RuntimeType>,
    seen: FxHashSet<TypeRef>,
    pub(super) made: Vec<Type>,
}

impl Loader<'_> {
    /// The type that a dynamic type's descriptor belongs to, of the debug information or made.
    ///
    /// An interface in an interface is no value Go can make: a descriptor that says so was not read
    /// from where one is.
    pub(super) fn described(&self, go: &GoRuntime, dynamic: &RuntimeType) -> Option<TypeRef> {
        let found = self
            .in_debug_info(go, dynamic)
            .or_else(|| self.made(go, dynamic))?;
        let shape = &self.context.info.underlying(found).ok()?.shape;
        (!matches!(shape, Shape::Interface { .. })).then_some(found)
    }

    /// The type of the debug information; both have to agree on the size.
    fn in_debug_info(&self, go: &GoRuntime, ty: &RuntimeType) -> Option<TypeRef> {
        let info = self.context.info;
        let offset = self.offset_in_types(go, ty.addr)?;
        let found = info
            .type_of_descriptor(offset)
            .or_else(|| info.type_of_descriptor(ty.addr.to_image(self.context.bias).0))?;
        (info.size_of(found) == Some(ty.size)).then_some(found)
    }

    /// From the start of the types of the module that the debug information belongs to.
    fn offset_in_types(&self, go: &GoRuntime, descriptor: Addr) -> Option<u64> {
        let bias = self.context.bias;
        let module = go.module_of_types(descriptor)?;
        let (start, end) = (module.text.start.to_image(bias), module.text.end.to_image(bias));
        let is_here = self.context.info.covers_any(start, end);
        descriptor.0.checked_sub(module.types.start.0).filter(|_| is_here)
    }

    /// The reference of the type that is made of the descriptor at `addr`; `part` tells apart what
    /// belongs to one descriptor, which begins with a word.
    fn made_ref(&self, addr: Addr, part: u64) -> Option<TypeRef> {
        let number = addr.to_image(self.context.bias).0;
        (number.is_multiple_of(8) && part < 8)
            .then(|| number.checked_add(part).and_then(TypeRef::made))
            .flatten()
    }

    fn made(&self, go: &GoRuntime, root: &RuntimeType) -> Option<TypeRef> {
        let (info, limits) = (self.context.info, self.context.limits);
        let id = self.made_ref(root.addr, 0)?;
        if info.made_type(id).is_some() {
            return Some(id);
        }
        let mut maker = Maker {
            loader: self,
            go,
            pending: vec![root.clone()],
            seen: FxHashSet::from_iter([id]),
            made: Vec::new(),
        };
        while let Some(next) = maker.pending.pop() {
            let enough = maker.made.len() >= limits.value_nodes || self.cancel.is_cancelled();
            if enough || !info.has_room_for_types(maker.made.len()) {
                break;
            }
            // A part that is damaged is said to be not described; a root that is has no type.
            if maker.make(&next).is_none() && next.addr == root.addr {
                return None;
            }
        }
        info.keep_types(maker.made);
        info.made_type(id).map(|_| id)
    }
}

impl Maker<'_> {
    fn make(&mut self, ty: &RuntimeType) -> Option<()> {
        let context = self.loader.context;
        let made = self.go.made_of(context.memory, ty, context.limits)?;
        let shape = self.shape(ty, made)?;
        let id = self.loader.made_ref(ty.addr, 0)?;
        let name = self.go.full_name(context.memory, ty, context.limits);
        self.made.push(Type {
            runtime_type: self.loader.offset_in_types(self.go, ty.addr),
            ..Type::plain(id, &name, Some(ty.size), shape)
        });
        Some(())
    }

    fn shape(&mut self, ty: &RuntimeType, made: Made) -> Option<Shape> {
        Some(match made {
            Made::Bool => Shape::Bool,
            Made::Int => Shape::Int,
            Made::Uint => Shape::Uint,
            Made::Float => Shape::Float,
            Made::Complex => Shape::Complex,
            Made::String => Shape::String,
            Made::UnsafePointer => Shape::UnsafePointer,
            Made::Func => Shape::Func,
            Made::Pointer { elem } => Shape::Pointer {
                target: Some(self.refer(elem)?),
            },
            Made::Slice { elem } => Shape::Slice {
                elem: self.refer(elem)?,
            },
            Made::Array { elem, count } => self.array(ty, elem, count)?,
            Made::Chan { elem } => Shape::Chan {
                repr: self.word(ty)?,
                elem: self.refer(elem)?,
            },
            Made::Map { key, elem, group } => {
                let (key, elem) = (self.refer(key)?, self.refer(elem)?);
                let group = self.refer(group)?;
                let repr = self.map_header(ty, group)?;
                Shape::Map { repr, key, elem }
            }
            Made::Interface { has_methods } => self.interface(ty, has_methods)?,
            Made::Struct { fields } => {
                let field = |field: crate::go::DescribedField| {
                    let ty = self.refer(field.ty)?;
                    Some(plain_field(&field.name, ty, (field.offset, field.embedded)))
                };
                let fields = fields.into_iter().map(field).collect::<Option<_>>()?;
                Shape::Struct { fields }
            }
        })
    }

    /// The type whose descriptor is at `addr`, to be made later when nothing describes it. One that
    /// cannot be read is left as it is: not described.
    fn refer(&mut self, addr: Addr) -> Option<TypeRef> {
        let context = self.loader.context;
        let id = self.loader.made_ref(addr, 0)?;
        if self.seen.contains(&id) || context.info.made_type(id).is_some() {
            return Some(id);
        }
        let Ok(ty) = self.go.read_type(context.memory, addr, context.limits) else {
            return Some(id);
        };
        if let Some(found) = self.loader.in_debug_info(self.go, &ty) {
            return Some(found);
        }
        self.seen.insert(id);
        self.pending.push(ty);
        Some(id)
    }

    fn array(&mut self, ty: &RuntimeType, elem: Addr, count: u64) -> Option<Shape> {
        let context = self.loader.context;
        let described = self.go.read_type(context.memory, elem, context.limits);
        let stride = described.ok()?.size;
        let elem = self.refer(elem)?;
        (stride.checked_mul(count)? == ty.size).then_some(Shape::Array { elem, count })
    }

    /// Two words, called as the debug information calls them.
    fn interface(&mut self, ty: &RuntimeType, has_methods: bool) -> Option<Shape> {
        let word = self.word(ty)?;
        let first = if has_methods { "tab" } else { "_type" };
        let fields = vec![
            plain_field(first, word, (0, false)),
            plain_field("data", word, (8, false)),
        ];
        let repr = self.keep(ty, 2, Some(16), Shape::Struct { fields })?;
        Some(Shape::Interface { repr })
    }

    /// A pointer to nothing known.
    fn word(&mut self, ty: &RuntimeType) -> Option<TypeRef> {
        self.keep(ty, 1, Some(8), Shape::UnsafePointer)
    }

    /// Keeps a type that no descriptor describes but which belongs to the one of `ty`.
    pub(super) fn keep(
        &mut self,
        ty: &RuntimeType,
        part: u64,
        size: Option<u64>,
        shape: Shape,
    ) -> Option<TypeRef> {
        let id = self.loader.made_ref(ty.addr, part)?;
        let name = format!("part {part} of {}", ty.name);
        self.made.push(Type::plain(id, &name, size, shape));
        Some(id)
    }
}

fn plain_field(name: &str, ty: TypeRef, (offset, embedded): (u64, bool)) -> Field {
    Field {
        name: name.into(),
        ty,
        offset,
        embedded,
        is_bit_field: false,
    }
}
