//! What the debugger and its tracer say to each other, and how it travels: each message is its
//! length as four little-endian bytes, then `postcard`'s encoding.
//!
//! ```text
//!   debugger                               tracer
//!   Request::Stop        ------------>     seizes, interrupts, reads registers
//!                        <------------     Reply::Stopped(world), or Reply::Refused(problem)
//!                        <------------     Reply::Ended(..)   unasked, at any time, at most once
//! ```

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::snapshot::{NoSnapshot, Snapshot};
use super::world::World;
use crate::os::wait::Ending;

/// Longer messages are taken for nonsense: a thread needs 4 to 12 KiB.
const LONGEST: u32 = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    /// Which process it is about, and, where known, when that started; to be sent first.
    Begin {
        pid: u32,
        start_time: Option<u64>,
    },
    Stop,
    Release,
    Snapshot,
    EndSnapshot,
    /// The program that runs now is the one that is meant.
    AcceptProgram,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Reply {
    Begun {
        start_time: u64,
    },
    Stopped(World),
    Released {
        held_ns: u64,
    },
    Snapshot(Snapshot),
    NoSnapshot(NoSnapshot),
    SnapshotEnded,
    Accepted,
    Refused(Problem),
    /// The target is no more.
    Ended(Option<Ending>),
}

pub(super) fn send<T: Serialize>(mut to: impl Write, message: &T) -> io::Result<()> {
    // Room for the length first, so that a message is one write.
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len().saturating_sub(4))
        .ok()
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| io::Error::other("message too long"))?;
    if let Some(head) = bytes.first_chunk_mut() {
        *head = length.to_le_bytes();
    }
    to.write_all(&bytes)
}

/// The next message; `None` when the other side has closed the connection between two messages.
pub(super) fn receive<T: DeserializeOwned>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    match from.read(&mut head)? {
        0 => return Ok(None),
        got => from.read_exact(head.get_mut(got..).unwrap_or_default())?,
    }
    let length = u32::from_le_bytes(head);
    if length > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("message of {length} bytes"),
        ));
    }
    let mut bytes = Vec::new();
    let got = from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if got as u64 != u64::from(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    postcard::from_bytes(&bytes)
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let mut pipe = Vec::new();
        let replies = [
            Reply::Begun { start_time: 77 },
            Reply::Stopped(World::default()),
            Reply::Ended(Some(Ending::Exit { code: 3 })),
        ];
        for reply in &replies {
            send(&mut pipe, reply).expect("memory can be written");
        }
        let mut rest = pipe.as_slice();
        for reply in replies {
            assert_eq!(receive(&mut rest).expect("well formed"), Some(reply));
        }
        assert_eq!(receive::<Reply>(&mut rest).expect("a clean end"), None);
    }

    #[test]
    fn cut_and_absurd_messages_are_errors() {
        let mut pipe = Vec::new();
        send(
            &mut pipe,
            &Request::Begin {
                pid: 1,
                start_time: None,
            },
        )
        .expect("memory can be written");
        for length in 1..pipe.len() {
            assert!(receive::<Request>(&pipe[..length]).is_err(), "{length} bytes");
        }
        assert!(receive::<Request>([0xff; 8].as_slice()).is_err());
    }
}
