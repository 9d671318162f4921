//! [`Func`]: one function of the table.

use super::{InlineCall, Pclntab, RecordFormat, inline, pcvalue};
use crate::base::{Addr, AddrRange, Cursor, Limits, OutOfBounds};

/// Numbers of PCDATA and FUNCDATA tables; the same from Go 1.19 to 1.27.
pub mod data {
    /// PCDATA: index into the inline tree.
    pub const PC_INLINE_INDEX: usize = 2;
    /// PCDATA: where in the liveness bitmaps an argument's spill slots stand.
    pub const PC_ARG_LIVE: usize = 3;
    /// FUNCDATA: the inline tree.
    pub const INLINE_TREE: usize = 3;
    /// FUNCDATA: open-coded defers.
    pub const OPEN_DEFERS: usize = 4;
    /// FUNCDATA: how arguments are printed.
    pub const ARG_INFO: usize = 5;
    /// FUNCDATA: which arguments' spill slots are live.
    pub const ARG_LIVE_INFO: usize = 6;
    /// FUNCDATA: the function that a `go` or `defer` wrapper calls.
    pub const WRAP_INFO: usize = 7;
}

const TOP_FRAME: u8 = 1;
const SP_WRITE: u8 = 2;
const ASSEMBLY: u8 = 4;
/// abi.FuncFlag and ArgsSizeUnknown have not changed since Go 1.17.
const ARGS_SIZE_UNKNOWN: i32 = i32::MIN;
const NO_FUNCDATA: u32 = u32::MAX;

/// A function: a cheap view into the table.
#[derive(Clone, Copy)]
pub struct Func<'t> {
    table: &'t Pclntab,
    record: Record,
    entry: u32,
    end: u32,
}

/// `runtime._func` as it is written.
#[derive(Clone, Copy, Debug)]
struct Record {
    name: i32,
    args: i32,
    defer_return: u32,
    pc_sp: u32,
    pc_file: u32,
    pc_line: u32,
    pc_data_count: u32,
    unit: u32,
    start_line: Option<i32>,
    func_id: u8,
    flags: u8,
    func_data_count: u8,
    /// Offset of the PCDATA offsets, which the FUNCDATA offsets follow.
    tables: usize,
}

impl Record {
    fn read(bytes: &[u8], at: usize, format: RecordFormat) -> Result<Self, OutOfBounds> {
        let mut cursor = Cursor::at(bytes, at);
        cursor.skip(4)?;
        let mut record = Self {
            name: cursor.i32()?,
            args: cursor.i32()?,
            defer_return: cursor.u32()?,
            pc_sp: cursor.u32()?,
            pc_file: cursor.u32()?,
            pc_line: cursor.u32()?,
            pc_data_count: cursor.u32()?,
            unit: cursor.u32()?,
            start_line: None,
            func_id: 0,
            flags: 0,
            func_data_count: 0,
            tables: 0,
        };
        if format == RecordFormat::Go120 {
            record.start_line = Some(cursor.i32()?);
        }
        let [func_id, flags, _, func_data_count] = cursor.array()?;
        record.func_id = func_id;
        record.flags = flags;
        record.func_data_count = func_data_count;
        record.tables = cursor.offset();
        Ok(record)
    }
}

impl<'t> Func<'t> {
    pub(super) fn read(table: &'t Pclntab, at: usize, entry: u32, end: u32) -> Option<Self> {
        let record = Record::read(table.bytes(), at, table.format()).ok()?;
        (entry < end).then_some(Self {
            table,
            record,
            entry,
            end,
        })
    }

    /// First instruction.
    #[must_use]
    pub fn entry(&self) -> Addr {
        self.table.text_addr(self.entry)
    }

    /// One past the last byte, padding included.
    #[must_use]
    pub fn end(&self) -> Addr {
        self.table.text_addr(self.end)
    }

    #[must_use]
    pub fn contains(&self, pc: Addr) -> bool {
        AddrRange::between(self.entry(), self.end()).contains(pc)
    }

    /// Full name with package path and receiver; empty when the table is damaged there.
    #[must_use]
    pub fn name(&self) -> &'t str {
        self.table.name_at(self.record.name).unwrap_or_default()
    }

    /// Line of the `func` keyword; Go 1.20 and later.
    #[must_use]
    pub fn start_line(&self) -> Option<u32> {
        self.record
            .start_line
            .and_then(|line| u32::try_from(line).ok())
            .filter(|&line| line > 0)
    }

    /// Nothing calls this function: a stack ends here.
    #[must_use]
    pub const fn is_top_frame(&self) -> bool {
        self.record.flags & TOP_FRAME != 0
    }

    /// Writes SP in ways that its depth table cannot say.
    #[must_use]
    pub const fn is_sp_write(&self) -> bool {
        self.record.flags & SP_WRITE != 0
    }

    #[must_use]
    pub const fn is_assembly(&self) -> bool {
        self.record.flags & ASSEMBLY != 0
    }

    /// Made by the compiler to adapt a call: a method's pointer wrapper, an ABI wrapper.
    #[must_use]
    pub const fn is_wrapper(&self) -> bool {
        self.record.func_id == self.table.wrapper_id()
    }

    /// Bytes of stack arguments and results, when known.
    #[must_use]
    pub fn args_size(&self) -> Option<u32> {
        (self.record.args != ARGS_SIZE_UNKNOWN)
            .then(|| u32::try_from(self.record.args).ok())
            .flatten()
    }

    /// Where execution goes on after a recovered panic; `None` in functions without defers.
    #[must_use]
    pub fn defer_return(&self) -> Option<Addr> {
        let offset = self.record.defer_return;
        (offset != 0).then(|| self.entry().checked_add(u64::from(offset)))?
    }

    /// How far SP is below the return address at `pc`, in bytes. `None` without frame information
    /// (C code) and outside the function.
    #[must_use]
    pub fn frame_size(&self, pc: Addr) -> Option<i64> {
        self.table
            .pc_value(self.record.pc_sp, self.offset_of(pc)?)
            .map(i64::from)
            .filter(|&size| size >= 0)
    }

    /// File and line of the innermost position at `pc`, that of an inlined call included.
    #[must_use]
    pub fn file_line(&self, pc: Addr) -> (Option<&'t str>, Option<u32>) {
        let Some(offset) = self.offset_of(pc) else {
            return (None, None);
        };
        let file = self
            .table
            .pc_value(self.record.pc_file, offset)
            .and_then(|file| self.table.file_at(self.record.unit, file));
        let line = self
            .table
            .pc_value(self.record.pc_line, offset)
            .and_then(|line| u32::try_from(line).ok())
            .filter(|&line| line > 0);
        (file, line)
    }

    /// Runs of file numbers; see [`Func::file_of`].
    pub(super) fn file_runs(&self) -> pcvalue::Runs<'t> {
        self.table.pc_value_runs(self.record.pc_file)
    }

    pub(super) fn line_runs(&self) -> pcvalue::Runs<'t> {
        self.table.pc_value_runs(self.record.pc_line)
    }

    pub(super) fn file_of(&self, number: i32) -> Option<&'t str> {
        self.table.file_at(self.record.unit, number)
    }

    /// The calls at `pc`, innermost first; the last one is this function itself.
    ///
    /// `pc` is the pc to look up: for a return address the caller subtracts one.
    #[must_use]
    pub fn inline_chain(&self, pc: Addr, limits: &Limits) -> Vec<InlineCall<'t>> {
        inline::chain(self, pc, limits)
    }

    /// Value of PCDATA table `index` at `pc`.
    #[must_use]
    pub fn pcdata(&self, index: usize, pc: Addr) -> Option<i32> {
        if index >= usize::try_from(self.record.pc_data_count).ok()? {
            return None;
        }
        let at = self.record.tables.checked_add(index.checked_mul(4)?)?;
        let table = Cursor::at(self.table.bytes(), at).u32().ok()?;
        self.table.pc_value(table, self.offset_of(pc)?)
    }

    /// Bytes from the start of FUNCDATA `index` on; where it ends is for its reader to know.
    #[must_use]
    pub fn funcdata(&self, index: usize) -> Option<&'t [u8]> {
        self.table.funcdata_at(self.funcdata_offset(index)?)
    }

    /// Runtime address of FUNCDATA `index`.
    #[must_use]
    pub fn funcdata_addr(&self, index: usize) -> Option<Addr> {
        self.table.funcdata_addr(self.funcdata_offset(index)?)
    }

    /// Entry of the function that this `go` or `defer` wrapper calls; `None` for all others.
    #[must_use]
    pub fn wrapped_func(&self) -> Option<Addr> {
        let offset = Cursor::new(self.funcdata(data::WRAP_INFO)?).u32().ok()?;
        Some(self.table.text_addr(offset))
    }

    /// The table this function is in.
    #[must_use]
    pub const fn table(&self) -> &'t Pclntab {
        self.table
    }

    pub(super) fn offset_of(&self, pc: Addr) -> Option<u64> {
        self.contains(pc).then(|| pc.0.wrapping_sub(self.entry().0))
    }

    fn funcdata_offset(&self, index: usize) -> Option<u32> {
        if index >= usize::from(self.record.func_data_count) {
            return None;
        }
        let before = usize::try_from(self.record.pc_data_count).ok()?;
        let slot = before.checked_add(index)?.checked_mul(4)?;
        let at = self.record.tables.checked_add(slot)?;
        let offset = Cursor::at(self.table.bytes(), at).u32().ok()?;
        (offset != NO_FUNCDATA).then_some(offset)
    }
}

impl std::fmt::Debug for Func<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Func({} {}..{})", self.name(), self.entry(), self.end())
    }
}
