//! amd64: DWARF register numbers, names, and the flag bits.

use super::Reg;

pub const RAX: Reg = Reg(0);
pub const RDX: Reg = Reg(1);
pub const RCX: Reg = Reg(2);
pub const RBX: Reg = Reg(3);
pub const RSI: Reg = Reg(4);
pub const RDI: Reg = Reg(5);
pub const RBP: Reg = Reg(6);
pub const RSP: Reg = Reg(7);
pub const R8: Reg = Reg(8);
pub const R9: Reg = Reg(9);
pub const R10: Reg = Reg(10);
pub const R11: Reg = Reg(11);
pub const R12: Reg = Reg(12);
pub const R13: Reg = Reg(13);
pub const R14: Reg = Reg(14);
pub const R15: Reg = Reg(15);
/// The return address column of call frame information; here the pc itself.
pub const RIP: Reg = Reg(16);

/// First DWARF number of the vector registers: 17 = xmm0 ... 32 = xmm15.
pub const FIRST_XMM: u16 = 17;

/// General registers in the order in which people read them.
pub const GENERAL: [(&str, Reg); 17] = [
    ("rip", RIP),
    ("rsp", RSP),
    ("rbp", RBP),
    ("rax", RAX),
    ("rbx", RBX),
    ("rcx", RCX),
    ("rdx", RDX),
    ("rsi", RSI),
    ("rdi", RDI),
    ("r8", R8),
    ("r9", R9),
    ("r10", R10),
    ("r11", R11),
    ("r12", R12),
    ("r13", R13),
    ("r14", R14),
    ("r15", R15),
];

/// The order of `struct user_regs_struct`, as NT_PRSTATUS and PTRACE_GETREGS hold it; `None` where
/// the word is not a general register (orig_rax at 15, cs 17, eflags 18, ss 20, fs_base 21, ...).
pub const USER_REGS: [Option<Reg>; 27] = [
    Some(R15),
    Some(R14),
    Some(R13),
    Some(R12),
    Some(RBP),
    Some(RBX),
    Some(R11),
    Some(R10),
    Some(R9),
    Some(R8),
    Some(RAX),
    Some(RCX),
    Some(RDX),
    Some(RSI),
    Some(RDI),
    None,
    Some(RIP),
    None,
    None,
    Some(RSP),
    None,
    None,
    None,
    None,
    None,
    None,
    None,
];

/// Flag bits that mean something to a person, lowest first.
pub const FLAGS: [(u32, &str); 9] = [
    (0, "CF"),
    (2, "PF"),
    (4, "AF"),
    (6, "ZF"),
    (7, "SF"),
    (8, "TF"),
    (9, "IF"),
    (10, "DF"),
    (11, "OF"),
];
