//! What the notes of a Linux core say: one structure per note type, decoded from its bytes.
//!
//! Layouts are those of the kernel's x86-64 ABI. Nothing here joins notes together; that one note
//! belongs to the thread of another is for [`super::CoreFile`] to say.

use crate::base::{Addr, AddrRange, Cursor, Limits, OutOfBounds, Tid};

/// Number of words in `struct user_regs_struct`.
pub const USER_REG_COUNT: usize = 27;

/// NT_PRSTATUS: one thread and its general registers.
///
/// ```text
///   0 si_signo  12 cursig u16  16 pending  24 blocked  32 pid  36 ppid  40 pgrp  44 session
///  48 user time {s, us}  64 system time {s, us}  112 regs[27]  328 fpvalid
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrStatus {
    pub signo: i32,
    /// In kernel cores the signal that killed the process, the same for every thread.
    pub cursig: u16,
    /// Signals that wait for the thread and that it blocks, bit 0 for signal 1.
    pub pending: u64,
    pub blocked: u64,
    pub tid: Tid,
    pub ppid: u32,
    pub pgrp: u32,
    pub session: u32,
    /// Processor time in microseconds.
    pub user_us: u64,
    pub system_us: u64,
    /// In the order of `struct user_regs_struct`.
    pub regs: [u64; USER_REG_COUNT],
}

/// NT_PRPSINFO: the process.
///
/// ```text
///   0 state number  1 state letter  2 zombie  3 nice  8 flags u64  16 uid  20 gid  24 pid
///  28 ppid  32 pgrp  36 session  40 comm[16]  56 args[80]
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrPsInfo {
    /// `R`, `S`, `D`, `T`, `Z`.
    pub state: u8,
    pub nice: i8,
    /// `PF_*` of the kernel.
    pub flags: u32,
    pub uid: u32,
    pub gid: u32,
    pub pid: u32,
    pub ppid: u32,
    pub pgrp: u32,
    pub session: u32,
    /// Name of the executable, at most 15 bytes.
    pub comm: Vec<u8>,
    /// Arguments, at most 79 bytes, separated by blanks (kernel) or NULs (Delve).
    pub args: Vec<u8>,
}

/// NT_SIGINFO: `siginfo_t` of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigInfo {
    pub signo: i32,
    pub errno: i32,
    pub code: i32,
    /// Meaningful for faults: the word at offset 16.
    pub addr: Addr,
    /// Meaningful for sent signals: the words at offsets 16 and 20.
    pub pid: i32,
    pub uid: u32,
}

/// One mapping of NT_FILE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMapping {
    pub range: AddrRange,
    /// Offset of the mapping in the file, in bytes.
    pub offset: u64,
    /// Absolute, as the kernel prints it; ` (deleted)` may follow the name.
    pub path: Vec<u8>,
}

/// The contents of NT_FILE as far as they make sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileNote {
    pub mappings: Vec<FileMapping>,
    /// Entries that were announced but are cut off, have no name or no valid range.
    pub lost: u64,
    /// Whether offsets were counted in bytes: gdb's gcore writes a page size of 1.
    pub counted_in_bytes: bool,
}

/// A register of Delve's platform-independent thread note, by Delve's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRegister {
    pub name: String,
    pub value: Vec<u8>,
}

/// DLVT: a thread in Delve's platform-independent form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelveThread {
    pub tid: Tid,
    pub pc: u64,
    pub sp: u64,
    pub bp: u64,
    pub tls: u64,
    /// The goroutine's structure, when Delve knew it.
    pub g: Option<Addr>,
    pub registers: Vec<NamedRegister>,
}

impl PrStatus {
    pub fn parse(desc: &[u8]) -> Result<Self, OutOfBounds> {
        let mut cursor = Cursor::new(desc);
        let signo = cursor.i32()?;
        cursor.skip(8)?;
        let cursig = cursor.u16()?;
        cursor.skip(2)?;
        let (pending, blocked) = (cursor.u64()?, cursor.u64()?);
        let tid = Tid(cursor.u32()?);
        let (ppid, pgrp, session) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
        let user_us = parse_time(&mut cursor)?;
        let system_us = parse_time(&mut cursor)?;
        cursor = Cursor::at(desc, 112);
        let mut regs = [0; USER_REG_COUNT];
        for reg in &mut regs {
            *reg = cursor.u64()?;
        }
        Ok(Self {
            signo,
            cursig,
            pending,
            blocked,
            tid,
            ppid,
            pgrp,
            session,
            user_us,
            system_us,
            regs,
        })
    }
}

/// `struct timeval` in microseconds.
fn parse_time(cursor: &mut Cursor<'_>) -> Result<u64, OutOfBounds> {
    let (seconds, micros) = (cursor.u64()?, cursor.u64()?);
    Ok(seconds.saturating_mul(1_000_000).saturating_add(micros))
}

impl PrPsInfo {
    pub fn parse(desc: &[u8]) -> Result<Self, OutOfBounds> {
        let mut cursor = Cursor::at(desc, 1);
        let state = cursor.u8()?;
        cursor.skip(1)?;
        let nice = i8::from_le_bytes(cursor.array()?);
        cursor.skip(4)?;
        let flags = cursor.u32()?;
        cursor.skip(4)?;
        let (uid, gid) = (cursor.u32()?, cursor.u32()?);
        let (pid, ppid) = (cursor.u32()?, cursor.u32()?);
        let (pgrp, session) = (cursor.u32()?, cursor.u32()?);
        let comm = Cursor::new(cursor.take(16)?).c_string().to_vec();
        let args = cursor.take(80)?;
        let end = args.iter().rposition(|byte| !matches!(byte, 0 | b' '));
        Ok(Self {
            state,
            nice,
            flags,
            uid,
            gid,
            pid,
            ppid,
            pgrp,
            session,
            comm,
            args: args.iter().take(end.map_or(0, |end| end + 1)).copied().collect(),
        })
    }
}

impl SigInfo {
    pub fn parse(desc: &[u8]) -> Result<Self, OutOfBounds> {
        let mut cursor = Cursor::new(desc);
        let signo = cursor.i32()?;
        let errno = cursor.i32()?;
        let code = cursor.i32()?;
        cursor.skip(4)?;
        let union = cursor;
        let addr = Addr(cursor.u64()?);
        cursor = union;
        Ok(Self {
            signo,
            errno,
            code,
            addr,
            pid: cursor.i32()?,
            uid: cursor.u32()?,
        })
    }
}

/// The auxiliary vector, up to AT_NULL or the end.
pub(super) fn parse_auxv(desc: &[u8]) -> Vec<(u64, u64)> {
    let mut cursor = Cursor::new(desc);
    let mut entries = Vec::new();
    while let (Ok(kind), Ok(value)) = (cursor.u64(), cursor.u64()) {
        if kind == 0 {
            break;
        }
        entries.push((kind, value));
    }
    entries
}

/// ```text
///   count u64 | page_size u64 | count x {start, end, offset in pages} u64 | names, NUL-terminated
/// ```
pub(super) fn parse_files(desc: &[u8], limits: &Limits) -> Result<FileNote, OutOfBounds> {
    let mut cursor = Cursor::new(desc);
    let count = cursor.u64()?;
    let page_size = cursor.u64()?;
    let fitting = cursor.remaining() as u64 / 24;
    let mut note = FileNote {
        lost: count.saturating_sub(fitting),
        counted_in_bytes: page_size == 1,
        ..FileNote::default()
    };
    if note.lost > 0 {
        // Names stand behind the table; when the count is wild nobody knows where.
        note.lost = count;
        return Ok(note);
    }
    let count = usize::try_from(count.min(fitting)).unwrap_or(0);
    let mut names = cursor;
    names.skip(count.saturating_mul(24))?;
    for index in 0..count {
        let (start, end, pages) = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
        let name = names.c_string();
        let path = name.get(..name.len().min(limits.text_bytes)).unwrap_or_default();
        let offset = pages.checked_mul(page_size);
        match offset {
            Some(offset) if start < end && !path.is_empty() && index < limits.program_headers => {
                note.mappings.push(FileMapping {
                    range: AddrRange::between(Addr(start), Addr(end)),
                    offset,
                    path: path.to_vec(),
                });
            }
            _ => note.lost += 1,
        }
    }
    Ok(note)
}

pub(super) fn parse_xsave_layout(desc: &[u8]) -> Vec<(u32, u32, u32)> {
    let mut cursor = Cursor::new(desc);
    let mut components = Vec::new();
    while let (Ok(kind), Ok(size), Ok(offset), Ok(_flags)) =
        (cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32())
    {
        components.push((kind, size, offset));
    }
    components
}

impl DelveThread {
    /// Registers that are cut off are left out: what came before them is whole.
    pub fn parse(desc: &[u8]) -> Result<Self, OutOfBounds> {
        let mut cursor = Cursor::new(desc);
        let tid = cursor.u64()?;
        let (pc, sp, bp, tls) = (cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?);
        let has_g = cursor.u8()? != 0;
        let g = Addr(cursor.u64()?);
        let count = cursor.u32()?;
        let mut registers = Vec::new();
        for _ in 0..count {
            let Ok(register) = NamedRegister::parse(&mut cursor) else {
                break;
            };
            registers.push(register);
        }
        Ok(Self {
            tid: Tid(u32::try_from(tid).unwrap_or(u32::MAX)),
            pc,
            sp,
            bp,
            tls,
            g: has_g.then_some(g),
            registers,
        })
    }
}

impl NamedRegister {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, OutOfBounds> {
        let len = cursor.u16()?;
        let name = String::from_utf8_lossy(cursor.take(usize::from(len))?).into_owned();
        let len = cursor.u16()?;
        let value = cursor.take(usize::from(len))?.to_vec();
        Ok(Self { name, value })
    }
}
