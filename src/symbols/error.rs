//! Why symbols cannot say something.

use crate::base::{Cancelled, ImageAddr};
use crate::elf::ElfError;

/// A question that the debug information could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    #[error("the file has no debug information (section .debug_info)")]
    NoDebugInfo,
    #[error("debug information cannot be read")]
    Section(#[from] ElfError),
    #[error("debug information is damaged at {offset:#x}")]
    Damaged { offset: u64, source: gimli::Error },
    #[error("debug information holds no unit at {0:#x}")]
    NoUnit(u64),
    #[error("debug information describes no function at {0}")]
    NoFunction(ImageAddr),
    #[error("debug information describes {known} inlined calls at this pc, not {wanted}")]
    InlineDepth { wanted: usize, known: usize },
    #[error("types refer to each other more than {0} levels deep")]
    TypeDepth(usize),
    #[error("the type at {0:#x} is damaged")]
    BadType(u64),
    #[error("the debug information does not describe its type")]
    Undescribed,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl SymbolError {
    pub(super) fn at(offset: usize) -> impl Fn(gimli::Error) -> Self {
        move |source| Self::Damaged {
            offset: offset as u64,
            source,
        }
    }
}
