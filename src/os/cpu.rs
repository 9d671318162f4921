//! What the processor says of itself.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "older compilers hold CPUID to be unsafe")
)]

/// The components of an XSAVE area in the standard form: number, size, offset, in bytes.
///
/// Empty where the processor has no XSAVE.
#[cfg(target_arch = "x86_64")]
#[must_use]
pub fn xsave_layout() -> Vec<(u32, u32, u32)> {
    use std::arch::x86_64::{__cpuid_count, CpuidResult};
    const XSAVE_LEAF: u32 = 0xd;
    // Safe functions become unsafe pointers, so this compiles whatever the compiler holds it to be.
    let cpuid: unsafe fn(u32, u32) -> CpuidResult = __cpuid_count;
    // SAFETY: every x86-64 processor has the CPUID instruction.
    let highest = unsafe { cpuid(0, 0) }.eax;
    if highest < XSAVE_LEAF {
        return Vec::new();
    }
    (2..63)
        .map(|kind| {
            // SAFETY: as above, and the leaf exists; sub-leaves that do not give zeros.
            let found = unsafe { cpuid(XSAVE_LEAF, kind) };
            (kind, found.eax, found.ebx)
        })
        .filter(|(_, size, offset)| *size > 0 && *offset > 0)
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
#[must_use]
pub fn xsave_layout() -> Vec<(u32, u32, u32)> {
    Vec::new()
}
