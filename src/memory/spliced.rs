//! An address space put together from files: what a core holds, above the files it was mapped from.
//!
//! ```text
//!   core bytes       |XXX|           |XXXXXXXXX|          highest: always believed
//!   cut off                                    |-----|    promised by the core, not there: absent
//!   mapped files     |FFFFFFFFFFF|   |FFFFF|
//!   known mappings   |-----------|   |---------------|    lowest: mapped, but no bytes
//!   address space    |XXX FFFFFFF|   |XXXXXXXXX -----|
//! ```
//!
//! Knows nothing of ELF: whoever builds it says which bytes lie where and how far they are to be
//! trusted. Nothing is copied; files are read where they are mapped.

use super::{Memory, Origin};
use crate::base::{Addr, AddrRange, RangeMap, SharedBytes};

/// Collects layers in rising priority: where two overlap, the later one is read.
#[derive(Debug, Default)]
pub struct SplicedBuilder {
    stores: Vec<SharedBytes>,
    layers: Vec<(AddrRange, Piece)>,
}

/// Bytes that layers can refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreId(usize);

/// An address space of layered files.
#[derive(Debug)]
pub struct Spliced {
    stores: Vec<SharedBytes>,
    pieces: RangeMap<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    content: Content,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Address plus `delta`, wrapping, is the offset in the store.
    Stored {
        store: StoreId,
        delta: u64,
    },
    Zeros,
    Absent,
}

impl SplicedBuilder {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that layers can name.
    pub fn store(&mut self, bytes: SharedBytes) -> StoreId {
        self.stores.push(bytes);
        StoreId(self.stores.len() - 1)
    }

    /// `range` holds the bytes of `store` from `offset` on; what the store does not have is left
    /// as it is below.
    pub fn bytes(&mut self, range: AddrRange, store: StoreId, offset: u64, origin: Origin) {
        let len = self.stores.get(store.0).map_or(0, |bytes| bytes.len() as u64);
        let available = len.saturating_sub(offset).min(range.len());
        let content = Content::Stored {
            store,
            delta: offset.wrapping_sub(range.start.0),
        };
        self.layers.push((
            AddrRange::sized(range.start, available),
            Piece { content, origin },
        ));
    }

    /// `range` is known to read as zeros.
    pub fn zeros(&mut self, range: AddrRange, origin: Origin) {
        let content = Content::Zeros;
        self.layers.push((range, Piece { content, origin }));
    }

    /// `range` is mapped, but its bytes are nowhere.
    pub fn absent(&mut self, range: AddrRange) {
        let piece = Piece {
            content: Content::Absent,
            origin: Origin::Absent,
        };
        self.layers.push((range, piece));
    }

    #[must_use]
    pub fn build(self) -> Spliced {
        let mut pieces = RangeMap::from_layers(self.layers);
        // Neighbours that go on in the same file become one, so that slices may cross them.
        pieces.coalesce();
        Spliced {
            stores: self.stores,
            pieces,
        }
    }
}

impl Spliced {
    /// Bytes of `range` that come from the target itself.
    #[must_use]
    pub fn target_bytes(&self, range: AddrRange) -> u64 {
        self.pieces_of(range)
            .filter(|(_, piece)| piece.origin == Origin::Target)
            .map(|(covered, _)| covered.len())
            .sum()
    }

    /// The pieces of `range` in order, each with where its bytes come from. Holes are left out.
    pub fn origins(&self, range: AddrRange) -> impl Iterator<Item = (AddrRange, Origin)> {
        self.pieces_of(range)
            .map(|(covered, piece)| (covered, piece.origin))
    }

    fn pieces_of(&self, range: AddrRange) -> impl Iterator<Item = (AddrRange, &Piece)> {
        self.pieces
            .overlapping(range)
            .map(move |(covered, piece)| (covered.intersection(range), piece))
    }

    /// The longest run of bytes at `addr` that lie together in one store.
    fn run(&self, addr: Addr, range: AddrRange, piece: &Piece) -> Option<&[u8]> {
        let Content::Stored { store, delta } = piece.content else {
            return None;
        };
        let bytes = self.stores.get(store.0)?;
        let offset = usize::try_from(addr.0.wrapping_add(delta)).ok()?;
        let len = usize::try_from(range.end.0.checked_sub(addr.0)?).ok()?;
        bytes.get(offset..offset.checked_add(len)?)
    }
}

impl Memory for Spliced {
    fn read_some(&self, addr: Addr, buffer: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let Some(at) = addr.checked_add(done as u64) else {
                break;
            };
            let Some((range, piece)) = self.pieces.find(at) else {
                break;
            };
            let room = usize::try_from(range.end.0.saturating_sub(at.0)).unwrap_or(usize::MAX);
            let count = room.min(rest.len());
            let Some(target) = rest.get_mut(..count) else {
                break;
            };
            match (piece.content, self.run(at, *range, piece)) {
                (Content::Zeros, _) => target.fill(0),
                (Content::Stored { .. }, Some(run)) if run.len() >= count => {
                    target.copy_from_slice(run.get(..count).unwrap_or_default());
                }
                _ => break,
            }
            done += count;
        }
        done
    }

    fn slice(&self, addr: Addr, len: usize) -> Option<&[u8]> {
        let (range, piece) = self.pieces.find(addr)?;
        self.run(addr, *range, piece)?.get(..len)
    }

    fn origin(&self, addr: Addr) -> Origin {
        self.pieces
            .find(addr)
            .map_or(Origin::Unmapped, |(_, piece)| piece.origin)
    }

    fn next_readable(&self, addr: Addr) -> Option<Addr> {
        let rest = AddrRange::between(addr, Addr(u64::MAX));
        self.pieces_of(rest)
            .find(|(_, piece)| piece.content != Content::Absent)
            .map(|(range, _)| range.start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory::MemoryExt;

    fn range(start: u64, end: u64) -> AddrRange {
        AddrRange::between(Addr(start), Addr(end))
    }

    #[test]
    fn a_search_passes_over_any_hole_in_one_step() {
        let mut builder = SplicedBuilder::new();
        let core = builder.store(SharedBytes::new(vec![0; 16]));
        builder.bytes(range(0x1000, 0x1008), core, 0, Origin::Target);
        builder.absent(range(0x2000, 1 << 62));
        builder.bytes(range(1 << 62, (1 << 62) + 8), core, 8, Origin::Target);
        let memory = builder.build();
        assert_eq!(memory.next_readable(Addr(0)), Some(Addr(0x1000)));
        assert_eq!(memory.next_readable(Addr(0x1004)), Some(Addr(0x1004)));
        assert_eq!(memory.next_readable(Addr(0x1008)), Some(Addr(1 << 62)));
        assert_eq!(memory.next_readable(Addr((1 << 62) + 8)), None);
    }

    #[test]
    fn core_bytes_win_over_the_file_below_and_the_file_fills_the_rest() {
        let mut builder = SplicedBuilder::new();
        let file = builder.store(SharedBytes::new(b"abcdefgh".to_vec()));
        let core = builder.store(SharedBytes::new(b"..XY".to_vec()));
        builder.bytes(range(0x1000, 0x1008), file, 0, Origin::VerifiedFile);
        builder.bytes(range(0x1000, 0x1002), core, 2, Origin::Target);
        let memory = builder.build();
        assert_eq!(memory.read_bytes(Addr(0x1000), 8).unwrap(), b"XYcdefgh");
        assert_eq!(memory.origin(Addr(0x1001)), Origin::Target);
        assert_eq!(memory.origin(Addr(0x1002)), Origin::VerifiedFile);
        assert_eq!(memory.slice(Addr(0x1002), 6), Some(&b"cdefgh"[..]));
        assert_eq!(memory.slice(Addr(0x1001), 2), None);
        assert_eq!(memory.target_bytes(range(0, 0x2000)), 2);
    }

    #[test]
    fn absent_bytes_end_a_read_and_are_never_zeros() {
        let mut builder = SplicedBuilder::new();
        let core = builder.store(SharedBytes::new(vec![7; 16]));
        builder.absent(range(0x1000, 0x3000));
        builder.bytes(range(0x1000, 0x2000), core, 0, Origin::Target);
        let memory = builder.build();
        let mut buffer = [1; 32];
        assert_eq!(memory.read_some(Addr(0x1008), &mut buffer), 8);
        assert_eq!(memory.origin(Addr(0x1010)), Origin::Absent);
        assert_eq!(memory.origin(Addr(0x3000)), Origin::Unmapped);
        assert_eq!(memory.read_some(Addr(0x1010), &mut buffer), 0);
    }

    #[test]
    fn neighbouring_segments_of_one_file_can_be_sliced_across() {
        let mut builder = SplicedBuilder::new();
        let core = builder.store(SharedBytes::new((0..=255).collect::<Vec<u8>>()));
        builder.bytes(range(0x1000, 0x1010), core, 0x20, Origin::Target);
        builder.bytes(range(0x1010, 0x1020), core, 0x30, Origin::Target);
        let memory = builder.build();
        assert_eq!(memory.slice(Addr(0x1008), 16).map(|slice| slice[0]), Some(0x28));
    }

    proptest! {
        #[test]
        fn slices_and_reads_agree(
            layers in proptest::collection::vec((0_u64..200, 0_u64..60, 0_u64..120, 0_u8..3), 0..12),
            at in 0_u64..220,
            len in 0_usize..80,
        ) {
            let mut builder = SplicedBuilder::new();
            let store = builder.store(SharedBytes::new((0..100).collect::<Vec<u8>>()));
            for (start, size, offset, kind) in layers {
                let range = range(start, start + size);
                match kind {
                    0 => builder.absent(range),
                    1 => builder.zeros(range, Origin::VerifiedFile),
                    _ => builder.bytes(range, store, offset, Origin::Target),
                }
            }
            let memory = builder.build();
            let mut buffer = vec![0xee; len];
            let got = memory.read_some(Addr(at), &mut buffer);
            prop_assert!((0..got).all(|index| memory.origin(Addr(at + index as u64)).is_readable()));
            prop_assert!(got == len || !memory.origin(Addr(at + got as u64)).is_readable());
            if let Some(slice) = memory.slice(Addr(at), len) {
                prop_assert_eq!(slice, &buffer[..]);
            }
        }
    }
}
