//! Why there are no values.

use crate::base::{Cancelled, ImageAddr};
use crate::symbols::SymbolError;

/// A question about variables that has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    #[error("no debug information for the code at {0}")]
    NoFunction(ImageAddr),
    #[error(transparent)]
    Symbols(SymbolError),
    #[error("debug information calls the function at this pc {debug}, the runtime calls it {runtime}")]
    OtherFunction { debug: String, runtime: String },
    #[error("values of image {wanted} cannot be read with the types of image {given}")]
    OtherImage { wanted: u32, given: u32 },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<SymbolError> for EvalError {
    fn from(error: SymbolError) -> Self {
        match error {
            SymbolError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            SymbolError::NoFunction(pc) => Self::NoFunction(pc),
            other => Self::Symbols(other),
        }
    }
}
