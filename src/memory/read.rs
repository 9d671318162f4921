//! The [`Memory`] trait and the typed reads built on it.

use std::fmt;

use super::MemError;
use crate::base::{Addr, Cursor};

/// Where a byte of the target's memory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Held by the core or by the live process itself.
    Target,
    /// From a file that was proved to be the one mapped.
    VerifiedFile,
    /// From a file of the right name that could not be checked.
    UnverifiedFile,
    /// A mapping without bytes: not in the core and in no file at hand.
    Absent,
    /// No mapping.
    Unmapped,
}

impl Origin {
    #[must_use]
    pub const fn is_readable(self) -> bool {
        matches!(self, Self::Target | Self::VerifiedFile | Self::UnverifiedFile)
    }
}

/// Read access to an address space.
pub trait Memory: fmt::Debug + Send + Sync {
    /// Copies bytes from `addr` on into `buffer` and returns how many leading bytes were readable.
    fn read_some(&self, addr: Addr, buffer: &mut [u8]) -> usize;

    /// The bytes at `addr` without copying, where they lie together in one mapped file.
    ///
    /// `None` says nothing about readability: [`Memory::read_some`] may still succeed.
    fn slice(&self, addr: Addr, len: usize) -> Option<&[u8]>;

    /// Where the byte at `addr` comes from.
    fn origin(&self, addr: Addr) -> Origin;

    /// The first address at or after `addr` that may be readable: how a search passes over holes
    /// of any size in one step. `None` when nothing follows.
    fn next_readable(&self, addr: Addr) -> Option<Addr> {
        Some(addr)
    }
}

/// Typed reads, little endian.
pub trait MemoryExt: Memory {
    /// Fills `buffer` or fails.
    fn read_exact(&self, addr: Addr, buffer: &mut [u8]) -> Result<(), MemError> {
        let got = self.read_some(addr, buffer);
        if got == buffer.len() {
            return Ok(());
        }
        Err(MemError {
            addr,
            len: buffer.len() as u64,
            got: got as u64,
        })
    }

    /// `len` bytes; the caller has bounded `len` by a budget.
    fn read_bytes(&self, addr: Addr, len: usize) -> Result<Vec<u8>, MemError> {
        if let Some(slice) = self.slice(addr, len) {
            return Ok(slice.to_vec());
        }
        let mut bytes = vec![0; len];
        self.read_exact(addr, &mut bytes)?;
        Ok(bytes)
    }

    fn read_u8(&self, addr: Addr) -> Result<u8, MemError> {
        let mut bytes = [0; 1];
        self.read_exact(addr, &mut bytes)?;
        Ok(bytes[0])
    }

    fn read_u32(&self, addr: Addr) -> Result<u32, MemError> {
        let mut bytes = [0; 4];
        self.read_exact(addr, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn read_u64(&self, addr: Addr) -> Result<u64, MemError> {
        let mut bytes = [0; 8];
        self.read_exact(addr, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// A pointer of a 64-bit target.
    fn read_addr(&self, addr: Addr) -> Result<Addr, MemError> {
        self.read_u64(addr).map(Addr)
    }

    /// A NUL-terminated string of at most `limit` bytes; cut there, or where memory ends.
    fn read_c_string(&self, addr: Addr, limit: usize) -> Result<Vec<u8>, MemError> {
        let mut bytes = vec![0; limit];
        let got = self.read_some(addr, &mut bytes);
        if got == 0 {
            return Err(MemError { addr, len: 1, got: 0 });
        }
        bytes.truncate(got);
        Ok(Cursor::new(&bytes).c_string().to_vec())
    }
}

impl<M: Memory + ?Sized> MemoryExt for M {}
