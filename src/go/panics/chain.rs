//! The chain of panics of a goroutine.

use rustc_hash::FxHashSet;

use super::value;
use crate::base::{Addr, Limits};
use crate::go::{Field, GoRuntime, Scratch, View};
use crate::memory::{Memory, MemoryExt};
use crate::model::PanicEntry;

/// Marks of one `_panic` that decide whether and how it is printed.
struct Link {
    entry: PanicEntry,
    goexit: bool,
    older: Option<Addr>,
}

/// The panics of the chain that starts at `newest`, oldest first, as the runtime prints them:
/// without those that are `runtime.Goexit`, and a value that was recovered and panicked again
/// only once.
pub(super) fn read(
    runtime: &GoRuntime,
    memory: &dyn Memory,
    newest: Option<Addr>,
    limits: &Limits,
) -> Vec<PanicEntry> {
    let mut links = Vec::new();
    let mut seen = FxHashSet::default();
    let mut next = newest;
    while let Some(at) = next {
        if links.len() >= limits.chain || !seen.insert(at) {
            break;
        }
        let Some(link) = read_link(runtime, memory, at, limits) else {
            break;
        };
        next = link.older;
        links.push(link);
    }
    let mut entries = Vec::new();
    let mut older_was_repanicked = false;
    for link in links.into_iter().rev() {
        let is_twin = older_was_repanicked;
        older_was_repanicked = link.entry.repanicked;
        if !link.goexit && !is_twin {
            entries.push(link.entry);
        }
    }
    entries
}

fn read_link(runtime: &GoRuntime, memory: &dyn Memory, at: Addr, limits: &Limits) -> Option<Link> {
    let mut scratch = Scratch::default();
    let view = View::read(&runtime.layout, memory, Field::PanicSize, at, &mut scratch).ok()?;
    let flag = |field| view.bool(field).unwrap_or(false);
    let argument = view.addr_of(Field::PanicArg)?;
    let kind = memory.read_addr(argument).ok()?;
    let data = memory.read_addr(argument.checked_add(8)?).ok()?;
    let printed = value::print(runtime, memory, limits, (kind, data));
    Some(Link {
        entry: PanicEntry {
            type_name: printed.type_name,
            message: printed.message,
            unreadable: printed.unreadable,
            recovered: flag(Field::PanicRecovered),
            repanicked: flag(Field::PanicRepanicked),
        },
        // Entries that only run deferred calls of a returning function hold no value either.
        goexit: flag(Field::PanicGoexit) || flag(Field::PanicDeferreturn),
        older: view.non_nil(Field::PanicLink),
    })
}
