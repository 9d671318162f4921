//! The header of the function table: magic, counts and where the sub-tables start.

use crate::base::{Cursor, OutOfBounds};
use crate::go::GoError;

const MAGIC_GO_1_18: u32 = 0xffff_fff0;
const MAGIC_GO_1_20: u32 = 0xffff_fff1;
/// Most functions ever seen in one binary are about 10^6.
const MOST_FUNCTIONS: u64 = 1 << 24;

/// How `_func` and inline records are laid out, as the magic number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFormat {
    /// Go 1.18 and 1.19: `_func` of 40 bytes, inline records of 20.
    Go118,
    /// Go 1.20 and later: a start line in both; 44 and 16 bytes.
    Go120,
}

/// A checked header. Offsets are bytes from its own start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub format: RecordFormat,
    /// Unit of pc deltas in bytes.
    pub quantum: u32,
    pub functions: usize,
    pub files: usize,
    /// Unrelocated address of `runtime.text`; 0 since Go 1.26. Never to be trusted.
    pub text_start: u64,
    pub names: usize,
    pub units: usize,
    pub file_names: usize,
    pub pc_values: usize,
    pub function_table: usize,
}

impl Header {
    /// Reads and checks the header at the start of `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<Self, GoError> {
        Self::read(bytes, bytes.len())
    }

    /// Reads and checks the header alone: the table behind it is not at hand.
    pub fn parse_unbounded(bytes: &[u8]) -> Result<Self, GoError> {
        Self::read(bytes, usize::MAX)
    }

    fn read(bytes: &[u8], len: usize) -> Result<Self, GoError> {
        let mut cursor = Cursor::new(bytes);
        let raw = Raw::read(&mut cursor).map_err(|source| GoError::Bytes {
            what: "header of the function table",
            source,
        })?;
        raw.check(len)
    }
}

/// The header as it is written.
struct Raw {
    magic: u32,
    pad: u16,
    quantum: u8,
    pointer_size: u8,
    words: [u64; 8],
}

impl Raw {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, OutOfBounds> {
        let mut raw = Self {
            magic: cursor.u32()?,
            pad: cursor.u16()?,
            quantum: cursor.u8()?,
            pointer_size: cursor.u8()?,
            words: [0; 8],
        };
        for word in &mut raw.words {
            *word = cursor.u64()?;
        }
        Ok(raw)
    }

    fn check(&self, len: usize) -> Result<Header, GoError> {
        let format = match self.magic {
            MAGIC_GO_1_18 => RecordFormat::Go118,
            MAGIC_GO_1_20 => RecordFormat::Go120,
            other => return Err(GoError::PclntabMagic(other)),
        };
        let wrong = |what, value| Err(GoError::Pclntab { what, value });
        if self.pad != 0 {
            return wrong("padding", u64::from(self.pad));
        }
        if !matches!(self.quantum, 1 | 2 | 4) {
            return wrong("pc quantum", u64::from(self.quantum));
        }
        if self.pointer_size != 8 {
            return wrong("pointer size", u64::from(self.pointer_size));
        }
        let [
            functions,
            files,
            text_start,
            names,
            units,
            file_names,
            pc_values,
            function_table,
        ] = self.words;
        if functions == 0 || functions >= MOST_FUNCTIONS {
            return wrong("number of functions", functions);
        }
        if !(72..=128).contains(&names) {
            return wrong("offset of function names", names);
        }
        for pair in [names, units, file_names, pc_values, function_table].windows(2) {
            if let &[before, after] = pair
                && before > after
            {
                return wrong("order of sub-tables", after);
            }
        }
        let end = function_table.saturating_add(functions.saturating_mul(8));
        if end > len as u64 {
            return wrong("offset of the functions", function_table);
        }
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        Ok(Header {
            format,
            quantum: u32::from(self.quantum),
            functions: size(functions),
            files: size(files),
            text_start,
            names: size(names),
            units: size(units),
            file_names: size(file_names),
            pc_values: size(pc_values),
            function_table: size(function_table),
        })
    }
}
