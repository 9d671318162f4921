//! Which type a name means: of a variable, of a type with or without its package.

use crate::base::CancelToken;
use crate::eval::expression;
use crate::model::{Failure, FailureKind, FrameId};
use crate::symbols::{DebugInfo, SymbolError, TypeRef};
use crate::target::expressions::failure;
use crate::target::goroutines::cancelled;
use crate::target::inferior::Target;

/// Types named when a name can mean several.
const CANDIDATES_NAMED: usize = 8;

impl Target {
    /// What the name means as an expression, whether that is a value or a type; else a type by the
    /// compiler's name for it.
    pub(super) fn find_type(
        &self,
        info: &DebugInfo,
        name: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<TypeRef, Failure> {
        let failed = match self.type_by_expression(name, frame, cancel) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => no_type(name),
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            Err(failure) => failure,
        };
        // The compiler's own names are no expressions; without a frame a bare name means main's.
        let bare = name.trim_start_matches('*');
        let stars = name.get(..name.len() - bare.len()).unwrap_or_default();
        for tried in [name.to_owned(), format!("{stars}main.{bare}")] {
            match info.types_named(&tried, cancel).map_err(cancelled)?.as_slice() {
                [] => {}
                [only] => return Ok(*only),
                several => return Err(ambiguous(info, name, several)),
            }
        }
        Err(if is_word(name) { no_type(name) } else { failed })
    }

    /// The type that an expression names or has. Frames of C code have types of another image.
    fn type_by_expression(
        &self,
        text: &str,
        frame: Option<FrameId>,
        cancel: &CancelToken,
    ) -> Result<Option<TypeRef>, Failure> {
        let go = self.go_image()?;
        let is_go = |frame: &FrameId| {
            let context = self.frame(*frame, cancel);
            context.is_ok_and(|context| {
                self.image_at(context.lookup_pc)
                    .is_ok_and(|(index, _)| index == go)
            })
        };
        let frame = frame.filter(is_go);
        self.with_expressions(frame, cancel, |context| {
            expression::type_of(context, text, cancel).map_err(|error| failure(text, error))
        })?
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
