//! The notes of a core joined to threads and process facts.
//!
//! Notes about a thread follow its NT_PRSTATUS, in every writer:
//!
//! ```text
//!   kernel  STATUS psinfo SIGINFO auxv file FP XSTATE | STATUS FP XSTATE | ... | XSAVE_LAYOUT
//!   gcore   psinfo | STATUS FP XSTATE SIGINFO | ... | auxv file gdb
//!   Delve   header psinfo auxv | STATUS XSTATE | ...          or DLVT for each thread
//! ```

use std::collections::HashMap;

use object::elf;

use super::header::ProgramHeader;
use super::notes::{self, DelveThread, FileNote, PrPsInfo, PrStatus, SigInfo};
use super::provenance::{PROVENANCE_OWNER, PROVENANCE_TYPE, Provenance};
use super::xstate::VectorState;
use super::{CoreProblem, Note, NoteReader};
use crate::base::{Limits, OutOfBounds, Tid};

/// Not in `object`: Linux 6.12 on (`include/uapi/linux/elf.h`).
const NT_X86_XSAVE_LAYOUT: u32 = 0x205;
/// "DLVE" and "DLVT", Delve's `elfwriter` package.
const NT_DELVE_HEADER: u32 = 0x444c_5645;
const NT_DELVE_THREAD: u32 = 0x444c_5654;
const NT_GDB_TDESC: u32 = 0xff00_0000;
/// Nobody reads more of them.
const MAX_PROBLEMS: usize = 32;

/// How a thread's registers were recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadRegisters {
    Status(Box<PrStatus>),
    Delve(Box<DelveThread>),
}

/// One thread of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadNotes {
    pub registers: ThreadRegisters,
    pub vectors: Option<VectorState>,
    /// As recorded; in kernel cores only the thread that died has one.
    pub signal: Option<SigInfo>,
}

/// Everything that the notes of a core say.
#[derive(Clone, Debug, Default)]
pub struct CoreNotes {
    /// In the order of the file: kernel cores begin with the thread that died.
    pub threads: Vec<ThreadNotes>,
    pub process: Option<PrPsInfo>,
    /// Pairs of type and value (`AT_*`).
    pub auxv: Vec<(u64, u64)>,
    /// The auxiliary vector as recorded, which lies in the same form on the process's stack.
    pub auxv_bytes: Vec<u8>,
    pub files: FileNote,
    /// Delve's own header, `os/arch` and `key: value` lines.
    pub delve_header: Option<String>,
    pub has_gdb_description: bool,
    /// Where a dump of this program's own comes from.
    pub provenance: Option<Box<Provenance>>,
    /// Whether the first note is a thread's, as the kernel writes it.
    pub starts_with_status: bool,
    /// How often each thread was recorded.
    seen: HashMap<Tid, usize>,
    /// Whether the notes that follow belong to the last thread of the list.
    in_thread: bool,
    xsave: Vec<(usize, Vec<u8>)>,
    xsave_layout: Vec<(u32, u32, u32)>,
    delve_threads: Vec<DelveThread>,
    threads_lost: bool,
    problems: Vec<CoreProblem>,
    count: usize,
}

impl ThreadNotes {
    #[must_use]
    pub fn tid(&self) -> Tid {
        match &self.registers {
            ThreadRegisters::Status(status) => status.tid,
            ThreadRegisters::Delve(thread) => thread.tid,
        }
    }
}

impl CoreNotes {
    /// A value of the auxiliary vector.
    #[must_use]
    pub fn aux(&self, kind: u64) -> Option<u64> {
        self.auxv
            .iter()
            .find(|(found, _)| *found == kind)
            .map(|(_, value)| *value)
    }

    /// Joins what had to wait for the last note.
    pub(super) fn finish(&mut self, problems: &mut Vec<CoreProblem>) {
        if self.count == 0 {
            problems.push(CoreProblem::NoNotes);
        }
        for (thread, area) in std::mem::take(&mut self.xsave) {
            if let Ok(state) = VectorState::parse_xsave(&area, &self.xsave_layout)
                && let Some(thread) = self.threads.get_mut(thread)
            {
                thread.vectors = Some(state);
            }
        }
        // Delve writes its own form only for lack of the kernel's.
        if self.threads.is_empty() {
            let threads = std::mem::take(&mut self.delve_threads).into_iter();
            self.threads.extend(threads.map(|thread| ThreadNotes {
                registers: ThreadRegisters::Delve(Box::new(thread)),
                vectors: None,
                signal: None,
            }));
        }
        problems.append(&mut self.problems);
        let repeated = self.seen.iter().filter(|(_, times)| **times > 1);
        if let Some((&tid, &times)) = repeated.clone().min_by_key(|(tid, _)| **tid) {
            let threads = repeated.count();
            problems.push(CoreProblem::DuplicateThreads { threads, tid, times });
        }
        if self.threads_lost {
            problems.push(CoreProblem::TooManyThreads {
                limit: self.threads.len(),
            });
        }
        if self.threads.is_empty() && self.count > 0 {
            problems.push(CoreProblem::NoThreads);
        }
    }
}

/// Reads the notes of one PT_NOTE segment into `into`.
pub(super) fn read(bytes: &[u8], program: &ProgramHeader, limits: &Limits, into: &mut CoreNotes) {
    let start = usize::try_from(program.offset)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let wanted = usize::try_from(program.file_size.min(limits.note_bytes)).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default();
    let area = rest.get(..wanted).unwrap_or(rest);
    if (area.len() as u64) < program.file_size {
        into.problems.push(CoreProblem::NotesCut {
            present: area.len() as u64,
            promised: program.file_size,
        });
    }
    let mut reader = NoteReader::new(area, program.align).giving_up_after(limits.note_bytes / 16);
    for note in reader.by_ref() {
        into.count += 1;
        add(into, &note, limits);
    }
    if reader.skipped() > 0 {
        into.problems.push(CoreProblem::NotesSkipped {
            bytes: reader.skipped(),
        });
    }
}

fn add(into: &mut CoreNotes, note: &Note<'_>, limits: &Limits) {
    let core = matches!(note.owner, b"CORE" | b"LINUX" | b"");
    let outcome = match elf::NoteType(note.kind) {
        elf::NT_PRSTATUS if core => PrStatus::parse(note.desc)
            .map(|status| add_thread(into, status, limits))
            .map_err(|error| ("NT_PRSTATUS", error)),
        elf::NT_PRPSINFO if core => PrPsInfo::parse(note.desc)
            .map(|process| {
                into.process.get_or_insert(process);
            })
            .map_err(|error| ("NT_PRPSINFO", error)),
        elf::NT_SIGINFO if core => SigInfo::parse(note.desc)
            .map(|signal| with_thread(into, |thread| thread.signal = Some(signal)))
            .map_err(|error| ("NT_SIGINFO", error)),
        elf::NT_FPREGSET if core => VectorState::parse_fxsave(note.desc)
            .map(|state| {
                with_thread(into, |thread| {
                    thread.vectors.get_or_insert(state);
                });
            })
            .map_err(|error| ("NT_FPREGSET", error)),
        elf::NT_X86_XSTATE if core => {
            add_xsave(into, note.desc, limits);
            Ok(())
        }
        elf::NT_AUXV if core && into.auxv.is_empty() => {
            into.auxv = notes::parse_auxv(note.desc);
            into.auxv_bytes = note.desc.to_vec();
            Ok(())
        }
        elf::NT_FILE if core => add_files(into, note.desc, limits),
        _ => add_private(into, note).map_err(|error| ("DLVT", error)),
    };
    if let Err((what, error)) = outcome
        && into.problems.len() < MAX_PROBLEMS
    {
        into.problems.push(CoreProblem::BadNote {
            what,
            offset: note.offset,
            why: error.to_string(),
        });
    }
}

fn add_thread(into: &mut CoreNotes, status: PrStatus, limits: &Limits) {
    into.starts_with_status |= into.count == 1;
    into.in_thread = false;
    let tid = status.tid;
    if into.threads.len() >= limits.threads {
        into.threads_lost = true;
        return;
    }
    let times = into.seen.entry(tid).or_default();
    *times += 1;
    if *times > 1 {
        return;
    }
    into.in_thread = true;
    into.threads.push(ThreadNotes {
        registers: ThreadRegisters::Status(Box::new(status)),
        vectors: None,
        signal: None,
    });
}

fn with_thread(into: &mut CoreNotes, change: impl FnOnce(&mut ThreadNotes)) {
    if into.in_thread
        && let Some(thread) = into.threads.last_mut()
    {
        change(thread);
    }
}

/// Kept until the layout is known, which is the last note. Only the part with the vector registers
/// is copied.
fn add_xsave(into: &mut CoreNotes, desc: &[u8], limits: &Limits) {
    let kept = desc.get(..limits.text_bytes.max(4096)).unwrap_or(desc);
    if into.in_thread
        && let Some(last) = into.threads.len().checked_sub(1)
    {
        into.xsave.push((last, kept.to_vec()));
    }
}

fn add_files(into: &mut CoreNotes, desc: &[u8], limits: &Limits) -> Result<(), (&'static str, OutOfBounds)> {
    let files = notes::parse_files(desc, limits).map_err(|error| ("NT_FILE", error))?;
    if files.lost > 0 {
        into.problems.push(CoreProblem::FilesLost { count: files.lost });
    }
    if into.files.mappings.is_empty() {
        into.files = files;
    }
    Ok(())
}

fn add_private(into: &mut CoreNotes, note: &Note<'_>) -> Result<(), OutOfBounds> {
    match (note.owner, note.kind) {
        (b"LINUX" | b"CORE", NT_X86_XSAVE_LAYOUT) => {
            into.xsave_layout = notes::parse_xsave_layout(note.desc);
        }
        (_, NT_DELVE_HEADER) => {
            into.delve_header = Some(String::from_utf8_lossy(note.desc).into_owned());
        }
        (_, NT_DELVE_THREAD) => into.delve_threads.push(DelveThread::parse(note.desc)?),
        (b"GDB", NT_GDB_TDESC) => into.has_gdb_description = true,
        (owner, PROVENANCE_TYPE) if owner == PROVENANCE_OWNER.as_bytes() => {
            let earlier = into.provenance.take().map(|earlier| *earlier);
            into.provenance = Some(Box::new(Provenance::parse(note.desc).after(earlier)));
        }
        _ => {}
    }
    Ok(())
}
