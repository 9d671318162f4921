//! A dump from its beginning to its name: [`DumpFile`], [`CopiedDump`], and both at once.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::copy::{Copy, Counts, lock};
use super::plan::{self, Choice, Filter};
use super::progress::Gauge;
use super::sink::{PackedFile, Sink, SinkError};
use super::walk::{CHUNK, Walk};
use super::{default_name, failure, notes, provenance};
use crate::base::{Addr, CancelToken};
use crate::elf::{CorePlan, NoteWriter, PROVENANCE_OWNER, PROVENANCE_TYPE, Provenance};
use crate::model::{DumpMethod, DumpOptions, DumpProgress, DumpSummary, Failure, FailureKind};
use crate::os::{DetailedMapping, Mapping, OutputError, OutputFile, ProcDir, ProcessMemory};
use crate::target::live::World;

/// More threads do not copy faster: memory and the file's lock are what they would wait for.
const MOST_WORKERS: usize = 4;
/// Added to the estimate of what the file takes: headers, notes, page tables of the file system.
const OVERHEAD: u64 = 1 << 20;

/// What is dumped. Whoever calls keeps it from changing.
#[derive(Clone, Copy, Debug)]
pub struct DumpSource<'a> {
    /// The process: its facts, and the ids of its threads.
    pub target: &'a ProcDir,
    /// Whose memory is read: the process itself while it stands still, or its frozen child.
    pub memory_of: &'a ProcDir,
    pub memory: &'a ProcessMemory,
    pub world: &'a World,
    /// How the memory is kept still; `Auto` counts as `Stop`.
    pub method: DumpMethod,
}

/// A place for a dump: nobody has been stopped yet.
#[derive(Debug)]
pub struct DumpFile {
    output: OutputFile,
    options: DumpOptions,
    began: Instant,
}

/// A dump with all memory in it, without its first bytes and its name. Dropping it removes the file.
#[derive(Debug)]
pub struct CopiedDump {
    sink: Sink,
    options: DumpOptions,
    began: Instant,
    method: DumpMethod,
    plan: CorePlan,
    notes: NoteWriter,
    provenance: Provenance,
    counts: Counts,
    threads: u64,
}

/// What is known only once the process runs again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpEnd {
    /// How long the process stood still, in nanoseconds; `None` when that is not known.
    pub pause_ns: Option<u64>,
    /// Why there was no snapshot although one was wanted.
    pub fallback: Option<String>,
    /// Ranges that a snapshot does not freeze, as `0x...-0x...: why`.
    pub inexact: Vec<String>,
    /// Ranges that the kernel empties in a snapshot, in the same form; for the record only.
    pub emptied: Vec<String>,
}

/// Does everything, for a process that somebody else holds still.
///
/// # Errors
/// As [`DumpFile::create`], [`DumpFile::copy`] and [`CopiedDump::finish`]; no file is left then.
pub fn write_dump(
    source: DumpSource<'_>,
    options: &DumpOptions,
    cancel: &CancelToken,
    report: &dyn Fn(DumpProgress),
) -> Result<DumpSummary, Failure> {
    DumpFile::create(source.target, options)?
        .copy(source, cancel, report)?
        .finish(DumpEnd::default(), cancel, report)
}

impl DumpFile {
    /// Makes the unfinished file beside the name that it will get.
    ///
    /// # Errors
    /// When the name or the directory is no good, and when there is too little room.
    pub fn create(target: &ProcDir, options: &DumpOptions) -> Result<Self, Failure> {
        let named = || default_name(target, options.compress);
        let path = options.path.clone().unwrap_or_else(named);
        let output =
            OutputFile::create(&path, options.overwrite).map_err(|error| failure::output(&error, 0))?;
        let file = Self {
            output,
            options: options.clone(),
            began: Instant::now(),
        };
        // How much is needed is known later; a full disk is known now.
        file.check_room(0)?;
        Ok(file)
    }

    /// Where the file will be.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.output.path()
    }

    /// Copies registers, facts and memory. The process is no longer needed afterwards.
    ///
    /// `report` is called by this very thread, 20 times a second and more.
    ///
    /// # Errors
    /// When cancelled, when the process is gone, or when the file cannot be written.
    pub fn copy(
        self,
        source: DumpSource<'_>,
        cancel: &CancelToken,
        report: &dyn Fn(DumpProgress),
    ) -> Result<CopiedDump, Failure> {
        let threads = source.world.threads.len() as u64;
        let held = source.method != DumpMethod::Snapshot;
        let mut gauge = Gauge::new(report, threads, held);
        let counts = Counts::default();
        gauge.tell("reading the memory map", &counts);
        let prepared = self.prepare(source)?;
        gauge.total = prepared
            .plan
            .segments()
            .map(|(segment, _)| segment.file_size)
            .sum();
        gauge.populated = prepared.populated();
        if !self.options.compress {
            self.check_room(gauge.populated)?;
        }
        let Self {
            output,
            options,
            began,
        } = self;
        let sink = Sink::new(output, prepared.plan.file_size(), options.compress, !held)
            .and_then(|sink| prepared.begin(&sink, cancel).map(|()| sink))
            .map_err(|error| failure::sink(&error, 0))?;
        let segments = prepared.plan.segments();
        let segments = prepared.choices.iter().zip(segments.map(|(_, offset)| offset));
        let walk = Walk::new(source.memory_of, source.target, segments.collect())
            .map_err(|error| failure::unreadable(source.target.pid(), "the page tables", &error))?;
        let copy = Copy {
            process: source.memory_of,
            memory: source.memory,
            sink: &sink,
            cancel,
            probe: prepared.probe,
            walk: Mutex::new(walk),
            counts,
            unread: Mutex::default(),
            failed: AtomicBool::new(false),
            failure: Mutex::default(),
        };
        run(&copy, &mut gauge);
        let pid = source.target.pid();
        let written = copy.counts.written.load(Ordering::Relaxed);
        if let Some(error) = lock(&copy.failure).take() {
            return Err(failure::copy(&error, pid, written));
        }
        // A process that ended in the middle has no pages any more, which look like holes.
        if !copy.is_alive() {
            return Err(failure::gone(pid, written));
        }
        cancel.check().map_err(|_| failure::cancelled())?;
        let unread = std::mem::take(&mut *lock(&copy.unread));
        let counts = copy.counts;
        let mut provenance = prepared.provenance;
        (provenance.unreadable, provenance.unreadable_more) = unread.into_lines();
        Ok(CopiedDump {
            sink,
            options,
            began,
            method: match source.method {
                DumpMethod::Snapshot => DumpMethod::Snapshot,
                DumpMethod::Stop | DumpMethod::Auto => DumpMethod::Stop,
            },
            plan: prepared.plan,
            notes: prepared.notes,
            provenance,
            counts,
            threads,
        })
    }

    /// Facts, notes and plan: everything but memory.
    fn prepare(&self, source: DumpSource<'_>) -> Result<Prepared, Failure> {
        let pid = source.target.pid();
        if source.world.threads.is_empty() {
            return Err(Failure::new(
                FailureKind::Internal,
                format!("no thread of process {pid} was stopped, so there are no registers to write"),
            ));
        }
        let lost = |what: &'static str| move |error| failure::unreadable(pid, what, &error);
        let mappings = source.memory_of.smaps().map_err(lost("the memory map"))?;
        if mappings.is_empty() {
            return Err(failure::gone(pid, 0));
        }
        let filter = source.target.read("coredump_filter").unwrap_or_default();
        let is_elf = |mapping: &Mapping| {
            let mut magic = [0; 4];
            source.memory.read(mapping.range.start, &mut magic) == 4 && magic == *b"\x7fELF"
        };
        let choices = plan::plan(&mappings, self.options.content, Filter::parse(&filter), &is_elf);
        let facts = notes::Facts {
            stat: source.target.stat().map_err(lost("the state"))?,
            status: source.target.status().map_err(lost("the status"))?,
            auxv: source.memory_of.auxv().map_err(lost("the auxiliary vector"))?,
            command_line: source.target.read("cmdline").unwrap_or_default(),
            files: plan::file_note(&choices),
        };
        let notes = notes::write(source.target, source.world, &facts, self.options.first);
        let provenance = provenance::gather(source.target, source.method, self.options.content);
        let size = with_provenance(notes.clone(), &provenance).bytes().len() as u64;
        let late_size = match self.options.compress {
            true => late_notes(&provenance).bytes().len() as u64,
            false => 0,
        };
        Ok(Prepared {
            plan: CorePlan::with_late_notes(plan::segments(&choices), size, late_size),
            probe: probe(&mappings, source.memory),
            choices,
            notes,
            provenance,
        })
    }

    fn check_room(&self, needed: u64) -> Result<(), Failure> {
        let needed = needed.saturating_add(OVERHEAD);
        match self.output.free_bytes() {
            Some(free) if free < needed => Err(failure::no_room(&self.output.path(), needed, free)),
            _ => Ok(()),
        }
    }
}

/// Everything but memory.
struct Prepared {
    choices: Vec<Choice>,
    plan: CorePlan,
    notes: NoteWriter,
    provenance: Provenance,
    probe: Option<Addr>,
}

impl Prepared {
    /// What a stream has to begin with: it cannot come back to it.
    fn begin(&self, sink: &Sink, cancel: &CancelToken) -> Result<(), SinkError> {
        if !sink.is_stream() {
            return Ok(());
        }
        let notes = with_provenance(self.notes.clone(), &self.provenance);
        let header = self.plan.file_header();
        sink.write_at(&header, 0, cancel)?;
        sink.write_at(&self.plan.program_headers(), header.len() as u64, cancel)?;
        sink.write_at(notes.bytes(), self.plan.notes_offset(), cancel)
    }

    fn populated(&self) -> u64 {
        self.choices
            .iter()
            .fold(0, |sum, choice| sum.saturating_add(choice.populated))
    }
}

fn with_provenance(mut notes: NoteWriter, provenance: &Provenance) -> NoteWriter {
    notes.note(PROVENANCE_OWNER, PROVENANCE_TYPE, &provenance.encode());
    notes
}

/// The notes at the end of a stream: what was not known at its beginning.
fn late_notes(provenance: &Provenance) -> NoteWriter {
    let facts = Provenance {
        files: Vec::new(),
        ..provenance.clone()
    };
    with_provenance(NoteWriter::new(), &facts)
}

/// An address that can be read as long as the address space lives, without touching anything new.
fn probe(mappings: &[DetailedMapping], memory: &ProcessMemory) -> Option<Addr> {
    mappings
        .iter()
        .filter(|found| found.mapping.permissions.read && found.resident > 0)
        .map(|found| found.mapping.range.start)
        .find(|start| memory.read(*start, &mut [0]) == 1)
}

/// Copies with several threads while this one reports.
fn run(copy: &Copy<'_>, gauge: &mut Gauge<'_>) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let chunks = usize::try_from(gauge.populated / CHUNK).unwrap_or(usize::MAX);
    let workers = match copy.sink.is_stream() {
        true => 1,
        false => cores.min(MOST_WORKERS).min(chunks.saturating_add(1)),
    };
    let reporter = thread::current();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .filter_map(|_| {
                let reporter = reporter.clone();
                let worker = move || {
                    copy.work();
                    reporter.unpark();
                };
                let builder = thread::Builder::new().name("dump".to_owned());
                builder.spawn_scoped(scope, worker).ok()
            })
            .collect();
        if workers.is_empty() {
            copy.work();
        }
        gauge.watch("copying memory", &copy.counts, || {
            workers.iter().any(|worker| !worker.is_finished())
        });
        // A worker that panicked must not let the dump pass for whole: the scope panics as well.
    });
}

impl CopiedDump {
    /// Writes what is known only now, brings everything to the disk and gives the file its name.
    ///
    /// # Errors
    /// When cancelled, or when the file cannot be written or named.
    pub fn finish(
        self,
        end: DumpEnd,
        cancel: &CancelToken,
        report: &dyn Fn(DumpProgress),
    ) -> Result<DumpSummary, Failure> {
        let mut provenance = self.provenance;
        provenance.pause_ns = end.pause_ns;
        provenance.fallback.clone_from(&end.fallback);
        provenance.inexact = [end.inexact.as_slice(), &end.emptied].concat();
        let written = self.counts.written.load(Ordering::Relaxed);
        let failed = |error| failure::output(&error, written);
        let (output, first_bytes) = match self.sink {
            Sink::Sparse { output, .. } => {
                let notes = with_provenance(self.notes, &provenance);
                write_head(&output, &self.plan, &notes).map_err(failed)?;
                (output, self.plan.file_header())
            }
            Sink::Packed(packed) => write_tail(packed, &self.plan, &late_notes(&provenance), cancel)
                .map_err(|error| failure::sink(&error, written))?,
        };
        let mut gauge = Gauge::new(report, self.threads, false);
        gauge.total = self.counts.passed.load(Ordering::Relaxed);
        sync(&output, &mut gauge, &self.counts).map_err(failed)?;
        cancel.check().map_err(|_| failure::cancelled())?;
        // Only now it is an ELF file, or a zstd frame.
        output.write_at(&first_bytes, 0).map_err(failed)?;
        let file = output.finish().map_err(failed)?;
        let passed = self.counts.passed.load(Ordering::Relaxed);
        Ok(DumpSummary {
            path: file.path,
            content: self.options.content,
            method: self.method,
            fallback: end.fallback,
            threads: self.threads,
            file_bytes: file.bytes,
            disk_bytes: file.disk_bytes,
            memory_bytes: written,
            hole_bytes: passed.saturating_sub(written),
            inexact: end.inexact,
            unreadable: provenance.unreadable,
            pause_ns: end.pause_ns.unwrap_or_default(),
            took_ns: u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX),
        })
    }
}

/// Program headers and notes of a file that is written in any order.
fn write_head(output: &OutputFile, plan: &CorePlan, notes: &NoteWriter) -> Result<(), OutputError> {
    output.write_at(&plan.program_headers(), plan.file_header().len() as u64)?;
    output.write_at(notes.bytes(), plan.notes_offset())?;
    if let Some((offset, header)) = plan.section_header() {
        output.write_at(&header, offset)?;
    }
    Ok(())
}

/// What a stream ends with; returns the file and the bytes that it has to begin with.
fn write_tail(
    packed: PackedFile,
    plan: &CorePlan,
    notes: &NoteWriter,
    cancel: &CancelToken,
) -> Result<(OutputFile, Vec<u8>), SinkError> {
    packed.write_at(notes.bytes(), plan.late_notes_offset(), cancel)?;
    if let Some((offset, header)) = plan.section_header() {
        packed.write_at(&header, offset, cancel)?;
    }
    packed.finish(cancel)
}

/// Waits for the disk, reporting all the while.
fn sync(output: &OutputFile, gauge: &mut Gauge<'_>, counts: &Counts) -> Result<(), OutputError> {
    let reporter = thread::current();
    thread::scope(|scope| {
        let worker = thread::Builder::new().name("dump".to_owned());
        let spawned = worker.spawn_scoped(scope, move || {
            let outcome = output.sync();
            reporter.unpark();
            outcome
        });
        let Ok(worker) = spawned else {
            return output.sync();
        };
        gauge.watch("syncing", counts, || !worker.is_finished());
        worker
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
