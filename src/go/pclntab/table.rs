//! One module's function table: lookup by pc, and access to its sub-tables for [`Func`].

use super::{Func, Header, RecordFormat, pcvalue};
use crate::base::{Addr, AddrRange, Cursor};
use crate::go::{GoError, Region};

/// What moduledata says about the code a table describes. All addresses are runtime ones.
#[derive(Clone, Debug)]
pub struct TextBase {
    /// `runtime.text .. runtime.etext`. Not the `.text` section: with an external linker that
    /// starts with C code.
    pub text: AddrRange,
    /// The funcdata blob `go:func.*`, when its bytes are at hand.
    pub funcdata: Option<Region>,
    /// The funcID that marks wrappers in this version.
    pub wrapper_id: u8,
}

/// The function table of one module. Shared by all threads; nothing is parsed before it is asked for.
#[derive(Clone, Debug)]
pub struct Pclntab {
    region: Region,
    header: Header,
    base: TextBase,
}

impl Pclntab {
    /// Takes a table whose first bytes are `region`.
    pub fn new(region: Region, base: TextBase) -> Result<Self, GoError> {
        let header = Header::parse(region.bytes())?;
        Ok(Self { region, header, base })
    }

    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The code that this table describes.
    #[must_use]
    pub const fn text(&self) -> AddrRange {
        self.base.text
    }

    /// Runtime address of the table.
    #[must_use]
    pub const fn addr(&self) -> Addr {
        self.region.addr()
    }

    /// The function whose code holds `pc`.
    #[must_use]
    pub fn find_func(&self, pc: Addr) -> Option<Func<'_>> {
        let offset = self.text_offset(pc)?;
        let (mut low, mut high) = (0, self.header.functions);
        while low < high {
            let middle = low.midpoint(high);
            if self.entry_offset(middle)? <= offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let func = self.func(low.checked_sub(1)?)?;
        // The last word of the table is the end of the last function.
        func.contains(pc).then_some(func)
    }

    /// The functions in order of address; damaged entries are left out.
    pub fn funcs(&self) -> impl Iterator<Item = Func<'_>> {
        (0..self.header.functions).filter_map(|index| self.func(index))
    }

    /// The first function, in order of address, that has exactly this name.
    ///
    /// Looks at every function: for the few names that are needed once.
    #[must_use]
    pub fn find_name(&self, name: &str) -> Option<Func<'_>> {
        self.funcs().find(|func| func.name() == name)
    }

    fn func(&self, index: usize) -> Option<Func<'_>> {
        let mut cursor = Cursor::at(
            self.bytes(),
            self.header.function_table.checked_add(index.checked_mul(8)?)?,
        );
        let (entry, record, end) = (cursor.u32().ok()?, cursor.u32().ok()?, cursor.u32().ok()?);
        let at = self
            .header
            .function_table
            .checked_add(usize::try_from(record).ok()?)?;
        Func::read(self, at, entry, end)
    }

    fn entry_offset(&self, index: usize) -> Option<u32> {
        let at = self.header.function_table.checked_add(index.checked_mul(8)?)?;
        Cursor::at(self.bytes(), at).u32().ok()
    }

    fn text_offset(&self, pc: Addr) -> Option<u32> {
        u32::try_from(pc.0.checked_sub(self.base.text.start.0)?).ok()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.region.bytes()
    }

    pub(super) const fn format(&self) -> RecordFormat {
        self.header.format
    }

    pub(super) const fn wrapper_id(&self) -> u8 {
        self.base.wrapper_id
    }

    /// The address `offset` bytes into the text.
    pub(super) fn text_addr(&self, offset: u32) -> Addr {
        Addr(self.base.text.start.0.wrapping_add(u64::from(offset)))
    }

    /// A function name by its offset.
    pub(super) fn name_at(&self, offset: i32) -> Option<&str> {
        let into = usize::try_from(offset).ok()?;
        let at = self.header.names.checked_add(into)?;
        text_before(self.bytes(), at, self.header.units)
    }

    /// The path of file number `file` of the compilation unit whose entries start at `unit`.
    pub(super) fn file_at(&self, unit: u32, file: i32) -> Option<&str> {
        let index = u64::from(unit).checked_add(u64::try_from(file).ok()?)?;
        let at = usize::try_from(index.checked_mul(4)?).ok()?;
        let offset = Cursor::at(self.bytes(), self.header.units.checked_add(at)?)
            .u32()
            .ok()?;
        let at = self
            .header
            .file_names
            .checked_add(usize::try_from(offset).ok()?)?;
        text_before(self.bytes(), at, self.header.pc_values)
    }

    /// The paths of all files that functions were compiled from, as recorded.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let names = self.bytes().get(self.header.file_names..self.header.pc_values);
        names
            .unwrap_or_default()
            .split(|&byte| byte == 0)
            .filter(|name| !name.is_empty())
            .filter_map(|name| std::str::from_utf8(name).ok())
    }

    /// The names of all functions, those included of which only inlined copies exist.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.bytes().get(self.header.names..self.header.units);
        names
            .unwrap_or_default()
            .split(|&byte| byte == 0)
            .filter(|name| !name.is_empty())
            .filter_map(|name| std::str::from_utf8(name).ok())
    }

    /// The value of the pc-value table at `table`, `offset` bytes into its function; `None` when
    /// there is no such table (0).
    pub(super) fn pc_value(&self, table: u32, offset: u64) -> Option<i32> {
        if table == 0 {
            return None;
        }
        let at = self.header.pc_values.checked_add(usize::try_from(table).ok()?)?;
        pcvalue::value_at(self.bytes().get(at..)?, offset, self.header.quantum)
    }

    /// The runs of the pc-value table at `table`; none when there is no such table.
    pub(super) fn pc_value_runs(&self, table: u32) -> pcvalue::Runs<'_> {
        let at = usize::try_from(table).ok().filter(|&at| at != 0);
        let at = at.and_then(|at| self.header.pc_values.checked_add(at));
        let bytes = at.and_then(|at| self.bytes().get(at..)).unwrap_or_default();
        pcvalue::Runs::new(bytes, self.header.quantum)
    }

    /// Bytes of the funcdata blob from `offset` on.
    pub(super) fn funcdata_at(&self, offset: u32) -> Option<&[u8]> {
        let blob = self.base.funcdata.as_ref()?.bytes();
        blob.get(usize::try_from(offset).ok()?..)
    }

    /// Runtime address of `offset` in the funcdata blob.
    pub(super) fn funcdata_addr(&self, offset: u32) -> Option<Addr> {
        self.base.funcdata.as_ref()?.addr().checked_add(u64::from(offset))
    }
}

/// The NUL-terminated text at `at`; `None` when it starts at or behind `end` or is not UTF-8.
fn text_before(bytes: &[u8], at: usize, end: usize) -> Option<&str> {
    if at >= end {
        return None;
    }
    std::str::from_utf8(Cursor::at(bytes.get(..end)?, at).c_string()).ok()
}
