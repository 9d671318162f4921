//! Machine code as text: what is decoded, how it is written, what its operands are called.

mod decode;
mod disassemble;
mod go_syntax;
mod iced_syntax;
mod names;

pub(super) use names::AddrNames;
