//! Operand -> [`Value`], and where an operand points.

use std::sync::Arc;

use super::error::{ExpressionError, Span};
use super::operand::{At, Const, Number, Operand, Stored, Ty};
use super::run::Evaluator;
use super::typed::encode;
use crate::base::Addr;
use crate::eval::format::{self, Datum};
use crate::eval::load::{Depth, blank, missed};
use crate::model::{Pointed, Role, Runs, Value, ValueKind, ValueRef, VariableRole};
use crate::symbols::{Shape, Type, TypeRef};

impl Evaluator<'_> {
    /// The value as people see it, named `name`.
    pub(super) fn show(&self, name: &str, operand: &Operand) -> Value {
        match operand {
            Operand::Stored(stored) => self.show_stored(name, stored),
            Operand::Const(value) => self.show_const(name, value),
            Operand::Func { name: full, entry } => {
                let mut value = blank(name, VariableRole::Child);
                value.type_name = "func".into();
                value.kind = ValueKind::Func;
                value.addr = Some(*entry);
                value.summary = format::summary(&value, Datum::Func(full));
                value
            }
            Operand::Type(ty) => {
                let mut value = blank(name, VariableRole::Child);
                value.type_name = self.type_name(ty);
                value.summary = Runs::of(value.type_name.clone(), Role::TypeName);
                value
            }
            Operand::Builtin(_) => blank(name, VariableRole::Child),
        }
    }

    fn show_stored(&self, name: &str, stored: &Stored) -> Value {
        match (&stored.ty, stored.object()) {
            (Ty::Known(ty), Ok(object)) => self.loader.load(name, *ty, object, Depth::default()),
            (Ty::Made(ty), Ok(object)) => self.loader.load_made(name, ty, object, Depth::default()),
            (Ty::Known(ty), Err(missing)) => self.loader.missing(name, Some(*ty), &missing),
            (Ty::Made(ty), Err(missing)) => {
                let mut value = blank(name, VariableRole::Child);
                value.type_name = ty.name.to_string();
                missed(value, &missing)
            }
        }
    }

    fn show_const(&self, name: &str, value: &Const) -> Value {
        if let Some(ty) = &value.ty
            && let Ok(described) = self.underlying(ty, &(0..0))
            && let Some(bytes) = encode(&described, &value.number)
        {
            return self.show_stored(name, &Stored::of_bytes(ty.clone(), &bytes));
        }
        let mut shown = blank(name, VariableRole::Child);
        shown.type_name = match &value.ty {
            Some(ty) => self.type_name(ty),
            None => value.number.default_type().to_owned(),
        };
        shown.kind = kind(&value.number);
        let datum = match &value.number {
            Number::Bool(set) => Datum::Bool(*set),
            Number::Int(number) | Number::Rune(number) => {
                match (i64::try_from(*number), u64::try_from(*number)) {
                    (Ok(number), _) => Datum::Int(number),
                    (_, Ok(number)) => Datum::Uint(number),
                    _ => Datum::Damaged("too large for any of Go's integers"),
                }
            }
            Number::Float(number) => Datum::Float64(*number),
            Number::Complex(re, im) => Datum::Complex(*re, *im),
            Number::Text(bytes) => {
                shown.len = Some(bytes.len() as u64);
                Datum::Text { bytes, left_out: 0 }
            }
            Number::Nil => {
                shown.type_name = "untyped".into();
                Datum::Nil
            }
        };
        shown.summary = format::summary(&shown, datum);
        shown
    }

    /// Where an operand points: a pointer's target, a slice's first element, a number as it is, and
    /// anything else by its own address.
    pub(super) fn point(&self, operand: &Operand, at: &Span) -> Result<Pointed, ExpressionError> {
        let stored = match operand {
            Operand::Stored(stored) => stored,
            Operand::Const(Const {
                number: Number::Int(number) | Number::Rune(number),
                ..
            }) => {
                let addr = u64::try_from(*number).ok();
                let addr = addr.ok_or_else(|| ExpressionError::wrong(at.clone(), "this is no address"))?;
                return Ok(Pointed {
                    addr: Addr(addr),
                    reference: None,
                });
            }
            Operand::Func { entry, .. } => {
                return Ok(Pointed {
                    addr: *entry,
                    reference: None,
                });
            }
            _ => return Err(ExpressionError::wrong(at.clone(), "this has no address")),
        };
        let ty = self.underlying(&stored.ty, at)?;
        match &ty.shape {
            Shape::Pointer { target: Some(target) } => {
                let addr = Addr(self.word(stored, 0, at)?);
                Ok(Pointed {
                    addr,
                    reference: Some(self.loader.reference(*target, addr)),
                })
            }
            Shape::Slice { elem } => self.point_at_elements(stored, *elem, at),
            Shape::Pointer { .. }
            | Shape::UnsafePointer
            | Shape::String
            | Shape::Map { .. }
            | Shape::Chan { .. }
            | Shape::Func => Ok(Pointed {
                addr: Addr(self.word(stored, 0, at)?),
                reference: None,
            }),
            Shape::Uint | Shape::Int if stored.memory_addr().is_none() => {
                let value = self.read_number(stored, at)?;
                self.point(&Operand::untyped(value.number), at)
            }
            _ => self.point_at_itself(stored, &ty, at),
        }
    }

    fn point_at_elements(
        &self,
        stored: &Stored,
        elem: TypeRef,
        at: &Span,
    ) -> Result<Pointed, ExpressionError> {
        let addr = Addr(self.word(stored, 0, at)?);
        let stride = self.context.values.info.size_of(elem);
        let count = self.word(stored, 1, at)?;
        let reference = stride.map(|stride| ValueRef::Elements {
            image: self.context.values.image,
            type_id: elem.0,
            addr,
            stride,
            count,
        });
        Ok(Pointed { addr, reference })
    }

    fn point_at_itself(
        &self,
        stored: &Stored,
        ty: &Arc<Type>,
        at: &Span,
    ) -> Result<Pointed, ExpressionError> {
        match &stored.at {
            At::Memory(addr) => Ok(Pointed {
                addr: *addr,
                reference: Some(self.loader.reference(ty.id, *addr)),
            }),
            At::Pieces(..) => Err(ExpressionError::unavailable(
                at.clone(),
                "this is kept in registers and has no address",
            )),
            At::Missing(missing) => Err(self.missing(missing, at)),
        }
    }
}

const fn kind(number: &Number) -> ValueKind {
    match number {
        Number::Bool(_) => ValueKind::Bool,
        Number::Int(_) | Number::Rune(_) => ValueKind::Int,
        Number::Float(_) => ValueKind::Float,
        Number::Complex(..) => ValueKind::Complex,
        Number::Text(_) => ValueKind::String,
        Number::Nil => ValueKind::Unknown,
    }
}
