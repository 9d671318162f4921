//! Types, decoded one at a time when a value needs them.
//!
//! A [`TypeRef`] is the offset of a type's entry; [`DebugInfo::type_at`] decodes that one entry and
//! its direct members. Types refer to each other by reference only, so a type that contains itself
//! costs nothing here; whoever follows references counts its steps.

use std::sync::{Arc, PoisonError};

use gimli::AttributeValue;

use super::dies::{Die, Dies, Unit, flag, go_attr, number, type_of};
use super::dwarf::DebugInfo;
use super::error::SymbolError;
use crate::model::ValueKind;

/// A type, by the offset of its entry in `.debug_info`, or one made elsewhere ([`TypeRef::made`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeRef(pub u64);

/// One type.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub id: TypeRef,
    /// As the compiler wrote it, with full package paths.
    pub name: Arc<str>,
    /// In bytes; `None` where the debug information does not say.
    pub size: Option<u64>,
    pub shape: Shape,
    /// Offset of the runtime's descriptor from the start of its types.
    pub runtime_type: Option<u64>,
    /// A type parameter: the slot of the function's dictionary that holds the real type.
    pub dict_index: Option<u64>,
}

impl Type {
    /// A type that is neither known to the runtime nor a parameter.
    #[must_use]
    pub fn plain(id: TypeRef, name: &str, size: Option<u64>, shape: Shape) -> Self {
        Self {
            id,
            name: name.into(),
            size,
            shape,
            runtime_type: None,
            dict_index: None,
        }
    }
}

/// How a value of a type is laid out.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    /// Two words: pointer, length.
    String,
    /// Three words: pointer, length, capacity.
    Slice {
        elem: TypeRef,
    },
    Array {
        elem: TypeRef,
        count: u64,
    },
    Struct {
        fields: Vec<Field>,
    },
    /// To nothing known for `void *`.
    Pointer {
        target: Option<TypeRef>,
    },
    UnsafePointer,
    /// A pointer to the runtime's representation.
    Map {
        repr: TypeRef,
        key: TypeRef,
        elem: TypeRef,
    },
    /// A pointer to the runtime's representation.
    Chan {
        repr: TypeRef,
        elem: TypeRef,
    },
    Interface {
        repr: TypeRef,
    },
    /// A pointer to a closure.
    Func,
    /// Another name.
    Alias {
        target: TypeRef,
    },
    /// Something that has no values here: the words say what.
    Other(&'static str),
}

impl Shape {
    /// Go's kind of the values.
    #[must_use]
    pub const fn kind(&self) -> ValueKind {
        match self {
            Self::Bool => ValueKind::Bool,
            Self::Int => ValueKind::Int,
            Self::Uint => ValueKind::Uint,
            Self::Float => ValueKind::Float,
            Self::Complex => ValueKind::Complex,
            Self::String => ValueKind::String,
            Self::Slice { .. } => ValueKind::Slice,
            Self::Array { .. } => ValueKind::Array,
            Self::Struct { .. } => ValueKind::Struct,
            Self::Pointer { .. } => ValueKind::Pointer,
            Self::UnsafePointer => ValueKind::UnsafePointer,
            Self::Map { .. } => ValueKind::Map,
            Self::Chan { .. } => ValueKind::Chan,
            Self::Interface { .. } => ValueKind::Interface,
            Self::Func => ValueKind::Func,
            Self::Alias { .. } | Self::Other(_) => ValueKind::Unknown,
        }
    }
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: Arc<str>,
    pub ty: TypeRef,
    /// In bytes from the start of the struct.
    pub offset: u64,
    pub embedded: bool,
    /// Part of a byte: not shown.
    pub is_bit_field: bool,
}

/// `reflect.Kind` numbers, the same in every version.
mod kind {
    pub(super) const CHAN: u64 = 18;
    pub(super) const FUNC: u64 = 19;
    pub(super) const INTERFACE: u64 = 20;
    pub(super) const MAP: u64 = 21;
    pub(super) const SLICE: u64 = 23;
    pub(super) const STRING: u64 = 24;
    pub(super) const UNSAFE_POINTER: u64 = 26;
}

/// Types kept decoded; more are decoded again when needed.
const CACHED: usize = 1 << 16;

impl DebugInfo {
    /// Decodes the type at `id`, or returns it as decoded before.
    pub fn type_at(&self, id: TypeRef) -> Result<Arc<Type>, SymbolError> {
        if id.is_made() {
            return self.made_type(id).ok_or(SymbolError::Undescribed);
        }
        let mut cache = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cache.get(&id.0) {
            return Ok(known.clone());
        }
        let decoded = Arc::new(self.dies().decode_type(id)?);
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(id.0, decoded.clone());
        Ok(decoded)
    }

    /// The type behind all the names of `id`.
    pub fn underlying(&self, id: TypeRef) -> Result<Arc<Type>, SymbolError> {
        let mut next = id;
        for _ in 0..self.limits.dwarf_depth {
            let decoded = self.type_at(next)?;
            match decoded.shape {
                Shape::Alias { target } => next = target,
                _ => return Ok(decoded),
            }
        }
        Err(SymbolError::TypeDepth(self.limits.dwarf_depth))
    }

    /// Size of a value of type `id`, in bytes; `None` where nothing says.
    pub fn size_of(&self, id: TypeRef) -> Option<u64> {
        let mut total = 1_u64;
        let mut next = id;
        for _ in 0..self.limits.dwarf_depth {
            let decoded = self.underlying(next).ok()?;
            match (decoded.size, &decoded.shape) {
                (Some(size), _) => return total.checked_mul(size),
                // C arrays give a count and leave the size to the reader.
                (None, Shape::Array { elem, count }) => {
                    total = total.checked_mul(*count)?;
                    next = *elem;
                }
                // Go gives interfaces a name of their own and the size to what is behind it.
                (None, Shape::Interface { repr }) => next = *repr,
                (None, Shape::Pointer { .. } | Shape::UnsafePointer) => return total.checked_mul(8),
                (None, Shape::Map { .. } | Shape::Chan { .. } | Shape::Func) => return total.checked_mul(8),
                (None, _) => return None,
            }
        }
        None
    }
}

impl<'a> Dies<'a> {
    fn decode_type(&self, id: TypeRef) -> Result<Type, SymbolError> {
        let entry = self.entry(id.0)?;
        let (unit, die) = (&entry.unit, &entry.die);
        let shape = self.shape(unit, die, id)?;
        let name = match self.own_name(unit, die) {
            Some(name) => unescape_path(&name).into(),
            None => self.made_up_name(&shape, die),
        };
        Ok(Type {
            id,
            name,
            size: number(die, gimli::DW_AT_byte_size),
            shape,
            runtime_type: runtime_type(die),
            dict_index: number(die, go_attr::DICT_INDEX),
        })
    }

    fn shape(&self, unit: &Unit<'a>, die: &Die<'a>, id: TypeRef) -> Result<Shape, SymbolError> {
        let target = type_of(unit, die).map(TypeRef);
        let need = || target.ok_or(SymbolError::BadType(id.0));
        let go_kind = number(die, go_attr::KIND);
        Ok(match (die.tag, go_kind) {
            (gimli::DW_TAG_typedef, Some(kind::MAP)) => Shape::Map {
                repr: need()?,
                key: go_type(unit, die, go_attr::KEY).ok_or(SymbolError::BadType(id.0))?,
                elem: go_type(unit, die, go_attr::ELEM).ok_or(SymbolError::BadType(id.0))?,
            },
            (gimli::DW_TAG_typedef, Some(kind::CHAN)) => Shape::Chan {
                repr: need()?,
                elem: go_type(unit, die, go_attr::ELEM).ok_or(SymbolError::BadType(id.0))?,
            },
            (gimli::DW_TAG_typedef, Some(kind::INTERFACE)) => Shape::Interface { repr: need()? },
            (gimli::DW_TAG_subroutine_type, Some(kind::FUNC)) => Shape::Func,
            (gimli::DW_TAG_structure_type, Some(kind::STRING)) => Shape::String,
            (gimli::DW_TAG_structure_type, Some(kind::SLICE)) => Shape::Slice {
                elem: self.slice_elem(unit, die).ok_or(SymbolError::BadType(id.0))?,
            },
            (gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type | gimli::DW_TAG_union_type, _) => {
                Shape::Struct {
                    fields: self.fields(unit, die, id)?,
                }
            }
            (gimli::DW_TAG_array_type, _) => Shape::Array {
                elem: need()?,
                count: self.array_count(unit, die),
            },
            (gimli::DW_TAG_pointer_type, Some(kind::UNSAFE_POINTER)) => Shape::UnsafePointer,
            // unsafe.Pointer has neither kind nor target in any version.
            (gimli::DW_TAG_pointer_type, None)
                if target.is_none() && die.attr(go_attr::RUNTIME_TYPE).is_some() =>
            {
                Shape::UnsafePointer
            }
            (gimli::DW_TAG_pointer_type | gimli::DW_TAG_reference_type, _) => Shape::Pointer { target },
            (gimli::DW_TAG_base_type, _) => base_shape(die),
            (gimli::DW_TAG_enumeration_type, _) => {
                target.map_or(Shape::Int, |target| Shape::Alias { target })
            }
            (
                gimli::DW_TAG_typedef
                | gimli::DW_TAG_const_type
                | gimli::DW_TAG_volatile_type
                | gimli::DW_TAG_restrict_type
                | gimli::DW_TAG_atomic_type,
                _,
            ) => target.map_or(Shape::Other("void"), |target| Shape::Alias { target }),
            (gimli::DW_TAG_unspecified_type, _) => Shape::Other("unspecified"),
            (gimli::DW_TAG_subroutine_type, _) => Shape::Other("function"),
            _ => Shape::Other("unknown"),
        })
    }

    /// Go says it in an attribute; the type of the first word says it as well.
    fn slice_elem(&self, unit: &Unit<'a>, die: &Die<'a>) -> Option<TypeRef> {
        if let Some(elem) = go_type(unit, die, go_attr::ELEM) {
            return Some(elem);
        }
        let fields = self.fields(unit, die, TypeRef(0)).ok()?;
        let pointer = self.entry(fields.first()?.ty.0).ok()?;
        type_of(&pointer.unit, &pointer.die).map(TypeRef)
    }

    fn fields(&self, unit: &Unit<'a>, die: &Die<'a>, id: TypeRef) -> Result<Vec<Field>, SymbolError> {
        let mut fields = Vec::new();
        let most = self.info.limits.value_nodes;
        self.each_child(unit, die, &mut |child| {
            if child.tag != gimli::DW_TAG_member && child.tag != gimli::DW_TAG_inheritance {
                return true;
            }
            if let Some(ty) = type_of(unit, child) {
                let name = self.own_name(unit, child).unwrap_or_default();
                fields.push(Field {
                    name: name.as_ref().into(),
                    ty: TypeRef(ty),
                    offset: number(child, gimli::DW_AT_data_member_location).unwrap_or(0),
                    embedded: flag(child, go_attr::EMBEDDED),
                    is_bit_field: child.has_attr(gimli::DW_AT_bit_size),
                });
            }
            fields.len() < most
        })?;
        if fields.len() >= most {
            return Err(SymbolError::BadType(id.0));
        }
        Ok(fields)
    }

    /// Elements in all dimensions; 0 where C leaves the count open.
    fn array_count(&self, unit: &Unit<'a>, die: &Die<'a>) -> u64 {
        let mut count = None;
        let _ = self.each_child(unit, die, &mut |child| {
            if child.tag == gimli::DW_TAG_subrange_type {
                let given = number(child, gimli::DW_AT_count);
                let upper = || number(child, gimli::DW_AT_upper_bound).and_then(|last| last.checked_add(1));
                let here = given.or_else(upper).unwrap_or(0);
                count = Some(count.unwrap_or(1_u64).saturating_mul(here));
            }
            true
        });
        count.unwrap_or(0)
    }

    /// A name for the types that C leaves without one, in Go's syntax.
    fn made_up_name(&self, shape: &Shape, die: &Die<'a>) -> Arc<str> {
        let name_of = |id: TypeRef| -> String {
            let entry = self.entry(id.0).ok();
            let name = entry.and_then(|entry| self.own_name(&entry.unit, &entry.die).map(String::from));
            name.unwrap_or_else(|| "?".to_owned())
        };
        match shape {
            Shape::Pointer { target: Some(target) } => format!("*{}", name_of(*target)).into(),
            Shape::Pointer { target: None } => "void *".into(),
            Shape::Array { elem, count } => format!("[{count}]{}", name_of(*elem)).into(),
            Shape::Alias { target } => name_of(*target).into(),
            Shape::Struct { .. } if die.tag == gimli::DW_TAG_union_type => "union {...}".into(),
            Shape::Struct { .. } => "struct {...}".into(),
            Shape::Other(what) => (*what).into(),
            _ => "?".into(),
        }
    }
}

/// A type that one of Go's own attributes refers to.
fn go_type<'a>(unit: &Unit<'a>, die: &Die<'a>, name: gimli::DwAt) -> Option<TypeRef> {
    super::dies::reference(unit, die.attr_value(name)?).map(TypeRef)
}

fn base_shape(die: &Die<'_>) -> Shape {
    let Some(AttributeValue::Encoding(encoding)) = die.attr_value(gimli::DW_AT_encoding) else {
        return Shape::Other("a base type without encoding");
    };
    match encoding {
        gimli::DW_ATE_boolean => Shape::Bool,
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => Shape::Int,
        gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_address | gimli::DW_ATE_UTF => {
            Shape::Uint
        }
        gimli::DW_ATE_float => Shape::Float,
        gimli::DW_ATE_complex_float => Shape::Complex,
        _ => Shape::Other("a base type of unknown encoding"),
    }
}

/// 0 means that the linker kept no descriptor: half of all types.
pub(super) fn runtime_type(die: &Die<'_>) -> Option<u64> {
    let offset = match die.attr_value(go_attr::RUNTIME_TYPE)? {
        AttributeValue::Addr(address) => address,
        value => value.udata_value()?,
    };
    (offset != 0).then_some(offset)
}

/// Undoes the linker's `%2e` for dots in the last element of an import path
/// (`gopkg.in/yaml%2ev3.Node`).
pub(super) fn unescape_path(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.filter(u8::is_ascii_graphic) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_dots_of_import_paths_come_back() {
        assert_eq!(unescape_path("gopkg.in/yaml%2ev3.Node"), "gopkg.in/yaml.v3.Node");
        assert_eq!(unescape_path("a%zz%"), "a%zz%");
    }
}
