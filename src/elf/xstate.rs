//! Vector registers out of NT_FPREGSET (FXSAVE) and NT_X86_XSTATE (XSAVE) notes.
//!
//! ```text
//!     0  x87, 24 mxcsr, 160 xmm0..15        the FXSAVE area, 512 bytes
//!   464  xcr0, written by the kernel; 0 in Delve's dumps
//!   512  XSAVE header: xstate_bv, xcomp_bv
//!   576  upper halves of ymm0..15           first extended component, also when compacted
//! ```

use crate::base::{Cursor, OutOfBounds};

/// Vector registers of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorState {
    pub mxcsr: u32,
    pub xmm: Box<[u128; 16]>,
    /// Upper halves of ymm0..15, where the processor has them and they were kept.
    pub ymm_high: Option<Box<[u128; 16]>>,
}

const MXCSR: usize = 24;
const XMM: usize = 160;
const XCR0: usize = 464;
const XSTATE_BV: usize = 512;
const YMM_HIGH: usize = 576;
const YMM_HIGH_SIZE: u32 = 256;
const AVX: u32 = 2;
/// The area is at least this long where the processor has the component at all.
const WITH_AVX: usize = YMM_HIGH + YMM_HIGH_SIZE as usize;

impl VectorState {
    /// An FXSAVE area of 512 bytes.
    pub fn parse_fxsave(desc: &[u8]) -> Result<Self, OutOfBounds> {
        Ok(Self {
            mxcsr: Cursor::at(desc, MXCSR).u32()?,
            xmm: lanes(desc, XMM)?,
            ymm_high: None,
        })
    }

    /// An XSAVE area of any size. `layout` is what an XSAVE_LAYOUT note said: type, size, offset.
    pub fn parse_xsave(desc: &[u8], layout: &[(u32, u32, u32)]) -> Result<Self, OutOfBounds> {
        let mut state = Self::parse_fxsave(desc)?;
        let offset = layout
            .iter()
            .find(|(kind, size, _)| *kind == AVX && *size == YMM_HIGH_SIZE)
            .map_or(YMM_HIGH, |(_, _, offset)| *offset as usize);
        let (Ok(xcr0), Ok(xstate_bv)) = (Cursor::at(desc, XCR0).u64(), Cursor::at(desc, XSTATE_BV).u64())
        else {
            return Ok(state);
        };
        state.ymm_high = if has_avx(xstate_bv) {
            lanes(desc, offset).ok()
        } else if has_avx(xcr0) || xcr0 == 0 && desc.len() >= WITH_AVX {
            // In its initial state, which is zero and need not have been written.
            Some(Box::new([0; 16]))
        } else {
            None
        };
        Ok(state)
    }
}

const fn has_avx(features: u64) -> bool {
    features & (1 << AVX) != 0
}

fn lanes(desc: &[u8], offset: usize) -> Result<Box<[u128; 16]>, OutOfBounds> {
    let mut cursor = Cursor::at(desc, offset);
    let mut lanes = Box::new([0; 16]);
    for lane in lanes.iter_mut() {
        *lane = u128::from_le_bytes(cursor.array()?);
    }
    Ok(lanes)
}

/// Components with the places that processors of Intel give them and that readers of cores expect:
/// number, size, offset. AVX, then the three of AVX-512.
const EXPECTED: [(u32, u32, u32); 4] = [(2, 256, 576), (5, 64, 1088), (6, 512, 1152), (7, 1024, 1664)];
const X87_AND_SSE: u64 = 0b11;
const AVX_512: u64 = 0b1110_0000;
/// PKRU: the kernel gives every thread the same value; nobody looks for it in a core.
const UNINTERESTING: u64 = 1 << 9;
const HEADER_END: usize = YMM_HIGH;

/// An XSAVE area as every reader of cores takes it without complaint.
///
/// gdb up to 13 knows one size for each set of components and warns about every thread of a core
/// with any other, such as the 11,008 bytes of a processor with AMX; it also expects components where
/// Intel's processors have them, which AMD's do not. So AVX and AVX-512 are put there and the rest is
/// left out, unless a thread makes use of it: then nothing is changed. `components` is what the
/// processor says of its own layout (CPUID leaf 0xd): number, size, offset.
#[must_use]
pub fn portable_xsave(area: &[u8], components: &[(u32, u32, u32)]) -> Vec<u8> {
    repack(area, components).unwrap_or_else(|| area.to_vec())
}

fn repack(area: &[u8], components: &[(u32, u32, u32)]) -> Option<Vec<u8>> {
    let xcr0 = Cursor::at(area, XCR0).u64().ok().filter(|xcr0| *xcr0 != 0)?;
    let in_use = Cursor::at(area, XSTATE_BV).u64().ok()?;
    let expected = EXPECTED
        .iter()
        .fold(X87_AND_SSE, |bits, (kind, _, _)| bits | 1 << kind);
    if in_use & !expected & !UNINTERESTING != 0 {
        return None;
    }
    let mut kept = xcr0 & expected;
    if kept & AVX_512 != AVX_512 || !has_avx(kept) {
        kept &= !AVX_512;
    }
    let present = || EXPECTED.iter().filter(|(kind, _, _)| kept & (1 << kind) != 0);
    let size = present()
        .map(|(_, size, offset)| size + offset)
        .max()
        .map_or(HEADER_END, |size| size as usize);
    let mut packed = area.get(..HEADER_END)?.to_vec();
    packed.resize(size, 0);
    put(&mut packed, XCR0, &kept.to_le_bytes())?;
    put(&mut packed, XSTATE_BV, &(in_use & kept).to_le_bytes())?;
    for (kind, size, to) in present().filter(|(kind, _, _)| in_use & (1 << kind) != 0) {
        let (_, _, from) = components
            .iter()
            .find(|(found, found_size, _)| found == kind && found_size == size)?;
        let from = *from as usize;
        let part = area.get(from..from.checked_add(*size as usize)?)?;
        put(&mut packed, *to as usize, part)?;
    }
    Some(packed)
}

fn put(into: &mut [u8], at: usize, bytes: &[u8]) -> Option<()> {
    into.get_mut(at..at.checked_add(bytes.len())?)?
        .copy_from_slice(bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AVX and AVX-512 where AMD's processors have them, PKRU behind; AMX beyond.
    const AMD: [(u32, u32, u32); 6] = [
        (2, 256, 576),
        (5, 64, 832),
        (6, 512, 896),
        (7, 1024, 1408),
        (9, 8, 2432),
        (18, 8192, 2816),
    ];

    fn area(xcr0: u64, in_use: u64) -> Vec<u8> {
        let mut area = vec![0; 11_008];
        area[..464].fill(1);
        area[464..472].copy_from_slice(&xcr0.to_le_bytes());
        area[512..520].copy_from_slice(&in_use.to_le_bytes());
        for (kind, size, offset) in AMD {
            area[offset as usize..(offset + size) as usize].fill(kind as u8);
        }
        area
    }

    #[test]
    fn components_move_to_where_readers_expect_them() {
        let packed = portable_xsave(&area(0x602e7, 0x2e7), &AMD);
        assert_eq!(packed.len(), 2688);
        assert_eq!(packed[464..472], 0xe7_u64.to_le_bytes());
        assert_eq!(packed[512..520], 0xe7_u64.to_le_bytes());
        for (kind, size, offset) in EXPECTED {
            let part = &packed[offset as usize..(offset + size) as usize];
            assert!(part.iter().all(|byte| u32::from(*byte) == kind), "{kind}");
        }
        assert!(packed[832..1088].iter().all(|byte| *byte == 0));
        let state = VectorState::parse_xsave(&packed, &[]).unwrap();
        assert_eq!(state.ymm_high.unwrap()[15].to_le_bytes(), [2; 16]);
    }

    #[test]
    fn what_the_processor_lacks_or_a_thread_does_not_use_is_left_out() {
        assert_eq!(portable_xsave(&area(0x7, 0x7), &AMD).len(), 832);
        assert_eq!(portable_xsave(&area(0x3, 0x3), &AMD).len(), 576);
        let unused = portable_xsave(&area(0xe7, 0x3), &AMD);
        assert_eq!(unused.len(), 2688);
        assert!(unused[576..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn an_area_that_cannot_be_moved_stays_as_it_is() {
        let with_amx = area(0x602e7, 0x60000);
        assert_eq!(portable_xsave(&with_amx, &AMD), with_amx);
        let unknown_layout = area(0xe7, 0xe7);
        assert_eq!(portable_xsave(&unknown_layout, &[]), unknown_layout);
        let without_xcr0 = area(0, 7);
        assert_eq!(portable_xsave(&without_xcr0, &AMD), without_xcr0);
        assert_eq!(portable_xsave(&[1; 100], &AMD), [1; 100]);
        assert_eq!(portable_xsave(&[], &AMD), Vec::<u8>::new());
    }
}
