//! `==` of Go: plain values, pointers, and values made of them.

use super::ast::BinaryOp;
use super::error::{ExpressionError, Span};
use super::number;
use super::operand::{Const, Number, Operand, Stored, Ty};
use super::run::Evaluator;
use crate::symbols::Shape;

/// Nesting of values compared, and elements of one array.
const DEPTH: usize = 16;
const ELEMENTS: u64 = 1 << 16;

/// An operand and where it is written.
type Side<'s> = (&'s Operand, &'s Span);

impl Evaluator<'_> {
    /// Whether two operands are equal.
    pub(super) fn equal(&self, left: Side<'_>, right: Side<'_>) -> Result<bool, ExpressionError> {
        match (left.0, right.0) {
            (Operand::Stored(stored), Operand::Const(value)) => {
                self.equal_const((stored, left.1), (value, right.1))
            }
            (Operand::Const(value), Operand::Stored(stored)) => {
                self.equal_const((stored, right.1), (value, left.1))
            }
            (Operand::Stored(a), Operand::Stored(b)) => self.equal_stored(a, b, (left.1, right.1), 0),
            (Operand::Const(a), Operand::Const(b)) => {
                let at = left.1.start..right.1.end.max(left.1.start);
                self.equal_numbers(a.clone(), b.clone(), &at)
            }
            _ => Err(ExpressionError::wrong(left.1.clone(), "this cannot be compared")),
        }
    }

    fn equal_numbers(&self, a: Const, b: Const, at: &Span) -> Result<bool, ExpressionError> {
        let (a, b) = self.unify(a, b, at)?;
        number::compare(BinaryOp::Equal, &a.number, &b.number)
            .map_err(|what| ExpressionError::wrong(at.clone(), what))
    }

    fn equal_const(
        &self,
        (stored, at): (&Stored, &Span),
        (value, value_at): (&Const, &Span),
    ) -> Result<bool, ExpressionError> {
        let ty = self.underlying(&stored.ty, at)?;
        let is_reference = matches!(
            ty.shape,
            Shape::Pointer { .. }
                | Shape::UnsafePointer
                | Shape::Map { .. }
                | Shape::Chan { .. }
                | Shape::Func
                | Shape::Slice { .. }
                | Shape::Interface { .. }
        );
        match (&ty.shape, &value.number) {
            (_, Number::Nil) if is_reference => Ok(self.word(stored, 0, at)? == 0),
            (_, Number::Nil) => {
                let what = format!("a {} cannot be nil", self.type_name(&stored.ty));
                Err(ExpressionError::wrong(value_at.clone(), what))
            }
            (Shape::Interface { .. }, _) => match self.dynamic(stored, at)? {
                None => Ok(false),
                Some(held) => Ok(self.holds(&held, value, at)),
            },
            _ => {
                let stored = self.read_number(stored, at)?;
                let whole = at.start.min(value_at.start)..at.end.max(value_at.end);
                self.equal_numbers(stored, value.clone(), &whole)
            }
        }
    }

    /// Whether what an interface holds is this value: of another type it is not.
    fn holds(&self, held: &Stored, value: &Const, at: &Span) -> bool {
        let wanted = value
            .ty
            .as_ref()
            .map_or_else(|| value.number.default_type().to_owned(), |ty| self.type_name(ty));
        if self.type_name(&held.ty) != wanted {
            return false;
        }
        let held = self.read_number(held, at);
        held.is_ok_and(|held| self.equal_numbers(held, value.clone(), at).unwrap_or(false))
    }

    fn equal_stored(
        &self,
        a: &Stored,
        b: &Stored,
        at: (&Span, &Span),
        depth: usize,
    ) -> Result<bool, ExpressionError> {
        let wrong = |what: String| ExpressionError::wrong(at.0.start..at.1.end.max(at.0.end), what);
        if depth > DEPTH {
            return Err(wrong("the values are nested too deeply to be compared".into()));
        }
        let (left, right) = (self.underlying(&a.ty, at.0)?, self.underlying(&b.ty, at.1)?);
        let held = |shape: &Shape| matches!(shape, Shape::Interface { .. });
        if held(&left.shape) || held(&right.shape) {
            return match (self.dynamic(a, at.0)?, self.dynamic(b, at.1)?) {
                (None, None) => Ok(true),
                (Some(a), Some(b)) if self.same_type(&a.ty, &b.ty) => {
                    self.equal_stored(&a, &b, at, depth + 1)
                }
                _ => Ok(false),
            };
        }
        if !self.same_type(&a.ty, &b.ty) {
            let (a, b) = (self.type_name(&a.ty), self.type_name(&b.ty));
            return Err(wrong(format!("the operands have different types: {a} and {b}")));
        }
        match &left.shape {
            Shape::Struct { fields } => {
                for field in fields.iter().filter(|field| *field.name != *"_") {
                    let part = |stored: &Stored| stored.part(Ty::Known(field.ty), field.offset);
                    if !self.equal_stored(&part(a), &part(b), at, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Shape::Array { elem, count } => {
                if *count > ELEMENTS {
                    return Err(wrong(format!("arrays of {count} elements are not compared")));
                }
                let stride = self.context.values.info.size_of(*elem).unwrap_or(0);
                for index in 0..*count {
                    let part = |stored: &Stored| stored.part(Ty::Known(*elem), index.saturating_mul(stride));
                    if !self.equal_stored(&part(a), &part(b), at, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Shape::Chan { .. } => Ok(self.word(a, 0, at.0)? == self.word(b, 0, at.1)?),
            Shape::Map { .. } | Shape::Slice { .. } | Shape::Func => {
                let name = self.type_name(&a.ty);
                Err(wrong(format!(
                    "values of type {name} can be compared with nil only"
                )))
            }
            _ => {
                let (a, b) = (self.read_number(a, at.0)?, self.read_number(b, at.1)?);
                number::compare(BinaryOp::Equal, &a.number, &b.number).map_err(wrong)
            }
        }
    }
}
