//! Which type a name means: of a variable, of a type with or without its package.

use crate::base::{CancelToken, Pattern};
use crate::model::{Failure, FailureKind, FrameId};
use crate::symbols::{DebugInfo, SymbolError, TypeRef, package_of};
use crate::target::goroutines::cancelled;
use crate::target::inferior::Target;

/// Types named when a name can mean several.
const CANDIDATES_NAMED: usize = 8;

impl Target {
    /// Inner things first: variables of the frame, types, package variables; then both again as
    /// names of the frame's own package, and of `main`.
    pub(super) fn find_type(
        &self,
        info: &DebugInfo,
        name: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<TypeRef, Failure> {
        if let Some(found) = self.type_of_local(info, name, frame, cancel)? {
            return Ok(found);
        }
        let own = self.own_package(frame, cancel);
        let stars = name.len() - name.trim_start_matches('*').len();
        let (stars, bare) = name.split_at(stars);
        let mut tried = vec![name.to_owned()];
        if !bare.contains('.') {
            tried.extend(own.map(|package| format!("{stars}{package}.{bare}")));
            tried.push(format!("{stars}main.{bare}"));
        }
        for name in &tried {
            let found = info.types_named(name, cancel).map_err(cancelled)?;
            match found.as_slice() {
                [] => {}
                [only] => return Ok(*only),
                several => return Err(ambiguous(info, name, several)),
            }
            let globals = info.globals(&Pattern::literal(name), cancel).map_err(cancelled)?;
            if let Some(global) = globals.into_iter().find(|global| global.name == *name) {
                return Ok(global.ty());
            }
        }
        if is_word(name) {
            return Err(no_type(name));
        }
        // What is no name may still be an expression, and is told to be wrong as one.
        let value = self.evaluate(name, frame, cancel)?;
        let found = info.types_named(&value.type_name, cancel).map_err(cancelled)?;
        found.first().copied().ok_or_else(|| no_type(&value.type_name))
    }

    fn type_of_local(
        &self,
        info: &DebugInfo,
        name: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Option<TypeRef>, Failure> {
        let Some(frame) = frame.filter(|_| is_word(name)) else {
            return Ok(None);
        };
        // A frame without variables is no reason not to know types.
        let Ok(scope) = self.scope(frame, cancel) else {
            return Ok(None);
        };
        let mut variables = scope.args.iter().chain(&scope.locals);
        let Some(found) = variables.find(|value| value.name == name && !value.shadowed) else {
            return Ok(None);
        };
        let types = info.types_named(&found.type_name, cancel).map_err(cancelled)?;
        Ok(types.first().copied())
    }

    fn own_package(&self, frame: Option<FrameId>, cancel: &CancelToken) -> Option<String> {
        let frame = self.frame(frame?, cancel).ok()?.frame;
        Some(package_of(frame.location.function.as_deref()?).to_owned())
    }
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

pub(super) fn no_type(name: &str) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("there is no type and no variable {name:?} here"),
    )
    .hint("`types REGEX` lists types by name")
}

pub(super) fn damaged(error: &SymbolError) -> Failure {
    Failure::new(FailureKind::Unavailable, "this type cannot be read").because(error)
}

fn ambiguous(info: &DebugInfo, name: &str, found: &[TypeRef]) -> Failure {
    let full = |ty: &TypeRef| {
        info.type_at(*ty)
            .map_or_else(|_| "?".to_owned(), |ty| ty.name.to_string())
    };
    let mut names: Vec<String> = found.iter().map(full).collect();
    names.dedup();
    let more = names.len().saturating_sub(CANDIDATES_NAMED);
    names.truncate(CANDIDATES_NAMED);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Failure::new(
        FailureKind::Usage,
        format!("{name:?} can mean {}{rest}", names.join(", ")),
    )
}
