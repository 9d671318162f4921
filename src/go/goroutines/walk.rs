//! A few frames up from where a goroutine stopped: enough to say where it is and in whose code.
//!
//! Go frames only, by their depth tables; the whole stack is the unwinder's business.

use std::sync::Arc;

use super::places::{PcKind, Places, WaitsIn};
use crate::base::{Addr, AddrRange};
use crate::memory::{Memory, MemoryExt};
use crate::model::Location;

/// Frames looked at before the user's code counts as not found.
const MOST_FRAMES: usize = 128;

/// Where a walk begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    pub pc: Addr,
    pub sp: Addr,
    pub kind: PcKind,
    /// Frames must stay inside.
    pub stack: AddrRange,
}

/// What a walk found.
#[derive(Clone, Debug)]
pub(super) struct Walked {
    pub current: Arc<Location>,
    /// The innermost frame of the user's own code, else the innermost of all.
    pub user: Arc<Location>,
    /// What it waits in, and the word where that function keeps its first argument.
    pub waits_in: Option<(WaitsIn, Addr)>,
}

pub(super) fn walk(places: &mut Places<'_>, memory: &dyn Memory, begin: Begin) -> Walked {
    let current = places.location(begin.pc, begin.kind);
    let mut found = Walked {
        user: Arc::clone(&current),
        current,
        waits_in: None,
    };
    let Begin {
        mut pc,
        mut sp,
        mut kind,
        stack,
    } = begin;
    for _ in 0..MOST_FRAMES {
        let Some(place) = places.get(pc, kind) else {
            break;
        };
        if let Some(user) = &place.user {
            found.user = Arc::clone(user);
            break;
        }
        // Arguments are spilled above the return address.
        let Some(frame_end) = place
            .depth
            .and_then(|depth| sp.checked_add(depth.checked_add(8)?))
        else {
            break;
        };
        if frame_end <= sp || frame_end > stack.end || sp < stack.start {
            break;
        }
        if let Some(waits_in) = place.waits_in {
            found.waits_in = Some((waits_in, frame_end));
        }
        if place.is_top {
            break;
        }
        kind = if place.is_injected {
            PcKind::Exact
        } else {
            PcKind::Return
        };
        let Ok(caller) = memory.read_addr(frame_end.offset(-8)) else {
            break;
        };
        (pc, sp) = (caller, frame_end);
    }
    found
}
