//! Values that are one or two words: numbers, pointers, strings.

use super::bytes::{Missing, Object};
use super::format::{self, Datum};
use super::load::{Depth, Loader, Raw, blank, damaged, doubt};
use super::names;
use crate::base::Addr;
use crate::memory::Origin;
use crate::model::{Role, Runs, Value, ValueKind, ValueRef, ValueState, VariableRole};
use crate::symbols::{Shape, TypeRef};

impl Loader<'_> {
    pub(super) fn load_scalar(&self, value: &mut Value, raw: &Raw<'_>) -> Result<(), Missing> {
        let size = raw.ty.size.unwrap_or(8);
        let len = match size {
            1 | 2 | 4 | 8 | 16 => usize::try_from(size).unwrap_or(16),
            _ => return Err(wrong_size(size)),
        };
        let bytes = self.bytes(raw.object, len)?;
        let datum = scalar(&raw.ty.shape, &bytes).ok_or_else(|| wrong_size(size))?;
        value.summary = format::summary(value, datum);
        if let Datum::Damaged(why) = datum {
            damaged(value, why);
        }
        Ok(())
    }

    /// Adds the name that its type has for a number.
    pub(super) fn name_number(&self, value: &mut Value, ty: TypeRef) {
        let constants = self.context.info.constants_of(ty);
        let number = value.summary.plain().parse().ok();
        if let Some(name) = number.and_then(|number| names::name_of(&constants, number)) {
            value.summary = format::summary(value, Datum::Named(&name));
        }
    }

    /// A string: two words, then the text they point at.
    pub(super) fn load_string(&self, value: &mut Value, raw: &Raw<'_>) -> Result<(), Missing> {
        let pointer = self.word(raw.object);
        let len = self.word(raw.object.at(8));
        let (pointer, len) = match (pointer, len) {
            (Ok(pointer), Ok(len)) => (Addr(pointer), len),
            (Err(missing), Ok(len)) => {
                // The compiler often drops one of the two words when only the other is used.
                value.len = Some(len);
                damaged(value, &format!("len={len}, bytes {}", missing.why));
                return Ok(());
            }
            (Ok(pointer), Err(missing)) => {
                damaged(value, &format!("bytes at {}, len {}", Addr(pointer), missing.why));
                return Ok(());
            }
            (Err(missing), Err(_)) => return Err(missing),
        };
        value.len = Some(len);
        if i64::try_from(len).is_err() || pointer.checked_add(len).is_none() {
            damaged(value, "damaged: its length is absurd");
            return Ok(());
        }
        if len > 0 && pointer.is_null() {
            damaged(value, "damaged: it has a length but no bytes");
            return Ok(());
        }
        self.load_text(value, pointer, len)
    }

    fn load_text(&self, value: &mut Value, pointer: Addr, len: u64) -> Result<(), Missing> {
        let most = self.context.limits.string_bytes as u64;
        let wanted = usize::try_from(len.min(most)).unwrap_or(0);
        let mut bytes = vec![0; wanted];
        let got = self.context.memory.read_some(pointer, &mut bytes);
        bytes.truncate(got);
        if got == 0 && wanted > 0 {
            let why = format!("its {len} bytes at {pointer} cannot be read");
            damaged(value, &why);
            return Ok(());
        }
        if (got as u64) < len {
            cut_at_character(&mut bytes);
        }
        let left_out = len.saturating_sub(bytes.len() as u64);
        let datum = Datum::Text {
            bytes: &bytes,
            left_out,
        };
        value.summary = format::summary(value, datum);
        if got < wanted {
            value.state = ValueState::Partial;
            value.unreadable = Some(format!("only {got} of its {len} bytes can be read"));
        } else if left_out > 0 {
            value.reference = Some(ValueRef::Text { addr: pointer, len });
        }
        if len > 0 && self.context.memory.origin(pointer) == Origin::UnverifiedFile {
            doubt(value);
        }
        Ok(())
    }

    /// A pointer, and one level of what it points to.
    pub(super) fn load_pointer(
        &self,
        value: &mut Value,
        raw: &Raw<'_>,
        target: Option<TypeRef>,
    ) -> Result<(), Missing> {
        let addr = Addr(self.word(raw.object)?);
        if addr.is_null() {
            value.summary = format::summary(value, Datum::Nil);
            return Ok(());
        }
        value.target = Some(addr);
        value.summary = format::summary(value, Datum::Address(addr));
        let Some(target) = target else {
            return Ok(());
        };
        if raw.depth.pointers > 0 || !self.may_descend(raw) {
            if let Some(meaning) = self.meaning_behind(target, addr, raw.depth) {
                value.summary = meaning;
            }
            value.reference = Some(self.reference(target, addr));
            value.more = self.count_of(target);
            return Ok(());
        }
        let pointee = self.load("*", target, Object::Memory(addr), raw.depth.pointee());
        match pointee.state {
            ValueState::Unreadable => {
                value.state = ValueState::Partial;
                let why = pointee.unreadable.as_deref().unwrap_or("unreadable");
                value.unreadable = Some(format!("what it points to: {why}"));
                return Ok(());
            }
            ValueState::Partial => {
                value.state = ValueState::Partial;
                value.unreadable.clone_from(&pointee.unreadable);
            }
            _ => {}
        }
        value.summary = format::summary(value, Datum::Pointee(&pointee));
        if matches!(pointee.kind, ValueKind::Struct | ValueKind::Array) {
            value.children = pointee.children;
            value.more = pointee.more;
            value.reference = pointee.reference;
        } else {
            value.children = vec![pointee];
        }
        Ok(())
    }

    /// What a pointer that is not followed points to, where its type says that in a few words.
    fn meaning_behind(&self, target: TypeRef, addr: Addr, depth: Depth) -> Option<Runs> {
        let name = self.context.info.type_at(target).ok()?.name.clone();
        let meaning = self.meaning(target, &name, Object::Memory(addr), depth)?;
        if self.context.memory.origin(addr) == Origin::UnverifiedFile {
            return None;
        }
        let mut runs = Runs::of("*", Role::Punctuation);
        runs.extend(meaning);
        Some(runs)
    }

    /// Children that an object of type `ty` has when it is opened.
    pub(super) fn count_of(&self, ty: TypeRef) -> u64 {
        match self.context.info.underlying(ty).map(|ty| ty.shape.clone()) {
            Ok(Shape::Struct { fields }) => fields.len() as u64,
            Ok(Shape::Array { count, .. }) => count,
            Ok(_) => 1,
            Err(_) => 0,
        }
    }

    /// Text `from..from + count` of a string's bytes, as one value named like the slice that it is,
    /// and how many bytes follow. At most 1 MiB, and a little less where a character would be cut.
    pub(super) fn text_page(&self, addr: Addr, len: u64, from: u64, count: u64) -> (Value, u64) {
        const MOST: u64 = 1 << 20;
        let wanted = len.saturating_sub(from).min(count).min(MOST);
        let start = Addr(addr.0.saturating_add(from));
        let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(0)];
        let got = self.context.memory.read_some(start, &mut bytes);
        bytes.truncate(got);
        let rest = len.saturating_sub(from);
        if wanted < rest && (got as u64) == wanted {
            cut_at_character(&mut bytes);
        }
        let kept = bytes.len() as u64;
        let name = format!("[{from}:{}]", from.saturating_add(kept));
        let mut value = blank(&name, VariableRole::Child);
        value.kind = ValueKind::String;
        value.type_name = "string".into();
        value.addr = Some(start);
        value.len = Some(kept);
        let datum = Datum::Text {
            bytes: &bytes,
            left_out: 0,
        };
        value.summary = format::summary(&value, datum);
        if (got as u64) < wanted {
            value.state = ValueState::Partial;
            value.unreadable = Some(format!("only {got} of {wanted} bytes at {start} can be read"));
            return (value, 0);
        }
        (value, rest.saturating_sub(kept))
    }
}

pub(super) fn unsupported(value: &mut Value, why: &str) {
    value.state = ValueState::Unsupported;
    value.unreadable = Some(why.to_owned());
}

fn wrong_size(size: u64) -> Missing {
    Missing::unreadable(format!("a type of its kind cannot have {size} bytes"))
}

fn scalar<'d>(shape: &Shape, bytes: &[u8]) -> Option<Datum<'d>> {
    let mut wide = [0; 16];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let wide = u128::from_le_bytes(wide);
    let word = wide as u64;
    Some(match (shape, bytes.len()) {
        (Shape::Bool, 1) if word > 1 => Datum::Damaged("damaged: a bool that is neither true nor false"),
        (Shape::Bool, 1) => Datum::Bool(word != 0),
        (Shape::Int, 1) => Datum::Int(i64::from(word as i8)),
        (Shape::Int, 2) => Datum::Int(i64::from(word as i16)),
        (Shape::Int, 4) => Datum::Int(i64::from(word as i32)),
        (Shape::Int, 8) => Datum::Int(word as i64),
        (Shape::Uint, 1 | 2 | 4 | 8) => Datum::Uint(word),
        (Shape::Float, 4) => Datum::Float32(f32::from_bits(word as u32)),
        (Shape::Float, 8) => Datum::Float64(f64::from_bits(word)),
        (Shape::Complex, 8) => {
            let part = |bits: u64| f64::from(f32::from_bits(bits as u32));
            Datum::Complex(part(word), part(word >> 32))
        }
        (Shape::Complex, 16) => Datum::Complex(f64::from_bits(word), f64::from_bits((wide >> 64) as u64)),
        (Shape::UnsafePointer, 8) if word == 0 => Datum::Nil,
        (Shape::UnsafePointer, 8) => Datum::Address(Addr(word)),
        _ => return None,
    })
}

/// Takes off an incomplete character that the cut left at the end.
fn cut_at_character(bytes: &mut Vec<u8>) {
    let start = bytes.len().saturating_sub(3);
    let tail = bytes.get(start..).unwrap_or_default();
    let Some(lead) = tail.iter().rposition(|byte| *byte >= 0xc0) else {
        return;
    };
    let wanted = match tail.get(lead) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        _ => 2,
    };
    if tail.len() - lead < wanted {
        bytes.truncate(start + lead);
    }
}
