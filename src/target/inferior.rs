//! [`Target`]: the parts of one inferior, put together once, and what is asked of them later.
//!
//! Opening costs what the headers cost: function table and runtime are found, nothing of the debug
//! information is read. Everything else is found on first use and kept for the epoch.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::debug_files::{DebugFiles, DebugSearch};
use super::debug_info::{self, DebugInfos};
use super::downloads::Downloads;
use super::live::AttachSpec;
use super::memory_page::StackRanges;
use super::open_core::{open_core_bytes, open_core_with};
use super::open_stacks::OpenStacks;
use super::opened::Opened;
use super::own_sources;
use super::source_roots;
use super::stack::StackReader;
use super::{demo, registers};
use crate::arch::{RegisterFile, amd64};
use crate::base::{Addr, CancelToken, Epoch, Limits, ProgressSink, Tid};
use crate::go::{GoError, GoRuntime, GoStacks, GoThread, Overrides, ThreadState};
use crate::model::{
    Failure, FailureKind, GoroutineList, ImageInfo, LiveState, MemoryRegion, OpenSpec, PathRule, Registers,
    SessionInfo, TargetKind, Thread, Verified, Warning, WarningKind,
};
use crate::symbols::{Image, SourceRoots};

use super::crash::Crash;

/// What a long query needs besides its question.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a closure")]
pub struct OpenContext<'a> {
    pub limits: &'a Limits,
    pub cancel: &'a CancelToken,
    pub progress: ProgressSink<'a>,
}

impl<'a> OpenContext<'a> {
    /// Without anybody who wants to know how far it is.
    #[must_use]
    pub fn quiet(limits: &'a Limits, cancel: &'a CancelToken) -> Self {
        Self {
            limits,
            cancel,
            progress: &|_| {},
        }
    }
}

/// One inferior at one epoch.
#[derive(Debug)]
pub struct Target {
    pub(super) epoch: Epoch,
    pub(super) limits: Limits,
    pub(super) core: Opened,
    pub(super) names: Names,
    pub(super) go: Option<GoParts>,
    /// Of `core.threads`, in their order; empty where there is no Go.
    pub(super) go_threads: Vec<GoThread>,
    pub(super) reader: StackReader,
    pub(super) roots: SourceRoots,
    pub(super) debug_infos: DebugInfos,
    pub(super) downloads: Downloads,
    pub(super) open_stacks: RefCell<OpenStacks>,
    pub(super) goroutines: OnceCell<Arc<GoroutineList>>,
    pub(super) threads: OnceCell<Arc<[Thread]>>,
    pub(super) stack_ranges: OnceCell<StackRanges>,
    pub(super) crash: OnceCell<Crash>,
    /// What is wrong, as far as opening could tell.
    pub(super) warnings: Vec<Warning>,
    /// What is wrong with this stop of a live process.
    stop_warnings: Vec<Warning>,
    /// How a live process stands; `None` for a core.
    live: Option<LiveState>,
}

/// The Go runtime and the way it lays its stacks.
#[derive(Debug)]
pub(super) struct GoParts {
    pub(super) runtime: GoRuntime,
    pub(super) stacks: Arc<GoStacks>,
}

/// Where files are looked for on this machine.
#[derive(Debug, Default)]
struct Places {
    roots: SourceRoots,
    debug: DebugSearch,
    downloads: Downloads,
}

/// What the session calls its files.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) core: Option<String>,
    pub(super) is_demo: bool,
    /// When the executable was written.
    pub(super) built: Option<SystemTime>,
}

impl Target {
    /// Opens what `spec` names.
    ///
    /// Fails when a named file is not what it has to be; whatever else is wrong becomes a warning.
    pub fn open(spec: &OpenSpec, context: OpenContext<'_>) -> Result<Self, Failure> {
        match spec {
            OpenSpec::Demo => {
                let (exe, core) = demo::unpack(context.limits)?;
                let opened = open_core_bytes(Some(exe), core, context.limits, context.cancel)?;
                let names = Names {
                    core: Some(demo::CORE_NAME.to_owned()),
                    is_demo: true,
                    built: None,
                };
                let places = Places::default();
                Ok(Self::assemble(opened, names, places, context.limits))
            }
            OpenSpec::Core {
                exe,
                core,
                sysroot,
                substitute_path,
                debug_dirs,
                debuginfod,
            } => {
                let (exe, sysroot) = (exe.as_deref(), sysroot.as_deref());
                let downloads = Downloads::new(*debuginfod, context.limits);
                let opened = open_core_with(exe, core, (sysroot, downloads.cache()), context)?;
                let names = Names {
                    core: Some(core.display().to_string()),
                    is_demo: false,
                    built: built(exe.map(PathBuf::from), &opened),
                };
                let mut roots = source_roots::of_this_machine();
                roots.rules.clone_from(substitute_path);
                let places = Places {
                    roots,
                    debug: DebugSearch::new(debug_dirs, sysroot, downloads.cache()),
                    downloads,
                };
                Ok(Self::assemble(opened, names, places, context.limits))
            }
            OpenSpec::Live { pid, .. } => Err(Failure::new(
                FailureKind::Internal,
                format!("process {pid} is attached to, not opened"),
            )),
        }
    }

    /// Composes a target from an opened core; for tests that change a core's bytes first.
    #[must_use]
    pub fn from_core(core: Opened, limits: &Limits) -> Self {
        let names = Names {
            core: None,
            is_demo: false,
            built: None,
        };
        Self::assemble(core, names, Places::default(), limits)
    }

    fn assemble(core: Opened, mut names: Names, places: Places, limits: &Limits) -> Self {
        let Places {
            mut roots,
            debug,
            downloads,
        } = places;
        let count = core.images.len();
        let debug_files = Arc::new(DebugFiles::new(debug, count, limits));
        let debug_infos = DebugInfos::new(Arc::clone(&debug_files), count);
        let mut warnings = core.warnings.clone();
        let memory = core.memory.as_ref();
        let describe = |image: &Image| {
            let index = core.images.iter().position(|other| other.path == image.path);
            index.map_or_else(Overrides::default, |index| {
                debug_info::runtime_layout(&debug_infos, index, image, limits)
            })
        };
        let go = match GoRuntime::discover_described(&core.images, memory, limits, &describe) {
            Ok(runtime) => Some(runtime),
            Err(GoError::NotGo) => {
                warnings.push(not_go(core.kind()));
                None
            }
            Err(error) => {
                warnings.push(Warning::new(WarningKind::Damaged, error.to_string()));
                None
            }
        };
        names.built = go
            .as_ref()
            .and_then(|runtime| library_built(&core, &runtime.image))
            .filter(|_| names.built.is_some())
            .or(names.built);
        let go = go.map(|runtime| {
            warnings.extend(runtime.warnings.iter().cloned());
            let stacks = Arc::new(GoStacks::new(runtime.code.clone(), runtime.layout.clone()));
            GoParts { runtime, stacks }
        });
        if let Some(build) = go.as_ref().and_then(|go| go.runtime.build.as_ref()) {
            roots.main_module = build.main.as_ref().map(|module| module.path.clone());
            source_roots::choose_goroot(&mut roots, &build.version.text);
        }
        roots.own = go.as_ref().and_then(|go| own_rule(go, &roots));
        let go_threads = bind_threads(go.as_ref(), &core);
        let stacks = go.as_ref().map(|go| Arc::clone(&go.stacks));
        Self {
            epoch: Epoch(1),
            limits: limits.clone(),
            reader: StackReader::new(&core.images, stacks, limits).with_debug_files(&debug_files),
            debug_infos,
            downloads,
            open_stacks: RefCell::default(),
            goroutines: OnceCell::new(),
            threads: OnceCell::new(),
            stack_ranges: OnceCell::new(),
            crash: OnceCell::new(),
            core,
            names,
            go,
            go_threads,
            roots,
            warnings,
            stop_warnings: Vec::new(),
            live: None,
        }
    }

    /// A live process, running: no threads, and memory that changes.
    #[must_use]
    pub fn of_live(opened: Opened, spec: &AttachSpec, limits: &Limits) -> Self {
        let names = Names {
            core: None,
            is_demo: false,
            built: built(None, &opened),
        };
        let mut roots = source_roots::of_this_machine();
        roots.rules.clone_from(&spec.substitute_path);
        let downloads = Downloads::new(spec.debuginfod, limits);
        let places = Places {
            roots,
            debug: DebugSearch::new(&spec.debug_dirs, None, downloads.cache()),
            downloads,
        };
        Self::assemble(opened, names, places, limits)
    }

    /// Moves on to the next stop. What was learnt of files stays; everything that was read from
    /// memory is forgotten.
    pub(super) fn begin_epoch(&mut self, opened: Opened, live: LiveState) {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.go_threads = bind_threads(self.go.as_ref(), &opened);
        self.open_stacks = RefCell::default();
        self.goroutines = OnceCell::new();
        self.threads = OnceCell::new();
        self.stack_ranges = OnceCell::new();
        self.crash = OnceCell::new();
        self.stop_warnings.clone_from(&opened.warnings);
        self.core = opened;
        self.live = Some(live);
    }

    /// Makes this the successor of a target at `epoch`.
    pub(super) fn after(mut self, epoch: Epoch) -> Self {
        self.epoch = Epoch(epoch.0 + 1);
        self
    }

    pub(super) fn set_live(&mut self, state: LiveState) {
        self.live = Some(state);
    }

    pub(super) fn opened(&self) -> &Opened {
        &self.core
    }

    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The program itself, with its index.
    pub(super) fn main(&self) -> Option<(usize, &Image)> {
        let mut images = self.core.images.iter().enumerate();
        images.find(|(_, image)| image.is_main)
    }

    /// Looks again for debug files that were not found. Names of C functions may come with them.
    pub(super) fn search_symbols_again(&mut self) {
        self.debug_infos.search_again();
        let stacks = self.go.as_ref().map(|go| Arc::clone(&go.stacks));
        self.reader = StackReader::new(&self.core.images, stacks, &self.limits)
            .with_debug_files(self.debug_infos.files());
        self.open_stacks = RefCell::default();
    }

    #[must_use]
    pub fn session(&self) -> SessionInfo {
        let main_at = self.main();
        let main = main_at.map(|(_, image)| image);
        SessionInfo {
            kind: self.core.kind(),
            exe: main.map(|image| image.path.to_string()),
            exe_verified: main.map_or(Verified::Unknown, |image| image.verified),
            core: self.names.core.clone(),
            pid: self.core.process.pid,
            go_version: self.go_version(),
            build_id: main
                .and_then(|image| image.build_id.as_ref())
                .map(ToString::to_string),
            machine: "x86-64".to_owned(),
            has_debug_info: main_at.is_some_and(|(index, image)| self.debug_infos.exists(index, image)),
            offer: self.offer(),
            live: self.live.clone(),
            warnings: self.all_warnings(),
        }
    }

    /// The memory map.
    #[must_use]
    pub fn memory_map(&self) -> Vec<MemoryRegion> {
        self.core.regions.clone()
    }

    #[must_use]
    pub fn images(&self) -> Vec<ImageInfo> {
        let go_image = self.go.as_ref().map(|go| &go.runtime.image);
        self.core
            .images
            .iter()
            .enumerate()
            .map(|(index, image)| {
                self.debug_infos
                    .describe(index, image, go_image == Some(&image.path))
            })
            .collect()
    }

    /// The registers of a thread's innermost frame, or of any other frame.
    pub(super) fn describe_registers(&self, file: &RegisterFile) -> Registers {
        registers::describe(file, &|addr| self.name_of_addr(addr))
    }

    /// `main.crash+0x12`, for addresses of code.
    fn name_of_addr(&self, addr: Addr) -> Option<String> {
        let go = self.go.as_ref()?;
        let func = go.runtime.code.find_func(addr)?;
        let offset = addr.0.checked_sub(func.entry().0)?;
        Some(format!("{}+{offset:#x}", func.name()))
    }

    pub(super) fn go_version(&self) -> Option<String> {
        let version = self.go.as_ref()?.runtime.version()?;
        Some(version.to_owned())
    }

    /// The warnings of opening, and those that only later showed.
    pub(super) fn all_warnings(&self) -> Vec<Warning> {
        let mut warnings = self.warnings.clone();
        warnings.extend(self.stop_warnings.iter().cloned());
        warnings.extend(self.no_debug_info());
        let problems = self.downloads.problems.iter();
        warnings.extend(problems.map(|why| Warning::new(WarningKind::MissingFile, why.clone())));
        if self.core.watches.iter().any(crate::os::FileWatch::was_cut) || self.debug_infos.was_cut() {
            warnings.push(Warning::new(
                WarningKind::Damaged,
                "a file was cut while it was open: what it no longer holds reads as zeros",
            ));
        }
        if let Some(list) = self.goroutines.get() {
            let damaged = list.problems.iter();
            warnings.extend(damaged.map(|why| Warning::new(WarningKind::Damaged, why.clone())));
        }
        warnings
    }

    /// The Go runtime, or why there is none.
    pub(super) fn go(&self) -> Result<&GoParts, Failure> {
        self.go.as_ref().ok_or_else(|| {
            Failure::new(
                FailureKind::Unavailable,
                "no Go runtime was found in this process",
            )
            .hint("threads and memory can still be looked at")
        })
    }
}

fn not_go(kind: TargetKind) -> Warning {
    let text = match kind {
        TargetKind::Core => {
            "no Go runtime was found: either this is no Go program, or its executable is not here (name it before the core)"
        }
        TargetKind::Live => "no Go runtime was found: this is no Go program; threads and C frames are shown",
    };
    Warning::new(WarningKind::MissingFile, text)
}

/// From where the main module was to where it is here.
fn own_rule(go: &GoParts, roots: &SourceRoots) -> Option<PathRule> {
    let build = go.runtime.build.as_ref()?;
    let (module, package) = (build.main.as_ref()?, build.path.as_ref()?);
    let checkout = own_sources::checkout(roots.working_dir.as_ref()?, &module.path)?;
    let main = go.runtime.code.find_name("main.main")?;
    let (file, _) = main.file_line(main.entry());
    own_sources::rule(file?, package, &module.path, &checkout)
}

/// Which goroutine each thread runs.
fn bind_threads(go: Option<&GoParts>, opened: &Opened) -> Vec<GoThread> {
    let states: Vec<ThreadState> = opened
        .threads
        .iter()
        .map(|thread| thread_state(thread.tid, &thread.registers))
        .collect();
    go.map(|go| go.runtime.bind_threads(opened.memory.as_ref(), &states))
        .unwrap_or_default()
}

fn thread_state(tid: Tid, registers: &RegisterFile) -> ThreadState {
    let addr = |reg| Addr(registers.get(reg).unwrap_or_default());
    ThreadState {
        tid,
        pc: addr(amd64::RIP),
        sp: addr(amd64::RSP),
        fs_base: registers.fs_base,
        r14: registers.get(amd64::R14),
    }
}

/// When the library was written that holds the Go code, where that is not the program itself.
fn library_built(core: &Opened, path: &str) -> Option<SystemTime> {
    let library = core.images.iter().find(|image| &*image.path == path)?;
    let is_file = !library.is_main && library.elf.is_some();
    is_file.then(|| crate::os::modified(Path::new(&library.from)))?
}

fn built(exe: Option<PathBuf>, core: &Opened) -> Option<SystemTime> {
    let main = || {
        core.images
            .iter()
            .find(|image| image.is_main && image.elf.is_some())
    };
    let path = exe.or_else(|| main().map(|image| PathBuf::from(&*image.from)))?;
    crate::os::modified(&path)
}
