//! Location expression + registers + memory -> where a value is.
//!
//! The only file above `symbols` and `unwind` that runs DWARF expressions. A register that is not
//! known in a frame makes that piece missing; it is never taken for zero.

use gimli::{EndianSlice, Evaluation, EvaluationResult, LittleEndian, Location, Piece, Value};

use super::bytes::{Missing, Scattered};
use crate::arch::{Reg, RegisterFile, amd64};
use crate::base::Addr;
use crate::memory::{Memory, MemoryExt};
use crate::symbols::{DebugInfo, Expression};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// What expressions are run on.
#[derive(Clone, Copy)]
pub(crate) struct Machine<'a> {
    pub(crate) info: &'a DebugInfo,
    pub(crate) memory: &'a dyn Memory,
    pub(crate) bias: u64,
    /// `None` outside of any frame.
    pub(crate) registers: Option<&'a RegisterFile>,
    pub(crate) cfa: Option<Addr>,
    pub(crate) frame_base: Option<Expression<'a>>,
    /// Steps of one expression.
    pub(crate) steps: u32,
}

/// Where a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Memory(Addr),
    /// In several pieces, in registers, or a constant.
    Scattered(Scattered),
    Missing(Missing),
}

impl Place {
    /// A constant of the debug information, as wide as its type.
    pub(crate) fn constant(bytes: &[u8], size: Option<u64>) -> Self {
        let size = size.and_then(|size| usize::try_from(size).ok());
        let wanted = size.unwrap_or(bytes.len()).min(bytes.len());
        let mut value = Scattered::new();
        value.push(bytes.get(..wanted).unwrap_or_default());
        Self::Scattered(value)
    }
}

/// Bytes taken together from pieces when the type does not say its size.
const UNSIZED: u64 = 64;
/// Bytes put together from pieces at most; the compiler splits only what fits registers.
const MOST: u64 = 64 << 10;

/// Where the value of `size` bytes that `expression` describes is.
pub(crate) fn locate(machine: &Machine<'_>, expression: &Expression<'_>, size: Option<u64>) -> Place {
    match run(machine, expression, true) {
        Ok(pieces) => assemble(machine, &pieces, size),
        Err(missing) => Place::Missing(missing),
    }
}

fn run<'e>(
    machine: &Machine<'_>,
    expression: &Expression<'e>,
    frame_base_allowed: bool,
) -> Result<Vec<Piece<Slice<'e>>>, Missing> {
    let code = EndianSlice::new(expression.bytes, LittleEndian);
    let mut evaluation = Evaluation::new(code, expression.encoding);
    evaluation.set_max_iterations(machine.steps);
    let damaged = |error: gimli::Error| Missing::unreadable(format!("its location is damaged: {error}"));
    let mut state = evaluation.evaluate().map_err(damaged)?;
    // Every turn has run at least one operation, so the budget of operations ends this loop as well.
    loop {
        state = match state {
            EvaluationResult::Complete => return Ok(evaluation.as_result().to_vec()),
            EvaluationResult::RequiresRegister { register, base_type } => {
                plain(base_type.0)?;
                let value = general(machine, register.0)?;
                evaluation.resume_with_register(Value::Generic(value))
            }
            EvaluationResult::RequiresMemory {
                address,
                size,
                space: None,
                base_type,
            } => {
                plain(base_type.0)?;
                evaluation.resume_with_memory(Value::Generic(read_word(machine, address, size)?))
            }
            EvaluationResult::RequiresFrameBase => {
                if !frame_base_allowed {
                    return Err(Missing::unreadable("the frame's base is defined by itself"));
                }
                evaluation.resume_with_frame_base(frame_base(machine)?)
            }
            EvaluationResult::RequiresCallFrameCfa => evaluation.resume_with_call_frame_cfa(cfa(machine)?),
            EvaluationResult::RequiresRelocatedAddress(address) => {
                evaluation.resume_with_relocated_address(address.wrapping_add(machine.bias))
            }
            EvaluationResult::RequiresIndexedAddress { index, relocate } => {
                let address = machine.info.indexed_address(expression.unit, index.0);
                let address =
                    address.ok_or_else(|| Missing::unreadable("its address is not in the table"))?;
                let bias = if relocate { machine.bias } else { 0 };
                evaluation.resume_with_indexed_address(address.0.wrapping_add(bias))
            }
            // What a register held when the function began is nowhere once it was overwritten.
            EvaluationResult::RequiresEntryValue(_) => return Err(Missing::optimized_out()),
            EvaluationResult::RequiresTls(_) => {
                return Err(Missing::unreadable("thread-local variables cannot be read yet"));
            }
            _ => return Err(unknown()),
        }
        .map_err(damaged)?;
    }
}

fn unknown() -> Missing {
    Missing::unreadable("its location uses operations that are not known here")
}

/// Typed DWARF stacks appear in optimised C alone; a wrong guess would be a wrong value.
fn plain(base_type: usize) -> Result<(), Missing> {
    if base_type == 0 { Ok(()) } else { Err(unknown()) }
}

fn cfa(machine: &Machine<'_>) -> Result<u64, Missing> {
    let cfa = machine.cfa.map(|cfa| cfa.0);
    cfa.ok_or_else(|| Missing::unreadable("where its frame lies is not known"))
}

fn frame_base(machine: &Machine<'_>) -> Result<u64, Missing> {
    let Some(expression) = &machine.frame_base else {
        return Err(Missing::unreadable("where its frame lies is not described"));
    };
    let pieces = run(machine, expression, false)?;
    match pieces.as_slice() {
        [
            Piece {
                location: Location::Address { address },
                ..
            },
        ] => Ok(*address),
        // `DW_OP_reg6`: the base is what the register holds.
        [
            Piece {
                location: Location::Register { register },
                ..
            },
        ] => general(machine, register.0),
        [
            Piece {
                location: Location::Value { value },
                ..
            },
        ] => value.to_u64(u64::MAX).map_err(|_| unknown()),
        _ => Err(unknown()),
    }
}

fn read_word(machine: &Machine<'_>, address: u64, size: u8) -> Result<u64, Missing> {
    let mut word = [0; 8];
    let part = word.get_mut(..usize::from(size)).ok_or_else(unknown)?;
    machine
        .memory
        .read_exact(Addr(address), part)
        .map_err(|error| Missing::unreadable(error.to_string()))?;
    Ok(u64::from_le_bytes(word))
}

fn general(machine: &Machine<'_>, register: u16) -> Result<u64, Missing> {
    let number = u8::try_from(register).map_err(|_| unknown())?;
    let known = machine.registers.and_then(|file| file.get(Reg(number)));
    known.ok_or_else(|| lost_register(register))
}

fn lost_register(register: u16) -> Missing {
    let general = amd64::GENERAL
        .iter()
        .find(|(_, reg)| u16::from(reg.0) == register);
    let name = match (general, register.checked_sub(amd64::FIRST_XMM)) {
        (Some((name, _)), _) => (*name).to_owned(),
        (None, Some(vector)) => format!("xmm{vector}"),
        (None, None) => format!("number {register}"),
    };
    Missing::unreadable(format!(
        "it is in register {name}, which is not recoverable in this frame"
    ))
}

/// All bytes of a register, little endian.
fn register_bytes(machine: &Machine<'_>, register: u16) -> Result<Vec<u8>, Missing> {
    if let Some(vector) = register.checked_sub(amd64::FIRST_XMM) {
        let file = machine.registers.and_then(|file| file.xmm.as_deref());
        let value = file.and_then(|xmm| xmm.get(usize::from(vector)));
        return value
            .map(|value| value.to_le_bytes().to_vec())
            .ok_or_else(|| lost_register(register));
    }
    general(machine, register).map(|value| value.to_le_bytes().to_vec())
}

fn assemble(machine: &Machine<'_>, pieces: &[Piece<Slice<'_>>], size: Option<u64>) -> Place {
    if let Some(addr) = contiguous(pieces, size) {
        return Place::Memory(addr);
    }
    let whole = size.unwrap_or(UNSIZED).min(MOST);
    let mut value = Scattered::new();
    for piece in pieces {
        let left = whole.saturating_sub(value.len() as u64);
        let bits = piece.size_in_bits.unwrap_or_else(|| left.saturating_mul(8));
        let len = usize::try_from((bits / 8).min(left)).unwrap_or(0);
        if bits % 8 != 0 || piece.bit_offset.unwrap_or(0) != 0 {
            value.push_missing(len, unknown());
            continue;
        }
        match piece_bytes(machine, piece, len) {
            Ok(bytes) => {
                let known = bytes.get(..len).unwrap_or(&bytes);
                value.push(known);
                value.push_missing(
                    len - known.len(),
                    Missing::unreadable("its register is too small for it"),
                );
            }
            Err(missing) => value.push_missing(len, missing),
        }
    }
    let rest = usize::try_from(whole).unwrap_or(0).saturating_sub(value.len());
    if size.is_some() {
        value.push_missing(rest, Missing::optimized_out());
    }
    match value.wholly_missing() {
        Some(missing) => Place::Missing(missing),
        None if value.len() == 0 && size != Some(0) => Place::Missing(Missing::optimized_out()),
        None => Place::Scattered(value),
    }
}

fn piece_bytes(machine: &Machine<'_>, piece: &Piece<Slice<'_>>, len: usize) -> Result<Vec<u8>, Missing> {
    match &piece.location {
        Location::Empty => Err(Missing::optimized_out()),
        Location::Register { register } => register_bytes(machine, register.0),
        Location::Address { address } => machine
            .memory
            .read_bytes(Addr(*address), len)
            .map_err(|error| Missing::unreadable(error.to_string())),
        Location::Value { value } => {
            let word = value.to_u64(u64::MAX).map_err(|_| unknown())?;
            Ok(word.to_le_bytes().to_vec())
        }
        Location::Bytes { value } => Ok(value.slice().to_vec()),
        Location::ImplicitPointer { .. } => Err(Missing {
            why: "what it points to is optimised away".into(),
            ..Missing::optimized_out()
        }),
    }
}

/// The address of a value whose pieces all lie behind each other in memory and cover it.
fn contiguous(pieces: &[Piece<Slice<'_>>], size: Option<u64>) -> Option<Addr> {
    let mut start = None;
    let mut next: Option<u64> = None;
    let mut covered = 0_u64;
    for piece in pieces {
        let Location::Address { address } = piece.location else {
            return None;
        };
        let Some(bits) = piece.size_in_bits else {
            return (pieces.len() == 1).then_some(Addr(address));
        };
        if bits % 8 != 0 || piece.bit_offset.unwrap_or(0) != 0 || next.is_some_and(|next| next != address) {
            return None;
        }
        start = start.or(Some(address));
        next = Some(address.checked_add(bits / 8)?);
        covered = covered.checked_add(bits / 8)?;
    }
    (covered >= size?).then_some(Addr(start?))
}
