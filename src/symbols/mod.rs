//! What a binary says about code, types and variables. All indexes are lazy and shared; no I/O.
//!
//! Owns [`Image`], the identity of an ELF object, and [`DebugInfo`], its DWARF: functions and inlined
//! calls at a pc, the variables around it, types. Hands out locations as expressions; evaluating them
//! takes registers and memory, which are `eval`'s. Knows no Go runtime.

mod body;
mod closures;
mod constants;
mod dies;
mod dwarf;
mod error;
mod functions;
mod globals;
mod image;
mod made_types;
mod paths;
mod ranges;
mod runtime_types;
mod scopes;
mod sections;
mod signatures;
mod symtab;
#[cfg(test)]
pub(crate) mod synth;
#[cfg(test)]
mod tests;
mod type_names;
mod type_words;
mod types;
mod units;

pub use closures::Captured;
pub use constants::NamedConstant;
pub use dwarf::DebugInfo;
pub use error::SymbolError;
pub use functions::FunctionRef;
pub use globals::{Global, package_of};
pub use image::Image;
pub use paths::{SourceRoots, source_candidates};
pub use scopes::{DICTIONARY, Expression, FrameVariables, Variable, VariableLocation};
pub use signatures::Signature;
pub use symtab::{NamedAddr, SymbolTable};
pub use types::{Field, Shape, Type, TypeRef};
