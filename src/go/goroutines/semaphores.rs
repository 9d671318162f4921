//! Who waits for which semaphore: the runtime's table behind mutexes and wait groups.
//!
//! ```text
//!   semtable: 251 roots {lock, treap, waiters}, chosen by address
//!   treap of sudogs, one per address; others that wait for the same address hang on `waitlink`
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Addr, Limits};
use crate::go::{Constant, Field, GoRuntime, Scratch, View};
use crate::memory::{Memory, MemoryExt};

/// Address of a g to the address of the semaphore it waits for.
pub(super) type Semaphores = FxHashMap<Addr, Addr>;

/// Reads the whole table; what is damaged is left out.
pub(super) fn read(runtime: &GoRuntime, memory: &dyn Memory, limits: &Limits) -> Semaphores {
    let mut reader = Reader {
        runtime,
        memory,
        left: limits.goroutines,
        seen: FxHashSet::default(),
        found: Semaphores::default(),
    };
    let number = |constant| runtime.layout.constant(constant).map(u64::from);
    if let (Some(table), Some(roots), Some(stride), Some(treap)) = (
        runtime.anchors.semtable,
        number(Constant::SemaRoots),
        number(Constant::SemaRootStride),
        number(Constant::SemaRootTreap),
    ) {
        for root in 0..roots {
            let word = table.checked_add(root * stride + treap);
            if let Some(top) = word.and_then(|word| memory.read_addr(word).ok()) {
                reader.tree(top);
            }
        }
    }
    reader.found
}

struct Reader<'a> {
    runtime: &'a GoRuntime,
    memory: &'a dyn Memory,
    left: usize,
    seen: FxHashSet<Addr>,
    found: Semaphores,
}

/// What matters of a `sudog`.
struct Sudog {
    g: Addr,
    semaphore: Addr,
    smaller: Addr,
    larger: Addr,
    waitlink: Addr,
}

impl Reader<'_> {
    fn tree(&mut self, top: Addr) {
        let mut todo = vec![top];
        while let Some(at) = todo.pop() {
            let Some(node) = self.take(at) else {
                continue;
            };
            todo.extend([node.smaller, node.larger]);
            let mut next = node.waitlink;
            while let Some(waiter) = self.take(next) {
                // Since Go 1.26 waiters further on may leave their own copy of the address empty.
                self.found.insert(waiter.g, node.semaphore);
                next = waiter.waitlink;
            }
        }
    }

    /// Reads a sudog that was not seen before and notes who waits there.
    fn take(&mut self, at: Addr) -> Option<Sudog> {
        if at.is_null() || self.left == 0 || !self.seen.insert(at) {
            return None;
        }
        self.left -= 1;
        let mut scratch = Scratch::default();
        let layout = &self.runtime.layout;
        let view = View::read(layout, self.memory, Field::SudogSize, at, &mut scratch).ok()?;
        let node = Sudog {
            g: view.pointer(Field::SudogG)?,
            semaphore: view.pointer(Field::SudogElem)?,
            smaller: view.pointer(Field::SudogPrev)?,
            larger: view.pointer(Field::SudogNext)?,
            waitlink: view.pointer(Field::SudogWaitlink)?,
        };
        self.found.insert(node.g, node.semaphore);
        Some(node)
    }
}
