//! The Go function table: every pc's function, file, line, inlined calls and stack depth.
//!
//! It is in every Go binary, stripped ones included, since the runtime itself unwinds with it. The
//! table stays where it is mapped; a lookup is a binary search and one or two short decodes. Knows
//! nothing of goroutines; the text base and the funcdata blob come from moduledata.
//!
//! ```text
//!   header | function names | cutab | file names | pctab | functab: (entry, offset)* end | _func records
//! ```

mod find;
mod func;
mod header;
mod inline;
mod lines;
mod pcvalue;
mod table;

pub use find::{find_in_memory, find_pclntab};
pub use func::{Func, data};
pub use header::{Header, RecordFormat};
pub use inline::InlineCall;
pub use lines::LineRun;
pub use table::{Pclntab, TextBase};

#[cfg(test)]
pub mod fake;
#[cfg(test)]
mod tests;
