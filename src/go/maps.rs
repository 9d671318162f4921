//! The entries of maps, in both of the runtime's representations, as addresses of keys and elements.
//!
//! ```text
//!   classic: header -> buckets[2^B]    tophash x8 | keys x8 | elems x8 | overflow -> bucket
//!                      oldbuckets      the same, while the map grows
//!   Swiss:   header -> group           at most 8 entries
//!            header -> directory[dirLen] -> table -> groups[lengthMask + 1]
//!                                      control x8 | slots x8
//! ```
//!
//! Both are walked group by group: eight marks, one for each slot. What lies before a page is
//! passed by its marks alone, what lies behind it is not read. Knows offsets, no types.

use super::GoError;
use crate::base::{Addr, CancelToken, Limits};
use crate::memory::{Memory, MemoryExt};

/// Slots of a group, in both representations (`bucketCnt`, `MapGroupSlots`; Go 1.0 to 1.27).
const SLOTS: u64 = 8;
/// The runtime's types of a map's header up to Go 1.23 and since, and of the table behind the latter.
pub const MAP_HEADERS: [&str; 3] = [
    "runtime.hmap",
    "internal/runtime/maps.Map",
    "internal/runtime/maps.table",
];
/// Greatest sensible exponent of a number of buckets or tables.
const MOST_BITS: u8 = 40;
/// Groups of a table; Go makes at most 128 (`maxTableCapacity`).
const TABLE_GROUPS: u64 = 1 << 16;

/// Where keys and elements lie in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    pub keys: u64,
    pub key_stride: u64,
    pub elems: u64,
    pub elem_stride: u64,
}

/// Offsets of the representation up to Go 1.23.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    pub count: u64,
    pub flags: u64,
    pub exponent: u64,
    pub buckets: u64,
    pub old_buckets: u64,
    /// In a bucket.
    pub tophash: u64,
    pub overflow: u64,
    pub size: u64,
}

/// Offsets of the representation since Go 1.24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    pub used: u64,
    pub directory: u64,
    pub directory_len: u64,
    pub global_depth: u64,
    pub writing: u64,
    /// In a table.
    pub local_depth: u64,
    pub groups: u64,
    pub length_mask: u64,
    /// In a group.
    pub control: u64,
    pub group_size: u64,
}

/// How the maps of one type are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapLayout {
    Classic(Buckets, Slots),
    Swiss(Tables, Slots),
}

/// What a map's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapHeader {
    pub len: u64,
    /// Somebody was writing to it: entries may be there twice or not at all.
    pub being_written: bool,
}

/// Where an entry's key and element are stored, or, for large ones, their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapEntry {
    pub key: Addr,
    pub elem: Addr,
}

impl MapLayout {
    /// Reads the header at `addr`.
    pub fn header(&self, memory: &dyn Memory, addr: Addr) -> Result<MapHeader, GoError> {
        /// `hashWriting` in `hmap.flags`.
        const WRITING: u8 = 4;
        let source = Source { memory, addr };
        let (len, being_written) = match self {
            Self::Classic(map, _) => (source.word(map.count)?, source.byte(map.flags)? & WRITING != 0),
            Self::Swiss(map, _) => (source.word(map.used)?, source.byte(map.writing)? != 0),
        };
        if i64::try_from(len).is_err() {
            return Err(source.damaged());
        }
        Ok(MapHeader { len, being_written })
    }

    /// Entries `from..from + count` of the map at `addr`, in the order in which they are stored.
    ///
    /// Fewer when the map has no more. With an error come the entries before it.
    pub fn entries(
        &self,
        memory: &dyn Memory,
        addr: Addr,
        (from, count): (u64, u64),
        (limits, cancel): (&Limits, &CancelToken),
    ) -> (Vec<MapEntry>, Result<(), GoError>) {
        let mut entries = Vec::new();
        let result = self.walk(memory, addr, limits).and_then(|mut groups| {
            let mut skip = from;
            while (entries.len() as u64) < count {
                if groups.passed.is_multiple_of(1024) {
                    cancel.check()?;
                }
                let Some(group) = groups.next()? else { break };
                let full = u64::from(group.full.count_ones());
                if skip >= full {
                    skip -= full;
                    continue;
                }
                let left = count.saturating_sub(entries.len() as u64);
                let found = group.slots().skip(usize::try_from(skip).unwrap_or(0));
                let room = usize::try_from(left).unwrap_or(usize::MAX);
                entries.extend(found.take(room).map(|slot| self.entry(group.addr, slot)));
                skip = 0;
            }
            Ok(())
        });
        (entries, result)
    }

    fn entry(&self, group: Addr, slot: u64) -> MapEntry {
        let (Self::Classic(_, slots) | Self::Swiss(_, slots)) = self;
        let at = |start: u64, stride: u64| {
            let offset = slot.wrapping_mul(stride).wrapping_add(start);
            Addr(group.0.wrapping_add(offset))
        };
        MapEntry {
            key: at(slots.keys, slots.key_stride),
            elem: at(slots.elems, slots.elem_stride),
        }
    }

    fn walk<'a>(&self, memory: &'a dyn Memory, addr: Addr, limits: &Limits) -> Result<Groups<'a>, GoError> {
        let source = Source { memory, addr };
        let state = match self {
            Self::Classic(map, _) => State::Classic(ClassicWalk::begin(*map, source, limits)?),
            Self::Swiss(map, _) => State::Swiss(SwissWalk::begin(*map, source)?),
        };
        Ok(Groups {
            map: source,
            state,
            passed: 0,
            most: limits.map_groups,
        })
    }
}

/// Eight slots, and which of them hold entries.
#[derive(Clone, Copy, Debug)]
struct Group {
    addr: Addr,
    /// Bit n for slot n.
    full: u8,
}

impl Group {
    fn slots(self) -> impl Iterator<Item = u64> {
        (0..SLOTS).filter(move |slot| self.full >> slot & 1 != 0)
    }
}

/// All groups of a map, one after the other.
struct Groups<'a> {
    map: Source<'a>,
    state: State<'a>,
    passed: u64,
    most: u64,
}

enum State<'a> {
    Classic(ClassicWalk<'a>),
    Swiss(SwissWalk<'a>),
}

impl Groups<'_> {
    fn next(&mut self) -> Result<Option<Group>, GoError> {
        self.passed += 1;
        if self.passed > self.most {
            return Err(self.map.damaged());
        }
        match &mut self.state {
            State::Classic(walk) => walk.next(),
            State::Swiss(walk) => walk.next(),
        }
    }
}

/// A structure in memory.
#[derive(Clone, Copy)]
struct Source<'a> {
    memory: &'a dyn Memory,
    addr: Addr,
}

const WHAT: &str = "map";

impl<'a> Source<'a> {
    const fn damaged(self) -> GoError {
        GoError::Damaged {
            what: WHAT,
            addr: self.addr,
        }
    }

    fn at(self, offset: u64) -> Result<Addr, GoError> {
        self.addr.checked_add(offset).ok_or_else(|| self.damaged())
    }

    fn word(self, offset: u64) -> Result<u64, GoError> {
        let read = self.memory.read_u64(self.at(offset)?);
        read.map_err(|source| GoError::Memory { what: WHAT, source })
    }

    fn byte(self, offset: u64) -> Result<u8, GoError> {
        let read = self.memory.read_u8(self.at(offset)?);
        read.map_err(|source| GoError::Memory { what: WHAT, source })
    }

    fn pointer(self, offset: u64) -> Result<Addr, GoError> {
        self.word(offset).map(Addr)
    }

    /// Element `index` of an array at this address.
    fn element(self, index: u64, stride: u64) -> Result<Self, GoError> {
        let offset = index.checked_mul(stride).ok_or_else(|| self.damaged())?;
        Ok(Source {
            addr: self.at(offset)?,
            ..self
        })
    }

    /// The slots whose mark, one of eight bytes at `offset`, is that of an entry.
    fn marked(self, offset: u64, is_full: impl Fn(u8) -> bool) -> Result<Group, GoError> {
        let marks = self.word(offset)?.to_le_bytes();
        let bits = marks.iter().enumerate();
        let full = bits.fold(0, |full, (slot, mark)| full | u8::from(is_full(*mark)) << slot);
        Ok(Group {
            addr: self.addr,
            full,
        })
    }
}

/// `2^exponent`, for exponents that can be true.
fn power(source: Source<'_>, exponent: u8) -> Result<u64, GoError> {
    (exponent <= MOST_BITS)
        .then(|| 1 << exponent)
        .ok_or_else(|| source.damaged())
}

/// Through the buckets and their overflow chains.
struct ClassicWalk<'a> {
    map: Buckets,
    buckets: Source<'a>,
    count: u64,
    /// While the map grows: the array that it grows from, and its number of buckets.
    old: Option<(Source<'a>, u64)>,
    index: u64,
    overflow: Option<Source<'a>>,
    chain: usize,
    longest: usize,
}

impl<'a> ClassicWalk<'a> {
    fn begin(map: Buckets, header: Source<'a>, limits: &Limits) -> Result<Self, GoError> {
        /// `sameSizeGrow` in `hmap.flags`.
        const SAME_SIZE: u8 = 8;
        let at = |addr| Source { addr, ..header };
        let count = power(header, header.byte(map.exponent)?)?;
        let buckets = header.pointer(map.buckets)?;
        let old = header.pointer(map.old_buckets)?;
        let same_size = header.byte(map.flags)? & SAME_SIZE != 0;
        let old_count = if same_size { count } else { (count / 2).max(1) };
        Ok(Self {
            map,
            buckets: at(buckets),
            // Made when the first entry comes.
            count: if buckets.is_null() { 0 } else { count },
            old: (!old.is_null()).then(|| (at(old), old_count)),
            index: 0,
            overflow: None,
            chain: 0,
            longest: limits.chain,
        })
    }

    fn next(&mut self) -> Result<Option<Group>, GoError> {
        /// `minTopHash`: what is below marks empty and moved slots.
        const FIRST_HASH: u8 = 5;
        let bucket = match self.overflow.take() {
            Some(bucket) => bucket,
            None => match self.next_chain()? {
                Some(bucket) => bucket,
                None => return Ok(None),
            },
        };
        let group = bucket.marked(self.map.tophash, |mark| mark >= FIRST_HASH)?;
        let overflow = bucket.pointer(self.map.overflow)?;
        if !overflow.is_null() {
            self.chain += 1;
            if self.chain > self.longest {
                return Err(bucket.damaged());
            }
            self.overflow = Some(Source {
                addr: overflow,
                ..bucket
            });
        }
        Ok(Some(group))
    }

    /// The first bucket of the next chain.
    ///
    /// A growing map moves its entries chain by chain. Those of a chain that has not moved are in
    /// the old array; the new buckets that they will go to, one or two, are still empty.
    fn next_chain(&mut self) -> Result<Option<Source<'a>>, GoError> {
        self.chain = 0;
        while self.index < self.count {
            let index = self.index;
            self.index += 1;
            let Some((old, old_count)) = self.old else {
                return self.buckets.element(index, self.map.size).map(Some);
            };
            let before = old.element(index & (old_count - 1), self.map.size)?;
            if has_moved(before.byte(self.map.tophash)?) {
                return self.buckets.element(index, self.map.size).map(Some);
            }
            if index < old_count {
                return Ok(Some(before));
            }
        }
        Ok(None)
    }
}

/// `evacuatedX`, `evacuatedY`, `evacuatedEmpty`: the first mark speaks for its bucket.
const fn has_moved(mark: u8) -> bool {
    matches!(mark, 2..=4)
}

/// Through the tables of the directory.
struct SwissWalk<'a> {
    map: Tables,
    header: Source<'a>,
    directory: Source<'a>,
    directory_len: u64,
    global_depth: u8,
    index: u64,
    groups: Source<'a>,
    next_group: u64,
    group_count: u64,
}

impl<'a> SwissWalk<'a> {
    fn begin(map: Tables, header: Source<'a>) -> Result<Self, GoError> {
        let directory = Source {
            addr: header.pointer(map.directory)?,
            ..header
        };
        let directory_len = header.word(map.directory_len)?;
        let global_depth = header.byte(map.global_depth)?;
        if directory_len > 0 && directory_len != power(header, global_depth)? {
            return Err(header.damaged());
        }
        // A small map has one group in place of the directory, once it has an entry.
        let is_small = directory_len == 0 && !directory.addr.is_null();
        Ok(Self {
            map,
            header,
            directory,
            directory_len,
            global_depth,
            index: 0,
            groups: directory,
            next_group: 0,
            group_count: u64::from(is_small),
        })
    }

    fn next(&mut self) -> Result<Option<Group>, GoError> {
        while self.next_group >= self.group_count {
            if !self.next_table()? {
                return Ok(None);
            }
        }
        let group = self.groups.element(self.next_group, self.map.group_size)?;
        self.next_group += 1;
        // Full slots have seven bits of the hash, empty and deleted ones the eighth.
        group.marked(self.map.control, |mark| mark & 0x80 == 0).map(Some)
    }

    /// Turns to the next table. One that was split less often than the directory was doubled
    /// stands in several entries, one behind the other.
    fn next_table(&mut self) -> Result<bool, GoError> {
        if self.index >= self.directory_len {
            return Ok(false);
        }
        let slot = self.directory.element(self.index, 8)?;
        let table = Source {
            addr: slot.pointer(0)?,
            ..self.directory
        };
        let depth = table.byte(self.map.local_depth)?;
        let repeats = self
            .global_depth
            .checked_sub(depth)
            .ok_or_else(|| table.damaged())?;
        self.index = self.index.saturating_add(power(self.header, repeats)?);
        let last = table.word(self.map.length_mask)?;
        if last >= TABLE_GROUPS {
            return Err(table.damaged());
        }
        self.groups = Source {
            addr: table.pointer(self.map.groups)?,
            ..table
        };
        self.next_group = 0;
        self.group_count = last + 1;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
