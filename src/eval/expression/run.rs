//! Tree -> operand: the walk over an expression.

use std::sync::Arc;

use super::ast::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use super::error::{ExpressionError, Span};
use super::operand::{At, Const, Number, Operand, Stored, Ty};
use super::{ExpressionContext, number};
use crate::base::{Addr, CancelToken};
use crate::eval::bytes::Missing;
use crate::eval::load::Loader;
use crate::symbols::{Shape, Type};

/// What evaluates one expression.
pub(super) struct Evaluator<'a> {
    pub(super) context: &'a ExpressionContext<'a>,
    pub(super) loader: Loader<'a>,
    pub(super) cancel: &'a CancelToken,
}

pub(super) type Evaluated = Result<Operand, ExpressionError>;

impl<'a> Evaluator<'a> {
    pub(super) fn new(context: &'a ExpressionContext<'a>, cancel: &'a CancelToken) -> Self {
        Self {
            context,
            loader: Loader::new(context.values, cancel),
            cancel,
        }
    }

    /// The operand that `expr` stands for. The parser has bounded the nesting.
    pub(super) fn eval(&self, expr: &Expr) -> Evaluated {
        self.cancel
            .check()
            .map_err(|cancelled| ExpressionError::cancelled(expr.span.clone(), &cancelled))?;
        match &expr.kind {
            ExprKind::Name(name) => self.resolve_name(name, &expr.span),
            ExprKind::Literal(literal) => Ok(Operand::untyped(constant(literal, &expr.span)?)),
            ExprKind::Select(inner, name, at) => self.select(inner, name, at),
            ExprKind::Index(inner, args) => self.index(inner, args, &expr.span),
            ExprKind::Slice(inner, bounds) => self.slice(inner, bounds, &expr.span),
            ExprKind::Assert(inner, ty) => self.assert(inner, ty.as_deref()),
            ExprKind::Call(function, args) => self.call(function, args, &expr.span),
            ExprKind::Unary(op, inner) => self.unary(*op, inner),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right),
            ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::SliceType(_)
            | ExprKind::ArrayType(..)
            | ExprKind::MapType(..)
            | ExprKind::WrittenType(_) => self.resolve_type(expr).map(Operand::Type),
        }
    }

    /// The same for what has to be a value.
    pub(super) fn value(&self, expr: &Expr) -> Evaluated {
        match self.eval(expr)? {
            Operand::Type(_) => Err(
                ExpressionError::wrong(expr.span.clone(), "this is a type, not a value")
                    .hint("`ptype` describes types"),
            ),
            Operand::Builtin(builtin) => Err(ExpressionError::wrong(
                expr.span.clone(),
                format!("{} takes its arguments in round brackets", builtin.name()),
            )),
            operand => Ok(operand),
        }
    }

    /// A typed value with a place.
    pub(super) fn stored(&self, expr: &Expr) -> Result<Stored, ExpressionError> {
        match self.value(expr)? {
            Operand::Stored(stored) => Ok(stored),
            Operand::Func { .. } => Err(ExpressionError::wrong(expr.span.clone(), "this is a function")),
            _ => Err(ExpressionError::wrong(
                expr.span.clone(),
                "this is a plain value without parts",
            )),
        }
    }

    /// A type's underlying description.
    pub(super) fn underlying(&self, ty: &Ty, at: &Span) -> Result<Arc<Type>, ExpressionError> {
        match ty {
            Ty::Made(made) => Ok(made.clone()),
            Ty::Known(known) => self
                .context
                .values
                .info
                .underlying(*known)
                .map_err(|error| ExpressionError::symbols(at.clone(), &error)),
        }
    }

    /// A plain value out of an operand.
    pub(super) fn number(&self, operand: &Operand, at: &Span) -> Result<Const, ExpressionError> {
        match operand {
            Operand::Const(value) => Ok(value.clone()),
            Operand::Stored(stored) => self.read_number(stored, at),
            _ => Err(ExpressionError::wrong(
                at.clone(),
                "this is no value that can be calculated with",
            )),
        }
    }

    fn unary(&self, op: UnaryOp, inner: &Expr) -> Evaluated {
        match op {
            UnaryOp::Deref => return self.deref(inner),
            UnaryOp::Address => return self.address(inner),
            _ => {}
        }
        let operand = self.value(inner)?;
        let Const { number, ty } = self.number(&operand, &inner.span)?;
        let not = |what: &str| Err(ExpressionError::wrong(inner.span.clone(), what));
        let number = match (op, number) {
            (UnaryOp::Not, Number::Bool(set)) => Number::Bool(!set),
            (UnaryOp::Not, _) => return not("`!` is defined for booleans only"),
            (
                UnaryOp::Plus,
                number @ (Number::Int(_) | Number::Rune(_) | Number::Float(_) | Number::Complex(..)),
            ) => number,
            (UnaryOp::Minus, Number::Int(value)) => Number::Int(value.wrapping_neg()),
            (UnaryOp::Minus, Number::Rune(value)) => Number::Rune(value.wrapping_neg()),
            (UnaryOp::Minus, Number::Float(value)) => Number::Float(-value),
            (UnaryOp::Minus, Number::Complex(re, im)) => Number::Complex(-re, -im),
            (UnaryOp::Complement, Number::Int(value)) => Number::Int(!value),
            (UnaryOp::Complement, Number::Rune(value)) => Number::Rune(!value),
            (UnaryOp::Complement, _) => return not("`^` is defined for integers only"),
            _ => return not("this is not a number"),
        };
        Ok(Operand::Const(self.wrapped(Const { number, ty }, &inner.span)?))
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Evaluated {
        let first = self.value(left)?;
        if matches!(op, BinaryOp::AndThen | BinaryOp::OrElse) {
            let set = self.truth(&first, &left.span)?;
            if set == (op == BinaryOp::OrElse) {
                return Ok(Operand::bool(set));
            }
            let second = self.value(right)?;
            return self.truth(&second, &right.span).map(Operand::bool);
        }
        let second = self.value(right)?;
        let at = left.span.start..right.span.end;
        if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            let equal = self.equal((&first, &left.span), (&second, &right.span))?;
            return Ok(Operand::bool(equal == (op == BinaryOp::Equal)));
        }
        let first = self.number(&first, &left.span)?;
        let second = self.number(&second, &right.span)?;
        if op.shifts() {
            return self.shift(op, first, &second, &at);
        }
        let (first, second) = self.unify(first, second, &at)?;
        let wrong = |what| ExpressionError::wrong(at.clone(), what);
        if op.compares() {
            let holds = number::compare(op, &first.number, &second.number).map_err(wrong)?;
            return Ok(Operand::bool(holds));
        }
        if let (BinaryOp::Div | BinaryOp::Rem, Number::Int(0) | Number::Rune(0)) = (op, &second.number) {
            return Err(ExpressionError::wrong(right.span.clone(), "division by zero"));
        }
        self.refuse_pointers(op, first.ty.as_ref(), &at)?;
        let number = match (&first.ty, op, &first.number, &second.number) {
            (Some(_), BinaryOp::Mul, Number::Int(a), Number::Int(b)) => {
                Number::Int(number::wrapping_product(*a, *b))
            }
            _ => number::arithmetic(op, &first.number, &second.number).map_err(wrong)?,
        };
        let ty = first.ty;
        self.wrapped(Const { number, ty }, &at).map(Operand::Const)
    }

    /// Go does not calculate with pointers, and whether one more means a byte or an element would be
    /// a guess.
    fn refuse_pointers(&self, op: BinaryOp, ty: Option<&Ty>, at: &Span) -> Result<(), ExpressionError> {
        let Some(ty) = ty else { return Ok(()) };
        match self.underlying(ty, at)?.shape {
            Shape::Pointer { .. } | Shape::UnsafePointer => {
                let what = format!("`{}` is not defined for pointers", op.sign());
                Err(ExpressionError::wrong(at.clone(), what).hint("calculate with numbers: uintptr(p) + 8"))
            }
            _ => Ok(()),
        }
    }

    fn truth(&self, operand: &Operand, at: &Span) -> Result<bool, ExpressionError> {
        match self.number(operand, at)?.number {
            Number::Bool(set) => Ok(set),
            _ => Err(ExpressionError::wrong(
                at.clone(),
                "this is neither true nor false",
            )),
        }
    }

    fn shift(&self, op: BinaryOp, first: Const, second: &Const, at: &Span) -> Evaluated {
        let (Number::Int(count) | Number::Rune(count)) = second.number else {
            return Err(ExpressionError::wrong(
                at.clone(),
                "the count of a shift has to be an integer",
            ));
        };
        let (Number::Int(value) | Number::Rune(value)) = first.number else {
            return Err(ExpressionError::wrong(at.clone(), "only integers can be shifted"));
        };
        let ty = first.ty;
        let number = match &ty {
            // What leaves the width of a typed integer is gone; a count above it leaves nothing.
            Some(_) if op == BinaryOp::ShiftLeft && count >= 64 => 0,
            _ => number::shift(op, value, count).map_err(|what| ExpressionError::wrong(at.clone(), what))?,
        };
        let number = Number::Int(number);
        self.wrapped(Const { number, ty }, at).map(Operand::Const)
    }

    fn deref(&self, inner: &Expr) -> Evaluated {
        let operand = self.eval(inner)?;
        let stored = match operand {
            Operand::Type(ty) => return self.pointer_to(&ty, &inner.span).map(Operand::Type),
            Operand::Stored(stored) => stored,
            _ => {
                return Err(ExpressionError::wrong(
                    inner.span.clone(),
                    "this is not a pointer",
                ));
            }
        };
        match self.follow(&stored, &inner.span)? {
            Some(target) => Ok(Operand::Stored(target)),
            None => Err(
                ExpressionError::wrong(inner.span.clone(), "this is not a pointer")
                    .hint("a number becomes one by `(*T)(number)`"),
            ),
        }
    }

    /// What a pointer points to; `None` where the value is no pointer.
    pub(super) fn follow(&self, stored: &Stored, at: &Span) -> Result<Option<Stored>, ExpressionError> {
        let ty = self.underlying(&stored.ty, at)?;
        let Shape::Pointer { target } = ty.shape else {
            return Ok(None);
        };
        let Some(target) = target else {
            let what = "nothing says what this points to";
            return Err(ExpressionError::wrong(at.clone(), what));
        };
        let addr = self.word(stored, 0, at)?;
        if addr == 0 {
            return Err(ExpressionError::unavailable(at.clone(), "this is nil"));
        }
        Ok(Some(Stored::memory(Ty::Known(target), Addr(addr))))
    }

    fn address(&self, inner: &Expr) -> Evaluated {
        let stored = self.stored(inner)?;
        match &stored.at {
            At::Memory(addr) => {
                let ty = self.pointer_to(&stored.ty, &inner.span)?;
                Ok(Operand::Stored(Stored::of_bytes(ty, &addr.0.to_le_bytes())))
            }
            At::Pieces(..) => Err(ExpressionError::unavailable(
                inner.span.clone(),
                "this is kept in registers and has no address",
            )),
            At::Missing(missing) => Err(self.missing(missing, &inner.span)),
        }
    }

    /// Word number `index` of a value.
    pub(super) fn word(&self, stored: &Stored, index: u64, at: &Span) -> Result<u64, ExpressionError> {
        let word = stored
            .object()
            .and_then(|object| self.loader.word(object.at(index.saturating_mul(8))));
        word.map_err(|missing| self.missing(&missing, at))
    }

    pub(super) fn missing(&self, missing: &Missing, at: &Span) -> ExpressionError {
        ExpressionError::unavailable(at.clone(), missing.why.clone())
    }
}

fn constant(literal: &Literal, at: &Span) -> Result<Number, ExpressionError> {
    Ok(match literal {
        Literal::Int(number) => {
            let number = i128::try_from(*number)
                .map_err(|_| ExpressionError::wrong(at.clone(), "the number is too large"))?;
            Number::Int(number)
        }
        Literal::Float(number) => Number::Float(*number),
        Literal::Imaginary(number) => Number::Complex(0.0, *number),
        Literal::Char(character) => Number::Rune(i128::from(u32::from(*character))),
        Literal::Text(bytes) => Number::Text(bytes.clone()),
    })
}
