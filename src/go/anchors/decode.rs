//! Which global variables a piece of code names, and how.

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

use crate::base::Addr;

/// How an instruction names a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// `lea register, [variable]`
    Address,
    /// `mov register, [variable]`
    Load,
    /// Anything else: stores, arithmetic, comparisons.
    Other,
}

/// One mention of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub access: Access,
    pub target: Addr,
}

/// The variables that `code` names relative to its own address, in order.
pub(super) fn mentions(entry: Addr, code: &[u8]) -> Vec<Mention> {
    let decoder = Decoder::with_ip(64, code, entry.0, DecoderOptions::NONE);
    decoder
        .into_iter()
        .filter(Instruction::is_ip_rel_memory_operand)
        .map(|instruction| Mention {
            access: access(&instruction),
            target: Addr(instruction.ip_rel_memory_address()),
        })
        .collect()
}

fn access(instruction: &Instruction) -> Access {
    let into_register = instruction.op0_kind() == OpKind::Register;
    match instruction.mnemonic() {
        Mnemonic::Lea => Access::Address,
        Mnemonic::Mov if into_register => Access::Load,
        _ => Access::Other,
    }
}

/// Where g lies relative to the thread pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsOffset {
    Known(i64),
    /// In this word, filled in by the dynamic linker.
    At(Addr),
}

/// Decodes the first load through `fs` in `runtime.systemstack`, which begins by fetching g.
///
/// ```text
///   mov rax, fs:[disp32]                      executable
///   mov rcx, imm32;       mov rax, fs:[rcx]   PIE
///   mov rcx, [rip+got];   mov rax, fs:[rcx]   shared library, plugin
/// ```
pub(super) fn tls_offset(entry: Addr, code: &[u8]) -> Option<TlsOffset> {
    let mut loaded: Option<(Register, TlsOffset)> = None;
    for instruction in Decoder::with_ip(64, code, entry.0, DecoderOptions::NONE) {
        if instruction.is_invalid() {
            return None;
        }
        if instruction.mnemonic() != Mnemonic::Mov {
            continue;
        }
        if instruction.segment_prefix() == Register::FS || instruction.memory_segment() == Register::FS {
            let displacement = instruction.memory_displacement64().cast_signed();
            return match (instruction.memory_base(), loaded) {
                (Register::None, _) => Some(TlsOffset::Known(displacement)),
                (base, Some((register, TlsOffset::Known(offset)))) if base == register => {
                    Some(TlsOffset::Known(offset.checked_add(displacement)?))
                }
                (base, Some((register, at))) if base == register && displacement == 0 => Some(at),
                _ => None,
            };
        }
        let value = match instruction.op1_kind() {
            OpKind::Immediate32to64 => TlsOffset::Known(instruction.immediate32to64()),
            OpKind::Memory if instruction.is_ip_rel_memory_operand() => {
                TlsOffset::At(Addr(instruction.ip_rel_memory_address()))
            }
            _ => continue,
        };
        loaded = Some((instruction.op0_register(), value));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Addr = Addr(0x40_0000);

    #[test]
    fn all_three_ways_to_reach_g_are_read() {
        let executable = [0x64, 0x48, 0x8b, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff];
        assert_eq!(tls_offset(ENTRY, &executable), Some(TlsOffset::Known(-8)));
        let pie = [0x48, 0xc7, 0xc1, 0xf0, 0xff, 0xff, 0xff, 0x64, 0x48, 0x8b, 0x01];
        assert_eq!(tls_offset(ENTRY, &pie), Some(TlsOffset::Known(-16)));
        let shared = [0x48, 0x8b, 0x0d, 0x10, 0, 0, 0, 0x64, 0x48, 0x8b, 0x01];
        assert_eq!(tls_offset(ENTRY, &shared), Some(TlsOffset::At(Addr(0x40_0017))));
    }

    #[test]
    fn code_that_never_touches_fs_has_no_offset() {
        assert_eq!(tls_offset(ENTRY, &[0x48, 0x89, 0xc8, 0xc3]), None);
        assert_eq!(tls_offset(ENTRY, &[]), None);
    }

    #[test]
    fn loads_and_addresses_are_told_apart() {
        // lea rax,[rip+0x10]; mov rcx,[rip+0x20]; mov [rip+0x30],rcx
        let code = [
            0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0x48, 0x8b, 0x0d, 0x20, 0, 0, 0, 0x48, 0x89, 0x0d, 0x30, 0, 0, 0,
        ];
        let found: Vec<_> = mentions(ENTRY, &code)
            .into_iter()
            .map(|mention| (mention.access, mention.target.0 - ENTRY.0))
            .collect();
        assert_eq!(
            found,
            [
                (Access::Address, 0x17),
                (Access::Load, 0x2e),
                (Access::Other, 0x45)
            ]
        );
    }
}
