//! Notes put together: the counterpart of [`super::NoteReader`] and of the decoders in `notes`.
//!
//! Every structure is written as the kernel's x86-64 ABI has it, so that all readers of kernel cores
//! take it. Layouts are drawn at the decoders.

use object::elf;

use super::notes::{FileMapping, PrPsInfo, PrStatus};

/// Size of `struct elf_prstatus`, `elf_prpsinfo`, `siginfo_t` and `user_fpregs_struct`.
const PRSTATUS_SIZE: usize = 336;
const PRPSINFO_SIZE: usize = 136;
const SIGINFO_SIZE: usize = 128;
const FPREGSET_SIZE: usize = 512;
/// The kernel cuts names and arguments to these, their NUL included.
const COMM_SIZE: usize = 16;
const ARGS_SIZE: usize = 80;
/// The unit in which NT_FILE counts offsets.
const PAGE_SIZE: u64 = 4096;

/// A PT_NOTE segment in the making.
#[derive(Clone, Debug, Default)]
pub struct NoteWriter {
    bytes: Vec<u8>,
}

impl NoteWriter {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The notes so far, each padded to 4 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds any note; `owner` without its NUL. Nothing is added when `desc` is too long for a note.
    pub fn note(&mut self, owner: &str, kind: u32, desc: &[u8]) {
        let (Ok(name_size), Ok(desc_size)) = (u32::try_from(owner.len() + 1), u32::try_from(desc.len()))
        else {
            return;
        };
        for number in [name_size, desc_size, kind] {
            self.bytes.extend(number.to_le_bytes());
        }
        for part in [&[owner.as_bytes(), b"\0"].concat(), desc] {
            self.bytes.extend_from_slice(part);
            self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        }
    }

    /// NT_PRSTATUS: begins a thread.
    pub fn status(&mut self, status: &PrStatus) {
        self.core(elf::NT_PRSTATUS, &status.encode());
    }

    /// NT_PRPSINFO
    pub fn process(&mut self, process: &PrPsInfo) {
        self.core(elf::NT_PRPSINFO, &process.encode());
    }

    /// NT_SIGINFO; `info` is a `siginfo_t` as the kernel gives it, cut or filled up to its size.
    pub fn signal(&mut self, info: &[u8]) {
        let mut desc = info.to_vec();
        desc.resize(SIGINFO_SIZE, 0);
        self.core(elf::NT_SIGINFO, &desc);
    }

    /// NT_AUXV, as `/proc/PID/auxv` has it.
    pub fn auxv(&mut self, auxv: &[u8]) {
        self.core(elf::NT_AUXV, auxv);
    }

    /// NT_FILE
    pub fn files(&mut self, mappings: &[FileMapping]) {
        let mut desc = Vec::new();
        desc.extend((mappings.len() as u64).to_le_bytes());
        desc.extend(PAGE_SIZE.to_le_bytes());
        for mapping in mappings {
            let (start, end) = (mapping.range.start.0, mapping.range.end.0);
            for word in [start, end, mapping.offset / PAGE_SIZE] {
                desc.extend(word.to_le_bytes());
            }
        }
        for mapping in mappings {
            desc.extend_from_slice(&mapping.path);
            desc.push(0);
        }
        self.core(elf::NT_FILE, &desc);
    }

    /// NT_FPREGSET: the first 512 bytes of `area`; nothing when there are fewer.
    pub fn floating(&mut self, area: &[u8]) {
        if let Some(area) = area.get(..FPREGSET_SIZE) {
            self.core(elf::NT_FPREGSET, area);
        }
    }

    /// NT_X86_XSTATE
    pub fn extended(&mut self, area: &[u8]) {
        self.note("LINUX", elf::NT_X86_XSTATE.0, area);
    }

    fn core(&mut self, kind: elf::NoteType, desc: &[u8]) {
        self.note("CORE", kind.0, desc);
    }
}

impl PrStatus {
    /// `struct elf_prstatus`, with the registers marked as valid.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut desc = Vec::with_capacity(PRSTATUS_SIZE);
        desc.extend(self.signo.to_le_bytes());
        desc.extend([0; 8]);
        desc.extend(self.cursig.to_le_bytes());
        desc.extend([0; 2]);
        desc.extend(self.pending.to_le_bytes());
        desc.extend(self.blocked.to_le_bytes());
        for id in [self.tid.0, self.ppid, self.pgrp, self.session] {
            desc.extend(id.to_le_bytes());
        }
        for micros in [self.user_us, self.system_us, 0, 0] {
            desc.extend((micros / 1_000_000).to_le_bytes());
            desc.extend((micros % 1_000_000).to_le_bytes());
        }
        for reg in self.regs {
            desc.extend(reg.to_le_bytes());
        }
        desc.extend(1_u32.to_le_bytes());
        desc.resize(PRSTATUS_SIZE, 0);
        desc
    }
}

impl PrPsInfo {
    /// `struct elf_prpsinfo`; names that are too long are cut as the kernel cuts them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // `fill_psinfo` of the kernel: the number is the place of the letter.
        const LETTERS: &[u8] = b"RSDTZW";
        let number = LETTERS.iter().position(|letter| *letter == self.state);
        let number = number.and_then(|number| u8::try_from(number).ok()).unwrap_or(0);
        let mut desc = Vec::with_capacity(PRPSINFO_SIZE);
        desc.extend([number, self.state, u8::from(self.state == b'Z')]);
        desc.extend(self.nice.to_le_bytes());
        desc.extend([0; 4]);
        desc.extend(u64::from(self.flags).to_le_bytes());
        for id in [self.uid, self.gid, self.pid, self.ppid, self.pgrp, self.session] {
            desc.extend(id.to_le_bytes());
        }
        for (text, size) in [(&self.comm, COMM_SIZE), (&self.args, ARGS_SIZE)] {
            let end = desc.len() + size;
            desc.extend(text.iter().take(size - 1));
            desc.resize(end, 0);
        }
        desc.resize(PRPSINFO_SIZE, 0);
        desc
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Addr, AddrRange, Limits, Tid};
    use crate::elf::notes::parse_files;
    use crate::elf::{NoteReader, SigInfo};

    fn status() -> PrStatus {
        PrStatus {
            signo: 11,
            cursig: 11,
            pending: 1 << 22,
            blocked: u64::MAX,
            tid: Tid(77),
            ppid: 1,
            pgrp: 70,
            session: 69,
            user_us: 12_345_678,
            system_us: 999_999,
            regs: std::array::from_fn(|index| u64::MAX - index as u64),
        }
    }

    fn process() -> PrPsInfo {
        PrPsInfo {
            state: b'T',
            nice: -5,
            flags: 0x0040_0100,
            uid: 1000,
            gid: 1001,
            pid: 77,
            ppid: 1,
            pgrp: 70,
            session: 69,
            comm: b"service".to_vec(),
            args: b"/srv/service -v".to_vec(),
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let read = PrStatus::parse(&status().encode()).unwrap();
        assert_eq!(read, status());
        assert_eq!(status().encode().len(), 336);
        assert_eq!(PrPsInfo::parse(&process().encode()).unwrap(), process());
        assert_eq!(process().encode().len(), 136);
    }

    #[test]
    fn long_names_are_cut_with_their_nul() {
        let mut long = process();
        long.comm = vec![b'c'; 40];
        long.args = vec![b'a'; 400];
        let read = PrPsInfo::parse(&long.encode()).unwrap();
        assert_eq!((read.comm.len(), read.args.len()), (15, 79));
    }

    #[test]
    fn files_keep_offsets_and_odd_names() {
        let mapping = |start: u64, offset, path: &[u8]| FileMapping {
            range: AddrRange::sized(Addr(start), 0x2000),
            offset,
            path: path.to_vec(),
        };
        let mappings = [
            mapping(0x40_0000, 0, b"/srv/a b (deleted)"),
            mapping(0x50_0000, 0x7000, b"/srv/\xff\n"),
        ];
        let mut notes = NoteWriter::new();
        notes.files(&mappings);
        let note = NoteReader::new(notes.bytes(), 4).next().unwrap();
        let read = parse_files(note.desc, &Limits::default()).unwrap();
        assert_eq!(read.mappings, mappings);
        assert_eq!((read.lost, read.counted_in_bytes), (0, false));
    }

    #[test]
    fn notes_of_all_kinds_are_walked_by_the_reader() {
        let mut notes = NoteWriter::new();
        notes.status(&status());
        notes.process(&process());
        notes.signal(&[11, 0, 0, 0]);
        notes.auxv(&[0; 16]);
        notes.files(&[]);
        notes.floating(&[1; 700]);
        notes.floating(&[1; 100]);
        notes.extended(&[2; 833]);
        notes.note("TINYDBG", 1, b"text");
        let mut reader = NoteReader::new(notes.bytes(), 4);
        let found: Vec<_> = reader
            .by_ref()
            .map(|note| (note.owner.to_vec(), note.kind, note.desc.len()))
            .collect();
        assert_eq!(reader.skipped(), 0);
        let core = |kind, len| (b"CORE".to_vec(), kind, len);
        assert_eq!(
            found,
            [
                core(1, 336),
                core(3, 136),
                core(0x5349_4749, 128),
                core(6, 16),
                core(0x4649_4c45, 16),
                core(2, 512),
                (b"LINUX".to_vec(), 0x202, 833),
                (b"TINYDBG".to_vec(), 1, 4),
            ]
        );
        let signal = NoteReader::new(notes.bytes(), 4).nth(2).unwrap();
        assert_eq!(SigInfo::parse(signal.desc).unwrap().signo, 11);
    }
}
