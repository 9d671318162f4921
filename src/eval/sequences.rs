//! Values made of values: structs, arrays, slices, and the paging through them.

use std::ops::Range;

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Depth, Loader, Raw, damaged, inherit_state};
use super::summaries;
use crate::base::{Addr, Cancelled};
use crate::model::{Runs, Value, ValueRef, ValueState};
use crate::symbols::{Field, Shape, TypeRef};

impl Loader<'_> {
    /// A struct or an array.
    pub(super) fn load_composite(&self, value: &mut Value, raw: &Raw<'_>) -> Result<(), Missing> {
        let count = match &raw.ty.shape {
            Shape::Struct { fields } => fields.len() as u64,
            Shape::Array { count, .. } => *count,
            _ => 0,
        };
        let is_array = matches!(raw.ty.shape, Shape::Array { .. });
        if is_array {
            value.len = Some(count);
        }
        if self.may_descend(raw) {
            value.children = self.parts(raw, 0, self.page(count));
        }
        value.more = count.saturating_sub(value.children.len() as u64);
        if value.more > 0
            && let Some(addr) = raw.object.addr()
        {
            value.reference = Some(self.reference(raw.ty.id, addr));
        }
        inherit_state(value);
        if let Some(missing) = all_missing(value) {
            return Err(missing);
        }
        let datum = if is_array { Datum::Array } else { Datum::Struct };
        value.summary = format::summary(value, datum);
        Ok(())
    }

    /// A slice: three words, then a page of elements.
    pub(super) fn load_slice(&self, value: &mut Value, raw: &Raw<'_>, elem: TypeRef) -> Result<(), Missing> {
        let array = self.word(raw.object);
        let len = self.word(raw.object.at(8));
        let cap = self.word(raw.object.at(16));
        value.len = len.as_ref().ok().copied();
        value.cap = cap.as_ref().ok().copied();
        let (array, len) = match (array, len) {
            (Ok(array), Ok(len)) => (Addr(array), len),
            (Err(missing), Err(_)) if value.cap.is_none() => return Err(missing),
            (Err(missing), _) => {
                damaged(value, &format!("elements {}", missing.why));
                return Ok(());
            }
            (Ok(array), Err(missing)) => {
                damaged(
                    value,
                    &format!("elements at {}, len {}", Addr(array), missing.why),
                );
                return Ok(());
            }
        };
        if array.is_null() && len == 0 && value.cap.unwrap_or(0) == 0 {
            value.summary = format::summary(value, Datum::Nil);
            return Ok(());
        }
        if let Some(why) = absurd(array, len, value.cap, self.context.info.size_of(elem)) {
            damaged(value, why);
            return Ok(());
        }
        self.load_elements(value, raw, elem, (array, len));
        if let Err(missing) = cap
            && value.state == ValueState::Ok
        {
            value.state = ValueState::Partial;
            value.unreadable = Some(format!("cap {}", missing.why));
        }
        Ok(())
    }

    fn load_elements(&self, value: &mut Value, raw: &Raw<'_>, elem: TypeRef, (array, len): (Addr, u64)) {
        let Some(stride) = self.context.info.size_of(elem) else {
            damaged(value, "the size of its elements is not described");
            return;
        };
        // Elements lie in memory even when the three words do not: memory's depth counts.
        let elements = Raw {
            ty: raw.ty.clone(),
            object: Object::Memory(array),
            depth: raw.depth,
        };
        if self.may_descend(&elements) {
            value.children = self.elements(elem, stride, array, 0..self.page(len), raw.depth.child());
        }
        value.more = len.saturating_sub(value.children.len() as u64);
        if value.more > 0 {
            value.reference = Some(ValueRef::Elements {
                image: self.context.image,
                type_id: elem.0,
                addr: array,
                stride,
                count: len,
            });
        }
        inherit_state(value);
        let bytes = if stride == 1 {
            self.bytes_of(elem, array, len)
        } else {
            None
        };
        let datum = bytes.as_ref().map_or(Datum::Slice, Datum::Bytes);
        value.summary = format::summary(value, datum);
    }

    /// The text of a slice whose elements are bytes.
    fn bytes_of(&self, elem: TypeRef, array: Addr, len: u64) -> Option<Runs> {
        let elem = self.context.info.underlying(elem).ok()?;
        if elem.shape != Shape::Uint {
            return None;
        }
        let most = self.context.limits.string_bytes as u64;
        let wanted = usize::try_from(len.min(most)).ok()?;
        let bytes = self.bytes(Object::Memory(array), wanted).ok()?;
        let left_out = len.saturating_sub(wanted as u64);
        Some(summaries::bytes(&summaries::Text { bytes, left_out }))
    }

    /// Parts `from..from + count` of a struct or array.
    fn parts(&self, raw: &Raw<'_>, from: u64, count: u64) -> Vec<Value> {
        match &raw.ty.shape {
            Shape::Struct { fields } => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let page = fields.iter().skip(from).take(count);
                let page = page.take_while(|_| self.may_go_on());
                page.map(|field| self.field(raw, field)).collect()
            }
            Shape::Array { elem, .. } => {
                let Some(stride) = self.context.info.size_of(*elem) else {
                    return Vec::new();
                };
                let range = from..from.saturating_add(count);
                self.indexed(*elem, range, raw.depth.child(), |index| {
                    Some(raw.object.at(index.saturating_mul(stride)))
                })
            }
            _ => Vec::new(),
        }
    }

    fn field(&self, raw: &Raw<'_>, field: &Field) -> Value {
        if field.is_bit_field {
            let missing = Missing {
                state: ValueState::Unsupported,
                why: "bit fields cannot be shown yet".into(),
            };
            return self.missing(&field.name, Some(field.ty), &missing);
        }
        self.load(
            &field.name,
            field.ty,
            raw.object.at(field.offset),
            raw.depth.child(),
        )
    }

    /// Elements `range` of `stride` bytes each, from `array` on.
    pub(super) fn elements(
        &self,
        elem: TypeRef,
        stride: u64,
        array: Addr,
        range: Range<u64>,
        depth: Depth,
    ) -> Vec<Value> {
        self.indexed(elem, range, depth, |index| {
            let offset = index.checked_mul(stride)?;
            array.checked_add(offset).map(Object::Memory)
        })
    }

    /// The values at the places that `place` has for the indices in `range`, named by those; fewer
    /// when it has none or when the budget of the request is at its end.
    pub(super) fn indexed<'o>(
        &self,
        elem: TypeRef,
        range: Range<u64>,
        depth: Depth,
        place: impl Fn(u64) -> Option<Object<'o>>,
    ) -> Vec<Value> {
        let mut values = Vec::new();
        for index in range {
            let Some(object) = place(index).filter(|_| self.may_go_on()) else {
                break;
            };
            values.push(self.load(&format!("[{index}]"), elem, object, depth));
        }
        values
    }

    /// Children of an object in memory: fields, elements, or, for anything else, the object itself.
    pub(super) fn open(
        &self,
        ty: TypeRef,
        addr: Addr,
        from: u64,
        count: u64,
    ) -> Result<(Vec<Value>, u64), Cancelled> {
        self.cancel.check()?;
        let total = self.count_of(ty);
        let wanted = total.saturating_sub(from).min(count);
        let object = Object::Memory(addr);
        let depth = Depth::default();
        let values = match self.context.info.underlying(ty) {
            Ok(decoded) if matches!(decoded.shape, Shape::Struct { .. } | Shape::Array { .. }) => {
                let raw = Raw {
                    ty: decoded,
                    object,
                    depth,
                };
                self.parts(&raw, from, wanted)
            }
            Ok(_) if wanted > 0 => vec![self.load("*", ty, object, depth)],
            _ => Vec::new(),
        };
        self.cancel.check()?;
        let shown = from.saturating_add(values.len() as u64);
        Ok((values, total.saturating_sub(shown)))
    }
}

/// Why the words of a slice cannot be true, if they cannot.
fn absurd(array: Addr, len: u64, cap: Option<u64>, stride: Option<u64>) -> Option<&'static str> {
    if i64::try_from(len).is_err() || cap.is_some_and(|cap| i64::try_from(cap).is_err()) {
        return Some("damaged: its length is absurd");
    }
    if cap.is_some_and(|cap| len > cap) {
        return Some("damaged: its length is greater than its capacity");
    }
    if array.is_null() {
        return Some("damaged: it has a length but no elements");
    }
    let bytes = stride.and_then(|stride| len.checked_mul(stride));
    match bytes.and_then(|bytes| array.checked_add(bytes)) {
        None if stride.is_some() => Some("damaged: its length is absurd"),
        _ => None,
    }
}

/// A composite of which every part is missing for one reason is missing itself.
fn all_missing(value: &Value) -> Option<Missing> {
    let first = value.children.first()?;
    let lost = |state| matches!(state, ValueState::OptimizedOut | ValueState::Unreadable);
    if value.more > 0 || !value.children.iter().all(|child| lost(child.state)) {
        return None;
    }
    Some(Missing {
        state: first.state,
        why: first.unreadable.clone().unwrap_or_default(),
    })
}
