//! Place + type + limits -> [`Value`]: the only recursive loader.
//!
//! Recursion is bounded by [`Limits::value_depth`], the number of values by [`Limits::value_nodes`],
//! whatever types and memory say. What is not loaded gets a [`ValueRef`], with which it can be asked
//! for later; values put together from registers are loaded whole, since nobody can ask twice.

use std::cell::Cell;
use std::sync::Arc;

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use crate::base::{Addr, CancelToken, Limits};
use crate::go::GoRuntime;
use crate::memory::{Memory, MemoryExt, Origin};
use crate::model::{Runs, Value, ValueKind, ValueRef, ValueState, VariableRole};
use crate::symbols::{DebugInfo, Shape, Type, TypeRef};

/// What values of one image are loaded with.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds an address space")]
pub struct ValueContext<'a> {
    pub info: &'a DebugInfo,
    /// Index of the image, for references.
    pub image: u32,
    /// What is added to link-time addresses.
    pub bias: u64,
    pub memory: &'a dyn Memory,
    /// What tells dynamic types and functions; without it those are addresses.
    pub go: Option<&'a GoRuntime>,
    pub limits: &'a Limits,
}

/// Loads the values of one request.
pub(crate) struct Loader<'a> {
    pub(super) context: ValueContext<'a>,
    pub(super) cancel: &'a CancelToken,
    nodes: Cell<usize>,
}

/// How far below the value that was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Depth {
    /// Levels of children.
    pub(super) levels: usize,
    /// Pointers followed.
    pub(super) pointers: usize,
    /// Summaries around this value, each of which shows it as a part of its line.
    pub(super) summaries: usize,
}

/// Nesting of values put together from registers; the compiler splits nothing deeper.
const SCATTERED_DEPTH: usize = 8;

/// A value whose bytes are known, ready for its text.
pub(super) struct Raw<'o> {
    pub(super) ty: Arc<Type>,
    pub(super) object: Object<'o>,
    pub(super) depth: Depth,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(context: ValueContext<'a>, cancel: &'a CancelToken) -> Self {
        Self {
            context,
            cancel,
            nodes: Cell::new(context.limits.value_nodes),
        }
    }

    /// Takes one value off the budget; `false` when nothing is left of it.
    pub(super) fn pay(&self) -> bool {
        let left = self.nodes.get();
        self.nodes.set(left.saturating_sub(1));
        left > 0
    }

    pub(crate) const fn context(&self) -> &ValueContext<'a> {
        &self.context
    }

    /// The value of type `ty` at `object`.
    pub(crate) fn load(&self, name: &str, ty: TypeRef, object: Object<'_>, depth: Depth) -> Value {
        self.pay();
        let mut value = blank(name, VariableRole::Child);
        value.addr = object.addr();
        let underlying = match self.name_type(&mut value, ty) {
            Ok(underlying) => underlying,
            Err(missing) => return missed(value, &missing),
        };
        let raw = Raw {
            ty: underlying,
            object,
            depth,
        };
        match self.load_shape(&mut value, &raw) {
            Ok(()) => {
                if let Some(meaning) = self.meaning(ty, &value.type_name, object, depth) {
                    value.summary = meaning;
                } else if matches!(raw.ty.shape, Shape::Int | Shape::Uint) {
                    self.name_number(&mut value, ty);
                }
                self.mark_doubt(value, object)
            }
            Err(missing) => missed(value, &missing),
        }
    }

    fn load_shape(&self, value: &mut Value, raw: &Raw<'_>) -> Result<(), Missing> {
        match &raw.ty.shape {
            Shape::Struct { .. } | Shape::Array { .. } => self.load_composite(value, raw),
            Shape::String => self.load_string(value, raw),
            Shape::Slice { elem } => self.load_slice(value, raw, *elem),
            Shape::Pointer { target } => self.load_pointer(value, raw, *target),
            Shape::Map { .. } => self.load_map(value, raw),
            Shape::Chan { elem, .. } => self.load_channel(value, raw, *elem),
            Shape::Interface { repr } => self.load_interface(value, raw, *repr),
            Shape::Func => self.load_func(value, raw),
            Shape::Other(what) => Err(Missing {
                state: ValueState::Unsupported,
                why: format!("its type is {what}"),
            }),
            _ => self.load_scalar(value, raw),
        }
    }

    /// The value at `object` of a type that the debug information lacks.
    pub(super) fn load_made(&self, name: &str, ty: &Arc<Type>, object: Object<'_>, depth: Depth) -> Value {
        let mut value = blank(name, VariableRole::Child);
        value.type_name = ty.name.to_string();
        value.kind = ty.shape.kind();
        value.addr = object.addr();
        let raw = Raw {
            ty: ty.clone(),
            object,
            depth,
        };
        match self.load_shape(&mut value, &raw) {
            Ok(()) => value,
            Err(missing) => missed(value, &missing),
        }
    }

    /// A value that is known not to be there.
    pub(crate) fn missing(&self, name: &str, ty: Option<TypeRef>, missing: &Missing) -> Value {
        let mut value = blank(name, VariableRole::Child);
        if let Some(ty) = ty {
            let _ = self.name_type(&mut value, ty);
        }
        missed(value, missing)
    }

    /// Fills in type name and kind; returns the type behind the names.
    fn name_type(&self, value: &mut Value, ty: TypeRef) -> Result<Arc<Type>, Missing> {
        let bad = |error: crate::symbols::SymbolError| Missing {
            state: ValueState::Unreadable,
            why: error.to_string(),
        };
        let named = self.context.info.type_at(ty).map_err(bad)?;
        value.type_name = named.name.to_string();
        let underlying = self.context.info.underlying(ty).map_err(bad)?;
        // `.param0` is how the compiler calls a type parameter: its shape says more.
        if named.name.starts_with('.') {
            value.type_name = underlying.name.to_string();
        }
        value.kind = underlying.shape.kind();
        Ok(underlying)
    }

    /// `len` bytes of an object; the caller has bounded `len`.
    pub(super) fn bytes(&self, object: Object<'_>, len: usize) -> Result<Vec<u8>, Missing> {
        match object {
            Object::Scattered { data, offset } => data.read(offset, len).map(<[u8]>::to_vec),
            Object::Memory(addr) => self.context.memory.read_bytes(addr, len).map_err(|error| {
                let at = addr.checked_add(error.got).unwrap_or(addr);
                Missing::unreadable(match self.context.memory.origin(at) {
                    Origin::Absent => format!("not in the core at {addr}"),
                    Origin::Unmapped => format!("nothing is mapped at {addr}"),
                    _ => error.to_string(),
                })
            }),
        }
    }

    pub(super) fn word(&self, object: Object<'_>) -> Result<u64, Missing> {
        let bytes = self.bytes(object, 8)?;
        let word = <[u8; 8]>::try_from(bytes).map_err(|_| Missing::unreadable("cut short"))?;
        Ok(u64::from_le_bytes(word))
    }

    /// Whether children may be loaded one level further down.
    pub(super) fn may_descend(&self, raw: &Raw<'_>) -> bool {
        let most = match raw.object {
            Object::Memory(_) => self.context.limits.value_depth,
            Object::Scattered { .. } => SCATTERED_DEPTH,
        };
        raw.depth.levels < most && self.may_go_on()
    }

    /// The same for children that lie in memory, wherever their parent is.
    pub(super) fn may_descend_memory(&self, depth: Depth) -> bool {
        let is_shallow = depth.levels < self.context.limits.value_depth;
        is_shallow && self.may_go_on()
    }

    /// Whether another child may be loaded beside those that are.
    pub(super) fn may_go_on(&self) -> bool {
        self.nodes.get() > 0 && !self.cancel.is_cancelled()
    }

    /// How many of `count` children to load at once.
    pub(super) fn page(&self, count: u64) -> u64 {
        count
            .min(self.context.limits.children as u64)
            .min(self.nodes.get() as u64)
    }

    pub(super) fn reference(&self, ty: TypeRef, addr: Addr) -> ValueRef {
        ValueRef::Object {
            image: self.context.image,
            type_id: ty.0,
            addr,
        }
    }

    /// Bytes from a file that was never compared with the core may be another build's.
    fn mark_doubt(&self, mut value: Value, object: Object<'_>) -> Value {
        let from_file = |addr| self.context.memory.origin(addr) == Origin::UnverifiedFile;
        if object.addr().is_some_and(from_file) {
            doubt(&mut value);
        }
        value
    }
}

impl Depth {
    pub(super) const fn child(self) -> Self {
        Self {
            levels: self.levels + 1,
            ..self
        }
    }

    pub(super) const fn pointee(self) -> Self {
        Self {
            pointers: self.pointers + 1,
            ..self
        }
    }
}

/// Marks a value whose bytes come from a file that could not be checked.
pub(super) fn doubt(value: &mut Value) {
    if value.state == ValueState::Ok {
        value.state = ValueState::Partial;
    }
    value.unreadable.get_or_insert_with(|| {
        "read from a file that could not be compared with the core: may be wrong".into()
    });
}

/// A value of which nothing is known yet.
pub(crate) fn blank(name: &str, role: VariableRole) -> Value {
    Value {
        name: name.to_owned(),
        type_name: String::new(),
        kind: ValueKind::Unknown,
        addr: None,
        target: None,
        summary: Runs::new(),
        len: None,
        cap: None,
        children: Vec::new(),
        more: 0,
        unreadable: None,
        state: ValueState::Ok,
        role,
        shadowed: false,
        key: None,
        decl_line: None,
        reference: None,
    }
}

/// A value of which nothing could be had.
pub(super) fn missed(mut value: Value, missing: &Missing) -> Value {
    value.state = missing.state;
    value.unreadable = Some(missing.why.clone());
    value.summary = format::summary(&value, Datum::Missing(&missing.why));
    value
}

/// A value that was read and makes no sense.
pub(super) fn damaged(value: &mut Value, why: &str) {
    value.state = ValueState::Partial;
    value.unreadable = Some(why.to_owned());
    value.summary = format::summary(value, Datum::Damaged(why));
}

/// Puts the worst state of the children and their reasons on their parent.
pub(super) fn inherit_state(value: &mut Value) {
    let bad = value
        .children
        .iter()
        .find(|child| !matches!(child.state, ValueState::Ok | ValueState::Unsupported));
    if let Some(child) = bad {
        let why = child.unreadable.as_deref().unwrap_or("not all of it is known");
        value.unreadable = Some(format!("{}: {why}", child.name));
        value.state = ValueState::Partial;
    }
}
