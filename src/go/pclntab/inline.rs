//! Inlined calls without DWARF: the inline tree of a function.
//!
//! The tree is an array of records; PCDATA says which record a pc belongs to. A record names the
//! inlined function and a pc of the *call site* in the same function's code, whose own record is
//! the next call outwards.

use super::RecordFormat;
use super::func::{Func, data};
use crate::base::{Addr, Cursor, Limits, OutOfBounds};

/// One call at a pc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InlineCall<'t> {
    pub name: &'t str,
    pub file: Option<&'t str>,
    pub line: Option<u32>,
    /// Line of the `func` keyword, when recorded (Go 1.20 and later).
    pub start_line: Option<u32>,
    /// Made by the compiler to adapt a call.
    pub is_wrapper: bool,
}

/// The calls at `pc`, innermost first. A damaged tree gives the function itself at the end anyway.
pub(super) fn chain<'t>(func: &Func<'t>, pc: Addr, limits: &Limits) -> Vec<InlineCall<'t>> {
    let mut calls = Vec::with_capacity(2);
    let mut pc = pc;
    while calls.len() < limits.inline_depth {
        let (file, line) = func.file_line(pc);
        let Some(record) = record_at(func, pc) else {
            calls.push(InlineCall {
                name: func.name(),
                file,
                line,
                start_line: func.start_line(),
                is_wrapper: func.is_wrapper(),
            });
            return calls;
        };
        calls.push(InlineCall {
            name: func.table().name_at(record.name).unwrap_or_default(),
            file,
            line,
            start_line: record.start_line,
            is_wrapper: record.func_id == func.table().wrapper_id(),
        });
        pc = Addr(func.entry().0.wrapping_add(u64::from(record.parent_pc)));
    }
    calls
}

struct Record {
    func_id: u8,
    name: i32,
    parent_pc: u32,
    start_line: Option<u32>,
}

impl Record {
    fn read(tree: &[u8], index: usize, format: RecordFormat) -> Result<Self, OutOfBounds> {
        match format {
            RecordFormat::Go118 => {
                // parent i16, funcID u8, pad, file i32, line i32, func i32, parentPc i32
                let mut cursor = Cursor::at(tree, index.saturating_mul(20));
                cursor.skip(2)?;
                let func_id = cursor.u8()?;
                cursor.skip(9)?;
                Ok(Self {
                    func_id,
                    name: cursor.i32()?,
                    parent_pc: cursor.u32()?,
                    start_line: None,
                })
            }
            RecordFormat::Go120 => {
                // funcID u8, pad 3, nameOff i32, parentPc i32, startLine i32
                let mut cursor = Cursor::at(tree, index.saturating_mul(16));
                let [func_id, ..] = cursor.array::<4>()?;
                Ok(Self {
                    func_id,
                    name: cursor.i32()?,
                    parent_pc: cursor.u32()?,
                    start_line: Some(cursor.u32()?).filter(|&line| line > 0),
                })
            }
        }
    }
}

/// The record of the inlined call that `pc` belongs to; `None` in the function's own code.
fn record_at(func: &Func<'_>, pc: Addr) -> Option<Record> {
    let index = usize::try_from(func.pcdata(data::PC_INLINE_INDEX, pc)?).ok()?;
    let tree = func.funcdata(data::INLINE_TREE)?;
    Record::read(tree, index, func.table().format()).ok()
}
