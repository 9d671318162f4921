//! Why memory could not be read.

use std::fmt;

use crate::base::Addr;

/// A read that did not yield all its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemError {
    pub addr: Addr,
    /// Bytes asked for.
    pub len: u64,
    /// Bytes that were readable from `addr` on.
    pub got: u64,
}

impl fmt::Display for MemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes readable at {}", self.got, self.len, self.addr)
    }
}

impl std::error::Error for MemError {}
