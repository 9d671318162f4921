//! What a type is made of, as its descriptor has it: elements, fields, keys.
//!
//! ```text
//!   abi.Type 48 | array    elem 48, slice 56, len 64     | map        key 48, elem 56, group 64
//!               | chan     elem 48                       | pointer    elem 48
//!               | slice    elem 48                       | interface  methods 56 {array, len, cap}
//!               | struct   fields 56 {array, len, cap}   | otherwise nothing
//!   a field is {name, type, offset}, three words; the group of a map is a struct type of its own
//! ```
//!
//! The same in Go 1.19 to 1.27: what differs between them comes behind these words. Reads one
//! descriptor at a time; whoever follows the addresses in it counts them.

use super::method_sets::descriptor_size;
use super::types::{KIND_MASK, UNCOMMON, read_name};
use super::{GoRuntime, RuntimeType};
use crate::base::{Addr, Cursor, Limits};
use crate::memory::{Memory, MemoryExt};

/// The type has a name of its own (`abi.TFlagNamed`).
const NAMED: u8 = 4;
/// In the flags of a field's name (since Go 1.19).
const EMBEDDED: u8 = 8;
/// `*[]*[4]T`: prefixes of one name.
const NAME_DEPTH: usize = 8;

/// What a type is made of; types by the addresses of their descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    String,
    UnsafePointer,
    Func,
    Pointer {
        elem: Addr,
    },
    Slice {
        elem: Addr,
    },
    Array {
        elem: Addr,
        count: u64,
    },
    Chan {
        elem: Addr,
    },
    /// `group` is the type of what holds eight entries.
    Map {
        key: Addr,
        elem: Addr,
        group: Addr,
    },
    Interface {
        has_methods: bool,
    },
    Struct {
        fields: Vec<DescribedField>,
    },
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedField {
    pub name: String,
    pub ty: Addr,
    /// In bytes from the start of the struct.
    pub offset: u64,
    pub embedded: bool,
}

impl GoRuntime {
    /// What the type whose descriptor `ty` was read from is made of. `None` when its descriptor is
    /// damaged or describes more than `limits` allow.
    #[must_use]
    pub fn made_of(&self, memory: &dyn Memory, ty: &RuntimeType, limits: &Limits) -> Option<Made> {
        let word = |offset| Some(Addr(memory.read_u64(ty.addr.checked_add(offset)?).ok()?));
        Some(match self.kind_of_descriptor(memory, ty.addr)? {
            1 => Made::Bool,
            2..=6 => Made::Int,
            7..=12 => Made::Uint,
            13 | 14 => Made::Float,
            15 | 16 => Made::Complex,
            17 => Made::Array {
                elem: word(48)?,
                count: word(64)?.0,
            },
            18 => Made::Chan { elem: word(48)? },
            19 => Made::Func,
            20 => Made::Interface {
                has_methods: word(64)?.0 != 0,
            },
            21 => Made::Map {
                key: word(48)?,
                elem: word(56)?,
                group: word(64)?,
            },
            22 => Made::Pointer { elem: word(48)? },
            23 => Made::Slice { elem: word(48)? },
            24 => Made::String,
            25 => Made::Struct {
                fields: self.fields(memory, ty, (word(56)?, word(64)?.0), limits)?,
            },
            26 => Made::UnsafePointer,
            _ => return None,
        })
    }

    /// The name of the type at `addr` with the full path of its package, as far as its descriptor
    /// has it: of named types, and of pointers, slices and arrays of such.
    #[must_use]
    pub fn full_name(&self, memory: &dyn Memory, ty: &RuntimeType, limits: &Limits) -> String {
        let (mut prefix, mut addr, mut name) = (String::new(), ty.addr, ty.name.clone());
        for _ in 0..NAME_DEPTH {
            if let Some(path) = self.package_path(memory, addr, limits) {
                name = with_path(&path, &name);
                break;
            }
            let shown = match name.find(']') {
                Some(end) if name.starts_with('[') => end + 1,
                _ => usize::from(name.starts_with('*')),
            };
            let elem = addr.checked_add(48).and_then(|at| memory.read_addr(at).ok());
            let inner = elem.and_then(|elem| self.read_type(memory, elem, limits).ok());
            let Some((inner, (shown, rest))) = inner.zip(name.split_at_checked(shown)) else {
                break;
            };
            // Only what the outer name says as well is the element's.
            if shown.is_empty() || rest != inner.name {
                break;
            }
            prefix.push_str(shown);
            (addr, name) = (inner.addr, inner.name);
        }
        prefix + &name
    }

    fn kind_of_descriptor(&self, memory: &dyn Memory, addr: Addr) -> Option<u8> {
        self.module_of_types(addr)?;
        Some(memory.read_u8(addr.checked_add(23)?).ok()? & KIND_MASK)
    }

    fn fields(
        &self,
        memory: &dyn Memory,
        ty: &RuntimeType,
        (array, count): (Addr, u64),
        limits: &Limits,
    ) -> Option<Vec<DescribedField>> {
        let most = limits.value_nodes as u64;
        let is_sane = count <= most && (count == 0 || self.module_of_types(array).is_some());
        let bytes = usize::try_from(count.checked_mul(24)?).ok().filter(|_| is_sane)?;
        let table = memory.read_bytes(array, bytes).ok()?;
        let mut fields = Vec::new();
        for raw in table.chunks_exact(24) {
            let mut words = Cursor::new(raw);
            let (name, field) = (Addr(words.u64().ok()?), Addr(words.u64().ok()?));
            let offset = words.u64().ok()?;
            // A field of no bytes may lie at the end.
            if offset > ty.size {
                return None;
            }
            fields.push(DescribedField {
                name: read_name(memory, name, limits)?,
                ty: field,
                offset,
                embedded: memory.read_u8(name).ok()? & EMBEDDED != 0,
            });
        }
        Some(fields)
    }

    /// Import path of the package of a named type; `None` for predeclared and unnamed ones, and for
    /// named maps, whose descriptors change from release to release.
    fn package_path(&self, memory: &dyn Memory, addr: Addr, limits: &Limits) -> Option<String> {
        let flags = memory.read_u8(addr.checked_add(20)?).ok()?;
        if flags & NAMED == 0 || flags & UNCOMMON == 0 {
            return None;
        }
        let kind = self.kind_of_descriptor(memory, addr)?;
        let uncommon = addr.checked_add(descriptor_size(kind)?)?;
        let offset = memory.read_u32(uncommon).ok().filter(|&offset| offset != 0)?;
        let module = self.module_of_types(addr)?;
        let name = module.types.start.checked_add(u64::from(offset))?;
        read_name(memory, name, limits).filter(|path| !path.is_empty())
    }
}

/// `http.Server` of `net/http` is `net/http.Server`; type arguments have their paths already.
fn with_path(path: &str, name: &str) -> String {
    let own = name.find('[').unwrap_or(name.len());
    match name.get(..own).and_then(|own| own.rfind('.')) {
        Some(dot) => format!("{path}{}", name.get(dot..).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_package_of_the_type_itself_gets_its_path() {
        assert_eq!(with_path("net/http", "http.Server"), "net/http.Server");
        assert_eq!(with_path("a/b", "b.Pair[int,c/d.T]"), "a/b.Pair[int,c/d.T]");
        assert_eq!(
            with_path("gopkg.in/yaml.v3", "yaml.Node"),
            "gopkg.in/yaml.v3.Node"
        );
        assert_eq!(with_path("a", "int"), "int");
    }
}
