//! Channels: what is buffered, in order, and who waits.
//!
//! ```text
//!   hchan  qcount, dataqsiz, recvx        buf -> | e2 |    |    | e0 | e1 |   (dataqsiz slots)
//!                                                              ^ recvx
//!   recvq, sendq: first -> sudog -> sudog -> ...                each with its g
//! ```

use super::{Field, GoError, GoRuntime, Scratch, View};
use crate::base::{Addr, Limits};
use crate::memory::{Memory, MemoryExt};

/// A channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Elements in the buffer. None for the channel of a timer, as `len` says in the program.
    pub len: u64,
    pub cap: u64,
    /// In bytes, of one element.
    pub elem_size: u64,
    pub closed: bool,
    /// It belongs to a timer or ticker (since Go 1.23).
    pub is_timer: bool,
    pub receivers: Waiters,
    pub senders: Waiters,
    buffer: Addr,
    first: u64,
}

/// The goroutines in one queue of a channel, the one that has waited longest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiters {
    pub waiting: Vec<Waiter>,
    /// There are others behind them, or the queue is damaged there.
    pub has_more: bool,
}

/// A goroutine in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiter {
    pub goroutine: u64,
    /// What it wants to send, or where it wants to have what it receives, if it wants it.
    pub element: Option<Addr>,
}

const WHAT: &str = "channel";

impl GoRuntime {
    /// Reads the channel whose `hchan` is at `addr`.
    pub fn read_channel(&self, memory: &dyn Memory, addr: Addr, limits: &Limits) -> Result<Channel, GoError> {
        let mut scratch = Scratch::default();
        let view = View::read(&self.layout, memory, Field::HchanSize, addr, &mut scratch)?;
        let damaged = || GoError::Damaged { what: WHAT, addr };
        let word = |field| view.u64(field).ok_or_else(damaged);
        let mut channel = Channel {
            len: word(Field::HchanQcount)?,
            cap: word(Field::HchanDataqsiz)?,
            elem_size: view.u16(Field::HchanElemsize).ok_or_else(damaged)?.into(),
            closed: view.u32(Field::HchanClosed).ok_or_else(damaged)? != 0,
            is_timer: view.non_nil(Field::HchanTimer).is_some(),
            receivers: self.waiters(memory, view.pointer(Field::HchanRecvq), limits),
            senders: self.waiters(memory, view.pointer(Field::HchanSendq), limits),
            buffer: Addr(word(Field::HchanBuf)?),
            first: word(Field::HchanRecvx)?,
        };
        let wraps = channel.first < channel.cap || (channel.cap == 0 && channel.first == 0);
        if channel.len > channel.cap || i64::try_from(channel.cap).is_err() || !wraps {
            return Err(damaged());
        }
        if channel.is_timer {
            (channel.len, channel.cap) = (0, 0);
        }
        Ok(channel)
    }

    /// Goroutines from the sudog `first` on.
    fn waiters(&self, memory: &dyn Memory, first: Option<Addr>, limits: &Limits) -> Waiters {
        let mut waiters = Waiters::default();
        let mut next = first.unwrap_or_default();
        while !next.is_null() {
            if waiters.waiting.len() >= limits.children {
                waiters.has_more = true;
                break;
            }
            let mut scratch = Scratch::default();
            let sudog = View::read(&self.layout, memory, Field::SudogSize, next, &mut scratch).ok();
            let links = sudog.and_then(|sudog| {
                let goid = self.goid(memory, sudog.pointer(Field::SudogG)?)?;
                let waiter = Waiter {
                    goroutine: goid,
                    element: sudog.non_nil(Field::SudogElem),
                };
                Some((waiter, sudog.pointer(Field::SudogNext)?))
            });
            let Some((waiter, after)) = links else {
                waiters.has_more = true;
                break;
            };
            waiters.waiting.push(waiter);
            next = after;
        }
        waiters
    }

    fn goid(&self, memory: &dyn Memory, g: Addr) -> Option<u64> {
        let offset = self.layout.offset(Field::GGoid)?;
        memory.read_u64(g.checked_add(offset.into())?).ok()
    }
}

impl Channel {
    /// Goroutines in both queues, as far as they were read.
    #[must_use]
    pub const fn waiters(&self) -> u64 {
        (self.senders.waiting.len() as u64).saturating_add(self.receivers.waiting.len() as u64)
    }

    /// Elements in the buffer and waiters.
    #[must_use]
    pub const fn children(&self) -> u64 {
        self.len.saturating_add(self.waiters())
    }

    /// Where element `index` of the buffer is, counted from the one that is received next.
    #[must_use]
    pub fn element(&self, index: u64) -> Option<Addr> {
        if index >= self.len {
            return None;
        }
        let slot = self.first.checked_add(index)?.checked_rem(self.cap)?;
        self.buffer.checked_add(slot.checked_mul(self.elem_size)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::go::Layout;
    use crate::memory::fake::FakeMemory;

    const AT: u64 = 0x5000;
    const BUFFER: u64 = 0x6000;

    fn runtime() -> GoRuntime {
        GoRuntime {
            image: "prog".into(),
            build: None,
            layout: Layout::for_version(None).unwrap(),
            modules: Vec::new(),
            code: crate::go::GoCode::default(),
            anchors: crate::go::Anchors::default(),
            warnings: Vec::new(),
        }
    }

    /// An `hchan` of words: qcount, dataqsiz, recvx, first receiver.
    fn channel(words: [u64; 4], memory: FakeMemory) -> Result<Channel, GoError> {
        let runtime = runtime();
        let offset = |field| runtime.layout.offset(field).unwrap() as usize;
        let mut bytes = vec![0; offset(Field::HchanSize)];
        let mut put = |field, word: u64| {
            let at = offset(field);
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        };
        put(Field::HchanElemsize, 8);
        put(Field::HchanBuf, BUFFER);
        for (field, word) in [
            Field::HchanQcount,
            Field::HchanDataqsiz,
            Field::HchanRecvx,
            Field::HchanRecvq,
        ]
        .into_iter()
        .zip(words)
        {
            put(field, word);
        }
        let memory = memory.with(AT, &bytes);
        runtime.read_channel(&memory, Addr(AT), &Limits::default())
    }

    #[test]
    fn a_channel_that_counts_more_than_it_holds_is_damaged() {
        for words in [[3, 2, 0, 0], [1, 2, 2, 0], [0, u64::MAX, 0, 0], [0, 0, 1, 0]] {
            let got = channel(words, FakeMemory::new());
            assert!(matches!(got, Err(GoError::Damaged { .. })), "{words:?}");
        }
    }

    #[test]
    fn a_queue_that_runs_in_a_circle_ends() {
        let runtime = runtime();
        let offset = |field| runtime.layout.offset(field).unwrap() as usize;
        let mut sudog = vec![0; offset(Field::SudogSize)];
        let next = offset(Field::SudogNext);
        sudog[next..next + 8].copy_from_slice(&0x7000_u64.to_le_bytes());
        let g = offset(Field::SudogG);
        sudog[g..g + 8].copy_from_slice(&0x8000_u64.to_le_bytes());
        let memory = FakeMemory::new()
            .with(0x7000, &sudog)
            .words(0x8000 + offset(Field::GGoid) as u64, &[18]);
        let waiters = channel([0, 0, 0, 0x7000], memory).unwrap().receivers;
        let waiter = Waiter {
            goroutine: 18,
            element: None,
        };
        assert_eq!(waiters.waiting, [waiter; 64]);
        assert!(waiters.has_more);
        let unreadable = channel([0, 0, 0, 0x7000], FakeMemory::new()).unwrap().receivers;
        assert!(unreadable.waiting.is_empty());
        assert!(unreadable.has_more);
    }

    proptest! {
        /// Against a queue from which elements are taken and to which they are added one by one.
        #[test]
        fn buffered_elements_come_in_the_order_in_which_they_were_sent(
            cap in 1..20_u64,
            moves in proptest::collection::vec(any::<bool>(), 0..100),
        ) {
            let (mut slots, mut queue) = (vec![0; cap as usize], std::collections::VecDeque::new());
            let (mut sent, mut recvx, mut sendx) = (1, 0, 0);
            for send in moves {
                if send && (queue.len() as u64) < cap {
                    slots[sendx as usize] = sent;
                    queue.push_back(sent);
                    (sent, sendx) = (sent + 1, (sendx + 1) % cap);
                } else if !send && queue.pop_front().is_some() {
                    recvx = (recvx + 1) % cap;
                }
            }
            let memory = FakeMemory::new().words(BUFFER, &slots);
            let channel = channel([queue.len() as u64, cap, recvx, 0], memory.clone()).unwrap();
            let got: Vec<u64> = (0..channel.len)
                .map(|index| memory.read_u64(channel.element(index).unwrap()).unwrap())
                .collect();
            prop_assert_eq!(got, Vec::from(queue));
            prop_assert_eq!(channel.element(channel.len), None);
        }

        #[test]
        fn no_words_make_a_channel_panic(words in proptest::array::uniform4(any::<u64>())) {
            if let Ok(channel) = channel(words, FakeMemory::new()) {
                let _ = channel.element(words[0] / 2);
            }
        }
    }
}
