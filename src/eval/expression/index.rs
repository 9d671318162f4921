//! Elements of arrays, slices and strings, entries of maps, and parts of sequences.

use super::ast::{Expr, SliceBounds};
use super::error::{ExpressionError, Span};
use super::operand::{At, Const, Number, Operand, Stored, Ty};
use super::run::{Evaluated, Evaluator};
use crate::base::Addr;
use crate::symbols::{Shape, Type, TypeRef};

/// A sequence that can be indexed.
struct Sequence {
    elem: TypeRef,
    stride: u64,
    first: At,
    len: u64,
    cap: u64,
}

impl Evaluator<'_> {
    /// `inner[index]`, or a generic type with its arguments.
    pub(super) fn index(&self, inner: &Expr, args: &[Expr], at: &Span) -> Evaluated {
        let generic = |error| match self.instance(inner, args) {
            Ok(Some(ty)) => Ok(Operand::Type(ty)),
            Ok(None) => Err(error),
            Err(other) => Err(other),
        };
        let stored = match self.eval(inner) {
            Ok(Operand::Stored(stored)) => stored,
            Ok(Operand::Const(Const {
                number: Number::Text(text),
                ..
            })) => return self.byte_of(&text, args, at),
            Ok(_) => return generic(ExpressionError::wrong(inner.span.clone(), "this has no elements")),
            Err(error) => return generic(error),
        };
        let [index] = args else {
            return Err(ExpressionError::wrong(at.clone(), "one index is wanted here"));
        };
        let ty = self.underlying(&stored.ty, &inner.span)?;
        match &ty.shape {
            Shape::Map { .. } => return self.entry(&stored, &ty, inner, index),
            Shape::String => {
                let text = self.string_words(&stored, &inner.span)?;
                return self.element(&text, index).map(Operand::Stored);
            }
            _ => {}
        }
        let sequence = self.sequence(&stored, &inner.span)?;
        self.element(&sequence, index).map(Operand::Stored)
    }

    fn byte_of(&self, text: &[u8], args: &[Expr], at: &Span) -> Evaluated {
        let [index] = args else {
            return Err(ExpressionError::wrong(at.clone(), "one index is wanted here"));
        };
        let wanted = self.bound(index, text.len() as u64)?;
        let byte = usize::try_from(wanted).ok().and_then(|at| text.get(at));
        let byte = byte.ok_or_else(|| beyond(index, wanted, text.len() as u64))?;
        Ok(Operand::untyped(Number::Int((*byte).into())))
    }

    fn element(&self, sequence: &Sequence, index: &Expr) -> Result<Stored, ExpressionError> {
        let wanted = self.bound(index, sequence.len)?;
        if wanted >= sequence.len {
            return Err(beyond(index, wanted, sequence.len));
        }
        let first = Stored {
            ty: Ty::Known(sequence.elem),
            at: sequence.first.clone(),
        };
        Ok(first.part(Ty::Known(sequence.elem), wanted.saturating_mul(sequence.stride)))
    }

    /// An index or a bound: an integer that is not negative.
    fn bound(&self, expr: &Expr, len: u64) -> Result<u64, ExpressionError> {
        let operand = self.value(expr)?;
        match self.number(&operand, &expr.span)?.number {
            Number::Int(number) | Number::Rune(number) => {
                u64::try_from(number).map_err(|_| beyond_signed(expr, number, len))
            }
            _ => Err(ExpressionError::wrong(
                expr.span.clone(),
                "an index has to be an integer",
            )),
        }
    }

    /// The elements of an array, a slice, or an array behind a pointer.
    fn sequence(&self, stored: &Stored, at: &Span) -> Result<Sequence, ExpressionError> {
        let ty = self.underlying(&stored.ty, at)?;
        let stride = |elem| {
            let size = self.context.values.info.size_of(elem);
            size.ok_or_else(|| {
                ExpressionError::unavailable(at.clone(), "the size of its elements is not described")
            })
        };
        match ty.shape {
            Shape::Array { elem, count } => Ok(Sequence {
                elem,
                stride: stride(elem)?,
                first: stored.at.clone(),
                len: count,
                cap: count,
            }),
            Shape::Slice { elem } => Ok(Sequence {
                elem,
                stride: stride(elem)?,
                first: At::Memory(Addr(self.word(stored, 0, at)?)),
                len: self.word(stored, 1, at)?,
                cap: self.word(stored, 2, at)?,
            }),
            Shape::Pointer { .. } => match self.follow(stored, at)? {
                Some(array) if self.is_array(&array, at)? => self.sequence(&array, at),
                _ => Err(self.no_elements(stored, at)),
            },
            Shape::Interface { .. } => match self.dynamic(stored, at)? {
                Some(held) => self.sequence(&held, at),
                None => Err(ExpressionError::unavailable(at.clone(), "this is nil")),
            },
            _ => Err(self.no_elements(stored, at)),
        }
    }

    fn is_array(&self, stored: &Stored, at: &Span) -> Result<bool, ExpressionError> {
        Ok(matches!(
            self.underlying(&stored.ty, at)?.shape,
            Shape::Array { .. }
        ))
    }

    fn no_elements(&self, stored: &Stored, at: &Span) -> ExpressionError {
        let what = format!("a {} has no elements", self.type_name(&stored.ty));
        ExpressionError::wrong(at.clone(), what)
    }

    /// A string as a sequence of bytes.
    fn string_words(&self, stored: &Stored, at: &Span) -> Result<Sequence, ExpressionError> {
        let byte = self.find_type("uint8", at)?;
        let Some(Ty::Known(elem)) = byte else {
            return Err(ExpressionError::unavailable(
                at.clone(),
                "the program has no type uint8",
            ));
        };
        let len = self.word(stored, 1, at)?;
        Ok(Sequence {
            elem,
            stride: 1,
            first: At::Memory(Addr(self.word(stored, 0, at)?)),
            len,
            cap: len,
        })
    }

    /// `inner[low:high:max]`.
    pub(super) fn slice(&self, inner: &Expr, bounds: &SliceBounds, at: &Span) -> Evaluated {
        let operand = self.value(inner)?;
        let stored = match operand {
            Operand::Stored(stored) => stored,
            Operand::Const(Const {
                number: Number::Text(text),
                ty,
            }) => {
                return self.slice_of_text(&text, ty, bounds, at);
            }
            _ => return Err(ExpressionError::wrong(inner.span.clone(), "this has no parts")),
        };
        let is_string = matches!(self.underlying(&stored.ty, &inner.span)?.shape, Shape::String);
        let sequence = if is_string {
            self.string_words(&stored, &inner.span)?
        } else {
            self.sequence(&stored, &inner.span)?
        };
        let (low, high, max) = self.bounds(bounds, (sequence.len, sequence.cap), at)?;
        let At::Memory(first) = sequence.first else {
            let what = "this is kept in registers: its elements can be taken one by one only";
            return Err(ExpressionError::unavailable(inner.span.clone(), what));
        };
        let addr = first.0.wrapping_add(low.saturating_mul(sequence.stride));
        let (len, cap) = (high.saturating_sub(low), max.saturating_sub(low));
        if is_string {
            return Ok(Operand::Stored(Stored::of_bytes(stored.ty, &words(&[addr, len]))));
        }
        let is_slice = matches!(self.underlying(&stored.ty, at)?.shape, Shape::Slice { .. });
        let ty = if is_slice {
            stored.ty
        } else {
            self.slice_of(&Ty::Known(sequence.elem), at)?
        };
        Ok(Operand::Stored(Stored::of_bytes(ty, &words(&[addr, len, cap]))))
    }

    fn slice_of_text(&self, text: &[u8], ty: Option<Ty>, bounds: &SliceBounds, at: &Span) -> Evaluated {
        let len = text.len() as u64;
        let (low, high, _) = self.bounds(bounds, (len, len), at)?;
        let index = |bound| usize::try_from(bound).unwrap_or(usize::MAX);
        let part = text.get(index(low)..index(high)).unwrap_or_default();
        let number = Number::Text(part.to_vec());
        Ok(Operand::Const(Const { number, ty }))
    }

    /// Low, high and max, checked against each other as Go does; high may go up to the capacity.
    fn bounds(
        &self,
        bounds: &SliceBounds,
        (len, cap): (u64, u64),
        at: &Span,
    ) -> Result<(u64, u64, u64), ExpressionError> {
        let value = |bound: &Option<Expr>, default| match bound {
            Some(expr) => self.bound(expr, cap),
            None => Ok(default),
        };
        let max = value(&bounds.max, cap)?;
        let high = value(&bounds.high, len)?;
        let low = value(&bounds.low, 0)?;
        if low <= high && high <= max && max <= cap {
            return Ok((low, high, max));
        }
        let what = format!("[{low}:{high}] does not fit: len {len}, cap {cap}");
        Err(ExpressionError::wrong(at.clone(), what))
    }

    /// `inner[key]` of a map.
    fn entry(&self, stored: &Stored, ty: &Type, inner: &Expr, key: &Expr) -> Evaluated {
        let addr = Addr(self.word(stored, 0, &inner.span)?);
        let wanted = self.value(key)?;
        let missing = || ExpressionError::unknown(key.span.clone(), "the map has no such key");
        if addr.is_null() {
            return Err(missing());
        }
        let mut failed = None;
        let found = self.loader.find_entry(ty, addr, &mut |key_ty, slot| {
            let here = Operand::Stored(Stored::memory(Ty::Known(key_ty), slot));
            match self.equal((&here, &key.span), (&wanted, &key.span)) {
                Ok(same) => same,
                // An entry that cannot be read is not the one, and may not hide the others.
                Err(error) => {
                    failed.get_or_insert(error);
                    false
                }
            }
        });
        let found = found.map_err(|why| self.missing(&why, &inner.span))?;
        self.cancel
            .check()
            .map_err(|cancelled| ExpressionError::cancelled(inner.span.clone(), &cancelled))?;
        match (found, failed) {
            (Some((elem, addr)), _) => Ok(Operand::Stored(Stored::memory(Ty::Known(elem), addr))),
            (None, Some(error)) => Err(error),
            (None, None) => Err(missing()),
        }
    }
}

fn beyond(index: &Expr, wanted: u64, len: u64) -> ExpressionError {
    beyond_signed(index, wanted.into(), len)
}

fn beyond_signed(index: &Expr, wanted: i128, len: u64) -> ExpressionError {
    let what = format!("there is no element {wanted}: the length is {len}");
    ExpressionError::unknown(index.span.clone(), what)
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
