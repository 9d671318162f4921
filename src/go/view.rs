//! [`View`]: one runtime structure, read whole once, and its fields by name.

use super::fields::Field;
use super::{GoError, Layout};
use crate::base::{Addr, Cursor};
use crate::memory::{MemError, Memory};

/// A structure's bytes. Fields behind a hole in memory, and fields that this version does not
/// have, are `None`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    layout: &'a Layout,
    addr: Addr,
    bytes: &'a [u8],
}

/// Room for structures that cannot be looked at in place; reused from one to the next.
#[derive(Debug, Default)]
pub struct Scratch(Vec<u8>);

impl<'a> View<'a> {
    #[must_use]
    pub const fn new(layout: &'a Layout, addr: Addr, bytes: &'a [u8]) -> Self {
        Self { layout, addr, bytes }
    }

    /// Reads the structure at `addr` whose size `size` names. What is readable of it is kept; an
    /// error only when nothing is.
    pub fn read(
        layout: &'a Layout,
        memory: &'a dyn Memory,
        size: Field,
        addr: Addr,
        scratch: &'a mut Scratch,
    ) -> Result<Self, GoError> {
        let len = layout.require(size)? as usize;
        if let Some(bytes) = memory.slice(addr, len) {
            return Ok(Self::new(layout, addr, bytes));
        }
        let buffer = &mut scratch.0;
        buffer.clear();
        buffer.resize(len, 0);
        let got = memory.read_some(addr, buffer);
        if got == 0 {
            return Err(GoError::Memory {
                what: size.structure(),
                source: MemError {
                    addr,
                    len: len as u64,
                    got: 0,
                },
            });
        }
        buffer.truncate(got);
        Ok(Self::new(layout, addr, buffer))
    }

    /// Where the structure lies.
    #[must_use]
    pub const fn addr(&self) -> Addr {
        self.addr
    }

    /// Address of a field.
    #[must_use]
    pub fn addr_of(&self, field: Field) -> Option<Addr> {
        self.addr.checked_add(u64::from(self.layout.offset(field)?))
    }

    #[must_use]
    pub fn u64(&self, field: Field) -> Option<u64> {
        self.at(field)?.u64().ok()
    }

    #[must_use]
    pub fn u32(&self, field: Field) -> Option<u32> {
        self.at(field)?.u32().ok()
    }

    #[must_use]
    pub fn u16(&self, field: Field) -> Option<u16> {
        self.at(field)?.u16().ok()
    }

    #[must_use]
    pub fn u8(&self, field: Field) -> Option<u8> {
        self.at(field)?.u8().ok()
    }

    #[must_use]
    pub fn bool(&self, field: Field) -> Option<bool> {
        self.u8(field).map(|byte| byte != 0)
    }

    /// A pointer, nil included.
    #[must_use]
    pub fn pointer(&self, field: Field) -> Option<Addr> {
        self.u64(field).map(Addr)
    }

    /// A pointer that is not nil.
    #[must_use]
    pub fn non_nil(&self, field: Field) -> Option<Addr> {
        self.pointer(field).filter(|addr| !addr.is_null())
    }

    fn at(&self, field: Field) -> Option<Cursor<'a>> {
        Some(Cursor::at(self.bytes, self.layout.offset(field)? as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::GoVersion;
    use crate::memory::fake::FakeMemory;

    #[test]
    fn a_structure_cut_by_a_hole_keeps_its_readable_fields() {
        let layout = Layout::for_version(GoVersion::parse("go1.27.3").as_ref()).unwrap();
        let memory = FakeMemory::new().words(0x1000, &[7, 8, 9]);
        let mut scratch = Scratch::default();
        let view = View::read(&layout, &memory, Field::GSize, Addr(0x1000), &mut scratch).unwrap();
        assert_eq!(view.u64(Field::GStackHi), Some(8));
        assert_eq!(view.u64(Field::GGoid), None);
        let mut scratch = Scratch::default();
        assert!(View::read(&layout, &memory, Field::GSize, Addr(0x9000), &mut scratch).is_err());
    }
}
