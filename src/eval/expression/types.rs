//! Types by name and by construction.

use std::sync::Arc;

use super::ast::{Expr, ExprKind, Literal, UnaryOp};
use super::error::{ExpressionError, Span};
use super::operand::{Operand, Ty};
use super::run::Evaluator;
use crate::symbols::{Shape, Type, TypeRef};

impl Evaluator<'_> {
    /// The type that an expression names.
    pub(super) fn resolve_type(&self, expr: &Expr) -> Result<Ty, ExpressionError> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.resolve_type(inner),
            ExprKind::Unary(UnaryOp::Deref, target) => {
                let target = self.resolve_type(target)?;
                self.pointer_to(&target, &expr.span)
            }
            ExprKind::SliceType(elem) => {
                let elem = self.resolve_type(elem)?;
                self.slice_of(&elem, &expr.span)
            }
            ExprKind::ArrayType(len, elem) => {
                let ExprKind::Literal(Literal::Int(len)) = len.kind else {
                    return Err(ExpressionError::wrong(
                        len.span.clone(),
                        "the length has to be a number",
                    ));
                };
                let elem = self.type_name(&self.resolve_type(elem)?);
                self.written(&format!("[{len}]{elem}"), &expr.span)
            }
            ExprKind::MapType(key, elem) => {
                let key = self.type_name(&self.resolve_type(key)?);
                let elem = self.type_name(&self.resolve_type(elem)?);
                self.written(&format!("map[{key}]{elem}"), &expr.span)
            }
            ExprKind::WrittenType(text) => self.written(text, &expr.span),
            _ => match self.eval(expr)? {
                Operand::Type(ty) => Ok(ty),
                _ => Err(ExpressionError::wrong(expr.span.clone(), "this is not a type")),
            },
        }
    }

    /// A generic type with its arguments, `main.Pair[int, string]`.
    pub(super) fn instance(&self, generic: &Expr, args: &[Expr]) -> Result<Option<Ty>, ExpressionError> {
        let Some(name) = written_name(generic) else {
            return Ok(None);
        };
        let mut names = Vec::new();
        for arg in args {
            names.push(self.type_name(&self.resolve_type(arg)?));
        }
        let full = format!("{name}[{}]", names.join(","));
        self.find_type(&full, &generic.span)
    }

    fn written(&self, name: &str, at: &Span) -> Result<Ty, ExpressionError> {
        self.find_type(name, at)?.ok_or_else(|| {
            ExpressionError::unknown(at.clone(), format!("the program has no type {name}"))
                .hint("`types` lists those that the debug information describes")
        })
    }

    /// The type of this name; the error is for names that can mean several.
    pub(super) fn find_type(&self, name: &str, at: &Span) -> Result<Option<Ty>, ExpressionError> {
        let info = self.context.values.info;
        let found = info.types_named(name, self.cancel);
        let found = found.map_err(|cancelled| ExpressionError::cancelled(at.clone(), &cancelled))?;
        let mut names: Vec<String> = found.iter().map(|ty| self.type_name(&Ty::Known(*ty))).collect();
        names.dedup();
        match (found.first(), names.as_slice()) {
            (None, _) => Ok(None),
            (Some(ty), [_]) => Ok(Some(Ty::Known(*ty))),
            (Some(_), names) => {
                let what = format!("{name} can mean {}", names.join(", "));
                Err(ExpressionError::wrong(at.clone(), what).hint("put the import path in double quotes"))
            }
        }
    }

    /// `*T`, made up where the program has no such type.
    pub(super) fn pointer_to(&self, target: &Ty, at: &Span) -> Result<Ty, ExpressionError> {
        let target = known(target, at)?;
        if let Some(pointer) = self.context.values.info.pointer_to(target) {
            return Ok(Ty::Known(pointer));
        }
        let name = format!("*{}", self.type_name(&Ty::Known(target)));
        let shape = Shape::Pointer { target: Some(target) };
        Ok(made(&name, 8, shape))
    }

    /// `[]T`, made up where the program has no such type.
    pub(super) fn slice_of(&self, elem: &Ty, at: &Span) -> Result<Ty, ExpressionError> {
        let elem = known(elem, at)?;
        let name = format!("[]{}", self.type_name(&Ty::Known(elem)));
        if let Some(slice) = self.find_type(&name, at)? {
            return Ok(slice);
        }
        Ok(made(&name, 24, Shape::Slice { elem }))
    }
}

fn known(ty: &Ty, at: &Span) -> Result<TypeRef, ExpressionError> {
    match ty {
        Ty::Known(known) => Ok(*known),
        Ty::Made(made) => {
            let what = format!("the program has no type {}", made.name);
            Err(ExpressionError::unknown(at.clone(), what))
        }
    }
}

fn made(name: &str, size: u64, shape: Shape) -> Ty {
    Ty::Made(Arc::new(Type::plain(TypeRef(u64::MAX), name, Some(size), shape)))
}

/// `name` or `package.name`, as it is written.
pub(super) fn written_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Select(inner, name, _) => Some(format!("{}.{name}", package_name(inner)?)),
        _ => None,
    }
}

/// A package, by its name or by its path in quotes.
pub(super) fn package_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Literal(Literal::Text(path)) => String::from_utf8(path.clone()).ok(),
        _ => None,
    }
}
