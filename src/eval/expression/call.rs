//! Conversions and Go's own functions. Functions of the program are never called.

use super::ast::{BinaryOp, Expr, ExprKind};
use super::error::{ExpressionError, Span};
use super::number;
use super::operand::{Builtin, Const, Number, Operand, Stored};
use super::run::{Evaluated, Evaluator};
use super::types::package_name;
use crate::base::Addr;
use crate::symbols::Shape;

impl Evaluator<'_> {
    /// `function(args)`.
    pub(super) fn call(&self, function: &Expr, args: &[Expr], at: &Span) -> Evaluated {
        if is_sizeof(function) {
            return self.builtin(Builtin::Sizeof, args, at);
        }
        match self.eval(function)? {
            Operand::Type(ty) => {
                let [arg] = args else {
                    return Err(ExpressionError::wrong(at.clone(), "a conversion takes one value"));
                };
                let operand = self.value(arg)?;
                self.convert(ty, &operand, &arg.span)
            }
            Operand::Builtin(builtin) => self.builtin(builtin, args, at),
            Operand::Func { .. } | Operand::Stored(_) => Err(ExpressionError::wrong(
                function.span.clone(),
                "functions of the program are not called: that could change it",
            )),
            Operand::Const(_) => Err(ExpressionError::wrong(
                function.span.clone(),
                "this is neither a type nor a function",
            )),
        }
    }

    fn builtin(&self, builtin: Builtin, args: &[Expr], at: &Span) -> Evaluated {
        let count = |wanted: &str| {
            let what = format!("{} takes {wanted}", builtin.name());
            ExpressionError::wrong(at.clone(), what)
        };
        match (builtin, args) {
            (Builtin::Len | Builtin::Cap, [arg]) => self.measure(builtin, arg),
            (Builtin::Sizeof, [arg]) => self.sizeof(arg),
            (Builtin::Real | Builtin::Imag, [arg]) => self.part_of_complex(builtin, arg),
            (Builtin::Complex, [re, im]) => self.complex(re, im, at),
            (Builtin::Min | Builtin::Max, [first, rest @ ..]) => self.extreme(builtin, first, rest),
            (Builtin::Min | Builtin::Max, []) => Err(count("one value at least")),
            (Builtin::Complex, _) => Err(count("two values")),
            _ => Err(count("one value")),
        }
    }

    fn measure(&self, builtin: Builtin, arg: &Expr) -> Evaluated {
        let operand = self.value(arg)?;
        let int = |len: u64| Operand::untyped(Number::Int(len.into()));
        let stored = match operand {
            Operand::Stored(stored) => stored,
            Operand::Const(Const {
                number: Number::Text(text),
                ..
            }) if builtin == Builtin::Len => {
                return Ok(int(text.len() as u64));
            }
            _ => return Err(self.no_measure(builtin, None, &arg.span)),
        };
        self.measure_stored(builtin, &stored, &arg.span).map(int)
    }

    fn measure_stored(&self, builtin: Builtin, stored: &Stored, at: &Span) -> Result<u64, ExpressionError> {
        let ty = self.underlying(&stored.ty, at)?;
        match (&ty.shape, builtin) {
            (Shape::String | Shape::Slice { .. }, Builtin::Len) => self.word(stored, 1, at),
            (Shape::Slice { .. }, Builtin::Cap) => self.word(stored, 2, at),
            (Shape::Array { count, .. }, _) => Ok(*count),
            (Shape::Map { .. }, Builtin::Len) | (Shape::Chan { .. }, _) => {
                // The loader knows the headers of all versions.
                let addr = Addr(self.word(stored, 0, at)?);
                if addr.is_null() {
                    return Ok(0);
                }
                let value = self.show("", &Operand::Stored(stored.clone()));
                let size = if builtin == Builtin::Len {
                    value.len
                } else {
                    value.cap
                };
                let why = || {
                    value
                        .unreadable
                        .clone()
                        .unwrap_or_else(|| "its header cannot be read".into())
                };
                size.ok_or_else(|| ExpressionError::unavailable(at.clone(), why()))
            }
            (Shape::Pointer { .. }, _) => match self.follow(stored, at)? {
                Some(target) if matches!(self.underlying(&target.ty, at)?.shape, Shape::Array { .. }) => {
                    self.measure_stored(builtin, &target, at)
                }
                _ => Err(self.no_measure(builtin, Some(stored), at)),
            },
            _ => Err(self.no_measure(builtin, Some(stored), at)),
        }
    }

    fn no_measure(&self, builtin: Builtin, stored: Option<&Stored>, at: &Span) -> ExpressionError {
        let what = stored.map_or_else(
            || "this".to_owned(),
            |stored| format!("a {}", self.type_name(&stored.ty)),
        );
        ExpressionError::wrong(at.clone(), format!("{what} has no {}", builtin.name()))
    }

    fn sizeof(&self, arg: &Expr) -> Evaluated {
        let ty = match self.eval(arg)? {
            Operand::Type(ty) => ty,
            Operand::Stored(stored) => stored.ty,
            Operand::Const(Const { ty: Some(ty), .. }) => ty,
            _ => {
                return Err(ExpressionError::wrong(
                    arg.span.clone(),
                    "this has no type of its own",
                ));
            }
        };
        let described = self.underlying(&ty, &arg.span)?;
        let size = described
            .size
            .or_else(|| self.context.values.info.size_of(described.id));
        let size = size.ok_or_else(|| {
            ExpressionError::unavailable(arg.span.clone(), "the debug information does not say its size")
        })?;
        Ok(Operand::untyped(Number::Int(size.into())))
    }

    fn part_of_complex(&self, builtin: Builtin, arg: &Expr) -> Evaluated {
        let operand = self.value(arg)?;
        let value = self.number(&operand, &arg.span)?;
        let (re, im) = match value.number {
            Number::Complex(re, im) => (re, im),
            Number::Float(re) => (re, 0.0),
            Number::Int(re) | Number::Rune(re) => (re as f64, 0.0),
            _ => {
                return Err(ExpressionError::wrong(
                    arg.span.clone(),
                    "this is not a complex number",
                ));
            }
        };
        let part = if builtin == Builtin::Real { re } else { im };
        Ok(Operand::untyped(Number::Float(part)))
    }

    fn complex(&self, re: &Expr, im: &Expr, at: &Span) -> Evaluated {
        let part = |expr: &Expr| {
            let operand = self.value(expr)?;
            match self.number(&operand, &expr.span)?.number {
                Number::Float(value) => Ok(value),
                Number::Int(value) | Number::Rune(value) => Ok(value as f64),
                _ => Err(ExpressionError::wrong(
                    at.clone(),
                    "both parts have to be numbers",
                )),
            }
        };
        Ok(Operand::untyped(Number::Complex(part(re)?, part(im)?)))
    }

    fn extreme(&self, builtin: Builtin, first: &Expr, rest: &[Expr]) -> Evaluated {
        let mut best = self.number(&self.value(first)?, &first.span)?;
        for expr in rest {
            let next = self.number(&self.value(expr)?, &expr.span)?;
            let (left, right) = self.unify(best, next, &expr.span)?;
            let op = if builtin == Builtin::Min {
                BinaryOp::Less
            } else {
                BinaryOp::Greater
            };
            let wins = number::compare(op, &right.number, &left.number);
            let wins = wins.map_err(|what| ExpressionError::wrong(expr.span.clone(), what))?;
            best = if wins { right } else { left };
        }
        Ok(Operand::Const(best))
    }
}

/// `unsafe.Sizeof`, which is no name of the program.
fn is_sizeof(function: &Expr) -> bool {
    match &function.kind {
        ExprKind::Select(package, name, _) => {
            name == "Sizeof" && package_name(package).as_deref() == Some("unsafe")
        }
        _ => false,
    }
}
