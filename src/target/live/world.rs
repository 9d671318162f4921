//! What is taken from the kernel while a target stands still, as plain data.

use serde::{Deserialize, Serialize};

use crate::base::Tid;

/// A thread that stands still, with its registers as `PTRACE_GETREGSET` gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedThread {
    pub tid: Tid,
    /// NT_PRSTATUS: the 27 words of `struct user_regs_struct`.
    pub general: Vec<u64>,
    /// NT_FPREGSET: the 512 bytes of `struct user_fpregs_struct`; empty when the kernel gave none.
    #[serde(with = "as_bytes")]
    pub floating: Vec<u8>,
    /// NT_X86_XSTATE: the XSAVE area as long as the kernel makes it; empty when it gave none.
    #[serde(with = "as_bytes")]
    pub extended: Vec<u8>,
    /// `siginfo_t` of a signal that was just about to be delivered and will be when the thread is
    /// let go; 128 bytes.
    pub signal: Option<Vec<u8>>,
    /// Whether the thread was stopped by SIGSTOP or the like before anybody attached.
    pub was_stopped: bool,
}

/// A thread that sleeps in the kernel where nothing wakes it (state `D`: a dead file server, a child
/// of vfork that has not called exec). It runs no code of its own, and will stop before it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckThread {
    pub tid: Tid,
    /// `wchan`: the function of the kernel that it sleeps in; `0` where that is kept secret.
    pub waits_in: Vec<u8>,
    /// The text of `syscall`: number, six arguments, stack pointer, program counter; or empty.
    pub syscall: Vec<u8>,
}

/// All threads of a process at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// In ascending order of their ids.
    pub threads: Vec<StoppedThread>,
    /// Threads whose registers cannot be read, in the same order.
    pub stuck: Vec<StuckThread>,
    /// From the first interrupt until the last thread stood still and was read, in nanoseconds.
    pub stopping_ns: u64,
}

/// Bytes in one piece instead of one by one: forty megabytes for ten thousand threads.
mod as_bytes {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl<'de> Visitor<'de> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<u8>, A::Error> {
            let mut bytes = Vec::new();
            while let Some(byte) = items.next_element()? {
                bytes.push(byte);
            }
            Ok(bytes)
        }
    }
}
