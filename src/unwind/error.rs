//! Why a stack could not be followed further.

use crate::arch::Reg;
use crate::base::Addr;
use crate::memory::MemError;

/// What stopped the walk, with the number that was wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnwindError {
    #[error("no unwind information for {0}")]
    NoRule(Addr),
    #[error("damaged unwind information for {pc}: {why}")]
    Damaged { pc: Addr, why: String },
    #[error("register {} is not known here", register_name(*.0))]
    Register(Reg),
    #[error("the stack is not readable: {0}")]
    Memory(#[from] MemError),
    #[error("the caller's stack pointer {caller} does not lie above {sp}")]
    NotGrowing { sp: Addr, caller: Addr },
    #[error("the return address {0} lies in no code")]
    NoCode(Addr),
    #[error("the frame at {0} was met before")]
    Loop(Addr),
    #[error("{0}")]
    Hook(&'static str),
}

fn register_name(reg: Reg) -> &'static str {
    crate::arch::amd64::GENERAL
        .iter()
        .find(|(_, general)| *general == reg)
        .map_or("?", |(name, _)| name)
}
