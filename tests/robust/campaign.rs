//! Thousands of mutants, each within a time limit.

use std::env;
use std::fs;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tinydbg_tui::base::SharedBytes;

use crate::common::go;
use crate::elf::Elf;
use crate::exercise::{Outcome, exercise};
use crate::mutant::{Mutant, Pair, Side};

const MUTANTS: u64 = 2_400;
const WORKERS: usize = 2;
/// Longest time for one mutant; a healthy pair takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// The sample crash, which needs no Go.
pub fn demo() -> Pair {
    let unpacked = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("assets/demo")
            .join(name);
        let file = fs::File::open(path).expect("the sample crash is there");
        let mut decoder = zstd::Decoder::new(file).expect("it is packed with zstd");
        let mut bytes = Vec::new();
        decoder.read_to_end(&mut bytes).expect("it is whole");
        Elf::new(bytes)
    };
    Pair {
        name: "demo",
        core: unpacked("orders.core.zst"),
        exe: unpacked("orders.zst"),
    }
}

/// A crash of the oldest release at hand, with compressed DWARF 4 and the old map layout.
fn oldest() -> Option<Pair> {
    let toolchain = go::toolchains().first()?;
    let exe = go::Build::of("states").with(toolchain).exe();
    let crashed = crate::common::Run::of(&exe, &[]).killed_by("ABRT")?;
    let read = |path: &Path| Elf::new(fs::read(path).expect("just made"));
    Some(Pair {
        name: "oldest",
        core: read(&crashed.core),
        exe: read(&crashed.exe),
    })
}

/// One worker's own copy of a pair, changed and changed back.
struct Bench {
    core: Arc<Vec<u8>>,
    exe: Arc<Vec<u8>>,
}

/// A file as the library gets it: shared bytes, perhaps cut.
struct Prefix(Arc<Vec<u8>>, usize);

impl AsRef<[u8]> for Prefix {
    fn as_ref(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

impl Bench {
    fn new(pair: &Pair) -> Self {
        Self {
            core: Arc::new(pair.core.bytes.to_vec()),
            exe: Arc::new(pair.exe.bytes.to_vec()),
        }
    }

    fn run(&mut self, pair: &Pair, mutant: &Mutant) -> Result<Outcome, String> {
        let undo = self.apply(mutant);
        let length = |side, whole: &Arc<Vec<u8>>| match mutant.cut {
            Some(kept) if mutant.side == side => kept,
            _ => whole.len(),
        };
        let core = SharedBytes::new(Prefix(self.core.clone(), length(Side::Core, &self.core)));
        let exe = SharedBytes::new(Prefix(self.exe.clone(), length(Side::Exe, &self.exe)));
        let outcome = catch_unwind(AssertUnwindSafe(|| exercise(core, Some(exe))));
        match (self.is_released(), undo) {
            (true, Some(undo)) => {
                self.apply(&undo);
            }
            // Something still holds the bytes: leave them to it.
            _ => *self = Self::new(pair),
        }
        outcome.map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            format!("panicked: {}", text.unwrap_or("without words"))
        })
    }

    fn is_released(&self) -> bool {
        Arc::strong_count(&self.core) == 1 && Arc::strong_count(&self.exe) == 1
    }

    /// Writes the patches; returns those that take them back.
    fn apply(&mut self, mutant: &Mutant) -> Option<Mutant> {
        let file = match mutant.side {
            Side::Core => &mut self.core,
            Side::Exe => &mut self.exe,
        };
        let bytes = Arc::get_mut(file)?;
        let mut undo = Vec::new();
        for (at, new) in &mutant.patches {
            let end = (at + new.len()).min(bytes.len());
            let place = &mut bytes[(*at).min(end)..end];
            undo.push((*at, place.to_vec()));
            place.copy_from_slice(&new[..place.len()]);
        }
        undo.reverse();
        Some(Mutant {
            side: mutant.side,
            cut: None,
            patches: undo,
            what: String::new(),
        })
    }
}

/// What is wrong with how a mutant was taken, if anything.
fn complaint(mutant: &Mutant, result: &Result<Outcome, String>) -> Option<String> {
    match result {
        Err(panic) => Some(panic.clone()),
        Ok(outcome) if !outcome.internal.is_empty() => Some(format!("internal: {:?}", outcome.internal)),
        Ok(outcome) => {
            let told = outcome.refused.is_some() || !outcome.warnings.is_empty();
            let silent = mutant.side == Side::Core && mutant.cut.is_some() && !told;
            silent.then(|| "a cut core was opened without a word".to_owned())
        }
    }
}

/// The mutant that each worker is at, so that a hang can be named.
#[derive(Default)]
struct Watch {
    seed: AtomicU64,
    since: Mutex<Option<Instant>>,
}

fn campaign(pair: &Pair, seeds: &[u64]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    let watches: [Watch; WORKERS] = Default::default();
    thread::scope(|scope| {
        let workers: Vec<_> = watches
            .iter()
            .map(|watch| scope.spawn(|| work(pair, seeds, &next, watch, &complaints)))
            .collect();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(50));
            for watch in &watches {
                let since = *watch.since.lock().unwrap_or_else(PoisonError::into_inner);
                if since.is_some_and(|since| since.elapsed() > PATIENCE) {
                    let seed = watch.seed.load(Ordering::Relaxed);
                    crate::common::say(&format!("seed {seed} hangs: {}", pair.mutant(seed).what));
                    // A hanging thread cannot be ended, and the scope would wait for it for ever.
                    std::process::exit(101);
                }
            }
        }
    });
    complaints.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn work(pair: &Pair, seeds: &[u64], next: &AtomicUsize, watch: &Watch, complaints: &Mutex<Vec<String>>) {
    let mut bench = Bench::new(pair);
    let last = go::scratch_root().join("robust.last");
    while let Some(&seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mutant = pair.mutant(seed);
        let _ = fs::write(&last, format!("seed {seed}: {}\n", mutant.what));
        watch.seed.store(seed, Ordering::Relaxed);
        *watch.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let result = bench.run(pair, &mutant);
        *watch.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(complaint) = complaint(&mutant, &result) {
            let mut complaints = complaints.lock().unwrap_or_else(PoisonError::into_inner);
            complaints.push(format!(
                "TINYDBG_ROBUST_SEED={seed} ({}): {complaint}",
                mutant.what
            ));
        }
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[test]
fn no_mutant_panics_hangs_or_is_cut_in_silence() {
    let pairs: Vec<Pair> = [Some(demo()), oldest()].into_iter().flatten().collect();
    let seeds: Vec<u64> = match number("TINYDBG_ROBUST_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("TINYDBG_ROBUST_COUNT").unwrap_or(MUTANTS) / pairs.len() as u64).collect(),
    };
    let complaints: Vec<String> = pairs.iter().flat_map(|pair| campaign(pair, &seeds)).collect();
    assert!(
        complaints.is_empty(),
        "{} of {} mutants:\n{}",
        complaints.len(),
        seeds.len() * pairs.len(),
        complaints.join("\n")
    );
}

/// A campaign over files that cannot be opened would prove nothing.
#[test]
fn healthy_files_are_read_to_their_depth() {
    for pair in [Some(demo()), oldest()].into_iter().flatten() {
        let core = SharedBytes::new(Prefix(pair.core.bytes.clone(), pair.core.bytes.len()));
        let exe = SharedBytes::new(Prefix(pair.exe.bytes.clone(), pair.exe.bytes.len()));
        let outcome = exercise(core, Some(exe));
        assert!(outcome.refused.is_none(), "{outcome:?}");
        assert_eq!(outcome.warnings, Vec::<String>::new(), "{}", pair.name);
        assert!(outcome.goroutines > 20, "{}: {outcome:?}", pair.name);
        assert!(outcome.frames > 40, "{}: {outcome:?}", pair.name);
        assert!(outcome.variables > 10, "{}: {outcome:?}", pair.name);
    }
}

#[test]
fn a_seed_names_one_mutant() {
    let pair = demo();
    for seed in 0..50 {
        let (once, again) = (pair.mutant(seed), pair.mutant(seed));
        assert_eq!((once.what, once.patches), (again.what, again.patches));
    }
}
