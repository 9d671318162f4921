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
