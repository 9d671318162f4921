//! What names mean: variables of the frame, package variables, registers, functions, types, and the
//! packages in front of them.

use super::error::{ExpressionError, Span};
use super::operand::{At, Builtin, Const, Number, Operand, Stored, Ty};
use super::run::{Evaluated, Evaluator};
use crate::arch::amd64;
use crate::base::{Addr, Pattern};
use crate::eval::EvalError;
use crate::eval::bytes::{Missing, Object};
use crate::eval::place::{Machine, Place};
use crate::eval::scope;
use crate::eval::visible::visible_variables;
use crate::symbols::{Global, Shape, Variable, package_of};

/// Candidates named in one message.
const NAMED: usize = 6;

impl Evaluator<'_> {
    /// A name that stands alone.
    pub(super) fn resolve_name(&self, name: &str, at: &Span) -> Evaluated {
        if let Some(variable) = self.frame_variable(name, at)? {
            return Ok(Operand::Stored(variable));
        }
        if let Some(package) = self.package()
            && let Some(found) = self.find_member(&package, name, at)?
        {
            return Ok(found);
        }
        if let Some(constant) = universal(name) {
            return Ok(constant);
        }
        if let Some(register) = self.register(name, at)? {
            return Ok(register);
        }
        if let Some(ty) = self.find_type(name, at)? {
            return Ok(Operand::Type(ty));
        }
        let place = if self.context.frame.is_some() {
            "in this frame"
        } else {
            "without a frame"
        };
        Err(
            ExpressionError::unknown(at.clone(), format!("nothing is called {name} {place}"))
                .hint("`locals`, `args` and `vars` list what there is"),
        )
    }

    /// `package.name`, where the package is written as the import path or its last element.
    pub(super) fn resolve_in_package(&self, package: &str, name: &str, at: &Span) -> Evaluated {
        if let Some(found) = self.pseudo(package, name, at)? {
            return Ok(found);
        }
        if let Some(found) = self.find_member(package, name, at)? {
            return Ok(found);
        }
        Err(
            ExpressionError::unknown(at.clone(), format!("nothing is called {package}.{name}"))
                .hint("`vars`, `funcs` and `types` list what there is"),
        )
    }

    fn find_member(&self, package: &str, name: &str, at: &Span) -> Result<Option<Operand>, ExpressionError> {
        if let Some(global) = self.global(package, name, at)? {
            return Ok(Some(Operand::Stored(global)));
        }
        let full = format!("{package}.{name}");
        if let Some(func) = self.func(&full) {
            return Ok(Some(func));
        }
        if let Some(constant) = self.constant(package, name, at)? {
            return Ok(Some(constant));
        }
        Ok(self.find_type(&full, at)?.map(Operand::Type))
    }

    /// A constant of a package: untyped where its type is one of Go's own, which the compiler
    /// writes down for untyped ones as well.
    fn constant(&self, package: &str, name: &str, at: &Span) -> Result<Option<Operand>, ExpressionError> {
        let info = self.context.values.info;
        let Some((number, ty)) = info.constant_named(package, name) else {
            return Ok(None);
        };
        let is_own = !self.type_name(&Ty::Known(ty)).contains('.');
        if is_own {
            return Ok(Some(Operand::untyped(Number::Int(number))));
        }
        let ty = Ty::Known(ty);
        let constant = Const {
            number: Number::Int(number),
            ty: Some(ty),
        };
        self.wrapped(constant, at)
            .map(|constant| Some(Operand::Const(constant)))
    }

    /// The import path of the frame's function.
    fn package(&self) -> Option<String> {
        let function = self.context.frame.as_ref()?.function?;
        Some(package_of(function).replace("%2e", "."))
    }

    /// The variable of this name that the frame's line sees.
    fn frame_variable(&self, name: &str, at: &Span) -> Result<Option<Stored>, ExpressionError> {
        let Some(frame) = &self.context.frame else {
            return Ok(None);
        };
        let (machine, found) = match scope::variables_of(frame, self.cancel) {
            Ok(found) => found,
            // Code without debug information has no variables; other names may still mean something.
            Err(EvalError::NoFunction(_)) => return Ok(None),
            Err(EvalError::Cancelled(cancelled)) => {
                return Err(ExpressionError::cancelled(at.clone(), &cancelled));
            }
            // A package variable of this name must not be taken for one of the frame's.
            Err(why) => {
                let what = format!("the variables of this frame cannot be read: {why}");
                return Err(ExpressionError::unavailable(at.clone(), what));
            }
        };
        let shown = visible_variables(found.variables, found.is_go, frame.line);
        let wanted = shown
            .into_iter()
            .find(|shown| shown.variable.name == name && !shown.shadowed);
        wanted
            .map(|shown| self.place_variable(&machine, &shown.variable, at))
            .transpose()
    }

    fn place_variable(
        &self,
        machine: &Machine<'_>,
        variable: &Variable<'_>,
        at: &Span,
    ) -> Result<Stored, ExpressionError> {
        let untyped = || ExpressionError::unavailable(at.clone(), "its type is not described");
        let ty = variable.ty.ok_or_else(untyped)?;
        let size = if variable.escaped {
            Some(8)
        } else {
            machine.info.size_of(ty)
        };
        let stored = Stored {
            ty: Ty::Known(ty),
            at: place(scope::place_of(machine, &variable.location, size)),
        };
        if !variable.escaped {
            return Ok(stored);
        }
        let Shape::Pointer { target: Some(target) } = self.underlying(&stored.ty, at)?.shape else {
            return Err(untyped());
        };
        let addr = stored.object().and_then(|object| self.loader.word(object));
        let place = match addr {
            Ok(0) => At::Missing(Missing::unreadable("not allocated yet")),
            Ok(addr) => At::Memory(Addr(addr)),
            Err(missing) => At::Missing(missing),
        };
        Ok(Stored {
            ty: Ty::Known(target),
            at: place,
        })
    }

    fn global(&self, package: &str, name: &str, at: &Span) -> Result<Option<Stored>, ExpressionError> {
        let info = self.context.values.info;
        let last = format!("{}.{name}", package.rsplit('/').next().unwrap_or(package));
        let found = info.globals(&Pattern::literal(&last), self.cancel);
        let found = found.map_err(|cancelled| ExpressionError::cancelled(at.clone(), &cancelled))?;
        let full = format!("{package}.{name}");
        let exact = found.iter().find(|global| plain(&global.name) == full);
        let behind_path = format!("/{full}");
        let mut by_end = found
            .iter()
            .filter(|global| plain(&global.name).ends_with(&behind_path));
        let global = match (exact, by_end.next(), by_end.next()) {
            (Some(exact), ..) => exact,
            (None, Some(only), None) => only,
            (None, None, _) => return Ok(None),
            (None, Some(_), Some(_)) => return Err(self.ambiguous(&full, &found, at)),
        };
        Ok(Some(self.place_global(global)))
    }

    fn ambiguous(&self, full: &str, found: &[&Global], at: &Span) -> ExpressionError {
        let names: Vec<_> = found
            .iter()
            .filter(|global| plain(&global.name).ends_with(full))
            .take(NAMED)
            .map(|global| plain(&global.name))
            .collect();
        ExpressionError::wrong(at.clone(), format!("{full} can mean {}", names.join(", ")))
            .hint("put the import path in double quotes: \"net/http\".DefaultClient")
    }

    fn place_global(&self, global: &Global) -> Stored {
        let machine = scope::outside(&self.context.values);
        let location = self.context.values.info.global_location(global);
        let size = self.context.values.info.size_of(global.ty());
        Stored {
            ty: Ty::Known(global.ty()),
            at: place(scope::place_of(&machine, &location, size)),
        }
    }

    fn func(&self, full: &str) -> Option<Operand> {
        let go = self.context.values.go?;
        let func = go.code.find_name(full)?;
        Some(Operand::Func {
            name: func.name().to_owned(),
            entry: func.entry(),
        })
    }

    /// A register of the frame, in capitals or not: a variable of the same name comes first.
    fn register(&self, name: &str, at: &Span) -> Result<Option<Operand>, ExpressionError> {
        let Some(frame) = &self.context.frame else {
            return Ok(None);
        };
        let wanted = match name.to_ascii_lowercase().as_str() {
            "pc" => "rip".to_owned(),
            "sp" => "rsp".to_owned(),
            other => other.to_owned(),
        };
        let Some((_, register)) = amd64::GENERAL.iter().find(|(name, _)| *name == wanted) else {
            return Ok(None);
        };
        let Some(value) = frame.registers.get(*register) else {
            let what = format!("what {wanted} held in this frame is not known");
            return Err(ExpressionError::unavailable(at.clone(), what));
        };
        Ok(Some(self.word_of_type("uint64", value, at)?))
    }

    /// What Delve offers under names of the runtime.
    fn pseudo(&self, package: &str, name: &str, at: &Span) -> Result<Option<Operand>, ExpressionError> {
        if package != "runtime" {
            return Ok(None);
        }
        let known = &self.context.known;
        let (value, ty) = match name {
            "curg" => (known.g.map(|addr| addr.0), "*runtime.g"),
            "goid" => (known.goid, "int64"),
            "threadid" => (known.tid, "int"),
            "frameoff" => (known.frame_offset.map(|offset| offset as u64), "int64"),
            _ => return Ok(None),
        };
        let Some(value) = value else {
            let what = format!("there is no runtime.{name} here: no goroutine or thread is selected");
            return Err(ExpressionError::unavailable(at.clone(), what));
        };
        self.word_of_type(ty, value, at).map(Some)
    }

    /// A word that has a type by agreement.
    fn word_of_type(&self, ty: &str, value: u64, at: &Span) -> Evaluated {
        let found = match ty.strip_prefix('*') {
            Some(target) => match self.find_type(target, at)? {
                Some(target) => Some(self.pointer_to(&target, at)?),
                None => None,
            },
            None => self.find_type(ty, at)?,
        };
        Ok(match found {
            Some(ty) => Operand::Stored(Stored::of_bytes(ty, &value.to_le_bytes())),
            None => Operand::untyped(Number::Int(value.into())),
        })
    }
}

/// Names that need no target.
fn universal(name: &str) -> Option<Operand> {
    Some(match name {
        "true" => Operand::bool(true),
        "false" => Operand::bool(false),
        "nil" => Operand::untyped(Number::Nil),
        _ => Operand::Builtin(Builtin::named(name)?),
    })
}

fn place(place: Place) -> At {
    match place {
        Place::Memory(addr) => At::Memory(addr),
        Place::Scattered(pieces) => At::Pieces(std::rc::Rc::new(pieces), 0),
        Place::Missing(missing) => At::Missing(missing),
    }
}

/// A full name with the linker's `%2e` undone.
fn plain(name: &str) -> String {
    name.replace("%2e", ".")
}

impl Stored {
    /// Where it lies in memory; `None` for what registers hold and for what is nowhere.
    pub(super) fn memory_addr(&self) -> Option<Addr> {
        self.object().ok().and_then(Object::addr)
    }
}
