//! The register file of one frame: which registers are known there, and their values.

/// A general register by its DWARF number (amd64: 0 = rax ... 15 = r15, 16 = rip).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u8);

const COUNT: usize = 17;
const VECTORS: usize = 16;

/// Registers of one frame. A register that the unwinder could not recover is absent, never zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterFile {
    values: [u64; COUNT],
    /// Bit n: `values[n]` is known.
    known: u32,
    pub flags: Option<u64>,
    pub fs_base: Option<u64>,
    pub gs_base: Option<u64>,
    /// cs, ss, ds, es, fs, gs, where they were recorded.
    pub segments: Option<[u16; 6]>,
    /// xmm0..15, where the vector state was recorded.
    pub xmm: Option<Box<[u128; VECTORS]>>,
    /// Upper halves of ymm0..15.
    pub ymm_high: Option<Box<[u128; VECTORS]>>,
    pub mxcsr: Option<u32>,
}

impl RegisterFile {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn get(&self, reg: Reg) -> Option<u64> {
        let index = usize::from(reg.0);
        (self.known & (1_u32.checked_shl(u32::from(reg.0))?) != 0)
            .then(|| self.values.get(index).copied())
            .flatten()
    }

    /// Sets a register; numbers that no general register has are ignored.
    pub fn set(&mut self, reg: Reg, value: u64) {
        if let Some(slot) = self.values.get_mut(usize::from(reg.0)) {
            *slot = value;
            self.known |= 1 << reg.0;
        }
    }

    pub fn forget(&mut self, reg: Reg) {
        if usize::from(reg.0) < COUNT {
            self.known &= !(1 << reg.0);
        }
    }

    /// Only what belongs to the thread rather than to one of its frames.
    #[must_use]
    pub fn of_thread(&self) -> Self {
        Self {
            fs_base: self.fs_base,
            gs_base: self.gs_base,
            segments: self.segments,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn with(mut self, reg: Reg, value: u64) -> Self {
        self.set(reg, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_registers_are_absent_not_zero() {
        let mut file = RegisterFile::new().with(Reg(7), 0);
        assert_eq!(file.get(Reg(7)), Some(0));
        assert_eq!(file.get(Reg(6)), None);
        assert_eq!(file.get(Reg(200)), None);
        file.forget(Reg(7));
        assert_eq!(file.get(Reg(7)), None);
    }
}
