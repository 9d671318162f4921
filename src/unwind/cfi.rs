//! Call frame information of one image: the row that holds at a pc, as an [`UnwindRule`].
//!
//! `.eh_frame` is searched through its sorted table (`.eh_frame_hdr`) when that is sane, otherwise,
//! like `.debug_frame`, through an index of its entries made once. A damaged entry is skipped; what
//! remains still serves.

use std::sync::{Arc, OnceLock};

use gimli::{
    BaseAddresses, DebugFrame, EhFrame, EhFrameHdr, EndianSlice, Evaluation, EvaluationResult, Expression,
    LittleEndian, Operation, Register, RegisterRule, UnwindContext, UnwindExpression, UnwindSection,
    UnwindTableRow, Value,
};

use super::{CallerTable, CfaRule, FoundRule, Saved, UnwindError, UnwindRule};
use crate::arch::{Reg, RegisterFile, amd64};
use crate::base::{Addr, ImageAddr, Limits};
use crate::elf::ElfFile;
use crate::memory::{Memory, MemoryExt};
use crate::model::FrameTrust;

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

const ENCODING: gimli::Encoding = gimli::Encoding {
    address_size: 8,
    format: gimli::Format::Dwarf32,
    version: 4,
};

/// Registers that a C function leaves as it found them (System V ABI for amd64): without a rule of
/// their own they still hold the caller's values.
const PRESERVED: [Reg; 6] = [
    amd64::RBX,
    amd64::RBP,
    amd64::R12,
    amd64::R13,
    amd64::R14,
    amd64::R15,
];

/// The call frame information of one image.
#[derive(Debug)]
pub struct CfiTable {
    elf: Arc<ElfFile>,
    bias: u64,
    limits: Limits,
    bases: BaseAddresses,
    eh_frame_index: OnceLock<Vec<IndexEntry>>,
    debug_frame: OnceLock<Option<(Vec<u8>, Vec<IndexEntry>)>>,
}

/// Where the entry of a range of code lies in its section.
#[derive(Clone, Copy, Debug)]
struct IndexEntry {
    start: u64,
    end: u64,
    offset: usize,
}

impl CfiTable {
    /// The tables of `elf`, loaded with `bias`. Nothing is read before it is asked for.
    #[must_use]
    pub fn new(elf: Arc<ElfFile>, bias: u64, limits: &Limits) -> Self {
        let at = |name: &str| elf.section(name).map_or(0, |section| section.addr.0);
        let bases = BaseAddresses::default()
            .set_eh_frame_hdr(at(".eh_frame_hdr"))
            .set_eh_frame(at(".eh_frame"))
            .set_text(at(".text"))
            .set_got(at(".got"));
        Self {
            bias,
            limits: limits.clone(),
            bases,
            eh_frame_index: OnceLock::new(),
            debug_frame: OnceLock::new(),
            elf,
        }
    }

    /// The rule of the frame with these registers; see [`super::RuleSource::rule`].
    pub fn rule(
        &self,
        registers: &RegisterFile,
        exact: bool,
        memory: &dyn Memory,
    ) -> Result<FoundRule, UnwindError> {
        let pc = Addr(
            registers
                .get(amd64::RIP)
                .ok_or(UnwindError::Register(amd64::RIP))?,
        );
        let looked_up = pc.offset(if exact { 0 } else { -1 }).to_image(self.bias);
        let world = World { registers, memory };
        let table = match self.in_eh_frame(looked_up, &world) {
            Ok(table) => Ok(table),
            Err(first) => self.in_debug_frame(looked_up, &world).map_err(|_| first),
        };
        let table = table.map_err(|error| match error {
            gimli::Error::NoUnwindInfoForAddress => UnwindError::NoRule(pc),
            other => UnwindError::Damaged {
                pc,
                why: other.to_string(),
            },
        })?;
        Ok(FoundRule {
            rule: UnwindRule::Table(table),
            trust: FrameTrust::Cfi,
        })
    }

    fn in_eh_frame(&self, pc: ImageAddr, world: &World<'_>) -> gimli::Result<CallerTable> {
        let Some(Ok(bytes)) = self.elf.section_data(".eh_frame", &self.limits) else {
            return Err(gimli::Error::NoUnwindInfoForAddress);
        };
        let section = EhFrame::new(&bytes, LittleEndian);
        if let Some(offset) = self.search_header(pc)
            && let Ok(table) = row_at(&section, &self.bases, offset, pc, world)
        {
            return Ok(table);
        }
        let index = self
            .eh_frame_index
            .get_or_init(|| index_of(&section, &self.bases, &self.limits));
        from_index(&section, &self.bases, index, pc, world)
    }

    /// Offset of the entry that the sorted table of `.eh_frame_hdr` gives for `pc`.
    fn search_header(&self, pc: ImageAddr) -> Option<usize> {
        let bytes = self.elf.section_data(".eh_frame_hdr", &self.limits)?.ok()?;
        let header = EhFrameHdr::new(&bytes, LittleEndian)
            .parse(&self.bases, ENCODING.address_size)
            .ok()?;
        let table = header.table()?;
        let pointer = table.lookup(pc.0, &self.bases).ok()?;
        let offset = table.pointer_to_offset(pointer).ok()?.0;
        Some(offset)
    }

    fn in_debug_frame(&self, pc: ImageAddr, world: &World<'_>) -> gimli::Result<CallerTable> {
        let loaded = self.debug_frame.get_or_init(|| {
            let bytes = self
                .elf
                .section_data(".debug_frame", &self.limits)?
                .ok()?
                .into_owned();
            let section = DebugFrame::new(&bytes, LittleEndian);
            let index = index_of(&section, &self.bases, &self.limits);
            Some((bytes, index))
        });
        let Some((bytes, index)) = loaded else {
            return Err(gimli::Error::NoUnwindInfoForAddress);
        };
        let section = DebugFrame::new(bytes, LittleEndian);
        from_index(&section, &self.bases, index, pc, world)
    }
}

/// What a rule that is a program may ask for.
struct World<'a> {
    registers: &'a RegisterFile,
    memory: &'a dyn Memory,
}

/// All entries of a section by address. Entries that do not parse are left out.
fn index_of<'a, S: UnwindSection<Bytes<'a>>>(
    section: &S,
    bases: &BaseAddresses,
    limits: &Limits,
) -> Vec<IndexEntry> {
    let mut index = Vec::new();
    let mut entries = section.entries(bases);
    // An entry has at least four bytes, so this loop ends with its section at the latest.
    while let Ok(Some(entry)) = entries.next() {
        let gimli::CieOrFde::Fde(partial) = entry else {
            continue;
        };
        if let Ok(fde) = partial.parse(S::cie_from_offset) {
            index.push(IndexEntry {
                start: fde.initial_address(),
                end: fde.end_address(),
                offset: fde.offset(),
            });
        }
        if index.len() >= limits.unwind_entries {
            break;
        }
    }
    index.sort_by_key(|entry| entry.start);
    index
}

fn from_index<'a, S: UnwindSection<Bytes<'a>>>(
    section: &S,
    bases: &BaseAddresses,
    index: &[IndexEntry],
    pc: ImageAddr,
    world: &World<'_>,
) -> gimli::Result<CallerTable> {
    let after = index.partition_point(|entry| entry.start <= pc.0);
    let entry = after
        .checked_sub(1)
        .and_then(|at| index.get(at))
        .filter(|entry| pc.0 < entry.end)
        .ok_or(gimli::Error::NoUnwindInfoForAddress)?;
    row_at(section, bases, entry.offset, pc, world)
}

/// The row for `pc` of the entry at `offset`.
fn row_at<'a, S: UnwindSection<Bytes<'a>>>(
    section: &S,
    bases: &BaseAddresses,
    offset: usize,
    pc: ImageAddr,
    world: &World<'_>,
) -> gimli::Result<CallerTable> {
    let fde = section.fde_from_offset(bases, S::Offset::from(offset), S::cie_from_offset)?;
    if !fde.contains(pc.0) {
        return Err(gimli::Error::NoUnwindInfoForAddress);
    }
    let signal = fde.is_signal_trampoline();
    let return_address = fde.cie().return_address_register();
    let mut context = UnwindContext::new();
    let row = fde.unwind_info_for_address(section, bases, &mut context, pc.0)?;
    let mut table = table_of(row, return_address, section, world)?;
    table.signal = signal;
    Ok(table)
}

fn table_of<'a, S: UnwindSection<Bytes<'a>>>(
    row: &UnwindTableRow<usize>,
    return_address: Register,
    section: &S,
    world: &World<'_>,
) -> gimli::Result<CallerTable> {
    let cfa = match row.cfa() {
        gimli::CfaRule::RegisterAndOffset { register, offset } => CfaRule::Register(
            general(*register).ok_or(gimli::Error::NoUnwindInfoForAddress)?,
            *offset,
        ),
        gimli::CfaRule::Expression(expression) => cfa_expression(expression.get(section)?, world)?,
    };
    let mut table = CallerTable::new(cfa);
    for reg in PRESERVED {
        table = table.with(reg, Saved::Same);
    }
    for (register, rule) in row.registers() {
        let reg = if *register == return_address {
            Some(amd64::RIP)
        } else {
            general(*register)
        };
        if let Some(reg) = reg {
            table = table.with(reg, saved(rule, section));
        }
    }
    Ok(table)
}

fn general(register: Register) -> Option<Reg> {
    u8::try_from(register.0)
        .ok()
        .filter(|number| *number <= amd64::RIP.0)
        .map(Reg)
}

fn saved<'a, S: UnwindSection<Bytes<'a>>>(rule: &RegisterRule<usize>, section: &S) -> Saved {
    let small = |offset: i64| i32::try_from(offset).ok();
    match rule {
        RegisterRule::SameValue => Some(Saved::Same),
        RegisterRule::Offset(offset) => small(*offset).map(Saved::AtCfa),
        RegisterRule::ValOffset(offset) => small(*offset).map(Saved::Cfa),
        RegisterRule::Register(other) => general(*other).map(Saved::In),
        RegisterRule::Expression(expression) => base_and_offset(expression, section)
            .and_then(|(reg, offset)| Some(Saved::At(reg, small(offset)?))),
        _ => None,
    }
    .unwrap_or(Saved::Lost)
}

/// Expressions of saved registers are `register + offset` in all code seen: signal trampolines and
/// functions that realign their stack.
fn base_and_offset<'a, S: UnwindSection<Bytes<'a>>>(
    expression: &UnwindExpression<usize>,
    section: &S,
) -> Option<(Reg, i64)> {
    let mut operations = expression.get(section).ok()?.operations(ENCODING);
    let first = operations.next().ok()??;
    match (first, operations.next()) {
        (Operation::RegisterOffset { register, offset, .. }, Ok(None)) => Some((general(register)?, offset)),
        _ => None,
    }
}

fn cfa_expression(expression: Expression<Bytes<'_>>, world: &World<'_>) -> gimli::Result<CfaRule> {
    let mut operations = expression.operations(ENCODING);
    if let (
        Some(Operation::RegisterOffset { register, offset, .. }),
        Some(Operation::Deref { size: 8, .. }),
        None,
    ) = (operations.next()?, operations.next()?, operations.next()?)
        && let Some(reg) = general(register)
    {
        return Ok(CfaRule::Deref(reg, offset));
    }
    evaluate(expression, world).map(CfaRule::Value)
}

/// Runs an expression, as procedure linkage tables have them; within the budget of steps.
fn evaluate(expression: Expression<Bytes<'_>>, world: &World<'_>) -> gimli::Result<Addr> {
    let failed = gimli::Error::NoUnwindInfoForAddress;
    let mut evaluation: Evaluation<Bytes<'_>> = expression.evaluation(ENCODING);
    evaluation.set_max_iterations(Limits::default().dwarf_steps);
    let mut result = evaluation.evaluate()?;
    loop {
        result = match result {
            EvaluationResult::Complete => break,
            EvaluationResult::RequiresRegister { register, .. } => {
                let value = general(register)
                    .and_then(|reg| world.registers.get(reg))
                    .ok_or(failed)?;
                evaluation.resume_with_register(Value::Generic(value))?
            }
            EvaluationResult::RequiresMemory { address, size: 8, .. } => {
                let value = world.memory.read_u64(Addr(address)).map_err(|_| failed)?;
                evaluation.resume_with_memory(Value::Generic(value))?
            }
            _ => return Err(failed),
        };
    }
    evaluation
        .value_result()
        .and_then(|value| value.to_u64(u64::MAX).ok())
        .map(Addr)
        .ok_or(failed)
}
