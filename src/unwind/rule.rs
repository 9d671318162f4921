//! [`UnwindRule`]: what to do to get the caller's registers, as a small value, and its execution.
//!
//! Whoever knows code (call frame information, Go's table of stack depths) says *which* rule holds
//! at a pc; this file alone reads the stack. A register that a rule does not recover is forgotten,
//! never carried over.

use super::UnwindError;
use crate::arch::{Reg, RegisterFile, amd64};
use crate::base::Addr;
use crate::memory::{Memory, MemoryExt};
use crate::model::FrameTrust;

/// Register columns of a [`CallerTable`]: DWARF numbers 0 to 16.
const COLUMNS: usize = 17;

/// How to find the caller's registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnwindRule {
    /// Go code. Only the stack pointer, the frame pointer and g survive a Go call.
    ///
    /// ```text
    ///   sp + depth + 8 = cfa ->  arguments of this call
    ///                  cfa-8     return address
    ///                  cfa-16    caller's frame pointer, where the function pushed it
    ///                  ...       locals: `depth` bytes in all, the frame pointer included
    ///   sp ->
    /// ```
    StackDepth {
        depth: u32,
        frame_pointer: SavedFramePointer,
    },
    /// A chain of frame pointers: `[rbp]` is the caller's, `[rbp+8]` the return address.
    FramePointer,
    /// A row of call frame information.
    Table(CallerTable),
    /// A signal handler returned here: the kernel's `ucontext` lies at the stack pointer.
    SignalReturn,
}

/// What became of the caller's frame pointer in a Go function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedFramePointer {
    /// Saved below the return address.
    Pushed,
    /// Still in the register.
    Untouched,
    /// Not known.
    Lost,
}

/// How to compute the canonical frame address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CfaRule {
    /// Register plus offset.
    Register(Reg, i64),
    /// The word at register plus offset: what functions that realign their stack use.
    Deref(Reg, i64),
    /// The result of a larger expression, evaluated when the rule was looked up.
    Value(Addr),
}

/// Where a register of the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    Lost,
    Same,
    /// In memory at the CFA plus this.
    AtCfa(i32),
    /// The CFA plus this.
    Cfa(i32),
    /// In memory at register plus offset.
    At(Reg, i32),
    In(Reg),
}

/// One row of call frame information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerTable {
    pub cfa: CfaRule,
    columns: [Saved; COLUMNS],
    /// The caller was interrupted, so its pc is exact.
    pub signal: bool,
}

/// A rule and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundRule {
    pub rule: UnwindRule,
    pub trust: FrameTrust,
}

/// Who knows the rules of some code.
pub trait RuleSource: Sync {
    /// The rule of the frame whose registers are given. `exact` tells that its pc is the next
    /// instruction; otherwise it is a return address, whose call lies before it.
    ///
    /// Registers and memory are at hand for rules that are small programs.
    fn rule(
        &self,
        registers: &RegisterFile,
        exact: bool,
        memory: &dyn Memory,
    ) -> Result<FoundRule, UnwindError>;

    /// Whether a return address may lie here. A caller anywhere else is not believed.
    fn is_code(&self, pc: Addr) -> bool;
}

/// What executing a rule yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Canonical frame address of the callee: the stack pointer of the caller.
    pub cfa: Addr,
    /// `None` when the rule says that there is no caller.
    pub registers: Option<RegisterFile>,
    /// The caller was interrupted: its pc is exact.
    pub interrupted: bool,
}

impl CallerTable {
    /// A row where every register is lost but the stack pointer, which is the CFA.
    #[must_use]
    pub fn new(cfa: CfaRule) -> Self {
        let columns = [Saved::Lost; COLUMNS];
        Self {
            cfa,
            columns,
            signal: false,
        }
        .with(amd64::RSP, Saved::Cfa(0))
    }

    #[must_use]
    pub fn with(mut self, reg: Reg, saved: Saved) -> Self {
        if let Some(column) = self.columns.get_mut(usize::from(reg.0)) {
            *column = saved;
        }
        self
    }

    #[must_use]
    pub fn column(&self, reg: Reg) -> Saved {
        self.columns
            .get(usize::from(reg.0))
            .copied()
            .unwrap_or(Saved::Lost)
    }
}

impl UnwindRule {
    /// The canonical frame address of the frame with these registers.
    pub fn cfa(&self, registers: &RegisterFile, memory: &dyn Memory) -> Result<Addr, UnwindError> {
        match *self {
            Self::StackDepth { depth, .. } => {
                let sp = known(registers, amd64::RSP)?;
                Ok(Addr(sp.wrapping_add(u64::from(depth)).wrapping_add(8)))
            }
            Self::FramePointer => Ok(Addr(known(registers, amd64::RBP)?.wrapping_add(16))),
            Self::SignalReturn => Ok(Addr(known(registers, amd64::RSP)?)),
            Self::Table(table) => match table.cfa {
                CfaRule::Register(reg, offset) => Ok(Addr(known(registers, reg)?).offset(offset)),
                CfaRule::Deref(reg, offset) => {
                    Ok(memory.read_addr(Addr(known(registers, reg)?).offset(offset))?)
                }
                CfaRule::Value(addr) => Ok(addr),
            },
        }
    }

    /// Finds the caller's registers.
    pub fn exec(&self, registers: &RegisterFile, memory: &dyn Memory) -> Result<Caller, UnwindError> {
        let cfa = self.cfa(registers, memory)?;
        match *self {
            Self::StackDepth { frame_pointer, .. } => stack_depth(cfa, frame_pointer, registers, memory),
            Self::FramePointer => frame_pointer_caller(cfa, registers, memory),
            Self::Table(table) => table_caller(&table, cfa, registers, memory),
            Self::SignalReturn => {
                let context = super::SignalContext::read(cfa, memory)?;
                Ok(Caller {
                    cfa,
                    registers: Some(context.registers_of(registers)),
                    interrupted: true,
                })
            }
        }
    }
}

fn known(registers: &RegisterFile, reg: Reg) -> Result<u64, UnwindError> {
    registers.get(reg).ok_or(UnwindError::Register(reg))
}

fn stack_depth(
    cfa: Addr,
    frame_pointer: SavedFramePointer,
    registers: &RegisterFile,
    memory: &dyn Memory,
) -> Result<Caller, UnwindError> {
    let pc = memory.read_u64(cfa.offset(-8))?;
    let mut caller = registers.of_thread().with(amd64::RIP, pc).with(amd64::RSP, cfa.0);
    let frame_pointer = match frame_pointer {
        SavedFramePointer::Pushed => memory.read_u64(cfa.offset(-16)).ok(),
        SavedFramePointer::Untouched => registers.get(amd64::RBP),
        SavedFramePointer::Lost => None,
    };
    for (reg, value) in [
        (amd64::RBP, frame_pointer),
        (amd64::R14, registers.get(amd64::R14)),
    ] {
        if let Some(value) = value {
            caller.set(reg, value);
        }
    }
    Ok(Caller {
        cfa,
        registers: Some(caller),
        interrupted: false,
    })
}

fn frame_pointer_caller(
    cfa: Addr,
    registers: &RegisterFile,
    memory: &dyn Memory,
) -> Result<Caller, UnwindError> {
    let pc = memory.read_u64(cfa.offset(-8))?;
    let frame_pointer = memory.read_u64(cfa.offset(-16))?;
    let caller = registers
        .of_thread()
        .with(amd64::RIP, pc)
        .with(amd64::RSP, cfa.0)
        .with(amd64::RBP, frame_pointer);
    Ok(Caller {
        cfa,
        registers: Some(caller),
        interrupted: false,
    })
}

fn table_caller(
    table: &CallerTable,
    cfa: Addr,
    registers: &RegisterFile,
    memory: &dyn Memory,
) -> Result<Caller, UnwindError> {
    let read = |saved: Saved, reg: Reg| -> Result<Option<u64>, UnwindError> {
        Ok(match saved {
            Saved::Lost => None,
            Saved::Same => registers.get(reg),
            Saved::AtCfa(offset) => Some(memory.read_u64(cfa.offset(i64::from(offset)))?),
            Saved::Cfa(offset) => Some(cfa.offset(i64::from(offset)).0),
            Saved::At(base, offset) => {
                let base = Addr(known(registers, base)?);
                Some(memory.read_u64(base.offset(i64::from(offset)))?)
            }
            Saved::In(other) => registers.get(other),
        })
    };
    let mut caller = registers.of_thread();
    let has_caller = table.column(amd64::RIP) != Saved::Lost;
    for (_, reg) in amd64::GENERAL {
        let saved = table.column(reg);
        // A saved register that cannot be read is lost; only pc and sp are needed to go on.
        let value = match read(saved, reg) {
            Err(error) if reg == amd64::RIP || reg == amd64::RSP => return Err(error),
            other => other.ok().flatten(),
        };
        if let Some(value) = value {
            caller.set(reg, value);
        }
    }
    Ok(Caller {
        cfa,
        registers: has_caller.then_some(caller),
        interrupted: table.signal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fake::FakeMemory;

    fn at(pc: u64, sp: u64) -> RegisterFile {
        RegisterFile::new().with(amd64::RIP, pc).with(amd64::RSP, sp)
    }

    #[test]
    fn a_go_call_keeps_only_sp_frame_pointer_and_g() {
        // sp: two locals, saved rbp, return address.
        let memory = FakeMemory::new().words(0x1000, &[1, 2, 0x2000, 0x40_1234]);
        let rule = UnwindRule::StackDepth {
            depth: 24,
            frame_pointer: SavedFramePointer::Pushed,
        };
        let registers = at(0x40_0000, 0x1000).with(amd64::RAX, 7).with(amd64::R14, 0xc000);
        let caller = rule.exec(&registers, &memory).unwrap();
        let got = caller.registers.unwrap();
        assert_eq!(caller.cfa, Addr(0x1020));
        assert_eq!(got.get(amd64::RIP), Some(0x40_1234));
        assert_eq!(got.get(amd64::RSP), Some(0x1020));
        assert_eq!(got.get(amd64::RBP), Some(0x2000));
        assert_eq!(got.get(amd64::R14), Some(0xc000));
        assert_eq!(got.get(amd64::RAX), None, "rax does not survive a call");
    }

    #[test]
    fn a_table_row_recovers_what_it_names_and_forgets_the_rest() {
        let memory = FakeMemory::new().words(0x1000, &[0xb0b, 0x40_5678]);
        let table = CallerTable::new(CfaRule::Register(amd64::RSP, 16))
            .with(amd64::RIP, Saved::AtCfa(-8))
            .with(amd64::RBX, Saved::AtCfa(-16))
            .with(amd64::R12, Saved::Same);
        let registers = at(1, 0x1000).with(amd64::R12, 12).with(amd64::RDI, 5);
        let caller = UnwindRule::Table(table).exec(&registers, &memory).unwrap();
        let got = caller.registers.unwrap();
        assert_eq!(got.get(amd64::RBX), Some(0xb0b));
        assert_eq!(got.get(amd64::R12), Some(12));
        assert_eq!(got.get(amd64::RDI), None);
        assert_eq!(got.get(amd64::RSP), Some(0x1010));
    }

    #[test]
    fn an_undefined_return_address_is_the_outermost_frame() {
        let table = CallerTable::new(CfaRule::Register(amd64::RSP, 8));
        let caller = UnwindRule::Table(table)
            .exec(&at(1, 0x1000), &FakeMemory::new())
            .unwrap();
        assert_eq!(caller.registers, None);
    }

    #[test]
    fn an_unreadable_stack_is_an_error_that_names_the_address() {
        let rule = UnwindRule::StackDepth {
            depth: 8,
            frame_pointer: SavedFramePointer::Untouched,
        };
        let error = rule.exec(&at(1, 0x1000), &FakeMemory::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stack is not readable: 0 of 8 bytes readable at 0x1008"
        );
        let error = UnwindRule::FramePointer
            .exec(&at(1, 0x1000), &FakeMemory::new())
            .unwrap_err();
        assert_eq!(error, UnwindError::Register(amd64::RBP));
    }
}
