//! Surviving `SIGBUS`: a mapped file that is cut while we read it must not end the program.
//!
//! The kernel raises `SIGBUS` when a page of a file mapping has no file behind it any more. The
//! handler here puts a page of zeros there, notes on the mapping that its file has changed, and
//! lets the read go on. Faults outside our mappings go to whoever handled the signal before.
//!
//! ```text
//!   HEAD -> Slot {start, end, changed} -> Slot -> Slot      grows only; ended slots are reused
//! ```
//!
//! The handler walks this list with atomic loads and makes two system calls: nothing else is safe
//! there.
#![expect(
    unsafe_code,
    reason = "signal handlers and memory maps are the business of os"
)]

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use nix::libc;

/// One watched address range. Lives for ever; free while `taken` is false.
#[derive(Debug)]
pub(super) struct Slot {
    start: AtomicUsize,
    /// Zero while no range is watched: no address lies below it.
    end: AtomicUsize,
    changed: AtomicBool,
    taken: AtomicBool,
    next: *const Self,
}

// SAFETY: `next` is written before the slot is published and points to a slot that is never freed.
unsafe impl Sync for Slot {}
// SAFETY: as above; nothing in a slot belongs to a thread.
unsafe impl Send for Slot {}

static HEAD: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());
static PAGE_SIZE: AtomicUsize = AtomicUsize::new(4096);

/// Watches `[start, start + len)`, which must stay mapped until [`Slot::release`].
pub(super) fn watch(start: usize, len: usize) -> &'static Slot {
    install();
    let slot = free_slot().unwrap_or_else(new_slot);
    slot.changed.store(false, Ordering::Relaxed);
    slot.start.store(start, Ordering::Relaxed);
    // Published last: the handler believes a slot only through its end.
    slot.end.store(start.saturating_add(len), Ordering::Release);
    slot
}

impl Slot {
    /// Whether a part of the range had lost its file when it was read.
    pub(super) fn changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }

    /// Ends the watch; to be called before the range is unmapped.
    pub(super) fn release(&self) {
        self.end.store(0, Ordering::Release);
        self.taken.store(false, Ordering::Release);
    }
}

fn slots() -> impl Iterator<Item = &'static Slot> {
    // SAFETY: every pointer in the list comes from `Box::leak` and was published with Release.
    let mut next = unsafe { HEAD.load(Ordering::Acquire).as_ref::<'static>() };
    std::iter::from_fn(move || {
        let slot = next?;
        // SAFETY: as above; `next` never changes once the slot is in the list.
        next = unsafe { slot.next.as_ref::<'static>() };
        Some(slot)
    })
}

fn free_slot() -> Option<&'static Slot> {
    slots().find(|slot| {
        slot.taken
            .compare_exchange(false, true, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    })
}

fn new_slot() -> &'static Slot {
    let slot = Box::leak(Box::new(Slot {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        changed: AtomicBool::new(false),
        taken: AtomicBool::new(true),
        next: HEAD.load(Ordering::Acquire),
    }));
    let pointer = ptr::from_mut(slot);
    let mut expected = slot.next.cast_mut();
    while let Err(now) = HEAD.compare_exchange_weak(expected, pointer, Ordering::AcqRel, Ordering::Acquire) {
        expected = now;
        slot.next = now;
    }
    slot
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: sysconf takes no pointers.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        if let Some(page) = usize::try_from(page).ok().filter(|page| page.is_power_of_two()) {
            PAGE_SIZE.store(page, Ordering::Relaxed);
        }
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        let mut previous = Box::new(MaybeUninit::<libc::sigaction>::zeroed());
        // SAFETY: both structures are owned and large enough; an all-zero sigaction is valid; the
        // handler has the three-argument form that SA_SIGINFO asks for.
        unsafe {
            let fields = action.as_mut_ptr();
            (*fields).sa_sigaction = on_sigbus as *const () as usize;
            (*fields).sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
            if libc::sigaction(libc::SIGBUS, ptr::null(), previous.as_mut_ptr()) == 0 {
                PREVIOUS.store(Box::leak(previous).as_mut_ptr(), Ordering::Release);
                libc::sigaction(libc::SIGBUS, action.as_ptr(), ptr::null_mut());
            }
        }
    });
}

/// Async-signal-safe: atomic loads and stores, `mmap`, `sigaction` and `raise` only.
extern "C" fn on_sigbus(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid siginfo to an SA_SIGINFO handler.
    let (code, addr) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    // A positive code is a fault of this thread; a signal that somebody sent has no address.
    if code > 0 && slots().any(|slot| repair(slot, addr)) {
        return;
    }
    // SAFETY: PREVIOUS points to a leaked sigaction, and an all-zero one is the default action. With
    // another action in place, returning repeats the fault under it; a signal that was sent has to
    // be sent again, to the default action: the one of Rust's runtime would swallow it.
    unsafe {
        if code > 0 {
            libc::sigaction(libc::SIGBUS, PREVIOUS.load(Ordering::Acquire), ptr::null_mut());
        } else {
            let default = MaybeUninit::<libc::sigaction>::zeroed();
            libc::sigaction(libc::SIGBUS, default.as_ptr(), ptr::null_mut());
            libc::raise(libc::SIGBUS);
        }
    }
}

/// Puts a zero page at `addr` if the slot watches it.
fn repair(slot: &Slot, addr: usize) -> bool {
    let end = slot.end.load(Ordering::Acquire);
    if addr >= end || addr < slot.start.load(Ordering::Relaxed) {
        return false;
    }
    let page = PAGE_SIZE.load(Ordering::Relaxed);
    let start = addr & !(page - 1);
    // SAFETY: the page lies in a file mapping of ours that stays mapped while it is watched, and
    // mappings are page-aligned, so MAP_FIXED replaces this page of that mapping and nothing else.
    let mapped = unsafe {
        libc::mmap(
            start as *mut libc::c_void,
            page,
            libc::PROT_READ,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
            -1,
            0,
        )
    };
    slot.changed.store(true, Ordering::Relaxed);
    mapped != libc::MAP_FAILED
}
