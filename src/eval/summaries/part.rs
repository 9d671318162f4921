//! A value that is being summarised: its fields by name, its words as numbers, text and targets.

use std::sync::Arc;

use crate::base::Addr;
use crate::eval::bytes::Object;
use crate::eval::load::{Depth, Loader};
use crate::model::{Runs, Value};
use crate::symbols::{Shape, Type, TypeRef};

/// A value and its type; every question has the answer `None` where the target does not give one.
#[derive(Clone)]
pub(super) struct Part<'p> {
    pub(super) loader: &'p Loader<'p>,
    pub(super) id: TypeRef,
    /// With the full package path.
    pub(super) name: Arc<str>,
    /// Behind all its names.
    pub(super) ty: Arc<Type>,
    pub(super) object: Object<'p>,
    pub(super) depth: Depth,
}

/// The words of a slice that make sense.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) array: Addr,
    pub(super) len: u64,
    pub(super) cap: u64,
    elem: TypeRef,
    stride: u64,
}

/// Bytes of a string or slice, and how many more there are.
pub(in crate::eval) struct Text {
    pub(in crate::eval) bytes: Vec<u8>,
    pub(in crate::eval) left_out: u64,
}

impl<'p> Part<'p> {
    pub(super) fn new(loader: &'p Loader<'p>, id: TypeRef, object: Object<'p>, depth: Depth) -> Option<Self> {
        let info = loader.context().info;
        Some(Self {
            loader,
            id,
            name: info.type_at(id).ok()?.name.clone(),
            ty: info.underlying(id).ok()?,
            object,
            depth,
        })
    }

    /// Another value, reached from this one.
    pub(super) fn other(&self, id: TypeRef, object: Object<'p>) -> Option<Self> {
        Self::new(self.loader, id, object, self.depth)
    }

    pub(super) fn field(&self, name: &str) -> Option<Self> {
        let Shape::Struct { fields } = &self.ty.shape else {
            return None;
        };
        let field = fields.iter().find(|field| &*field.name == name)?;
        self.other(field.ty, self.object.at(field.offset))
    }

    /// The first field that has one of these names.
    pub(super) fn any_field(&self, names: &[&str]) -> Option<Self> {
        names.iter().find_map(|name| self.field(name))
    }

    /// The bits of a number, a bool or an address, or of the atomic that wraps one in its `v`.
    pub(super) fn uint(&self) -> Option<u64> {
        match self.ty.shape {
            Shape::Struct { .. } => self.field("v").filter(Self::is_word)?.uint(),
            _ if self.is_word() => {
                let len = usize::try_from(self.ty.size.unwrap_or(8)).ok()?;
                let bytes = self.loader.bytes(self.object, len).ok()?;
                let mut word = [0; 8];
                word.get_mut(..len)?.copy_from_slice(&bytes);
                Some(u64::from_le_bytes(word))
            }
            _ => None,
        }
    }

    /// The same with its sign.
    pub(super) fn int(&self) -> Option<i64> {
        let number = self.uint()?;
        let ty = match self.field("v") {
            Some(wrapped) => wrapped.ty,
            None => self.ty.clone(),
        };
        Some(match ty.size? {
            1 => i64::from(number as i8),
            2 => i64::from(number as i16),
            4 => i64::from(number as i32),
            _ => number as i64,
        })
    }

    fn is_word(&self) -> bool {
        let fits = matches!(self.ty.size.unwrap_or(8), 1 | 2 | 4 | 8);
        let is_one = matches!(
            self.ty.shape,
            Shape::Bool | Shape::Int | Shape::Uint | Shape::UnsafePointer | Shape::Pointer { .. }
        );
        fits && is_one
    }

    /// The first word: what a pointer, map, channel, function or interface is nil by.
    pub(super) fn word(&self) -> Option<u64> {
        self.loader.word(self.object).ok()
    }

    /// Text of a string or of a slice of bytes, as far as one line shows it.
    pub(super) fn text(&self) -> Option<Text> {
        let (array, len) = match self.ty.shape {
            Shape::String => (self.word()?, self.loader.word(self.object.at(8)).ok()?),
            Shape::Slice { .. } => {
                let span = self.slice().filter(|span| span.stride == 1)?;
                (span.array.0, span.len)
            }
            _ => return None,
        };
        self.bytes_at(Addr(array), len)
    }

    /// `len` bytes from `addr` on, as far as one line shows them.
    pub(super) fn bytes_at(&self, addr: Addr, len: u64) -> Option<Text> {
        if i64::try_from(len).is_err() || (len > 0 && addr.is_null()) {
            return None;
        }
        let most = self.loader.context().limits.string_bytes as u64;
        let wanted = usize::try_from(len.min(most)).ok()?;
        let bytes = self.loader.bytes(Object::Memory(addr), wanted).ok()?;
        let left_out = len.saturating_sub(wanted as u64);
        Some(Text { bytes, left_out })
    }

    pub(super) fn slice(&self) -> Option<Span> {
        let Shape::Slice { elem } = self.ty.shape else {
            return None;
        };
        let span = Span {
            array: Addr(self.word()?),
            len: self.loader.word(self.object.at(8)).ok()?,
            cap: self.loader.word(self.object.at(16)).ok()?,
            elem,
            stride: self.loader.context().info.size_of(elem)?,
        };
        let bytes = span.cap.checked_mul(span.stride)?;
        let is_sound = span.len <= span.cap && i64::try_from(span.cap).is_ok();
        let has_array = !span.array.is_null() || span.len == 0;
        (is_sound && has_array && span.array.checked_add(bytes).is_some()).then_some(span)
    }

    /// An element of a slice, which the caller has bounded.
    pub(super) fn element(&self, span: Span, index: u64) -> Option<Self> {
        let offset = index.checked_mul(span.stride)?;
        let addr = span.array.checked_add(offset)?;
        self.other(span.elem, Object::Memory(addr))
    }

    /// What a pointer points to; `Some(None)` for nil.
    pub(super) fn pointee(&self) -> Option<Option<Self>> {
        let Shape::Pointer { target: Some(target) } = self.ty.shape else {
            return None;
        };
        match self.word()? {
            0 => Some(None),
            addr => Some(Some(self.other(target, Object::Memory(Addr(addr)))?)),
        }
    }

    /// What a pointer points to, if there is something.
    pub(super) fn target(&self) -> Option<Self> {
        self.pointee()?
    }

    /// The type that an `atomic.Pointer` points to: it keeps an empty array of such pointers, so that
    /// pointers to different types cannot be converted into each other.
    pub(super) fn atomic_target(&self) -> Option<TypeRef> {
        let info = self.loader.context().info;
        let Shape::Struct { fields } = &self.ty.shape else {
            return None;
        };
        fields.iter().find_map(|field| {
            let Shape::Array { elem, count: 0 } = info.underlying(field.ty).ok()?.shape else {
                return None;
            };
            match info.underlying(elem).ok()?.shape {
                Shape::Pointer { target } => target,
                _ => None,
            }
        })
    }

    /// What an `atomic.Pointer` points to; `Some(None)` for nil.
    pub(super) fn atomic_pointee(&self) -> Option<Option<Self>> {
        let target = self.atomic_target()?;
        match self.field("v")?.uint()? {
            0 => Some(None),
            addr => Some(Some(self.other(target, Object::Memory(Addr(addr)))?)),
        }
    }

    /// What an interface holds; `Some(None)` for nil.
    pub(super) fn dynamic(&self) -> Option<Option<Self>> {
        let Shape::Interface { repr } = self.ty.shape else {
            return None;
        };
        let Some((ty, is_direct, data)) = self.loader.held(repr, self.object).ok()? else {
            return Some(None);
        };
        let object = if is_direct {
            self.object.at(8)
        } else {
            Object::Memory(data)
        };
        Some(Some(self.other(ty, object)?))
    }

    /// What an interface holds, pointers followed: the value that methods are called on.
    pub(super) fn held(&self) -> Option<Self> {
        let dynamic = self.dynamic()??;
        match dynamic.ty.shape {
            Shape::Pointer { .. } => dynamic.target(),
            _ => Some(dynamic),
        }
    }

    /// The value in one line, as it would stand alone, one level deep.
    pub(super) fn shown(&self) -> Runs {
        self.value().summary
    }

    pub(super) fn value(&self) -> Value {
        self.loader.load("", self.id, self.object, self.depth)
    }
}
