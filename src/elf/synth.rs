//! Cores and executables made of nothing, for tests: written byte by byte from the specification,
//! apart from the readers, so that both cannot share a fault.

/// A core in the making.
#[derive(Clone, Debug)]
pub(crate) struct CoreBuilder {
    notes: Vec<u8>,
    loads: Vec<Load>,
    pub table_at_end: bool,
    pub notes_last: bool,
    pub align: u64,
    pub machine: u16,
}

#[derive(Clone, Debug)]
struct Load {
    vaddr: u64,
    data: Vec<u8>,
    mem_size: u64,
    flags: u32,
}

pub(crate) const R: u32 = 4;
pub(crate) const RW: u32 = 6;
pub(crate) const RX: u32 = 5;

impl CoreBuilder {
    pub fn new() -> Self {
        Self {
            notes: Vec::new(),
            loads: Vec::new(),
            table_at_end: false,
            notes_last: false,
            align: 4096,
            machine: 62,
        }
    }

    pub fn note(mut self, owner: &[u8], kind: u32, desc: &[u8]) -> Self {
        push_note(&mut self.notes, owner, kind, desc);
        self
    }

    /// Bytes between the notes that are no note.
    pub fn raw_notes(mut self, bytes: &[u8]) -> Self {
        self.notes.extend_from_slice(bytes);
        self
    }

    pub fn thread(self, tid: u32, rip: u64, rsp: u64) -> Self {
        self.note(b"CORE\0", 1, &prstatus(tid, rip, rsp))
    }

    pub fn process(self, pid: u32, comm: &str, args: &str) -> Self {
        let mut desc = vec![0_u8; 136];
        desc[24..28].copy_from_slice(&pid.to_le_bytes());
        desc[40..40 + comm.len()].copy_from_slice(comm.as_bytes());
        desc[56..56 + args.len()].copy_from_slice(args.as_bytes());
        self.note(b"CORE\0", 3, &desc)
    }

    pub fn auxv(self, pairs: &[(u64, u64)]) -> Self {
        let mut desc = words(pairs.iter().flat_map(|(kind, value)| [*kind, *value]));
        desc.extend([0; 16]);
        self.note(b"CORE\0", 6, &desc)
    }

    /// `(start, end, offset in units of page_size, path)`.
    pub fn files(self, page_size: u64, files: &[(u64, u64, u64, &str)]) -> Self {
        let mut desc = words([files.len() as u64, page_size]);
        for (start, end, offset, _) in files {
            desc.extend(words([*start, *end, *offset]));
        }
        for (_, _, _, path) in files {
            desc.extend_from_slice(path.as_bytes());
            desc.push(0);
        }
        self.note(b"CORE\0", 0x4649_4c45, &desc)
    }

    pub fn load(mut self, vaddr: u64, data: &[u8], mem_size: u64, flags: u32) -> Self {
        self.loads.push(Load {
            vaddr,
            data: data.to_vec(),
            mem_size,
            flags,
        });
        self
    }

    /// ```text
    ///   header | table | notes | data ...      or      header | data ... | notes | table
    /// ```
    pub fn build(&self) -> Vec<u8> {
        let count = self.loads.len() as u64 + 1;
        let table_size = count * 56;
        let mut at = if self.table_at_end { 64 } else { 64 + table_size };
        let mut body = Vec::new();
        let place = |body: &mut Vec<u8>, at: &mut u64, data: &[u8], align: u64| {
            while align > 1 && !at.is_multiple_of(align) {
                body.push(0);
                *at += 1;
            }
            let offset = *at;
            body.extend_from_slice(data);
            *at += data.len() as u64;
            offset
        };
        let mut rows = Vec::new();
        let notes_first = !self.notes_last;
        let mut notes_at = 0;
        if notes_first {
            notes_at = place(&mut body, &mut at, &self.notes, 4);
        }
        for load in &self.loads {
            let offset = place(&mut body, &mut at, &load.data, self.align);
            rows.push((
                1,
                load.flags,
                offset,
                load.vaddr,
                load.data.len() as u64,
                load.mem_size,
            ));
        }
        if !notes_first {
            notes_at = place(&mut body, &mut at, &self.notes, 1);
        }
        let note_row = (4, 0, notes_at, 0, self.notes.len() as u64, 0);
        rows.insert(if notes_first { 0 } else { rows.len() }, note_row);
        let mut table = Vec::new();
        for (kind, flags, offset, vaddr, file_size, mem_size) in rows {
            table.extend(program_header(
                kind,
                flags,
                (offset, vaddr),
                (file_size, mem_size),
                self.align,
            ));
        }
        let many = count >= 0xffff;
        let phoff = if self.table_at_end { at } else { 64 };
        let section_at = if many {
            at + if self.table_at_end { table_size } else { 0 }
        } else {
            0
        };
        let mut file = elf_header(4, self.machine, 0, phoff);
        file[40..48].copy_from_slice(&section_at.to_le_bytes());
        file[56..58].copy_from_slice(&(count.min(0xffff) as u16).to_le_bytes());
        if self.table_at_end {
            file.extend(body);
            file.extend(table);
        } else {
            file.extend(table);
            file.extend(body);
        }
        if many {
            let mut section = vec![0_u8; 64];
            section[44..48].copy_from_slice(&(count as u32).to_le_bytes());
            file.extend(section);
        }
        file
    }
}

pub(crate) fn words(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

pub(crate) fn prstatus(tid: u32, rip: u64, rsp: u64) -> Vec<u8> {
    let mut desc = vec![0_u8; 336];
    desc[12..14].copy_from_slice(&6_u16.to_le_bytes());
    desc[32..36].copy_from_slice(&tid.to_le_bytes());
    desc[112 + 16 * 8..112 + 17 * 8].copy_from_slice(&rip.to_le_bytes());
    desc[112 + 19 * 8..112 + 20 * 8].copy_from_slice(&rsp.to_le_bytes());
    desc
}

pub(crate) fn push_note(notes: &mut Vec<u8>, owner: &[u8], kind: u32, desc: &[u8]) {
    for number in [owner.len() as u32, desc.len() as u32, kind] {
        notes.extend(number.to_le_bytes());
    }
    for part in [owner, desc] {
        notes.extend_from_slice(part);
        while !notes.len().is_multiple_of(4) {
            notes.push(0);
        }
    }
}

fn elf_header(kind: u16, machine: u16, entry: u64, phoff: u64) -> Vec<u8> {
    let mut file = vec![0_u8; 64];
    file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    file[16..18].copy_from_slice(&kind.to_le_bytes());
    file[18..20].copy_from_slice(&machine.to_le_bytes());
    file[20] = 1;
    file[24..32].copy_from_slice(&entry.to_le_bytes());
    file[32..40].copy_from_slice(&phoff.to_le_bytes());
    file[52..54].copy_from_slice(&64_u16.to_le_bytes());
    file[54..56].copy_from_slice(&56_u16.to_le_bytes());
    file[58..60].copy_from_slice(&64_u16.to_le_bytes());
    file
}

fn program_header(
    kind: u32,
    flags: u32,
    (offset, vaddr): (u64, u64),
    (file_size, mem_size): (u64, u64),
    align: u64,
) -> Vec<u8> {
    let mut row = Vec::new();
    row.extend(kind.to_le_bytes());
    row.extend(flags.to_le_bytes());
    row.extend(words([offset, vaddr, 0, file_size, mem_size, align]));
    row
}

/// A small executable: one page of headers with a build-id, one page of code, one of read-only
/// data, one of data; each page filled with its own letter.
///
/// ```text
///   0x0000 headers, notes   R     0x1000 'T'  R X     0x2000 'D'  R     0x3000 'W'  R W
/// ```
pub(crate) fn executable(base: u64, build_id: u8) -> Vec<u8> {
    let mut note = Vec::new();
    push_note(&mut note, b"GNU\0", 3, &[build_id; 20]);
    let note_at = 64 + 6 * 56;
    let mut file = elf_header(if base == 0 { 3 } else { 2 }, 62, base + 0x1010, 64);
    file[56..58].copy_from_slice(&6_u16.to_le_bytes());
    let rows = [
        (6, R, 64, 64, 6 * 56),
        (4, R, note_at, note_at, note.len() as u64),
        (1, R, 0, 0, 0x1000),
        (1, RX, 0x1000, 0x1000, 0x1000),
        (1, R, 0x2000, 0x2000, 0x1000),
        (1, RW, 0x3000, 0x3000, 0x800),
    ];
    for (kind, flags, offset, vaddr, size) in rows {
        let mem_size = if flags == RW { 0x2000 } else { size };
        file.extend(program_header(
            kind,
            flags,
            (offset, base + vaddr),
            (size, mem_size),
            4096,
        ));
    }
    file.extend(note);
    for (end, letter) in [(0x1000, 0), (0x2000, b'T'), (0x3000, b'D'), (0x3800, b'W')] {
        file.resize(end, letter);
    }
    file
}
