//! Wait reasons: the runtime's own words, read from memory once, and what each tells of the object
//! that is waited for.

use std::sync::Arc;

use crate::base::Addr;
use crate::go::GoRuntime;
use crate::memory::{Memory, MemoryExt};

/// What a wait reason says about its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum WaitKind {
    #[default]
    Other,
    Chan,
    NilChan,
    Select,
    SelectForever,
    Mutex,
    ReadLock,
    WriteLock,
    WaitGroup,
    Semaphore,
    Cond,
    Sleep,
    Io,
}

/// All wait reasons of this runtime, by number.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<(Arc<str>, WaitKind)>);

/// More than any version has (47 in Go 1.27); the array ends earlier, at the first entry that is
/// no short text.
const MOST_REASONS: u64 = 96;
const LONGEST: u64 = 64;

impl Reasons {
    pub(super) fn read(runtime: &GoRuntime, memory: &dyn Memory) -> Self {
        let Some(array) = runtime.anchors.wait_reasons else {
            return Self::default();
        };
        let texts = (0..MOST_REASONS).map_while(|index| {
            let header = array.checked_add(index.checked_mul(16)?)?;
            let text = read_text(memory, header)?;
            // Only the first reason has no name.
            (index == 0 || !text.is_empty()).then_some(text)
        });
        Self(
            texts
                .map(|text| {
                    let kind = kind(&text);
                    (Arc::from(text), kind)
                })
                .collect(),
        )
    }

    /// The text and kind of a reason; `None` for 0 and for numbers without a text.
    pub(super) fn get(&self, reason: u8) -> Option<(&Arc<str>, WaitKind)> {
        let (text, kind) = self.0.get(usize::from(reason))?;
        (!text.is_empty()).then_some((text, *kind))
    }
}

fn read_text(memory: &dyn Memory, header: Addr) -> Option<String> {
    let pointer = memory.read_addr(header).ok()?;
    let len = memory.read_u64(header.checked_add(8)?).ok()?;
    if len > LONGEST {
        return None;
    }
    let bytes = memory.read_bytes(pointer, usize::try_from(len).ok()?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.chars()
        .all(|character| (' '..='~').contains(&character))
        .then_some(text)
}

/// Goroutines of a synctest bubble have the same reasons with an addition in parentheses.
fn kind(text: &str) -> WaitKind {
    let plain = text
        .trim_end_matches(" (durable)")
        .trim_end_matches(" (synctest)");
    match plain {
        "chan receive" | "chan send" => WaitKind::Chan,
        "chan receive (nil chan)" | "chan send (nil chan)" => WaitKind::NilChan,
        "select" => WaitKind::Select,
        "select (no cases)" => WaitKind::SelectForever,
        "sync.Mutex.Lock" => WaitKind::Mutex,
        "sync.RWMutex.RLock" => WaitKind::ReadLock,
        "sync.RWMutex.Lock" => WaitKind::WriteLock,
        "sync.WaitGroup.Wait" => WaitKind::WaitGroup,
        "semacquire" => WaitKind::Semaphore,
        "sync.Cond.Wait" => WaitKind::Cond,
        "sleep" => WaitKind::Sleep,
        "IO wait" => WaitKind::Io,
        _ => WaitKind::Other,
    }
}
