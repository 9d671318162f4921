//! Fields, also those promoted by embedding, and what interfaces hold.

use super::ast::Expr;
use super::error::{ExpressionError, Fault, Span};
use super::operand::{Number, Operand, Stored, Ty};
use super::run::{Evaluated, Evaluator};
use super::types::package_name;
use crate::symbols::{Shape, package_of};

/// Levels of embedding looked through.
const EMBEDDED_DEPTH: usize = 16;
/// Structs looked into for one promoted field.
const EMBEDDED: usize = 256;

impl Evaluator<'_> {
    /// `inner.name`: a field, or a name of a package.
    pub(super) fn select(&self, inner: &Expr, name: &str, at: &Span) -> Evaluated {
        let stored = match (self.eval(inner), package_name(inner)) {
            (Ok(Operand::Stored(stored)), _) => stored,
            (Err(error), Some(_)) if error.kind == Fault::Cancelled => return Err(error),
            (Err(error), Some(package)) => {
                return self.member(&package, name, &(inner.span.start..at.end), error);
            }
            // A package may be called like a function or a type: main, min.
            (Ok(_), Some(package)) => {
                return self.resolve_in_package(&package, name, &(inner.span.start..at.end));
            }
            (Err(error), None) => return Err(error),
            (Ok(_), None) => {
                return Err(ExpressionError::wrong(inner.span.clone(), "this has no fields"));
            }
        };
        self.field(&stored, name, &inner.span, at).map(Operand::Stored)
    }

    /// A name behind one that means nothing by itself.
    fn member(&self, package: &str, name: &str, at: &Span, error: ExpressionError) -> Evaluated {
        self.resolve_in_package(package, name, at)
            .map_err(|other| match other.kind {
                // Not a package either: the name in front is what is wrong.
                Fault::Unknown if !self.is_package(package) => error,
                _ => other,
            })
    }

    fn is_package(&self, name: &str) -> bool {
        let ends = format!("/{name}");
        let known = |function: &str| {
            let package = package_of(function);
            package == name || package.ends_with(&ends)
        };
        let go = self.context.values.go;
        go.is_some_and(|go| go.code.funcs().any(|func| known(func.name())))
    }

    /// Field `name` of a struct, of what a pointer points to, or of what an interface holds.
    fn field(&self, stored: &Stored, name: &str, inner: &Span, at: &Span) -> Result<Stored, ExpressionError> {
        let mut outer = stored.clone();
        let mut ty = self.underlying(&outer.ty, inner)?;
        if matches!(ty.shape, Shape::Interface { .. }) {
            outer = self
                .dynamic(&outer, inner)?
                .ok_or_else(|| ExpressionError::unavailable(inner.clone(), "this is nil"))?;
            ty = self.underlying(&outer.ty, inner)?;
        }
        if matches!(ty.shape, Shape::Pointer { .. })
            && let Some(target) = self.follow(&outer, inner)?
        {
            outer = target;
            ty = self.underlying(&outer.ty, inner)?;
        }
        if !matches!(ty.shape, Shape::Struct { .. }) {
            let what = format!("a {} has no fields", self.type_name(&stored.ty));
            return Err(ExpressionError::wrong(inner.clone(), what));
        }
        match self.promoted(&outer, name, at)? {
            Some(field) => Ok(field),
            None => Err(self.no_field(&outer, name, at)),
        }
    }

    fn no_field(&self, outer: &Stored, name: &str, at: &Span) -> ExpressionError {
        let ty = self.type_name(&outer.ty);
        let package = package_of(&ty);
        let bare = ty.get(package.len() + 1..).unwrap_or(&ty);
        let methods = [format!("{ty}.{name}"), format!("{package}.(*{bare}).{name}")];
        let go = self.context.values.go;
        let is_method = |full: &String| go.is_some_and(|go| go.code.find_name(full).is_some());
        if methods.iter().any(is_method) {
            let what =
                format!("{name} is a method of {ty}; methods are not called: that could change the program");
            return ExpressionError::wrong(at.clone(), what);
        }
        ExpressionError::unknown(at.clone(), format!("{ty} has no field {name}"))
            .hint("`ptype` lists the fields of a type")
    }

    /// The field of this name at the least depth of embedding, as Go's selectors find it.
    fn promoted(&self, outer: &Stored, name: &str, at: &Span) -> Result<Option<Stored>, ExpressionError> {
        let mut level = vec![outer.clone()];
        let mut seen = 0_usize;
        for _ in 0..EMBEDDED_DEPTH {
            let mut found = Vec::new();
            let mut next = Vec::new();
            for object in &level {
                seen += 1;
                let ty = self.underlying(&object.ty, at)?;
                let Shape::Struct { fields } = &ty.shape else {
                    continue;
                };
                for field in fields.iter().filter(|field| !field.is_bit_field) {
                    let part = || object.part(Ty::Known(field.ty), field.offset);
                    if *field.name == *name || (field.embedded && last_element(&field.name) == name) {
                        found.push(part());
                    } else if field.embedded {
                        next.extend(self.embedded(part(), at)?);
                    }
                }
            }
            match found.len() {
                0 => level = next,
                1 => return Ok(found.pop()),
                _ => {
                    let what = format!("{name} is ambiguous: {} embedded structs have it", found.len());
                    return Err(ExpressionError::wrong(at.clone(), what));
                }
            }
            if level.is_empty() || seen >= EMBEDDED {
                break;
            }
        }
        Ok(None)
    }

    /// The struct that an embedded field is or points to; nothing behind nil.
    fn embedded(&self, field: Stored, at: &Span) -> Result<Option<Stored>, ExpressionError> {
        match self.underlying(&field.ty, at)?.shape {
            Shape::Struct { .. } => Ok(Some(field)),
            Shape::Pointer { .. } => Ok(self.follow(&field, at).ok().flatten()),
            _ => Ok(None),
        }
    }

    /// `inner.(T)`; without a type whatever the interface holds.
    pub(super) fn assert(&self, inner: &Expr, ty: Option<&Expr>) -> Evaluated {
        let stored = self.stored(inner)?;
        let described = self.underlying(&stored.ty, &inner.span)?;
        if !matches!(described.shape, Shape::Interface { .. }) {
            let what = format!("a {} is not an interface", self.type_name(&stored.ty));
            return Err(ExpressionError::wrong(inner.span.clone(), what));
        }
        let dynamic = self.dynamic(&stored, &inner.span)?;
        let Some(wanted) = ty else {
            return Ok(dynamic.map_or(Operand::untyped(Number::Nil), Operand::Stored));
        };
        let wanted_ty = self.resolve_type(wanted)?;
        let Some(dynamic) = dynamic else {
            return Err(ExpressionError::unavailable(inner.span.clone(), "this is nil"));
        };
        if self.same_type(&dynamic.ty, &wanted_ty) {
            return Ok(Operand::Stored(dynamic));
        }
        let (has, not) = (self.type_name(&dynamic.ty), self.type_name(&wanted_ty));
        Err(ExpressionError::wrong(
            wanted.span.clone(),
            format!("it holds a {has}, not a {not}"),
        ))
    }

    /// What an interface holds; `None` in nil.
    pub(super) fn dynamic(&self, stored: &Stored, at: &Span) -> Result<Option<Stored>, ExpressionError> {
        let ty = self.underlying(&stored.ty, at)?;
        let Shape::Interface { repr } = ty.shape else {
            return Ok(Some(stored.clone()));
        };
        let object = stored.object().map_err(|missing| self.missing(&missing, at))?;
        let held = self
            .loader
            .held(repr, object)
            .map_err(|missing| self.missing(&missing, at))?;
        Ok(held.map(|(ty, is_direct, addr)| {
            if is_direct {
                stored.part(Ty::Known(ty), 8)
            } else {
                Stored::memory(Ty::Known(ty), addr)
            }
        }))
    }
}

/// How an embedded field is selected: `Mutex` of `sync.Mutex`, `Pair` of `main.Pair[int]`.
fn last_element(name: &str) -> &str {
    let name = name.split('[').next().unwrap_or(name);
    name.rsplit(['.', '/']).next().unwrap_or(name)
}
