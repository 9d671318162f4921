//! Go's assembler syntax, as `go tool objdump` and Delve write it, from decoded operands.
//!
//! ```text
//!   mov rax, [rsp+0x28]        MOVQ 0x28(SP), AX         operands from left to right
//!   cmp rsp, [r14+0x10]        CMPQ SP, 0x10(R14)        but for comparisons
//!   call 0x45f2a0              CALL runtime.morestack_noctxt.abi0(SB)
//! ```
//!
//! The rules are those of golang.org/x/arch's writer, oddities included, so that what people know
//! from other tools reads the same here: `TESTL AL, AL` is what they print for a test of bytes.

use iced_x86::{Instruction, Mnemonic, OpKind, Register};

use super::decode;
use super::names::AddrNames;
use crate::base::Addr;
use crate::model::{Role, Runs};

/// Writes one instruction.
pub(super) fn write(instruction: &Instruction, bytes: &[u8], names: AddrNames<'_>) -> Runs {
    if instruction.is_invalid() {
        return Runs::of("?", Role::Missing);
    }
    let mut out = Runs::new();
    out.push(prefixes(instruction), Role::Keyword);
    out.push(mnemonic(instruction, bytes), Role::Keyword);
    let mut operands: Vec<u32> = (0..instruction.op_count()).rev().collect();
    if instruction.mnemonic() == Mnemonic::Cmp {
        operands.reverse();
    }
    if let (Mnemonic::Int3, true) = (instruction.mnemonic(), operands.is_empty()) {
        out.push(" ", Role::Punctuation);
        out.push("$0x3", Role::Number);
    }
    for (place, operand) in operands.into_iter().enumerate() {
        out.push(if place == 0 { " " } else { ", " }, Role::Punctuation);
        write_operand(&mut out, instruction, operand, names);
    }
    out
}

fn prefixes(instruction: &Instruction) -> &'static str {
    if instruction.has_lock_prefix() {
        "LOCK "
    } else if instruction.has_repne_prefix() {
        "REPNE; "
    } else if instruction.has_rep_prefix() {
        "REP; "
    } else {
        ""
    }
}

fn mnemonic(instruction: &Instruction, bytes: &[u8]) -> String {
    let name = format!("{:?}", instruction.mnemonic()).to_uppercase();
    let name = match instruction.mnemonic() {
        Mnemonic::Int3 => "INT".to_owned(),
        Mnemonic::Movsd if !is_string(instruction) => "MOVSD_XMM".to_owned(),
        Mnemonic::Cmpsd if !is_string(instruction) => "CMPSD_XMM".to_owned(),
        _ => name,
    };
    if has_suffix(instruction.mnemonic()) {
        return format!("{name}{}", suffix(instruction, bytes));
    }
    name
}

fn is_string(instruction: &Instruction) -> bool {
    instruction.is_string_instruction()
}

/// The letter for the operands' size: that of memory, of a lone register, or of the encoding.
fn suffix(instruction: &Instruction, bytes: &[u8]) -> &'static str {
    let has_memory = (0..instruction.op_count()).any(|at| instruction.op_kind(at) == OpKind::Memory);
    let memory = instruction.memory_size().size();
    if has_memory && memory != 0 && instruction.mnemonic() != Mnemonic::Lea {
        return match memory {
            1 => "B",
            2 => "W",
            4 => "L",
            8 => "Q",
            _ => "",
        };
    }
    let lone = instruction.op_count() == 1 && instruction.op0_kind() == OpKind::Register;
    if lone && instruction.op0_register().is_gpr64() {
        return "Q";
    }
    encoded_size(bytes)
}

/// By the prefixes: REX.W makes it 64 bits, 0x66 makes it 16.
fn encoded_size(bytes: &[u8]) -> &'static str {
    let mut is_short = false;
    for byte in bytes {
        match byte {
            0x66 => is_short = true,
            0x48..=0x4f => return "Q",
            0x40..=0x47 => break,
            0xf0 | 0xf2 | 0xf3 | 0x2e | 0x36 | 0x3e | 0x26 | 0x64 | 0x65 | 0x67 => {}
            _ => break,
        }
    }
    if is_short { "W" } else { "L" }
}

fn write_operand(out: &mut Runs, instruction: &Instruction, operand: u32, names: AddrNames<'_>) {
    match instruction.op_kind(operand) {
        OpKind::Register => out.push(register(instruction.op_register(operand)), Role::Name),
        OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => {
            let target = Addr(instruction.near_branch_target());
            match names.find(target).filter(|named| named.start == target) {
                Some(named) => symbol(out, named.name, 0),
                None => out.push(target.to_string(), Role::Address),
            }
        }
        OpKind::Memory => write_memory(out, instruction, names),
        OpKind::MemorySegSI | OpKind::MemorySegESI | OpKind::MemorySegRSI => {
            out.push(
                format!("{}:0(SI)", register(instruction.memory_segment())),
                Role::Name,
            );
        }
        OpKind::MemorySegDI | OpKind::MemorySegEDI | OpKind::MemorySegRDI => {
            out.push(
                format!("{}:0(DI)", register(instruction.memory_segment())),
                Role::Name,
            );
        }
        OpKind::MemoryESDI | OpKind::MemoryESEDI | OpKind::MemoryESRDI => out.push("ES:0(DI)", Role::Name),
        _ => out.push(immediate(instruction, operand), Role::Number),
    }
}

fn symbol(out: &mut Runs, name: &str, offset: u64) {
    out.push(name, Role::Function);
    if offset != 0 {
        out.push(format!("+{offset}"), Role::Number);
    }
    out.push("(SB)", Role::Punctuation);
}

fn write_memory(out: &mut Runs, instruction: &Instruction, names: AddrNames<'_>) {
    if let Some(addr) = decode::fixed_address(instruction)
        && let Some(named) = names.find(addr)
    {
        return symbol(out, named.name, addr.0.wrapping_sub(named.start.0));
    }
    let (base, index) = (instruction.memory_base(), instruction.memory_index());
    let segment = instruction.segment_prefix();
    if segment != Register::None {
        out.push(register(segment), Role::Name);
        out.push(":", Role::Punctuation);
    }
    out.push(displacement(instruction, base, index), Role::Number);
    if base != Register::None {
        out.push("(", Role::Punctuation);
        out.push(register(base), Role::Name);
        out.push(")", Role::Punctuation);
    }
    if index != Register::None {
        out.push("(", Role::Punctuation);
        out.push(register(index), Role::Name);
        out.push(
            format!("*{})", instruction.memory_index_scale()),
            Role::Punctuation,
        );
    }
}

/// Signed where it is added to a register, 32 bits where it stands alone.
fn displacement(instruction: &Instruction, base: Register, index: Register) -> String {
    let raw = instruction.memory_displacement64();
    if base == Register::RIP || base == Register::EIP {
        let behind = instruction.next_ip();
        return signed(raw.wrapping_sub(behind).cast_signed());
    }
    if base == Register::None && index == Register::None {
        return signed(i64::from(raw as u32));
    }
    signed(raw.cast_signed())
}

fn signed(number: i64) -> String {
    match number {
        0 => "0".to_owned(),
        ..0 => format!("-{:#x}", number.unsigned_abs()),
        _ => format!("{number:#x}"),
    }
}

fn immediate(instruction: &Instruction, operand: u32) -> String {
    let number = match instruction.op_kind(operand) {
        OpKind::Immediate8 => i64::from(instruction.immediate8()),
        OpKind::Immediate16 => i64::from(instruction.immediate16().cast_signed()),
        OpKind::Immediate32 => i64::from(instruction.immediate32().cast_signed()),
        _ => instruction.immediate(operand).cast_signed(),
    };
    match number {
        0 => "$0x0".to_owned(),
        _ if i32::try_from(number).is_ok() => format!("${}", signed(number)),
        _ => format!("${:#x}", number.cast_unsigned()),
    }
}

/// Without the letters that say the size: the mnemonic has one.
fn register(register: Register) -> String {
    let name = format!("{register:?}").to_uppercase();
    for (long, short) in [("XMM", "X"), ("YMM", "Y"), ("ZMM", "Z")] {
        if let Some(number) = name.strip_prefix(long) {
            return format!("{short}{number}");
        }
    }
    if !register.is_gpr() && register != Register::RIP && register != Register::EIP {
        return name;
    }
    // The old registers' bytes keep their names: AL, CL, AH.
    let full = format!("{:?}", register.full_register()).to_uppercase();
    match full.strip_prefix('R') {
        _ if register.is_gpr8() && name.len() == 2 && !name.starts_with('R') => name,
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => full,
        Some(rest) => rest.to_owned(),
        None => full,
    }
}

/// Whether the mnemonic ends in a letter for the size.
const fn has_suffix(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Adc
            | M::Add
            | M::And
            | M::Bsf
            | M::Bsr
            | M::Bt
            | M::Btc
            | M::Btr
            | M::Bts
            | M::Cmp
            | M::Cmpxchg
            | M::Cvtsi2sd
            | M::Cvtsi2ss
            | M::Cvtsd2si
            | M::Cvtss2si
            | M::Cvttsd2si
            | M::Cvttss2si
            | M::Dec
            | M::Div
            | M::Fldenv
            | M::Frstor
            | M::Idiv
            | M::Imul
            | M::In
            | M::Inc
            | M::Lea
            | M::Mov
            | M::Movnti
            | M::Mul
            | M::Neg
            | M::Nop
            | M::Not
            | M::Or
            | M::Out
            | M::Pop
            | M::Popcnt
            | M::Push
            | M::Rcl
            | M::Rcr
            | M::Rol
            | M::Ror
            | M::Sar
            | M::Sbb
            | M::Shl
            | M::Shld
            | M::Shr
            | M::Shrd
            | M::Sub
            | M::Test
            | M::Xadd
            | M::Xchg
            | M::Xor
    )
}
