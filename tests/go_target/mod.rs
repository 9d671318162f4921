//! A core and its executable as the Go layer sees them, put together with as little as possible.

use std::path::Path;
use std::sync::Arc;

use tinydbg_tui::base::{Addr, AddrRange, CancelToken, Limits};
use tinydbg_tui::elf::{CoreFile, ElfFile, ThreadRegisters};
use tinydbg_tui::go::{GoRuntime, GoThread, GoroutineQuery, ThreadState};
use tinydbg_tui::memory::{Origin, Spliced, SplicedBuilder};
use tinydbg_tui::model::{GoroutineList, Verified};
use tinydbg_tui::os::map_file;
use tinydbg_tui::symbols::Image;

/// AT_PHDR
const PROGRAM_HEADERS: u64 = 3;

#[derive(Debug)]
pub struct Opened {
    pub images: Vec<Image>,
    pub memory: Spliced,
    pub threads: Vec<ThreadState>,
    pub limits: Limits,
}

impl Opened {
    pub fn new(exe: &Path, core: &Path) -> Self {
        let limits = Limits::default();
        let core = CoreFile::parse(map_file(core).unwrap().bytes, &limits, &CancelToken::new()).unwrap();
        let elf = ElfFile::parse(map_file(exe).unwrap().bytes, &limits).unwrap();
        let headers = core.notes().aux(PROGRAM_HEADERS).unwrap();
        let bias = headers.wrapping_sub(elf.program_headers_addr().unwrap().0);
        let mut builder = SplicedBuilder::new();
        let file = builder.store(elf.bytes().clone());
        let mut range = AddrRange::between(Addr(u64::MAX), Addr(0));
        let (mut low, mut high) = (Addr(u64::MAX), Addr(0));
        for segment in elf.segments() {
            let at = segment.vaddr.to_runtime(bias);
            let covered = AddrRange::sized(at, segment.mem_size);
            low = low.min(covered.start);
            high = high.max(covered.end);
            if !segment.writable {
                builder.bytes(
                    AddrRange::sized(at, segment.file_size),
                    file,
                    segment.file_offset,
                    Origin::VerifiedFile,
                );
            }
        }
        range.start = low;
        range.end = high;
        let dumped = builder.store(core.bytes().clone());
        for segment in core.segments().iter().filter(|segment| segment.present > 0) {
            builder.bytes(
                AddrRange::sized(segment.range.start, segment.present),
                dumped,
                segment.file_offset,
                Origin::Target,
            );
        }
        let image = Image {
            path: Arc::from(exe.to_string_lossy()),
            from: exe.display().to_string(),
            build_id: elf.gnu_build_id(),
            elf: Some(Arc::new(elf)),
            bias,
            range,
            verified: Verified::Unknown,
            is_main: true,
        };
        Self {
            images: vec![image],
            memory: builder.build(),
            threads: core
                .notes()
                .threads
                .iter()
                .filter_map(|notes| state(&notes.registers))
                .collect(),
            limits,
        }
    }

    pub fn runtime(&self) -> GoRuntime {
        GoRuntime::discover(&self.images, &self.memory, &self.limits).unwrap()
    }

    pub fn bound(&self, runtime: &GoRuntime) -> Vec<GoThread> {
        runtime.bind_threads(&self.memory, &self.threads)
    }

    pub fn goroutines(&self, runtime: &GoRuntime) -> GoroutineList {
        let threads = self.bound(runtime);
        let query = GoroutineQuery {
            memory: &self.memory,
            threads: &threads,
            now: None,
            limits: &self.limits,
            cancel: &CancelToken::new(),
        };
        runtime.goroutines(&query).unwrap()
    }
}

// Every test crate uses a part of this.
const _: fn(&Opened, &GoRuntime) = |opened, runtime| {
    let _ = (Opened::new as fn(_, _) -> _, Opened::runtime as fn(_) -> _);
    let _ = (opened.bound(runtime), opened.goroutines(runtime));
};

fn state(registers: &ThreadRegisters) -> Option<ThreadState> {
    let ThreadRegisters::Status(status) = registers else {
        return None;
    };
    Some(ThreadState {
        tid: status.tid,
        pc: Addr(status.regs[16]),
        sp: Addr(status.regs[19]),
        fs_base: Some(status.regs[21]),
        r14: Some(status.regs[1]),
    })
}
