//! Plain values and their types: reading them where they lie, fitting constants, bringing two
//! operands to one type, converting.

use super::error::{ExpressionError, Span};
use super::number::{self, Width};
use super::operand::{Const, Number, Operand, Stored, Ty};
use super::run::{Evaluated, Evaluator};
use crate::base::Addr;
use crate::memory::MemoryExt;
use crate::symbols::{Shape, Type};

/// Bytes of a string that are read to compare or join it.
const TEXT: u64 = 1 << 20;

impl Evaluator<'_> {
    /// The plain value of `stored`, with its type.
    pub(super) fn read_number(&self, stored: &Stored, at: &Span) -> Result<Const, ExpressionError> {
        let ty = self.underlying(&stored.ty, at)?;
        let number = match &ty.shape {
            Shape::String => Number::Text(self.read_text(stored, at)?),
            Shape::Pointer { .. } | Shape::UnsafePointer => Number::Int(self.word(stored, 0, at)?.into()),
            shape => {
                let len = usize::try_from(ty.size.unwrap_or(8)).unwrap_or(16).min(16);
                let object = stored.object().map_err(|missing| self.missing(&missing, at))?;
                let bytes = self.loader.bytes(object, len);
                let bytes = bytes.map_err(|missing| self.missing(&missing, at))?;
                decode(shape, &bytes).ok_or_else(|| {
                    let name = self.type_name(&stored.ty);
                    ExpressionError::wrong(at.clone(), format!("a {name} is no plain value"))
                })?
            }
        };
        Ok(Const {
            number,
            ty: Some(stored.ty.clone()),
        })
    }

    /// The bytes of a string, or of a slice of bytes.
    pub(super) fn read_text(&self, stored: &Stored, at: &Span) -> Result<Vec<u8>, ExpressionError> {
        let addr = Addr(self.word(stored, 0, at)?);
        let len = self.word(stored, 1, at)?;
        if len == 0 {
            return Ok(Vec::new());
        }
        if len > TEXT {
            let what = format!("it has {len} bytes; what is compared or joined has {TEXT} at most");
            return Err(ExpressionError::unavailable(at.clone(), what).hint("take a part of it: s[:1000]"));
        }
        let len = usize::try_from(len).unwrap_or(0);
        let bytes = self.context.values.memory.read_bytes(addr, len);
        bytes.map_err(|error| ExpressionError::unavailable(at.clone(), error.to_string()))
    }

    pub(super) fn type_name(&self, ty: &Ty) -> String {
        match ty {
            Ty::Made(made) => made.name.to_string(),
            Ty::Known(known) => {
                let ty = self.context.values.info.type_at(*known);
                ty.map_or_else(|_| "?".to_owned(), |ty| ty.name.to_string())
            }
        }
    }

    /// A value as its type holds it; what does not fit is an error, as it is for Go's constants.
    pub(super) fn fit(&self, value: Const, at: &Span) -> Result<Const, ExpressionError> {
        let Some(ty) = &value.ty else {
            return Ok(value);
        };
        let described = self.underlying(ty, at)?;
        let overflows = |text: String| {
            let what = format!("{text} does not fit {}", self.type_name(ty));
            Err(ExpressionError::wrong(at.clone(), what))
        };
        match (width(&described), &value.number) {
            (Some(width), Number::Int(number) | Number::Rune(number)) if !width.holds(*number) => {
                overflows(number.to_string())
            }
            _ => self.wrapped(value, at),
        }
    }

    /// A value as arithmetic of its type leaves it.
    pub(super) fn wrapped(&self, mut value: Const, at: &Span) -> Result<Const, ExpressionError> {
        let Some(ty) = &value.ty else {
            return Ok(value);
        };
        let described = self.underlying(ty, at)?;
        value.number = match (value.number, width(&described)) {
            (Number::Int(number) | Number::Rune(number), Some(width)) => Number::Int(width.wrap(number)),
            (Number::Float(number), None) if described.size == Some(4) => {
                Number::Float(f64::from(number as f32))
            }
            (number, _) => number,
        };
        Ok(value)
    }

    /// Two operands as values of one type: an untyped one takes the other's.
    pub(super) fn unify(
        &self,
        left: Const,
        right: Const,
        at: &Span,
    ) -> Result<(Const, Const), ExpressionError> {
        match (&left.ty, &right.ty) {
            (None, None) => {
                let (left, right) = number::level(left.number, right.number);
                let untyped = |number| Const { number, ty: None };
                Ok((untyped(left), untyped(right)))
            }
            (Some(ty), None) => {
                let right = self.take_type(right.number, ty.clone(), at)?;
                Ok((left, right))
            }
            (None, Some(ty)) => {
                let left = self.take_type(left.number, ty.clone(), at)?;
                Ok((left, right))
            }
            (Some(a), Some(b)) if self.same_type(a, b) => Ok((left, right)),
            (Some(a), Some(b)) => {
                let (a, b) = (self.type_name(a), self.type_name(b));
                let what = format!("the operands have different types: {a} and {b}");
                Err(ExpressionError::wrong(at.clone(), what).hint(format!("convert one of them: {a}(...)")))
            }
        }
    }

    pub(super) fn same_type(&self, a: &Ty, b: &Ty) -> bool {
        match (a, b) {
            (Ty::Known(a), Ty::Known(b)) if a == b => true,
            _ => self.type_name(a) == self.type_name(b),
        }
    }

    /// An untyped constant as a value of type `ty`, as Go does it where one stands beside the other.
    pub(super) fn take_type(&self, number: Number, ty: Ty, at: &Span) -> Result<Const, ExpressionError> {
        let described = self.underlying(&ty, at)?;
        let number = match (&described.shape, number) {
            (Shape::Int | Shape::Uint, Number::Float(value))
                if value.fract() == 0.0 && value.abs() < 1e30 =>
            {
                Number::Int(value as i128)
            }
            (Shape::Float, Number::Int(value) | Number::Rune(value)) => Number::Float(value as f64),
            (Shape::Complex, Number::Int(value) | Number::Rune(value)) => Number::Complex(value as f64, 0.0),
            (Shape::Complex, Number::Float(value)) => Number::Complex(value, 0.0),
            (Shape::Int | Shape::Uint, number @ (Number::Int(_) | Number::Rune(_)))
            | (Shape::Pointer { .. } | Shape::UnsafePointer, number @ Number::Int(_))
            | (Shape::Float, number @ Number::Float(_))
            | (Shape::Complex, number @ Number::Complex(..))
            | (Shape::Bool, number @ Number::Bool(_))
            | (Shape::String, number @ Number::Text(_)) => number,
            (_, number) => {
                let name = self.type_name(&ty);
                let what = format!("{} and {name} do not go together", number::noun(&number));
                return Err(ExpressionError::wrong(at.clone(), what));
            }
        };
        self.fit(Const { number, ty: Some(ty) }, at)
    }

    /// `T(x)`.
    pub(super) fn convert(&self, ty: Ty, operand: &Operand, at: &Span) -> Evaluated {
        let target = self.underlying(&ty, at)?;
        if let Operand::Stored(stored) = operand {
            let source = self.underlying(&stored.ty, at)?;
            if let Some(converted) = self.reinterpret(&ty, &target, stored, &source) {
                return Ok(Operand::Stored(converted));
            }
            if matches!(source.shape, Shape::String) && self.is_byte_slice(&target, at) {
                let (addr, len) = (self.word(stored, 0, at)?, self.word(stored, 1, at)?);
                let words = [addr, len, len].map(u64::to_le_bytes).concat();
                return Ok(Operand::Stored(Stored::of_bytes(ty, &words)));
            }
            if matches!(target.shape, Shape::String) && self.is_byte_slice(&source, at) {
                let number = Number::Text(self.read_text(stored, at)?);
                return Ok(Operand::Const(Const { number, ty: Some(ty) }));
            }
        }
        let value = self.number(operand, at)?;
        self.convert_number(ty, &target, value, at)
    }

    /// Conversions that leave the bytes as they are.
    fn reinterpret(&self, ty: &Ty, target: &Type, stored: &Stored, source: &Type) -> Option<Stored> {
        let is_pointer =
            |shape: &Shape| matches!(shape, Shape::Pointer { .. } | Shape::UnsafePointer | Shape::Func);
        let alike = match (&target.shape, &source.shape) {
            (Shape::Pointer { .. } | Shape::UnsafePointer, shape) => is_pointer(shape),
            (Shape::Struct { .. } | Shape::Array { .. } | Shape::Slice { .. }, _) => {
                target.id == source.id || target.shape == source.shape
            }
            (Shape::Map { .. } | Shape::Chan { .. } | Shape::Interface { .. } | Shape::Func, _) => {
                target.id == source.id
            }
            (Shape::String, Shape::String) => true,
            _ => false,
        };
        alike.then(|| stored.part(ty.clone(), 0))
    }

    fn is_byte_slice(&self, source: &Type, at: &Span) -> bool {
        let Shape::Slice { elem } = source.shape else {
            return false;
        };
        let elem = self.underlying(&Ty::Known(elem), at);
        elem.is_ok_and(|elem| elem.shape == Shape::Uint && elem.size == Some(1))
    }

    fn convert_number(&self, ty: Ty, target: &Type, value: Const, at: &Span) -> Evaluated {
        let is_typed = value.ty.is_some();
        let number = match (&target.shape, value.number) {
            (Shape::Int | Shape::Uint, Number::Float(value)) if is_typed || value.fract() == 0.0 => {
                Number::Int(value as i128)
            }
            (Shape::Float, Number::Int(value) | Number::Rune(value)) => Number::Float(value as f64),
            (Shape::String, Number::Int(code) | Number::Rune(code)) => {
                let code = u32::try_from(code).ok().and_then(char::from_u32);
                Number::Text(code.unwrap_or('\u{fffd}').to_string().into_bytes())
            }
            (
                Shape::Pointer { .. }
                | Shape::UnsafePointer
                | Shape::Map { .. }
                | Shape::Chan { .. }
                | Shape::Func,
                number @ (Number::Int(_) | Number::Nil),
            ) => {
                return self.address_as(ty, &number, at);
            }
            (Shape::Int | Shape::Uint, number @ (Number::Int(_) | Number::Rune(_)))
            | (Shape::Float, number @ Number::Float(_))
            | (Shape::Complex, number @ Number::Complex(..))
            | (Shape::Bool, number @ Number::Bool(_))
            | (Shape::String, number @ Number::Text(_)) => number,
            (_, number) => {
                let name = self.type_name(&ty);
                let what = format!("{} cannot be converted to {name}", number::noun(&number));
                return Err(ExpressionError::wrong(at.clone(), what));
            }
        };
        let value = Const { number, ty: Some(ty) };
        let value = if is_typed {
            self.wrapped(value, at)
        } else {
            self.fit(value, at)
        };
        value.map(Operand::Const)
    }

    /// An address taken for a pointer, map, channel or function of type `ty`.
    fn address_as(&self, ty: Ty, number: &Number, at: &Span) -> Evaluated {
        let addr = match number {
            Number::Int(addr) => {
                u64::try_from(*addr).map_err(|_| ExpressionError::wrong(at.clone(), "this is no address"))?
            }
            _ => 0,
        };
        Ok(Operand::Stored(Stored::of_bytes(ty, &addr.to_le_bytes())))
    }
}

/// How integers of a type wrap; `None` for other types.
pub(super) fn width(ty: &Type) -> Option<Width> {
    let signed = match ty.shape {
        Shape::Int => true,
        Shape::Uint => false,
        _ => return None,
    };
    let bits = u32::try_from(ty.size?.checked_mul(8)?).ok()?;
    Some(Width { bits, signed })
}

/// The plain value that bytes of a type hold.
fn decode(shape: &Shape, bytes: &[u8]) -> Option<Number> {
    let mut wide = [0; 16];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let wide = u128::from_le_bytes(wide);
    let bits = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
    let width = |signed| Width { bits, signed };
    let word = wide as u64;
    Some(match (shape, bytes.len()) {
        (Shape::Bool, 1) => Number::Bool(word != 0),
        (Shape::Int, 1 | 2 | 4 | 8) => Number::Int(width(true).wrap(wide as i128)),
        (Shape::Uint, 1 | 2 | 4 | 8) => Number::Int(width(false).wrap(wide as i128)),
        (Shape::Float, 4) => Number::Float(f32::from_bits(word as u32).into()),
        (Shape::Float, 8) => Number::Float(f64::from_bits(word)),
        (Shape::Complex, 8) => {
            let part = |bits: u64| f64::from(f32::from_bits(bits as u32));
            Number::Complex(part(word), part(word >> 32))
        }
        (Shape::Complex, 16) => Number::Complex(f64::from_bits(word), f64::from_bits((wide >> 64) as u64)),
        _ => return None,
    })
}

/// The bytes of a plain value of a type.
pub(super) fn encode(ty: &Type, number: &Number) -> Option<Vec<u8>> {
    let size = usize::try_from(ty.size?).ok()?;
    Some(match (&ty.shape, number) {
        (Shape::Bool, Number::Bool(set)) => vec![u8::from(*set)],
        (Shape::Int | Shape::Uint, Number::Int(value) | Number::Rune(value)) => {
            value.to_le_bytes().get(..size)?.to_vec()
        }
        (Shape::Float, Number::Float(value)) if size == 4 => (*value as f32).to_le_bytes().to_vec(),
        (Shape::Float, Number::Float(value)) => value.to_le_bytes().to_vec(),
        (Shape::Complex, Number::Complex(re, im)) if size == 8 => {
            [(*re as f32).to_le_bytes(), (*im as f32).to_le_bytes()].concat()
        }
        (Shape::Complex, Number::Complex(re, im)) => [re.to_le_bytes(), im.to_le_bytes()].concat(),
        (Shape::Pointer { .. } | Shape::UnsafePointer, Number::Int(value)) => {
            value.to_le_bytes().get(..8)?.to_vec()
        }
        (_, Number::Nil) if size <= 64 => vec![0; size],
        _ => return None,
    })
}
