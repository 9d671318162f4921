//! What an expression is evaluated in, and the entry points.

use super::error::ExpressionError;
use super::operand::{Const, Operand, Ty};
use super::parse::parse;
use super::run::Evaluator;
use crate::base::{Addr, CancelToken};
use crate::eval::{FrameContext, ValueContext};
use crate::model::{Pointed, Value};
use crate::symbols::TypeRef;

/// What names in an expression can mean.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds an address space")]
pub struct ExpressionContext<'a> {
    pub values: ValueContext<'a>,
    /// Without one there are package variables only.
    pub frame: Option<FrameContext<'a>>,
    pub known: Known,
}

/// Facts that expressions reach under names of the runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// `runtime.curg`: the selected goroutine's descriptor.
    pub g: Option<Addr>,
    /// `runtime.goid`.
    pub goid: Option<u64>,
    /// `runtime.threadid`.
    pub tid: Option<u64>,
    /// `runtime.frameoff`: the frame's CFA below the stack's high end, in bytes; negative.
    pub frame_offset: Option<i64>,
}

/// The value of an expression, named like it.
///
/// # Errors
/// When it is no expression, or asks for what does not exist; says which part. A value that cannot
/// be read is no error: it says so itself.
pub fn evaluate(
    context: &ExpressionContext<'_>,
    text: &str,
    cancel: &CancelToken,
) -> Result<Value, ExpressionError> {
    let evaluator = Evaluator::new(context, cancel);
    let operand = evaluator.value(&parse(text)?)?;
    Ok(evaluator.show(text.trim(), &operand))
}

/// Where an expression points: see [`crate::model::Pointed`].
///
/// # Errors
/// As [`evaluate`], and when the value has no address.
pub fn point(
    context: &ExpressionContext<'_>,
    text: &str,
    cancel: &CancelToken,
) -> Result<Pointed, ExpressionError> {
    let evaluator = Evaluator::new(context, cancel);
    let tree = parse(text)?;
    evaluator.point(&evaluator.value(&tree)?, &tree.span)
}

/// The type that an expression names or has; `None` for what has none in the debug information.
///
/// # Errors
/// As [`evaluate`].
pub fn type_of(
    context: &ExpressionContext<'_>,
    text: &str,
    cancel: &CancelToken,
) -> Result<Option<TypeRef>, ExpressionError> {
    let evaluator = Evaluator::new(context, cancel);
    let ty = match evaluator.eval(&parse(text)?)? {
        Operand::Type(ty) => Some(ty),
        Operand::Stored(stored) => Some(stored.ty),
        Operand::Const(Const { ty, .. }) => ty,
        Operand::Func { .. } | Operand::Builtin(_) => None,
    };
    Ok(match ty {
        Some(Ty::Known(known)) => Some(known),
        _ => None,
    })
}
