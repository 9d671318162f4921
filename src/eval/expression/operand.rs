//! What the parts of an expression stand for while it is evaluated.

use std::rc::Rc;
use std::sync::Arc;

use super::super::bytes::{Missing, Object, Scattered};
use crate::base::Addr;
use crate::symbols::{Type, TypeRef};

/// A part of an expression, evaluated as far as its value is known.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// A typed value where it lies.
    Stored(Stored),
    /// A value that was written down or worked out.
    Const(Const),
    /// A type, for conversions and assertions.
    Type(Ty),
    /// A Go function by its name, and its first instruction.
    Func { name: String, entry: Addr },
    /// One of Go's own functions.
    Builtin(Builtin),
}

/// A typed value and where it lies.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) ty: Ty,
    pub(super) at: At,
}

/// Where a value lies.
#[derive(Clone, Debug)]
pub(super) enum At {
    Memory(Addr),
    /// In registers, in pieces, or nowhere but here, from an offset on.
    Pieces(Rc<Scattered>, u64),
    Missing(Missing),
}

/// A type: of the debug information, or one that it lacks and that follows from one it has.
#[derive(Clone, Debug)]
pub(super) enum Ty {
    Known(TypeRef),
    /// `*T` and `[]T` of a known T.
    Made(Arc<Type>),
}

/// A value without a place.
#[derive(Clone, Debug)]
pub(super) struct Const {
    pub(super) number: Number,
    /// `None` for what Go calls an untyped constant.
    pub(super) ty: Option<Ty>,
}

/// The values that can be worked with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Number {
    Bool(bool),
    Int(i128),
    /// An integer written as a character.
    Rune(i128),
    Float(f64),
    Complex(f64, f64),
    Text(Vec<u8>),
    Nil,
}

/// Go's own functions, as far as they change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Len,
    Cap,
    Min,
    Max,
    Real,
    Imag,
    Complex,
    Sizeof,
}

impl Builtin {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "len" => Self::Len,
            "cap" => Self::Cap,
            "min" => Self::Min,
            "max" => Self::Max,
            "real" => Self::Real,
            "imag" => Self::Imag,
            "complex" => Self::Complex,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Len => "len",
            Self::Cap => "cap",
            Self::Min => "min",
            Self::Max => "max",
            Self::Real => "real",
            Self::Imag => "imag",
            Self::Complex => "complex",
            Self::Sizeof => "unsafe.Sizeof",
        }
    }
}

impl Operand {
    pub(super) const fn untyped(number: Number) -> Self {
        Self::Const(Const { number, ty: None })
    }

    pub(super) const fn bool(set: bool) -> Self {
        Self::untyped(Number::Bool(set))
    }
}

impl Stored {
    pub(super) const fn memory(ty: Ty, addr: Addr) -> Self {
        Self {
            ty,
            at: At::Memory(addr),
        }
    }

    /// A value that is nowhere but in `bytes`.
    pub(super) fn of_bytes(ty: Ty, bytes: &[u8]) -> Self {
        let mut pieces = Scattered::new();
        pieces.push(bytes);
        Self {
            ty,
            at: At::Pieces(Rc::new(pieces), 0),
        }
    }

    /// The part of type `ty` that begins `offset` bytes further on.
    pub(super) fn part(&self, ty: Ty, offset: u64) -> Self {
        let at = match &self.at {
            At::Memory(addr) => At::Memory(Addr(addr.0.wrapping_add(offset))),
            At::Pieces(pieces, start) => At::Pieces(pieces.clone(), start.saturating_add(offset)),
            At::Missing(missing) => At::Missing(missing.clone()),
        };
        Self { ty, at }
    }

    pub(super) fn object(&self) -> Result<Object<'_>, Missing> {
        match &self.at {
            At::Memory(addr) => Ok(Object::Memory(*addr)),
            At::Pieces(data, offset) => Ok(Object::Scattered {
                data,
                offset: *offset,
            }),
            At::Missing(missing) => Err(missing.clone()),
        }
    }
}

impl Number {
    /// How the type of an untyped constant is called.
    pub(super) const fn default_type(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Rune(_) => "int32",
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::Text(_) => "string",
            Self::Nil => "untyped nil",
        }
    }
}
