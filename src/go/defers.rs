//! Deferred calls: the records that hang on a goroutine, and those that live in a frame.
//!
//! ```text
//!   g._defer -> record {sp, pc, fn, link} -> record -> ...       newest first
//!   frame    | ... closures ... | bits | ... fp                   "open-coded": no record
//!              varp - slots + 8*i  varp - bits     varp = CFA - 16
//! ```
//!
//! Functions with at most eight defers outside loops are open-coded: bit i of the frame's byte says
//! that the closure of its i-th defer waits. Measured with Go 1.19 to 1.27.

use rustc_hash::FxHashSet;

use super::pclntab::data;
use super::{Field, Func, GoRuntime, Scratch, View};
use crate::base::{Addr, Cursor, Limits};
use crate::memory::{Memory, MemoryExt};

/// `runtime._defer`: a call that a goroutine has put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeferRecord {
    /// Stack pointer of the function that deferred it.
    pub sp: Addr,
    /// Where its call into the runtime returns to.
    pub pc: Addr,
    /// The closure that will be called.
    pub closure: Addr,
}

/// Closures of one function: as many as bits.
const SLOTS: u64 = 8;

impl GoRuntime {
    /// The records of the goroutine whose g is at `g`, newest first; and why the list ends early.
    #[must_use]
    pub fn defer_records(
        &self,
        memory: &dyn Memory,
        g: Addr,
        limits: &Limits,
    ) -> (Vec<DeferRecord>, Option<String>) {
        let mut records = Vec::new();
        let mut seen = FxHashSet::default();
        let first = self.layout.offset(Field::GDefer);
        let first = first.and_then(|offset| memory.read_addr(g.checked_add(u64::from(offset))?).ok());
        let mut waiting: Vec<Addr> = first.into_iter().filter(|addr| !addr.is_null()).collect();
        while let Some(at) = waiting.pop() {
            if seen.len() >= limits.chain || !seen.insert(at) {
                return (
                    records,
                    Some(format!("the list of deferred calls does not end at {at}")),
                );
            }
            let mut scratch = Scratch::default();
            let Ok(view) = View::read(&self.layout, memory, Field::DeferSize, at, &mut scratch) else {
                return (records, Some(format!("the deferred call at {at} cannot be read")));
            };
            waiting.extend(view.non_nil(Field::DeferLink));
            // Loops over functions keep their calls in a list of their own.
            if view.bool(Field::DeferRangefunc) == Some(true) {
                let head = view.non_nil(Field::DeferHead);
                waiting.extend(
                    head.and_then(|head| memory.read_addr(head).ok())
                        .filter(|addr| !addr.is_null()),
                );
                continue;
            }
            let word = |field| Addr(view.u64(field).unwrap_or(0));
            // Records without function only mark frames with open-coded defers (to Go 1.21).
            if let Some(closure) = view.non_nil(Field::DeferFn) {
                records.push(DeferRecord {
                    sp: word(Field::DeferSp),
                    pc: word(Field::DeferPc),
                    closure,
                });
            }
        }
        (records, None)
    }

    /// The closures of open-coded defers that wait in a frame of `func` with this CFA, in the order
    /// in which they will run.
    #[must_use]
    pub fn open_coded_defers(&self, memory: &dyn Memory, func: &Func<'_>, cfa: Addr) -> Vec<Addr> {
        self.open_coded(memory, func, cfa).unwrap_or_default()
    }

    fn open_coded(&self, memory: &dyn Memory, func: &Func<'_>, cfa: Addr) -> Option<Vec<Addr>> {
        let mut cursor = Cursor::new(func.funcdata(data::OPEN_DEFERS)?);
        let varp = cfa.offset(-16);
        let below = |offset: u64| Some(Addr(varp.0.checked_sub(offset)?));
        let bits = memory.read_u8(below(cursor.uvarint().ok()?)?).ok()?;
        // Since Go 1.22 the closures lie side by side.
        let side_by_side = self.layout.offset(Field::DeferRangefunc).is_some();
        let mut slots = Vec::new();
        if side_by_side {
            let first = below(cursor.uvarint().ok()?)?;
            slots.extend((0..SLOTS).filter_map(|slot| first.checked_add(8 * slot)));
        } else {
            let count = cursor.uvarint().ok()?.min(SLOTS);
            for _ in 0..count {
                slots.push(below(cursor.uvarint().ok()?)?);
            }
            // The last one comes first there.
            slots.reverse();
        }
        let waiting = slots.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
        let closures = waiting.filter_map(|(_, slot)| memory.read_addr(*slot).ok());
        let mut closures: Vec<Addr> = closures.filter(|closure| !closure.is_null()).collect();
        closures.reverse();
        Some(closures)
    }
}
