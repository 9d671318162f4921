//! The runtime's g and m as plain records, each read in one go.

use super::fields::Field;
use super::{Constant, GoError, Layout, Scratch, View};
use crate::base::{Addr, AddrRange};
use crate::memory::Memory;

/// Set in the status while the garbage collector scans the stack.
const SCAN_BIT: u32 = 0x1000;

/// `runtime.g`: a goroutine, or the system stack of a thread. Fields that could not be read, or
/// that this version lacks, are zero or `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct G {
    pub addr: Addr,
    pub goid: u64,
    pub status: Status,
    pub stack: AddrRange,
    /// Registers saved when it was parked: valid unless it runs.
    pub sched: SavedRegs,
    /// Registers at its system call or call into C; `sp` is 0 outside of one.
    pub syscall: SavedRegs,
    pub m: Option<Addr>,
    pub locked_m: Option<Addr>,
    /// Monotonic nanoseconds, an estimate: the first garbage collection that meets it parked
    /// writes the time at which the *previous* one ended (`work.tstart`, Go 1.19 to 1.27). 0 when
    /// none came by, and after the first one of the process.
    pub wait_since: u64,
    pub wait_reason: u8,
    pub parent: Option<u64>,
    pub go_pc: Addr,
    pub start_pc: Addr,
    /// Head of its list of `sudog`s.
    pub waiting: Option<Addr>,
    pub labels: Option<Addr>,
    pub timer: Option<Addr>,
    pub sleep_when: Option<u64>,
    /// Newest `_panic`.
    pub panic: Option<Addr>,
    pub defer: Option<Addr>,
    /// Signal that became a panic: number, code, fault address, pc; 0 when there was none.
    pub sig: u32,
    pub sig_code: u64,
    pub sig_addr: u64,
    pub sig_pc: Addr,
}

/// Registers that the runtime saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedRegs {
    pub pc: Addr,
    pub sp: Addr,
    /// Frame pointer, where it was saved.
    pub bp: Option<Addr>,
}

/// `g.atomicstatus` with the scan bit taken off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Idle,
    Runnable,
    Running,
    Syscall,
    Waiting,
    Dead,
    Copystack,
    Preempted,
    Leaked,
    /// An idle goroutine kept for C threads that call Go.
    DeadExtra,
    Unknown(u32),
}

impl Status {
    fn from_word(word: u32, layout: &Layout) -> Self {
        let value = word & !SCAN_BIT;
        match value {
            0 => Self::Idle,
            1 => Self::Runnable,
            2 => Self::Running,
            3 => Self::Syscall,
            4 => Self::Waiting,
            6 => Self::Dead,
            8 => Self::Copystack,
            9 => Self::Preempted,
            _ if layout.constant(Constant::StatusLeaked) == Some(value) => Self::Leaked,
            _ if layout.constant(Constant::StatusDeadExtra) == Some(value) => Self::DeadExtra,
            _ => Self::Unknown(word),
        }
    }

    /// Entries of allgs in these states are no goroutines (any more, or yet).
    #[must_use]
    pub const fn is_absent(self) -> bool {
        matches!(self, Self::Idle | Self::Dead | Self::DeadExtra)
    }

    /// `sched` holds its registers.
    #[must_use]
    pub const fn is_parked(self) -> bool {
        matches!(
            self,
            Self::Runnable | Self::Waiting | Self::Preempted | Self::Leaked
        )
    }
}

/// The few words of a g that tell it from other words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GHead {
    pub goid: u64,
    pub status: Status,
    pub stack: AddrRange,
    /// See [`G::wait_since`].
    pub wait_since: u64,
}

impl GHead {
    /// Takes the words out of a g.
    #[must_use]
    pub fn from_view(view: &View<'_>, layout: &Layout) -> Self {
        let pointer = |field| view.pointer(field).unwrap_or_default();
        Self {
            goid: view.u64(Field::GGoid).unwrap_or(0),
            status: view
                .u32(Field::GAtomicstatus)
                .map_or(Status::Unknown(u32::MAX), |status| {
                    Status::from_word(status, layout)
                }),
            stack: AddrRange::between(pointer(Field::GStackLo), pointer(Field::GStackHi)),
            wait_since: view.u64(Field::GWaitsince).unwrap_or(0),
        }
    }
}

impl G {
    /// Reads the g at `addr`.
    pub fn read(layout: &Layout, memory: &dyn Memory, addr: Addr) -> Result<Self, GoError> {
        let mut scratch = Scratch::default();
        View::read(layout, memory, Field::GSize, addr, &mut scratch)
            .map(|view| Self::from_view(&view, layout))
    }

    /// Takes a g apart.
    #[must_use]
    pub fn from_view(view: &View<'_>, layout: &Layout) -> Self {
        let word = |field| view.u64(field).unwrap_or(0);
        let pointer = |field| view.pointer(field).unwrap_or_default();
        let head = GHead::from_view(view, layout);
        let regs = |pc, sp, bp| SavedRegs {
            pc: pointer(pc),
            sp: pointer(sp),
            bp: view.non_nil(bp),
        };
        Self {
            addr: view.addr(),
            goid: head.goid,
            status: head.status,
            stack: head.stack,
            sched: regs(Field::GSchedPc, Field::GSchedSp, Field::GSchedBp),
            syscall: regs(Field::GSyscallpc, Field::GSyscallsp, Field::GSyscallbp),
            m: view.non_nil(Field::GM),
            locked_m: view.non_nil(Field::GLockedm),
            wait_since: head.wait_since,
            wait_reason: view.u8(Field::GWaitreason).unwrap_or(0),
            parent: view.u64(Field::GParentGoid).filter(|&parent| parent != 0),
            go_pc: pointer(Field::GGopc),
            start_pc: pointer(Field::GStartpc),
            waiting: view.non_nil(Field::GWaiting),
            labels: view.non_nil(Field::GLabels),
            timer: view.non_nil(Field::GTimer),
            sleep_when: view.u64(Field::GSleepWhen),
            panic: view.non_nil(Field::GPanic),
            defer: view.non_nil(Field::GDefer),
            sig: view.u32(Field::GSig).unwrap_or(0),
            sig_code: word(Field::GSigcode0),
            sig_addr: word(Field::GSigcode1),
            sig_pc: pointer(Field::GSigpc),
        }
    }
}

/// `runtime.m`: a thread as the runtime sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct M {
    pub addr: Addr,
    pub id: i64,
    /// Thread id in the process's own pid namespace.
    pub procid: u64,
    /// Its system stack.
    pub g0: Option<Addr>,
    /// Its signal stack.
    pub gsignal: Option<Addr>,
    /// The user goroutine it runs.
    pub curg: Option<Addr>,
    /// The g that a fatal signal interrupted.
    pub caught_sig: Option<Addr>,
    /// 1 a fatal error of the user's making, 2 of the runtime's own.
    pub throwing: i32,
    /// Above 0 while this thread takes the program down.
    pub dying: i32,
    pub in_cgo: bool,
}

impl M {
    /// Reads the m at `addr`; only its front, which is stable within a minor version.
    pub fn read(layout: &Layout, memory: &dyn Memory, addr: Addr) -> Result<Self, GoError> {
        let mut scratch = Scratch::default();
        let view = View::read(layout, memory, Field::MSize, addr, &mut scratch)?;
        let signed = |field| view.u32(field).map_or(0, u32::cast_signed);
        Ok(Self {
            addr,
            id: view.u64(Field::MId).map_or(-1, u64::cast_signed),
            procid: view.u64(Field::MProcid).unwrap_or(0),
            g0: view.non_nil(Field::MG0),
            gsignal: view.non_nil(Field::MGsignal),
            curg: view.non_nil(Field::MCurg),
            caught_sig: view.non_nil(Field::MCaughtsig),
            throwing: signed(Field::MThrowing),
            dying: signed(Field::MDying),
            in_cgo: view.bool(Field::MIncgo).unwrap_or(false),
        })
    }
}
