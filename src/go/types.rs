//! Runtime type descriptors (`abi.Type`): what an interface value says of its dynamic type.
//!
//! ```text
//!   0 size  8 ptrdata  16 hash  20 tflag  21 align  23 kind  24 equal  32 gcdata  40 str  44 ptrToThis
//! ```

use super::{Constant, GoError, GoRuntime};
use crate::base::{Addr, Cursor, Limits, OutOfBounds};
use crate::memory::{Memory, MemoryExt};

/// The runtime's error types that are nothing but their message.
pub const TEXT_ERRORS: [&str; 2] = ["runtime.errorString", "runtime.plainError"];

/// The name is stored with a `*` in front that does not belong to it.
const EXTRA_STAR: u8 = 2;
/// The type has an abi.UncommonType.
pub(super) const UNCOMMON: u8 = 1;
pub(super) const KIND_MASK: u8 = 31;
/// In the kind up to Go 1.25, in the flags since.
const DIRECT_BIT: u8 = 32;

/// `reflect.Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int(u8),
    Uint(u8),
    Float(u8),
    /// Bytes of both parts together.
    Complex(u8),
    String,
    Pointer,
    /// Any other, by its number.
    Other(u8),
}

/// A type as far as a value needs it to be named and, when it is plain, printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeType {
    pub addr: Addr,
    pub size: u64,
    pub kind: Kind,
    /// The interface's data word is the value itself, not its address.
    pub is_direct: bool,
    /// `main.point`, `*errors.errorString`; the package by its last element.
    pub name: String,
}

/// Where an itab keeps the descriptor of the dynamic type: the second word, Go 1.0 to 1.27.
const ITAB_TYPE: u64 = 8;

impl GoRuntime {
    /// The descriptor of the dynamic type, as the itab at `tab` has it.
    pub fn type_of_itab(&self, memory: &dyn Memory, tab: Addr) -> Result<Addr, GoError> {
        let what = "itab";
        let at = tab
            .checked_add(ITAB_TYPE)
            .ok_or(GoError::Damaged { what, addr: tab })?;
        memory
            .read_addr(at)
            .map_err(|source| GoError::Memory { what, source })
    }

    /// Reads the type descriptor at `addr`, which must lie in a module's types.
    pub fn read_type(
        &self,
        memory: &dyn Memory,
        addr: Addr,
        limits: &Limits,
    ) -> Result<RuntimeType, GoError> {
        let module = self.module_of_types(addr).ok_or(GoError::Damaged {
            what: "type descriptor",
            addr,
        })?;
        let bytes = memory.read_bytes(addr, 48).map_err(|source| GoError::Memory {
            what: "type descriptor",
            source,
        })?;
        let raw = Raw::read(&bytes).map_err(|source| GoError::Bytes {
            what: "type descriptor",
            source,
        })?;
        let in_flags = self.layout.constant(Constant::DirectIfaceInTflag).is_some();
        let name = u32::try_from(raw.name)
            .ok()
            .and_then(|offset| module.types.start.checked_add(u64::from(offset)))
            .and_then(|at| read_name(memory, at, limits))
            .ok_or(GoError::Damaged {
                what: "name of the type",
                addr,
            })?;
        let name = match name.strip_prefix('*') {
            Some(rest) if raw.flags & EXTRA_STAR != 0 => rest.to_owned(),
            _ => name,
        };
        Ok(RuntimeType {
            addr,
            size: raw.size,
            kind: Kind::from_number(raw.kind & KIND_MASK),
            is_direct: (if in_flags { raw.flags } else { raw.kind }) & DIRECT_BIT != 0,
            name,
        })
    }
}

struct Raw {
    size: u64,
    flags: u8,
    kind: u8,
    name: i32,
}

impl Raw {
    fn read(bytes: &[u8]) -> Result<Self, OutOfBounds> {
        Ok(Self {
            size: Cursor::new(bytes).u64()?,
            flags: Cursor::at(bytes, 20).u8()?,
            kind: Cursor::at(bytes, 23).u8()?,
            name: Cursor::at(bytes, 40).i32()?,
        })
    }
}

impl Kind {
    const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Bool,
            2 | 6 => Self::Int(8),
            3 => Self::Int(1),
            4 => Self::Int(2),
            5 => Self::Int(4),
            7 | 11 | 12 => Self::Uint(8),
            8 => Self::Uint(1),
            9 => Self::Uint(2),
            10 => Self::Uint(4),
            13 => Self::Float(4),
            14 => Self::Float(8),
            15 => Self::Complex(8),
            16 => Self::Complex(16),
            22 => Self::Pointer,
            24 => Self::String,
            other => Self::Other(other),
        }
    }
}

/// `abi.Name`: a flag byte, the length as a varint, the text.
pub(super) fn read_name(memory: &dyn Memory, at: Addr, limits: &Limits) -> Option<String> {
    let mut head = [0; 11];
    let got = memory.read_some(at, &mut head);
    let mut cursor = Cursor::at(head.get(..got)?, 1);
    let len = usize::try_from(cursor.uvarint().ok()?).ok()?;
    let text = at.checked_add(cursor.offset() as u64)?;
    let bytes = memory.read_bytes(text, len.min(limits.text_bytes)).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
