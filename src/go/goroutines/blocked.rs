//! The object that a parked goroutine waits for: channel, lock, descriptor, timer.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::places::WaitsIn;
use super::reasons::WaitKind;
use super::semaphores::{self, Semaphores};
use super::walk::Walked;
use crate::base::{Addr, Limits};
use crate::go::{Field, G, GoRuntime, Scratch, View};
use crate::memory::{Memory, MemoryExt};
use crate::model::BlockedOn;

/// Descriptions kept: goroutines that share no object must not fill the memory.
const MOST_KNOWN: usize = 1 << 16;

/// Finds the objects; what many goroutines need is read once.
pub(super) struct Blocked<'a> {
    runtime: &'a GoRuntime,
    memory: &'a dyn Memory,
    limits: &'a Limits,
    semaphores: Option<Semaphores>,
    /// Objects described so far, which others may wait for as well.
    channels: FxHashMap<Addr, Arc<str>>,
    locks: FxHashMap<(Addr, WaitKind), BlockedOn>,
}

/// What is known of the object, and for sleepers when they wake.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub object: Option<BlockedOn>,
    /// Monotonic nanoseconds.
    pub wakes_at: Option<u64>,
}

impl<'a> Blocked<'a> {
    pub(super) fn new(runtime: &'a GoRuntime, memory: &'a dyn Memory, limits: &'a Limits) -> Self {
        Self {
            runtime,
            memory,
            limits,
            semaphores: None,
            channels: FxHashMap::default(),
            locks: FxHashMap::default(),
        }
    }

    /// What `g`, parked for a reason of `kind`, waits for.
    pub(super) fn find(&mut self, g: &G, kind: WaitKind, walked: &Walked) -> Found {
        let object = match kind {
            WaitKind::Other => None,
            WaitKind::Chan => self.channel(g),
            WaitKind::NilChan => Some(nothing("chan", "a nil channel: for ever")),
            WaitKind::Select => self.select(g),
            WaitKind::SelectForever => Some(nothing("select", "no cases: for ever")),
            WaitKind::Mutex
            | WaitKind::ReadLock
            | WaitKind::WriteLock
            | WaitKind::WaitGroup
            | WaitKind::Semaphore => self.semaphore(g, refine(kind, walked)),
            WaitKind::Cond => self.condition(g, walked),
            WaitKind::Io => self.descriptor(g, walked),
            WaitKind::Sleep => return self.sleep(g),
        };
        Found {
            object,
            wakes_at: None,
        }
    }

    /// The channels of g's own sudogs, in order of the select's cases.
    ///
    /// Since Go 1.26 the chain of a semaphore's waiter runs on into other goroutines' sudogs.
    fn channels(&self, g: &G) -> Vec<Addr> {
        let mut channels = Vec::new();
        let mut next = g.waiting;
        while let Some(at) = next {
            if channels.len() >= self.limits.children {
                break;
            }
            let mut scratch = Scratch::default();
            let Some(sudog) = self.view(Field::SudogSize, at, &mut scratch) else {
                break;
            };
            if sudog.pointer(Field::SudogG) != Some(g.addr) {
                break;
            }
            channels.extend(sudog.non_nil(Field::SudogC));
            next = sudog.non_nil(Field::SudogWaitlink);
        }
        channels
    }

    fn channel(&mut self, g: &G) -> Option<BlockedOn> {
        let at = *self.channels(g).first()?;
        Some(BlockedOn {
            kind: "chan",
            addr: Some(at),
            detail: self.describe_channel(at),
        })
    }

    fn select(&mut self, g: &G) -> Option<BlockedOn> {
        let channels = self.channels(g);
        let described: Vec<_> = channels.iter().map(|&at| self.describe_channel(at)).collect();
        (!channels.is_empty()).then(|| BlockedOn {
            kind: "select",
            addr: match channels.as_slice() {
                [only] => Some(*only),
                _ => None,
            },
            detail: match described.as_slice() {
                [only] => Arc::clone(only),
                _ => described.join(", ").into(),
            },
        })
    }

    fn describe_channel(&mut self, at: Addr) -> Arc<str> {
        if let Some(known) = self.channels.get(&at) {
            return Arc::clone(known);
        }
        if self.channels.len() >= MOST_KNOWN {
            self.channels.clear();
        }
        let described: Arc<str> = self.channel_text(at).into();
        self.channels.insert(at, Arc::clone(&described));
        described
    }

    fn channel_text(&self, at: Addr) -> String {
        let mut scratch = Scratch::default();
        let Some(channel) = self.view(Field::HchanSize, at, &mut scratch) else {
            return format!("chan {at} (unreadable)");
        };
        let closed = match channel.u32(Field::HchanClosed) {
            Some(0) | None => "",
            Some(_) => ", closed",
        };
        // Timer channels pretend to be unbuffered, whatever their one slot holds.
        if channel.non_nil(Field::HchanTimer).is_some() {
            return format!("timer chan {at}{closed}");
        }
        match (channel.u64(Field::HchanQcount), channel.u64(Field::HchanDataqsiz)) {
            (_, Some(0)) => format!("chan {at} (unbuffered{closed})"),
            (Some(count), Some(size)) if count <= size => {
                format!("chan {at} ({count} of {size} buffered{closed})")
            }
            _ => format!("chan {at} (damaged)"),
        }
    }

    fn semaphore(&mut self, g: &G, kind: WaitKind) -> Option<BlockedOn> {
        let (runtime, memory, limits) = (self.runtime, self.memory, self.limits);
        let table = self
            .semaphores
            .get_or_insert_with(|| semaphores::read(runtime, memory, limits));
        let semaphore = *table.get(&g.addr)?;
        if self.locks.len() >= MOST_KNOWN {
            self.locks.clear();
        }
        let described = self.locks.entry((semaphore, kind));
        Some(
            described
                .or_insert_with(|| describe_semaphore(memory, semaphore, kind))
                .clone(),
        )
    }

    /// Wake-up time: in g since Go 1.23, else in its timer.
    fn sleep(&self, g: &G) -> Found {
        let mut scratch = Scratch::default();
        let wakes_at = g.sleep_when.filter(|&when| when > 0).or_else(|| {
            self.view(Field::TimerSize, g.timer?, &mut scratch)?
                .u64(Field::TimerWhen)
        });
        Found {
            object: wakes_at.map(|_| BlockedOn {
                kind: "timer",
                addr: g.timer,
                detail: "sleeps".into(),
            }),
            wakes_at,
        }
    }

    /// The condition variable whose list of waiters holds g.
    fn condition(&self, g: &G, walked: &Walked) -> Option<BlockedOn> {
        /// `notifyList` in `sync.Cond`; head of the list in `notifyList`.
        const LIST: i64 = 16;
        const HEAD: u64 = 16;
        let (WaitsIn::Notify, argument) = walked.waits_in? else {
            return None;
        };
        let list = self.memory.read_addr(argument).ok()?;
        let mut next = self.memory.read_addr(list.checked_add(HEAD)?).ok()?;
        for _ in 0..self.limits.chain {
            let mut scratch = Scratch::default();
            let sudog = self.view(Field::SudogSize, next, &mut scratch)?;
            if sudog.pointer(Field::SudogG) == Some(g.addr) {
                let addr = list.offset(-LIST);
                return Some(BlockedOn {
                    kind: "cond",
                    addr: Some(addr),
                    detail: format!("cond {addr}").into(),
                });
            }
            next = sudog.non_nil(Field::SudogNext)?;
        }
        None
    }

    /// The descriptor whose poll record names g as its reader or writer.
    fn descriptor(&self, g: &G, walked: &Walked) -> Option<BlockedOn> {
        let (WaitsIn::Poll, argument) = walked.waits_in? else {
            return None;
        };
        let at = self.memory.read_addr(argument).ok()?;
        let mut scratch = Scratch::default();
        let poll = self.view(Field::PollDescSize, at, &mut scratch)?;
        let waits = |field| poll.pointer(field) == Some(g.addr);
        let action = match (waits(Field::PollDescRg), waits(Field::PollDescWg)) {
            (true, _) => "read",
            (false, true) => "write",
            (false, false) => return None,
        };
        let fd = poll.u64(Field::PollDescFd)?;
        Some(BlockedOn {
            kind: "fd",
            addr: Some(at),
            detail: format!("fd {fd} ({action})").into(),
        })
    }

    fn view<'s>(&'s self, size: Field, at: Addr, scratch: &'s mut Scratch) -> Option<View<'s>> {
        View::read(&self.runtime.layout, self.memory, size, at, scratch).ok()
    }
}

fn nothing(kind: &'static str, detail: &str) -> BlockedOn {
    BlockedOn {
        kind,
        addr: None,
        detail: detail.into(),
    }
}

/// Older runtimes call all of these "semacquire"; the caller tells them apart.
fn refine(kind: WaitKind, walked: &Walked) -> WaitKind {
    if kind != WaitKind::Semaphore {
        return kind;
    }
    match walked.user.function.as_deref() {
        Some("sync.(*WaitGroup).Wait") => WaitKind::WaitGroup,
        Some("sync.(*Mutex).Lock" | "sync.(*Mutex).lockSlow") => WaitKind::Mutex,
        Some("sync.(*RWMutex).RLock") => WaitKind::ReadLock,
        Some("sync.(*RWMutex).Lock") => WaitKind::WriteLock,
        _ => kind,
    }
}

/// Which object a semaphore belongs to, by what its waiter called. The offsets of the semaphores
/// in their objects have not changed since Go 1.11.
fn describe_semaphore(memory: &dyn Memory, semaphore: Addr, kind: WaitKind) -> BlockedOn {
    let (kind, name, before) = match kind {
        WaitKind::Mutex => ("mutex", "mutex", 4),
        WaitKind::WriteLock => ("mutex", "rwmutex", 8),
        WaitKind::ReadLock => ("mutex", "rwmutex", 12),
        WaitKind::WaitGroup => ("semaphore", "waitgroup", 8),
        _ => ("semaphore", "semaphore", 0),
    };
    let addr = semaphore.offset(-before);
    let state = match name {
        "mutex" => mutex_state(memory, addr),
        "waitgroup" => wait_group_state(memory, addr),
        _ => None,
    };
    let state = state.map_or(String::new(), |state| format!(" ({state})"));
    BlockedOn {
        kind,
        addr: Some(addr),
        detail: format!("{name} {addr}{state}").into(),
    }
}

/// State word: bit 0 locked, 1 woken, 2 starving, then the number of waiters.
fn mutex_state(memory: &dyn Memory, mutex: Addr) -> Option<String> {
    let state = memory.read_u32(mutex).ok()?;
    let held = if state & 1 == 0 { "unlocked" } else { "locked" };
    let starving = if state & 4 == 0 { "" } else { ", starving" };
    let waiters = state >> 3;
    let plural = if waiters == 1 { "" } else { "s" };
    Some(format!("{held}{starving}, {waiters} waiter{plural}"))
}

/// State word: the counter in the upper half.
fn wait_group_state(memory: &dyn Memory, group: Addr) -> Option<String> {
    let state = memory.read_u64(group).ok()?;
    Some(format!("counter {}", (state >> 32) as u32 as i32))
}
