//! Methods as the runtime's type descriptors have them: of named types, and of interfaces.
//!
//! ```text
//!   abi.Type 48 | rest of the kind's descriptor | abi.UncommonType | ... | methods
//!                                                 pkgPath 0, mcount u16 4, xcount u16 6, moff u32 8
//!   abi.Method  name 0, type 4, ifn 8, tfn 12      all offsets, -1 or 0 where the linker dropped it
//!   abi.Imethod name 0, type 4
//! ```
//!
//! The same in Go 1.19 to 1.27, but for the size of the descriptor of maps.

use super::types::{KIND_MASK, UNCOMMON, read_name};
use super::{GoRuntime, Moduledata};
use crate::base::{Addr, Cursor, Limits};
use crate::memory::{Memory, MemoryExt};

const INTERFACE: u8 = 20;

/// A method as a descriptor has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMethod {
    pub name: String,
    /// `func(int) error`, packages by their last element; `None` where the linker dropped it.
    pub signature: Option<String>,
}

impl GoRuntime {
    /// The methods of the type whose descriptor is at `addr`, promoted ones included; of an
    /// interface those that it asks for. `None` when there is no such descriptor.
    #[must_use]
    pub fn methods_of(
        &self,
        memory: &dyn Memory,
        addr: Addr,
        limits: &Limits,
    ) -> Option<Vec<DescribedMethod>> {
        let module = self.module_of_types(addr)?;
        let head = memory.read_bytes(addr, 48).ok()?;
        let flags = Cursor::at(&head, 20).u8().ok()?;
        let kind = Cursor::at(&head, 23).u8().ok()? & KIND_MASK;
        if kind == INTERFACE {
            let table = memory.read_addr(addr.checked_add(56)?).ok()?;
            let count = memory.read_u64(addr.checked_add(64)?).ok()?;
            return self.read_methods(memory, module, (table, count, 8), limits);
        }
        if flags & UNCOMMON == 0 {
            return Some(Vec::new());
        }
        let at = addr.checked_add(descriptor_size(kind)?)?;
        let uncommon = memory.read_bytes(at, 16).ok()?;
        let count = Cursor::at(&uncommon, 4).u16().ok()?;
        let offset = Cursor::at(&uncommon, 8).u32().ok()?;
        let table = at.checked_add(u64::from(offset))?;
        self.read_methods(memory, module, (table, u64::from(count), 16), limits)
    }

    fn read_methods(
        &self,
        memory: &dyn Memory,
        module: &Moduledata,
        (table, count, stride): (Addr, u64, u64),
        limits: &Limits,
    ) -> Option<Vec<DescribedMethod>> {
        let mut methods = Vec::new();
        for index in 0..count.min(limits.value_nodes as u64) {
            let at = table.checked_add(index.checked_mul(stride)?)?;
            let offset_at = |at: Addr| {
                let offset = memory
                    .read_u32(at)
                    .ok()
                    .filter(|&offset| offset != 0 && offset != u32::MAX)?;
                module.types.start.checked_add(u64::from(offset))
            };
            let name = offset_at(at).and_then(|name| read_name(memory, name, limits))?;
            let ty = offset_at(at.checked_add(4)?);
            let signature = ty.and_then(|ty| self.read_type(memory, ty, limits).ok());
            methods.push(DescribedMethod {
                name,
                signature: signature
                    .map(|ty| ty.name)
                    .filter(|name| name.starts_with("func(")),
            });
        }
        Some(methods)
    }

    /// `int`, `uint8`, ...: what the descriptor at `addr` says of a type of a basic kind.
    #[must_use]
    pub fn basic_kind(&self, memory: &dyn Memory, addr: Addr) -> Option<&'static str> {
        const NAMES: [&str; 17] = [
            "",
            "bool",
            "int",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "uintptr",
            "float32",
            "float64",
            "complex64",
            "complex128",
        ];
        self.module_of_types(addr)?;
        let kind = memory.read_u8(addr.checked_add(23)?).ok()? & KIND_MASK;
        match kind {
            24 => Some("string"),
            0 => None,
            _ => NAMES.get(usize::from(kind)).copied(),
        }
    }
}

/// Bytes of a descriptor before its abi.UncommonType, by `reflect.Kind`; `None` for maps, whose
/// descriptors change from release to release.
pub(super) const fn descriptor_size(kind: u8) -> Option<u64> {
    Some(match kind {
        17 => 72,
        18 => 64,
        // Functions, pointers and slices.
        19 | 22 | 23 => 56,
        20 | 25 => 80,
        21 => return None,
        _ => 48,
    })
}
